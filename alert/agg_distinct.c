#include "alert/agg.h"

#include "alert/tally.h"

#include <assert.h>
#include <stdlib.h>

/* How many different values have enough events in the window. */
struct distinct {
	struct vg_agg base;
	struct vg_tally tally;
	int64_t present;
};

static bool cross(struct vg_agg *a, const struct vg_sample *s, unsigned lag)
{
	struct distinct *d = (struct distinct *)a;
	struct vg_tally_row *row = vg_tally_row(&d->tally, s->value);
	int64_t need = a->leaf->min_per_value;

	if (row == NULL)
		return false;
	bool was = row->n[0] >= need;
	row->n[0] += lag == 0 ? s->n : -(int64_t)s->n;
	assert(row->n[0] >= 0 && need >= 1);
	d->present += (row->n[0] >= need) - was;
	return true;
}

static bool read(struct vg_agg *a, int64_t at_ms, double *value)
{
	(void)at_ms;
	*value = (double)((struct distinct *)a)->present;
	return true;
}

static void term(struct vg_agg *a)
{
	vg_tally_term(&((struct distinct *)a)->tally);
	free(a);
}

struct vg_agg *vg_agg_new_distinct(const struct vg_leaf *leaf,
				   const struct vg_samples *in)
{
	static const struct vg_agg_ops ops = {cross, NULL, read, term};
	struct distinct *d = calloc(1, sizeof *d);

	(void)in;
	if (d == NULL)
		return NULL;
	d->base = (struct vg_agg){.ops = &ops,
				  .leaf = leaf,
				  .lag_ms = {0, leaf->window_ms},
				  .n_lag = 2};
	return &d->base;
}
