#include "tests/kind_fix.h"

#include <string.h>

TestSuite(life);

/* Join the `n` pairs of start and end, of which the k-th has peak k. */
static struct vg_stretches join(const int64_t (*pair)[2], size_t n,
				struct vg_life life, int64_t clock_ms)
{
	struct vg_stretches s = {.n = n, .cap = n};

	s.v = calloc(n + 1, sizeof *s.v);
	for (size_t i = 0; i < n; i++)
		s.v[i] = (struct vg_stretch){.start_ms = pair[i][0],
					     .end_ms = pair[i][1],
					     .peak = (double)i,
					     .peak_at_ms = pair[i][0]};
	vg_life_join(&s, &life, clock_ms);
	return s;
}

Test(life, joins_what_starts_less_than_resolve_after_later)
{
	const struct vg_life life = {.resolve_after_ms = 5};

	hold_on(join(PAIRS({0, 10}, {14, 20}), 2, life, NEVER), PAIRS({0, 20}),
		1);
	hold_on(join(PAIRS({0, 10}, {15, 20}), 2, life, NEVER),
		PAIRS({0, 10}, {15, 20}), 2);
}

Test(life, always_joins_what_touches_the_delayed_end)
{
	const struct vg_life life = {.keep_firing_ms = 5};

	hold_on(join(PAIRS({0, 10}, {15, 20}), 2, life, NEVER), PAIRS({0, 25}),
		1);
	hold_on(join(PAIRS({0, 10}, {16, 20}), 2, life, NEVER),
		PAIRS({0, 15}, {16, 25}), 2);
}

Test(life, fires_after_it_has_held_longer_than_for)
{
	const struct vg_life life = {.for_ms = 10};

	hold_on(join(PAIRS({0, 10}), 1, life, NEVER), NULL, 0);
	hold_on(join(PAIRS({0, 11}), 1, life, NEVER), PAIRS({0, 11}), 1);
	hold_on(join(PAIRS({0, 11}), 1, life, 9), NULL, 0);
	hold_on(join(PAIRS({0, 11}), 1, life, 10), PAIRS({0, 11}), 1);
}

Test(life, is_prolonged_by_the_shortest_once_it_has_fired)
{
	const struct vg_life life = {.resolve_after_ms = 100, .for_ms = 10};

	hold_on(join(PAIRS({0, 5}, {20, 40}, {60, 61}), 3, life, NEVER),
		PAIRS({20, 61}), 1);
}

Test(life, keeps_the_largest_peak_and_its_first_instant)
{
	const struct vg_life life = {.resolve_after_ms = 100};
	struct vg_stretches s =
		join(PAIRS({0, 5}, {20, 40}, {60, 61}), 3, life, NEVER);

	cr_assert(eq(dbl, s.v[0].peak, 2));
	cr_assert(eq(i64, s.v[0].peak_at_ms, 60));
	free(s.v);
}

Test(life, knows_nothing_that_starts_after_the_clock)
{
	const struct vg_life life = {.resolve_after_ms = 100};

	hold_on(join(PAIRS({0, 5}, {20, 40}), 2, life, 19), PAIRS({0, 5}), 1);
	hold_on(join(PAIRS({0, 5}, {20, 40}), 2, life, 20), PAIRS({0, 40}), 1);
}

Test(life, may_be_without_end)
{
	const struct vg_life life = {
		.resolve_after_ms = 5, .for_ms = 7, .keep_firing_ms = 9};

	hold_on(join(PAIRS({0, NEVER}), 1, life, NEVER), PAIRS({0, NEVER}), 1);
	hold_on(join(PAIRS({0, 4}), 1, life, NEVER), NULL, 0);
}

static void new_at(const struct vg_sample *v, size_t n,
		   const struct vg_leaf *leaf, int64_t clock_ms,
		   const int64_t *at, size_t n_at)
{
	struct vg_stretches s = {.v = NULL};
	const struct vg_samples in = {v, n};
	struct vg_err err = {0};

	const struct vg_new_since since = {v[0].t_ms, clock_ms};
	cr_assert(eq(int, vg_kind_new_values(&s, leaf, &in, &since, &err),
		     VG_OK));
	cr_assert(eq(sz, s.n, n_at));
	for (size_t i = 0; i < n_at; i++) {
		cr_assert(eq(i64, s.v[i].start_ms, at[i]));
		cr_assert(eq(i64, s.v[i].end_ms, at[i]));
	}
	free(s.v);
}

Test(life, of_a_new_value_is_an_instant)
{
	const struct vg_leaf leaf = {
		.kind = VG_KIND_NEW_VALUE, .history_ms = 10, .learn_ms = 0};
	const struct vg_sample v[] = {{.t_ms = 0, .n = 1, .value = 1},
				      {.t_ms = 0, .n = 1, .value = 1},
				      {.t_ms = 9, .n = 1, .value = 1},
				      {.t_ms = 19, .n = 1, .value = 1},
				      {.t_ms = 20, .n = 1, .value = 2}};
	struct vg_leaf learning = leaf;

	new_at(v, 5, &leaf, NEVER, (int64_t[]){0, 19, 20}, 3);
	new_at(v, 5, &leaf, 19, (int64_t[]){0, 19}, 2);
	learning.learn_ms = 20;
	new_at(v, 5, &learning, NEVER, (int64_t[]){20}, 1);
	learning.learn_ms = 21;
	new_at(v, 5, &learning, NEVER, NULL, 0);
}
