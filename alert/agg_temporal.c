#include "alert/agg.h"

#include <assert.h>
#include <stdlib.h>

/* How many stages are in the window, each with as many events as it needs. */
struct temporal {
	struct vg_agg base;
	int64_t in[VG_STAGES_MAX];
};

static bool cross(struct vg_agg *a, const struct vg_sample *s, unsigned lag)
{
	struct temporal *t = (struct temporal *)a;
	int64_t n = lag == 0 ? s->n : -(int64_t)s->n;

	for (unsigned i = 0; i < a->leaf->n_stage; i++) {
		if ((s->mask >> i & 1) != 0)
			t->in[i] += n;
		assert(t->in[i] >= 0);
	}
	return true;
}

static bool read(struct vg_agg *a, int64_t at_ms, double *value)
{
	const struct temporal *t = (struct temporal *)a;
	int64_t present = 0;

	(void)at_ms;
	for (unsigned i = 0; i < a->leaf->n_stage; i++) {
		const struct vg_stage *stage = &a->leaf->stage[i];

		if (!stage->absent)
			present += t->in[i] >= stage->count;
		else if (t->in[i] > 0)
			return false;
	}
	*value = (double)present;
	return true;
}

static void term(struct vg_agg *a)
{
	free(a);
}

struct vg_agg *vg_agg_new_temporal(const struct vg_leaf *leaf,
				   const struct vg_samples *in)
{
	static const struct vg_agg_ops ops = {cross, NULL, read, term};
	struct temporal *t = calloc(1, sizeof *t);

	(void)in;
	if (t == NULL)
		return NULL;
	t->base = (struct vg_agg){.ops = &ops,
				  .leaf = leaf,
				  .lag_ms = {0, leaf->window_ms},
				  .n_lag = 2};
	return &t->base;
}
