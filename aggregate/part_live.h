/*
 * part_live - the buckets of a partition that exist in Redis, and those of
 * them whose absolute values are in memory.
 *
 * A bucket that is not listed does not exist: it need not be read before it is
 * written. In memory are the most recently used ones, within a limit.
 *
 * Owner:   the part embeds it; entries stay where they are until removed.
 * Threads: one at a time.
 */
#ifndef VG_AGGREGATE_PART_LIVE_H
#define VG_AGGREGATE_PART_LIVE_H

#include "aggregate/lists.h"
#include "aggregate/part_caps.h"
#include "aggregate/steps.h"

/* When a bucket expires that never does: exact as a score of Redis. */
#define VG_PART_NEVER_MS INT64_C(9000000000000000)

struct vg_live {
	struct vg_bucket_id id;
	int64_t expiry_ms;
	bool stored;		/* Redis has it (else: new in this batch) */
	bool emptied, reread;	/* nothing is left of it; read it anew:
				 * of the recall under way */
	bool whole;		/* the table has every field Redis has    */
	size_t total;		/* fields in Redis, 0 while not known; not
				 * kept up once there are caps            */
	struct vg_table *cells; /* NULL: not in memory                    */
	struct vg_caps *caps;	/* NULL: nothing to cap yet, or no cells  */
	struct vg_steps *steps; /* NULL: few times yet, none, or no cells */
	struct vg_lists *lists; /* of steps in memory; else NULL          */
	size_t times;		/* in all of them                         */
	bool rounded;		/* some of them are                       */
	struct vg_live *newer, *older; /* while in memory                 */
};

/* A bucket of a track that no rule has any more: only its name is known. */
struct vg_orphan {
	char name[VG_BUCKET_NAME_MAX + 1];
	int64_t expiry_ms;
};

struct vg_live_set {
	struct vg_live **slot; /* open addressing */
	size_t n, cap;
	struct vg_live *newest, *oldest;
	struct vg_orphan *orphan;
	size_t n_orphan, cap_orphan;
	size_t bytes; /* of all tables in memory */
	uint64_t seed;
	/* No series or account bucket, no track or orphan expires before. */
	int64_t next_series_ms, next_track_ms;
};

/* An empty set. */
void vg_live_init(struct vg_live_set *s, uint64_t seed);

/* Free all; `s` is then a valid empty one. */
void vg_live_term(struct vg_live_set *s);

/* The entry of `id`, or NULL. */
struct vg_live *vg_live_get(const struct vg_live_set *s,
			    struct vg_bucket_id id);

/* A new entry (there must be none); NULL when memory is out. */
struct vg_live *vg_live_add(struct vg_live_set *s, struct vg_bucket_id id,
			    int64_t expiry_ms);

/* Note a bucket known by name only. False when memory is out. */
bool vg_live_add_orphan(struct vg_live_set *s, struct vg_slice name,
			int64_t expiry_ms);

/* Forget the entry and free it. */
void vg_live_remove(struct vg_live_set *s, struct vg_live *b);

/* Give `b` an empty table: whole when Redis has nothing of it yet. False when
 * memory is out. */
bool vg_live_open(struct vg_live_set *s, struct vg_live *b);

/* Make `b`, which is in memory, the most recently used. */
void vg_live_touch(struct vg_live_set *s, struct vg_live *b);

/* Take the table of `b` out of memory. */
void vg_live_close(struct vg_live_set *s, struct vg_live *b);

/* Let the least recently used tables go until at most `max` bytes are held. */
void vg_live_trim(struct vg_live_set *s, size_t max);

/* Walk the entries: start with *pos = 0; NULL at the end. */
struct vg_live *vg_live_next(const struct vg_live_set *s, size_t *pos);

#endif
