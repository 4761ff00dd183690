#include "alert/agg.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

static const int64_t week_ms = INT64_C(7) * 86400000;

/* The window against the same one of past weeks. Lags 2k and 2k + 1 are the
 * edges of the window k weeks ago. */
struct baseline {
	struct vg_agg base;
	int64_t in[VG_WEEKS_MAX + 1];
};

static bool cross(struct vg_agg *a, const struct vg_sample *s, unsigned lag)
{
	struct baseline *b = (struct baseline *)a;

	b->in[lag / 2] += lag % 2 == 0 ? s->n : -(int64_t)s->n;
	assert(b->in[lag / 2] >= 0);
	return true;
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double *v, size_t n)
{
	qsort(v, n, sizeof *v, by_size);
	return n % 2 == 1 ? v[n / 2] : (v[n / 2 - 1] + v[n / 2]) / 2;
}

/* Weeks whose whole window the group was there for. */
static unsigned known_weeks(const struct vg_agg *a, int64_t at_ms)
{
	int64_t past_ms = at_ms - a->leaf->window_ms - a->from_ms;
	int64_t weeks = past_ms < 0 ? 0 : past_ms / week_ms;

	return weeks > a->leaf->weeks ? a->leaf->weeks : (unsigned)weeks;
}

/* Robust: a week that was out of the ordinary moves neither the median nor the
 * median distance from it. Counts scatter by at least their root. */
static bool read(struct vg_agg *a, int64_t at_ms, double *value)
{
	static const double mad_to_deviation = 1.4826;
	const struct baseline *b = (struct baseline *)a;
	unsigned n = known_weeks(a, at_ms);
	double past[VG_WEEKS_MAX], now = (double)b->in[0];

	*value = now;
	if (n == 0 || (int64_t)n * week_ms < a->leaf->learn_ms ||
	    b->in[0] < a->leaf->min_current)
		return false;
	for (unsigned k = 0; k < n; k++)
		past[k] = (double)b->in[k + 1];
	double middle = median(past, n);
	for (unsigned k = 0; k < n; k++)
		past[k] = fabs(past[k] - middle);
	double scatter = mad_to_deviation * median(past, n);
	scatter = fmax(scatter, sqrt(fmax(middle, 1)));
	if ((a->leaf->direction & VG_UP) &&
	    now - middle >= a->leaf->height * scatter)
		return true;
	return (a->leaf->direction & VG_DOWN) &&
	       middle - now >= a->leaf->height * scatter;
}

static void term(struct vg_agg *a)
{
	free(a);
}

struct vg_agg *vg_agg_new_baseline(const struct vg_leaf *leaf,
				   const struct vg_samples *in)
{
	static const struct vg_agg_ops ops = {cross, NULL, read, term};
	struct baseline *b = calloc(1, sizeof *b);

	(void)in;
	if (b == NULL)
		return NULL;
	assert(leaf->weeks >= 1 && leaf->weeks <= VG_WEEKS_MAX);
	assert(leaf->window_ms <= week_ms);
	b->base = (struct vg_agg){.ops = &ops, .leaf = leaf};
	for (unsigned k = 0; k <= leaf->weeks; k++) {
		b->base.lag_ms[2 * k] = k * week_ms;
		b->base.lag_ms[2 * k + 1] = k * week_ms + leaf->window_ms;
	}
	b->base.n_lag = 2 * (leaf->weeks + 1);
	return &b->base;
}
