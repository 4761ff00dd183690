/* Hours and days, which are made of minutes when those leave. */
#include "part_one.h"

#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>

TestSuite(roll, .init = open_part, .fini = close_part, .timeout = 60);

/* Log time at which the hour of LOG is due, less 1 ms it is not. */
static int64_t due(void)
{
	return LOG + MIN_MS + f.cfg.keep_1m_ms;
}

static const char *at(const char *bucket, int64_t start, const char *field)
{
	char name[96];

	snprintf(name, sizeof name, "c:%s:%lld", bucket, (long long)start);
	return part_fix_cell(&f, 0, name, field);
}

static const char *rolled(void)
{
	return part_fix_ask(&f, "HGET", "vg:{alerts.ma:0}:o", "roll");
}

Test(roll, an_hour_moves_when_its_first_minute_expires_and_not_before)
{
	take(LOG, LOG, "a");
	take(LOG + 59 * MIN_MS, LOG, "a");
	take(LOG + HOUR_MS, LOG, "a");
	commit(LOG);
	commit(due() - 1);
	cr_assert(eq(str, (char *)at("actor:1h", LOG, "A*|a"), ""));
	cr_assert(eq(str, (char *)at("actor:1m", LOG, "A*|a"), "1,1"));

	commit(due());
	cr_assert(eq(str, (char *)at("actor:1h", LOG, "A*|a"), "2,2"));
	cr_assert(eq(str, (char *)at("actor:1d", T0, "A*|a"), "2,2"));
	cr_assert(eq(str, (char *)at("actor:1m", LOG, "A*|a"), ""));
	cr_assert(eq(str, (char *)at("actor:1m", LOG + 59 * MIN_MS, "A*|a"),
		     "1,1"));
	cr_assert(eq(str, (char *)at("actor:1h", LOG + HOUR_MS, "A*|a"), ""));
	cr_assert(eq(i64, vg_part_state(part)->rolled_ms, LOG + HOUR_MS));
}

Test(roll, what_comes_later_is_added_to_hour_and_day_at_once)
{
	take(LOG, LOG, "a");
	commit(LOG);
	commit(due());
	take(LOG, due(), "a");
	take(LOG + 59 * MIN_MS, due(), "a");
	commit(due());
	cr_assert(eq(str, (char *)at("actor:1h", LOG, "A*|a"), "3,3"));
	cr_assert(eq(str, (char *)at("actor:1d", T0, "A*|a"), "3,3"));
	cr_assert(eq(str, (char *)at("actor:1m", LOG, "A*|a"), ""));
}

Test(roll, the_batch_that_rolls_an_hour_adds_its_own_events)
{
	take(LOG, LOG, "a");
	commit(LOG);
	take(LOG, due(), "a");		     /* of a minute that is over    */
	take(LOG + 59 * MIN_MS, due(), "b"); /* of one that stands         */
	take(LOG + HOUR_MS, due(), "c");     /* of an hour that stays open */
	commit(due());
	cr_assert(eq(str, (char *)at("actor:1h", LOG, "A*|a"), "2,2"));
	cr_assert(eq(str, (char *)at("actor:1h", LOG, "A*|b"), "1,1"));
	cr_assert(eq(str, (char *)at("actor:1d", T0, "A*|c"), ""));
	cr_assert(
		eq(str, (char *)at("actor:1m", LOG + HOUR_MS, "A*|c"), "1,1"));
}

/* Minutes that are not in memory come from Redis. */
Test(roll, law1_a_new_owner_rolls_what_the_last_one_counted)
{
	take(LOG, LOG, "a");
	take(LOG + MIN_MS, LOG, "a");
	commit(LOG);
	reopen();
	take(LOG, due(), "a");
	commit(due());
	reopen();
	take(LOG, due(), "a");
	commit(due());
	cr_assert(eq(str, (char *)at("actor:1h", LOG, "A*|a"), "4,4"));
	cr_assert(eq(str, (char *)at("country:1d", T0, "A*|IL"), "4,4"));
}

/* A commit holds one hour, however far the clock leapt; minutes stay for as
 * long as they are needed, and take late events. */
Test(roll, a_leap_of_the_clock_rolls_one_hour_a_commit)
{
	int64_t far = due() + 10 * DAY_MS;

	for (int h = 0; h < 3; h++)
		take(LOG + h * HOUR_MS, LOG, "a");
	commit(LOG);
	commit(far);
	cr_assert(eq(str, (char *)at("actor:1h", LOG, "A*|a"), "1,1"));
	cr_assert(
		eq(str, (char *)at("actor:1m", LOG + HOUR_MS, "A*|a"), "1,1"));
	cr_assert(eq(str, (char *)at("actor:1h", LOG + HOUR_MS, "A*|a"), ""));
	cr_assert(eq(i64, vg_part_state(part)->rolled_ms, LOG + HOUR_MS));

	take(LOG + 2 * HOUR_MS, far, "a");
	commit(far);
	take(LOG + 2 * HOUR_MS, far, "a");
	commit(far);
	cr_assert(eq(str, (char *)at("actor:1h", LOG + 2 * HOUR_MS, "A*|a"),
		     "3,3"));
	cr_assert(
		eq(str, (char *)at("actor:1m", LOG + 2 * HOUR_MS, "A*|a"), ""));
	commit(far);
	cr_assert(gt(i64, vg_part_state(part)->rolled_ms, LOG + 9 * DAY_MS));
	cr_assert(eq(str, (char *)at("actor:1d", T0, "A*|a"), "5,5"));
}

/* Every sum stays whole, and the hour has the values of smallest hash, as if
 * it had counted the events itself. */
Test(roll, law5_minutes_that_folded_leave_a_whole_hour)
{
	long long events, reports, sum = 0;
	char *dump, head[64];
	int kept = 0;

	f.cfg.values_max = 5;
	for (int i = 0; i < 40; i++) {
		char name[16];

		snprintf(name, sizeof name, "n%d", i % 13);
		take(LOG + (i % 4) * MIN_MS, LOG, name);
	}
	commit(LOG);
	reopen();
	commit(due());
	dump = part_fix_dump(&f, 0);
	snprintf(head, sizeof head, "c:actor:1h:%lld A*\x1f", (long long)LOG);
	for (const char *s = dump; (s = strstr(s, head)) != NULL; s++) {
		const char *eq = strchr(s, '=');

		cr_assert(eq(int, sscanf(eq, "=%lld,%lld", &events, &reports),
			     2));
		kept += strncmp(s + strlen(head), "~other", 6) != 0;
		sum += reports;
	}
	cr_assert(eq(int, kept, 5));
	cr_assert(eq(i64, sum, 40));
	/* And it goes on as a set that has folded. */
	take(LOG, due(), "n1");
	take(LOG, due(), "n2");
	commit(due());
	free(dump);
	dump = part_fix_dump(&f, 0);
	kept = 0;
	for (const char *s = dump; (s = strstr(s, head)) != NULL; s++)
		kept += strncmp(s + strlen(head), "~other", 6) != 0;
	cr_assert(eq(int, kept, 5));
	free(dump);
}

Test(roll, the_place_is_stored_with_each_commit)
{
	char want[24];

	take(LOG, LOG, "a");
	commit(LOG);
	snprintf(want, sizeof want, "%lld",
		 (long long)(LOG - f.cfg.keep_1m_ms));
	cr_assert(eq(str, (char *)rolled(), want));
	commit(due());
	snprintf(want, sizeof want, "%lld", (long long)(LOG + HOUR_MS));
	cr_assert(eq(str, (char *)rolled(), want));
}

Test(roll, keeping_minutes_longer_takes_nothing_back)
{
	take(LOG, LOG, "a");
	commit(LOG);
	commit(due());
	f.cfg.keep_1m_ms *= 2;
	reopen();
	take(LOG, due(), "a");
	commit(due());
	cr_assert(eq(str, (char *)at("actor:1h", LOG, "A*|a"), "2,2"));
	cr_assert(eq(i64, vg_part_state(part)->rolled_ms, LOG + HOUR_MS));
}

Test(roll, a_minute_that_is_gone_is_no_empty_minute)
{
	char key[96];

	take(LOG, LOG, "a");
	commit(LOG);
	reopen();
	snprintf(key, sizeof key, "vg:{alerts.ma:0}:c:actor:1m:%lld",
		 (long long)LOG);
	(void)part_fix_ask(&f, "DEL", key, NULL);
	cr_assert(eq(int, part_fix_commit(part, next_offset, due(), &err),
		     VG_INVAL));
	cr_assert(strstr(err.text, "not there") != NULL, "%s", err.text);
}
