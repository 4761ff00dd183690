/*
 * life - what state an alert is in at an instant: pending, firing, recovering
 * or inactive, as a function of when its rule held.
 *
 * An interval [s, e) fires at s + for, when it still holds there and that is
 * not after the asked instant; the end is delayed by keep_firing. What begins
 * less than resolve_after later, or at or before that end, is the same alert
 * and needs no second `for`. Nothing else counts: not when a process ran, and
 * not what the settings were before.
 *
 * Time:    ms; "now" is the argument. Threads: pure.
 */
#ifndef VG_NOTIFY_LIFE_H
#define VG_NOTIFY_LIFE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct vg_life_rule {
	int64_t for_ms, keep_firing_ms, resolve_after_ms;
};

/* [start, end); end INT64_MAX while it holds. */
struct vg_life_span {
	int64_t start_ms, end_ms;
};

enum vg_life { VG_INACTIVE, VG_PENDING, VG_FIRING, VG_RECOVERING };

/* Note that the rule begins (`holds`) or ceases to hold at `at_ms`, not before
 * what was noted last. `span` has room for n + 1. Returns the new n. */
size_t vg_life_set(struct vg_life_span *span, size_t n, bool holds,
		   int64_t at_ms);

/* State at `at_ms`, by the `n` spans in order that begin until then. */
enum vg_life vg_life_at(const struct vg_life_rule *rule,
			const struct vg_life_span *span, size_t n,
			int64_t at_ms);

/* "inactive", "pending", "firing", "recovering". */
const char *vg_life_name(enum vg_life s);

#endif
