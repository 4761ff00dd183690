#include "alert/campaign.h"
#include "notify/labels.h"
#include "notify/life.h"
#include "notify/mute.h"
#include "notify/pace.h"
#include "notify/stream.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>

/* What the vectors of tests/conformance/vectors/timeline.json do not reach:
 * limits, and what only a caller in C can do. */

static struct vg_slice of(const char *s)
{
	return vg_slice_of(s);
}

static void add(struct vg_labels *l, const char *name, const char *value)
{
	cr_assert(vg_labels_add(l, of(name), of(value)));
}

Test(labels, hold_as_many_as_the_limit_and_no_more)
{
	struct vg_labels l = {0};
	char text[16];

	for (int i = 0; i < VG_LABELS_MAX; i++) {
		snprintf(text, sizeof text, "%d", i);
		add(&l, "n", text);
	}
	cr_assert_not(vg_labels_add(&l, of("n"), of("one more")));
	add(&l, "n", "0"); /* which is there */
	cr_assert(eq(sz, l.n, VG_LABELS_MAX));
	vg_labels_term(&l);
}

Test(labels, have_several_values_of_one_name_or_the_empty_one)
{
	struct vg_labels a = {0}, b = {0};
	struct vg_buf text = {0};

	add(&a, "country", "MA");
	add(&a, "country", "AE");
	add(&b, "country", "AE");
	cr_assert(vg_labels_has(&a, "country", of("MA")));
	cr_assert(vg_labels_has(&a, "country", of("AE")));
	cr_assert_not(vg_labels_has(&a, "country", of("")));
	cr_assert(vg_labels_has(&a, "actor", of("")));
	cr_assert_not(vg_labels_same(&a, &b, "country"));
	cr_assert(vg_labels_same(&a, &b, "actor"));
	vg_labels_value(&a, "country", &text);
	cr_assert(eq(str, text.p, "AE,MA"));
	vg_buf_term(&text);
	vg_labels_term(&a);
	vg_labels_term(&b);
}

static bool holds_for(const char *name, const char *value, bool not,
		      const struct vg_labels *l)
{
	struct vg_matchers ms = {0};
	struct vg_matcher *m = vg_matchers_add(&ms, name);

	cr_assert_not_null(m);
	cr_assert(vg_matcher_value(m, of(value)));
	m->not = not ;
	bool holds = vg_matchers_hold(&ms, l);
	vg_matchers_term(&ms);
	return holds;
}

Test(matchers, a_star_at_the_end_stands_for_any_rest)
{
	struct vg_labels l = {0};

	add(&l, "rule", "cross-border-actor");
	cr_assert(holds_for("rule", "cross-*", false, &l));
	cr_assert(holds_for("rule", "*", false, &l));
	cr_assert_not(holds_for("rule", "cross-", false, &l));
	cr_assert_not(holds_for("rule", "*-actor", false, &l));
	cr_assert_not(holds_for("rule", "cross-*", true, &l));
	cr_assert(holds_for("actor", "*", false, &l));
	vg_labels_term(&l);
}

Test(matchers, a_least_value_is_compared_as_a_number)
{
	struct vg_labels l = {0};
	struct vg_matchers ms = {0};
	struct vg_matcher *m = vg_matchers_add(&ms, "severity");

	m->has_least = true;
	m->least = 9;
	add(&l, "severity", "10");
	cr_assert(vg_matchers_hold(&ms, &l));
	m->least = 10;
	cr_assert(vg_matchers_hold(&ms, &l));
	m->least = 11;
	cr_assert_not(vg_matchers_hold(&ms, &l));
	vg_labels_term(&l);
	cr_assert_not(vg_matchers_hold(&ms, &l), "missing is no number");
	vg_matchers_term(&ms);
}

Test(matchers, have_limits_of_conditions_and_of_values)
{
	struct vg_matchers ms = {0};

	for (int i = 0; i < VG_MATCHERS_MAX; i++)
		cr_assert_not_null(vg_matchers_add(&ms, "a"));
	cr_assert_null(vg_matchers_add(&ms, "a"));
	for (int i = 0; i < VG_MATCH_VALUES_MAX; i++)
		cr_assert(vg_matcher_value(&ms.m[0], of("v")));
	cr_assert_not(vg_matcher_value(&ms.m[0], of("v")));
	vg_matchers_term(&ms);
}

Test(life, what_holds_for_ever_does_not_overflow)
{
	const struct vg_life_rule r = {.for_ms = INT64_MAX / 2,
				       .keep_firing_ms = INT64_MAX / 2};
	const struct vg_life_span s = {0, INT64_MAX};

	cr_assert(eq(int, vg_life_at(&r, &s, 1, 5), VG_PENDING));
	cr_assert(eq(int, vg_life_at(&r, &s, 1, INT64_MAX / 2), VG_FIRING));
}

Test(silence, acts_from_its_start_to_before_its_end)
{
	const struct vg_silence s = {.from_ms = 10, .to_ms = 20};
	const struct vg_labels none = {0};

	cr_assert_not(vg_silence_acts(&s, &none, 9));
	cr_assert(vg_silence_acts(&s, &none, 10));
	cr_assert(vg_silence_acts(&s, &none, 19));
	cr_assert_not(vg_silence_acts(&s, &none, 20));
}

Test(realert, doubles_no_further_than_time_goes)
{
	const struct vg_realert r = {.base_ms = INT64_MAX / 4};
	struct vg_realert_state s = {.silent_until_ms = 0, .exponent = 39};

	vg_realert_next(&r, &s, 0);
	cr_assert(eq(u32, s.exponent, 40));
	vg_realert_next(&r, &s, 0);
	cr_assert(eq(u32, s.exponent, 40));
	cr_assert(eq(i64, s.silent_until_ms, INT64_MAX));
}

static const struct vg_tempo tempo = {.group_wait_ms = 10,
				      .group_interval_ms = 10,
				      .repeat_interval_ms = 1000,
				      .send_resolved = true};
static const struct vg_muter nobody = {0};

static enum vg_flush flush(struct vg_stream *s, int64_t at_ms)
{
	return vg_stream_flush(s, &tempo, &nobody, at_ms);
}

Test(stream, tells_once_of_what_was_over_before_it_could_be_told)
{
	struct vg_stream s = {0};

	struct vg_stream_alert *a =
		vg_stream_put(&s, "late", (int64_t[]){1, 5}, &tempo, 100);
	a->owed = true;
	cr_assert(eq(i64, s.next_ms, 110));
	cr_assert(eq(int, flush(&s, 110), VG_FLUSH_NOTIFY));
	cr_assert(s.alert[0].listed);
	vg_stream_leave(&s, 110);
	cr_assert(eq(sz, s.n, 1), "that it is resolved is still to tell");
	cr_assert(eq(int, flush(&s, 120), VG_FLUSH_NOTIFY));
	vg_stream_leave(&s, 120);
	cr_assert(eq(sz, s.n, 0));
	cr_assert(eq(int, flush(&s, 130), VG_FLUSH_NOTHING));
	cr_assert(eq(i64, s.number, 2));
	vg_stream_term(&s);
}

Test(stream, forgets_what_is_dropped)
{
	struct vg_stream s = {0};

	cr_assert_not_null(
		vg_stream_put(&s, "a", (int64_t[]){1, INT64_MAX}, &tempo, 100));
	cr_assert_not_null(
		vg_stream_put(&s, "b", (int64_t[]){1, INT64_MAX}, &tempo, 100));
	vg_stream_drop(&s, "a");
	vg_stream_drop(&s, "none");
	cr_assert(eq(sz, s.n, 1));
	cr_assert(eq(str, s.alert[0].id, "b"));
	vg_stream_term(&s);
}

Test(life, what_begins_within_resolve_after_is_the_same_alert)
{
	const struct vg_life_rule r = {.for_ms = 60, .resolve_after_ms = 30};
	const struct vg_life_span s[] = {{0, 100}, {129, INT64_MAX}};

	cr_assert(eq(int, vg_life_at(&r, s, 2, 128), VG_RECOVERING));
	cr_assert(eq(int, vg_life_at(&r, s, 2, 129), VG_FIRING));
}

Test(inhibit, an_alert_never_mutes_itself)
{
	struct vg_inhibit r = {0};
	struct vg_labels l = {0};

	add(&l, "s", "1");
	cr_assert_not(vg_inhibit_acts(&r, &l, &l), "it is source and target");
	vg_labels_term(&l);
}

Test(told, what_still_fires_is_repeated_past_the_interval)
{
	struct vg_told last = {.any = true, .at_ms = 0}, now = {.any = true};

	cr_assert(vg_ids_add(&last.firing, of("a")));
	cr_assert(vg_ids_add(&now.firing, of("a")));
	now.at_ms = 1000;
	cr_assert_not(vg_told_decide(&tempo, &last, &now));
	now.at_ms = 1001;
	cr_assert(vg_told_decide(&tempo, &last, &now));
	vg_told_term(&last);
	vg_told_term(&now);
}

/* Whether a flush speaks that finds `a` firing at `stage`, with so many
 * countries, a moment after one that found it at `was`, with so many. */
static bool speaks(unsigned stages, int was, size_t had, int stage,
		   size_t countries)
{
	struct vg_tempo t = tempo;
	struct vg_told last = {.any = true}, now = {.any = true};

	t.stages = stages;
	cr_assert(vg_ids_add(&last.firing, of("f-1")));
	cr_assert(vg_ids_add(&now.firing, of("f-1")));
	/* One whose name begins alike is another. */
	cr_assert(vg_told_stage(&last, "f-10", VG_STAGE_DORMANT, 1));
	if (was >= 0)
		cr_assert(vg_told_stage(&last, "f-1", was, had));
	cr_assert(vg_told_stage(&now, "f-1", stage, countries));
	bool spoke = vg_told_decide(&t, &last, &now);
	vg_told_term(&last);
	vg_told_term(&now);
	return spoke;
}

Test(told, a_campaign_that_came_to_a_stage_is_told)
{
	enum { E = VG_STAGE_EMERGING, S = VG_STAGE_SPREADING };
	const unsigned spreading = 1U << S, all = 63;

	cr_assert(speaks(spreading, E, 2, S, 3));
	cr_assert(not(speaks(spreading, S, 3, S, 3)), "once");
	cr_assert(speaks(spreading, S, 3, S, 4), "a further country");
	cr_assert(not(speaks(spreading, S, 4, S, 3)), "one that was late");
	cr_assert(not(speaks(spreading, S, 3, VG_STAGE_SUSTAINED, 3)));
	cr_assert(speaks(all, S, 3, VG_STAGE_SUSTAINED, 3));
	cr_assert(not(speaks(0, E, 2, S, 3)));
	cr_assert(not(speaks(all, -1, 0, S, 3)), "its stage was not told");
}
