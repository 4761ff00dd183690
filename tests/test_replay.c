#include "alert/replay.h"

#include "aggregate/keys.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static struct vg_plan *plan;
static struct vg_rules *rules;
static struct vg_replay *replay;
static struct vg_event event;
static char said[2048];
static struct vg_err err;

static void start(void)
{
	cr_assert(eq(int, vg_plan_new(&plan, &err), VG_OK));
}

static void finish(void)
{
	vg_replay_free(replay);
	vg_rules_free(rules);
	vg_plan_free(plan);
}

TestSuite(replay, .init = start, .fini = finish);

#define RULE "id: r\ntitle: T\nseverity: 5\nwindow: 10ms\n"

static void rule(const char *text)
{
	cr_assert(eq(int,
		     vg_rules_parse_offline(&rules, plan, "r.yaml", text,
					    strlen(text), &err),
		     VG_OK),
		  "%s", err.text);
	cr_assert(eq(int, vg_replay_new(&replay, rules, &err), VG_OK));
}

/* An event with one actor, a country, and a number under `fields`. */
static void add(int64_t t_ms, const char *actor, const char *country, double x)
{
	memset(&event, 0, sizeof event);
	event.time_ms = t_ms;
	event.count = 1;
	event.confidence = -1;
	event.sensor_kind = event.category = event.sector = -1;
	event.country = vg_slice_of(country);
	if (actor != NULL)
		event.actor[event.n_actor++].name = vg_slice_of(actor);
	event.field[event.n_field++] =
		(struct vg_field){.name = vg_slice_of("x"),
				  .type = VG_SCALAR_NUMBER,
				  .number = x};
	event.field[event.n_field++] =
		(struct vg_field){.name = vg_slice_of("country"),
				  .text = vg_slice_of("elsewhere"),
				  .type = VG_SCALAR_STRING};
	cr_assert(eq(int,
		     vg_replay_add(replay, &event, vg_slice_of("MA"), &err),
		     VG_OK));
}

static enum vg_rc say(void *arg, const struct vg_replayed *a, struct vg_err *e)
{
	size_t n = strlen(said);

	(void)arg;
	(void)e;
	snprintf(said + n, sizeof said - n, "%.*s %" PRId64 "-",
		 (int)a->group.n, a->group.p, a->span.start_ms);
	n = strlen(said);
	if (a->open)
		snprintf(said + n, sizeof said - n, "; ");
	else
		snprintf(said + n, sizeof said - n, "%" PRId64 "; ",
			 a->span.end_ms);
	return VG_OK;
}

static const char *alerts_at(int64_t clock_ms)
{
	said[0] = '\0';
	cr_assert(eq(int, vg_replay_run(replay, clock_ms, say, NULL, &err),
		     VG_OK));
	return said;
}

Test(replay, counts_in_the_group_of_the_event)
{
	rule(RULE "type: event_count\ngroup_by: [actor]\ncondition: {gte: 2}");
	add(0, "b", "MA", 0);
	add(1, "a", "MA", 0);
	add(2, "b", "MA", 0);
	add(3, NULL, "MA", 0);
	add(4, "a", "MA", 0);
	cr_assert(eq(str, (char *)alerts_at(100), "b 2-10; a 4-11; "));
	cr_assert(eq(i64, vg_replay_newest(replay), 4));
}

Test(replay, law2_does_not_depend_on_arrival)
{
	rule(RULE "type: sum\nfield: x\ngroup_by: [country]\ncondition: {gte: "
		  "1}\nresolve_after: 0s");
	add(40, "a", "IL", 1);
	add(3, "a", "MA", 0.75);
	add(0, "a", "MA", 0.25);
	add(30, "a", "MA", 1);
	cr_assert(eq(str, (char *)alerts_at(35), "MA 3-10; MA 30-; "));
	cr_assert(eq(str, (char *)alerts_at(1000),
		     "MA 3-10; MA 30-40; IL 40-50; "));
}

Test(replay, reads_fields_that_have_canonical_names)
{
	rule(RULE "type: event_count\ngroup_by: [fields.country]\ncondition: "
		  "{gte: 1}");
	add(0, "a", "MA", 0);
	cr_assert(eq(str, (char *)alerts_at(100), "elsewhere 0-10; "));
}

Test(replay, wants_all_fields_of_the_short_form)
{
	rule(RULE "group_by: [country]\ncondition: {actor: {distinct: 2}, "
		  "origin: {distinct: 1}}");
	add(0, "a", "MA", 0);
	add(1, "b", "MA", 0);
	add(1, NULL, "IL", 0);
	add(2, "c", "IL", 0);
	cr_assert(eq(str, (char *)alerts_at(100), "MA 1-10; "));
}

Test(replay, groups_all_events_when_there_is_nothing_to_group_by)
{
	rule(RULE "type: silence\ngroup_by: []");
	add(0, "a", "MA", 0);
	add(5, "b", "IL", 0);
	cr_assert(eq(str, (char *)alerts_at(100), " 15-; "));
	cr_assert(eq(str, (char *)alerts_at(14), ""));
}

Test(replay, counts_an_event_once_for_each_of_its_actors)
{
	rule(RULE "type: event_count\ngroup_by: [actor]\ncondition: {gte: 2}");
	for (int64_t t = 0; t < 2; t++) {
		memset(&event, 0, sizeof event);
		event.time_ms = t;
		event.count = 1;
		event.n_actor = 2;
		event.actor[0].name = vg_slice_of("x");
		event.actor[1].name = vg_slice_of(t == 0 ? "y" : "z");
		cr_assert(eq(
			int,
			vg_replay_add(replay, &event, vg_slice_of("MA"), &err),
			VG_OK));
	}
	cr_assert(eq(str, (char *)alerts_at(100), "x 1-10; "));
}

Test(replay, holds_many_events_of_a_group)
{
	enum { N = 100000 }; /* beyond the largest block of samples */

	rule(RULE "type: event_count\ngroup_by: [country]\ncondition: {gte: "
		  "10}");
	for (int i = N; i-- > 0;)
		add(i, "a", "MA", 0);
	cr_assert(eq(str, (char *)alerts_at(INT64_MAX), "MA 9-100000; "));
}

static enum vg_rc stop(void *arg, const struct vg_replayed *a, struct vg_err *e)
{
	++*(int *)arg;
	(void)a;
	return vg_err_set(e, VG_FATAL, "enough");
}

Test(replay, ends_where_its_reader_does)
{
	int told = 0;

	rule(RULE "type: event_count\ngroup_by: [actor]\ncondition: {gte: 1}");
	add(0, "a", "MA", 0);
	add(0, "b", "MA", 0);
	cr_assert(eq(int, vg_replay_run(replay, 10, stop, &told, &err),
		     VG_FATAL));
	cr_assert(eq(int, told, 1));
}

Test(replay, knows_how_far_back_a_rule_looks)
{
	rule(RULE "type: spike\ngroup_by: []\nheight: 2\nreference: 30ms");
	cr_assert(eq(i64, vg_rule_reach_ms(vg_rule_at(rules, 0)), 40));
}

Test(replay, chains_alerts_of_other_rules)
{
	rule("- {id: few, title: T, severity: 5, window: 10ms, group_by: "
	     "[actor, country], type: event_count, condition: {gte: 2}}\n"
	     "- {id: many, title: T, severity: 5, window: 10ms, group_by: "
	     "[actor], type: event_count, condition: {gte: 3}}\n"
	     "- {id: both, title: T, severity: 5, window: 5ms, group_by: "
	     "[actor], type: chain, rules: [few, many], ordered: true}\n");
	add(0, "a", "MA", 0);
	add(1, "a", "MA", 0);
	add(5, "a", "IL", 0);
	add(20, "b", "MA", 0);
	add(21, "b", "MA", 0);
	add(26, "b", "IL", 0);
	/* a: few at 1, many at 5; b: 5 ms apart, which is not together. */
	cr_assert(strstr(alerts_at(100), "a 5-6; ") != NULL, "%s", said);
	cr_assert(strstr(said, "b 26-27; ") == NULL, "%s", said);
	cr_assert(eq(sz, strlen(said), strlen(alerts_at(100))));
}

Test(replay, weighs_what_each_partner_says)
{
	rule(RULE "type: event_count\ngroup_by: [country]\ncondition: {gte: "
		  "5}\nweights: {MA: 2.5}");
	add(0, "a", "MA", 0);
	add(1, "a", "MA", 0);
	add(1, "a", "IL", 0);
	cr_assert(eq(str, (char *)alerts_at(100), "MA 1-10; "));
}

Test(replay, lets_a_test_alone_count_what_has_its_field)
{
	rule(RULE "group_by: [country]\ncondition: {all: [{actor: {distinct: "
		  "2}}, {not: {x: {sum: {gte: 10}}}}]}");
	add(0, "a", "MA", 4);
	add(1, "b", "MA", 4);
	add(3, NULL, "MA", 4);
	cr_assert(eq(str, (char *)alerts_at(100), "MA 1-3; "));
}
