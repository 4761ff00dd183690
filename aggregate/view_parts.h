/*
 * view_parts - private to view: its insides, for the view_*.c files.
 *
 * Threads: `lock` guards what readers see: part[].pub, the cells, n_parts, and
 *          the two times. The stepping thread alone writes, so it reads
 *          without the lock.
 */
#ifndef VG_AGGREGATE_VIEW_PARTS_H
#define VG_AGGREGATE_VIEW_PARTS_H

#include "aggregate/cells.h"
#include "aggregate/view.h"
#include "aggregate/view_lock.h"

#include <stdatomic.h>

struct vg_changes;
struct vg_packs;

enum { VG_VIEW_ID_MAX = 48 }; /* bytes of a stream id and its NUL */

/* Beside the buckets that Redis has, `cells` holds the sum of each open hour's
 * minutes, as resolution 1 h; and an empty table of this "resolution" for an
 * hour of which some minute has folded values away. What such an hour's values
 * are must be read from its minutes, as each folded others. */
enum { VG_VIEW_FOLDED_HOUR = VG_RES_N };

struct vg_view_feed {
	struct vg_view_part pub;
	struct vg_cells *cells;	    /* as pub.cells, ours to change */
	struct vg_packs *packs;	    /* of their hours */
	struct vg_sensors *sensors; /* as pub.sensors */
	char *key_o, *key_x, *key_d, *key_s, *key_sensors;
	char last_id[VG_VIEW_ID_MAX]; /* newest entry applied */
	bool loaded;		      /* following from last_id             */
	bool handed;		      /* the sink holds cells of ours       */
	int64_t target;		      /* live once `offset` has come so far */
	/* :o as last read; true of the numbers once `offset` is there. */
	int64_t seen_offset, seen_watermark_ms, seen_log_ms, seen_rolled_ms;
	int64_t fill;	     /* commits that left the offset, so far */
	int64_t lag_offset;  /* where we were when :o was ahead, or
			      * INT64_MIN                           */
	int64_t lag_fill;    /* and how many of those there were    */
	int64_t swept_to_ms; /* log time of the last sweep                 */
};

struct vg_view {
	const struct vg_part_env *env;
	struct vg_track_sink sink;
	struct vg_view_mutex lock;
	struct vg_view_feed **feed; /* one a partition */
	size_t n_parts, cap;
	int64_t step_ms;  /* wall clock of the step under way */
	bool found;	  /* the set of partitions has been read     */
	int64_t found_ms; /* when, and when the heartbeats were read */
	int64_t refreshed_ms;
	int64_t answered_ms; /* last complete round                     */
	int64_t level_ms;    /* last one that left nothing unread       */
	int64_t n_cells;
	_Atomic size_t *pack_bytes; /* of all feeds; moves with them */
	struct vg_changes *changes; /* which buckets, for whom           */
	_Atomic uint64_t tick;	    /* see vg_view_tick()                */
};

/* Something that readers see has changed; called under the write lock. */
void vg_view_ticks(struct vg_view *v);

/* Load feed `i` from Redis: VG_RETRY when Redis is away (nothing changed for
 * readers), VG_INVAL when it holds what it should not. */
enum vg_rc vg_view_load(struct vg_view *v, size_t i, struct vg_store *store,
			struct vg_err *err) VG_MUST_CHECK;

/* Make feed `i` load again, counted. */
void vg_view_reload(struct vg_view *v, size_t i);

/* Apply the stream entry (id and fields) to feed `i`; reloads it when the
 * entry does not follow. VG_FATAL when memory is out. */
enum vg_rc vg_view_apply(struct vg_view *v, size_t i,
			 const struct vg_reply *entry,
			 struct vg_err *err) VG_MUST_CHECK;

/* Take over what :o said, as far as feed `i` has come, and go live. */
void vg_view_settle(struct vg_view *v, size_t i);

/* Add `by` (events, reports) to what the hour of minute `id` sums for `field`,
 * in the cells of one partition. Other buckets are left alone. False when
 * memory is out. */
bool vg_view_add_hour(struct vg_cells *cells, struct vg_bucket_id id,
		      struct vg_slice field, const int64_t by[2]);

/* Drop fine buckets that are older than they are kept. */
void vg_view_sweep(struct vg_view *v, size_t i);

/* How the track with this id is fed, text as in `:o`, empty when it is struck
 * off: note in `whole` (may be NULL) whether anything is missing. With `part`
 * not VG_VIEW_NO_PART the sink hears when it begins anew there. False when the
 * text is malformed. */
enum { VG_VIEW_NO_PART = -1 };
bool vg_view_take_feed(const struct vg_view *v, struct vg_slice id,
		       struct vg_slice text, uint64_t *whole, int part);

/* Hand a list of steps to the sink; false when it is malformed. */
bool vg_view_take_steps(const struct vg_view *v, size_t part,
			struct vg_bucket_id id, struct vg_slice field,
			struct vg_slice list);

/* True when cells of `id` are held by the view itself. */
bool vg_view_holds(struct vg_bucket_id id);

/* Free a feed; NULL is allowed. */
void vg_view_feed_free(struct vg_view_feed *f);

/* Everything that reached the broker before this is in `p`'s numbers; 0 when
 * nothing is known. */
int64_t vg_view_part_complete_to(const struct vg_view_part *p);

/* The integer in field `name` of a flat array of names and values; `absent`
 * when there is none. */
int64_t vg_view_pair_int(const struct vg_reply *pairs, const char *name,
			 int64_t absent);

#endif
