#include "alert/episodes.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { W = 100, MAX = 64 };

static struct vg_span_in span[MAX];
static size_t n_span;
static struct vg_episode *episode;
static size_t n_episode;

static void start(void)
{
	n_span = 0;
	episode = NULL;
	n_episode = 0;
}

static void finish(void)
{
	free(episode);
}

TestSuite(episodes, .init = start, .fini = finish);

static void see(uint32_t condition, uint32_t value, int64_t first, int64_t last)
{
	span[n_span++] = (struct vg_span_in){condition, value, first, last};
}

static void compute(const int64_t *at_least, size_t n, int64_t resolve_after)
{
	const struct vg_episode_rule rule = {.window_ms = W,
					     .resolve_after_ms = resolve_after,
					     .at_least = at_least,
					     .n_condition = n};
	struct vg_err err = {0};

	free(episode);
	episode = NULL;
	cr_assert(
		eq(int,
		   vg_episodes(&episode, &n_episode, span, n_span, &rule, &err),
		   VG_OK));
}

static void compute_two(int64_t resolve_after)
{
	compute((const int64_t[]){2}, 1, resolve_after);
}

static void expect(size_t i, int64_t from, int64_t to, int64_t peak,
		   int64_t peak_at)
{
	cr_assert(lt(sz, i, n_episode));
	cr_assert(eq(i64, episode[i].start_ms, from));
	cr_assert(eq(i64, episode[i].end_ms, to));
	cr_assert(eq(dbl, episode[i].peak, (double)peak));
	cr_assert(eq(i64, episode[i].peak_at_ms, peak_at));
}

Test(episodes, of_nothing_are_none)
{
	compute_two(W);
	cr_assert(eq(sz, n_episode, 0));
	cr_assert(eq(ptr, episode, NULL));
}

Test(episodes, hold_while_enough_values_are_in_the_window)
{
	see(0, 1, 0, 0);
	see(0, 2, 40, 40);
	compute_two(W);
	cr_assert(eq(sz, n_episode, 1));
	expect(0, 40, 100, 2, 40);
}

Test(episodes, do_not_see_two_events_exactly_a_window_apart_together)
{
	see(0, 1, 0, 0);
	see(0, 2, W, W);
	compute_two(0);
	cr_assert(eq(sz, n_episode, 0));

	start();
	see(0, 1, 0, 0);
	see(0, 2, W - 1, W - 1);
	compute_two(0);
	cr_assert(eq(sz, n_episode, 1));
	expect(0, W - 1, W, 2, W - 1);
}

Test(episodes, count_a_value_once_however_often_it_comes)
{
	see(0, 1, 0, 90);
	see(0, 1, 10, 50);
	see(0, 1, 120, 130);
	compute_two(W);
	cr_assert(eq(sz, n_episode, 0));
}

Test(episodes, are_prolonged_by_a_value_that_comes_again)
{
	see(0, 1, 0, 0);
	see(0, 2, 10, 10);
	see(0, 1, 90, 150);
	see(0, 2, 105, 105);
	compute_two(0);
	cr_assert(eq(sz, n_episode, 1));
	expect(0, 10, 205, 2, 10);
}

Test(episodes, at_exactly_resolve_after_are_two)
{
	see(0, 1, 0, 0);
	see(0, 2, 0, 0); /* holds [0, 100) */
	see(0, 1, 150, 150);
	see(0, 2, 150, 150); /* holds [150, 250) */
	compute_two(50);
	cr_assert(eq(sz, n_episode, 2));
	expect(0, 0, 100, 2, 0);
	expect(1, 150, 250, 2, 150);
	compute_two(51);
	cr_assert(eq(sz, n_episode, 1));
	expect(0, 0, 250, 2, 0);
}

Test(episodes, that_touch_are_one_even_without_resolve_after)
{
	see(0, 1, 0, 0);
	see(0, 2, 0, 0);
	see(0, 3, W, W); /* the first two leave as these come */
	see(0, 4, W, W);
	compute_two(0);
	cr_assert(eq(sz, n_episode, 1));
	expect(0, 0, 200, 2, 0);
}

Test(episodes, have_the_first_instant_of_the_largest_number_as_peak)
{
	see(0, 1, 0, 0);
	see(0, 2, 10, 10);
	see(0, 3, 20, 20);
	see(0, 4, 105, 105);
	compute_two(W);
	cr_assert(eq(sz, n_episode, 1));
	expect(0, 10, 120, 3, 20);
}

Test(episodes, of_two_conditions_hold_where_both_do)
{
	see(0, 1, 0, 0);
	see(0, 2, 10, 10);
	see(0, 3, 60, 60);
	see(1, 1, 0, 0);
	see(1, 2, 50, 50);
	compute((const int64_t[]){2, 2}, 2, W);
	cr_assert(eq(sz, n_episode, 1));
	expect(0, 50, 100, 3, 60);
}

Test(episodes, look_for_their_peak_only_where_the_rule_holds)
{
	see(0, 1, 0, 0);
	see(0, 2, 0, 0);
	see(0, 3, 0, 0); /* three, but only one origin yet */
	see(0, 4, 90, 90);
	see(0, 5, 100, 100);
	see(1, 1, 0, 100);
	see(1, 2, 100, 100);
	compute((const int64_t[]){2, 2}, 2, W);
	cr_assert(eq(sz, n_episode, 1));
	expect(0, 100, 190, 2, 100);
}

Test(episodes, refuse_malformed_input_and_leave_the_output_alone)
{
	const int64_t none[] = {0}, two[] = {2};
	struct vg_episode_rule rule = {
		.window_ms = W, .at_least = none, .n_condition = 1};
	struct vg_err err = {0};
	size_t n = 42;
	struct vg_episode *out = NULL;

	see(0, 1, 0, 0);
	cr_assert(
		eq(int, vg_episodes(&out, &n, span, 1, &rule, &err), VG_INVAL));
	rule.at_least = two;
	rule.n_condition = 9;
	cr_assert(
		eq(int, vg_episodes(&out, &n, span, 1, &rule, &err), VG_INVAL));
	rule.n_condition = 1;
	span[0].condition = 1;
	cr_assert(
		eq(int, vg_episodes(&out, &n, span, 1, &rule, &err), VG_INVAL));
	span[0] = (struct vg_span_in){0, 1, 5, 4};
	cr_assert(
		eq(int, vg_episodes(&out, &n, span, 1, &rule, &err), VG_INVAL));
	cr_assert(eq(sz, n, 42));
	cr_assert(eq(ptr, out, NULL));
}

/* A small generator, so that a failure can be repeated. */
static uint64_t state = 88172645463325252ULL;

static uint32_t random_below(uint32_t n)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (uint32_t)(state >> 33) % n;
}

static void shuffle(void)
{
	for (size_t i = n_span; i > 1; i--) {
		size_t j = random_below((uint32_t)i);
		struct vg_span_in s = span[j];

		span[j] = span[i - 1];
		span[i - 1] = s;
	}
}

static void random_spans(void)
{
	n_span = 10 + random_below(MAX - 10);
	for (size_t i = 0; i < n_span; i++) {
		int64_t first = random_below(900);

		span[i] = (struct vg_span_in){random_below(2), random_below(4),
					      first, first + random_below(W)};
	}
}

Test(episodes, law2_are_the_same_in_any_order_of_spans)
{
	for (int round = 0; round < 300; round++) {
		random_spans();
		compute((const int64_t[]){3, 2}, 2, round % 3 * 50);
		size_t n = n_episode;
		struct vg_episode *want = episode;

		episode = NULL;
		for (int order = 0; order < 5; order++) {
			shuffle();
			compute((const int64_t[]){3, 2}, 2, round % 3 * 50);
			cr_assert(eq(sz, n_episode, n));
			cr_assert(n == 0 ||
				  memcmp(want, episode, n * sizeof *want) == 0);
		}
		free(want);
	}
}

/* Whether value `v` of condition `c` is in (t - W, t]: by the definition, of
 * events at each span's two ends. */
static int64_t present(uint32_t c, int64_t t)
{
	bool seen[4] = {false};
	int64_t n = 0;

	for (size_t i = 0; i < n_span; i++)
		if (span[i].condition == c &&
		    ((span[i].first_ms <= t && span[i].first_ms > t - W) ||
		     (span[i].last_ms <= t && span[i].last_ms > t - W)))
			seen[span[i].value] = true;
	for (size_t v = 0; v < 4; v++)
		n += seen[v];
	return n;
}

static bool is_inside(int64_t t)
{
	for (size_t i = 0; i < n_episode; i++)
		if (episode[i].start_ms <= t && t < episode[i].end_ms)
			return true;
	return false;
}

Test(episodes, equal_the_definition_at_every_millisecond)
{
	for (int round = 0; round < 100; round++) {
		random_spans();
		compute((const int64_t[]){3, 2}, 2, 0);
		for (int64_t t = -1; t < 1200; t++)
			cr_assert(eq(int, is_inside(t),
				     present(0, t) >= 3 && present(1, t) >= 2));
	}
}
