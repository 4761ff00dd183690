/*
 * keep - how long what names things of a partner is kept.
 *
 * Threads: pure.
 */
#ifndef VG_AGGREGATE_KEEP_H
#define VG_AGGREGATE_KEEP_H

#include "aggregate/part.h"
#include "aggregate/plan.h"

/* How long after its end a bucket of series `agg` and resolution `res` of
 * `partner` is kept, ms of log time. Hours and days by sensor go with the
 * partner's identifiers. */
int64_t vg_keep_ms(const struct vg_config *cfg,
		   const struct vg_partner *partner, unsigned agg,
		   unsigned res);

/* VG_INVAL when a partner's identifiers are to be kept for a shorter time than
 * minutes by sensor, or the tracks of the rules, need them. */
enum vg_rc vg_keep_check(const struct vg_part_env *env,
			 struct vg_err *err) VG_MUST_CHECK;

#endif
