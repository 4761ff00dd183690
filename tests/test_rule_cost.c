/* What rules cost at most, and what of them can never be met. */
#include "alert/rule_cost.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

static struct vg_plan *plan;
static struct vg_rules *rules;

static void start(void)
{
	cr_assert(eq(int, vg_plan_new(&plan, NULL), VG_OK));
}

static void finish(void)
{
	vg_rules_free(rules);
	vg_plan_free(plan);
}

TestSuite(rule_cost, .init = start, .fini = finish);

static const struct vg_rule *load(const char *keys)
{
	char text[1000];
	struct vg_err err = {0};
	int n = snprintf(text, sizeof text,
			 "id: r\ntitle: t\nseverity: 5\n%s%s", keys,
			 strstr(keys, "window") || strstr(keys, "history")
				 ? ""
				 : "window: 1h\n");

	vg_rules_free(rules);
	rules = NULL;
	enum vg_rc rc = vg_rules_parse_offline(&rules, plan, "r.yaml", text,
					       (size_t)n, &err);
	cr_assert(eq(int, rc, VG_OK), "%s", err.text);
	return vg_rule_at(rules, 0);
}

static void costs(const char *keys, int64_t groups, int64_t cells)
{
	const struct vg_rule_cost c = vg_rule_cost_of(load(keys));

	cr_expect(eq(i64, c.groups, groups), "%s", keys);
	cr_expect(eq(i64, c.cells, cells), "%s", keys);
}

Test(rule_cost, groups_are_bounded_by_the_lists_that_there_are)
{
	costs("group_by: []\ncondition: {category: {distinct: 3}}\n", 1,
	      11 * 2);
	costs("group_by: [sector]\ncondition: {partner: {distinct: 3}}\n", 19,
	      61 * 2);
	costs("group_by: [country, category]\n"
	      "condition: {severity: {distinct: 3}}\n",
	      250 * 11, 10 * 2);
	costs("group_by: [actor]\ncondition: {category: {distinct: 3}}\n", 0,
	      11 * 2);
	costs("group_by: [category]\ncondition: {actor: {distinct: 3}}\n", 11,
	      0);
}

Test(rule_cost, counts_cost_their_event_times)
{
	costs("group_by: [sector]\ntype: event_count\ncondition: {gte: 3}\n",
	      19, 4096 * 2);
	costs("group_by: [sector]\ntype: spike\nheight: 3\nreference: 9h\n", 19,
	      4096 * 11);
	costs("group_by: []\n"
	      "condition: {category: {distinct: 3, min_per_value: 2}}\n",
	      1, 11 * 2 * 4096);
}

Test(rule_cost, values_of_a_field_that_is_grouped_by_cost_nothing)
{
	costs("group_by: [country]\ntype: distinct\n"
	      "distinct: [country, category]\ncondition: {gte: 2}\n",
	      250, 11 * 2);
}

Test(rule_cost, an_open_field_is_named)
{
	const struct vg_rule_cost c =
		vg_rule_cost_of(load("group_by: [fields.user]\ncondition: "
				     "{fields.host: {distinct: 3}}\n"));

	cr_assert(vg_slice_eq(c.open, vg_slice_of("fields.user")));
	cr_assert(vg_slice_eq(c.open_value, vg_slice_of("host")));
}

Test(rule_cost, products_do_not_run_over)
{
	const struct vg_rule_cost c = vg_rule_cost_of(
		load("group_by: [count, country, source_country]\n"
		     "condition: {events: {gte: 2}, count: {distinct: 2, "
		     "min_per_value: 2}, confidence: {distinct: 2}}\n"));

	cr_assert(gt(i64, c.groups, 1000000));
	cr_assert(eq(i64, c.cells, 101 * 2 * 4096));
}

static bool warns(const char *keys, const char *text)
{
	(void)load(keys);
	return strstr(vg_rules_warnings(rules), text) != NULL;
}

Test(rule_cost, more_values_than_there_are_never_come_together)
{
	static const char never[] = "never holds";

	cr_expect(warns("group_by: []\ncondition: {category: {distinct: 12}}\n",
			never));
	cr_expect(not(warns("group_by: []\ncondition: {category: {distinct: "
			    "11}}\n",
			    never)));
	cr_expect(warns("group_by: [actor]\nmatch: {country: [MA, IL]}\n"
			"condition: {country: {distinct: 3}}\n",
			never));
	cr_expect(warns("group_by: [actor]\nmatch: {country: {in: [MA, IL]}}\n"
			"condition: {country: {distinct: 3}}\n",
			never));
	cr_expect(warns("group_by: [actor]\nmatch: {country: MA}\n"
			"condition: {country: {distinct: 2}}\n",
			never));
	cr_expect(not(warns("group_by: [actor]\nmatch: {country: [MA, IL]}\n"
			    "condition: {country: {distinct: 2}}\n",
			    never)));
	/* An event has techniques that the rule does not ask for, too. */
	cr_expect(not(warns("group_by: [actor]\nmatch: {technique: T1190}\n"
			    "condition: {technique: {distinct: 2}}\n",
			    never)));
}

Test(rule_cost, tests_that_no_event_passes_are_said)
{
	static const char rest[] = "group_by: [actor]\n"
				   "condition: {country: {distinct: 2}}\n";
	static const struct {
		const char *match;
		bool never;
	} row[] = {{"{confidence: {gte: 60, lt: 60}}", true},
		   {"{confidence: {gte: 60, lte: 60}}", false},
		   {"{severity: {gt: 10}}", true},
		   {"{severity: {gte: 10}}", false},
		   {"{fields.n: {gt: 5, lt: 4}}", true},
		   {"{any: [{a: 1}, {confidence: {gt: 100}}]}", true},
		   {"{all: [{any: [{severity: {lt: 1}}]}]}", true},
		   {"{not: {severity: {gt: 10}}}", false},
		   {"{fields.n: {gt: 5}}", false},
		   {"{fields.n: 5}", false}};
	char keys[400];

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		snprintf(keys, sizeof keys, "%smatch: %s\n", rest,
			 row[i].match);
		cr_expect(eq(int, warns(keys, "no event passes"), row[i].never),
			  "%s", row[i].match);
	}
	cr_expect(warns("group_by: [actor]\ntype: temporal\nmatch: {stages: "
			"[{name: a, match: {severity: {gt: 10}}}]}\n",
			"no event passes"));
}

Test(rule_cost, a_rule_that_would_track_every_address_is_said)
{
	static const char said[] = "each one there is will be tracked";

	cr_expect(warns("group_by: [source.ip]\ntype: event_count\n"
			"condition: {gte: 9}\n",
			said));
	cr_expect(warns("group_by: [country]\n"
			"condition: {indicator: {distinct: 9}}\n",
			said));
	cr_expect(not(warns("group_by: [country]\nmatch: {category: fraud}\n"
			    "condition: {indicator: {distinct: 9}}\n",
			    said)));
}

#define LEARNS "type: new_value\ndistinct: technique\nhistory: 90d\n"

Test(rule_cost, of_what_learns_there_is_a_first_of_each_group_for_ever)
{
	struct vg_rule_cost c =
		vg_rule_cost_of(load(LEARNS "learn: 30d\ngroup_by: []\n"));

	cr_expect(c.has_firsts);
	cr_expect(eq(i64, c.firsts, 1));
	c = vg_rule_cost_of(
		load(LEARNS "learn: 30d\ngroup_by: [country, sector]\n"));
	cr_expect(eq(i64, c.firsts, 250 * 19));
	c = vg_rule_cost_of(
		load(LEARNS "learn: 30d\ngroup_by: [sector, actor]\n"));
	cr_expect(eq(i64, c.firsts, 0));
	cr_expect(vg_slice_eq(c.open_first, vg_slice_of("actor")));
	c = vg_rule_cost_of(load(LEARNS "group_by: [sector]\n"));
	cr_expect(not(c.has_firsts));
}
