#include "alert/episodes.h"
#include "tests/kind_fix.h"

#include <string.h>

TestSuite(kinds);

enum { W = 10 };

#define AT(t)                                                                  \
	{                                                                      \
		.t_ms = (t), .n = 1                                            \
	}
#define MANY(t, k)                                                             \
	{                                                                      \
		.t_ms = (t), .n = (k)                                          \
	}
#define NUM(t, x)                                                              \
	{                                                                      \
		.t_ms = (t), .n = 1, .number = (x)                             \
	}
#define VAL(t, v)                                                              \
	{                                                                      \
		.t_ms = (t), .n = 1, .value = (v)                              \
	}
#define STAGE(t, m)                                                            \
	{                                                                      \
		.t_ms = (t), .n = 1, .mask = (m)                               \
	}

Test(kinds, count_the_window_left_open)
{
	struct vg_form f = one_leaf(VG_KIND_EVENT_COUNT, W, VG_BOUND_GTE, 2);

	hold_on(stretches_of(&f, SAMPLES(AT(0), AT(10)), 2, NEVER), NULL, 0);
	hold_on(stretches_of(&f, SAMPLES(AT(0), AT(9)), 2, NEVER),
		PAIRS({9, 10}), 1);
}

Test(kinds, give_the_largest_value_and_where_it_was_first)
{
	struct vg_form f = one_leaf(VG_KIND_EVENT_COUNT, W, VG_BOUND_GTE, 1);
	struct vg_stretches s = stretches_of(
		&f, SAMPLES(AT(0), AT(3), AT(8), AT(20)), 4, NEVER);

	cr_assert(eq(sz, s.n, 2));
	cr_assert(eq(dbl, s.v[0].peak, 3));
	cr_assert(eq(i64, s.v[0].peak_at_ms, 8));
	cr_assert(eq(dbl, s.v[1].peak, 1));
	free(s.v);
}

Test(kinds, look_no_further_than_the_clock)
{
	struct vg_form f = one_leaf(VG_KIND_EVENT_COUNT, W, VG_BOUND_LT, 2);
	const struct vg_sample v[] = {AT(0), AT(1)};

	hold_on(stretches_of(&f, v, 2, 9), PAIRS({0, 1}), 1);
	hold_on(stretches_of(&f, v, 2, 10), PAIRS({0, 1}, {10, 11}), 2);
	/* When a stretch ends is known, what it will be until then is not. */
	f = one_leaf(VG_KIND_EVENT_COUNT, W, VG_BOUND_GTE, 1);
	struct vg_stretches s = stretches_of(&f, v, 2, 0);
	cr_assert(eq(i64, s.v[0].end_ms, 11));
	cr_assert(eq(dbl, s.v[0].peak, 1));
	free(s.v);
}

Test(kinds, hold_ranges_and_what_is_left_out)
{
	struct vg_form f = one_leaf(VG_KIND_EVENT_COUNT, W, VG_BOUND_NEQ, 2);

	hold_on(stretches_of(&f, SAMPLES(AT(0), AT(1), AT(2)), 3, NEVER),
		PAIRS({0, 1}, {2, 10}, {11, 12}), 3);
	f.leaf[0].bounds.used |= 1u << VG_BOUND_LT;
	f.leaf[0].bounds.bound[VG_BOUND_LT] = 3;
	hold_on(stretches_of(&f, SAMPLES(AT(0), AT(1), AT(2)), 3, NEVER),
		PAIRS({0, 1}, {11, 12}), 2);
}

Test(kinds, count_a_value_from_as_many_events_as_it_needs)
{
	struct vg_form f = one_leaf(VG_KIND_DISTINCT, W, VG_BOUND_GTE, 2);
	const struct vg_sample v[] = {VAL(0, 7), VAL(1, 9), VAL(2, 7),
				      VAL(4, 9)};

	hold_on(stretches_of(&f, v, 4, NEVER), PAIRS({1, 12}), 1);
	f.leaf[0].min_per_value = 2;
	hold_on(stretches_of(&f, v, 4, NEVER), PAIRS({4, 10}), 1);
}

Test(kinds, know_the_share_of_the_most_frequent_value)
{
	struct vg_form f = one_leaf(VG_KIND_SHARE, W, VG_BOUND_LTE, 0.5);
	const struct vg_sample v[] = {VAL(0, 1), VAL(1, 1), VAL(2, 2),
				      VAL(3, 2), VAL(15, 3)};

	/* 1, 1, 2/3, 2/4; then 1 has left: 2 is all; nothing; 3 is all. */
	hold_on(stretches_of(&f, v, 5, NEVER), PAIRS({3, 10}), 1);
}

Test(kinds, sum_without_a_trace_of_what_has_left)
{
	struct vg_form f = one_leaf(VG_KIND_SUM, W, VG_BOUND_EQ, 0.3);

	hold_on(stretches_of(&f, SAMPLES(NUM(0, 1e16), NUM(5, 0.3)), 2, NEVER),
		PAIRS({10, 15}), 1);
}

Test(kinds, average_only_what_is_there)
{
	struct vg_form f = one_leaf(VG_KIND_AVG, W, VG_BOUND_LT, 5);

	hold_on(stretches_of(&f, SAMPLES(NUM(0, 1), NUM(50, 1)), 2, NEVER),
		PAIRS({0, 10}, {50, 60}), 2);
}

Test(kinds, take_percentiles_between_ranks)
{
	struct vg_form f = one_leaf(VG_KIND_PERCENTILE, W, VG_BOUND_EQ, 17.5);
	const struct vg_sample v[] = {NUM(0, 40), NUM(0, 10), NUM(0, 30),
				      NUM(0, 20)};

	f.leaf[0].percentile = 25;
	hold_on(stretches_of(&f, v, 4, NEVER), PAIRS({0, 10}), 1);
	f.leaf[0].percentile = 100;
	f.leaf[0].bounds.bound[VG_BOUND_EQ] = 40;
	hold_on(stretches_of(&f, v, 4, NEVER), PAIRS({0, 10}), 1);
}

static struct vg_form stages(enum vg_kind kind, unsigned n)
{
	struct vg_form f = one_leaf(kind, W, VG_BOUND_GTE, n);

	f.leaf[0].n_stage = n;
	for (unsigned i = 0; i < n; i++)
		f.leaf[0].stage[i].count = 1;
	return f;
}

Test(kinds, see_stages_in_any_order)
{
	struct vg_form f = stages(VG_KIND_TEMPORAL, 2);

	hold_on(stretches_of(&f, SAMPLES(STAGE(0, 2), STAGE(4, 1)), 2, NEVER),
		PAIRS({4, 10}), 1);
	hold_on(stretches_of(&f, SAMPLES(STAGE(3, 3)), 1, NEVER),
		PAIRS({3, 13}), 1);
}

Test(kinds, are_blocked_by_what_must_be_absent)
{
	struct vg_form f = stages(VG_KIND_TEMPORAL, 2);

	f.leaf[0].stage[1].absent = true;
	f.leaf[0].bounds.bound[VG_BOUND_GTE] = 1;
	hold_on(stretches_of(&f, SAMPLES(STAGE(0, 1), STAGE(2, 2), STAGE(9, 1)),
			     3, NEVER),
		PAIRS({0, 2}, {12, 19}), 2);
}

Test(kinds, follow_the_chain_that_started_last)
{
	struct vg_form f = stages(VG_KIND_TEMPORAL_ORDERED, 2);

	hold_on(stretches_of(&f, SAMPLES(STAGE(0, 1), STAGE(5, 1), STAGE(6, 2)),
			     3, NEVER),
		PAIRS({6, 15}), 1);
	hold_on(stretches_of(&f, SAMPLES(STAGE(0, 2), STAGE(5, 1)), 2, NEVER),
		NULL, 0);
}

Test(kinds, give_a_step_of_a_chain_an_event_of_its_own)
{
	struct vg_form f = stages(VG_KIND_TEMPORAL_ORDERED, 2);

	/* One event of both stages is not a chain; two are, in any order. */
	hold_on(stretches_of(&f, SAMPLES(STAGE(5, 3)), 1, NEVER), NULL, 0);
	hold_on(stretches_of(&f, SAMPLES(STAGE(5, 3), STAGE(5, 1)), 2, NEVER),
		PAIRS({5, 15}), 1);
	hold_on(stretches_of(&f, SAMPLES(STAGE(5, 3), STAGE(5, 2)), 2, NEVER),
		PAIRS({5, 15}), 1);
	hold_on(stretches_of(&f,
			     (const struct vg_sample[]){
				     {.t_ms = 5, .n = 2, .mask = 3}},
			     1, NEVER),
		PAIRS({5, 15}), 1);
}

Test(kinds, break_a_chain_before_its_end_only)
{
	struct vg_form f = stages(VG_KIND_TEMPORAL_ORDERED, 2);

	f.leaf[0].breaks = true;
	hold_on(stretches_of(&f,
			     SAMPLES(STAGE(0, 1), STAGE(3, VG_MASK_BREAKER),
				     STAGE(5, 2)),
			     3, NEVER),
		NULL, 0);
	hold_on(stretches_of(
			&f, SAMPLES(STAGE(0, 1 | VG_MASK_BREAKER), STAGE(5, 2)),
			2, NEVER),
		NULL, 0);
	hold_on(stretches_of(
			&f, SAMPLES(STAGE(0, 1), STAGE(5, 2 | VG_MASK_BREAKER)),
			2, NEVER),
		PAIRS({5, 10}), 1);
}

Test(kinds, compare_a_window_with_the_one_before)
{
	struct vg_form f = one_leaf(VG_KIND_SPIKE, W, VG_BOUND_GTE, 0);

	f.leaf[0].reference_ms = 2 * W;
	f.leaf[0].height = 2;
	f.leaf[0].min_reference = 1;
	f.leaf[0].direction = VG_UP;
	/* 4 in 20 ms before is 2 in 10: 4 is twice that. */
	hold_on(stretches_of(&f, SAMPLES(MANY(0, 4), MANY(10, 4)), 2, NEVER),
		PAIRS({10, 20}), 1);
	f.leaf[0].direction = VG_DOWN;
	hold_on(stretches_of(&f, SAMPLES(MANY(0, 4)), 1, NEVER),
		PAIRS({10, 30}), 1);
}

Test(kinds, tell_a_silence_by_its_length)
{
	struct vg_form f = one_leaf(VG_KIND_SILENCE, W, VG_BOUND_GTE, 0);

	hold_on(stretches_of(&f, SAMPLES(AT(0), AT(10), AT(21)), 3, NEVER),
		PAIRS({20, 21}, {31, NEVER}), 2);
}

Test(kinds, know_a_share_outside_its_bounds)
{
	struct vg_form f = one_leaf(VG_KIND_RATIO, W, VG_BOUND_LTE, 0.5);

	f.leaf[0].min_denominator = 2;
	hold_on(stretches_of(&f, SAMPLES(STAGE(0, 1), STAGE(1, 0), STAGE(2, 1)),
			     3, NEVER),
		PAIRS({2, 10}), 1);
}

Test(kinds, know_a_week_by_those_before_it)
{
	static const int64_t week = INT64_C(7) * 86400000;
	struct vg_form f = one_leaf(VG_KIND_BASELINE, W, VG_BOUND_GTE, 0);
	const struct vg_sample v[] = {MANY(0, 1),
				      MANY(W + week, 100),
				      MANY(W + 2 * week, 104),
				      MANY(W + 3 * week, 900),
				      MANY(W + 4 * week, 102),
				      MANY(W + 5 * week, 400)};

	f.leaf[0].height = 3;
	f.leaf[0].direction = VG_UP;
	f.leaf[0].weeks = 4;
	f.leaf[0].learn_ms = 3 * week;
	/* The week of 900 is no measure; the one of 102 is like the others. */
	hold_on(stretches_of(&f, v, 6, NEVER),
		PAIRS({W + 3 * week, 2 * W + 3 * week},
		      {W + 5 * week, 2 * W + 5 * week}),
		2);
	f.leaf[0].learn_ms = 4 * week;
	hold_on(stretches_of(&f, v, 6, NEVER),
		PAIRS({W + 5 * week, 2 * W + 5 * week}), 1);
}

Test(kinds, combine_leaves_by_a_tree)
{
	struct vg_form f = one_leaf(VG_KIND_EVENT_COUNT, W, VG_BOUND_GTE, 2);
	const struct vg_sample count[] = {AT(0), AT(4), AT(20)};
	const struct vg_sample value[] = {VAL(0, 1), VAL(6, 2), VAL(20, 1)};
	const struct vg_samples in[] = {{count, 3}, {value, 3}};
	struct vg_err err = {0};

	f.n_leaf = 2;
	f.leaf[1] = one_leaf(VG_KIND_DISTINCT, W, VG_BOUND_GTE, 2).leaf[0];
	f.node[0] = (struct vg_node){.type = VG_NODE_ALL, .first = 1};
	f.node[1] =
		(struct vg_node){.type = VG_NODE_LEAF, .leaf = 0, .next = 2};
	f.node[2] = (struct vg_node){.type = VG_NODE_LEAF, .leaf = 1};
	f.n_node = 3;
	struct vg_stretches s = {.v = NULL};
	cr_assert(eq(int, vg_kind_stretches(&s, &f, in, NEVER, &err), VG_OK));
	hold_on(s, PAIRS({6, 10}), 1);
	f.node[0].type = VG_NODE_ANY;
	s = (struct vg_stretches){.v = NULL};
	cr_assert(eq(int, vg_kind_stretches(&s, &f, in, NEVER, &err), VG_OK));
	hold_on(s, PAIRS({4, 10}), 1);
	/* not: only while the group is considered, [0, 30). */
	f.node[0].type = VG_NODE_NOT;
	s = (struct vg_stretches){.v = NULL};
	cr_assert(eq(int, vg_kind_stretches(&s, &f, in, NEVER, &err), VG_OK));
	hold_on(s, PAIRS({0, 4}, {10, 30}), 2);
}

/* The spans that tracks would keep of the samples. */
static size_t spans_of(struct vg_span_in *out, const struct vg_sample *v,
		       size_t n)
{
	size_t made = 0;

	for (size_t i = 0; i < n; i++) {
		size_t k = 0;

		while (k < made && (out[k].value != v[i].value ||
				    out[k].first_ms / W != v[i].t_ms / W))
			k++;
		if (k == made)
			out[made++] = (struct vg_span_in){0, v[i].value,
							  v[i].t_ms, v[i].t_ms};
		if (v[i].t_ms > out[k].last_ms)
			out[k].last_ms = v[i].t_ms;
	}
	return made;
}

static int by_time(const void *a, const void *b)
{
	const struct vg_sample *x = a, *y = b;

	return (x->t_ms > y->t_ms) - (x->t_ms < y->t_ms);
}

Test(kinds, find_by_samples_what_spans_find)
{
	enum { N = 40 };
	size_t held = 0;

	srand(11);
	for (int round = 0; round < 2000; round++) {
		struct vg_sample v[N] = {0};
		struct vg_span_in span[N];
		int64_t k = 1 + rand() % 4, resolve = rand() % (3 * W);
		size_t n = (size_t)rand() % N, n_span, n_want = 0;
		struct vg_form f =
			one_leaf(VG_KIND_DISTINCT, W, VG_BOUND_GTE, (double)k);
		const struct vg_life life = {.resolve_after_ms = resolve};
		const struct vg_episode_rule rule = {W, resolve, &k, 1};
		struct vg_episode *want = NULL;
		struct vg_err err = {0};

		for (size_t i = 0; i < n; i++)
			v[i] = (struct vg_sample){
				.t_ms = rand() % 120,
				.n = 1,
				.value = (uint32_t)(rand() % 5)};
		qsort(v, n, sizeof *v, by_time);
		n_span = spans_of(span, v, n);
		cr_assert(eq(
			int,
			vg_episodes(&want, &n_want, span, n_span, &rule, &err),
			VG_OK));
		struct vg_stretches got = stretches_of(&f, v, n, NEVER);
		vg_life_join(&got, &life, NEVER);
		cr_assert(eq(sz, got.n, n_want));
		for (size_t i = 0; i < n_want; i++) {
			cr_assert(eq(i64, got.v[i].start_ms, want[i].start_ms));
			cr_assert(eq(i64, got.v[i].end_ms, want[i].end_ms));
			cr_assert(eq(dbl, got.v[i].peak, (double)want[i].peak));
			cr_assert(eq(i64, got.v[i].peak_at_ms,
				     want[i].peak_at_ms));
		}
		held += n_want;
		free(want);
		free(got.v);
	}
	cr_assert(gt(sz, held, 500));
}
