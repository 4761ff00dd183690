/* What rules call things, on the vocabulary that the build made. */
#include "aggregate/match.h"
#include "alert/rules.h"
#include "lexicon_fix.h"

#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>

static struct vg_lexicon *lexicon;
static struct vg_plan *plan;
static struct vg_rules *rules;
static struct vg_event event;
static char path[] = "/tmp/vigie-rule-names-XXXXXX";

static void start(void)
{
	lexicon = open_lexicon(VG_VOCABULARY);
	cr_assert(eq(int, vg_plan_new(&plan, NULL), VG_OK));
	event = (struct vg_event){.country = vg_slice_of("AE"),
				  .source_country = vg_slice_of("GB"),
				  .sensor_kind = -1,
				  .category = -1,
				  .sector = -1,
				  .label = VG_TLP_CLEAR,
				  .n_actor = 1};
	event.actor[0].name = vg_slice_of("APT28");
}

static void finish(void)
{
	vg_rules_free(rules);
	vg_plan_free(plan);
	vg_lexicon_close(lexicon);
}

TestSuite(rule_names, .init = start, .fini = finish);

/* True when a rule with this `match` counts the event. */
static bool matches(const char *match)
{
	char *files[] = {path};
	struct vg_err err = {0};
	struct vg_field_values values = {.n = 0};
	int fd = mkstemp(path);
	FILE *f = fdopen(fd, "w");

	fprintf(f,
		"id: r1\ntitle: T\ngroup_by: [sensor]\nwindow: 6h\n"
		"severity: 8\ncondition: {country: {distinct: 3}}\n"
		"match:\n  %s\n",
		match);
	fclose(f);
	vg_rules_free(rules);
	rules = NULL;
	enum vg_rc rc = vg_rules_load(&rules, plan, lexicon, files, 1, &err);
	(void)unlink(path);
	memcpy(path + sizeof path - 7, "XXXXXX", 6);
	cr_assert(rc == VG_OK, "%s", err.text);
	const struct vg_track *t =
		vg_plan_track(plan, vg_rule_at(rules, 0)->condition[0].track);
	values.scratch = malloc(VG_FIELD_SCRATCH);
	bool yes = vg_match_test(t->match, &event, vg_slice_of("AE"), &values);
	free(values.scratch);
	return yes;
}

static bool warned(const char *what)
{
	return strstr(vg_rules_warnings(rules), what) != NULL;
}

Test(rule_names, an_actor_is_meant_by_any_of_its_names)
{
	cr_assert(matches("actor: [Fancy Bear]"));
	cr_assert(matches("actor: sofacy"));
	cr_assert(matches("actor: [nobody, APT28]"));
	cr_assert(not(matches("actor: [APT1]")));
	cr_assert(matches("actor: {eq: SOFACY, ignore_case: true}"));
	cr_assert(matches("actor: {eq: apt28, ignore_case: true}"));
	cr_assert(not(matches("actor: {neq: Fancy Bear}")));
	cr_assert(matches("actor: {prefix: APT}"));
	cr_assert(not(matches("actor: {prefix: Fancy}")));
	cr_assert(eq(str, (char *)vg_rules_warnings(rules), ""));
}

Test(rule_names, two_spellings_of_one_rule_share_its_track)
{
	(void)matches("actor: [Fancy Bear, APT1]");
	size_t n = vg_plan_tracks(plan);
	(void)matches("actor: [APT1, Sofacy, APT28]");
	cr_assert(eq(sz, vg_plan_tracks(plan), n));
}

Test(rule_names, an_ambiguous_name_means_itself_and_is_warned_of)
{
	cr_assert(not(matches("actor: NOBELIUM")));
	cr_assert(warned(":8: `NOBELIUM` is a name of "));
	event.actor[0].name = vg_slice_of("Nobelium");
	cr_assert(matches("actor: NOBELIUM"));
}

Test(rule_names, an_unknown_actor_means_itself)
{
	event.actor[0].name = vg_slice_of("Silent Heron 77");
	cr_assert(matches("actor: Silent Heron 77"));
	cr_assert(eq(str, (char *)vg_rules_warnings(rules), ""));
}

Test(rule_names, a_country_is_meant_in_any_spelling)
{
	cr_assert(matches("country: UAE"));
	cr_assert(matches("country: United Arab Emirates"));
	cr_assert(matches("source_country: [UK]"));
	cr_assert(not(matches("source_country: FR")));
	cr_assert(eq(str, (char *)vg_rules_warnings(rules), ""));
}

Test(rule_names, a_label_is_meant_with_or_without_its_tlp)
{
	cr_assert(matches("tlp: TLP:WHITE"));
	cr_assert(matches("tlp: CLEAR"));
}

Test(rule_names, a_value_that_no_event_has_is_warned_of)
{
	cr_assert(not(matches("country: EU")));
	cr_assert(warned("`EU` is not a country"));
	cr_assert(not(matches("source_country: Atlantis")));
	cr_assert(warned("`Atlantis` is not a known country"));
	cr_assert(not(matches("category: malware")));
	cr_assert(warned("`malware` is not among the words"));
	cr_assert(not(matches("sector: powerr")));
	cr_assert(not(matches("sensor_kind: idss")));
	cr_assert(not(matches("technique: t1059")));
	cr_assert(warned("T1234"));
	cr_assert(not(matches("tlp: PINK")));
	cr_assert(warned("`PINK` is not a TLP label"));
}

Test(rule_names, a_field_of_other_name_is_taken_as_it_stands)
{
	event.field[event.n_field++] = (struct vg_field){
		vg_slice_of("threat"), vg_slice_of("Fancy Bear"),
		VG_SCALAR_STRING, 0};
	cr_assert(matches("threat: Fancy Bear"));
}

Test(rule_names, a_field_that_is_nearly_an_events_own_is_warned_of)
{
	(void)matches("acter: [APT28]");
	cr_assert(warned("write `actor`"));
	cr_assert(warned("else `fields.acter`"));
	(void)matches("actor: [APT28]");
	cr_assert(not(warned("fields.")));
	(void)matches("fields.acter: [APT28]");
	cr_assert(not(warned("actor")));
	(void)matches("user: [root]");
	cr_assert(not(warned("user")));
}

Test(rule_names, shows_a_hundred_warnings_and_no_more)
{
	static char text[8192];
	size_t n = (size_t)snprintf(text, sizeof text, "country: [");

	for (int i = 0; i < 150; i++)
		n += (size_t)snprintf(text + n, sizeof text - n, "%sX%d",
				      i > 0 ? ", " : "", i);
	snprintf(text + n, sizeof text - n, "]");
	(void)matches(text);
	unsigned lines = 0;
	for (const char *p = vg_rules_warnings(rules); *p != '\0'; p++)
		lines += *p == '\n';
	cr_assert(eq(uint, lines, 100));
	cr_assert(warned("and more warnings"));
}
