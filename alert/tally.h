/*
 * tally - how often each value is in a window. Private to alert.
 *
 * Owner:   the caller embeds it; zero bytes are a valid empty one.
 * Threads: one at a time.
 */
#ifndef VG_ALERT_TALLY_H
#define VG_ALERT_TALLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { VG_TALLY_WINDOWS = 2 };

struct vg_tally_row {
	uint32_t value;
	bool used;
	int64_t n[VG_TALLY_WINDOWS];
};

struct vg_tally {
	struct vg_tally_row *row;
	size_t n, cap; /* cap: 0 or a power of two */
};

/* The row of `value`, made when it is not there, until the next call; NULL
 * when memory is out. */
struct vg_tally_row *vg_tally_row(struct vg_tally *t, uint32_t value);

/* Free the rows; `t` is then a valid empty one. */
void vg_tally_term(struct vg_tally *t);

#endif
