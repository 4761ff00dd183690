#include "ingest_fix.h"

#include "ingest/admit.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>

enum { MA, US, BH };

static const uint8_t key[VG_HASH_KEY] = "0123456789abcde";
static const int64_t NOW = INT64_C(1767323045000);

static struct vg_config cfg;
static struct vg_audiences *audiences;
static struct vg_admit *admit;
static struct vg_event event;
static struct vg_admitted out;

static void open_partner(int partner)
{
	struct vg_admit_env env = {
		.cfg = &cfg, .aud = audiences, .hash_key = key};

	vg_admit_free(admit);
	admit = NULL;
	cr_assert(eq(int,
		     vg_admit_new(&admit, &env, &cfg.partners[partner], NULL),
		     VG_OK));
}

static void open_ma(void)
{
	cfg = fix_config();
	cr_assert(eq(int, vg_audiences_new(&audiences, &cfg, NULL), VG_OK));
	open_partner(MA);
}

static void close_all(void)
{
	vg_admit_free(admit);
	vg_audiences_free(audiences);
}

TestSuite(admit, .init = open_ma, .fini = close_all);

/* A plain event of `id`, as a decoder leaves it. */
static void fresh(const char *id)
{
	memset(&event, 0, sizeof event);
	event.id = vg_slice_of(id);
	event.sensor = vg_slice_of("s1");
	event.time_ms = NOW;
	event.severity = 5;
	event.count = 1;
	event.label = VG_TLP_AMBER;
}

static enum vg_verdict judge(int64_t offset, int64_t ref_ms)
{
	memset(&out, 'x', sizeof out);
	cr_assert(eq(int,
		     vg_admit_judge(admit, &event, offset, ref_ms, &out, NULL),
		     VG_OK));
	return out.verdict;
}

static enum vg_verdict judge_id(const char *id, int64_t offset)
{
	fresh(id);
	return judge(offset, NOW);
}

Test(admit, counts_a_plain_event_and_fills_the_defaults)
{
	cr_assert(eq(int, judge_id("e1", 0), VG_VERDICT_COUNTED));
	cr_assert(out.remember);
	cr_assert(not(out.undeclared));
	cr_assert(eq(str, out.reason, ""));
	cr_assert(vg_slice_eq(event.country, vg_slice_of("MA")));
	cr_assert(eq(int, event.label, VG_TLP_GREEN));
	cr_assert(eq(str, (char *)vg_audience_key(audiences, event.audience),
		     "G*"));
}

Test(admit, keeps_what_the_body_says_over_the_defaults)
{
	fresh("e1");
	event.country = vg_slice_of("IL");
	event.label = VG_TLP_CLEAR;
	event.has_label = true;
	event.partner = vg_slice_of("MA");
	cr_assert(eq(int, judge(0, NOW), VG_VERDICT_COUNTED));
	cr_assert(vg_slice_eq(event.country, vg_slice_of("IL")));
	cr_assert(eq(str, (char *)vg_audience_key(audiences, event.audience),
		     "C*"));
}

Test(admit, rejects_a_body_that_names_another_partner)
{
	static const char *const others[] = {"US", "ma", "MA ", "M", ""};

	for (int i = 0; i < 5; i++) {
		fresh("e1");
		event.partner = vg_slice_of(others[i]);
		cr_expect(eq(int, judge(i, NOW), VG_VERDICT_R_PARTNER));
		cr_expect(eq(str, out.reason,
			     "partner: must be MA, whose topic this is"));
		cr_expect(not(out.remember));
	}
	cr_assert(eq(int, judge_id("e1", 9), VG_VERDICT_COUNTED),
		  "a rejected record took the id");
}

Test(admit, judges_the_partner_before_the_time)
{
	fresh("e1");
	event.partner = vg_slice_of("US");
	event.time_ms = 0;
	cr_assert(eq(int, judge(0, NOW), VG_VERDICT_R_PARTNER));
}

Test(admit, takes_the_future_up_to_the_tolerance)
{
	fresh("e1");
	event.time_ms = NOW + FIX_FUTURE_MS;
	cr_assert(eq(int, judge(0, NOW), VG_VERDICT_COUNTED));
	fresh("e2");
	event.time_ms = NOW + FIX_FUTURE_MS + 1;
	cr_assert(eq(int, judge(1, NOW), VG_VERDICT_FUTURE));
	cr_assert(not(out.remember));
}

Test(admit, takes_the_past_short_of_the_longest_retention)
{
	fresh("e1");
	event.time_ms = NOW - FIX_KEEP_MS + 1;
	cr_assert(eq(int, judge(0, NOW), VG_VERDICT_COUNTED));
	fresh("e2");
	event.time_ms = NOW - FIX_KEEP_MS;
	cr_assert(eq(int, judge(1, NOW), VG_VERDICT_BEYOND));
	cr_assert(not(out.remember));
}

Test(admit, survives_any_record_timestamp)
{
	fresh("e1");
	cr_assert(eq(int, judge(0, INT64_MIN), VG_VERDICT_FUTURE));
	cr_assert(eq(int, judge(1, -1), VG_VERDICT_FUTURE));
	cr_assert(eq(int, judge(2, INT64_MAX), VG_VERDICT_BEYOND));
	event.time_ms = 0;
	cr_assert(eq(int, judge(3, INT64_MIN), VG_VERDICT_FUTURE));
	event.time_ms = INT64_C(253402300799999);
	cr_assert(eq(int, judge(4, INT64_MAX), VG_VERDICT_BEYOND));
}

Test(admit, keeps_untimely_records_out_of_the_duplicate_check)
{
	fresh("e1");
	event.time_ms = NOW + FIX_FUTURE_MS + 1;
	cr_assert(eq(int, judge(0, NOW), VG_VERDICT_FUTURE));
	cr_assert(eq(int, judge_id("e1", 1), VG_VERDICT_COUNTED));
	cr_assert(eq(int, judge_id("e1", 2), VG_VERDICT_DUPLICATE));
	fresh("e1");
	event.time_ms = 0;
	cr_assert(eq(int, judge(3, NOW), VG_VERDICT_BEYOND));
}

Test(admit, finds_a_duplicate_at_the_span_and_not_one_past_it)
{
	cr_assert(eq(int, judge_id("a", 0), VG_VERDICT_COUNTED));
	cr_assert(eq(int, judge_id("a", FIX_SPAN), VG_VERDICT_DUPLICATE));
	cr_assert(out.remember);
	cr_assert(eq(int, judge_id("b", FIX_SPAN + 1), VG_VERDICT_COUNTED));
	cr_assert(eq(int, judge_id("b", 2 * FIX_SPAN + 2), VG_VERDICT_COUNTED));
}

Test(admit, extends_the_span_from_each_copy)
{
	cr_assert(eq(int, judge_id("a", 0), VG_VERDICT_COUNTED));
	for (int i = 1; i < 20; i++)
		cr_assert(eq(int, judge_id("a", i * FIX_SPAN),
			     VG_VERDICT_DUPLICATE));
}

Test(admit, keeps_a_partners_own_span_and_future)
{
	cfg.partners[MA].has_dedup_span = true;
	cfg.partners[MA].dedup_span = 3;
	cfg.partners[MA].has_future = true;
	cfg.partners[MA].future_ms = 0;
	open_partner(MA);
	cr_assert(eq(int, judge_id("a", 0), VG_VERDICT_COUNTED));
	cr_assert(eq(int, judge_id("a", 3), VG_VERDICT_DUPLICATE));
	cr_assert(eq(int, judge_id("a", 7), VG_VERDICT_COUNTED));
	fresh("b");
	event.time_ms = NOW + 1;
	cr_assert(eq(int, judge(8, NOW), VG_VERDICT_FUTURE));
	cr_assert(eq(int, judge(9, NOW + 1), VG_VERDICT_COUNTED));

	open_partner(US);
	cr_assert(eq(int, judge_id("a", 0), VG_VERDICT_COUNTED));
	cr_assert(eq(int, judge_id("a", FIX_SPAN), VG_VERDICT_DUPLICATE));
	fresh("b");
	event.time_ms = NOW + FIX_FUTURE_MS;
	cr_assert(eq(int, judge(FIX_SPAN + 1, NOW), VG_VERDICT_COUNTED));
}

Test(admit, tells_ids_of_other_partners_apart)
{
	struct vg_hash128 ma;

	judge_id("a", 0);
	ma = out.id;
	open_partner(US);
	cr_assert(eq(int, judge_id("a", 0), VG_VERDICT_COUNTED));
	cr_assert(ma.hi != out.id.hi && ma.lo != out.id.lo);
}

Test(admit, hashes_partner_separator_and_id)
{
	struct vg_hash128 want = vg_hash128(key,
					    "MA\x1f"
					    "a",
					    4);

	judge_id("a", 0);
	cr_assert(out.id.hi == want.hi && out.id.lo == want.lo);
}

Test(admit, knows_the_ids_it_was_seeded_with)
{
	struct vg_hash128 a, b;

	judge_id("a", 0);
	a = out.id;
	judge_id("b", 1);
	b = out.id;
	open_partner(MA);
	cr_assert(eq(int, vg_admit_seed(admit, 10, a, NULL), VG_OK));
	cr_assert(eq(int, vg_admit_seed(admit, 20, b, NULL), VG_OK));
	cr_assert(eq(int, judge_id("a", FIX_SPAN + 10), VG_VERDICT_DUPLICATE));
	cr_assert(eq(int, judge_id("b", FIX_SPAN + 21), VG_VERDICT_COUNTED));
	cr_assert(eq(int, vg_admit_seed(admit, 5, a, NULL), VG_INVAL));
}

Test(admit, refuses_a_record_that_does_not_follow)
{
	struct vg_err err = {0};

	judge_id("a", 5);
	fresh("b");
	memset(&out, 0, sizeof out);
	cr_assert(eq(int, vg_admit_judge(admit, &event, 5, NOW, &out, &err),
		     VG_INVAL));
	cr_assert(eq(int, out.remember, 0));
	cr_assert(ne(str, err.text, ""));
}

Test(admit, sets_relays_of_other_members_aside)
{
	fresh("e1");
	event.origin_partner = vg_slice_of("US");
	cr_assert(eq(int, judge(0, NOW), VG_VERDICT_RELAYED));
	cr_assert(out.remember);
	cr_assert(eq(int, judge_id("e1", 1), VG_VERDICT_DUPLICATE));
}

Test(admit, asks_for_a_duplicate_before_a_relay)
{
	judge_id("e1", 0);
	fresh("e1");
	event.origin_partner = vg_slice_of("US");
	cr_assert(eq(int, judge(1, NOW), VG_VERDICT_DUPLICATE));
}

Test(admit, counts_an_origin_that_is_no_other_member)
{
	static const char *const origins[] = {"MA", "ZZ", "us"};
	char id[24];

	for (int i = 0; i < 3; i++) {
		snprintf(id, sizeof id, "e%d", i);
		fresh(id);
		event.origin_partner = vg_slice_of(origins[i]);
		cr_expect(eq(int, judge(i, NOW), VG_VERDICT_COUNTED));
	}
	fresh("feed");
	event.origin_feed = vg_slice_of("US");
	cr_assert(eq(int, judge(9, NOW), VG_VERDICT_COUNTED));
}

Test(admit, gives_the_audience_of_label_and_releasable_to)
{
	static const struct {
		enum vg_tlp label;
		bool narrowed;
		uint64_t named;
		const char *key;
		bool undeclared;
	} rows[] = {
		{VG_TLP_AMBER, false, 0, "A*", false},
		{VG_TLP_STRICT, false, 0, "S0", false},
		{VG_TLP_RED, false, 0, "R0", false},
		{VG_TLP_AMBER, true, 0, "A0", false},
		{VG_TLP_AMBER, true, 1 << 3, "A#MA+US", false},
		{VG_TLP_RED, true, 1 << 3 | 1, "R#MA+US", false},
		{VG_TLP_STRICT, true, 1 << 3, "S0", false},
		{VG_TLP_GREEN, true, UINT64_C(1) << 60, "G0", true},
	};
	char id[24];

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		snprintf(id, sizeof id, "e%zu", i);
		fresh(id);
		event.label = rows[i].label;
		event.has_label = true;
		event.narrowed = rows[i].narrowed;
		event.releasable = rows[i].named;
		cr_expect(eq(int, judge((int64_t)i, NOW), VG_VERDICT_COUNTED));
		cr_expect(eq(str,
			     (char *)vg_audience_key(audiences, event.audience),
			     (char *)rows[i].key));
		cr_expect(eq(int, out.undeclared, rows[i].undeclared));
	}
}

Test(admit, needs_a_span_in_its_range)
{
	struct vg_admit_env env = {
		.cfg = &cfg, .aud = audiences, .hash_key = key};
	struct vg_admit *none = NULL;

	cfg.dedup_span = 0;
	cr_assert(eq(int, vg_admit_new(&none, &env, &cfg.partners[0], NULL),
		     VG_INVAL));
	cr_assert(none == NULL);
	vg_admit_free(NULL);
}

/* A restart at any record, seeded from what was remembered, changes nothing. */
Test(admit, law7_replaying_the_log_gives_the_same_verdicts)
{
	enum { RECORDS = 600 };
	enum vg_verdict first[RECORDS];
	struct vg_hash128 ids[RECORDS];
	bool remembered[RECORDS];
	unsigned seen[VG_VERDICT_N] = {0};
	char id[16];

	for (int i = 0; i < RECORDS; i++) {
		snprintf(id, sizeof id, "%d", i * i % 130);
		first[i] = judge_id(id, i);
		ids[i] = out.id;
		remembered[i] = out.remember;
		seen[first[i]]++;
	}
	cr_assert(seen[VG_VERDICT_COUNTED] > 50);
	cr_assert(seen[VG_VERDICT_DUPLICATE] > 50);
	for (int stop = 0; stop < RECORDS; stop += 37) {
		open_partner(MA);
		for (int i = 0; i < stop; i++) {
			if (remembered[i] && stop - i <= FIX_SPAN)
				cr_assert(eq(
					int,
					vg_admit_seed(admit, i, ids[i], NULL),
					VG_OK));
		}
		for (int i = stop; i < RECORDS; i++) {
			snprintf(id, sizeof id, "%d", i * i % 130);
			cr_assert(eq(int, judge_id(id, i), first[i]));
		}
	}
}

Test(admit, what_is_past_a_quota_does_not_take_its_id)
{
	cfg.partners[MA].quota.records = 1;
	cr_assert(eq(int, judge_id("e1", 0), VG_VERDICT_COUNTED));
	cr_assert(eq(int, judge_id("e2", 1), VG_VERDICT_R_QUOTA));
	cr_assert(not(out.remember));
	cr_assert(strstr(out.reason, "max_records_per_minute") != NULL);
	fresh("e2");
	cr_assert(eq(int, judge(2, NOW + 60000), VG_VERDICT_COUNTED));
	cfg.partners[MA].quota.records = 0;
}

Test(admit, law5_a_name_past_its_quota_is_marked_and_noted)
{
	cfg.partners[MA].quota =
		(struct vg_partner_quota){.sensors = 1, .actors = 1};
	cr_assert(eq(int, judge_id("e1", 0), VG_VERDICT_COUNTED));
	cr_assert(not(event.sensor_past || out.quota.sensor));
	fresh("e2");
	event.sensor = vg_slice_of("s2");
	event.actor[0].name = vg_slice_of("x1");
	event.actor[1].name = vg_slice_of("x2");
	event.n_actor = 2;
	cr_assert(eq(int, judge(1, NOW), VG_VERDICT_COUNTED));
	cr_assert(event.sensor_past && out.quota.sensor);
	cr_assert(eq(uint, event.actors_past, 2));
	cr_assert(eq(uint, out.quota.actors, 1));
	cfg.partners[MA].quota = (struct vg_partner_quota){0};
}
