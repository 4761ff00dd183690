#include "alert/agg.h"

#include "alert/tally.h"

#include <assert.h>
#include <stdlib.h>

enum { NOW, BEFORE };

/* The window against the one before it: events, or different values. */
struct spike {
	struct vg_agg base;
	struct vg_tally tally;	  /* by_value */
	int64_t in[2];		  /* NOW and BEFORE */
	double now_by, before_by; /* R and W without what divides both */
};

static bool count_value(struct spike *s, const struct vg_sample *sample,
			unsigned window, int64_t by)
{
	struct vg_tally_row *row = vg_tally_row(&s->tally, sample->value);

	if (row == NULL)
		return false;
	bool was = row->n[window] > 0;
	row->n[window] += by;
	assert(row->n[window] >= 0);
	s->in[window] += (row->n[window] > 0) - was;
	return true;
}

static bool move(struct spike *s, const struct vg_sample *sample,
		 unsigned window, int64_t by)
{
	if (s->base.leaf->by_value)
		return count_value(s, sample, window, by);
	s->in[window] += by;
	assert(s->in[window] >= 0);
	return true;
}

/* Lag W: from the window to the reference; lag W + R: out of it. */
static bool cross(struct vg_agg *a, const struct vg_sample *sample,
		  unsigned lag)
{
	struct spike *s = (struct spike *)a;
	int64_t n = sample->n;

	if (lag == 0)
		return move(s, sample, NOW, n);
	if (lag == 1)
		return move(s, sample, NOW, -n) && move(s, sample, BEFORE, n);
	return move(s, sample, BEFORE, -n);
}

/* Cross-multiplied: now >= height * before * W / R, without a rounding as long
 * as the height is a whole number and the products are below 2^53. */
static bool read(struct vg_agg *a, int64_t at_ms, double *value)
{
	const struct spike *s = (struct spike *)a;
	const struct vg_leaf *leaf = a->leaf;
	double now = (double)s->in[NOW] * s->now_by;
	double before = (double)s->in[BEFORE] * s->before_by;

	(void)at_ms;
	*value = (double)s->in[NOW];
	if (s->in[BEFORE] < leaf->min_reference ||
	    s->in[NOW] < leaf->min_current)
		return false;
	if ((leaf->direction & VG_UP) && s->in[NOW] >= 1 &&
	    now >= leaf->height * before)
		return true;
	return (leaf->direction & VG_DOWN) && now * leaf->height <= before;
}

static void term(struct vg_agg *a)
{
	vg_tally_term(&((struct spike *)a)->tally);
	free(a);
}

static int64_t divisor(int64_t a, int64_t b)
{
	while (b != 0) {
		int64_t rest = a % b;

		a = b;
		b = rest;
	}
	return a;
}

struct vg_agg *vg_agg_new_spike(const struct vg_leaf *leaf,
				const struct vg_samples *in)
{
	static const struct vg_agg_ops ops = {cross, NULL, read, term};
	int64_t w = leaf->window_ms, r = leaf->reference_ms;
	struct spike *s = calloc(1, sizeof *s);

	(void)in;
	if (s == NULL)
		return NULL;
	assert(w > 0 && r > 0);
	s->base = (struct vg_agg){
		.ops = &ops, .leaf = leaf, .lag_ms = {0, w, w + r}, .n_lag = 3};
	s->now_by = (double)(r / divisor(w, r));
	s->before_by = (double)(w / divisor(w, r));
	return &s->base;
}
