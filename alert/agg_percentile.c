#include "alert/agg.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

/* The numbers of the window by rank: a Fenwick tree over all that the samples
 * have, so that a step costs the logarithm of their number. */
struct ranked {
	struct vg_agg base;
	double *number;	      /* sorted, different */
	int64_t *tree;	      /* 1-based partial sums */
	size_t n_number, top; /* top: largest power of two <= n_number */
	int64_t n;
};

static int by_number(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static bool cross(struct vg_agg *a, const struct vg_sample *s, unsigned lag)
{
	struct ranked *r = (struct ranked *)a;
	int64_t n = lag == 0 ? s->n : -(int64_t)s->n;
	const double *at = bsearch(&s->number, r->number, r->n_number,
				   sizeof *at, by_number);

	assert(at != NULL);
	for (size_t i = (size_t)(at - r->number) + 1; i <= r->n_number;
	     i += i & -i)
		r->tree[i] += n;
	r->n += n;
	assert(r->n >= 0);
	return true;
}

/* The number of rank k, from 0. */
static double of_rank(const struct ranked *r, int64_t k)
{
	size_t at = 0;

	assert(k >= 0 && k < r->n);
	for (size_t step = r->top; step > 0; step /= 2) {
		if (at + step > r->n_number || r->tree[at + step] > k)
			continue;
		at += step;
		k -= r->tree[at];
	}
	return r->number[at];
}

static bool read(struct vg_agg *a, int64_t at_ms, double *value)
{
	const struct ranked *r = (struct ranked *)a;

	(void)at_ms;
	if (r->n == 0)
		return false;
	double rank = a->leaf->percentile * (double)(r->n - 1) / 100;
	int64_t k = (int64_t)floor(rank);
	double part = rank - (double)k, v = of_rank(r, k);
	if (part > 0)
		v += part * (of_rank(r, k + 1) - v);
	*value = v;
	return true;
}

static void term(struct vg_agg *a)
{
	struct ranked *r = (struct ranked *)a;

	free(r->number);
	free(r->tree);
	free(r);
}

static void sort_numbers(struct ranked *r, const struct vg_samples *in)
{
	for (size_t i = 0; i < in->n; i++)
		r->number[i] = in->v[i].number;
	qsort(r->number, in->n, sizeof *r->number, by_number);
	for (size_t i = 0; i < in->n; i++)
		if (r->n_number == 0 ||
		    r->number[r->n_number - 1] != r->number[i])
			r->number[r->n_number++] = r->number[i];
	for (r->top = 1; r->top * 2 <= r->n_number;)
		r->top *= 2;
}

struct vg_agg *vg_agg_new_percentile(const struct vg_leaf *leaf,
				     const struct vg_samples *in)
{
	static const struct vg_agg_ops ops = {cross, NULL, read, term};
	struct ranked *r = calloc(1, sizeof *r);

	if (r == NULL)
		return NULL;
	r->base = (struct vg_agg){.ops = &ops,
				  .leaf = leaf,
				  .lag_ms = {0, leaf->window_ms},
				  .n_lag = 2};
	r->number = malloc(in->n * sizeof *r->number);
	r->tree = calloc(in->n + 1, sizeof *r->tree);
	if (r->number == NULL || r->tree == NULL) {
		term(&r->base);
		return NULL;
	}
	sort_numbers(r, in);
	return &r->base;
}
