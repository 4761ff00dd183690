#include "alert/rules.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

TestSuite(rules, .init = start, .fini = finish);

static enum vg_rc parse(const char *text)
{
	vg_rules_free(rules);
	rules = NULL;
	err.text[0] = '\0';
	return vg_rules_parse(&rules, plan, "r.yaml", text, strlen(text), &err);
}

/* The text is refused, with all of `want` in the message. */
static void refused(const char *text, const char *want)
{
	cr_assert(eq(int, parse(text), VG_INVAL), "%s", text);
	cr_assert(strstr(err.text, want) != NULL, "`%s` lacks `%s`", err.text,
		  want);
	cr_assert(eq(ptr, rules, NULL));
}

#define BASE                                                                   \
	"id: r1\n"                                                             \
	"title: T\n"                                                           \
	"group_by: [actor]\n"                                                  \
	"window: 6h\n"                                                         \
	"severity: 8\n"
#define COND "condition: {country: {distinct: 3}}\n"

Test(rules, read_the_short_form)
{
	cr_assert(eq(int,
		     parse(BASE "match: {category: [malicious-code], "
				"confidence: {gte: 40}}\n"
				"condition: {country: {distinct: 3}, "
				"origin: {distinct: 2}}\n"
				"description: words\ntags: [a, b]\n"
				"false_positives: none\n"),
		     VG_OK),
		  "%s", err.text);
	cr_assert(eq(sz, vg_rules_count(rules), 1));
	const struct vg_rule *r = vg_rule_at(rules, 0);
	cr_assert(eq(str, (char *)r->id, "r1"));
	cr_assert(eq(str, (char *)r->title, "T"));
	cr_assert(eq(str, (char *)r->file, "r.yaml"));
	cr_assert(eq(int, r->line, 1));
	cr_assert(eq(int, r->severity, 8));
	cr_assert(eq(i64, r->window_ms, 6 * 3600000));
	cr_assert(eq(i64, r->resolve_after_ms, r->window_ms));
	cr_assert(eq(uint, r->n_group, 1));
	cr_assert(vg_slice_eq(r->group[0], vg_slice_of("actor")));
	cr_assert(eq(uint, r->n_condition, 2));
	cr_assert(vg_slice_eq(r->condition[1].field, vg_slice_of("origin")));
	cr_assert(eq(i64, r->condition[0].at_least, 3));
	cr_assert(eq(i64, r->condition[1].at_least, 2));
	cr_assert(eq(sz, strlen(r->hash), 16));
}

Test(rules, ask_for_one_span_track_of_what_their_conditions_count)
{
	cr_assert(eq(int,
		     parse(BASE "condition: {country: {distinct: 3}, "
				"origin: {distinct: 2}}\n"),
		     VG_OK));
	cr_assert(eq(sz, vg_plan_tracks(plan), 1));
	const struct vg_rule *r = vg_rule_at(rules, 0);
	const struct vg_track *t = vg_plan_track(plan, r->condition[0].track);
	cr_assert(eq(int, t->kind, VG_TRACK_SPAN));
	cr_assert(eq(i64, t->window_ms, r->window_ms));
	cr_assert(eq(uint, t->n_value, 2));
	cr_assert(vg_slice_eq(t->value[0].name, vg_slice_of("country")));
	cr_assert(vg_slice_eq(t->value[1].name, vg_slice_of("origin")));
	cr_assert(eq(sz, r->condition[1].track, r->condition[0].track));
	cr_assert(eq(int, r->condition[0].piece, 0));
	cr_assert(eq(int, r->condition[1].piece, 1));
	cr_assert(vg_slice_eq(t->group[0].name, vg_slice_of("actor")));
	cr_assert(eq(uint, t->n_need, 0));
	cr_assert(eq(ptr, (void *)t->match, NULL));
}

Test(rules, that_need_the_same_track_share_it)
{
	cr_assert(eq(int,
		     parse("- {id: a, title: A, group_by: [actor], window: 1h, "
			   "condition: {country: {distinct: 2}}, severity: 1}\n"
			   "- {id: b, title: B, group_by: [actor], window: 1h, "
			   "condition: {country: {distinct: 5}}, severity: 2, "
			   "resolve_after: 0s}\n"),
		     VG_OK),
		  "%s", err.text);
	cr_assert(eq(sz, vg_rules_count(rules), 2));
	cr_assert(eq(sz, vg_plan_tracks(plan), 1));
	cr_assert(eq(sz, vg_rule_at(rules, 0)->condition[0].track,
		     vg_rule_at(rules, 1)->condition[0].track));
	cr_assert(eq(i64, vg_rule_at(rules, 1)->resolve_after_ms, 0));
	cr_assert(ne(str, (char *)vg_rule_at(rules, 0)->hash,
		     (char *)vg_rule_at(rules, 1)->hash));
}

Test(rules, may_not_be_called_as_the_built_in_one_is)
{
	refused("id: sensor-silent\ntitle: T\ngroup_by: [actor]\nwindow: 6h\n"
		"severity: 8\n" COND,
		"`sensor-silent` is built in; rename the rule");
}

Test(rules, come_from_several_documents)
{
	cr_assert(eq(int,
		     parse("---\n" BASE COND "---\nid: r2\ntitle: T\n"
			   "group_by: []\nwindow: 60\n" COND "severity: 1\n"),
		     VG_OK),
		  "%s", err.text);
	cr_assert(eq(sz, vg_rules_count(rules), 2));
	cr_assert(eq(uint, vg_rule_at(rules, 1)->n_group, 0));
	cr_assert(eq(i64, vg_rule_at(rules, 1)->window_ms, 60000));
}

Test(rules, read_the_form_with_a_type)
{
	cr_assert(eq(int,
		     parse(BASE "type: distinct\ndistinct: account\n"
				"condition: {gt: 4}\n"),
		     VG_OK),
		  "%s", err.text);
	cr_assert(eq(i64, vg_rule_at(rules, 0)->condition[0].at_least, 5));
	cr_assert(eq(int,
		     parse(BASE "type: distinct\ndistinct: [account, src]\n"
				"condition: {gte: 3}\n"),
		     VG_OK),
		  "%s", err.text);
	const struct vg_rule *r = vg_rule_at(rules, 0);
	cr_assert(
		vg_slice_eq(r->condition[0].field, vg_slice_of("account+src")));
	cr_assert(eq(uint, vg_plan_track(plan, r->condition[0].track)->n_value,
		     2));
}

Test(rules, change_their_hash_with_what_they_say_alone)
{
	char before[17];

	cr_assert(eq(int, parse(BASE COND), VG_OK));
	strcpy(before, vg_rule_at(rules, 0)->hash);
	cr_assert(eq(int, parse(COND BASE "tags: [x]\n"), VG_OK));
	cr_assert(eq(str, before, (char *)vg_rule_at(rules, 0)->hash));
	cr_assert(eq(int, parse(BASE COND "resolve_after: 1h\n"), VG_OK));
	cr_assert(ne(str, before, (char *)vg_rule_at(rules, 0)->hash));
	cr_assert(eq(int, parse(BASE COND "match: {tlp: RED}\n"), VG_OK));
	cr_assert(ne(str, before, (char *)vg_rule_at(rules, 0)->hash));
}

Test(rules, may_be_on_trial_and_are_then_another_rule)
{
	static const char *const say[] = {"", "shadow: false\n",
					  "shadow: true\n"};
	char hash[3][17], text[512];

	for (int i = 0; i < 3; i++) {
		(void)snprintf(text, sizeof text, "%s%s%s", BASE, COND, say[i]);
		cr_assert(eq(int, parse(text), VG_OK), "%s", err.text);
		cr_assert(eq(int, vg_rule_at(rules, 0)->shadow, i == 2));
		strcpy(hash[i], vg_rule_at(rules, 0)->hash);
	}
	cr_assert(eq(str, hash[0], hash[1]));
	cr_assert(ne(str, hash[0], hash[2]));
	refused(BASE COND "shadow: maybe\n", "`shadow` must be true or false");
	refused(BASE COND "shadow: [true]\n", "true or false");
}

Test(rules, with_an_unknown_key_are_refused_with_the_nearest)
{
	refused(BASE COND "sevrity: 3\n", "r.yaml:7: unknown key `sevrity`");
	refused(BASE COND "sevrity: 3\n", "did you mean `severity`?");
	refused(BASE COND "zzzzzzzzzz: 3\n", "remove it");
	refused(BASE "condition: {country: {distnct: 3}}\n",
		"did you mean `distinct`?");
	refused(BASE COND "match: {confidence: {gtee: 4}}\n",
		"did you mean `gt");
}

Test(rules, that_lack_something_say_what_to_add)
{
	refused("title: T\n", "r.yaml:1: the rule has no `id`");
	refused("id: a\n", "has no `title`");
	refused("id: a\ntitle: T\n", "add `group_by: [actor]`");
	refused("id: a\ntitle: T\ngroup_by: [x]\n", "has no `window`");
	refused("id: a\ntitle: T\ngroup_by: [x]\nwindow: 1h\n",
		"has no `severity`");
	refused(BASE, "has no `condition`");
	refused("", "holds no rule");
	refused("just text\n", "must be a map");
}

Test(rules, hold_k_within_1_to_1000)
{
	refused(BASE "condition: {country: {distinct: 0}}\n", "1 to 1000");
	refused(BASE "condition: {country: {distinct: 1001}}\n", "1 to 1000");
	refused(BASE "condition: {country: {distinct: 3x}}\n", "1 to 1000");
	refused(BASE "condition: {country: {distinct: [3]}}\n", "1 to 1000");
	cr_assert(eq(int, parse(BASE "condition: {country: {distinct: 1}}\n"),
		     VG_OK));
	cr_assert(eq(int,
		     parse(BASE "condition: {country: {distinct: 1000}}\n"),
		     VG_OK));
	/* With `type` it may be any number; spans alone do not answer it. */
	cr_assert(eq(int,
		     parse(BASE "type: distinct\ndistinct: a\n"
				"condition: {gt: 1000}\n"),
		     VG_OK));
	cr_assert(not(vg_rule_is_plain(vg_rule_at(rules, 0))));
}

Test(rules, hold_the_window_within_its_bounds)
{
#define WINDOW(w)                                                              \
	"id: a\ntitle: T\ngroup_by: [x]\nseverity: 1\nwindow: " w "\n" COND
	cr_assert(eq(int, parse(WINDOW("31d")), VG_OK));
	cr_assert(eq(int, parse(WINDOW("1ms")), VG_OK));
	refused(WINDOW("32d"), "`window` must be a duration");
	refused(WINDOW("0s"), "write it as 90s");
	refused(WINDOW("soon"), "r.yaml:5:");
	refused(BASE COND "resolve_after: -1s\n", "`resolve_after`");
	refused(BASE COND "resolve_after: 367d\n", "`resolve_after`");
}

Test(rules, hold_their_names_within_their_bounds)
{
	char id[66], text[400];

	memset(id, 'a', 65);
	id[65] = '\0';
	snprintf(text, sizeof text, "id: %s\ntitle: T\n", id);
	refused(text, "`id` must be 1 to 64");
	snprintf(text, sizeof text,
		 "id: %s\ntitle: T\ngroup_by: [x]\nwindow: 1h\nseverity: "
		 "1\n" COND,
		 id + 1);
	cr_assert(eq(int, parse(text), VG_OK), "%s", err.text);
	refused("id: Big\ntitle: T\n", "a-z, 0-9 and -");
	refused("id: a\ntitle: ''\n", "`title` must be");
	refused("id: a\ntitle: T\nseverity: 1\nwindow: 1h\n" COND
		"group_by: [a b]\n",
		"without spaces");
	refused("id: a\ntitle: T\nseverity: 1\nwindow: 1h\n" COND
		"group_by: [a, b, c, d, e]\n",
		"at most 4");
	refused("id: a\ntitle: T\nseverity: 1\nwindow: 1h\n" COND
		"group_by: [a, a]\n",
		"twice");
	refused("id: a\ntitle: T\nseverity: 11\nwindow: 1h\n" COND
		"group_by: [a]\n",
		"1 to 10");
}

Test(rules, refuse_conditions_that_make_no_sense)
{
	refused(BASE "condition: {}\n", "one or two fields");
	refused(BASE "condition: {a: {distinct: 1}, b: {distinct: 1}, "
		     "c: {distinct: 1}}\n",
		"one or two fields");
	refused(BASE "condition: {country: 3}\n", "{distinct: k}");
	refused(BASE "condition: {actor: {distinct: 3}}\n", "is in group_by");
	refused(BASE COND "distinct: country\n", "needs `type: distinct`");
	refused(BASE COND "type: spikes\n",
		"unknown `type`; the kinds there are: distinct ");
	refused(BASE "type: distinct\ndistinct: {a: b}\ncondition: {gte: 1}\n",
		"a field or a list");
	refused(BASE "type: distinct\ndistinct: a\ncondition: {at: 1}\n",
		"unknown key `at`");
}

Test(rules, refuse_matches_that_test_nothing)
{
	refused(BASE COND "match: [a]\n", "must be a map");
	refused(BASE COND "match: {a: []}\n", "1 to 1000 values");
	refused(BASE COND "match: {a: ['']}\n", "not empty");
	refused(BASE COND "match: {a: {}}\n", "tests nothing");
	refused(BASE COND "match: {a: {gte: many}}\n", "must be a number");
	refused(BASE COND "match: {a: {gte: inf}}\n", "must be a number");
	cr_assert(eq(int, parse(BASE COND "match: {}\n"), VG_OK));
}

Test(rules, with_one_id_twice_are_refused_with_both_places)
{
	refused("---\n" BASE COND "---\n" BASE COND, "r.yaml:2; rename one");
}

Test(rules, that_ship_are_good_and_in_their_files)
{
	char *files[] = {VG_SOURCE_DIR "/rules/cross-border-actor.yaml",
			 VG_SOURCE_DIR "/rules/cross-border-indicator.yaml"};

	cr_assert(eq(int, vg_rules_load(&rules, plan, NULL, files, 2, &err),
		     VG_OK),
		  "%s", err.text);
	cr_assert(eq(sz, vg_rules_count(rules), 2));
	cr_assert(eq(sz, vg_plan_tracks(plan), 2));
	cr_assert(eq(str, (char *)vg_rule_at(rules, 0)->id,
		     "cross-border-actor"));
	cr_assert(eq(int, vg_rule_at(rules, 1)->severity, 7));
}

Test(rules, are_loaded_all_or_none)
{
	char *files[] = {VG_SOURCE_DIR "/rules/cross-border-actor.yaml",
			 "/nowhere/x.yaml"};

	cr_assert(eq(int, vg_rules_load(&rules, plan, NULL, files, 2, &err),
		     VG_INVAL));
	cr_assert(eq(ptr, rules, NULL));
	cr_assert(strstr(err.text, "/nowhere/x.yaml") != NULL);
}
