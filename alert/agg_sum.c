#include "alert/agg.h"

#include "alert/exact_sum.h"

#include <assert.h>
#include <stdlib.h>

/* sum, and avg: the sum over how many. */
struct sum {
	struct vg_agg base;
	struct vg_exact_sum sum;
	int64_t n;
};

static bool cross(struct vg_agg *a, const struct vg_sample *s, unsigned lag)
{
	struct sum *m = (struct sum *)a;
	int64_t n = lag == 0 ? s->n : -(int64_t)s->n;

	m->n += n;
	assert(m->n >= 0);
	vg_exact_add(&m->sum, s->number, n);
	return true;
}

static bool read_sum(struct vg_agg *a, int64_t at_ms, double *value)
{
	(void)at_ms;
	*value = vg_exact_read(&((struct sum *)a)->sum, 1);
	return true;
}

static bool read_avg(struct vg_agg *a, int64_t at_ms, double *value)
{
	const struct sum *m = (struct sum *)a;

	(void)at_ms;
	if (m->n == 0)
		return false;
	*value = vg_exact_read(&m->sum, m->n);
	return true;
}

static void term(struct vg_agg *a)
{
	free(a);
}

struct vg_agg *vg_agg_new_sum(const struct vg_leaf *leaf,
			      const struct vg_samples *in)
{
	static const struct vg_agg_ops sum = {cross, NULL, read_sum, term};
	static const struct vg_agg_ops avg = {cross, NULL, read_avg, term};
	struct sum *m = calloc(1, sizeof *m);

	(void)in;
	if (m == NULL)
		return NULL;
	m->base =
		(struct vg_agg){.ops = leaf->kind == VG_KIND_AVG ? &avg : &sum,
				.leaf = leaf,
				.lag_ms = {0, leaf->window_ms},
				.n_lag = 2};
	return &m->base;
}
