/*
 * part_hear - what is noted in a partition's sensor table beside the counts:
 * aggregate/sensors.h.
 *
 * Owner, threads: as part. Errors: VG_FATAL when memory is out.
 */
#ifndef VG_AGGREGATE_PART_HEAR_H
#define VG_AGGREGATE_PART_HEAR_H

#include "aggregate/part.h"

struct vg_heard;

/* A well-formed event of the partner's came, whatever its verdict. */
enum vg_rc vg_part_hear(struct vg_part *p, const struct vg_heard *h,
			struct vg_err *err) VG_MUST_CHECK;

/* A canary came that was sent at `sent_ms`. */
enum vg_rc vg_part_canary(struct vg_part *p, int64_t record_ms, int64_t sent_ms,
			  struct vg_err *err) VG_MUST_CHECK;

#endif
