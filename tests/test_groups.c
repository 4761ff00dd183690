#include "alert/group_steps.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>

static struct vg_groups *groups;

static void start(void)
{
	groups = vg_groups_new(3);
	cr_assert(groups != NULL);
}

static void finish(void)
{
	vg_groups_free(groups);
}

TestSuite(groups, .init = start, .fini = finish);

static struct vg_group *make(const char *key)
{
	struct vg_group *g = vg_groups_make(groups, 0, vg_slice_of(key));

	cr_assert(g != NULL);
	return g;
}

static int set(struct vg_group *g, uint32_t track, const char *value,
	       uint32_t part, uint32_t first, uint32_t last)
{
	const struct vg_span_key key = {
		.track = track, .audience = 5, .part = part, .sub_ms = 1000};
	const int64_t first_last[2] = {first, last};

	return vg_group_set(groups, g, key, vg_slice_of(value), first_last);
}

Test(groups, are_found_by_family_and_key)
{
	struct vg_group *a = make("a");

	cr_assert(eq(ptr, make("a"), a));
	cr_assert(ne(ptr, make("b"), a));
	cr_assert(eq(ptr, vg_groups_find(groups, 0, vg_slice_of("a")), a));
	cr_assert(eq(ptr, vg_groups_find(groups, 1, vg_slice_of("a")), NULL));
	cr_assert(eq(ptr, vg_groups_find(groups, 0, vg_slice_of("")), NULL));
	cr_assert(eq(ptr, vg_groups_find(groups, 0, vg_slice_of("ab")), NULL));
	cr_assert(eq(sz, vg_groups_count(groups), 2));
}

Test(groups, may_have_no_key_and_the_longest_one)
{
	static char longest[VG_GROUP_KEY_MAX];
	struct vg_slice key = {longest, VG_GROUP_KEY_MAX};

	memset(longest, 'k', sizeof longest);
	cr_assert(ne(ptr, make(""), vg_groups_make(groups, 0, key)));
	cr_assert(eq(uint, vg_groups_find(groups, 0, key)->key_len, 65535));
}

Test(groups, survive_growth_and_drops)
{
	char key[32];

	for (int i = 0; i < 20000; i++) {
		snprintf(key, sizeof key, "group %d", i);
		cr_assert(eq(int, set(make(key), 0, "v", 0, 1, 2), 1));
	}
	for (int i = 0; i < 20000; i += 3) {
		snprintf(key, sizeof key, "group %d", i);
		vg_groups_drop(groups, make(key));
	}
	for (int i = 0; i < 20000; i++) {
		snprintf(key, sizeof key, "group %d", i);
		const struct vg_group *g =
			vg_groups_find(groups, 0, vg_slice_of(key));
		cr_assert(eq(int, g != NULL, i % 3 != 0), "%s", key);
	}
	size_t n = 0;
	for (size_t pos = 0; vg_groups_next(groups, &pos) != NULL;)
		n++;
	cr_assert(eq(sz, n, vg_groups_count(groups)));
	cr_assert(eq(sz, vg_values_count(vg_groups_values(groups)), 1));
}

Test(groups, hold_one_span_for_each_track_value_audience_part_and_window)
{
	struct vg_group *g = make("a");
	struct vg_span_key key = {.track = 2047,
				  .audience = 2047,
				  .part = 1023,
				  .sub_ms = INT64_C(1) << 40};
	const int64_t at[2] = {7, 9};

	cr_assert(
		eq(int, vg_group_set(groups, g, key, vg_slice_of("v"), at), 1));
	cr_assert(eq(int, set(g, 0, "v", 0, 1, 2), 1));
	cr_assert(eq(int, set(g, 0, "v", 1, 1, 2), 1));
	cr_assert(eq(int, set(g, 0, "w", 0, 1, 2), 1));
	cr_assert(eq(int, set(g, 1, "v", 0, 1, 2), 1));
	cr_assert(eq(uint, g->n, 5));

	const struct vg_gspan *last = &g->span[4];
	cr_assert(eq(uint, vg_span_track(last), 2047));
	cr_assert(eq(uint, vg_span_audience(last), 2047));
	cr_assert(eq(uint, vg_span_part(last), 1023));
	cr_assert(eq(i64, vg_span_sub(last), INT64_C(1) << 40));
	cr_assert(vg_slice_eq(
		vg_values_text(vg_groups_values(groups), vg_span_value(last)),
		vg_slice_of("v")));
}

Test(groups, keep_spans_of_a_track_and_value_side_by_side)
{
	struct vg_group *g = make("a");
	char value[8];

	for (uint32_t i = 0; i < 200; i++) {
		snprintf(value, sizeof value, "v%u", i * 7 % 40);
		cr_assert(ge(int, set(g, i % 3, value, i % 5, 1, 2), 0));
	}
	for (uint32_t i = 1; i < g->n; i++) {
		const struct vg_gspan *a = &g->span[i - 1], *b = &g->span[i];

		cr_assert(le(uint, vg_span_track(a), vg_span_track(b)));
		if (vg_span_track(a) == vg_span_track(b))
			cr_assert(le(uint, vg_span_value(a), vg_span_value(b)));
	}
}

Test(groups, mark_what_changed_and_only_that)
{
	struct vg_group *g = make("a");

	cr_assert(eq(int, set(g, 0, "v", 0, 5, 8), 1));
	struct vg_gspan *s = &g->span[0];
	cr_assert(eq(uint, s->value_marks & VG_SPAN_MARKS,
		     VG_SPAN_NEW_FIRST | VG_SPAN_NEW_LAST));
	s->value_marks &= ~(unsigned)VG_SPAN_MARKS;
	cr_assert(eq(int, set(g, 0, "v", 0, 5, 8), 0));
	cr_assert(eq(uint, s->value_marks & VG_SPAN_MARKS, 0));
	cr_assert(eq(int, set(g, 0, "v", 0, 5, 9), 1));
	cr_assert(eq(uint, s->value_marks & VG_SPAN_MARKS, VG_SPAN_NEW_LAST));
	s->value_marks &= ~(unsigned)VG_SPAN_MARKS;
	cr_assert(eq(int, set(g, 0, "v", 0, 4, 9), 1));
	cr_assert(eq(uint, s->value_marks & VG_SPAN_MARKS, VG_SPAN_NEW_FIRST));
	s->value_marks =
		(s->value_marks & ~(unsigned)VG_SPAN_MARKS) | VG_SPAN_STALE;
	cr_assert(eq(int, set(g, 0, "v", 0, 4, 9), 0));
	cr_assert(eq(uint, s->value_marks & VG_SPAN_MARKS, 0));
}

static bool has_part(const void *ctx, const struct vg_gspan *s)
{
	return vg_span_part(s) == *(const uint32_t *)ctx;
}

Test(groups, let_go_of_spans_and_their_values)
{
	struct vg_group *g = make("a");
	const uint32_t part = 1;
	struct vg_span_key key = {.audience = 5, .part = 2, .sub_ms = 1000};

	(void)set(g, 0, "v", 0, 1, 2);
	(void)set(g, 0, "w", 1, 1, 2);
	(void)set(g, 0, "x", 1, 1, 2);
	(void)set(g, 0, "y", 2, 1, 2);
	cr_assert(eq(sz, vg_group_prune(groups, g, has_part, &part), 2));
	cr_assert(eq(sz, vg_values_count(vg_groups_values(groups)), 2));
	key.value = vg_values_find(vg_groups_values(groups), vg_slice_of("y"));
	cr_assert(vg_group_unset(groups, g, key));
	cr_assert(not(vg_group_unset(groups, g, key)));
	cr_assert(eq(uint, g->n, 1));
	cr_assert(eq(sz, vg_values_count(vg_groups_values(groups)), 1));
}

Test(values, are_held_once_and_freed_by_their_last_user)
{
	struct vg_values *v = vg_values_new(1);
	uint32_t a = vg_values_hold(v, vg_slice_of("a"));

	cr_assert(ne(uint, a, VG_VALUE_NONE));
	cr_assert(eq(uint, vg_values_hold(v, vg_slice_of("a")), a));
	uint32_t b = vg_values_hold(v, vg_slice_of("b"));
	cr_assert(ne(uint, a, b));
	vg_values_drop(v, a);
	cr_assert(eq(uint, vg_values_find(v, vg_slice_of("a")), a));
	vg_values_drop(v, a);
	cr_assert(eq(uint, vg_values_find(v, vg_slice_of("a")), VG_VALUE_NONE));
	/* Its number serves again. */
	cr_assert(eq(uint, vg_values_hold(v, vg_slice_of("c")), a));
	cr_assert(vg_slice_eq(vg_values_text(v, b), vg_slice_of("b")));
	vg_values_free(v);
}

Test(values, survive_growth_in_any_order)
{
	struct vg_values *v = vg_values_new(1);
	char text[32];
	static uint32_t id[5000];

	for (int i = 0; i < 5000; i++) {
		snprintf(text, sizeof text, "value %d", i);
		id[i] = vg_values_hold(v, vg_slice_of(text));
	}
	for (int i = 0; i < 5000; i += 2)
		vg_values_drop(v, id[i]);
	for (int i = 0; i < 5000; i++) {
		snprintf(text, sizeof text, "value %d", i);
		cr_assert(eq(uint, vg_values_find(v, vg_slice_of(text)),
			     i % 2 == 0 ? VG_VALUE_NONE : id[i]));
	}
	cr_assert(eq(sz, vg_values_count(v), 2500));
	vg_values_free(v);
}

/* 2^32 ms are 50 days: what a rule that looks back further saw was told of that
 * much too early. */
Test(groups, bug_times_of_a_window_of_a_year_are_exact)
{
	static const int64_t year = INT64_C(366) * 86400000;
	struct vg_group *g = make("a");
	const struct vg_span_key key = {.track = 3, .sub_ms = -year};
	const int64_t most = (INT64_C(1) << VG_SPAN_BITS) - 1;
	const int64_t times[][2] = {{5, 5},
				    {5, year - 1},
				    {5, (INT64_C(3) << 32) + 5},
				    {(INT64_C(1) << 32) + 5, most},
				    {(INT64_C(1) << 32) + 5, most}};
	const uint32_t marks[] = {VG_SPAN_NEW_FIRST | VG_SPAN_NEW_LAST,
				  VG_SPAN_NEW_LAST, VG_SPAN_NEW_LAST,
				  VG_SPAN_NEW_FIRST | VG_SPAN_NEW_LAST, 0};

	for (size_t i = 0; i < 5; i++) {
		int changed = vg_group_set(groups, g, key, vg_slice_of("v"),
					   times[i]);

		cr_assert(eq(int, changed, i < 4));
		cr_assert(eq(uint, g->n, 1));
		cr_assert(eq(i64, vg_span_sub(g->span), -year));
		cr_assert(eq(i64, vg_span_first(g->span), times[i][0] - year));
		cr_assert(eq(i64, vg_span_last(g->span), times[i][1] - year));
		cr_assert(eq(uint, g->span->value_marks & VG_SPAN_MARKS,
			     marks[i]));
		g->span->value_marks &= ~(uint32_t)VG_SPAN_MARKS;
	}
	cr_assert(eq(sz, sizeof *g->span, 24));
}

static int set_steps(struct vg_group *g, const char *value,
		     const struct vg_step *step, size_t n, uint32_t rounded_ms)
{
	const struct vg_span_key key = {.track = 3,
					.sub_ms = 20000,
					.until_ms = 30000,
					.step = true,
					.rounded_ms = rounded_ms};

	return vg_group_set_steps(groups, g, key, vg_slice_of(value), step, n);
}

Test(groups, a_list_of_steps_is_the_whole_of_its_slice)
{
	static const struct vg_step first[] = {{5, 2, 2}, {70, 1, 1}},
				    more[] = {{5, 2, 2},
					      {60, 1, 1},
					      {70, 4, 1}},
				    less[] = {{60, 1, 1}};
	struct vg_group *g = make("a");

	cr_assert(eq(int, set_steps(g, "v", first, 2, 0), VG_GROUP_CHANGED));
	cr_assert(eq(int, set_steps(g, "w", first, 2, 0), VG_GROUP_CHANGED));
	cr_assert(eq(int, set_steps(g, "v", first, 2, 0), 0));
	cr_assert(eq(int, set_steps(g, "v", more, 3, 0), VG_GROUP_CHANGED));
	cr_assert(eq(uint, g->n, 5));
	cr_assert(eq(i64, vg_span_sub(&g->span[1]), 20060));
	cr_assert(eq(uint, vg_span_events(&g->span[2]), 4));
	cr_assert(eq(int, set_steps(g, "v", less, 1, 0),
		     VG_GROUP_CHANGED | VG_GROUP_LOST));
	cr_assert(eq(uint, g->n, 3));
	cr_assert(eq(int, set_steps(g, "v", NULL, 0, 0),
		     VG_GROUP_CHANGED | VG_GROUP_LOST));
	cr_assert(eq(int, set_steps(g, "v", NULL, 0, 0), 0));
	cr_assert(eq(uint, g->n, 2));
	cr_assert(eq(sz, vg_values_count(vg_groups_values(groups)), 1));
}

Test(groups, rounded_steps_take_the_place_of_exact_ones)
{
	static const struct vg_step exact[] = {{5, 2, 2}, {170, 1, 1}},
				    rounded[] = {{0, 2, 2}, {100, 1, 1}};
	struct vg_group *g = make("a");
	struct vg_span_key key = {
		.track = 3, .sub_ms = 20000, .until_ms = 30000, .step = true};

	cr_assert(eq(int, set_steps(g, "v", exact, 2, 0), VG_GROUP_CHANGED));
	cr_assert(eq(int, set_steps(g, "v", rounded, 2, 100),
		     VG_GROUP_CHANGED | VG_GROUP_LOST));
	cr_assert(eq(uint, g->n, 2));
	cr_assert(vg_span_is_rounded(&g->span[0]));
	key.value = vg_values_find(vg_groups_values(groups), vg_slice_of("v"));
	cr_assert(not(vg_group_unset(groups, g, key)),
		  "that the exact ones are gone is said behind it");
	key.rounded_ms = 100;
	cr_assert(vg_group_unset(groups, g, key));
	cr_assert(eq(uint, g->n, 0));
}
