#include "aggregate/match.h"
#include "aggregate/plan.h"
#include "core/buf.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

static struct vg_plan *plan;

static void make_empty_plan(void)
{
	cr_assert(eq(int, vg_plan_new(&plan, NULL), VG_OK));
}

static void free_plan(void)
{
	vg_plan_free(plan);
}

TestSuite(plan, .init = make_empty_plan, .fini = free_plan);

static struct vg_field_ref ref(const char *name)
{
	return vg_field_ref(vg_slice_of(name));
}

static struct vg_track actor_by_country(void)
{
	struct vg_track t = {
		.kind = VG_TRACK_SPAN,
		.window_ms = 21600000,
		.n_group = 1,
		.n_value = 1,
	};

	t.group[0] = ref("actor");
	t.value[0] = ref("country");
	return t;
}

static struct vg_match *match_category(const char *a, const char *b)
{
	struct vg_match *m = NULL;
	struct vg_slice v[2] = {vg_slice_of(a), vg_slice_of(b)};

	cr_assert(eq(int, vg_match_new(&m, NULL), VG_OK));
	cr_assert(
		eq(int,
		   vg_match_add_values(m, vg_slice_of("category"), v, 2, NULL),
		   VG_OK));
	return m;
}

static size_t add(struct vg_track t)
{
	size_t index = 999;

	cr_assert(eq(int, vg_plan_add_track(plan, &t, &index, NULL), VG_OK));
	return index;
}

Test(plan, an_id_is_the_same_on_every_machine)
{
	add(actor_by_country());
	/* Buckets in Redis carry it: a change here loses every track. */
	cr_assert(eq(str, (char *)vg_plan_track(plan, 0)->id,
		     "c834ac689d460dd2"));
}

Test(plan, equal_tracks_are_one)
{
	struct vg_track t = actor_by_country();

	t.match = match_category("fraud", "availability");
	cr_assert(eq(sz, add(t), 0));
	t.match = match_category("availability", "fraud");
	cr_assert(eq(sz, add(t), 0));
	cr_assert(eq(sz, vg_plan_tracks(plan), 1));
}

Test(plan, adding_the_plans_own_track_again_is_harmless)
{
	struct vg_track t = actor_by_country();

	t.match = match_category("fraud", "availability");
	add(t);
	t = *vg_plan_track(plan, 0);
	cr_assert(eq(sz, add(t), 0));
}

Test(plan, whatever_defines_a_track_makes_another_track)
{
	struct vg_track t = actor_by_country(), u;

	add(t);
	u = t;
	u.window_ms++;
	cr_assert(eq(sz, add(u), 1));
	u = t;
	u.group[0] = ref("sensor");
	cr_assert(eq(sz, add(u), 2));
	u = t;
	u.value[0] = ref("origin");
	cr_assert(eq(sz, add(u), 3));
	u = t;
	u.need[u.n_need++] = ref("origin");
	cr_assert(eq(sz, add(u), 4));
	u = t;
	u.match = match_category("fraud", "availability");
	cr_assert(eq(sz, add(u), 5));
	u = t;
	u.value[u.n_value++] = ref("origin");
	cr_assert(eq(sz, add(u), 6));
	cr_assert(eq(sz, vg_plan_tracks(plan), 7));
}

Test(plan, the_order_of_needed_fields_does_not_matter)
{
	struct vg_track t = actor_by_country(), u = t;

	t.n_need = u.n_need = 2;
	t.need[0] = u.need[1] = ref("origin");
	t.need[1] = u.need[0] = ref("sector");
	cr_assert(eq(sz, add(t), add(u)));
}

Test(plan, names_cannot_pose_as_two)
{
	struct vg_track t = actor_by_country(), u = t;

	t.n_group = 2;
	t.group[0] = ref("a");
	t.group[1] = ref("bg1:c");
	u.n_group = 2;
	u.group[0] = ref("ag5:b");
	u.group[1] = ref("c");
	cr_assert(ne(sz, add(t), add(u)));
}

Test(plan, copies_names_it_is_given)
{
	char name[] = "custom";
	struct vg_track t = actor_by_country();

	t.group[0] = ref(name);
	add(t);
	memset(name, 'x', sizeof name - 1);
	cr_assert(vg_slice_eq(vg_plan_track(plan, 0)->group[0].name,
			      vg_slice_of("custom")));
}

Test(plan, finds_a_track_by_its_id)
{
	add(actor_by_country());
	cr_assert(eq(int,
		     vg_plan_find_track(
			     plan, vg_slice_of(vg_plan_track(plan, 0)->id)),
		     0));
	cr_assert(eq(int,
		     vg_plan_find_track(plan, vg_slice_of("0123456789abcdef")),
		     -1));
	cr_assert(eq(int, vg_plan_find_track(plan, vg_slice_of("")), -1));
}

Test(plan, refuses_what_is_out_of_range)
{
	struct vg_track t = actor_by_country();
	size_t index = 5;

	t.window_ms = 0;
	cr_assert(eq(int, vg_plan_add_track(plan, &t, &index, NULL), VG_INVAL));
	t = actor_by_country();
	t.n_value = 0;
	cr_assert(eq(int, vg_plan_add_track(plan, &t, &index, NULL), VG_INVAL));
	t = actor_by_country();
	t.n_group = VG_TRACK_GROUP_MAX + 1;
	cr_assert(eq(int, vg_plan_add_track(plan, &t, &index, NULL), VG_INVAL));
	cr_assert(eq(sz, index, 5));
	cr_assert(eq(sz, vg_plan_tracks(plan), 0));
}

Test(plan, holds_as_many_tracks_as_it_may_and_no_more)
{
	struct vg_track t = actor_by_country();
	size_t index;

	for (int64_t i = 1; i <= VG_TRACKS_MAX; i++) {
		t.window_ms = i;
		cr_assert(eq(sz, add(t), (size_t)i - 1));
	}
	t.window_ms = VG_TRACKS_MAX + 1;
	cr_assert(eq(int, vg_plan_add_track(plan, &t, &index, NULL), VG_INVAL));
	t.window_ms = VG_TRACKS_MAX; /* an equal one needs no room */
	cr_assert(eq(sz, add(t), VG_TRACKS_MAX - 1));
	cr_assert(eq(i64, vg_plan_longest_ms(plan), VG_TRACKS_MAX));
}

Test(plan, knows_its_series)
{
	cr_assert(eq(int, VG_AGG_SERIES_N, 12));
	cr_assert(eq(int, vg_series_find(vg_slice_of("actor+country")),
		     VG_AGG_ACTOR_COUNTRY));
	cr_assert(eq(int, vg_series_find(vg_slice_of("country+actor")), -1));
	cr_assert(eq(ptr, (void *)vg_series_info(VG_AGG_SERIES_N), NULL));
	for (size_t i = 0; i < VG_AGG_SERIES_N; i++)
		cr_assert(eq(int, vg_series_info(i)->fine,
			     i == VG_AGG_COUNTRY || i == VG_AGG_PARTNER));
	cr_assert(eq(i64, vg_plan_longest_ms(plan), 0));
}

Test(plan, resolutions_nest)
{
	for (int r = 1; r < VG_RES_N; r++)
		cr_assert(eq(i64,
			     vg_res_ms((enum vg_res)r) %
				     vg_res_ms((enum vg_res)(r - 1)),
			     0));
	cr_assert(eq(str, (char *)vg_res_name(VG_RES_1D), "1d"));
}

Test(plan, steps_may_be_without_values_and_classes_make_another_track)
{
	struct vg_plan *p = NULL;
	struct vg_track t = {.kind = VG_TRACK_STEPS, .window_ms = 1000};
	size_t plain = 9, classes = 9, again = 9;

	cr_assert(eq(int, vg_plan_new(&p, NULL), VG_OK));
	cr_assert(eq(int, vg_plan_add_track(p, &t, &plain, NULL), VG_OK));
	t.n_class = 1;
	cr_assert(eq(int, vg_plan_add_track(p, &t, &classes, NULL), VG_OK));
	cr_assert(eq(int, vg_plan_add_track(p, &t, &again, NULL), VG_OK));
	cr_assert(ne(sz, plain, classes));
	cr_assert(eq(sz, again, classes));
	cr_assert(eq(u32, vg_plan_agg(p, plain), VG_AGG_STEPS_0 + plain));
	cr_assert(eq(sz, vg_agg_track(VG_AGG_STEPS_0 + 7), 7));
	cr_assert(eq(sz, vg_agg_track(VG_AGG_TRACK_0 + 7), 7));
	t.n_class = VG_TRACK_CLASSES_MAX + 1;
	cr_assert(eq(int, vg_plan_add_track(p, &t, &again, NULL), VG_INVAL));
	t.n_class = 1;
	t.n_value = 1;
	t.value[0] = vg_field_ref(vg_slice_of("country"));
	cr_assert(eq(int, vg_plan_add_track(p, &t, &again, NULL), VG_INVAL));
	t.n_class = 0;
	t.kind = VG_TRACK_SPAN;
	t.numeric = true;
	cr_assert(eq(int, vg_plan_add_track(p, &t, &again, NULL), VG_INVAL));
	vg_plan_free(p);
}

Test(plan, counts_all_series_unless_told_and_always_partner)
{
	struct vg_plan *p = NULL;
	struct vg_err err = {.rc = VG_OK};
	char text[VG_SERIES_TEXT];

	cr_assert(eq(int, vg_plan_new(&p, NULL), VG_OK));
	vg_plan_series_text(p, text);
	cr_assert(eq(str, text, "all"));
	cr_assert(eq(int, vg_plan_count_series(p, "  actor country ", &err),
		     VG_OK));
	vg_plan_series_text(p, text);
	cr_assert(eq(str, text, "country partner actor"));
	cr_assert(vg_plan_counts(p, VG_AGG_PARTNER));
	cr_assert(vg_plan_counts(p, VG_AGG_ACTOR));
	cr_assert(not(vg_plan_counts(p, VG_AGG_ACTOR_COUNTRY)));
	cr_assert(not(vg_plan_counts(p, VG_AGG_SERIES_N)));
	cr_assert(eq(int, vg_plan_count_series(p, "actor nobody", &err),
		     VG_INVAL));
	cr_assert(ne(ptr, strstr(err.text, "nobody"), NULL));
	cr_assert(eq(int, vg_plan_count_series(p, "all", &err), VG_OK));
	cr_assert(vg_plan_counts(p, VG_AGG_ACTOR_COUNTRY));
	cr_assert(eq(int, vg_plan_count_series(p, NULL, &err), VG_OK));
	vg_plan_series_text(p, text);
	cr_assert(eq(str, text, "all"));
	vg_plan_free(p);
}

Test(plan, the_text_of_all_series_but_one_has_room)
{
	struct vg_plan *p = NULL;
	char names[512] = "", text[VG_SERIES_TEXT];

	for (size_t i = 0; i + 1 < VG_AGG_SERIES_N; i++) {
		strcat(names, vg_series_info(i)->name);
		strcat(names, i + 2 < VG_AGG_SERIES_N ? " " : "");
	}
	cr_assert(eq(int, vg_plan_new(&p, NULL), VG_OK));
	cr_assert(eq(int, vg_plan_count_series(p, names, NULL), VG_OK));
	vg_plan_series_text(p, text);
	cr_assert(eq(str, text, names));
	vg_plan_free(p);
}
