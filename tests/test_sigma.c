/* Documents of Sigma: what their detections find, what their correlations
 * become, and with which words they are refused. */
#include "aggregate/match.h"
#include "alert/replay.h"
#include "alert/rules.h"
#include "alert/sigma_text.h"
#include "core/limits.h"
#include "core/vocab.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct vg_plan *plan;
static struct vg_rules *rules;
static struct vg_event event;
static struct vg_field_values values;
static struct vg_err err;
static char text[1 << 18];

static void field(const char *name, const char *value)
{
	event.field[event.n_field++] = (struct vg_field){
		vg_slice_of(name), vg_slice_of(value), VG_SCALAR_STRING, 0};
}

static void number(const char *name, double v)
{
	event.field[event.n_field++] =
		(struct vg_field){vg_slice_of(name), {0}, VG_SCALAR_NUMBER, v};
}

static void start(void)
{
	values.scratch = malloc(VG_FIELD_SCRATCH);
	event = (struct vg_event){
		.sensor = vg_slice_of("s1"),
		.country = vg_slice_of("MA"),
		.sensor_kind = -1,
		.category =
			vg_vocab_find(VG_VOCAB_CATEGORY, vg_slice_of("fraud")),
		.sector = -1,
		.severity = 7,
		.confidence = 50,
		.count = 1,
		.n_actor = 1};
	event.actor[0].name = vg_slice_of("APT1");
}

static void finish(void)
{
	free(values.scratch);
	vg_rules_free(rules);
	vg_plan_free(plan);
}

TestSuite(sigma, .init = start, .fini = finish);

static enum vg_rc load(const char *yaml, bool offline)
{
	vg_rules_free(rules);
	vg_plan_free(plan);
	rules = NULL;
	plan = NULL;
	err.text[0] = '\0';
	cr_assert(vg_plan_new(&plan, NULL) == VG_OK);
	return (offline ? vg_rules_parse_offline : vg_rules_parse)(
		&rules, plan, "r.yml", yaml, strlen(yaml), &err);
}

static const char *of_detection(const char *detection)
{
	snprintf(text, sizeof text,
		 "title: Base\nname: base\ndetection:\n%s\n"
		 "---\ntitle: Many\nname: many\nlevel: high\n"
		 "correlation:\n  type: event_count\n  rules: [base]\n"
		 "  group-by: [sensor]\n  timespan: 10m\n"
		 "  condition: {gte: 2}\n",
		 detection);
	return text;
}

/* Whether the detection finds the event. */
static bool finds(const char *detection)
{
	cr_assert(load(of_detection(detection), false) == VG_OK, "%s: %s",
		  detection, err.text);
	const struct vg_track *t =
		vg_plan_track(plan, vg_rule_at(rules, 0)->condition[0].track);
	return vg_match_test(t->match, &event, vg_slice_of("MA"), &values);
}

/* The same of one line of one selection. */
static bool fits(const char *line)
{
	char detection[4096];

	snprintf(detection, sizeof detection,
		 "  selection:\n    %s\n  condition: selection", line);
	return finds(detection);
}

#define YES(line) cr_assert(fits(line), "%s", line)
#define NO(line)  cr_assert(not(fits(line)), "%s", line)

static void is_refused(const char *yaml, const char *why)
{
	enum vg_rc rc = load(yaml, true);

	cr_assert(rc == VG_INVAL, "accepted: %s", yaml);
	cr_assert(strncmp(err.text, "r.yml:", 6) == 0, "%s", err.text);
	cr_assert(strstr(err.text, why) != NULL, "%s: not %s", err.text, why);
}

static void line_is_refused(const char *line, const char *why)
{
	char detection[4096];

	snprintf(detection, sizeof detection,
		 "  selection:\n    %s\n  condition: selection", line);
	is_refused(of_detection(detection), why);
}

Test(sigma, values_ignore_case_unless_they_are_cased)
{
	field("user.name", "Root");
	YES("user.name: root");
	YES("user.name: [nobody, ROOT]");
	NO("user.name|cased: root");
	YES("user.name|cased: Root");
	NO("user.name: roo");
	NO("other: root");
}

Test(sigma, wildcards_and_their_escapes_are_those_of_the_spec)
{
	field("path", "C:\\dir\\a*b.exe");
	YES("path: 'C:\\dir\\a*b.exe'");
	YES("path: '*\\a?b.exe'");
	YES("path: 'C:\\dir\\a\\*b.exe'");
	NO("path: 'C:\\dir\\a\\?b.exe'");
	YES("path: 'c:\\\\dir\\\\*.EXE'"); /* \\ before text is one \ */
	YES("path: 'C:\\dir\\\\*'");	   /* \\* is a \ and a wildcard */
	NO("path: 'C:\\dir\\*'");	   /* \* is a star */
	YES("path|endswith: '\\a\\*b.exe'");
	YES("path|contains: 'dir\\'");
	YES("path|startswith: 'C:\\'");
	YES("path|contains: 'd?r'");
}

Test(sigma, numbers_and_words_compare_as_texts)
{
	number("event.code", 4625);
	field("win.code", "4625");
	field("flag", "true");
	YES("event.code: 4625");
	YES("win.code: 4625");
	YES("event.code: '4625'");
	YES("EventID: 4625"); /* its name in ECS */
	NO("event.code: 462");
	YES("event.code: 46*");
	YES("flag: TRUE");
	YES("severity: 7");
	YES("category: Fraud");
	YES("actor: apt1");
}

Test(sigma, all_wants_each_value_of_a_list)
{
	field("CommandLine", "cmd /c whoami -all");
	YES("CommandLine|contains: [whoami, ipconfig]");
	NO("CommandLine|contains|all: [whoami, ipconfig]");
	YES("CommandLine|contains|all: [whoami, '-all']");
	YES("CommandLine|all|contains: [whoami, '-all']");
	YES("CommandLine|re|all: ['who.mi', '^cmd']");
	NO("CommandLine|re|all: ['who.mi', '^whoami']");
}

Test(sigma, a_taxonomy_name_is_looked_up_under_its_ecs_name_too)
{
	field("process.command_line", "whoami");
	YES("CommandLine: whoami");
	NO("CommandLine: null");
	YES("CommandLine|exists: true");
	NO("CommandLine|exists: false");
	field("Image", "a.exe");
	YES("Image: a.exe");
}

Test(sigma, null_and_empty_are_a_field_that_is_not_there)
{
	field("here", "x");
	field("empty", "");
	YES("gone: null");
	YES("gone: ~");
	YES("gone:");
	YES("empty: ''");
	NO("here: null");
	YES("here: [x, null]");
	YES("gone: [x, null]");
	YES("gone|exists: false");
	NO("gone|exists: true");
	NO("empty|exists: true");
	YES("Image: null"); /* neither of its names */
	line_is_refused("here|contains: ''", "empty value goes with no");
}

Test(sigma, neq_is_the_negation_of_the_line)
{
	field("proto", "tcp");
	YES("proto|neq: udp");
	NO("proto|neq: TCP");
	NO("proto|neq: [udp, tcp]");
	YES("gone|neq: tcp");
	YES("proto|contains|neq: u");
	NO("proto|contains|neq: c");
}

Test(sigma, numbers_compare_only_with_numbers)
{
	number("bytes", 100);
	field("text", "100");
	YES("bytes|gt: 99");
	NO("bytes|gt: 100");
	YES("bytes|gte: 100");
	YES("bytes|lt: 100.5");
	NO("bytes|lte: 99");
	NO("text|gte: 1");
	line_is_refused("bytes|gt: many", "take a number");
}

Test(sigma, regular_expressions_are_cased_and_found_anywhere)
{
	field("url", "http://Bad.example/a\nline two");
	YES("url|re: 'Bad\\.ex'");
	NO("url|re: 'bad\\.ex'");
	YES("url|re|i: 'bad\\.ex'");
	NO("url|re: '^line'");
	YES("url|re|m: '^line'");
	NO("url|re: 'a.line'");
	YES("url|re|s: 'a.line'");
	YES("url|re|i|m|s: '^LINE.TWO$'");
	line_is_refused("url|re: '('", "missing");
	line_is_refused("url|i: a", "must come after `re`");
	line_is_refused("url|contains|re: a", "remove what comes before");
	line_is_refused("url|re|contains: a", "does not go behind");
}

Test(sigma, networks_hold_addresses_of_both_families)
{
	field("source.ip", "192.0.2.7");
	YES("source.ip|cidr: 192.0.2.0/24");
	YES("SourceIp|cidr: [10.0.0.0/8, 192.0.2.0/24]");
	NO("source.ip|cidr: 2001:db8::/32");
	line_is_refused("source.ip|cidr: 192.0.2.7/24", "behind its length");
}

Test(sigma, fieldref_compares_two_fields_of_the_event)
{
	field("user.name", "Bob");
	field("target", "bob@example.com");
	field("same", "BOB");
	YES("user.name|fieldref: same");
	NO("user.name|fieldref: target");
	NO("user.name|cased|fieldref: same");
	YES("target|startswith|fieldref: user.name");
	YES("target|fieldref|startswith: User");
	NO("target|fieldref|endswith: user.name");
	NO("user.name|fieldref: gone");
	NO("gone|fieldref: gone");
	YES("user.name|fieldref|neq: target");
	YES("user.name|fieldref: [target, same]");
}

Test(sigma, windash_comes_before_contains)
{
	field("a", "cmd /flag");
	field("b", "cmd \xe2\x80\x93"
		   "flag");
	field("c", "my-flag");
	YES("a|windash|contains: ' -flag'");
	YES("b|windash|contains: ' -flag'");
	YES("b|windash|contains: ' /flag'");
	NO("c|windash|contains: ' -flag'");
	YES("c|windash|contains: 'my-flag'"); /* within a word it is itself */
	NO("c|windash|contains: 'my/flag'");
	YES("a|windash|contains|all: [cmd, '-flag']");
}

Test(sigma, base64_finds_what_is_encoded)
{
	field("plain", "Zm9vYmFy");	     /* foobar */
	field("inside", "eHhmb29iYXJ5eQ=="); /* xxfoobaryy */
	field("wide", "ZgBvAG8AYgBhAHIA");   /* f.o.o.b.a.r. */
	field("big", "AGYAbwBvAGIAYQBy");
	field("mark", "//5mAG8A");
	YES("plain|base64: foobar");
	NO("inside|base64|contains: foobar");
	YES("inside|base64offset|contains: foobar");
	YES("plain|base64offset|contains: foobar");
	NO("inside|base64offset|contains: fuubar");
	YES("wide|wide|base64: foobar");
	YES("wide|utf16le|base64: foobar");
	YES("wide|wide|base64offset|contains: oba");
	YES("big|utf16be|base64: foobar");
	YES("mark|utf16|base64|startswith: fo");
	line_is_refused("a|base64: 'a*'", "wildcard has no Base64");
	line_is_refused("a|wide: a", "put base64");
	line_is_refused("a|contains|base64: a", "does not go behind");
}

Test(sigma, each_offset_of_base64_is_what_every_surrounding_leaves)
{
	struct vg_buf in = {.n = 0};
	const char *want[] = {"Zm9vYmFy", "Zvb2Jhc", "mb29iYX"};

	vg_buf_str(&in, "foobar");
	for (int shift = 0; shift < VG_SIGMA_SHIFTS; shift++) {
		struct vg_buf out = {.n = 0};

		vg_sigma_text_base64(&out, &in, shift);
		vg_buf_add(&out, "", 1);
		cr_assert(eq(str, out.p, (char *)want[shift]));
		vg_buf_term(&out);
	}
	vg_buf_term(&in);
}

Test(sigma, keywords_are_sought_in_every_value)
{
	field("message", "run Mimikatz now");
	field("other", "sekurlsa::logonpasswords");
	YES("- mimikatz");
	YES("- 'SEKURLSA::*'");
	YES("- apt1");
	NO("- nothing");
	YES("'|all': [mimikatz, sekurlsa]");
	NO("'|all': [mimikatz, nothing]");
	cr_assert(finds("  keywords: [nothing, mimikatz]\n"
			"  condition: keywords"));
	line_is_refused("- ''", "empty keyword");
	line_is_refused("'|gt': 5", "needs a field");
}

Test(sigma, a_list_of_maps_is_any_of_them_and_a_map_all)
{
	field("a", "1");
	field("b", "2");
	YES("- {a: 1, b: 3}\n    - {b: 2}");
	NO("- {a: 1, b: 3}\n    - {b: 1}");
	YES("- {a: 9}\n    - nothing\n    - {b|contains|all: [2]}");
	NO("- {a: 9}\n    - {b|contains|all: [2, 3]}");
	NO("{a: 1, b: 3}");
	YES("{a: 1, b: 2}");
}

static bool says(const char *condition)
{
	char detection[1024];

	snprintf(detection, sizeof detection,
		 "  yes1: {a: 1}\n  yes2: {a: 1}\n  no1: {a: 2}\n"
		 "  no2: {a: 2}\n  _hidden: {a: 2}\n  condition: %s",
		 condition);
	return finds(detection);
}

Test(sigma, the_condition_binds_not_before_and_before_or)
{
	field("a", "1");
	cr_assert(says("yes1"));
	cr_assert(not(says("no1")));
	cr_assert(says("yes1 or no1 and no2"));
	cr_assert(not(says("(yes1 or no1) and no2")));
	cr_assert(says("not no1 and yes1"));
	cr_assert(not(says("not (no1 or yes1)")));
	cr_assert(says("not not yes1"));
	cr_assert(says("NOT no1 AND yes1"));
	cr_assert(says("not no1 and not no2"));
	cr_assert(says("not (no1 and yes1)"));
	cr_assert(not(says("not yes1 or not yes2")));
}

Test(sigma, one_or_all_of_several_selections)
{
	field("a", "1");
	cr_assert(says("1 of them"));
	cr_assert(not(says("all of them")));
	cr_assert(says("all of yes*"));
	cr_assert(says("any of *1"));
	cr_assert(not(says("all of *1")));
	cr_assert(says("1 of yes* and not 1 of no*"));
	cr_assert(not(says("1 of _*")));
	cr_assert(says("all of yes1"));
	cr_assert(says("[no1, yes1]")); /* several conditions: one of them */
	cr_assert(not(says("[no1, no2]")));
}

Test(sigma, them_leaves_out_what_begins_with_an_underscore)
{
	field("a", "2");
	cr_assert(says("all of no* and 1 of them"));
	field("b", "1");
	cr_assert(finds("  s: {b: 1}\n  _t: {b: 2}\n"
			"  condition: all of them"));
}

static void condition_is_refused(const char *condition, const char *why)
{
	char detection[8192];

	snprintf(detection, sizeof detection, "  yes1: {a: 1}\n  condition: %s",
		 condition);
	is_refused(of_detection(detection), why);
}

Test(sigma, a_bad_condition_is_refused_with_its_column)
{
	condition_is_refused("yes1 and", "ends too soon");
	condition_is_refused("yes1 yes1", "column 6, `yes1`");
	condition_is_refused("yes2", "column 1, `yes2`: no selection");
	condition_is_refused("(yes1", "here must be )");
	condition_is_refused("yes1)", "column 5, `)`");
	condition_is_refused("1 of no*", "no selection is called so");
	condition_is_refused("2 of yes*", "only `1 of`");
	condition_is_refused("yes1 | count() > 5", "nothing is expected");
	condition_is_refused("'| count() > 5'", "write a correlation");
	condition_is_refused("and yes1", "here must be a selection");
	condition_is_refused("condition", "no selection is called so");
	condition_is_refused("{a: b}", "must be text");
	is_refused(of_detection("  s: {a: 1}"), "needs a condition");
	is_refused(of_detection("  s: {a: 1}\n  timeframe: 5m\n"
				"  condition: s"),
		   "`timeframe` is no more");
	is_refused(of_detection("  s: {}\n  condition: s"),
		   "selection is empty");
}

Test(sigma, a_condition_nests_so_deep_and_no_deeper)
{
	char deep[4 * 64];

	for (int n = 31; n <= 32; n++) {
		memset(deep, '(', (size_t)n);
		snprintf(deep + n, sizeof deep - (size_t)n, "yes1%.*s", n,
			 "))))))))))))))))))))))))))))))))");
		if (n < 32)
			cr_assert(says(deep) == false);
		else
			condition_is_refused(deep, "nest too deep");
	}
}

Test(sigma, modifiers_that_are_not_read_are_refused_with_the_reason)
{
	line_is_refused("a|expand: '%x%'", "placeholders are not filled in");
	line_is_refused("a|hour: 5", "no part of a time");
	line_is_refused("a|nonsense: 5", "`nonsense` is no modifier");
	line_is_refused("a|exists: maybe", "takes true or false");
	line_is_refused("a: {b: 1}", "must be a value");
	line_is_refused("a: []", "must be a value");
	line_is_refused("a: [[1]]", "must be a text");
	line_is_refused("a|re|cased: x", "`cased` is for texts");
}

/* Correlations. */

static const char bases[] = "title: A\nname: a\nid: 0a\ndetection:\n"
			    "  s: {kind: a}\n  condition: s\n---\n"
			    "title: B\nname: b\ndetection:\n"
			    "  s: {kind: b}\n  condition: s\n---\n";

static const char *with_bases(const char *head, const char *correlation)
{
	snprintf(text, sizeof text,
		 "%stitle: C\nname: c_one\n%scorrelation: {%s}\n", bases, head,
		 correlation);
	return text;
}

static const struct vg_rule *rule_of(const char *correlation)
{
	cr_assert(load(with_bases("", correlation), true) == VG_OK, "%s: %s",
		  correlation, err.text);
	return vg_rule_at(rules, vg_rules_count(rules) - 1);
}

Test(sigma, each_type_of_correlation_is_a_kind_of_rule)
{
	static const struct {
		const char *says, *type;
	} row[] = {
		{"type: event_count, condition: {gt: 1, lte: 5}",
		 "event_count"},
		{"type: value_count, condition: {field: x, gte: 3}",
		 "distinct"},
		{"type: value_count, condition: {field: [x, y], gte: 3}",
		 "distinct"},
		{"type: value_sum, condition: {field: x, gte: 3}", "sum"},
		{"type: value_avg, condition: {field: x, gte: 3}", "avg"},
		{"type: value_percentile, condition: {field: x, lte: 1}",
		 "percentile"},
		{"type: value_median, condition: {field: x, lte: 1}",
		 "percentile"},
		{"type: temporal", "temporal"},
		{"type: temporal_ordered", "temporal_ordered"},
	};
	char c[256];

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		snprintf(c, sizeof c,
			 "rules: [a, b], group-by: [u], timespan: 2h, %s",
			 row[i].says);
		const struct vg_rule *r = rule_of(c);

		cr_assert(eq(str, (char *)r->type, (char *)row[i].type));
		cr_assert(eq(i64, r->window_ms, 7200000));
		cr_assert(eq(uint, r->n_group, 1));
		cr_assert(eq(str, (char *)r->id, "c-one"));
		/* As it is served, too. */
		cr_assert(load(with_bases("", c), false) == VG_OK, "%s",
			  err.text);
	}
}

Test(sigma, percentiles_have_a_rank_and_the_median_is_fifty)
{
	const struct vg_rule *r =
		rule_of("type: value_percentile, rules: [a], timespan: 1h, "
			"condition: {field: x, percentile: 95, gt: 1}");

	cr_assert(eq(dbl, r->form.leaf[0].percentile, 95));
	cr_assert(eq(uint, r->n_group, 0)); /* group-by may be left out */
	r = rule_of("type: value_median, rules: [a], timespan: 1h, "
		    "condition: {field: x, gt: 1}");
	cr_assert(eq(dbl, r->form.leaf[0].percentile, 50));
}

Test(sigma, temporal_without_a_condition_is_all_rules)
{
	const struct vg_rule *r =
		rule_of("type: temporal, rules: [a, b], timespan: 1h");

	cr_assert(eq(dbl, r->form.leaf[0].bounds.bound[VG_BOUND_GTE], 2));
	r = rule_of("type: temporal, rules: [a, b], timespan: 1h, "
		    "condition: {gte: 1}");
	cr_assert(eq(dbl, r->form.leaf[0].bounds.bound[VG_BOUND_GTE], 1));
}

Test(sigma, level_is_severity_and_the_rest_is_for_people)
{
	static const struct {
		const char *level;
		int severity;
	} row[] = {{"informational", 1},
		   {"low", 3},
		   {"medium", 5},
		   {"high", 8},
		   {"critical", 10}};
	char head[256];

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		snprintf(head, sizeof head,
			 "level: %s\ntags: [attack.t1110.001, attack.g0007]\n"
			 "falsepositives: [Unlikely]\nstatus: test\n"
			 "author: somebody\ndate: 2026-01-01\n",
			 row[i].level);
		cr_assert(load(with_bases(head, "type: temporal, rules: [a], "
						"timespan: 1d"),
			       true) == VG_OK,
			  "%s", err.text);
		cr_assert(eq(int, vg_rule_at(rules, 0)->severity,
			     row[i].severity));
	}
	is_refused(with_bases("level: bad\n",
			      "type: temporal, rules: [a], timespan: 1d"),
		   "`level` must be informational");
}

static void correlation_is_refused(const char *correlation, const char *why)
{
	is_refused(with_bases("", correlation), why);
}

Test(sigma, a_bad_correlation_is_refused_with_the_reason)
{
	correlation_is_refused("type: x, rules: [a], timespan: 1h",
			       "`type` must be event_count");
	correlation_is_refused("rules: [a], timespan: 1h", "`type` must be");
	correlation_is_refused("type: temporal, rules: [z], timespan: 1h",
			       "`z` is the id or name of no rule");
	correlation_is_refused("type: temporal, timespan: 1h",
			       "`rules` must be a list");
	correlation_is_refused("type: temporal, rules: [a]",
			       "`timespan` must be a number");
	correlation_is_refused("type: temporal, rules: [a], timespan: 1M",
			       "of no fixed length");
	correlation_is_refused("type: temporal, rules: [a], timespan: 1x",
			       "is in s, m, h, d or w");
	correlation_is_refused("type: temporal, rules: [a], timespan: 9w",
			       "31d");
	correlation_is_refused("type: event_count, rules: [a], timespan: 1h",
			       "`condition` must be a map");
	correlation_is_refused("type: value_count, rules: [a], timespan: 1h, "
			       "condition: {gte: 2}",
			       "needs the field that it counts");
	correlation_is_refused("type: value_sum, rules: [a], timespan: 1h, "
			       "condition: {field: [x, y], gte: 2}",
			       "numbers are of one field");
	correlation_is_refused("type: event_count, rules: [a], timespan: 1h, "
			       "condition: {gte: 2, percent: 5}",
			       "percent");
	correlation_is_refused("type: temporal, rules: [a], timespan: 1h, "
			       "window: session",
			       "window");
	correlation_is_refused("type: temporal, rules: [c_one], timespan: 1h",
			       "counts itself");
	correlation_is_refused("type: temporal, rules: [a], timespan: 1h, "
			       "generate: perhaps",
			       "must be true or false");
	is_refused("title: A\nname: a\ndetection: {s: {x: 1}, condition: s}\n",
		   "a Sigma detection alone");
	is_refused("title: F\nfilter: {rules: [a]}\n", "filters are not read");
	is_refused("title: C\ncorrelation: {type: temporal}\n",
		   "needs `id` or `name`");
	is_refused("title: C\nname: a\ncorrelation: {}\ndetection: {}\n",
		   "make two of it");
	snprintf(text, sizeof text,
		 "%stitle: A\nname: a\ndetection: {s: {x: 1}, condition: s}\n",
		 bases);
	is_refused(text, "`a` is already at r.yml:1");
}

Test(sigma, rules_are_named_by_id_or_by_name)
{
	(void)rule_of("type: event_count, rules: 0a, timespan: 1h, "
		      "condition: {gte: 2}");
	(void)rule_of("type: event_count, rules: [0a, b], timespan: 1h, "
		      "condition: {gte: 2}");
}

Test(sigma, generate_makes_rules_of_the_detections)
{
	(void)rule_of("type: temporal, rules: [a, b], timespan: 1h, "
		      "group-by: [u], generate: true");
	cr_assert(eq(sz, vg_rules_count(rules), 3));
	cr_assert(eq(str, (char *)vg_rule_at(rules, 1)->id, "0a"));
	cr_assert(eq(str, (char *)vg_rule_at(rules, 1)->type, "event_count"));
	(void)rule_of("type: temporal, rules: [a, b], timespan: 1h");
	cr_assert(eq(sz, vg_rules_count(rules), 1));
}

Test(sigma, what_raises_nothing_is_warned_of)
{
	(void)rule_of("type: temporal, rules: [a], timespan: 1h");
	cr_assert(strstr(vg_rules_warnings(rules), "it raises nothing") !=
		  NULL);
	cr_assert(load(with_bases("status: deprecated\n",
				  "type: temporal, rules: [a, b], timespan: "
				  "1h"),
		       true) == VG_OK);
	cr_assert(strstr(vg_rules_warnings(rules), "says that it is "
						   "deprecated") != NULL);
}

/* What rules answer of events. */

static struct vg_replay *replay;

static void happens(int64_t t_s, const char *const *name_value)
{
	struct vg_event before = event;

	event.time_ms = t_s * 1000;
	for (; *name_value != NULL; name_value += 2)
		field(name_value[0], name_value[1]);
	cr_assert(vg_replay_add(replay, &event, vg_slice_of("MA"), NULL) ==
		  VG_OK);
	event = before;
}

#define AT(t, ...) happens(t, (const char *const[]){__VA_ARGS__, NULL})

static char told[4096];

static enum vg_rc tell(void *arg, const struct vg_replayed *a, struct vg_err *e)
{
	size_t n = strlen(told);

	(void)arg;
	(void)e;
	snprintf(told + n, sizeof told - n, "%s %.*s %lld %g;", a->rule->id,
		 (int)a->group.n, a->group.p,
		 (long long)(a->span.start_ms / 1000), a->span.peak);
	return VG_OK;
}

static const char *answer(void)
{
	told[0] = '\0';
	cr_assert(vg_replay_run(replay, 1000000000, tell, NULL, NULL) == VG_OK);
	vg_replay_free(replay);
	replay = NULL;
	return told;
}

static void ask(const char *yaml)
{
	cr_assert(load(yaml, true) == VG_OK, "%s", err.text);
	cr_assert(vg_replay_new(&replay, rules, NULL) == VG_OK);
}

static const char by_alias[] =
	"title: E\nname: internal_error\ndetection:\n"
	"  s: {kind: error}\n  condition: s\n---\n"
	"title: N\nname: connection\ndetection:\n"
	"  s: {kind: conn}\n  condition: s\n---\n"
	"title: C\nname: c\ncorrelation:\n  type: temporal\n"
	"  rules: [internal_error, connection]\n"
	"  group-by: [internal_ip, remote_ip]\n  timespan: 10s\n"
	"  aliases:\n"
	"    internal_ip: {internal_error: dst, connection: src}\n"
	"    remote_ip: {internal_error: src, connection: dst}\n";

Test(sigma, an_alias_is_the_field_of_the_rule_that_finds_the_event)
{
	ask(by_alias);
	AT(1, "kind", "error", "src", "R", "dst", "I");
	AT(3, "kind", "conn", "src", "I", "dst", "R");
	AT(5, "kind", "conn", "src", "R", "dst", "I"); /* the other way */
	cr_assert(strstr(answer(), " 3 2;") != NULL, "%s", told);
	cr_assert(strchr(strchr(told, ';') + 1, ';') == NULL, "%s", told);
}

Test(sigma, an_event_of_two_rules_is_in_both_of_its_groups)
{
	ask("title: A\nname: a\ndetection: {s: {x: '*'}, condition: s}\n---\n"
	    "title: B\nname: b\ndetection: {s: {y: '*'}, condition: s}\n---\n"
	    "title: C\nname: c\ncorrelation:\n  type: event_count\n"
	    "  rules: [a, b]\n  group-by: [who]\n  timespan: 10s\n"
	    "  condition: {gte: 2}\n"
	    "  aliases: {who: {a: x, b: y}}\n");
	AT(1, "x", "p", "y", "q");
	AT(2, "x", "q", "y", "q"); /* equal ones are one */
	cr_assert(eq(str, (char *)answer(), "c q 2 2;"));
}

Test(sigma, a_bad_alias_is_refused_with_the_reason)
{
	correlation_is_refused("type: temporal, rules: [a, b], timespan: 1h, "
			       "group-by: [w], aliases: {w: {a: x}}",
			       "says nothing of rule `b`");
	correlation_is_refused("type: temporal, rules: [a], timespan: 1h, "
			       "group-by: [w], aliases: {w: {a: x, b: y}}",
			       "is not among the `rules`");
	correlation_is_refused("type: temporal, rules: [a], timespan: 1h, "
			       "group-by: [country], "
			       "aliases: {country: {a: x}}",
			       "like a field of the event format");
	correlation_is_refused("type: temporal, rules: [a], timespan: 1h, "
			       "aliases: {w: [a]}",
			       "must be a map of rules");
}

Test(sigma, an_alias_changes_the_track_and_the_hash)
{
	char id[VG_TRACK_ID], hash[17], other[sizeof by_alias + 8];

	cr_assert(load(by_alias, false) == VG_OK, "%s", err.text);
	memcpy(id, vg_plan_track(plan, 0)->id, sizeof id);
	memcpy(hash, vg_rule_at(rules, 0)->hash, sizeof hash);
	snprintf(other, sizeof other, "%s", by_alias);
	*strstr(other, "connection: src") = 'c';
	memcpy(strstr(other, "connection: src"), "connection: sry", 15);
	cr_assert(load(other, false) == VG_OK, "%s", err.text);
	cr_assert(strcmp(id, vg_plan_track(plan, 0)->id) != 0);
	cr_assert(strcmp(hash, vg_rule_at(rules, 0)->hash) != 0);
}

Test(sigma, a_field_of_the_taxonomy_groups_under_both_names)
{
	ask("title: A\nname: a\ndetection: {s: {kind: a}, condition: s}\n---\n"
	    "title: C\nname: c\ncorrelation:\n  type: value_count\n"
	    "  rules: [a]\n  group-by: [SourceIp]\n  timespan: 10s\n"
	    "  condition: {gte: 2, field: User}\n");
	AT(1, "kind", "a", "source.ip", "I", "user.name", "bob");
	AT(2, "kind", "a", "SourceIp", "I", "User", "eve");
	cr_assert(eq(str, (char *)answer(), "c I 2 2;"));
}

static const char chained[] =
	"title: Chain\nname: chain\ncorrelation:\n"
	"  type: temporal_ordered\n  rules: [many, good]\n"
	"  group-by: [User]\n  timespan: 10m\n---\n"
	"title: Many\nname: many\ncorrelation:\n  type: event_count\n"
	"  rules: [bad]\n  group-by: [User, Host]\n  timespan: 10m\n"
	"  condition: {gte: 2}\n---\n"
	"title: Bad\nname: bad\ndetection: {s: {k: bad}, condition: s}\n---\n"
	"title: Good\nname: good\ndetection: {s: {k: good}, condition: s}\n";

Test(sigma, a_chain_counts_alerts_and_events_in_its_own_groups)
{
	ask(chained);
	AT(1, "k", "bad", "User", "u", "Host", "h");
	AT(2, "k", "good", "User", "u", "Host", "h");
	AT(3, "k", "bad", "User", "u", "Host", "h");
	AT(9, "k", "good", "User", "u", "Host", "other");
	AT(9, "k", "good", "User", "v", "Host", "h");
	cr_assert(strstr(answer(), "chain u 9 2;") != NULL, "%s", told);
	cr_assert(strstr(told, "chain v") == NULL, "%s", told);
}

Test(sigma, the_names_of_a_chain_may_be_those_of_its_rules)
{
	ask("title: Chain\nname: chain\ncorrelation:\n"
	    "  type: temporal\n  rules: [many, good]\n"
	    "  group-by: [who]\n  timespan: 10m\n"
	    "  aliases: {who: {many: Host, good: machine}}\n---\n"
	    "title: Many\nname: many\ncorrelation:\n  type: event_count\n"
	    "  rules: [bad]\n  group-by: [User, Host]\n  timespan: 10m\n"
	    "  condition: {gte: 1}\n---\n"
	    "title: Bad\nname: bad\n"
	    "detection: {s: {k: bad}, condition: s}\n---\n"
	    "title: Good\nname: good\n"
	    "detection: {s: {k: good}, condition: s}\n");
	AT(1, "k", "bad", "User", "u", "Host", "h");
	AT(2, "k", "good", "machine", "h");
	cr_assert(strstr(answer(), "chain h 2 2;") != NULL, "%s", told);
}

Test(sigma, a_chain_that_is_broken_is_refused)
{
	is_refused("title: X\nname: x\ncorrelation: {type: event_count, "
		   "rules: [y], timespan: 1h, condition: {gte: 1}}\n---\n"
		   "title: Y\nname: y\ncorrelation: {type: temporal, "
		   "rules: [b], timespan: 1h}\n---\n"
		   "title: B\nname: b\n"
		   "detection: {s: {k: 1}, condition: s}\n",
		   "only temporal and temporal_ordered");
	is_refused("title: X\nname: x\ncorrelation: {type: temporal, "
		   "rules: [y], timespan: 1h, group-by: [u]}\n---\n"
		   "title: Y\nname: y\ncorrelation: {type: temporal, "
		   "rules: [b], timespan: 1h}\n---\n"
		   "title: B\nname: b\n"
		   "detection: {s: {k: 1}, condition: s}\n",
		   "`y` does not group by `u`");
	is_refused("title: X\nname: x\ncorrelation: {type: temporal, "
		   "rules: [y], timespan: 1h}\n---\n"
		   "title: Y\nname: y\ncorrelation: {type: temporal, "
		   "rules: [x], timespan: 1h}\n",
		   "counts itself");
}

Test(sigma, native_rules_and_sigma_share_a_file)
{
	snprintf(text, sizeof text,
		 "id: own\ntitle: T\ngroup_by: [actor]\nwindow: 6h\n"
		 "severity: 8\ncondition: {country: {distinct: 3}}\n---\n"
		 "%stitle: C\nname: c\ncorrelation: {type: temporal, "
		 "rules: [a, b], timespan: 1h}\n",
		 bases);
	cr_assert(load(text, false) == VG_OK, "%s", err.text);
	cr_assert(eq(sz, vg_rules_count(rules), 2));
}

Test(sigma, more_values_than_one_test_has_are_several_tests)
{
	char line[8192] = "x: [";

	for (int i = 0; i < 300; i++)
		snprintf(line + strlen(line), sizeof line - strlen(line),
			 "%sv%d", i > 0 ? ", " : "", i);
	strcat(line, "]");
	field("x", "v299");
	char detection[9000];
	snprintf(detection, sizeof detection, "  s:\n    %s\n  condition: s",
		 line);
	cr_assert(finds(detection));
}
