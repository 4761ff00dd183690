#include "alert/agg.h"

#include "alert/tally.h"

#include <assert.h>
#include <stdlib.h>

/* What share of the events the most frequent value has. */
struct share {
	struct vg_agg base;
	struct vg_tally tally;
	int64_t all, most;
	bool stale; /* the most frequent one has lost events */
};

static bool cross(struct vg_agg *a, const struct vg_sample *s, unsigned lag)
{
	struct share *h = (struct share *)a;
	struct vg_tally_row *row = vg_tally_row(&h->tally, s->value);
	int64_t n = lag == 0 ? s->n : -(int64_t)s->n;

	if (row == NULL)
		return false;
	h->stale = h->stale || (n < 0 && row->n[0] == h->most);
	row->n[0] += n;
	h->all += n;
	assert(row->n[0] >= 0 && h->all >= row->n[0]);
	if (row->n[0] > h->most)
		h->most = row->n[0];
	return true;
}

static bool read(struct vg_agg *a, int64_t at_ms, double *value)
{
	struct share *h = (struct share *)a;

	(void)at_ms;
	if (h->stale) {
		h->most = 0;
		for (size_t i = 0; i < h->tally.cap; i++)
			if (h->tally.row[i].n[0] > h->most)
				h->most = h->tally.row[i].n[0];
		h->stale = false;
	}
	if (h->all == 0)
		return false;
	*value = (double)h->most / (double)h->all;
	return true;
}

static void term(struct vg_agg *a)
{
	vg_tally_term(&((struct share *)a)->tally);
	free(a);
}

struct vg_agg *vg_agg_new_share(const struct vg_leaf *leaf,
				const struct vg_samples *in)
{
	static const struct vg_agg_ops ops = {cross, NULL, read, term};
	struct share *h = calloc(1, sizeof *h);

	(void)in;
	if (h == NULL)
		return NULL;
	h->base = (struct vg_agg){.ops = &ops,
				  .leaf = leaf,
				  .lag_ms = {0, leaf->window_ms},
				  .n_lag = 2};
	return &h->base;
}
