/*
 * span - totals over a range: which buckets they are read from, and the same
 * range before.
 *
 * Threads: pure, but for vg_span_compare(), which runs queries.
 */
#ifndef VG_API_SPAN_H
#define VG_API_SPAN_H

#include "api/select.h"

/* Read `from` and `to` (default: the last hour) into `q`, which then asks for
 * totals, and choose the buckets: the coarsest that the range fits exactly, or
 * the finest that reach back `back` times the range, and the range grows to fit
 * them. The choice hangs on range and clock alone. False with a problem. */
bool vg_span_read(struct vg_service *s, const struct vg_request *r,
		  struct vg_answer *a, struct vg_query *q, int back);

/* The same without parameters, for q->from_ms and q->to_ms as they are. */
bool vg_span_fit(struct vg_service *s, const struct vg_request *r,
		 struct vg_answer *a, struct vg_query *q, int back);

struct vg_span_row {
	struct vg_slice key[VG_QUERY_DIMS];
	int64_t value, before;
};

/* A range and the one of the same length before it, joined by key. */
struct vg_span_pair {
	struct vg_span_row *row; /* by value, largest first, then by key */
	size_t n;
	int64_t total, total_before; /* over all rows */
	int marking;
	uint64_t folded;  /* slots, in either */
	bool before_kept; /* else some of what was before is gone */
	struct vg_query_result now, then; /* rows borrow from them */
};

/* Run `q` over both. False with a problem in `a`. */
bool vg_span_compare(struct vg_service *s, const struct vg_request *r,
		     struct vg_answer *a, const struct vg_query *q,
		     struct vg_span_pair *out, bool is_stale);

/* How much `row` changed, up or down. */
int64_t vg_span_shift(const struct vg_span_row *row);

/* Order by that instead, then by key. */
void vg_span_by_change(struct vg_span_pair *p);

/* Write value, before, change, ratio, share, share_before of `row`. Ratios are
 * null where they divide by 0. */
void vg_span_write(struct vg_jout *j, const struct vg_span_pair *p,
		   const struct vg_span_row *row);

/* part / whole in thousandths; false when whole is 0. */
bool vg_span_milli(int64_t part, int64_t whole, int64_t *out);

/* Free what a comparison holds. */
void vg_span_pair_term(struct vg_span_pair *p);

#endif
