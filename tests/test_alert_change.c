/* What becomes of alerts when the past, or Redis, changes under them. */
#include "alert_fix.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

enum { MIN = 60000 };

static struct alert_fix f;
static struct vg_buf out;

static void start(void)
{
	alert_fix_start(&f, FIX_RULE(2, "resolve_after: 10m\n"));
}

static void finish(void)
{
	vg_buf_term(&out);
	alert_fix_stop(&f);
}

TestSuite(alert_change, .init = start, .fini = finish, .timeout = 60);

static void see_as(int64_t t, unsigned part, const char *audience)
{
	const char *id = f.partner[part].id;
	const struct fix_event ev = {t, part, audience, "x", id, id};

	alert_fix_event(&f, &ev);
}

static void see(int64_t t, unsigned part)
{
	see_as(t, part, "A*");
}

static void expect(const char *class_name, const char *want)
{
	alert_fix_brief(&f, class_name, &out);
	cr_assert(eq(str, out.p, (char *)want), "%s", class_name);
}

static size_t count_all(const char *text)
{
	size_t n = 0;

	alert_fix_docs(&f, "MA", true, &out);
	for (const char *p = out.p; (p = strstr(p, text)) != NULL; p++)
		n++;
	return n;
}

/* Two partners a minute apart, so the rule holds for 59 minutes. */
static void pair_at(int64_t t)
{
	see(t, FIX_MA);
	see(t + MIN, FIX_IL);
}

Test(alert_change, three_alerts_that_one_event_joins_become_the_oldest)
{
	pair_at(0);
	alert_fix_settle(&f);
	pair_at(80 * MIN);
	alert_fix_settle(&f);
	pair_at(160 * MIN);
	alert_fix_settle(&f);
	expect("MA", "x MA 60000 3600000 2\nx MA 4860000 8400000 2\n"
		     "x MA 9660000 13200000 2\n");
	pair_at(50 * MIN);
	pair_at(130 * MIN);
	alert_fix_settle(&f);
	expect("MA", "x MA 60000 13200000 2\n");
	cr_assert(eq(sz, count_all("\"merged_into\""), 2));
}

/* The first pair holds on [1, 60) min, the second from a minute after it. */
Test(alert_change, a_stretch_closer_than_resolve_after_is_the_same_alert)
{
	pair_at(0);
	pair_at(69 * MIN - 1);
	alert_fix_settle(&f);
	expect("MA", "x MA 60000 7739999 2\n");
}

Test(alert_change, a_stretch_exactly_resolve_after_later_is_another_alert)
{
	pair_at(0);
	pair_at(69 * MIN);
	alert_fix_settle(&f);
	expect("MA", "x MA 60000 3600000 2\nx MA 4200000 7740000 2\n");
}

Test(alert_change, each_class_has_the_alerts_of_what_it_sees)
{
	see_as(0, FIX_MA, "A*");
	see_as(MIN, FIX_IL, "A*");
	see_as(2 * MIN, FIX_US, "A#MA+US");
	alert_fix_settle(&f);
	expect("IL", "x IL 60000 3600000 2\n");
	expect("US", "x US 60000 3660000 3\n");
	expect("MA", "x MA 60000 3660000 3\n");
}

Test(alert_change, an_alert_forgotten_with_the_lease_is_not_raised_again)
{
	pair_at(0);
	alert_fix_settle(&f);
	int64_t writes = alert_fix_writes(&f);
	struct vg_err err = {0};

	/* Another led for a while, and let go. */
	cr_assert(vg_store_callf(f.store, NULL, &err, "HSET", VG_KEY_LEASE,
				 "owner", "two", "epoch", "7", "until", "0",
				 (char *)NULL) == VG_OK);
	f.world.now_ms += 10000;
	alert_fix_settle(&f);
	cr_assert(f.e->leader);
	cr_assert(eq(i64, f.e->lease.epoch, 8));
	cr_assert(eq(i64, alert_fix_writes(&f), writes));
	see(2 * MIN, FIX_AE);
	alert_fix_settle(&f);
	expect("MA", "x MA 60000 3660000 3\n");
}

Test(alert_change, a_redis_that_goes_away_mid_write_costs_no_alert)
{
	struct vg_err err = {0};

	alert_fix_tick(&f, 1); /* leads */
	f.cfg.redis_command_ms = 200;
	pair_at(0);
	kill(f.redis.pid, SIGSTOP);
	f.world.now_ms += 10;
	cr_assert(eq(int, vg_evaluator_run(f.e, &f.world, f.store, &err),
		     VG_RETRY));
	kill(f.redis.pid, SIGCONT);
	f.world.now_ms += 10000;
	alert_fix_settle(&f);
	expect("MA", "x MA 60000 3600000 2\n");
	cr_assert(eq(sz, count_all("\"id\":"), 1));
}

Test(alert_change, a_withdrawn_alert_that_holds_again_is_the_same_one)
{
	struct vg_track_sink sink = vg_evaluator_sink(f.e);

	pair_at(0);
	alert_fix_settle(&f);
	/* The partition comes again without its record: it was recalled. */
	sink.reset(sink.ctx, FIX_IL);
	alert_fix_settle(&f);
	expect("MA", "");
	cr_assert(eq(sz, count_all("\"withdrawn\":true"), 1));
	pair_at(0);
	alert_fix_settle(&f);
	expect("MA", "x MA 60000 3600000 2\n");
	cr_assert(eq(sz, count_all("\"id\":"), 1));
	cr_assert(eq(sz, count_all("\"withdrawn\":true"), 0));
}
