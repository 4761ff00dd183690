/*
 * span_read - single cells of a track's spans, asked for by their names.
 *
 * Threads: one at a time, with the store.
 */
#ifndef VG_AGGREGATE_SPAN_READ_H
#define VG_AGGREGATE_SPAN_READ_H

#include "aggregate/plan.h"
#include "aggregate/store.h"

enum { VG_SPANS_MAX = 1024 }; /* asked for at once */

/* Which: a partition, a sub-window of a track, and names of cells, each an
 * audience's key and values (aggregate/keys.h). */
struct vg_span_ask {
	const struct vg_plan *plan;
	size_t track;
	const char *topic;
	int32_t partition;
	int64_t start_ms;
	const struct vg_slice *field;
	size_t n; /* 1 to VG_SPANS_MAX */
};

/* A cell as it is stored: event times after the sub-window's start, and the
 * offsets of their records. */
struct vg_span_cell {
	bool there;
	int64_t first_ms, first_offset, last_ms, last_offset;
};

/* Read them into out[0] to out[n - 1]. */
enum vg_rc vg_spans_read(struct vg_store *s, const struct vg_span_ask *ask,
			 struct vg_span_cell *out,
			 struct vg_err *err) VG_MUST_CHECK;

#endif
