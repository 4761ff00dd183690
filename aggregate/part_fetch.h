/*
 * part_fetch - reading a partition's buckets from Redis, many in flight at
 * once. Private to the files of a part.
 *
 * Answers come in the order of what was queued. After a fault some are still
 * to come: vg_store_forget().
 *
 * Owner, threads: as part.
 */
#ifndef VG_AGGREGATE_PART_FETCH_H
#define VG_AGGREGATE_PART_FETCH_H

#include "aggregate/part_private.h"

enum vg_fetch { VG_FETCH_LENGTH, VG_FETCH_WHOLE, VG_FETCH_SOME };

/* Ask for the number of fields of the bucket of batch bucket `i`, for all of
 * them, or for those of the batch that its table has not; *asked says whether
 * there was anything to ask. Then take the answer. */
enum vg_rc vg_part_ask(struct vg_part *p, uint32_t i, enum vg_fetch what,
		       bool *asked, struct vg_err *err) VG_MUST_CHECK;
enum vg_rc vg_part_take(struct vg_part *p, uint32_t i, enum vg_fetch what,
			struct vg_err *err) VG_MUST_CHECK;

/* Queue `command` on the key of bucket `id`; p->arg has room for `n`, the
 * arguments behind the key from [2] on. */
enum vg_rc vg_part_queue(struct vg_part *p, const char *command,
			 struct vg_bucket_id id, size_t n,
			 struct vg_err *err) VG_MUST_CHECK;

/* VG_INVAL: bucket `id` in Redis is not what it must be. */
enum vg_rc vg_part_fault(struct vg_part *p, struct vg_bucket_id id,
			 const char *what, struct vg_err *err);

/* Count a field of `b` in the set that its audience caps. False when memory is
 * out. */
bool vg_part_count_value(struct vg_part *p, struct vg_live *b,
			 struct vg_slice field);

#endif
