/*
 * view - what Redis holds, in memory, a few milliseconds behind.
 *
 * One thread steps the view: it loads each partition (noting the end of its
 * stream first), then applies stream entries, whose absolute values make this
 * idempotent. An entry whose `prev` is not where we are reloads the partition.
 * Partitions are found in vg:{vg}:parts, a set of "topic:partition" to which
 * vg_part_open() adds.
 *
 * 10 s and 1 min series and the account stay here, and the hours that those
 * minutes add up to; track cells are handed to a sink (the alert evaluator) and
 * not kept.
 *
 * Owner:   the caller. Threads: vg_view_step() by one thread; readers hold the
 *          read lock between vg_view_read_lock() and _unlock().
 */
#ifndef VG_AGGREGATE_VIEW_H
#define VG_AGGREGATE_VIEW_H

#include "aggregate/part.h"
#include "core/clock.h"
#include "core/limits.h"

struct vg_cells;
struct vg_sensors;
struct vg_bucket_id;
struct vg_view;

/* Where track cells go; called by the stepping thread. `part` is a small
 * number that stays the same for a partition. A field has its audience key
 * first, then group values, then the value (see aggregate/keys.h). */
struct vg_track_sink {
	void *ctx;
	/* The cell of `field` in track `track`, sub-window `start_ms` is `v`.
	 */
	void (*span)(void *ctx, size_t track, size_t part, int64_t start_ms,
		     struct vg_slice field, const int64_t v[4]);
	/* That field is gone. */
	void (*gone)(void *ctx, size_t track, size_t part, int64_t start_ms,
		     struct vg_slice field);
	/* The whole sub-window is gone: swept. */
	void (*swept)(void *ctx, size_t track, size_t part, int64_t start_ms);
	/* Everything of `part` will come again. */
	void (*reset)(void *ctx, size_t part);
	/* All of the track is gone: what it has of `part` begins anew. May be
	 * NULL. */
	void (*restart)(void *ctx, size_t track, size_t part);
	/* The list of `field` in a track of steps is `list`, which was checked
	 * (aggregate/steps.h). May be NULL. */
	void (*steps)(void *ctx, size_t track, size_t part, int64_t start_ms,
		      struct vg_slice field, struct vg_slice list);
};

struct vg_view_part {
	const struct vg_partner *partner;
	char topic[250];
	int32_t partition;
	int64_t offset, high; /* high: broker's end at the last heartbeat, -1 */
	int64_t watermark_ms, log_ms; /* INT64_MIN before the first record  */
	int64_t rolled_ms; /* hours that start before this are in Redis, those
			    * from here on in the minutes, and summed here */
	int64_t heartbeat_ms; /* wall clock of the last heartbeat   */
	bool live;	      /* loaded and following               */
	const struct vg_cells *cells;
	const struct vg_sensors *sensors;   /* NULL before it is loaded */
	uint64_t whole[VG_TRACKS_ALL / 64]; /* tracks that miss nothing here */
	/* Wall clock at which its newest canary came; 0: not since it was
	 * loaded. */
	int64_t canary_seen_ms;
};

/* Make a view. `sink` may be NULL; `env` as for parts. */
enum vg_rc vg_view_new(struct vg_view **out, const struct vg_part_env *env,
		       const struct vg_track_sink *sink,
		       struct vg_err *err) VG_MUST_CHECK;

/* Free `v`; NULL is allowed. Nobody may hold the read lock. */
void vg_view_free(struct vg_view *v);

/* Let `v` go on as `from`, under its env and into its sink; `from` is left with
 * what `v` was, to be freed. The stepping thread's; readers of `v` notice no
 * more than a step. */
void vg_view_take_over(struct vg_view *v, struct vg_view *from);

/* One round over `store`: find new partitions, load, follow; wait up to
 * `wait_ms` for an entry. *applied counts entries. VG_RETRY when Redis is away
 * (the view is then stale). */
enum vg_rc vg_view_step(struct vg_view *v, struct vg_store *store,
			int64_t now_ms, int64_t wait_ms, size_t *applied,
			struct vg_err *err) VG_MUST_CHECK;

/* Hold the view still for reading; keep it short. */
void vg_view_read_lock(struct vg_view *v);
void vg_view_unlock(struct vg_view *v);

/* The rest needs the read lock, or to be the stepping thread. */

/* Number of known partitions, and partition `i`. */
size_t vg_view_parts(const struct vg_view *v);
const struct vg_view_part *vg_view_part(const struct vg_view *v, size_t i);

/* True once every known partition is live. */
bool vg_view_ready(const struct vg_view *v);

/* Bit by bit, the tracks that miss nothing in any partition: their numbers are
 * what they would be had they been there from the beginning. */
void vg_view_whole(const struct vg_view *v, uint64_t whole[VG_TRACKS_ALL / 64]);

/* The same of one track by its id; false when the plan has none such. */
bool vg_view_has_whole(const struct vg_view *v, const char *id);

struct vg_view_freshness {
	int64_t as_of_ms; /* wall clock at which the view was last level with
			   * Redis                                           */
	bool stale;	  /* Redis has not answered for 2 s, or not ready    */
	int64_t complete_to_ms; /* every event that reached the brokers before
				 * this is in the numbers: the smallest of, for
				 * each partition, its heartbeat when read to
				 * the broker's end, else its log time       */
	int64_t log_ms; /* smallest log time over partitions that are not at
			 * their end; when all are, the largest log time    */
};

/* How far the view is. */
struct vg_view_freshness vg_view_freshness(const struct vg_view *v,
					   int64_t now_ms);

#endif
