/*
 * part_steps - the steps of one batch: exact times, or rounded ones where a
 * group has too many (aggregate/steps.h).
 *
 * Only files of aggregate/ include it. Owner, threads: as part.
 */
#ifndef VG_AGGREGATE_PART_STEPS_H
#define VG_AGGREGATE_PART_STEPS_H

#include "aggregate/part_private.h"

struct vg_part_at { /* a record, as far as tracks ask */
	int64_t offset, log_ms;
};

/* Count the spans of `e` into the batch. */
enum vg_rc vg_part_count_spans(struct vg_part *p, const struct vg_event *e,
			       const struct vg_part_at *at,
			       struct vg_err *err) VG_MUST_CHECK;

/* Count the steps of `e` into the batch, `by` times. */
enum vg_rc vg_part_count_steps(struct vg_part *p, const struct vg_event *e,
			       int by, const struct vg_part_at *at,
			       struct vg_err *err) VG_MUST_CHECK;

/* Round, in the batch and in the bucket `b`, the times of the groups that have
 * too many of them; b's cells that go are noted. False when memory is out.
 * Nothing happens to buckets that are not of steps. */
bool vg_part_settle_steps(struct vg_part *p, struct vg_live *b,
			  uint32_t bucket);
bool vg_part_is_steps(struct vg_bucket_id id);

/* Give `b` caps (in place of those it has), counting what its table has when
 * that is all. False when memory is out. */
bool vg_part_make_caps(struct vg_part *p, struct vg_live *b);

/* Note that `field` of the bucket at hand must go from Redis. */
bool vg_part_note_gone(struct vg_part *p, struct vg_slice field);

#endif
