/* What the log says of alerts. */
#include "alert_fix.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <unistd.h>

enum { MIN = 60000 };

static struct alert_fix f;
static FILE *file;
static struct vg_log log_to;
static char got[1 << 16];

static int64_t fixed_ms(void *ctx)
{
	(void)ctx;
	return FIX_T0;
}

static void start(void)
{
	alert_fix_start(&f, FIX_RULE(2, ""));
	file = tmpfile();
	cr_assert(file != NULL);
	log_to = (struct vg_log){.fd = fileno(file),
				 .level = VG_LOG_INFO,
				 .clock = {.now_ms = fixed_ms}};
	f.e->o.log = &log_to;
}

static void finish(void)
{
	fclose(file);
	alert_fix_stop(&f);
}

TestSuite(alert_say, .init = start, .fini = finish, .timeout = 60);

/* How often the log holds `text`. */
static int said(const char *text)
{
	int n = 0;
	ssize_t len = pread(fileno(file), got, sizeof got - 1, 0);

	cr_assert(len >= 0);
	got[len] = '\0';
	for (const char *p = got; (p = strstr(p, text)) != NULL; p++)
		n++;
	return n;
}

static void see(int64_t t, unsigned part, const char *actor)
{
	const char *id = f.partner[part].id;
	const struct fix_event ev = {t, part, "A*", actor, id, id};

	alert_fix_event(&f, &ev);
}

static void raise_one(void)
{
	see(0, FIX_MA, "x");
	see(MIN, FIX_IL, "x");
	alert_fix_tick(&f, 1);
}

Test(alert_say, names_each_alert_that_is_raised_its_rule_and_its_viewers)
{
	raise_one();
	cr_assert(eq(int, said("event=alert_raised"), 6));
	cr_assert(eq(int, said("rule=r1 viewers=coalition change=raised"), 1),
		  "%s", got);
	cr_assert(eq(int, said("rule=r1 viewers=MA change=raised"), 1));
}

Test(alert_say, says_an_update_but_not_that_the_end_alone_moved)
{
	raise_one();
	see(2 * MIN, FIX_AE, "x");
	alert_fix_tick(&f, 1000);
	cr_assert(eq(int, said("event=alert_updated"), 6), "%s", got);
	see(3 * MIN, FIX_AE, "x");
	alert_fix_settle(&f);
	cr_assert(eq(int, said("event=alert_updated"), 6));
	cr_assert(eq(int, said("event=alert_raised"), 6));
}

/* Let the wall clock stand at `ms` after FIX_T0. */
static void at(int64_t ms)
{
	f.world.now_ms = FIX_T0 + ms;
	alert_fix_settle(&f);
}

Test(alert_say, says_once_that_an_alert_is_resolved_and_not_a_moment_early)
{
	raise_one();
	/* It holds until W after the older event, and rests W more. */
	at(2 * FIX_W - 1);
	cr_assert(eq(int, said("event=alert_resolved"), 0));
	at(2 * FIX_W + 999);
	cr_assert(eq(int, said("event=alert_resolved"), 6), "%s", got);
	at(2 * FIX_W + 5000);
	cr_assert(eq(int, said("event=alert_resolved"), 6));
}

Test(alert_say, says_again_what_a_late_event_opened_again)
{
	raise_one();
	at(2 * FIX_W);
	see(FIX_W / 2, FIX_IL, "x");
	see(FIX_W / 2, FIX_MA, "x");
	at(2 * FIX_W + 2000); /* its end moved to 1.5 W: it recovers */
	cr_assert(eq(int, said("event=alert_resolved"), 6), "%s", got);
	at(5 * FIX_W / 2);
	cr_assert(eq(int, said("event=alert_resolved"), 12), "%s", got);
}

Test(alert_say, leaves_what_was_resolved_before_it_led_to_who_led)
{
	raise_one();
	at(3 * FIX_W);
	vg_evaluator_free(f.e);
	f.e = alert_fix_evaluator(&f, "one");
	f.e->o.log = &log_to;
	alert_fix_hand(&f, f.e);
	at(3 * FIX_W + 5000);
	cr_assert(eq(int, said("event=alert_resolved"), 6), "%s", got);
}

Test(alert_say, keeps_a_flood_of_alerts_from_being_a_flood_of_lines)
{
	char actor[16];

	for (int i = 0; i < 100; i++) {
		snprintf(actor, sizeof actor, "a%d", i);
		see(0, FIX_MA, actor);
		see(MIN, FIX_IL, actor);
	}
	alert_fix_tick(&f, 1);
	alert_fix_tick(&f, 1); /* what the first had no room for */
	cr_assert(eq(i64, alert_fix_writes(&f), 600));
	cr_assert(eq(int, said("event=alert_raised"), 60));
	see(0, FIX_MA, "late");
	see(MIN, FIX_IL, "late");
	alert_fix_tick(&f, 60000);
	cr_assert(eq(int, said("unsaid=540"), 1), "%s", got);
}

Test(alert_say, says_nothing_of_what_was_not_written)
{
	struct vg_err err = {0};
	struct vg_lease l = {0};

	alert_fix_tick(&f, 1); /* leads */
	/* Another takes the lease behind its back. */
	cr_assert(vg_store_callf(f.store, NULL, &err, "DEL", VG_KEY_LEASE,
				 (char *)NULL) == VG_OK);
	cr_assert(vg_lease_take(f.store, "two", 60000, INT64_MIN, &l, &err) ==
		  VG_OK);
	cr_assert(vg_lease_take(f.store, "three", 1, INT64_MIN, &l, &err) ==
		  VG_OK);
	cr_assert(vg_store_callf(f.store, NULL, &err, "HSET", VG_KEY_LEASE,
				 "epoch", "9", (char *)NULL) == VG_OK);
	raise_one();
	cr_assert(eq(int, said("event=alert_raised"), 0), "%s", got);
	cr_assert(eq(int, said("event=alert_lease_lost"), 1));
}
