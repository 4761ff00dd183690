/* The evaluator's turn over a view that says what a test lets it. */
#include "alert_fix.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

enum { MIN = 60000 };

#define DAY	  INT64_C(86400000)
#define YEAR_9999 INT64_C(253370764800000)

static struct alert_fix f;
static struct vg_buf out;
static struct vg_view_part part[FIX_PARTNERS];
static bool view_ready = true;

/* Linked instead of the view. */
size_t vg_view_parts(const struct vg_view *v)
{
	(void)v;
	return FIX_PARTNERS;
}

const struct vg_view_part *vg_view_part(const struct vg_view *v, size_t i)
{
	(void)v;
	return &part[i];
}

bool vg_view_ready(const struct vg_view *v)
{
	(void)v;
	return view_ready;
}

/* As when all partitions are at their end. */
struct vg_view_freshness vg_view_freshness(const struct vg_view *v,
					   int64_t now_ms)
{
	struct vg_view_freshness fresh = {.log_ms = INT64_MIN};

	(void)v;
	(void)now_ms;
	for (size_t i = 0; i < FIX_PARTNERS; i++)
		if (part[i].log_ms > fresh.log_ms)
			fresh.log_ms = part[i].log_ms;
	return fresh;
}

static void all_at(int64_t log_ms)
{
	for (size_t i = 0; i < FIX_PARTNERS; i++)
		part[i].log_ms = log_ms;
}

static void start(void)
{
	alert_fix_start(&f, FIX_RULE(2, ""));
	for (size_t i = 0; i < FIX_PARTNERS; i++)
		part[i] = (struct vg_view_part){.partner = &f.partner[i],
						.offset = -1};
	all_at(FIX_T0);
}

static void finish(void)
{
	vg_buf_term(&out);
	alert_fix_stop(&f);
}

TestSuite(law2_judged, .init = start, .fini = finish, .timeout = 60);
TestSuite(alert_tick, .init = start, .fini = finish, .timeout = 60);

static void see(int64_t t, unsigned who)
{
	const char *id = f.partner[who].id;
	const struct fix_event ev = {t, who, "A*", "x", id, id};

	alert_fix_event(&f, &ev);
}

/* Ticks at `ms` after FIX_T0, until all is done that waits for a second. */
static void tick(int64_t ms)
{
	struct vg_err err = {0};

	for (int i = 0; i < 3; i++) {
		enum vg_rc rc = vg_evaluator_tick(f.e, NULL, f.store,
						  FIX_T0 + ms + 2000 * i, &err);

		cr_assert(rc == VG_OK, "%s", err.text);
	}
}

static void expect(const char *want)
{
	alert_fix_brief(&f, "MA", &out);
	cr_assert(eq(str, out.p, (char *)want));
}

Test(alert_tick, rests_four_times_the_look_and_a_sixth_of_the_lease_at_most)
{
	f.cfg.lease_ms = 5000;
	cr_assert(eq(i64, vg_evaluator_rest_ms(f.e, 0), 0));
	cr_assert(eq(i64, vg_evaluator_rest_ms(f.e, 7), 28));
	cr_assert(eq(i64, vg_evaluator_rest_ms(f.e, 208), 832));
	cr_assert(eq(i64, vg_evaluator_rest_ms(f.e, 209), 833));
	cr_assert(eq(i64, vg_evaluator_rest_ms(f.e, 60000), 833));
}

Test(alert_tick, evaluates_nothing_before_every_partition_is_loaded)
{
	view_ready = false;
	see(0, FIX_MA);
	see(MIN, FIX_IL);
	tick(MIN);
	cr_assert(eq(i64, alert_fix_writes(&f), 0));
	view_ready = true;
	tick(2 * MIN);
	expect("x MA 60000 3600000 2\n");
}

Test(alert_tick, a_rule_waits_while_a_partition_misses_its_past)
{
	for (size_t i = 0; i < FIX_PARTNERS; i++) {
		part[i].offset = 10;
		memset(part[i].whole, 0xff, sizeof part[i].whole);
	}
	part[FIX_AE].whole[0] = 0;
	see(0, FIX_MA);
	see(MIN, FIX_IL);
	tick(MIN);
	cr_assert(eq(i64, alert_fix_writes(&f), 0));
	part[FIX_AE].whole[0] = 1;
	tick(2 * MIN);
	expect("x MA 60000 3600000 2\n");
	/* What is stored is left alone while it waits again. */
	part[FIX_AE].whole[0] = 0;
	see(3 * MIN, FIX_AE);
	tick(3 * MIN);
	expect("x MA 60000 3600000 2\n");
	part[FIX_AE].whole[0] = 1;
	tick(4 * MIN);
	expect("x MA 60000 3660000 3\n");
}

Test(alert_tick, keeps_its_alerts_when_one_partition_leaps_to_the_year_9999)
{
	see(0, FIX_MA);
	see(MIN, FIX_IL);
	tick(MIN);
	part[FIX_BH].log_ms = YEAR_9999;
	tick(2 * MIN);
	expect("x MA 60000 3600000 2\n");
	/* Its spans are there too: a third country joins the same alert. */
	see(3 * MIN, FIX_AE);
	tick(3 * MIN);
	expect("x MA 60000 3660000 3\n");
}

Test(alert_tick, keeps_its_alerts_when_all_partitions_leap)
{
	see(0, FIX_MA);
	see(MIN, FIX_IL);
	tick(MIN);
	all_at(YEAR_9999);
	tick(2 * MIN);
	expect("x MA 60000 3600000 2\n");
}

Test(alert_tick, forgets_when_the_wall_clock_says_so_too)
{
	f.cfg.alerts_kept_ms = 2 * DAY;
	see(0, FIX_MA);
	see(MIN, FIX_IL);
	tick(MIN);
	all_at(YEAR_9999);
	/* It ended at FIX_W; a day ahead of the wall clock is the most. */
	tick(DAY + FIX_W - 60000);
	expect("x MA 60000 3600000 2\n");
	tick(DAY + FIX_W + 1);
	expect("");
}

Test(alert_tick, follows_a_log_that_lies_in_the_past_whatever_the_wall_says)
{
	f.cfg.alerts_kept_ms = 2 * DAY;
	see(0, FIX_MA);
	see(MIN, FIX_IL);
	tick(1000 * DAY); /* a replay, years later */
	expect("x MA 60000 3600000 2\n");
	all_at(FIX_T0 + 2 * DAY + FIX_W + 1);
	tick(1000 * DAY + MIN);
	expect("");
}

/* What the lease says is judged, after FIX_T0; -1 when it says nothing. */
static long long judged(void)
{
	struct vg_buf text = {0};
	long long ms = -1;

	alert_fix_ask(&f, &text, "HGET", "vg:{vg}:lease", "judged");
	if (text.n > 0)
		ms = strtoll(text.p, NULL, 10) - FIX_T0;
	vg_buf_term(&text);
	return ms;
}

Test(law2_judged, is_said_up_to_the_log_clock_once_all_is_judged)
{
	see(0, FIX_MA);
	see(MIN, FIX_IL);
	all_at(FIX_T0 + MIN);
	tick(MIN);
	cr_assert(eq(llong, judged(), MIN));
	/* Nothing new, and the log's clock goes on. */
	all_at(FIX_T0 + 5 * MIN);
	tick(2 * MIN);
	cr_assert(eq(llong, judged(), 5 * MIN));
}

Test(law2_judged, is_not_said_before_every_partition_is_loaded)
{
	view_ready = false;
	see(0, FIX_MA);
	all_at(FIX_T0 + MIN);
	tick(MIN);
	cr_assert(eq(llong, judged(), -1));
	view_ready = true;
	tick(2 * MIN);
	cr_assert(eq(llong, judged(), MIN));
}

Test(law2_judged, is_not_said_by_one_who_does_not_lead)
{
	struct vg_evaluator *second = alert_fix_evaluator(&f, "second");
	struct vg_err err = {0};

	all_at(FIX_T0 + MIN);
	tick(MIN);
	all_at(FIX_T0 + 9 * MIN);
	for (int i = 0; i < 3; i++)
		cr_assert(vg_evaluator_tick(second, NULL, f.store,
					    FIX_T0 + 2 * MIN + 2000 * i,
					    &err) == VG_OK,
			  "%s", err.text);
	cr_assert(eq(llong, judged(), MIN));
	vg_evaluator_free(second);
}

/* A tick judges 20,000 groups: with one more, what a clock had brought is not
 * all judged by the tick that saw it. */
Test(law2_judged, waits_for_the_last_group_that_the_clock_brought)
{
	enum { GROUPS = 20001 };
	struct vg_err err = {0};
	char name[24];

	all_at(FIX_T0);
	tick(0);
	for (int i = 0; i < GROUPS; i++) {
		struct fix_event ev = {0, FIX_MA, "A*", name, "MA", "MA"};

		snprintf(name, sizeof name, "a%d", i);
		alert_fix_event(&f, &ev);
		f.n_cell = 0; /* not counted up: each is an event alone */
	}
	all_at(FIX_T0 + MIN);
	for (int n = 1; n <= 4; n++) {
		cr_assert(vg_evaluator_tick(f.e, NULL, f.store,
					    FIX_T0 + 60000 + 2000 * n,
					    &err) == VG_OK,
			  "%s", err.text);
		/* 1 sees 20,000 of them; 2 the last; 3 tells; 4 the same. */
		cr_assert(eq(llong, judged(), n < 3 ? 0 : MIN), "%d", n);
		/* And there is a short rest before the last. */
		cr_assert(eq(i64, vg_evaluator_rest_ms(f.e, 10),
			     n == 1 ? 10 : 40));
	}
}
