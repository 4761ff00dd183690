/* What `match` means: rules as people write them, asked of one event. */
#include "aggregate/match.h"
#include "alert/rules.h"

#include "core/buf.h"
#include "core/limits.h"
#include "core/vocab.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct vg_plan *plan;
static struct vg_rules *rules;
static struct vg_event event;
static struct vg_field_values values;
static struct vg_err err;
static char folder[64];

static void field(const char *name, const char *text)
{
	event.field[event.n_field++] = (struct vg_field){
		vg_slice_of(name), vg_slice_of(text), VG_SCALAR_STRING, 0};
}

static void number(const char *name, double v)
{
	event.field[event.n_field++] =
		(struct vg_field){vg_slice_of(name), {0}, VG_SCALAR_NUMBER, v};
}

static void indicator(const char *type, const char *value)
{
	event.indicator[event.n_indicator++] = (struct vg_indicator){
		vg_vocab_find(VG_VOCAB_INDICATOR, vg_slice_of(type)),
		vg_slice_of(value)};
}

static void start(void)
{
	cr_assert(eq(int, vg_plan_new(&plan, NULL), VG_OK));
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
		.count = 3,
		.n_actor = 2};
	event.actor[0].name = vg_slice_of("APT1");
	event.actor[1].name = vg_slice_of("APT2");
	field("source.ip", "192.0.2.7");
	field("user", "Root");
	field("country", "own");
	field("empty", "");
	field("cmd", "powershell.exe -enc AAAA");
	number("destination.port", 443);
	number("ratio", 0.25);
	indicator("ipv4", "198.51.100.9");
	indicator("domain", "www.bad.example");
	snprintf(folder, sizeof folder, "/tmp/vigie-rule-match-XXXXXX");
	cr_assert(mkdtemp(folder) != NULL);
}

static void put(const char *name, const char *text)
{
	char path[128];

	snprintf(path, sizeof path, "%s/%s", folder, name);
	FILE *f = fopen(path, "w");
	fputs(text, f);
	fclose(f);
}

static void take(const char *name)
{
	char path[128];

	snprintf(path, sizeof path, "%s/%s", folder, name);
	(void)unlink(path);
}

static void finish(void)
{
	take("r.yaml");
	take("list");
	(void)rmdir(folder);
	free(values.scratch);
	vg_rules_free(rules);
	vg_plan_free(plan);
}

TestSuite(rule_match, .init = start, .fini = finish);

static enum vg_rc load(const char *match)
{
	static char text[65536], path[128];
	char *files[] = {path};

	snprintf(text, sizeof text,
		 "id: r1\ntitle: T\ngroup_by: [sensor]\nwindow: 6h\n"
		 "severity: 8\ncondition: {country: {distinct: 3}}\n"
		 "match: {%s}\n",
		 match);
	put("r.yaml", text);
	snprintf(path, sizeof path, "%s/r.yaml", folder);
	vg_rules_free(rules);
	rules = NULL;
	err.text[0] = '\0';
	return vg_rules_load(&rules, plan, NULL, files, 1, &err);
}

static const struct vg_track *track(void)
{
	return vg_plan_track(plan, vg_rule_at(rules, 0)->condition[0].track);
}

static bool is_match(const char *match)
{
	cr_assert(load(match) == VG_OK, "%s: %s", match, err.text);
	return vg_match_test(track()->match, &event, vg_slice_of("MA"),
			     &values);
}

static void refused(const char *match, const char *want)
{
	cr_assert(load(match) == VG_INVAL, "%s", match);
	cr_assert(strstr(err.text, "r.yaml:7: ") != NULL, "%s", err.text);
	cr_assert(strstr(err.text, want) != NULL, "`%s` lacks `%s`", err.text,
		  want);
}

#define YES(text) cr_expect(is_match(text), "%s", text)
#define NO(text)  cr_expect(not(is_match(text)), "%s", text)

Test(rule_match, equality_is_exact)
{
	YES("user: Root");
	NO("user: root");
	NO("user: Roo");
	YES("user: [root, Root]");
	YES("user: {in: [root, Root]}");
	YES("user: {eq: Root}");
	YES("user: {eq: root, ignore_case: true}");
	YES("user: {in: [ROOT], ignore_case: true}");
	NO("user: {in: [\"R*\"], ignore_case: true}");
}

Test(rule_match, numbers_compare_as_numbers)
{
	YES("destination.port: 443");
	YES("destination.port: {eq: 443.0}");
	YES("destination.port: {gte: 443, lte: 443}");
	NO("destination.port: {gt: 443}");
	NO("destination.port: {lt: 443}");
	YES("destination.port: {neq: 80}");
	NO("destination.port: {neq: 443}");
	YES("destination.port: {range: [443, 444]}");
	YES("destination.port: {range: [1, 443]}");
	NO("destination.port: {range: [444, 500]}");
	YES("ratio: {range: [0.25, 0.25]}");
	YES("severity: [6, 7.0]");
	NO("severity: [seven, 8]");
	YES("count: 3");
	NO("user: {lt: 5}");
	NO("user: {neq: 5}");
}

Test(rule_match, a_quoted_number_is_a_text)
{
	YES("destination.port: {eq: \"443\"}");
	NO("destination.port: {eq: \"443.0\"}");
	YES("destination.port: {neq: \"443.0\"}");
}

Test(rule_match, texts_match_by_their_parts)
{
	YES("cmd: {prefix: powershell}");
	NO("cmd: {prefix: PowerShell}");
	YES("cmd: {prefix: PowerShell, ignore_case: true}");
	YES("cmd: {suffix: AAAA}");
	YES("cmd: {contains: [nothing, \".exe -e\"]}");
	YES("cmd: {wildcard: \"power*-enc ????\"}");
	NO("cmd: {wildcard: \"power*-enc ???\"}");
	YES("cmd: {prefix: power, suffix: AAAA}");
	NO("cmd: {prefix: power, suffix: BBBB}");
	YES("cmd: {regex: \"-e(nc)?\\\\b\"}");
	NO("cmd: {regex: \"^-e\"}");
	YES("cmd: {regex: [\"^x\", \"POWER\"], ignore_case: true}");
}

Test(rule_match, addresses_match_by_network)
{
	YES("source.ip: {cidr: 192.0.2.0/24}");
	YES("source.ip: {cidr: [2001:db8::/32, 192.0.2.7]}");
	NO("source.ip: {cidr: 198.51.100.0/24}");
	NO("user: {cidr: 0.0.0.0/0}");
	YES("indicator: {cidr: 198.51.100.0/24}");
	NO("indicator: {cidr: 192.0.2.0/24}");
}

Test(rule_match, a_list_field_passes_by_any_member)
{
	YES("actor: APT2");
	YES("indicator: \"domain:www.bad.example\"");
	YES("indicator: {wildcard: \"domain:*.bad.example\"}");
	YES("actor: {prefix: APT1, suffix: \"2\"}"); /* two members */
}

Test(rule_match, a_negation_of_a_list_field_is_of_every_member)
{
	NO("actor: {not_in: [APT2]}");
	YES("actor: {not_in: [APT3]}");
	NO("actor: {neq: APT2}");
	YES("actor: {neq: APT3}");
	YES("actor: {neq: apt1}");
	NO("actor: {neq: apt1, ignore_case: true}");
}

Test(rule_match, a_missing_field_passes_no_test_and_every_not)
{
	NO("absent: {neq: x}");
	NO("absent: {not_in: [x]}");
	NO("absent: {neq: 5}");
	NO("absent: {regex: \".*\"}");
	NO("absent: {wildcard: \"*\"}");
	YES("not: {absent: x}");
	YES("not: {absent: {regex: x}}");
	YES("absent: {exists: false}");
	NO("absent: {exists: true}");
	YES("empty: {exists: false}");
	YES("user: {exists: true}");
	NO("user: {exists: false}");
	YES("sector: {exists: false}");
}

Test(rule_match, groups_combine_what_they_hold)
{
	YES("any: [{user: x}, {user: Root}]");
	NO("any: [{user: x}, {user: y}]");
	YES("all: [{user: Root}, {severity: 7}]");
	NO("all: [{user: Root}, {severity: 8}]");
	NO("any: [{user: Root, severity: 8}, {user: x}]");
	YES("not: {user: Root, severity: 8}");
	NO("not: {user: Root, severity: 7}");
	NO("not: [{user: Root}, {severity: 8}]");
	YES("not: [{user: x}, {severity: 8}]");
	YES("severity: 7, not: {any: [{user: x}, {not: {user: Root}}]}");
	NO("severity: 8, not: {any: [{user: x}, {not: {user: Root}}]}");
}

Test(rule_match, a_prefix_reaches_a_member_of_a_canonical_name)
{
	YES("country: MA");
	NO("country: own");
	YES("fields.country: own");
	NO("fields.country: MA");
	YES("fields.user: Root");
	YES("fields.source.ip: 192.0.2.7");
	field("not", "here");
	YES("fields.not: here");
	field("fields.odd", "way");
	YES("fields.fields.odd: way");
}

Test(rule_match, a_field_by_two_names_is_one_track)
{
	YES("fields.user: Root");
	size_t n = vg_plan_tracks(plan);
	YES("user: Root");
	cr_assert(eq(sz, vg_plan_tracks(plan), n));
	NO("country: own");
	NO("country: own");
	cr_assert(eq(sz, vg_plan_tracks(plan), n + 1));
	YES("fields.country: own");
	cr_assert(eq(sz, vg_plan_tracks(plan), n + 2));
}

Test(rule_match, the_order_of_what_is_written_names_no_other_track)
{
	YES("user: Root, severity: 7, any: [{cmd: x}, {source.ip: {cidr: "
	    "[192.0.2.0/25, 192.0.2.128/25]}}]");
	size_t n = vg_plan_tracks(plan);
	YES("any: [{source.ip: {cidr: 192.0.2.0/24}}, {cmd: x}, {cmd: x}], "
	    "severity: 7, user: Root");
	cr_assert(eq(sz, vg_plan_tracks(plan), n));
	YES("all: [{source.ip: {cidr: 192.0.2.0/24}}], severity: 7");
	cr_assert(eq(sz, vg_plan_tracks(plan), n + 1));
}

Test(rule_match, what_a_list_holds_is_looked_up)
{
	put("list", "# benign\r\n\n  Root \r\n198.51.100.0/24\n"
		    "www.bad.example\ndomain:x.example");
	YES("user: {in_file: list}");
	NO("user: {not_in_file: list}");
	NO("cmd: {in_file: list}");
	YES("cmd: {not_in_file: list}");
	NO("absent: {not_in_file: list}");
	NO("indicator: {not_in_file: list}");
	event.indicator[0].value = vg_slice_of("203.0.113.1");
	NO("indicator: {not_in_file: list}");
	event.indicator[1].value = vg_slice_of("x.example");
	NO("indicator: {not_in_file: list}");
	event.indicator[1].value = vg_slice_of("y.example");
	YES("indicator: {not_in_file: list}");
}

Test(rule_match, a_changed_list_is_a_changed_rule)
{
	char id[VG_TRACK_ID], hash[17];

	put("list", "a\nb\n");
	NO("user: {in_file: list}");
	memcpy(id, track()->id, sizeof id);
	memcpy(hash, vg_rule_at(rules, 0)->hash, sizeof hash);
	put("list", "b\n# the same\na\n");
	NO("user: {in_file: list}");
	cr_assert(eq(str, (char *)track()->id, id));
	put("list", "b\nRoot\n");
	YES("user: {in_file: list}");
	cr_assert(ne(str, (char *)track()->id, id));
	cr_assert(ne(str, (char *)vg_rule_at(rules, 0)->hash, hash));
}

static void hash_of_spike(char hash[17])
{
	static char path[128];
	char *files[] = {path};

	put("r.yaml", "id: r1\ntitle: T\ngroup_by: [sensor]\nwindow: 6h\n"
		      "severity: 8\ntype: spike\nheight: 3\n"
		      "direction: up\nmatch: {user: {in_file: list}}\n");
	snprintf(path, sizeof path, "%s/r.yaml", folder);
	vg_rules_free(rules);
	rules = NULL;
	cr_assert(vg_rules_load(&rules, plan, NULL, files, 1, &err) == VG_OK,
		  "%s", err.text);
	memcpy(hash, vg_rule_at(rules, 0)->hash, 17);
}

Test(rule_match, a_changed_list_changes_rules_of_every_kind)
{
	char before[17], after[17];

	put("list", "a\nb\n");
	hash_of_spike(before);
	put("list", "b\na\n");
	hash_of_spike(after);
	cr_assert(eq(str, before, after));
	put("list", "b\nc\n");
	hash_of_spike(after);
	cr_assert(ne(str, before, after));
}

Test(rule_match, a_list_that_is_wrong_is_said_with_both_places)
{
	refused("user: {in_file: list}", "cannot be read");
	put("list", "a\n\n192.0.2.1/24\n");
	refused("user: {in_file: list}", "list:3: the network has bits");
	refused("user: {in_file: [list]}", "must be the path");
	refused("user: {in_file: \"\"}", "must be the path");
}

Test(rule_match, a_rule_outside_of_files_reads_none)
{
	static const char text[] =
		"id: r1\ntitle: T\ngroup_by: [sensor]\nwindow: 6h\n"
		"severity: 8\ncondition: {country: {distinct: 3}}\n"
		"match: {user: {in_file: /etc/passwd}}\n";

	cr_assert(
		eq(int,
		   vg_rules_parse(&rules, plan, "r", text, strlen(text), &err),
		   VG_INVAL));
	cr_assert(strstr(err.text, "not in a file") != NULL);
}

/* The event is left out whichever way the answer would turn it. */
Test(rule_match, a_search_past_its_bounds_answers_neither_way)
{
	static char text[1025];

	memset(text, 'a', 1023);
	text[1023] = 'b';
	event.field[4].text = vg_slice_of(text);
	NO("cmd: {regex: \"(a+)+$\"}");
	cr_assert(values.is_limited);
	NO("not: {cmd: {regex: \"(a+)+$\"}}");
	cr_assert(values.is_limited);
	NO("any: [{user: x}, {cmd: {regex: \"(a+)+$\"}}]");
	cr_assert(values.is_limited);
	YES("any: [{cmd: {regex: \"(a+)+$\"}}, {user: Root}]");
	cr_assert(not(values.is_limited));
	NO("cmd: {regex: \"(a+)+$\"}, user: x");
	cr_assert(not(values.is_limited));
	NO("not: {all: [{cmd: {regex: \"(a+)+$\"}}, {user: Root}]}");
	cr_assert(values.is_limited);
	YES("not: {all: [{cmd: {regex: \"(a+)+$\"}}, {user: x}]}");
	cr_assert(not(values.is_limited));
}

Test(rule_match, what_is_wrong_is_said_with_its_place)
{
	refused("user: {regexp: x}", "did you mean `regex`");
	refused("user: {}", "tests nothing");
	refused("user: {ignore_case: true}", "tests nothing");
	refused("user: {ignore_case: maybe, eq: x}", "true or false");
	refused("user: {exists: maybe}", "true or false");
	refused("user: []", "1 to 1000 values");
	refused("user: \"\"", "{exists: false}");
	refused("user: {prefix: [[a]]}", "word or a number");
	refused("user: {regex: \"a(b\"}", "at byte 3 of the pattern");
	refused("user: {regex: \"(*UTF)a\"}", "`(*` is not taken");
	refused("user: {cidr: 192.0.2.1/24}", "clear them");
	refused("user: {cidr: anything}", "write 192.0.2.0/24");
	refused("user: {range: [2, 1]}", "[lowest, highest]");
	refused("user: {range: 5}", "[lowest, highest]");
	refused("user: {gte: many}", "must be a number");
	refused("any: {user: x}", "fields.any for the field");
	refused("any: []", "must be a list of maps");
	refused("any: [x]", "must be a map of fields");
	refused("not: x", "must be a map of fields");
	refused("not: {}", "must be a map of fields");
}

static const char *nested(char *text, int deep)
{
	text[0] = '\0';
	for (int i = 0; i < deep; i++)
		strcat(text, i == 0 ? "not: {" : "not: {");
	strcat(text, "user: x");
	for (int i = 0; i < deep; i++)
		strcat(text, "}");
	return text;
}

Test(rule_match, nests_as_deep_as_it_may_and_no_deeper)
{
	char text[512];

	NO(nested(text, VG_MATCH_DEPTH_MAX));
	refused(nested(text, VG_MATCH_DEPTH_MAX + 1), "nest more than 8 deep");
}

static const char *many(char *text, const char *op, int n)
{
	char *p = text + sprintf(text, "user: {%s: [", op);

	for (int i = 0; i < n; i++)
		p += sprintf(p, "%sv%d", i > 0 ? "," : "", i);
	strcpy(p, "]}");
	return text;
}

Test(rule_match, takes_as_many_patterns_as_it_may_and_no_more)
{
	static char text[32768];

	NO(many(text, "contains", VG_MATCH_PATTERNS_MAX));
	refused(many(text, "contains", VG_MATCH_PATTERNS_MAX + 1), "64 texts");
	NO(many(text, "regex", VG_MATCH_REGEX_MAX));
	refused(many(text, "regex", VG_MATCH_REGEX_MAX + 1), "64 texts");
	NO(many(text, "in", 1000));
	refused(many(text, "in", 1001), "1 to 1000 values");
	char *p = text + strlen(many(text, "regex", VG_MATCH_REGEX_MAX));
	strcpy(p, ", cmd: {regex: x}");
	refused(text, "more than 64 regular expressions");
}
