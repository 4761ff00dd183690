/* What partners keep of their own: what becomes rules, and what is refused to
 * its owner alone. */
#include "aggregate/value_list.h"
#include "alert/rule_files.h"
#include "alert/ruleset.h"
#include "core/buf.h"
#include "core/limits.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static struct vg_partner partner[2];
static struct vg_config cfg;
static struct vg_part_env env;
static struct vg_own_docs docs;
static struct vg_ruleset *set;
static char folder[] = "/tmp/own-XXXXXX", path[64], list_path[64];
static struct vg_err err;

static const char SHARED[] = "id: shared\ntitle: t\ngroup_by: [actor]\n"
			     "window: 1h\nseverity: 5\n"
			     "condition: {country: {distinct: 2}}\n";

static void write_to(const char *to, const char *text)
{
	FILE *f = fopen(to, "w");

	cr_assert(f != NULL);
	(void)fputs(text, f);
	(void)fclose(f);
}

static void start(void)
{
	static char *files[1];

	cr_assert(mkdtemp(folder) != NULL);
	snprintf(path, sizeof path, "%s/r.yaml", folder);
	snprintf(list_path, sizeof list_path, "%s/own.yaml", folder);
	write_to(path, SHARED);
	strcpy(partner[0].id, "MA");
	strcpy(partner[1].id, "IL");
	partner[1].slot = 1;
	files[0] = path;
	cfg = (struct vg_config){.partners = partner,
				 .n_partners = 2,
				 .rule_files = files,
				 .n_rule_files = 1};
	env = (struct vg_part_env){.cfg = &cfg};
}

static void stop(void)
{
	vg_own_term(&docs);
	vg_ruleset_drop(set);
	(void)unlink(path);
	(void)unlink(list_path);
	(void)rmdir(folder);
}

TestSuite(own, .init = start, .fini = stop);

static void keep(const char *viewer, enum vg_own_kind kind, const char *id,
		 const char *text)
{
	struct vg_own_doc d = {.kind = kind, .text = (char *)(uintptr_t)text};

	strcpy(d.viewer, viewer);
	strcpy(d.id, id);
	cr_assert(eq(int, vg_own_put(&docs, &d, &err), VG_OK));
}

/* A rule that counts countries by actor, with `more` members. */
static void keep_rule(const char *viewer, const char *id, const char *more)
{
	char text[512];

	snprintf(text, sizeof text,
		 "{\"id\":\"%s\",\"title\":\"t\",\"group_by\":[\"actor\"],"
		 "\"severity\":5,\"condition\":{\"country\":{\"distinct\":2}},"
		 "%s}",
		 id, more);
	keep(viewer, VG_OWN_RULE, id, text);
}

static enum vg_rc make(void)
{
	struct vg_rule_files *files = NULL;
	enum vg_rc rc = vg_rule_files_read(&files, &cfg, &err);

	if (rc == VG_OK)
		rc = vg_ruleset_make(&set, &env, files, &docs, &err);
	vg_rule_files_drop(files);
	return rc;
}

static const struct vg_rule *rule(const char *id)
{
	return vg_rules_find(set->rules, id);
}

/* Why the document is not in force, "" when it is. */
static const char *fault(const char *viewer, enum vg_own_kind kind,
			 const char *id)
{
	size_t i = vg_own_find(&set->own, viewer, kind, vg_slice_of(id));

	cr_assert(i < set->own.n);
	const char *why = vg_rules_fault(set->rules, i);
	return why != NULL ? why : "";
}

Test(own, a_rule_bears_its_owner_in_its_name_and_comes_behind_the_shared)
{
	keep_rule("IL", "mine", "\"window\":\"2h\"");
	keep_rule("MA", "mine", "\"window\":\"3h\"");
	keep_rule("MA", "shared", "\"window\":\"1h\"");
	cr_assert(eq(int, make(), VG_OK), "%s", err.text);
	cr_assert(eq(sz, vg_rules_count(set->rules), 4));
	cr_assert(eq(sz, vg_rules_shared(set->rules), 1));
	cr_assert(eq(int, rule("shared")->own_of, 0));
	cr_assert(eq(int, rule("ma.mine")->own_of, 1));
	cr_assert(eq(int, rule("il.mine")->own_of, 2));
	cr_assert(eq(int, rule("ma.shared")->own_of, 1));
	cr_assert(vg_rule_is_for(rule("il.mine"), 1));
	cr_assert(not(vg_rule_is_for(rule("il.mine"), 0)));
	cr_assert(not(vg_rule_is_for(rule("il.mine"), VG_SLOT_COALITION)));
	cr_assert(vg_rule_is_for(rule("shared"), VG_SLOT_COALITION));
}

Test(own, law3_a_window_of_ones_own_does_not_lengthen_what_accounts_tell)
{
	keep_rule("MA", "long", "\"window\":\"31d\"");
	cr_assert(eq(int, make(), VG_OK), "%s", err.text);
	cr_assert(eq(i64, vg_plan_shared_ms(set->plan), 3600000));
	cr_assert(
		eq(i64, vg_plan_longest_ms(set->plan), INT64_C(31) * 86400000));
}

Test(own, a_bad_one_is_noted_and_the_rest_stands)
{
	keep_rule("MA", "bad", "\"window\":\"never\"");
	keep_rule("MA", "good", "\"window\":\"2h\"");
	keep("MA", VG_OWN_RULE, "other", "{\"id\":\"x\"}");
	cr_assert(eq(int, make(), VG_OK), "%s", err.text);
	cr_assert(strstr(fault("MA", VG_OWN_RULE, "bad"),
			 "bad.json:1: `window`") != NULL,
		  "%s", fault("MA", VG_OWN_RULE, "bad"));
	cr_assert(eq(str, (char *)fault("MA", VG_OWN_RULE, "good"), ""));
	cr_assert(eq(str, (char *)fault("MA", VG_OWN_RULE, "other"),
		     "this is no rule `other`"));
	cr_assert(eq(sz, vg_rules_count(set->rules), 2));
	cr_assert(eq(sz, vg_plan_tracks(set->plan), 2));
}

Test(own, a_rule_names_its_owners_watchlists_and_no_others)
{
	const char in[] = "\"window\":\"1h\",\"match\":{\"indicator\":"
			  "{\"in_watchlist\":\"c2\"}}";

	keep("MA", VG_OWN_WATCHLIST, "c2",
	     "{\"watchlist\":\"c2\",\"values\":[\"ipv4:192.0.2.1\"]}");
	keep_rule("MA", "seen", in);
	keep_rule("IL", "seen", in);
	cr_assert(eq(int, make(), VG_OK), "%s", err.text);
	cr_assert(eq(str, (char *)fault("MA", VG_OWN_RULE, "seen"), ""));
	cr_assert(strstr(fault("IL", VG_OWN_RULE, "seen"),
			 "must name a watchlist") != NULL);
}

Test(own, a_watchlist_that_changes_is_a_rule_that_changed)
{
	char before[17];
	const char in[] = "\"window\":\"1h\",\"match\":{\"indicator\":"
			  "{\"in_watchlist\":\"c2\"}}";

	keep_rule("MA", "seen", in);
	keep("MA", VG_OWN_WATCHLIST, "c2",
	     "{\"watchlist\":\"c2\",\"values\":[\"ipv4:192.0.2.1\"]}");
	cr_assert(eq(int, make(), VG_OK), "%s", err.text);
	strcpy(before, rule("ma.seen")->hash);
	vg_ruleset_drop(set);
	keep("MA", VG_OWN_WATCHLIST, "c2",
	     "{\"watchlist\":\"c2\",\"values\":[\"ipv4:192.0.2.2\"]}");
	cr_assert(eq(int, make(), VG_OK), "%s", err.text);
	cr_assert(strcmp(before, rule("ma.seen")->hash) != 0);
}

Test(own, a_watchlist_with_a_severity_is_a_rule_by_itself)
{
	keep("MA", VG_OWN_WATCHLIST, "c2",
	     "{\"watchlist\":\"c2\",\"severity\":7,\"title\":\"a \\\"q\\\"\","
	     "\"values\":[\"ipv4:192.0.2.1\",\"evil.example\"]}");
	keep("MA", VG_OWN_WATCHLIST, "quiet",
	     "{\"watchlist\":\"quiet\",\"field\":\"actor\","
	     "\"values\":[\"APT28\"]}");
	cr_assert(eq(int, make(), VG_OK), "%s", err.text);
	const struct vg_rule *r = rule("ma.watch-c2");
	cr_assert(ne(ptr, (void *)(uintptr_t)r, NULL));
	cr_assert(eq(str, (char *)(uintptr_t)r->title, "a \"q\""));
	cr_assert(eq(int, r->severity, 7));
	cr_assert(vg_value_list_has_indicator(
		r->only, vg_slice_of("domain:evil.example")));
	cr_assert(not(vg_value_list_has_indicator(
		r->only, vg_slice_of("ipv4:192.0.2.2"))));
	cr_assert(eq(ptr, (void *)(uintptr_t)rule("ma.watch-quiet"), NULL));
}

Test(own, a_document_of_sigma_is_refused_with_the_reason)
{
	keep("MA", VG_OWN_RULE, "sig",
	     "{\"id\":\"sig\",\"title\":\"t\",\"logsource\":{},"
	     "\"detection\":{\"condition\":\"a\"}}");
	cr_assert(eq(int, make(), VG_OK), "%s", err.text);
	cr_assert(strstr(fault("MA", VG_OWN_RULE, "sig"),
			 "documents of Sigma are for all") != NULL,
		  "%s", fault("MA", VG_OWN_RULE, "sig"));
}

Test(own, a_rule_of_ones_own_names_no_files_and_no_built_names)
{
	keep_rule("MA", "reads",
		  "\"window\":\"1h\",\"match\":{\"actor\":{\"in_file\":"
		  "\"/etc/passwd\"}}");
	keep_rule("MA", "watch-x", "\"window\":\"1h\"");
	cr_assert(eq(int, make(), VG_OK), "%s", err.text);
	cr_assert(strstr(fault("MA", VG_OWN_RULE, "reads"), "not in a file") !=
		  NULL);
	cr_assert(strstr(fault("MA", VG_OWN_RULE, "watch-x"), "rename") !=
		  NULL);
}

Test(own, what_would_track_every_address_is_refused)
{
	keep("MA", VG_OWN_RULE, "all",
	     "{\"id\":\"all\",\"title\":\"t\",\"group_by\":[\"indicator\"],"
	     "\"severity\":5,\"window\":\"1h\",\"condition\":{\"country\":"
	     "{\"distinct\":2}}}");
	cr_assert(eq(int, make(), VG_OK), "%s", err.text);
	cr_assert(strstr(fault("MA", VG_OWN_RULE, "all"), "narrow it") != NULL);
	cr_assert(eq(sz, vg_rules_count(set->rules), 1));
}

Test(own, law3_a_chain_is_over_shared_rules_and_its_owners)
{
	static const char chain[] =
		"{\"id\":\"again\",\"title\":\"t\",\"type\":\"chain\","
		"\"group_by\":[\"actor\"],\"window\":\"7d\",\"severity\":9,"
		"\"rules\":[\"%s\",\"shared\"]}";
	static const struct {
		const char *viewer, *names;
		bool good;
	} row[] = {{"MA", "mine", true},
		   {"IL", "mine", false},
		   {"IL", "ma.mine", false},
		   {"IL", "shared", true}};
	char text[256];

	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		vg_own_term(&docs);
		keep_rule("MA", "mine", "\"window\":\"2h\"");
		snprintf(text, sizeof text, chain, row[i].names);
		keep(row[i].viewer, VG_OWN_RULE, "again", text);
		cr_assert(eq(int, make(), VG_OK), "%s", err.text);
		bool good =
			fault(row[i].viewer, VG_OWN_RULE, "again")[0] == '\0';
		cr_expect(eq(int, good, row[i].good), "%zu", i);
		vg_ruleset_drop(set);
		set = NULL;
	}
}

Test(own, law3_a_shared_chain_cannot_name_one)
{
	write_to(path, "id: c\ntitle: t\ntype: chain\ngroup_by: [actor]\n"
		       "window: 7d\nseverity: 9\nrules: [ma.mine]\n");
	keep_rule("MA", "mine", "\"window\":\"2h\"");
	cr_assert(eq(int, make(), VG_INVAL));
	cr_assert(strstr(err.text, "come before this one") != NULL);
}

Test(own, a_partner_has_so_many_rules_and_no_more)
{
	char id[16], window[32];

	for (int i = 0; i <= VG_OWN_RULES_MAX; i++) {
		snprintf(id, sizeof id, "r%02d", i);
		snprintf(window, sizeof window, "\"window\":\"%dm\"", i + 1);
		keep_rule("MA", id, window);
	}
	keep_rule("IL", "mine", "\"window\":\"2h\"");
	cr_assert(eq(int, make(), VG_OK), "%s", err.text);
	snprintf(id, sizeof id, "r%02d", VG_OWN_RULES_MAX - 1);
	cr_assert(eq(str, (char *)fault("MA", VG_OWN_RULE, id), ""));
	snprintf(id, sizeof id, "r%02d", VG_OWN_RULES_MAX);
	cr_assert(strstr(fault("MA", VG_OWN_RULE, id), "more than 16 rules") !=
		  NULL);
	cr_assert(eq(str, (char *)fault("IL", VG_OWN_RULE, "mine"), ""));
	cr_assert(eq(sz, vg_plan_tracks(set->plan), VG_OWN_RULES_MAX + 2));
}

Test(own, a_partner_has_so_many_watchlists_and_no_more)
{
	char id[16], text[128];

	for (int i = 0; i <= VG_OWN_WATCHLISTS_MAX; i++) {
		snprintf(id, sizeof id, "w%d", i);
		snprintf(text, sizeof text,
			 "{\"watchlist\":\"%s\",\"values\":[\"a\"]}", id);
		keep("MA", VG_OWN_WATCHLIST, id, text);
	}
	cr_assert(eq(int, make(), VG_OK), "%s", err.text);
	cr_assert(eq(str, (char *)fault("MA", VG_OWN_WATCHLIST, "w7"), ""));
	cr_assert(strstr(fault("MA", VG_OWN_WATCHLIST, "w8"),
			 "more than 8 watchlists") != NULL);
}

Test(own, a_watchlist_has_so_many_values_and_no_more)
{
	for (int n = VG_OWN_ENTRIES_MAX; n <= VG_OWN_ENTRIES_MAX + 1; n++) {
		struct vg_buf b = {0};

		vg_buf_str(&b, "{\"watchlist\":\"w\",\"values\":[");
		for (int i = 0; i < n; i++)
			vg_buf_printf(&b, "%s\"v%d\"", i > 0 ? "," : "", i);
		vg_buf_str(&b, "]}");
		keep("MA", VG_OWN_WATCHLIST, "w", b.p);
		vg_buf_term(&b);
		cr_assert(eq(int, make(), VG_OK), "%s", err.text);
		cr_expect(eq(int, fault("MA", VG_OWN_WATCHLIST, "w")[0] == '\0',
			     n == VG_OWN_ENTRIES_MAX));
		vg_ruleset_drop(set);
		set = NULL;
	}
}

/* A rule of 8 tests has a track for each. */
static void keep_wide(const char *id, int from_minutes)
{
	struct vg_buf b = {0};

	vg_buf_printf(&b,
		      "{\"id\":\"%s\",\"title\":\"t\",\"group_by\":[\"actor\"],"
		      "\"severity\":5,\"window\":\"%dm\",\"condition\":"
		      "{\"all\":[",
		      id, from_minutes);
	for (int i = 0; i < 8; i++)
		vg_buf_printf(&b, "%s{\"f%d\":{\"distinct\":2}}",
			      i > 0 ? "," : "", i);
	vg_buf_str(&b, "]}}");
	keep("MA", VG_OWN_RULE, id, b.p);
	vg_buf_term(&b);
}

Test(own, a_partners_rules_need_so_many_tracks_and_no_more)
{
	char id[16];

	for (int i = 0; i < VG_OWN_TRACKS_MAX / 8; i++) {
		snprintf(id, sizeof id, "w%d", i);
		keep_wide(id, i + 1);
	}
	keep_rule("MA", "z", "\"window\":\"2h\"");
	cr_assert(eq(int, make(), VG_OK), "%s", err.text);
	cr_assert(eq(sz, vg_plan_tracks(set->plan), 1 + VG_OWN_TRACKS_MAX));
	cr_assert(eq(str, (char *)fault("MA", VG_OWN_RULE, "w3"), ""));
	cr_assert(strstr(fault("MA", VG_OWN_RULE, "z"), "32 tracks") != NULL);
}

Test(own, what_a_partner_has_in_files_is_the_configurations)
{
	char *own[] = {list_path};

	partner[0].own_files = own;
	partner[0].n_own_files = 1;
	write_to(list_path,
		 "watchlist: c2\nvalues: [192.0.2.1]\nseverity: 6\n---\n"
		 "id: mine\ntitle: t\ngroup_by: [actor]\nwindow: 2h\n"
		 "severity: 5\nmatch: {indicator: {in_watchlist: c2}}\n"
		 "condition: {country: {distinct: 2}}\n");
	keep_rule("MA", "mine", "\"window\":\"2h\"");
	cr_assert(eq(int, make(), VG_OK), "%s", err.text);
	cr_assert(ne(ptr, (void *)(uintptr_t)rule("ma.mine"), NULL));
	cr_assert(ne(ptr, (void *)(uintptr_t)rule("ma.watch-c2"), NULL));
	cr_assert(strstr(fault("MA", VG_OWN_RULE, "mine"), "already at") !=
		  NULL);
	vg_ruleset_drop(set);
	set = NULL;
	write_to(list_path, "id: mine\n");
	cr_assert(eq(int, make(), VG_INVAL));
	cr_assert(strstr(err.text, "own.yaml:1:") != NULL, "%s", err.text);
}

Test(own, sets_are_made_again_of_files_as_they_were_read)
{
	struct vg_ruleset *again = NULL;

	cr_assert(eq(int, make(), VG_OK), "%s", err.text);
	write_to(path, "half a rule");
	keep_rule("MA", "mine", "\"window\":\"2h\"");
	cr_assert(eq(int,
		     vg_ruleset_make(&again, &env, set->files, &docs, &err),
		     VG_OK),
		  "%s", err.text);
	cr_assert(eq(str, (char *)vg_rule_at(again->rules, 0)->hash,
		     (char *)vg_rule_at(set->rules, 0)->hash));
	cr_assert(eq(sz, vg_rules_count(again->rules), 2));
	vg_ruleset_drop(again);
}
