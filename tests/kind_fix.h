/*
 * kind_fix - rules of one leaf over a few samples, for the tests of kinds.
 */
#ifndef VG_TESTS_KIND_FIX_H
#define VG_TESTS_KIND_FIX_H

#include "alert/kind.h"
#include "alert/life.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>

#define NEVER INT64_MAX

static inline struct vg_form one_leaf(enum vg_kind kind, int64_t window_ms,
				      enum vg_bound_op op, double bound)
{
	struct vg_form f = {.n_leaf = 1};

	f.leaf[0] = (struct vg_leaf){
		.kind = kind, .window_ms = window_ms, .min_per_value = 1};
	f.leaf[0].bounds.used = 1u << op;
	f.leaf[0].bounds.bound[op] = bound;
	return f;
}

static inline struct vg_stretches stretches_of(const struct vg_form *form,
					       const struct vg_sample *v,
					       size_t n, int64_t clock_ms)
{
	struct vg_stretches out = {.v = NULL};
	const struct vg_samples in = {v, n};
	struct vg_err err = {0};

	cr_assert(eq(int, vg_kind_stretches(&out, form, &in, clock_ms, &err),
		     VG_OK));
	return out;
}

/* The stretches are exactly the `n` pairs of start and end; then freed. */
static inline void hold_on(struct vg_stretches s, const int64_t (*pair)[2],
			   size_t n)
{
	cr_assert(eq(sz, s.n, n));
	for (size_t i = 0; i < n; i++) {
		cr_assert(eq(i64, s.v[i].start_ms, pair[i][0]));
		cr_assert(eq(i64, s.v[i].end_ms, pair[i][1]));
	}
	free(s.v);
}

#define SAMPLES(...)                                                           \
	(const struct vg_sample[])                                             \
	{                                                                      \
		__VA_ARGS__                                                    \
	}
#define PAIRS(...)                                                             \
	(const int64_t[][2])                                                   \
	{                                                                      \
		__VA_ARGS__                                                    \
	}

#endif
