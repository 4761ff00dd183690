/*
 * recount - the numbers that one partition's records must have led to, counted
 * the slow and plain way: one event, every cell, no batches, no caches.
 *
 * Owner:   the caller. Threads: one at a time.
 */
#ifndef VG_VERIFY_RECOUNT_H
#define VG_VERIFY_RECOUNT_H

#include "aggregate/part.h"

struct vg_cells;
struct vg_hear;
struct vg_recount;

struct vg_epoch {	  /* of the configuration */
	int64_t offset;	  /* in force from this record on */
	int64_t rules_ms; /* an event so late was in no track */
};

struct vg_recount_state {
	int64_t records, watermark_ms, log_ms;
	int64_t last_offset; /* of the last record, -1 when none */
};

/* Start for `partner`'s partition. Freed with _free(); NULL is allowed. */
enum vg_rc vg_recount_new(struct vg_recount **out,
			  const struct vg_part_env *env,
			  const struct vg_partner *partner,
			  struct vg_err *err) VG_MUST_CHECK;

/* Free `r`; NULL is allowed. */
void vg_recount_free(struct vg_recount *r);

/* Before the first record: events of hours that start before this belong into
 * buckets of hours and days, others into minutes alone (design: `roll`). All
 * into hours when never called. */
void vg_recount_rolled(struct vg_recount *r, int64_t rolled_ms);

/* Before the first record: how late an event could be for rules, by rising
 * offset; as now when never called. `epoch` is borrowed. */
void vg_recount_epochs(struct vg_recount *r, const struct vg_epoch *epoch,
		       size_t n);

/* Take the next record of the log. */
enum vg_rc vg_recount_take(struct vg_recount *r, int64_t offset, int64_t ts_ms,
			   struct vg_slice value,
			   struct vg_err *err) VG_MUST_CHECK;

/* The same with its key, by which a recall says whose it is: {key, value}. A
 * value of NULL is one that was refused for its signature, of that length. */
enum vg_rc vg_recount_take_keyed(struct vg_recount *r, int64_t offset,
				 int64_t ts_ms, const struct vg_slice record[2],
				 struct vg_err *err) VG_MUST_CHECK;

/* Round the times of the steps that have too many, once, after the last record
 * and before vg_recount_cap(). */
enum vg_rc vg_recount_round(struct vg_recount *r,
			    struct vg_err *err) VG_MUST_CHECK;

/* Apply the limits on value sets and tracks, once, after the last record. */
enum vg_rc vg_recount_cap(struct vg_recount *r,
			  struct vg_err *err) VG_MUST_CHECK;

/* The cells: series in every resolution that is stored, tracks, and the account
 * with every rejection summed under "rejected:*". */
const struct vg_cells *vg_recount_cells(const struct vg_recount *r);

/* The sensor table. */
const struct vg_hear *vg_recount_heard(const struct vg_recount *r);

/* The environment it was made with. */
const struct vg_part_env *vg_recount_env(const struct vg_recount *r);

/* Where the count stands. */
struct vg_recount_state vg_recount_state(const struct vg_recount *r);

#endif
