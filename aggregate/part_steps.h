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

/* Take the times of the batch's cell `c` into the list of the bucket `b` whose
 * numbers in its table are `into` (zeros: a new one). */
bool vg_part_merge_steps(struct vg_part *p, struct vg_live *b, int64_t into[2],
			 const struct vg_batch_cell *c);

/* Take in a list that Redis has. VG_INVAL: it is none. */
enum vg_rc vg_part_take_list(struct vg_part *p, struct vg_live *b,
			     struct vg_slice field, struct vg_slice list,
			     struct vg_err *err) VG_MUST_CHECK;

/* Remove `field` from the bucket's table, with what belongs to it. */
void vg_part_remove_cell(struct vg_live *b, struct vg_slice field);

/* What a bucket's table says of a list, beside its number: how many times it
 * has and the last of them. */
static inline int64_t vg_list_mark(uint32_t n, uint32_t last_ms)
{
	return (int64_t)((uint64_t)n << 32 | last_ms);
}
static inline uint32_t vg_list_times(int64_t mark)
{
	return (uint32_t)((uint64_t)mark >> 32);
}
static inline uint32_t vg_list_last(int64_t mark)
{
	return (uint32_t)mark;
}

/* Give `b` caps (in place of those it has), counting what its table has when
 * that is all. False when memory is out. */
bool vg_part_make_caps(struct vg_part *p, struct vg_live *b);

/* Note that `field` of the bucket at hand must go from Redis. */
bool vg_part_note_gone(struct vg_part *p, struct vg_slice field);

#endif
