#include "alert/agg.h"

#include "core/defect.h"

#include <assert.h>
#include <stdlib.h>

/* event_count and silence: how many; ratio: how many of them are the part. */
struct count {
	struct vg_agg base;
	int64_t all, part;
};

static bool cross(struct vg_agg *a, const struct vg_sample *s, unsigned lag)
{
	struct count *c = (struct count *)a;

	c->all += lag == 0 ? s->n : -(int64_t)s->n;
	assert(c->all >= 0);
	return true;
}

static bool read_count(struct vg_agg *a, int64_t at_ms, double *value)
{
	(void)at_ms;
	*value = (double)((struct count *)a)->all;
	return true;
}

static bool read_silence(struct vg_agg *a, int64_t at_ms, double *value)
{
	(void)at_ms;
	*value = 0;
	return ((struct count *)a)->all == 0;
}

static bool cross_ratio(struct vg_agg *a, const struct vg_sample *s,
			unsigned lag)
{
	struct count *c = (struct count *)a;

	if (s->mask & VG_MASK_PART)
		c->part += lag == 0 ? s->n : -(int64_t)s->n;
	return cross(a, s, lag);
}

static bool read_ratio(struct vg_agg *a, int64_t at_ms, double *value)
{
	const struct count *c = (struct count *)a;

	(void)at_ms;
	assert(c->part <= c->all);
	if (c->all == 0 || c->all < a->leaf->min_denominator)
		return false;
	*value = (double)c->part / (double)c->all;
	return true;
}

static void term(struct vg_agg *a)
{
	free(a);
}

static struct vg_agg *make(const struct vg_leaf *leaf,
			   const struct vg_agg_ops *ops)
{
	struct count *c = calloc(1, sizeof *c);

	if (c == NULL)
		return NULL;
	c->base = (struct vg_agg){.ops = ops,
				  .leaf = leaf,
				  .lag_ms = {0, leaf->window_ms},
				  .n_lag = 2};
	return &c->base;
}

struct vg_agg *vg_agg_new_count(const struct vg_leaf *leaf,
				const struct vg_samples *in)
{
	static const struct vg_agg_ops count = {cross, NULL, read_count, term};
	static const struct vg_agg_ops silence = {cross, NULL, read_silence,
						  term};

	(void)in;
	return make(leaf, leaf->kind == VG_KIND_SILENCE ? &silence : &count);
}

struct vg_agg *vg_agg_new_ratio(const struct vg_leaf *leaf,
				const struct vg_samples *in)
{
	static const struct vg_agg_ops ratio = {cross_ratio, NULL, read_ratio,
						term};

	(void)in;
	return make(leaf, &ratio);
}
