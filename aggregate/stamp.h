/*
 * stamp - what an answer hangs on, so that the same question can be answered
 * again without asking: the cells that its viewer sees, and what decides which
 * steps have no data.
 *
 * Owner:   plain values; a stamp outlives its query.
 * Threads: any; the view's read lock is taken inside.
 */
#ifndef VG_AGGREGATE_STAMP_H
#define VG_AGGREGATE_STAMP_H

#include "aggregate/query.h"

struct vg_query_stamp {
	unsigned viewer, agg;
	enum vg_res res;
	int64_t from_ms, to_ms;
	bool by_partner;
	uint64_t moment; /* of the cells               */
	uint64_t marks;	 /* of the steps without data  */
};

/* Note, before `q` runs, what its answer will hang on. False when `q` names no
 * aggregate, or no range. */
bool vg_query_stamp(struct vg_query_stamp *out, const struct vg_query *q,
		    struct vg_view *view);

/* True while the query would be answered the same. It may be false of one that
 * would, never the other way round. */
bool vg_query_stands(const struct vg_query_stamp *s, struct vg_view *view,
		     int64_t now_ms);

/* Changes whenever something in the view does: while it is the same, so is all
 * that stood. */
uint64_t vg_view_tick(const struct vg_view *view);

#endif
