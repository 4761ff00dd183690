#include "alert/rules.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

static struct vg_plan *plan;
static struct vg_rules *rules;
static struct vg_err err;

static void start(void)
{
	cr_assert(eq(int, vg_plan_new(&plan, &err), VG_OK));
}

static void finish(void)
{
	vg_rules_free(rules);
	vg_plan_free(plan);
}

TestSuite(rule_forms, .init = start, .fini = finish);

#define HEAD "{id: r, title: T, severity: 5, group_by: [g], "
#define ONE  HEAD "window: 10s, "

static enum vg_rc parse(const char *text)
{
	vg_rules_free(rules);
	rules = NULL;
	return vg_rules_parse_offline(&rules, plan, "r.yaml", text,
				      strlen(text), &err);
}

static const struct vg_rule *read(const char *text)
{
	cr_assert(eq(int, parse(text), VG_OK), "%s", err.text);
	return vg_rule_at(rules, 0);
}

static void refused(const char *text, const char *want)
{
	cr_assert(eq(int, parse(text), VG_INVAL), "%s", text);
	cr_assert(strstr(err.text, want) != NULL, "`%s` lacks `%s`", err.text,
		  want);
}

Test(rule_forms, read_bounds_of_every_kind)
{
	const struct vg_leaf *leaf =
		&read(ONE "type: event_count, condition: {gt: 1, gte: 2, lt: "
			  "9, lte: 8, eq: 3, neq: -0.5}}")
			 ->form.leaf[0];

	cr_assert(eq(int, leaf->kind, VG_KIND_EVENT_COUNT));
	cr_assert(eq(i64, leaf->window_ms, 10000));
	cr_assert(eq(uint, leaf->bounds.used, 63));
	cr_assert(eq(dbl, leaf->bounds.bound[VG_BOUND_NEQ], -0.5));
	refused(ONE "type: event_count}", "has no `condition`");
	refused(ONE "type: event_count, condition: {}}", "write {gte: 3}");
	refused(ONE "type: event_count, condition: {gte: many}}",
		"must be a number");
	refused(ONE "type: event_count, condition: {over: 3}}",
		"unknown key `over`");
}

Test(rule_forms, have_keys_of_their_own_alone)
{
	refused(ONE "type: event_count, condition: {gte: 1}, field: x}",
		"unknown key `field`");
	refused(ONE "type: silence, condition: {gte: 1}}",
		"unknown key `condition`");
	refused(ONE "type: spike, heigt: 3}", "did you mean `height`?");
	refused(ONE "type: new_value, distinct: c, history: 1d}",
		"unknown key `window`");
	refused(HEAD "type: new_value, distinct: c, history: 1d, for: 1m}",
		"unknown key `for`");
	refused(ONE "type: spikes, height: 3}", "the kinds there are: distinct "
						"event_count sum avg");
}

Test(rule_forms, read_numbers_of_a_field)
{
	const struct vg_rule *r =
		read(ONE "type: percentile, field: bytes, percentile: 99.5, "
			 "condition: {gte: 1}}");

	cr_assert(eq(int, r->take[0].what, VG_TAKE_NUMBER));
	cr_assert(vg_slice_eq(r->take[0].value[0].name, vg_slice_of("bytes")));
	cr_assert(eq(dbl, r->form.leaf[0].percentile, 99.5));
	r = read(ONE "type: percentile, field: b, condition: {gte: 1}}");
	cr_assert(eq(dbl, r->form.leaf[0].percentile, 50));
	refused(ONE "type: percentile, field: b, percentile: 100.1, "
		    "condition: {gte: 1}}",
		"from 0 to 100");
	refused(ONE "type: sum, condition: {gte: 1}}", "has no `field`");
}

Test(rule_forms, read_stages)
{
	const struct vg_rule *r = read(
		ONE "type: temporal, match: {stages: [{name: a, match: {k: 1}, "
		    "count: 5}, {name: b, match: {}}, {name: c, match: {k: 2}, "
		    "absent: true}]}}");
	const struct vg_leaf *leaf = &r->form.leaf[0];

	cr_assert(eq(uint, leaf->n_stage, 3));
	cr_assert(eq(uint, leaf->stage[0].count, 5));
	cr_assert(leaf->stage[2].absent);
	cr_assert(ne(ptr, (void *)r->take[0].part[0], NULL));
	cr_assert(eq(ptr, (void *)r->take[0].part[1], NULL));
	/* All of the stages that are to be there. */
	cr_assert(eq(dbl, leaf->bounds.bound[VG_BOUND_GTE], 2));
}

#define STAGES(s) ONE "type: temporal_ordered, match: {stages: [" s "]}}"

Test(rule_forms, refuse_stages_that_make_no_sense)
{
	refused(ONE "type: temporal, match: {k: 1}}", "unknown key `k`");
	refused(ONE "type: temporal}", "has no `match`");
	refused(STAGES(""), "1 to 16 stages");
	refused(STAGES("{match: {}}"), "needs a `name`");
	refused(STAGES("{name: a}, {name: a}"), "is there twice");
	refused(STAGES("{name: a, absent: true}"), "every stage is `absent`");
	refused(STAGES("{name: a, absent: yes}"), "true or false");
	refused(STAGES("{name: a}, {name: b, absent: true, count: 2}"),
		"has no `count`");
	refused(STAGES("{name: a, count: 0}"), "from 1 to 256");
	refused(STAGES("{name: a, count: 257}"), "from 1 to 256");
	cr_assert(eq(int, parse(STAGES("{name: a, count: 256}")), VG_OK));
	refused(STAGES("{name: a, count: 256}, {name: b}"),
		"more than 256 events");
}

Test(rule_forms, hold_sixteen_stages_and_no_more)
{
	char text[1024] = ONE "type: temporal, match: {stages: [";

	for (int i = 0; i < 16; i++)
		snprintf(text + strlen(text), sizeof text - strlen(text),
			 "%s{name: s%d}", i > 0 ? ", " : "", i);
	size_t n = strlen(text);
	snprintf(text + n, sizeof text - n, "]}}");
	cr_assert(eq(int, parse(text), VG_OK), "%s", err.text);
	snprintf(text + n, sizeof text - n, ", {name: s16}]}}");
	refused(text, "1 to 16 stages");
}

Test(rule_forms, read_what_breaks_a_chain)
{
	const struct vg_rule *r =
		read(ONE "type: temporal_ordered, until: {k: stop}, match: "
			 "{stages: [{name: a, match: {k: 1}}]}}");

	cr_assert(r->take[0].has_breaker);
	cr_assert(ne(ptr, (void *)r->take[0].breaker, NULL));
}

Test(rule_forms, read_a_spike)
{
	const struct vg_leaf *leaf =
		&read(ONE "type: spike, height: 1.5, direction: both, "
			  "reference: 1m, min_reference: 0, min_current: 7, "
			  "distinct: [a, b]}")
			 ->form.leaf[0];

	cr_assert(eq(uint, leaf->direction, VG_UP | VG_DOWN));
	cr_assert(eq(i64, leaf->reference_ms, 60000));
	cr_assert(eq(i64, leaf->min_reference, 0));
	cr_assert(eq(i64, leaf->min_current, 7));
	cr_assert(leaf->by_value);
	leaf = &read(ONE "type: spike, height: 3}")->form.leaf[0];
	cr_assert(eq(uint, leaf->direction, VG_UP));
	cr_assert(eq(i64, leaf->reference_ms, 10000));
	cr_assert(eq(i64, leaf->min_reference, 1));
	refused(ONE "type: spike}", "has no `height`");
	refused(ONE "type: spike, height: 0}", "`height` must be a number");
	refused(ONE "type: spike, height: 2, direction: sideways}",
		"up, down or both");
}

Test(rule_forms, read_a_ratio_a_new_value_and_a_baseline)
{
	const struct vg_rule *r =
		read(ONE "type: ratio, of: {k: a}, match: {v: bad}, bounds: "
			 "{gte: 0.1, lte: 0.9}, min_denominator: 4}");

	cr_assert(r->take[0].whole);
	cr_assert(eq(uint, r->take[0].n_part, 1));
	cr_assert(eq(i64, r->form.leaf[0].min_denominator, 4));
	r = read(HEAD "type: new_value, distinct: c, history: 366d, learn: "
		      "1d}");
	cr_assert(eq(i64, r->form.leaf[0].history_ms, r->window_ms));
	cr_assert(eq(i64, r->form.leaf[0].learn_ms, 86400000));
	refused(HEAD "type: new_value, distinct: c, history: 367d}",
		"`history` must be a duration");
	r = read(ONE "type: baseline, height: 3, weeks: 2}");
	cr_assert(eq(uint, r->form.leaf[0].weeks, 2));
	cr_assert(eq(i64, r->form.leaf[0].learn_ms, 14 * 86400000));
	refused(ONE "type: baseline, height: 3, weeks: 13}", "from 1 to 12");
	refused(ONE "type: baseline, height: 3, weeks: 1, learn: 14d}",
		"it would never hold");
}

Test(rule_forms, read_how_long_an_alert_lives)
{
	const struct vg_rule *r =
		read(ONE "type: silence, for: 5m, keep_firing: 1h, "
			 "resolve_after: 0s}");

	cr_assert(eq(i64, r->for_ms, 300000));
	cr_assert(eq(i64, r->keep_firing_ms, 3600000));
	cr_assert(eq(i64, r->resolve_after_ms, 0));
	refused(ONE "type: silence, for: 367d}", "`for` must be a duration");
}

Test(rule_forms, have_one_hash_in_both_uses)
{
	const char *text = ONE "type: distinct, distinct: c, condition: {gt: "
			       "3}, match: {a: b}}";
	char offline[17];

	strcpy(offline, read(text)->hash);
	vg_rules_free(rules);
	rules = NULL;
	cr_assert(eq(int,
		     vg_rules_parse(&rules, plan, "r.yaml", text, strlen(text),
				    &err),
		     VG_OK));
	cr_assert(eq(str, offline, (char *)vg_rule_at(rules, 0)->hash));
}

Test(rule_forms, change_their_hash_with_any_key_but_notes)
{
	char before[17];

	strcpy(before,
	       read(ONE "type: event_count, condition: {gte: 2}}")->hash);
	cr_assert(eq(str, before,
		     (char *)read(ONE "condition: {gte: 2}, tags: [x], type: "
				      "event_count}")
			     ->hash));
	cr_assert(ne(str, before,
		     (char *)read(ONE "type: event_count, condition: {gt: 2}}")
			     ->hash));
	cr_assert(ne(str, before,
		     (char *)read(ONE "type: event_count, condition: {gte: 2}, "
				      "for: 1s}")
			     ->hash));
}

/* Conditions of several tests. */
#define TREE(c) HEAD "window: 10s, condition: " c "}"

Test(rule_forms, read_conditions_of_several_tests)
{
	const struct vg_rule *r = read(
		TREE("{all: [{country: {distinct: 3, min_per_value: 2}}, {any: "
		     "[{partner: {max_share: 0.8}}, {events: {gte: 100}}]}, "
		     "{not: {bytes: {percentile: {gt: 5}, p: 99}}}]}"));
	const struct vg_form *f = &r->form;

	cr_assert(eq(uint, f->n_leaf, 4));
	cr_assert(eq(int, f->leaf[0].kind, VG_KIND_DISTINCT));
	cr_assert(eq(i64, f->leaf[0].min_per_value, 2));
	cr_assert(eq(int, f->leaf[1].kind, VG_KIND_SHARE));
	cr_assert(eq(dbl, f->leaf[1].bounds.bound[VG_BOUND_LTE], 0.8));
	cr_assert(eq(int, f->leaf[2].kind, VG_KIND_EVENT_COUNT));
	cr_assert(eq(dbl, f->leaf[3].percentile, 99));
	cr_assert(eq(int, f->node[0].type, VG_NODE_ALL));
	cr_assert(eq(uint, r->n_condition, 0));
}

Test(rule_forms, ask_for_as_many_sources_as_values)
{
	const struct vg_rule *r =
		read(TREE("{country: {distinct: {gte: 3}, independent: "
			  "true}}"));

	cr_assert(eq(uint, r->form.n_leaf, 2));
	cr_assert(vg_slice_eq(r->take[1].value[0].name, vg_slice_of("origin")));
	cr_assert(eq(dbl, r->form.leaf[1].bounds.bound[VG_BOUND_GTE], 3));
}

Test(rule_forms, refuse_conditions_that_make_no_sense)
{
	refused(TREE("{all: []}"), "must be lists");
	refused(TREE("{not: [{events: {gte: 1}}]}"), "`not` must be a map");
	refused(TREE("{all: [{}]}"), "must be a map of tests");
	refused(TREE("{events: {}}"), "write {gte: 3}");
	refused(TREE("{a: {distinct: 1, sum: {gte: 1}}}"), "needs one of");
	refused(TREE("{a: {max_share: 1.1}}"), "from 0 to 1");
	refused(TREE("{a: {sum: {gte: 1}, p: 5}}"), "is for `percentile`");
	refused(TREE("{a: {sum: {gte: 1}, min_per_value: 5}}"),
		"is for `distinct`");
	refused(TREE("{a: {max_share: 1, independent: true}}"),
		"beside `distinct`");
	refused(TREE("{any: [{a: {distnct: 1}}]}"), "did you mean `distinct`?");
}

Test(rule_forms, hold_eight_tests_and_no_more)
{
	char text[2048] = HEAD "window: 1h, condition: {all: [";

	for (int i = 0; i < 8; i++)
		snprintf(text + strlen(text), sizeof text - strlen(text),
			 "%s{f%d: {distinct: 2}}", i > 0 ? ", " : "", i);
	size_t n = strlen(text);
	snprintf(text + n, sizeof text - n, "]}}");
	cr_assert(eq(int, parse(text), VG_OK), "%s", err.text);
	snprintf(text + n, sizeof text - n, ", {f8: {distinct: 2}}]}}");
	refused(text, "more than 8 tests");
}

Test(rule_forms, hold_twenty_four_parts_and_no_more)
{
	/* One for the whole, one for `all`, three for each of seven. */
	char text[2048] = HEAD "window: 1h, condition: {all: [";

	for (int i = 0; i < 7; i++)
		snprintf(text + strlen(text), sizeof text - strlen(text),
			 "{not: {not: {f%d: {distinct: 2}}}}, ", i);
	size_t n = strlen(text);
	snprintf(text + n, sizeof text - n, "{f7: {distinct: 2}}]}}");
	cr_assert(eq(int, parse(text), VG_OK), "%s", err.text);
	snprintf(text + n, sizeof text - n,
		 "{not: {not: {f7: {distinct: 2}}}}]}}");
	refused(text, "more than 24 parts");
}

Test(rule_forms, weigh_partners)
{
	const struct vg_rule *r = read(
		ONE "type: event_count, condition: {gte: 3}, weights: {MA: 2, "
		    "US: 0.5}}");

	cr_assert(eq(int, r->form.leaf[0].kind, VG_KIND_SUM));
	cr_assert(eq(int, r->take[0].what, VG_TAKE_WEIGHT));
	cr_assert(eq(uint, r->take[0].n_weight, 2));
	cr_assert(eq(dbl, r->take[0].weight[1].weight, 0.5));
	refused(ONE "type: event_count, condition: {gte: 3}, weights: {}}",
		"`weights` must be a map");
	refused(ONE "type: event_count, condition: {gte: 3}, weights: {MA: "
		    "-1}}",
		"from 0 to 1000");
}

#define CHAIN(c)                                                               \
	"- {id: a, title: T, severity: 5, group_by: [g, h], window: 1h, "      \
	"condition: {c: {distinct: 2}}}\n- " ONE "type: chain, " c "}"

Test(rule_forms, chain_rules_that_come_before)
{
	cr_assert(eq(int, parse(CHAIN("rules: [a, a], ordered: true")), VG_OK),
		  "%s", err.text);
	const struct vg_rule *r = vg_rule_at(rules, 1);
	cr_assert(eq(int, r->form.leaf[0].kind, VG_KIND_TEMPORAL_ORDERED));
	cr_assert(eq(uint, r->n_chain, 2));
	cr_assert(eq(sz, r->chain[1].rule, 0));
	cr_assert(eq(dbl, r->form.leaf[0].bounds.bound[VG_BOUND_GTE], 2));
	refused(CHAIN("rules: []"), "a list of 1 to 16");
	refused(CHAIN("rules: [r]"), "come before this one");
	refused(CHAIN("rules: [a], ordered: maybe"), "true or false");
	refused("- {id: a, title: T, severity: 5, group_by: [h], window: 1h, "
		"condition: {c: {distinct: 2}}}\n- " ONE
		"type: chain, rules: [a]}",
		"does not group by `g`");
}

static bool warned(const char *text, const char *what)
{
	(void)read(text);
	return strstr(vg_rules_warnings(rules), what) != NULL;
}

#define COUNT(c) ONE "type: event_count, condition: " c "}"

Test(rule_forms, warn_of_conditions_that_never_hold)
{
	static const char *const never[] = {
		COUNT("{gt: 5, lt: 6}"),
		COUNT("{lt: 0}"),
		COUNT("{eq: 2, neq: 2}"),
		COUNT("{eq: 2.5}"),
		COUNT("{gte: 3, lte: 2}"),
		COUNT("{gte: 2, lte: 2, neq: 2}"),
		ONE "type: distinct, distinct: g, condition: {gte: 2}}",
		ONE "type: sum, field: x, condition: {gt: 1, lt: 1}}",
		ONE "type: avg, field: x, condition: {gte: 1, lt: 1}}",
		ONE "type: ratio, match: {}, bounds: {gte: 0, lte: 1}}",
		ONE "type: temporal, condition: {gte: 2}, match: {stages: "
		    "[{name: a}, {name: b, absent: true}]}}"};
	static const char *const sound[] = {
		COUNT("{gt: 5, lt: 7}"),
		COUNT("{eq: 0}"),
		COUNT("{gte: 2, lte: 3, neq: 2}"),
		ONE "type: distinct, distinct: [g, c], condition: {gte: 2}}",
		ONE "type: sum, field: x, condition: {gte: 1, lte: 1}}",
		ONE "type: ratio, match: {}, bounds: {gt: 0, lte: 1}}",
		ONE "type: temporal, condition: {gte: 1}, match: {stages: "
		    "[{name: a}, {name: b, absent: true}]}}"};

	for (size_t i = 0; i < sizeof never / sizeof never[0]; i++)
		cr_assert(warned(never[i], "never holds"), "%s", never[i]);
	for (size_t i = 0; i < sizeof sound / sizeof sound[0]; i++)
		cr_assert(not(warned(sound[i], "hold")), "%s: %s", sound[i],
			  vg_rules_warnings(rules));
}

Test(rule_forms, warn_of_conditions_that_always_hold)
{
	cr_assert(warned(COUNT("{gte: 0}"), "holds whatever comes"));
	cr_assert(warned(COUNT("{neq: -1}"), "holds whatever comes"));
	cr_assert(not(warned(COUNT("{gt: 0}"), "holds whatever")));
}

Test(rule_forms, warn_of_groups_without_number)
{
#define BY(field, more)                                                        \
	"{id: r, title: T, severity: 5, window: 1h, condition: {c: "           \
	"{distinct: 2}}, group_by: [" field "]" more "}"
	cr_assert(warned(BY("indicator", ""), "groups every event by"));
	cr_assert(warned(BY("source.ip", ""), "groups every event by"));
	cr_assert(warned(BY("src_ip", ""), "groups every event by"));
	cr_assert(not(warned(BY("ship", ""), "groups every event by")));
	cr_assert(not(warned(BY("indicator", ", match: {tlp: RED}"),
			     "groups every event by")));
}
