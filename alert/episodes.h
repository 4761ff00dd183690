/*
 * episodes - from presence intervals to episodes: the semantics of a rule,
 * pure and exact to the millisecond (design: "Rules and alerts").
 *
 * A value is present at t when an event of it lies in (t-W, t]: each span
 * (first, last) of a sub-window gives presence [first, last + W). The rule
 * holds where every condition has at least k values present; stretches that
 * start less than resolve_after after the last one's end, or at or before it,
 * are one episode; exactly resolve_after later is a new one.
 *
 * Threads: pure. Time: ms; intervals are [start, end).
 */
#ifndef VG_ALERT_EPISODES_H
#define VG_ALERT_EPISODES_H

#include "core/err.h"

#include <stddef.h>
#include <stdint.h>

struct vg_span_in {
	uint32_t condition; /* which condition it counts for     */
	uint32_t value;	    /* equal numbers are the same value  */
	int64_t first_ms, last_ms;
};

/* End of an episode that nothing known ends: a silence that lasts. The last
 * instant of the year 9999, so that it can be reckoned with. */
#define VG_EPISODE_OPEN INT64_C(253402300799999)

struct vg_episode {
	int64_t start_ms, end_ms;
	double peak; /* most values of condition 0 where the rule holds */
	int64_t peak_at_ms; /* first instant of the peak */
};

struct vg_episode_rule {
	int64_t window_ms, resolve_after_ms;
	const int64_t *at_least; /* one a condition */
	size_t n_condition;
};

/* Compute the episodes of `n` spans (any order; reordered in place), by start,
 * into *out (freed with free(); NULL when none). */
enum vg_rc vg_episodes(struct vg_episode **out, size_t *n_out,
		       struct vg_span_in *span, size_t n,
		       const struct vg_episode_rule *rule,
		       struct vg_err *err) VG_MUST_CHECK;

#endif
