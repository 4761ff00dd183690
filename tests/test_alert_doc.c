#include "aggregate/keys.h"
#include "alert/alert_doc.h"
#include "alert/episodes.h"
#include "alert/pieces.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>

static struct vg_partner partner[2];
static struct vg_config cfg;
static struct vg_audiences *aud;
static struct vg_plan *plan;
static struct vg_rules *rules;
static struct vg_part_env env;
static struct vg_slot slot;
static struct vg_alert alert;
static struct vg_buf group, out;
static struct vg_err err;

static const char rule_text[] =
	"id: r1\ntitle: T\ngroup_by: [actor, site]\nwindow: 1h\nseverity: 8\n"
	"condition: {country: {distinct: 2}, origin: {distinct: 2}}\n";

static void add(uint32_t condition, uint32_t slot_no, const char *value,
		int64_t first, int64_t last)
{
	const struct vg_seen row = {.condition = condition,
				    .partner = slot_no,
				    .value = (char *)(uintptr_t)value,
				    .first_ms = first,
				    .last_ms = last,
				    .seen_by = slot_no == 0 ? 5 : 3};

	cr_assert(vg_alert_add(&alert, &row));
}

static void make_alert(void)
{
	struct vg_seen tip = {.condition = 0,
			      .partner = 1,
			      .value = "IL",
			      .first_ms = 2000,
			      .last_ms = 2000};

	strcpy(alert.id, "00000000000000aa-2000");
	memcpy(alert.rule_hash, slot.rule->hash, sizeof alert.rule_hash);
	alert.start_ms = 2000;
	alert.end_ms = 9000;
	alert.peak = 2;
	alert.peak_at_ms = 2000;
	alert.detected_ms = 5000;
	alert.updated_ms = 6000;
	alert.marking = VG_TLP_GREEN;
	alert.holds_without = 1;
	add(1, 1, "feed", 2000, 2500);
	add(0, 0, "MA", 1000, 3000);
	add(0, 1, "IL", 2000, 2500);
	add(0, 1, "IL", 1500, 2400);
	cr_assert(vg_alert_tip(&alert, &tip));
	vg_alert_settle_rows(&alert);
}

static void start(void)
{
	strcpy(partner[0].id, "MA");
	strcpy(partner[1].id, "IL");
	partner[1].slot = 1;
	cfg = (struct vg_config){.partners = partner, .n_partners = 2};
	cr_assert(eq(int, vg_audiences_new(&aud, &cfg, &err), VG_OK));
	cr_assert(eq(int, vg_plan_new(&plan, &err), VG_OK));
	cr_assert(eq(int,
		     vg_rules_parse(&rules, plan, "/secret/place/r.yaml",
				    rule_text, strlen(rule_text), &err),
		     VG_OK));
	env = (struct vg_part_env){.cfg = &cfg, .plan = plan, .aud = aud};
	slot = (struct vg_slot){.rule = vg_rule_at(rules, 0),
				.class_index = (uint32_t)vg_class_of(aud, 1)};
	strcpy(slot.fingerprint, "00000000000000aa");
	vg_field_pack(&group, vg_slice_of("it's \x01 \"x\""));
	vg_field_pack(&group, vg_slice_of("~other"));
	make_alert();
}

static void finish(void)
{
	vg_alert_term(&alert);
	vg_buf_term(&group);
	vg_buf_term(&out);
	vg_rules_free(rules);
	vg_plan_free(plan);
	vg_audiences_free(aud);
}

TestSuite(alert_doc, .init = start, .fini = finish);

static void print(void)
{
	const struct vg_doc_place at = {.env = &env,
					.slot = &slot,
					.group = {group.p, (uint32_t)group.n}};

	vg_buf_reset(&out);
	cr_assert(eq(int, vg_alert_doc(&out, &alert, &at, &err), VG_OK));
}

static struct vg_slice text(void)
{
	return (struct vg_slice){out.p, (uint32_t)out.n};
}

static void has(const char *want)
{
	cr_assert(strstr(out.p, want) != NULL, "%s\nlacks\n%s", out.p, want);
}

Test(alert_doc, comes_back_as_it_went)
{
	struct vg_doc_read d = {.alert = NULL};

	alert.revision = 3;
	alert.late_by_ms = 77;
	print();
	cr_assert(eq(int, vg_alert_read(&d, text(), &env, rules, &err), VG_OK),
		  "%s", err.text);
	cr_assert(vg_alert_same(&alert, d.alert));
	cr_assert(eq(str, d.alert->id, alert.id));
	cr_assert(eq(str, d.alert->rule_hash, alert.rule_hash));
	cr_assert(eq(i64, d.alert->revision, 3));
	cr_assert(eq(i64, d.alert->late_by_ms, 77));
	cr_assert(eq(i64, d.alert->detected_ms, 5000));
	cr_assert(eq(str, d.rule, "r1"));
	cr_assert(eq(str, d.class_name, "IL"));
	cr_assert(eq(sz, d.group.n, group.n));
	cr_assert(eq(int, memcmp(d.group.p, group.p, group.n), 0));
	vg_doc_read_term(&d);
}

Test(alert_doc, comes_back_merged_or_withdrawn)
{
	struct vg_doc_read d = {.alert = NULL};

	strcpy(alert.merged_into, "00000000000000aa-1");
	alert.withdrawn = true;
	print();
	has("\"merged_into\":\"00000000000000aa-1\",\"withdrawn\":true");
	cr_assert(eq(int, vg_alert_read(&d, text(), &env, rules, &err), VG_OK));
	cr_assert(vg_alert_same(&alert, d.alert));
	vg_doc_read_term(&d);
}

Test(alert_doc, says_when_its_times_are_rounded_or_without_end)
{
	struct vg_doc_read d = {.alert = NULL};

	alert.approximate = true;
	alert.end_ms = VG_EPISODE_OPEN;
	alert.peak = 2.5;
	print();
	has("\"approximate\":true");
	has("\"end\":null");
	has("\"peak\":2.5");
	cr_assert(eq(int, vg_alert_read(&d, text(), &env, rules, &err), VG_OK));
	cr_assert(vg_alert_same(&alert, d.alert));
	vg_doc_read_term(&d);
}

Test(alert_doc, quotes_its_command_and_hides_where_the_rule_lies)
{
	print();
	has("vigie backtest --rules rules/r.yaml --rule r1 --group "
	    "'actor=it'\\\\''s \\u0001 \\\"x\\\"' --group 'site=~other'");
	cr_assert(strstr(out.p, "secret") == NULL);
}

Test(alert_doc, joins_rows_of_the_same_value_and_partner)
{
	cr_assert(eq(sz, alert.n_row, 3));
	print();
	has("\"values\":{\"country\":[\"IL\",\"MA\"],\"origin\":[\"feed\"]}");
	has("{\"field\":\"country\",\"value\":\"IL\",\"partner\":\"IL\","
	    "\"first\":\"1970-01-01T00:00:01.500Z\","
	    "\"last\":\"1970-01-01T00:00:02.500Z\"}");
	has("\"without\":[{\"partner\":\"MA\",\"holds\":true},"
	    "{\"partner\":\"IL\",\"holds\":false}]");
}

Test(alert_doc, keeps_the_rows_seen_first_and_counts_the_rest)
{
	char value[16];

	for (int i = 0; i < VG_ALERT_ROWS_MAX; i++) {
		snprintf(value, sizeof value, "v%d", i);
		add(0, 0, value, 10000 + i, 20000);
	}
	vg_alert_settle_rows(&alert);
	cr_assert(eq(sz, alert.n_row, VG_ALERT_ROWS_MAX));
	cr_assert(eq(sz, alert.omitted, 3));
	print();
	has("\"rows_omitted\":3");
	has("\"v4092\"");
	cr_assert(strstr(out.p, "\"v4093\"") == NULL);
}

static void dropped(const char *doc)
{
	struct vg_doc_read d = {.alert = NULL};

	cr_assert(eq(int,
		     vg_alert_read(&d, vg_slice_of(doc), &env, rules, &err),
		     VG_DROP),
		  "%s", doc);
	cr_assert(eq(ptr, d.alert, NULL));
}

Test(alert_doc, of_no_rule_there_is_or_of_no_form_is_passed_over)
{
	dropped("");
	dropped("[]");
	dropped("null");
	dropped("{\"rule\":\"r1\"}");
	dropped("{\"rule\":\"gone\",\"class\":\"IL\"}");
	dropped("{\"rule\":7,\"class\":\"IL\"}");
	dropped("{\"rule\":\"r1\",\"class\":\"IL\",\"group\":{\"actor\":\"x\"}"
		"}");
}

/* Cut or change any byte: it is read or passed over, and never more. */
Test(alert_doc, survives_any_broken_byte)
{
	print();
	char *whole = strdup(out.p);
	size_t n = out.n;

	for (size_t i = 0; i < n; i++) {
		struct vg_doc_read d = {.alert = NULL};
		struct vg_slice cut = {whole, (uint32_t)i};
		char was = whole[i];

		cr_assert(eq(int, vg_alert_read(&d, cut, &env, rules, &err),
			     VG_DROP));
		whole[i] = (char)(was ^ 0x11);
		cut.n = (uint32_t)n;
		enum vg_rc rc = vg_alert_read(&d, cut, &env, rules, &err);
		cr_assert(rc == VG_OK || rc == VG_DROP);
		vg_doc_read_term(&d);
		whole[i] = was;
	}
	free(whole);
}

Test(alert_doc, of_a_history_says_what_changed)
{
	cr_assert(eq(int, vg_alert_history(&out, &alert, "revised", &err),
		     VG_OK));
	cr_assert(eq(str, out.p,
		     "{\"change\":\"revised\",\"at\":\"1970-01-01T00:00:06.000Z"
		     "\",\"start\":\"1970-01-01T00:00:02.000Z\",\"end\":"
		     "\"1970-01-01T00:00:09.000Z\",\"peak\":2,\"rows\":3,"
		     "\"revision\":0,\"late_by_ms\":0}"));
}

Test(pieces, meet_when_closer_than_resolve_after_or_touching)
{
	const struct vg_episode a = {.start_ms = 0, .end_ms = 10};
	struct vg_episode b = {.start_ms = 15, .end_ms = 20};

	cr_assert(not(vg_pieces_meet(&a, &b, 5)));
	cr_assert(vg_pieces_meet(&a, &b, 6));
	cr_assert(vg_pieces_meet(&b, &a, 6));
	b.start_ms = 10;
	cr_assert(vg_pieces_meet(&a, &b, 0));
	cr_assert(vg_pieces_meet(&b, &a, 0));
}

Test(alert_doc, is_a_fact_only_before_what_the_spans_can_tell)
{
	struct vg_episode fact;

	cr_assert(not(vg_pieces_fact(&alert, slot.rule, 2000, &fact)));
	cr_assert(vg_pieces_fact(&alert, slot.rule, 2001, &fact));
	cr_assert(eq(i64, fact.end_ms, 2001));
	cr_assert(eq(dbl, fact.peak, 2));
	cr_assert(vg_pieces_fact(&alert, slot.rule, 20000, &fact));
	cr_assert(eq(i64, fact.end_ms, 9000));
	/* Its peak lies where the spans decide: so many there were at least. */
	alert.peak = 7;
	alert.peak_at_ms = 5000;
	cr_assert(vg_pieces_fact(&alert, slot.rule, 4000, &fact));
	cr_assert(eq(dbl, fact.peak, 2));
	cr_assert(eq(i64, fact.peak_at_ms, 2000));
	/* Raised by another form of the rule: known as a whole. */
	alert.rule_hash[0] = '?';
	cr_assert(vg_pieces_fact(&alert, slot.rule, INT64_MIN, &fact));
	cr_assert(eq(i64, fact.end_ms, 9000));
	alert.withdrawn = true;
	cr_assert(not(vg_pieces_fact(&alert, slot.rule, 20000, &fact)));
}

Test(alert_doc, facts_join_what_the_spans_only_half_remember)
{
	struct vg_episode *e = calloc(2, sizeof *e);
	struct vg_rule rule = *slot.rule;
	size_t n = 2;

	rule.resolve_after_ms = 0;
	e[0] = (struct vg_episode){3000, 4000, 2, 3000};
	e[1] = (struct vg_episode){8000, 12000, 5, 8500};
	cr_assert(eq(int, vg_pieces_join(&e, &n, &alert, &rule, 10000, &err),
		     VG_OK));
	cr_assert(eq(sz, n, 1));
	cr_assert(eq(i64, e[0].start_ms, 2000));
	cr_assert(eq(i64, e[0].end_ms, 12000));
	cr_assert(eq(dbl, e[0].peak, 5));
	cr_assert(eq(i64, e[0].peak_at_ms, 8500));
	free(e);
}
