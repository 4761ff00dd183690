/* Series of a made-up source: counter c_total by country and actor in minutes,
 * gauge g by state. Minute k of country X counts X + k; 01:00 is minute 60. */
#include "promql/eval.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>
#include <stdio.h>

static const int64_t DAY = 86400000, HOUR = 3600000, MINUTE = 60000;

static struct vg_arena arena;
static struct vg_err err;
static struct vg_pq_result res;
static struct vg_pq_ask asked;
static struct vg_slice asked_label[4];
static int64_t width = 60000;
static unsigned n_reads;

static const struct vg_pq_metric metrics[] = {
	{"c_total", "", true, "country actor"},
	{"d_total", "", true, "country actor"},
	{"g", "", false, "state"},
};

static void add(struct vg_pq_block *out, const char *const pair[4], size_t n,
		double base, int64_t first)
{
	struct vg_pq_series *s = &out->set.series[out->set.n++];

	*s = (struct vg_pq_series){.n_labels = 0};
	s->label = vg_arena_alloc(&arena, 2 * sizeof *s->label);
	s->v = vg_arena_alloc(&arena, (n + 1) * sizeof *s->v);
	for (int i = 0; i < 4; i += 2)
		if (pair[i] != NULL)
			s->label[s->n_labels++] = (struct vg_pq_label){
				vg_slice_of(pair[i]), vg_slice_of(pair[i + 1])};
	vg_pq_labels_sort(s);
	for (size_t i = 0; i < n; i++)
		s->v[i] = base + (double)((first / width + (int64_t)i) % 1440);
}

static bool has(const struct vg_pq_ask *ask, const char *name)
{
	for (unsigned i = 0; i < ask->n_labels; i++)
		if (vg_slice_eq(ask->label[i], vg_slice_of(name)))
			return true;
	return false;
}

static enum vg_rc read(void *ctx, const struct vg_pq_ask *ask,
		       struct vg_arena *a, struct vg_pq_block *out,
		       struct vg_err *e)
{
	bool country = has(ask, "country"), actor = has(ask, "actor");

	(void)ctx;
	(void)a;
	asked = *ask;
	for (unsigned i = 0; i < ask->n_labels && i < 4; i++)
		asked_label[i] = ask->label[i];
	n_reads++;
	if (has(ask, "colour"))
		return vg_err_set(e, VG_INVAL, "no colour");
	if (has(ask, "away"))
		return vg_err_set(e, VG_RETRY, "away");
	out->set.series =
		vg_arena_alloc(&arena, 8 * sizeof(struct vg_pq_series));
	out->width_ms = width;
	if (!ask->metric->is_counter) {
		out->n = ask->times.n;
		out->first_ms = ask->times.first_ms;
		for (int k = 0; k < 2; k++) {
			add(out,
			    (const char *const[4]){"state", k ? "on" : "off"},
			    out->n, 0, 0);
			for (size_t i = 0; i < out->n; i++)
				out->set.series[k].v[i] =
					k ? (double)(vg_pq_time(&ask->times,
								i) /
						     MINUTE)
					  : vg_pq_absent();
		}
		return VG_OK;
	}
	out->first_ms = ask->from_ms - ask->from_ms % width;
	out->n = (size_t)((ask->to_ms - out->first_ms + width - 1) / width);
	for (int k = 0; k < (country ? 3 : 1); k++)
		for (int b = 0; b < (actor ? 2 : 1); b++) {
			static const char *const names[] = {"AE", "IL", "MA"};
			const char *const pair[4] = {
				country ? "country" : NULL, names[k],
				actor ? "actor" : NULL, b ? "y" : "x"};

			add(out, pair, out->n,
			    country ? 100 * (k + 1) + 1000 * b : 600,
			    out->first_ms);
		}
	return VG_OK;
}

static const struct vg_pq_source source = {
	.metric = metrics, .n_metrics = 3, .read = read};

static enum vg_rc run_at(const char *text, int64_t first, int64_t step,
			 size_t n)
{
	struct vg_pq_eval e = {.source = &source,
			       .arena = &arena,
			       .times = {first, step, n},
			       .now_ms = 2 * DAY};
	struct vg_pq_tree tree;
	enum vg_rc rc = vg_pq_parse(&tree, vg_slice_of(text), &err);

	cr_assert(eq(int, rc, VG_OK), "%s: %s", text, err.text);
	n_reads = 0;
	rc = vg_pq_run(&e, &tree, &res, &err);
	/* What the answer borrows of the text and the tree is copied there. */
	vg_pq_tree_term(&tree);
	return rc;
}

/* One number at 01:00 of day one. */
static double at_one(const char *text)
{
	cr_assert(eq(int, run_at(text, DAY + HOUR, 1, 1), VG_OK), "%s: %s",
		  text, err.text);
	if (res.scalar != NULL)
		return res.scalar[0];
	cr_assert(eq(sz, res.set.n, 1), "%s: %zu series", text, res.set.n);
	return res.set.series[0].v[0];
}

static void finish(void)
{
	vg_arena_term(&arena);
}

TestSuite(eval, .fini = finish);

/* Minutes 0..59 of MA: 300 + k. */
static const double MA_HOUR = 60 * 300 + 59 * 60 / 2;

Test(eval, increase_is_the_sum_of_the_buckets_of_its_range)
{
	cr_expect(eq(dbl, at_one("increase(c_total{country=\"MA\"}[1h])"),
		     MA_HOUR));
	cr_expect(
		eq(dbl, at_one("increase(c_total{country=\"MA\"}[1m])"), 359));
	cr_expect(eq(dbl, at_one("rate(c_total{country=\"MA\"}[1h])"),
		     MA_HOUR / 3600));
	cr_expect(eq(dbl, at_one("increase(c_total[1h])"),
		     60 * 600 + 59 * 60 / 2));
}

Test(eval, increase_goes_on_across_midnight_where_the_counter_starts_again)
{
	cr_assert(eq(int,
		     run_at("increase(c_total{country=\"MA\"}[2m])",
			    DAY + MINUTE, 1, 1),
		     VG_OK));
	cr_expect(eq(dbl, res.set.series[0].v[0], 300 + 1439 + 300));
	cr_expect(eq(dbl, at_one("c_total{country=\"MA\"}"), MA_HOUR));
	cr_assert(eq(int, run_at("c_total{country=\"MA\"}", DAY, 1, 1), VG_OK));
	cr_expect(eq(dbl, res.set.series[0].v[0], 0));
}

Test(eval, a_bucket_counts_whole_from_its_start_on)
{
	cr_assert(eq(int,
		     run_at("increase(c_total{country=\"MA\"}[1m])",
			    DAY + HOUR + 1, 1, 1),
		     VG_OK));
	cr_expect(eq(dbl, res.set.series[0].v[0], 360));
	width = HOUR;
	cr_assert(eq(int,
		     run_at("rate(c_total{country=\"MA\"}[90m])",
			    DAY + 3 * HOUR, 1, 1),
		     VG_OK));
	/* One whole hour starts in 90 minutes: a rate of what was counted. */
	cr_expect(eq(dbl, res.set.series[0].v[0], (300 + 26) / 3600.0));
}

Test(eval, offset_and_at_move_the_instant)
{
	cr_expect(eq(dbl,
		     at_one("increase(c_total{country=\"MA\"}[1m] "
			    "offset 10m)"),
		     349));
	cr_expect(eq(dbl,
		     at_one("increase(c_total{country=\"MA\"}[1m] "
			    "offset -1m)"),
		     360));
	cr_expect(eq(dbl,
		     at_one("increase(c_total{country=\"MA\"}[1m] "
			    "@ 86520)"),
		     301));
	cr_assert(eq(int,
		     run_at("increase(c_total{country=\"MA\"}[1m] @ start())",
			    DAY + HOUR, MINUTE, 3),
		     VG_OK));
	for (int i = 0; i < 3; i++)
		cr_expect(eq(dbl, res.set.series[0].v[i], 359));
	cr_assert(eq(int,
		     run_at("increase(c_total{country=\"MA\"}[1m] @ end())",
			    DAY + HOUR, MINUTE, 3),
		     VG_OK));
	cr_expect(eq(dbl, res.set.series[0].v[0], 361));
}

Test(eval, samples_over_time_are_the_counter_at_each_bucket)
{
	/* The counter of MA at 00:59 and 01:00. */
	double at59 = MA_HOUR - 359, at60 = MA_HOUR;

	cr_expect(eq(dbl, at_one("sum_over_time(c_total{country=\"MA\"}[2m])"),
		     at59 + at60));
	cr_expect(eq(dbl, at_one("max_over_time(c_total{country=\"MA\"}[2m])"),
		     at60));
	cr_expect(eq(dbl, at_one("avg_over_time(c_total{country=\"MA\"}[2m])"),
		     (at59 + at60) / 2));
	cr_expect(eq(dbl, at_one("sum_over_time(g[3m])"), 1500 + 1499 + 1498));
	cr_expect(eq(dbl, at_one("g"), 1500));
}

Test(eval, a_range_alone_gives_its_samples)
{
	cr_assert(eq(int,
		     run_at("c_total{country=\"MA\"}[3m]", DAY + HOUR, 1, 1),
		     VG_OK));
	cr_expect(eq(sz, res.samples.n, 3));
	cr_expect(eq(i64, res.samples.first_ms, DAY + HOUR - 2 * MINUTE));
	cr_expect(eq(i64, res.samples.step_ms, MINUTE));
	cr_expect(eq(dbl, res.set.series[0].v[2], MA_HOUR));
}

Test(eval, asks_for_the_labels_that_the_expression_speaks_of)
{
	static const struct {
		const char *text;
		unsigned n;
	} cases[] = {
		{"c_total", 0},
		{"c_total{country=\"\"}", 0},
		{"c_total{country!=\"\"}", 1},
		{"sum(c_total)", 0},
		{"sum by (country) (c_total)", 1},
		{"sum by (country) (c_total{actor=\"x\"})", 2},
		{"sum by (country) (rate(c_total[5m]) / rate(d_total[5m]))", 1},
		{"max(sum by (country) (c_total))", 1},
		{"sum by (country) (topk by (actor) (1, c_total))", 2},
		{"sum by (country) (sum(c_total))", 0},
		{"sum by (country) (sum without (actor) "
		 "(c_total{actor!=\"\"}))",
		 2},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		cr_assert(
			eq(int, run_at(cases[i].text, DAY + HOUR, 1, 1), VG_OK),
			"%s: %s", cases[i].text, err.text);
		cr_expect(eq(uint, asked.n_labels, cases[i].n), "%s",
			  cases[i].text);
	}
}

Test(eval, asks_for_no_more_time_than_it_needs)
{
	(void)run_at("increase(c_total[1h])", DAY + HOUR, HOUR, 3);
	cr_expect(eq(i64, asked.from_ms, DAY));
	cr_expect(eq(i64, asked.to_ms, DAY + 3 * HOUR));
	cr_expect(eq(i64, asked.grid_ms, HOUR));
	(void)run_at("increase(c_total[10s])", DAY + HOUR + 20000, 1, 1);
	cr_expect(eq(i64, asked.grid_ms, 10000));
	(void)run_at("c_total", DAY + HOUR, HOUR, 3);
	cr_expect(eq(i64, asked.from_ms, DAY));
}

Test(eval, matchers_choose_series)
{
	static const struct {
		const char *text;
		size_t n;
	} cases[] = {
		{"c_total{country=~\"MA|IL\"}", 2},
		{"c_total{country!=\"MA\"}", 2},
		{"c_total{country!~\"M.*\"}", 2},
		{"c_total{country=~\"M\"}", 0},
		{"c_total{country!=\"\",actor!=\"\"}", 6},
		{"{__name__=~\"[cd]_total\",country=\"MA\"}", 2},
		{"nothing", 0},
		{"nothing{country=\"MA\"} / c_total{country=\"MA\"}", 0},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		cr_assert(eq(int, run_at(cases[i].text, DAY + HOUR, 1, 1),
			     VG_OK));
		cr_expect(eq(sz, res.set.n, cases[i].n), "%s", cases[i].text);
	}
}

Test(eval, aggregates_by_and_without)
{
	cr_expect(eq(dbl, at_one("sum(increase(c_total{country!=\"\"}[1m]))"),
		     100 + 200 + 300 + 3 * 59));
	cr_expect(eq(dbl, at_one("min(increase(c_total{country!=\"\"}[1m]))"),
		     159));
	cr_expect(eq(dbl, at_one("max(increase(c_total{country!=\"\"}[1m]))"),
		     359));
	cr_expect(eq(dbl, at_one("avg(increase(c_total{country!=\"\"}[1m]))"),
		     259));
	cr_expect(eq(dbl, at_one("count(c_total{country!=\"\"})"), 3));
	cr_assert(eq(int,
		     run_at("sum without (actor) "
			    "(increase(c_total{country!=\"\",actor!=\"\"}"
			    "[1m]))",
			    DAY + HOUR, 1, 1),
		     VG_OK));
	cr_expect(eq(sz, res.set.n, 3));
	cr_expect(eq(uint, res.set.series[0].n_labels, 1));
	cr_expect(eq(dbl, res.set.series[2].v[0], 359 + 1359));
}

Test(eval, topk_and_bottomk_keep_series_as_they_are)
{
	cr_assert(eq(int,
		     run_at("topk(2, increase(c_total{country!=\"\"}[1m]))",
			    DAY + HOUR, 1, 1),
		     VG_OK));
	cr_assert(eq(sz, res.set.n, 2));
	cr_expect(eq(dbl, res.set.series[0].v[0], 359));
	cr_expect(eq(dbl, res.set.series[1].v[0], 259));
	cr_expect(eq(dbl, at_one("bottomk(1, c_total{country!=\"\"})"),
		     60 * 100 + 59 * 60 / 2));
	cr_assert(
		eq(int,
		   run_at("topk(0, c_total{country!=\"\"})", DAY + HOUR, 1, 1),
		   VG_OK));
	cr_expect(eq(sz, res.set.n, 0));
	cr_assert(eq(int,
		     run_at("topk by (country) (1, "
			    "increase(c_total{actor!=\"\"}[1m]))",
			    DAY + HOUR, 1, 1),
		     VG_OK));
	cr_assert(eq(sz, res.set.n, 3));
	for (size_t i = 0; i < 3; i++)
		cr_expect(res.set.series[i].v[0] > 1000);
}

Test(eval, vectors_match_on_identical_labels)
{
	cr_assert(eq(int,
		     run_at("c_total{country!=\"\"} / "
			    "d_total{country=~\"MA|IL\"}",
			    DAY + HOUR, 1, 1),
		     VG_OK));
	cr_assert(eq(sz, res.set.n, 2));
	for (size_t i = 0; i < 2; i++) {
		cr_expect(eq(dbl, res.set.series[i].v[0], 1));
		cr_expect(eq(uint, res.set.series[i].n_labels, 1));
	}
	cr_assert(eq(int,
		     run_at("c_total{country!=\"\"} * "
			    "sum(d_total)",
			    DAY + HOUR, 1, 1),
		     VG_OK));
	cr_expect(eq(sz, res.set.n, 0));
	cr_assert(eq(int,
		     run_at("{__name__=~\"[cd]_total\",country=\"MA\"} + "
			    "c_total{country=\"MA\"}",
			    DAY + HOUR, 1, 1),
		     VG_DROP));
}

Test(eval, comparisons_filter_or_say_with_bool)
{
	cr_assert(eq(int,
		     run_at("increase(c_total{country!=\"\"}[1m]) > 200",
			    DAY + HOUR, 1, 1),
		     VG_OK));
	cr_expect(eq(sz, res.set.n, 2));
	cr_assert(eq(int,
		     run_at("200 >= increase(c_total{country!=\"\"}[1m])",
			    DAY + HOUR, 1, 1),
		     VG_OK));
	cr_expect(eq(dbl, res.set.series[0].v[0], 159));
	cr_assert(eq(int,
		     run_at("increase(c_total{country!=\"\"}[1m]) > bool 200",
			    DAY + HOUR, 1, 1),
		     VG_OK));
	cr_assert(eq(sz, res.set.n, 3));
	cr_expect(eq(dbl, res.set.series[0].v[0], 0));
	cr_expect(eq(dbl, res.set.series[2].v[0], 1));
	cr_expect(eq(dbl, at_one("2 > bool 1"), 1));
}

Test(eval, computes_scalars)
{
	cr_expect(eq(dbl, at_one("1 + 1"), 2));
	cr_expect(eq(dbl, at_one("7 % 4"), 3));
	cr_expect(eq(dbl, at_one("2 ^ 10"), 1024));
	cr_expect(isinf(at_one("1 / 0")));
	cr_expect(isnan(at_one("0 / 0")));
	cr_expect(eq(uint, n_reads, 0));
	cr_expect(eq(dbl, at_one("-increase(c_total{country=\"MA\"}[1m]) + 1"),
		     -358));
}

Test(eval, only_a_filter_keeps_the_name)
{
	(void)at_one("c_total{country=\"MA\"} > 1");
	cr_expect(eq(uint, res.set.series[0].n_labels, 2));
	(void)at_one("c_total{country=\"MA\"} + 1");
	cr_expect(eq(uint, res.set.series[0].n_labels, 1));
	(void)at_one("rate(c_total{country=\"MA\"}[1m])");
	cr_expect(eq(uint, res.set.series[0].n_labels, 1));
}

Test(eval, knows_nothing_of_what_lies_ahead)
{
	cr_assert(eq(int, run_at("increase(c_total[1h])", 2 * DAY, MINUTE, 10),
		     VG_OK));
	cr_expect(not(vg_pq_is_absent(res.set.series[0].v[5])));
	cr_expect(vg_pq_is_absent(res.set.series[0].v[6]));
}

Test(eval, says_what_kind_of_fault_it_was)
{
	cr_expect(eq(int, run_at("c_total{colour=\"red\"}", DAY, 1, 1),
		     VG_INVAL));
	cr_expect(eq(int, run_at("c_total{away=\"1\"}", DAY, 1, 1), VG_RETRY));
	cr_expect(eq(int, run_at("rate(g[5m])", DAY, 1, 1), VG_INVAL));
	cr_expect(eq(int,
		     run_at("rate({__name__=~\"[cd]_total\"}[5m])", DAY + HOUR,
			    1, 1),
		     VG_DROP));
	cr_expect(eq(str, err.text,
		     "vector cannot contain metrics with the same labelset"));
}

Test(eval, law6_refuses_too_many_samples)
{
	cr_expect(eq(int,
		     run_at("sum_over_time(c_total{country!=\"\"}[1d])",
			    DAY + HOUR, 1000, 3000),
		     VG_DROP));
	cr_expect(strstr(err.text, "too many samples") != NULL);
}
