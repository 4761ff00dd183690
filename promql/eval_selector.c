/*
 * What a counter is. Its buckets are whole: a bucket counts from its start on.
 * At T it is the sum of the buckets that start in [00:00 UTC, T), so it starts
 * again every day; increase over d is the sum of those that start in
 * [T - d, T), across midnight too, and never extrapolated.
 */
#include "promql/run.h"

#include <assert.h>
#include <stdlib.h>

enum { GAUGE_GRID_MS = 60000 };

static const int64_t DAY_MS = 86400000;

/* One selector being read. */
struct reading {
	struct vg_pq_run *r;
	const struct vg_pq_node *n;
	enum vg_pq_func func;
	struct vg_pq_times at; /* the instants it looks at: offset and @ */
	struct vg_pq_block b;
	/* Of one series: sums of the first k buckets, and how many of them
	 * have a number. */
	double *sum;
	size_t *known;
};

static int64_t gcd(int64_t a, int64_t b)
{
	while (b != 0) {
		int64_t c = a % b;

		a = b;
		b = c;
	}
	return a < 0 ? -a : a;
}

static int64_t floor_to(int64_t t, int64_t width)
{
	int64_t rest = t % width;

	return t - (rest < 0 ? rest + width : rest);
}

/* The instants as the selector's modifiers move them. */
static struct vg_pq_times instants(const struct vg_pq_eval *e,
				   const struct vg_pq_node *n)
{
	struct vg_pq_times t = e->times;
	int64_t last = vg_pq_time(&t, t.n - 1);

	if (n->at_kind != VG_PQ_AT_NONE) {
		t.first_ms = n->at_kind == VG_PQ_AT_TIME    ? n->at_ms
			     : n->at_kind == VG_PQ_AT_START ? t.first_ms
							    : last;
		t.n = 1;
	}
	t.first_ms -= n->offset_ms;
	return t;
}

/* Place of instant `i` of the evaluation among `at`. */
static size_t place(const struct reading *g, size_t i)
{
	return g->at.n == 1 ? 0 : i;
}

/* How many buckets start before `t`. */
static size_t starting_before(const struct vg_pq_block *b, int64_t t)
{
	int64_t n = (t - b->first_ms + b->width_ms - 1) / b->width_ms;

	if (t <= b->first_ms)
		return 0;
	return (uint64_t)n < b->n ? (size_t)n : b->n;
}

static double counted(const struct reading *g, size_t from, size_t to)
{
	if (from >= to)
		return 0;
	if (g->known[to] == g->known[from])
		return vg_pq_absent();
	return g->sum[to] - g->sum[from];
}

/* The counter at `t`. */
static double counter_at(const struct reading *g, int64_t t)
{
	return counted(g, starting_before(&g->b, floor_to(t, DAY_MS)),
		       starting_before(&g->b, t));
}

static double increase_at(const struct reading *g, int64_t t)
{
	size_t from = starting_before(&g->b, t - g->n->range_ms);
	size_t to = starting_before(&g->b, t);
	double n = from < to ? counted(g, from, to) : vg_pq_absent();

	if (vg_pq_is_absent(n) || g->func != VG_PQ_RATE)
		return n;
	/* The time that was counted: the range, when buckets fit it. */
	return n / ((double)(to - from) * (double)g->b.width_ms / 1000);
}

/* The samples of a range that ends at `t`: every `grid` in (t - range, t]. */
static void sample_range(const struct reading *g, int64_t t, int64_t grid,
			 int64_t *first, int64_t *last)
{
	*first = floor_to(t - g->n->range_ms, grid) + grid;
	*last = floor_to(t, grid);
}

static double sample_at(const struct reading *g, const double *v, int64_t t)
{
	int64_t k;

	if (g->sum != NULL)
		return counter_at(g, t);
	k = (t - g->b.first_ms) / GAUGE_GRID_MS;
	assert(k >= 0 && (size_t)k < g->b.n);
	return v[k];
}

static enum vg_rc over_time(struct reading *g, const double *v, int64_t t,
			    double *out)
{
	int64_t grid = g->sum != NULL ? g->b.width_ms : GAUGE_GRID_MS;
	int64_t first, last;
	double sum = 0, most = vg_pq_absent();
	size_t n = 0;
	enum vg_rc rc;

	sample_range(g, t, grid, &first, &last);
	rc = vg_pq_charge(
		g->r, last < first ? 0 : (size_t)((last - first) / grid + 1));
	for (; rc == VG_OK && first <= last; first += grid) {
		double s = sample_at(g, v, first);

		if (vg_pq_is_absent(s))
			continue;
		sum += s;
		most = n == 0 || s > most ? s : most;
		n++;
	}
	if (n == 0)
		*out = vg_pq_absent();
	else if (g->func == VG_PQ_MAX_OVER_TIME)
		*out = most;
	else
		*out = g->func == VG_PQ_SUM_OVER_TIME ? sum : sum / (double)n;
	return rc;
}

/* Sum up the buckets of `s` from the left. */
static void accumulate(struct reading *g, const struct vg_pq_series *s)
{
	g->sum[0] = 0;
	g->known[0] = 0;
	for (size_t k = 0; k < g->b.n; k++) {
		bool none = vg_pq_is_absent(s->v[k]);

		g->sum[k + 1] = g->sum[k] + (none ? 0 : s->v[k]);
		g->known[k + 1] = g->known[k] + !none;
	}
}

static enum vg_rc value_at(struct reading *g, const double *v, size_t i,
			   double *out)
{
	int64_t t = vg_pq_time(&g->at, place(g, i));

	*out = vg_pq_absent();
	if (t - VG_PQ_AHEAD_MS > g->r->e->now_ms)
		return VG_OK; /* nobody knows yet */
	if (g->func == VG_PQ_NO_FUNC)
		*out = g->sum != NULL ? counter_at(g, t) : v[place(g, i)];
	else if (g->func <= VG_PQ_INCREASE)
		*out = increase_at(g, t);
	else
		return over_time(g, v, t, out);
	return VG_OK;
}

/* The labels that a counter is asked for: those that its matchers speak of and
 * those that are wished for around it. */
static void choose_labels(struct vg_pq_ask *ask, const struct vg_pq_wish *wish)
{
	struct vg_slice name = vg_slice_of("__name__");

	for (unsigned i = 0; i < ask->n_matchers + wish->n; i++) {
		const struct vg_pq_matcher *m = &ask->matcher[i];
		struct vg_slice label =
			i < ask->n_matchers ? m->name
					    : wish->label[i - ask->n_matchers];
		bool is_new = !vg_slice_eq(label, name);

		/* label="" says that there is none. */
		if (i < ask->n_matchers && m->op == VG_PQ_EQ && m->value.n == 0)
			is_new = false;
		for (unsigned k = 0; is_new && k < ask->n_labels; k++)
			is_new = !vg_slice_eq(ask->label[k], label);
		if (is_new)
			ask->label[ask->n_labels++] = label;
	}
}

static void choose_times(const struct reading *g, struct vg_pq_ask *ask)
{
	int64_t first = g->at.first_ms, range = g->n->range_ms;
	int64_t last = vg_pq_time(&g->at, g->at.n - 1);
	bool sums = g->func == VG_PQ_RATE || g->func == VG_PQ_INCREASE;

	ask->range_ms = sums ? range : 0;
	ask->grid_ms = gcd(first, range);
	if (g->at.n > 1)
		ask->grid_ms = gcd(ask->grid_ms, g->at.step_ms);
	ask->to_ms = last;
	ask->from_ms = first - range;
	if (!sums)
		ask->from_ms = floor_to(first - range, DAY_MS);
	if (ask->to_ms <= ask->from_ms) /* midnight: a counter of 0 */
		ask->to_ms = ask->from_ms + 1;
	ask->times = g->at;
	if (range > 0) {
		ask->times = (struct vg_pq_times){.step_ms = GAUGE_GRID_MS};
		ask->times.first_ms =
			floor_to(first - range, GAUGE_GRID_MS) + GAUGE_GRID_MS;
		ask->times.n = last < ask->times.first_ms
				       ? 0
				       : (size_t)((last - ask->times.first_ms) /
						  GAUGE_GRID_MS) +
						 1;
	}
}

static enum vg_rc pattern_limit(const struct reading *g)
{
	return vg_err_set(g->r->err, VG_DROP,
			  "a pattern needs too many steps on a label");
}

/* True when `s` is what the matchers left to us want. */
static enum vg_rc is_wanted(const struct reading *g,
			    const struct vg_pq_series *s, bool *yes)
{
	bool limit = false;

	*yes = true;
	for (unsigned i = 0; *yes && i < g->n->n_matchers; i++) {
		const struct vg_pq_matcher *m = &g->n->matcher[i];

		if ((g->b.done >> i & 1) != 0 ||
		    vg_slice_eq(m->name, vg_slice_of("__name__")))
			continue;
		*yes = vg_pq_matches(m, vg_pq_label_of(s, m->name), &limit);
	}
	return limit ? pattern_limit(g) : VG_OK;
}

/* Add __name__ to the labels of `s`. */
static bool name_series(struct vg_arena *arena, struct vg_pq_series *s,
			const char *name)
{
	struct vg_pq_label *l =
		vg_arena_alloc(arena, (s->n_labels + 1) * sizeof *l);

	if (l == NULL)
		return false;
	for (unsigned i = 0; i < s->n_labels; i++)
		l[i] = s->label[i];
	l[s->n_labels] = (struct vg_pq_label){vg_slice_of("__name__"),
					      vg_slice_of(name)};
	s->label = l;
	s->n_labels++;
	vg_pq_labels_sort(s);
	return true;
}

/* The numbers of one series that was read, at every instant or, for plain
 * samples, at the sample times. */
static enum vg_rc take_series(struct reading *g, const struct vg_pq_series *in,
			      const struct vg_pq_times *samples,
			      struct vg_pq_series *out)
{
	size_t n = samples != NULL ? samples->n : g->r->e->times.n;
	enum vg_rc rc;

	out->label = in->label;
	out->n_labels = in->n_labels;
	out->v = vg_pq_numbers(g->r, n, &rc);
	if (rc == VG_OK && g->sum != NULL)
		accumulate(g, in);
	for (size_t i = 0; rc == VG_OK && i < n; i++) {
		if (samples != NULL)
			out->v[i] = sample_at(g, in->v, vg_pq_time(samples, i));
		else
			rc = value_at(g, in->v, i, &out->v[i]);
	}
	return rc;
}

static enum vg_rc take_block(struct reading *g, const char *name,
			     const struct vg_pq_times *samples,
			     struct vg_pq_set *out)
{
	bool keeps_name = g->func == VG_PQ_NO_FUNC;
	struct vg_pq_series *all;
	enum vg_rc rc;

	all = vg_pq_series_new(g->r, out->n + g->b.set.n, &rc);
	if (rc != VG_OK)
		return rc;
	if (out->n > 0)
		memcpy(all, out->series, out->n * sizeof *all);
	out->series = all;
	for (size_t s = 0; rc == VG_OK && s < g->b.set.n; s++) {
		struct vg_pq_series *to = &all[out->n];
		bool wanted;

		rc = is_wanted(g, &g->b.set.series[s], &wanted);
		if (rc != VG_OK || !wanted)
			continue;
		rc = take_series(g, &g->b.set.series[s], samples, to);
		if (rc == VG_OK && keeps_name &&
		    !name_series(g->r->e->arena, to, name))
			rc = vg_err_set(g->r->err, VG_FATAL,
					"promql: out of memory");
		out->n++;
	}
	return rc;
}

/* Room for the sums from the left of a counter's buckets. */
static enum vg_rc make_room(struct reading *g, bool is_counter)
{
	size_t n = g->b.n + 1;

	g->sum = NULL;
	if (!is_counter)
		return VG_OK;
	g->sum = vg_arena_alloc(g->r->e->arena, n * sizeof *g->sum);
	g->known = vg_arena_alloc(g->r->e->arena, n * sizeof *g->known);
	return g->sum != NULL && g->known != NULL
		       ? VG_OK
		       : vg_err_set(g->r->err, VG_FATAL,
				    "promql: out of memory");
}

static enum vg_rc read_metric(struct reading *g,
			      const struct vg_pq_metric *metric,
			      const struct vg_pq_wish *wish)
{
	const struct vg_pq_source *src = g->r->e->source;
	struct vg_pq_ask ask = {.metric = metric,
				.matcher = g->n->matcher,
				.n_matchers = g->n->n_matchers};
	enum vg_rc rc;

	if (!metric->is_counter && g->func <= VG_PQ_INCREASE)
		return vg_err_set(g->r->err, VG_INVAL,
				  "%s is a gauge; rate and increase are of "
				  "counters",
				  metric->name);
	choose_labels(&ask, wish);
	choose_times(g, &ask);
	g->b = (struct vg_pq_block){.n = 0};
	if (!metric->is_counter && ask.times.n == 0)
		return VG_OK;
	rc = src->read(src->ctx, &ask, g->r->e->arena, &g->b, g->r->err);
	if (rc == VG_OK)
		rc = vg_pq_charge(g->r, g->b.set.n * (g->b.n + 1));
	return rc == VG_OK ? make_room(g, metric->is_counter) : rc;
}

static enum vg_rc is_named(const struct reading *g,
			   const struct vg_pq_metric *metric, bool *yes)
{
	struct vg_slice name = vg_slice_of(metric->name);
	bool limit = false;

	*yes = true;
	for (unsigned i = 0; *yes && i < g->n->n_matchers; i++)
		if (vg_slice_eq(g->n->matcher[i].name, vg_slice_of("__name__")))
			*yes = vg_pq_matches(&g->n->matcher[i], name, &limit);
	return limit ? pattern_limit(g) : VG_OK;
}

enum vg_rc vg_pq_eval_select(struct vg_pq_run *r, const struct vg_pq_node *n,
			     enum vg_pq_func func,
			     const struct vg_pq_wish *wish,
			     struct vg_pq_set *out)
{
	struct reading g = {
		.r = r, .n = n, .func = func, .at = instants(r->e, n)};
	enum vg_rc rc = VG_OK;

	*out = (struct vg_pq_set){.n = 0};
	for (size_t m = 0; rc == VG_OK && m < r->e->source->n_metrics; m++) {
		const struct vg_pq_metric *metric = &r->e->source->metric[m];
		bool yes;

		rc = is_named(&g, metric, &yes);
		if (rc == VG_OK && yes)
			rc = read_metric(&g, metric, wish);
		if (rc == VG_OK && yes)
			rc = take_block(&g, metric->name, NULL, out);
	}
	return rc == VG_OK ? vg_pq_settle(r, out) : rc;
}

enum vg_rc vg_pq_eval_samples(struct vg_pq_run *r, const struct vg_pq_node *n,
			      struct vg_pq_result *out)
{
	struct reading g = {
		.r = r, .n = n, .func = VG_PQ_NO_FUNC, .at = instants(r->e, n)};
	struct vg_pq_wish none = {.n = 0};
	enum vg_rc rc = VG_OK;

	for (size_t m = 0; rc == VG_OK && m < r->e->source->n_metrics; m++) {
		const struct vg_pq_metric *metric = &r->e->source->metric[m];
		int64_t first, last, grid;
		bool yes;

		rc = is_named(&g, metric, &yes);
		if (rc != VG_OK || !yes)
			continue;
		rc = read_metric(&g, metric, &none);
		if (rc != VG_OK)
			break;
		grid = metric->is_counter && g.b.n > 0 ? g.b.width_ms
						       : GAUGE_GRID_MS;
		sample_range(&g, g.at.first_ms, grid, &first, &last);
		if (out->samples.n > 0 && out->samples.step_ms != grid)
			return vg_err_set(r->err, VG_INVAL,
					  "a range over several metrics at "
					  "once is not supported");
		out->samples = (struct vg_pq_times){
			.first_ms = first,
			.step_ms = grid,
			.n = last < first
				     ? 0
				     : (size_t)((last - first) / grid) + 1};
		rc = take_block(&g, metric->name, &out->samples, &out->set);
	}
	return rc == VG_OK ? vg_pq_settle(r, &out->set) : rc;
}
