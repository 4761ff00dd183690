/* What names a partner's things goes with its identifiers; its counts stay. */
#include "aggregate/keep.h"

#include "part_one.h"

#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>

TestSuite(keep, .init = open_part, .fini = close_part, .timeout = 60);

static void keeps_for(int64_t ms)
{
	f.partner[0].has_identifiers_kept = true;
	f.partner[0].identifiers_kept_ms = ms;
}

static bool listed(const char *series, const char *res, int64_t start_ms)
{
	char name[96];

	snprintf(name, sizeof name, "c:%s:%s:%lld", series, res,
		 (long long)start_ms);
	return part_fix_ask(&f, "ZSCORE", "vg:{alerts.ma:0}:x", name)[0] !=
	       '\0';
}

Test(keep, hours_and_days_by_sensor_end_with_the_identifiers)
{
	const int64_t hour = T0 + 9 * HOUR_MS;

	keeps_for(3 * DAY_MS);
	reopen();
	take(hour, LOG, "a");
	commit(LOG);
	for (int64_t h = 1; h <= 60; h++) {
		take(LOG + h * HOUR_MS, LOG + h * HOUR_MS, "a");
		commit(LOG + h * HOUR_MS);
	}
	cr_assert(listed("sensor", "1h", hour));
	cr_assert(listed("sensor", "1d", T0));
	/* The hour ends at 10:00, and with it what is kept for three days. */
	take(LOG + 3 * DAY_MS - 1, LOG + 3 * DAY_MS - 1, "a");
	commit(LOG + 3 * DAY_MS - 1);
	cr_assert(listed("sensor", "1h", hour));
	take(LOG + 3 * DAY_MS, LOG + 3 * DAY_MS, "a");
	commit(LOG + 3 * DAY_MS);
	cr_assert(not(listed("sensor", "1h", hour)));
	cr_assert(listed("partner", "1h", hour));
	take(T0 + 4 * DAY_MS, T0 + 4 * DAY_MS, "a");
	commit(T0 + 4 * DAY_MS);
	cr_assert(not(listed("sensor", "1d", T0)));
	cr_assert(listed("partner", "1d", T0));
	cr_assert(listed("country", "1d", T0));
}

Test(keep, a_late_event_brings_no_name_back)
{
	const int64_t hour = T0 + 9 * HOUR_MS, log = T0 + 5 * DAY_MS;

	keeps_for(3 * DAY_MS);
	reopen();
	take(hour, LOG, "a");
	commit(LOG);
	take(log, log, "a");
	commit(log);
	take(hour, log, "b");
	commit(log);
	cr_assert(not(listed("sensor", "1h", hour)));
	cr_assert(not(listed("sensor", "1d", T0)));
	cr_assert(listed("partner", "1h", hour));
}

Test(keep, one_partners_identifiers_are_its_own_matter)
{
	keeps_for(3 * DAY_MS);
	cr_assert(
		eq(i64,
		   vg_keep_ms(&f.cfg, &f.partner[0], VG_AGG_SENSOR, VG_RES_1D),
		   3 * DAY_MS));
	cr_assert(
		eq(i64,
		   vg_keep_ms(&f.cfg, &f.partner[1], VG_AGG_SENSOR, VG_RES_1D),
		   f.cfg.keep_1d_ms));
	cr_assert(
		eq(i64,
		   vg_keep_ms(&f.cfg, &f.partner[0], VG_AGG_PARTNER, VG_RES_1D),
		   f.cfg.keep_1d_ms));
	cr_assert(
		eq(i64,
		   vg_keep_ms(&f.cfg, &f.partner[0], VG_AGG_SENSOR, VG_RES_1M),
		   f.cfg.keep_1m_ms));
}

Test(keep, no_shorter_than_minutes_and_rules_need)
{
	/* Tracks of 1 h and a lateness of 1 h: 2 h and the horizon of 2 h. */
	const int64_t need = 4 * HOUR_MS;

	cr_assert(eq(int, vg_keep_check(&f.env, &err), VG_OK));
	keeps_for(f.cfg.keep_1m_ms);
	cr_assert(vg_keep_check(&f.env, &err) == VG_OK, "%s", err.text);
	keeps_for(f.cfg.keep_1m_ms - 1);
	cr_assert(eq(int, vg_keep_check(&f.env, &err), VG_INVAL));
	cr_assert(strstr(err.text, "series.keep_1m") != NULL, "%s", err.text);
	f.cfg.keep_1m_ms = HOUR_MS;
	keeps_for(need);
	cr_assert(vg_keep_check(&f.env, &err) == VG_OK, "%s", err.text);
	keeps_for(need - 1);
	cr_assert(eq(int, vg_keep_check(&f.env, &err), VG_INVAL));
	cr_assert(strstr(err.text, "the rules") != NULL, "%s", err.text);
}

Test(keep, no_rule_remembers_names_for_ever_where_they_end)
{
	struct vg_track t = {.kind = VG_TRACK_SPAN,
			     .window_ms = VG_TRACK_FIRST_MS,
			     .reach_ms = HOUR_MS,
			     .n_group = 1,
			     .n_value = 1};
	size_t index;

	f.cfg.keep_1m_ms = HOUR_MS;
	keeps_for(90 * DAY_MS);
	t.group[0] = vg_field_ref(vg_slice_of("country"));
	t.value[0] = vg_field_ref(vg_slice_of("partner"));
	cr_assert(eq(int, vg_plan_add_track(f.plan, &t, &index, &err), VG_OK));
	cr_assert(vg_keep_check(&f.env, &err) == VG_OK, "%s", err.text);
	t.group[0] = vg_field_ref(vg_slice_of("user.name"));
	cr_assert(eq(int, vg_plan_add_track(f.plan, &t, &index, &err), VG_OK));
	cr_assert(eq(int, vg_keep_check(&f.env, &err), VG_INVAL));
	cr_assert(strstr(err.text, "`learn`") != NULL, "%s", err.text);
}

Test(keep, a_stream_lets_go_what_is_too_old)
{
	const char *const id[] = {"1000-1", "1999-7", "2000-0", "3000-0"};

	for (int i = 0; i < 4; i++)
		cr_assert(eq(int,
			     vg_store_callf(f.store, NULL, &err, "XADD",
					    "vg:{alerts.ma:9}:d", id[i], "off",
					    "1", (char *)NULL),
			     VG_OK));
	cr_assert(eq(int, vg_keep_trim(f.store, "alerts.ma", 9, 2000, &err),
		     VG_OK));
	cr_assert(
		eq(str,
		   (char *)part_fix_ask(&f, "XLEN", "vg:{alerts.ma:9}:d", NULL),
		   "2"));
	cr_assert(eq(int,
		     vg_keep_trim(f.store, "alerts.ma", 9, INT64_MIN, &err),
		     VG_OK));
	for (int i = 0; i < 130; i++)
		cr_assert(eq(int,
			     vg_store_callf(f.store, NULL, &err, "XADD",
					    "vg:{alerts.ma:9}:d", "4000-*",
					    "off", "1", (char *)NULL),
			     VG_OK));
	cr_assert(eq(int, vg_keep_trim(f.store, "alerts.ma", 9, 4001, &err),
		     VG_OK));
	cr_assert(
		eq(str,
		   (char *)part_fix_ask(&f, "XLEN", "vg:{alerts.ma:9}:d", NULL),
		   "0"));
}
