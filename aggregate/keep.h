/*
 * keep - how long what names things of a partner is kept.
 *
 * Threads: pure, but for vg_keep_trim(): one at a time, with its store.
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

/* Remove what the stream of a partition got before `before_ms`, by the wall
 * clock: its entries hold names too, and a partition where little happens would
 * keep them for ever. Followers are long past them. */
enum vg_rc vg_keep_trim(struct vg_store *s, const char *topic,
			int32_t partition, int64_t before_ms,
			struct vg_err *err) VG_MUST_CHECK;

#endif
