/*
 * part_private - what the files of a part share. A batch goes
 *
 *   part_count, part_track -> batch   events into hot batch-local cells
 *   part_roll                         minutes into hours and days, when due
 *   part_load, part_fetch             read what Redis holds of them already
 *   part_recall               what is taken back, in a batch of its own
 *   part_steps, part_lists    round what has too many times; lists
 *   part_apply                        batch into absolutes, and into the call
 *   part_sweep                        what the log's time has ended
 *   part_feed                         which tracks the batch feeds
 *   part_sensors                      who was heard, beside the cells
 *   part_commit                       the script, and what follows from it
 *
 * Only files of aggregate/ include it. Owner, threads: as part.
 */
#ifndef VG_AGGREGATE_PART_PRIVATE_H
#define VG_AGGREGATE_PART_PRIVATE_H

#include "aggregate/part.h"
#include "aggregate/part_batch.h"
#include "aggregate/part_live.h"

enum {
	VG_PART_DIMS = 9,	 /* different fields of the series          */
	VG_PART_DIM_VALUES = 16, /* most values of one, VG_TECHNIQUES_MAX   */
	VG_PART_ID_RECORD = 24,
	VG_PART_TUPLES_MAX = 4096, /* track cells of one event and track    */
	VG_PART_SWEEP_MAX = 4096,  /* buckets ended by one commit           */
	VG_PART_CFG_ENTRIES = 1000 /* configuration epochs remembered in :g */
};

struct vg_call;
struct vg_sensors;
struct vg_part_feeds;
struct vg_part_recall;

/* A packed value with the separator before it: a piece of a field. */
struct vg_piece {
	uint32_t at, n; /* in part->pack */
};

struct vg_pieces {
	struct vg_piece v[VG_FIELD_VALUES_MAX];
	unsigned n;
};

struct vg_part_hour { /* the account of the hour last tallied */
	bool used;
	int64_t start_ms, n[VG_VERDICT_N];
};

struct vg_part {
	const struct vg_part_env *env;
	struct vg_store *store;
	const struct vg_partner *partner;
	int32_t partition;
	struct vg_slice partner_id;
	struct vg_part_state state;
	char epoch[24];
	enum vg_refusal refusal;
	bool spent;	  /* a commit failed: memory and Redis differ */
	int64_t late_ms;  /* lateness allowed to this partner          */
	int64_t rules_ms; /* what is later by it is beyond rules, ...  */
	int64_t own_ms;	  /* ... and by this in no track: own rules'   */
	uint8_t series_dim[VG_AGG_SERIES_N][2]; /* VG_PART_DIMS: none */
	uint32_t dims_counted; /* bit: some series that is counted has it */
	struct vg_batch batch;
	struct vg_part_hour hour;
	struct vg_live_set live;
	struct vg_call *call;
	struct vg_part_recall *recall; /* NULL: none */
	struct vg_part_feeds *feeds;
	bool is_opening; /* a commit must leave what was loaded */
	struct vg_sensors *sensors;
	struct vg_live **touched; /* by batch bucket number; NULL: ended */
	size_t cap_touched;
	struct vg_live **ended; /* swept by the commit under way */
	size_t n_ended, cap_ended, n_ended_orphans;
	struct vg_slice *gone; /* fields of the bucket at hand to remove */
	size_t n_gone, cap_gone;
	struct vg_slice *arg; /* of the read under way */
	size_t cap_arg;
	struct vg_buf pack, key, name, delta, ids, list;
	struct vg_step *step; /* those of one cell of the batch */
	size_t cap_step;
	char *scratch;				   /* VG_FIELD_SCRATCH bytes */
	struct vg_reply *loaded_ids, *loaded_kept; /* till a commit */
	struct vg_buf kept; /* by the batch: see part_kept.c */
	int64_t *chunk; /* newest offset of each chunk of :i, oldest first */
	size_t n_chunk, cap_chunk;
	int64_t ids_newest;
};

struct vg_part_clock { /* of the commit under way; rolled_ms as after it */
	int64_t log_ms, tracks_below_ms, rolled_ms;
};

/* Log time at which bucket `id` may go. */
int64_t vg_part_expiry(const struct vg_part *p, struct vg_bucket_id id);

/* True when bucket `id`, of this expiry, is at its end. A minute never is
 * while its hour is made of it. */
bool vg_part_is_ended(const struct vg_part_clock *k, struct vg_bucket_id id,
		      int64_t expiry_ms);

/* Learn which fields each series counts by. */
void vg_part_bind_series(struct vg_part *p);

/* Add `sign` times `e` to the series of the batch. */
enum vg_rc vg_part_count_series(struct vg_part *p, const struct vg_event *e,
				int sign, struct vg_err *err) VG_MUST_CHECK;

/* Add the tallied hour to the batch. False when memory is out. */
bool vg_part_flush_hour(struct vg_part *p);

/* Decide which hour the commit at k->log_ms rolls, if any (k->rolled_ms), and
 * add to the batch what belongs into hours and days: the batch's own minutes
 * and, of that hour, those stored. */
enum vg_rc vg_part_roll(struct vg_part *p, struct vg_part_clock *k,
			struct vg_err *err) VG_MUST_CHECK;

/* Take the span `from` into `into` (first and last with their offsets). */
void vg_span_merge(int64_t into[4], const int64_t from[4]);

/* Find or make the live bucket of every batch bucket that is not ended, and
 * read from Redis those it has and memory has not. */
enum vg_rc vg_part_load(struct vg_part *p, const struct vg_part_clock *k,
			struct vg_err *err) VG_MUST_CHECK;

/* Turn the batch into absolutes, commands and delta. */
enum vg_rc vg_part_apply(struct vg_part *p, struct vg_err *err) VG_MUST_CHECK;

/* Add commands and delta for what is ended; settle when they were applied. */
bool vg_part_sweep(struct vg_part *p, const struct vg_part_clock *k);
void vg_part_sweep_settle(struct vg_part *p);

/* True when buckets of this kind travel on the stream. */
bool vg_part_travels(struct vg_bucket_id id);

/* Number in the call of the key of bucket `id`, whose name is left in
 * p->name. */
uint32_t vg_part_bucket_key(struct vg_part *p, struct vg_bucket_id id);

/* VG_FATAL: out of memory. */
enum vg_rc vg_part_no_memory(struct vg_err *err);

/* Grow *p, an array of *cap elements of `size`, to hold `n`. */
bool vg_part_reserve(void **p, size_t *cap, size_t n, size_t size);
#endif
