/* A partition asks predicates: what reached a bound is left out and counted. */
#include "aggregate/match.h"
#include "part_fix.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

static struct part_fix f;
static struct vg_part *part;

static void close_part(void)
{
	vg_part_free(part);
	part_fix_close(&f);
}

TestSuite(part_match, .fini = close_part, .timeout = 60);

static struct vg_match *expression(const char *text)
{
	struct vg_slice pattern = vg_slice_of(text);
	struct vg_match_texts texts = {.text = &pattern, .n = 1};
	struct vg_match *m = NULL;

	cr_assert(eq(int, vg_match_new(&m, NULL), VG_OK));
	cr_assert(eq(int,
		     vg_match_add_regexes(m, vg_slice_of("cmd"), &texts, NULL),
		     VG_OK));
	return m;
}

Test(part_match, a_search_past_its_bounds_counts_in_its_metric)
{
	static char text[1025];
	struct vg_err err = {0};
	struct vg_track t = {.kind = VG_TRACK_SPAN,
			     .window_ms = HOUR_MS,
			     .match = expression("(a+)+$"),
			     .n_group = 1,
			     .n_value = 1};
	size_t track = 0;

	part_fix_open(&f);
	t.group[0] = vg_field_ref(vg_slice_of("sensor"));
	t.value[0] = vg_field_ref(vg_slice_of("country"));
	cr_assert(eq(int, vg_plan_add_track(f.plan, &t, &track, &err), VG_OK),
		  "%s", err.text);
	part = part_fix_part(&f, f.store, 0);
	struct vg_event e = part_event(&f, T0, "IL", "apt1");
	e.field[e.n_field++] = (struct vg_field){
		vg_slice_of("cmd"), vg_slice_of("baaa"), VG_SCALAR_STRING, 0};
	part_fix_take(part, &e, 0, T0);
	cr_assert(eq(i64, vg_metric_get(&f.metrics, VG_M_MATCH_LIMITED), 0));
	memset(text, 'a', sizeof text - 2);
	text[sizeof text - 2] = 'b';
	e.field[0].text = vg_slice_of(text);
	part_fix_take(part, &e, 1, T0);
	cr_assert(eq(i64, vg_metric_get(&f.metrics, VG_M_MATCH_LIMITED), 1));
}
