/*
 * exact_sum - sums of doubles without rounding errors, so that the order of
 * adding and taking away leaves no trace. Private to alert.
 *
 * A sum is a fixed-point number of 32-bit digits that reaches from below the
 * smallest double to beyond 2^32 times the largest; it is rounded once, when
 * it is read, to the nearest double (ties to even).
 *
 * Owner:   the caller embeds it; zero bytes are 0. Threads: one at a time.
 */
#ifndef VG_ALERT_EXACT_SUM_H
#define VG_ALERT_EXACT_SUM_H

#include <stdint.h>

enum { VG_EXACT_DIGITS = 72 };

struct vg_exact_sum {
	int64_t digit[VG_EXACT_DIGITS]; /* 0..2^32-1 each; the last has the
					 * sign of the whole */
	int high;			/* above it all digits are 0 */
};

/* Add `x` (finite) `n` times; n below 0 takes it away. |n| is below 2^32. */
void vg_exact_add(struct vg_exact_sum *s, double x, int64_t n);

/* The sum divided by `n` (at least 1), rounded once; at most DBL_MAX. */
double vg_exact_read(const struct vg_exact_sum *s, int64_t n);

#endif
