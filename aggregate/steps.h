/*
 * steps - counts by event time: what rules read that count, sum or order.
 *
 * A cell of a steps track is (audience, group, value, event time) ->
 * events,reports. The time is the last part of the field, in ms from the start
 * of the sub-window of length W: exact, in decimal, while the group of that
 * audience has at most VG_STEPS_TIMES_MAX different times there; past that all
 * its times in the sub-window are rounded down to one step, and written behind
 * a '~'. Rounding what is there and what comes gives the same cells in any
 * order of arrival.
 *
 * An index knows which groups of one bucket are rounded, and how many times
 * the others have.
 *
 * Owner:   the bucket owns its index. Threads: as the bucket.
 */
#ifndef VG_AGGREGATE_STEPS_H
#define VG_AGGREGATE_STEPS_H

#include "aggregate/cells.h"

enum { VG_STEPS_TIMES_MAX = 4096 };

/* The step of a window, ms: the largest of 10 ms, 100 ms, 1 s, 10 s, 1 min and
 * 10 min that fits it at least VG_STEPS_TIMES_MAX times, else 1 (nothing is
 * rounded). Source: design, "Cells". */
int64_t vg_steps_step(int64_t window_ms);

/* Append a time to a field that holds all before it; a step above 1 rounds. */
void vg_steps_pack(struct vg_buf *field, int64_t at_ms, int64_t step_ms);

/* A field taken apart: all up to its time, its time, and whether that was
 * rounded. False when the last part is no time within the window. */
struct vg_steps_field {
	struct vg_slice head; /* audience, group, value: no separator behind */
	int64_t at_ms;
	bool rounded;
};
bool vg_steps_parse(struct vg_slice field, int64_t window_ms,
		    struct vg_steps_field *out);

/* The audience and the first `n_group` values of a field. */
struct vg_slice vg_steps_group(struct vg_slice field, unsigned n_group);

struct vg_steps;

enum vg_steps_say {
	VG_STEPS_EXACT,	  /* keep the field as it is             */
	VG_STEPS_ROUNDED, /* its group is rounded: round it      */
	VG_STEPS_FULL,	  /* this time is one too many: round what the group
			   * has, then this                        */
	VG_STEPS_MEMORY	  /* out of memory                         */
};

/* An index of nothing, for a track of `n_group` group fields; NULL when memory
 * is out. Freed with _free(), NULL allowed. */
struct vg_steps *vg_steps_new(unsigned n_group, int64_t window_ms,
			      uint64_t seed);
void vg_steps_free(struct vg_steps *s);

/* Take in a field that the bucket has or gets. FULL is said once for a group,
 * which from then on is rounded; with a step of 1 never. A field of no known
 * form is EXACT and counts nothing. */
enum vg_steps_say vg_steps_take(struct vg_steps *s, struct vg_slice field);

#endif
