/*
 * value - labels and numbers of what an expression gives.
 *
 * A number may be absent, which differs from 0 and from NaN.
 *
 * Owner:   everything lies in the arena of the evaluation.
 * Threads: one at a time.
 */
#ifndef VG_PROMQL_VALUE_H
#define VG_PROMQL_VALUE_H

#include "core/arena.h"
#include "core/slice.h"

#include <stddef.h>

struct vg_pq_label {
	struct vg_slice name, value;
};

struct vg_pq_series {
	struct vg_pq_label *label; /* by name, bytewise; no empty value */
	unsigned n_labels;
	double *v; /* one for each instant */
};

struct vg_pq_set {
	struct vg_pq_series *series;
	size_t n;
};

/* Instants first, first + step, ... */
struct vg_pq_times {
	int64_t first_ms, step_ms; /* step > 0 */
	size_t n;
};

/* The number that stands for none, and whether `v` is it. */
double vg_pq_absent(void);
bool vg_pq_is_absent(double v);

/* Instant `i`. */
static inline int64_t vg_pq_time(const struct vg_pq_times *t, size_t i)
{
	return t->first_ms + (int64_t)i * t->step_ms;
}

/* Value of label `name`; empty when there is none. */
struct vg_slice vg_pq_label_of(const struct vg_pq_series *s,
			       struct vg_slice name);

/* Put the labels in order, dropping empty ones. */
void vg_pq_labels_sort(struct vg_pq_series *s);

/* Compare label sets, __name__ aside unless `with_name`: as strcmp(). */
int vg_pq_labels_compare(const struct vg_pq_series *a,
			 const struct vg_pq_series *b, bool with_name);

/* Take __name__ out of `s`, in a copy of its list; false when memory is out. */
bool vg_pq_drop_name(struct vg_arena *arena, struct vg_pq_series *s);

#endif
