/*
 * steps - counts by event time: what rules read that count, sum or order.
 *
 * A cell of a steps track is (audience, group, value, slice) -> a list of
 * (event time, events, reports). A slice is a part of the sub-window of length
 * W, of vg_steps_slice() ms; its start, in ms from that of the sub-window, is
 * the last part of the field. So what many events of one group have to say is
 * one field of Redis and not one for each time.
 *
 * Times are exact while the group of that audience has at most
 * VG_STEPS_TIMES_MAX different ones in the sub-window; past that all its times
 * there are rounded down to one step, and its slices written behind a '~'.
 * Rounding what is there and what comes gives the same cells in any order of
 * arrival.
 *
 * The list in bytes: times ascend, each once; of each a varint of twice the
 * distance from the one before (of the first: from the slice's start), plus 1
 * where it stands for one event and one report; else two varints follow, events
 * and reports. It has one form and is never empty.
 *
 * An index knows which groups of one bucket are rounded, and how many times
 * the others have.
 *
 * Owner:   the bucket owns its index. Threads: as the bucket.
 */
#ifndef VG_AGGREGATE_STEPS_H
#define VG_AGGREGATE_STEPS_H

#include "aggregate/cells.h"

enum {
	VG_STEPS_TIMES_MAX = 4096,
	VG_STEPS_SLICE_MIN = 10000, /* ms */
	VG_STEPS_A_SLICE = 100	    /* steps, where that is more */
};

/* The step of a window, ms: the largest of 10 ms, 100 ms, 1 s, 10 s, 1 min and
 * 10 min that fits it at least VG_STEPS_TIMES_MAX times, else 1 (nothing is
 * rounded). Source: design, "Cells". */
int64_t vg_steps_step(int64_t window_ms);

/* The length of its slices, ms: a multiple of the step. */
int64_t vg_steps_slice(int64_t window_ms);

/* Append the slice of a time (from the start of the sub-window) to a field
 * that holds all before it. */
void vg_steps_pack(struct vg_buf *field, int64_t at_ms, int64_t slice_ms,
		   bool rounded);

/* A field taken apart: all up to its slice, where that starts, and whether its
 * times are rounded. False when the last part is no slice of the window. */
struct vg_steps_field {
	struct vg_slice head; /* audience, group, value: no separator behind */
	int64_t at_ms;
	bool rounded;
};
bool vg_steps_parse(struct vg_slice field, int64_t window_ms,
		    struct vg_steps_field *out);

/* The audience and the first `n_group` values of a field. */
struct vg_slice vg_steps_group(struct vg_slice field, unsigned n_group);

/* One time of a list, ms from its slice's start. */
struct vg_step {
	uint32_t at_ms;
	int64_t events, reports;
};

struct vg_steps_reader {
	const char *p, *end;
	int64_t at_ms; /* of the last one read, -1 before the first */
};

/* Start reading a list; the next time of it: 1, 0 at the end, -1 when it is
 * malformed. */
struct vg_steps_reader vg_steps_read(struct vg_slice list);
int vg_steps_next(struct vg_steps_reader *r, struct vg_step *out);

/* How many times the list of a slice of `slice_ms` has, and the last of them;
 * false when it is malformed or empty. */
bool vg_steps_check(struct vg_slice list, int64_t slice_ms, uint32_t *n,
		    uint32_t *last_ms);

/* Append a time to a list whose last one is `last_ms`, -1 of none yet. */
void vg_steps_add(struct vg_buf *list, int64_t last_ms,
		  const struct vg_step *step);

struct vg_steps;

enum vg_steps_say {
	VG_STEPS_EXACT,	  /* keep the field as it is                      */
	VG_STEPS_ROUNDED, /* its group is rounded: round it               */
	VG_STEPS_MANY,	  /* its group may have too many times: count them */
	VG_STEPS_MEMORY	  /* out of memory                                */
};

/* An index of nothing, for a track of `n_group` group fields; NULL when memory
 * is out. Freed with _free(), NULL allowed. */
struct vg_steps *vg_steps_new(unsigned n_group, int64_t window_ms,
			      uint64_t seed);
void vg_steps_free(struct vg_steps *s);

/* Take in `times` times of a field, that the bucket has or gets (some of which
 * may have been taken before), and say of its group. MANY is said from when
 * there may be more than VG_STEPS_TIMES_MAX different ones until it is rounded.
 * A field of no known form is EXACT and counts nothing. */
enum vg_steps_say vg_steps_take(struct vg_steps *s, struct vg_slice field,
				size_t times);

/* True once for a group, that of `field`: from then on its times are counted
 * one by one, and those that the bucket has must be. */
bool vg_steps_begin(struct vg_steps *s, struct vg_slice field);

/* Count one time of the group of `field`, ms from the start of the sub-window:
 * ROUNDED when it is one too many, and from then on; else MANY. */
enum vg_steps_say vg_steps_count(struct vg_steps *s, struct vg_slice field,
				 int64_t at_ms);

#endif
