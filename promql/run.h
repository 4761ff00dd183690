/*
 * run - private to eval: one evaluation under way.
 *
 * Threads: one.
 */
#ifndef VG_PROMQL_RUN_H
#define VG_PROMQL_RUN_H

#include "promql/eval.h"

/* Labels that an expression around a selector needs of it. */
struct vg_pq_wish {
	struct vg_slice label[VG_PQ_LABELS_MAX];
	unsigned n;
};

struct vg_pq_run {
	const struct vg_pq_eval *e;
	struct vg_err *err;
	size_t samples;
};

struct vg_pq_value {
	double *scalar; /* NULL: a set */
	struct vg_pq_set set;
};

/* Any node of type scalar or vector. */
enum vg_rc vg_pq_eval_node(struct vg_pq_run *r, const struct vg_pq_node *n,
			   const struct vg_pq_wish *wish,
			   struct vg_pq_value *out) VG_MUST_CHECK;

/* A selector, plain or under `func` (VG_PQ_NO_FUNC: its samples, whose times
 * are put in *samples when it is not NULL). */
enum vg_rc vg_pq_eval_select(struct vg_pq_run *r, const struct vg_pq_node *n,
			     enum vg_pq_func func,
			     const struct vg_pq_wish *wish,
			     struct vg_pq_set *out) VG_MUST_CHECK;
enum vg_rc vg_pq_eval_samples(struct vg_pq_run *r, const struct vg_pq_node *n,
			      struct vg_pq_result *out) VG_MUST_CHECK;

/* Aggregation `n` of `in`; `k` is its parameter or NULL. */
enum vg_rc vg_pq_eval_group(struct vg_pq_run *r, const struct vg_pq_node *n,
			    const struct vg_pq_set *in, const double *k,
			    struct vg_pq_set *out) VG_MUST_CHECK;

/* Operator `n` between two values. */
enum vg_rc vg_pq_eval_binary(struct vg_pq_run *r, const struct vg_pq_node *n,
			     const struct vg_pq_value side[2],
			     struct vg_pq_value *out) VG_MUST_CHECK;

/* `n` numbers, each absent; NULL, with an error, when memory or the number of
 * samples is out. */
double *vg_pq_numbers(struct vg_pq_run *r, size_t n, enum vg_rc *rc);

/* Room for `n` series of no labels and no numbers; NULL as above. */
struct vg_pq_series *vg_pq_series_new(struct vg_pq_run *r, size_t n,
				      enum vg_rc *rc);

/* Count `n` samples; VG_DROP past the limit. */
enum vg_rc vg_pq_charge(struct vg_pq_run *r, size_t n) VG_MUST_CHECK;

/* Order by labels; VG_DROP when two series have the same. */
enum vg_rc vg_pq_settle(struct vg_pq_run *r,
			struct vg_pq_set *set) VG_MUST_CHECK;

#endif
