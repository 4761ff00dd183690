/* One sensor: what it teaches, what is then expected, and when it is silent. */
#include "aggregate/sensor.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#define SEC_MS	INT64_C(1000)
#define MIN_MS	INT64_C(60000)
#define HOUR_MS INT64_C(3600000)
#define DAY_MS	INT64_C(86400000)
#define T0	(INT64_C(19676) * DAY_MS)

static const struct vg_cadence usual = {.floor_ms = 5 * MIN_MS,
					.learning_ms = DAY_MS};

/* Records every `step_ms` from `from_ms` on, up to and with `to_ms`. */
static void speak(struct vg_sensor *s, int64_t from_ms, int64_t to_ms,
		  int64_t step_ms)
{
	for (int64_t t = from_ms; t <= to_ms; t += step_ms)
		vg_sensor_learn(s, t, t - SEC_MS);
}

Test(sensor, the_first_record_is_no_quiet)
{
	struct vg_sensor s = {.records = 0};

	vg_sensor_learn(&s, T0, T0 - SEC_MS);
	cr_assert(eq(i64, s.first_ms, T0));
	cr_assert(eq(i64, s.last_ms, T0));
	cr_assert(eq(i64, s.run_ms, T0));
	cr_assert(eq(i64, s.records, 1));
	cr_assert(eq(i64, vg_sensor_longest(&s), 0));
	cr_assert(eq(i64, vg_sensor_expected(&s, &usual), 0));
	cr_assert(eq(i64, vg_sensor_silent_from(&s, &usual), INT64_MAX));
}

Test(sensor, is_not_judged_before_it_was_heard_for_the_learning_span)
{
	struct vg_sensor s = {.records = 0};

	speak(&s, T0, T0 + DAY_MS - HOUR_MS, HOUR_MS);
	cr_assert(eq(i64, vg_sensor_expected(&s, &usual), 0));
	vg_sensor_learn(&s, T0 + DAY_MS - 1, T0);
	cr_assert(eq(i64, vg_sensor_expected(&s, &usual), 0));
	vg_sensor_learn(&s, T0 + DAY_MS, T0);
	cr_assert(eq(i64, vg_sensor_expected(&s, &usual), 2 * HOUR_MS));
}

Test(sensor, expects_twice_the_longest_quiet_and_no_less_than_the_floor)
{
	struct vg_sensor s = {.records = 0};

	speak(&s, T0, T0 + 2 * DAY_MS, MIN_MS);
	cr_assert(eq(i64, vg_sensor_longest(&s), MIN_MS));
	cr_assert(eq(i64, vg_sensor_expected(&s, &usual), 5 * MIN_MS));
	vg_sensor_learn(&s, s.last_ms + 10 * MIN_MS, s.last_ms);
	cr_assert(eq(i64, vg_sensor_expected(&s, &usual), 20 * MIN_MS));
	cr_assert(eq(i64, vg_sensor_silent_from(&s, &usual),
		     s.last_ms + 20 * MIN_MS));
}

Test(sensor, a_set_cadence_holds_from_the_first_record)
{
	struct vg_cadence set = usual;
	struct vg_sensor s = {.records = 0};

	set.set_ms = HOUR_MS;
	vg_sensor_learn(&s, T0, T0);
	cr_assert(eq(i64, vg_sensor_silent_from(&s, &set), T0 + HOUR_MS));
}

Test(sensor, forgets_a_quiet_after_24_log_hours)
{
	struct vg_sensor s = {.records = 0};
	int64_t t = T0 + DAY_MS;

	speak(&s, T0, t, MIN_MS);
	t += 30 * MIN_MS; /* ends in the hour of t */
	vg_sensor_learn(&s, t, t);
	speak(&s, t + MIN_MS, t + 23 * HOUR_MS + 29 * MIN_MS, MIN_MS);
	cr_assert(eq(i64, vg_sensor_longest(&s), 30 * MIN_MS));
	speak(&s, s.last_ms + MIN_MS, t + 24 * HOUR_MS, MIN_MS);
	cr_assert(eq(i64, vg_sensor_longest(&s), MIN_MS));
}

Test(sensor, a_daily_sensor_is_expected_daily)
{
	struct vg_sensor s = {.records = 0};

	speak(&s, T0, T0 + 5 * DAY_MS, DAY_MS);
	cr_assert(eq(i64, vg_sensor_expected(&s, &usual), 2 * DAY_MS));
}

Test(sensor, an_outage_teaches_at_most_twice_what_was_known)
{
	struct vg_sensor s = {.records = 0};

	speak(&s, T0, T0 + DAY_MS, 2 * HOUR_MS);
	vg_sensor_learn(&s, T0 + 6 * DAY_MS, T0);
	cr_assert(eq(i64, vg_sensor_longest(&s), 4 * HOUR_MS));
	vg_sensor_learn(&s, T0 + 20 * DAY_MS, T0);
	cr_assert(eq(i64, vg_sensor_longest(&s), 8 * HOUR_MS));
}

Test(sensor, an_outage_of_a_busy_sensor_teaches_at_most_an_hour)
{
	struct vg_sensor s = {.records = 0};

	speak(&s, T0, T0 + DAY_MS, MIN_MS);
	vg_sensor_learn(&s, T0 + 6 * DAY_MS, T0);
	cr_assert(eq(i64, vg_sensor_longest(&s), HOUR_MS));
	cr_assert(eq(i64, s.run_ms, T0 + 6 * DAY_MS));
}

Test(sensor, a_run_begins_behind_a_quiet_of_five_minutes)
{
	struct vg_sensor s = {.records = 0};

	vg_sensor_learn(&s, T0, T0);
	vg_sensor_learn(&s, T0 + VG_SENSOR_RUN_MS - 1, T0);
	cr_assert(eq(i64, s.run_ms, T0));
	vg_sensor_learn(&s, T0 + 2 * VG_SENSOR_RUN_MS - 1, T0);
	cr_assert(eq(i64, s.run_ms, T0 + 2 * VG_SENSOR_RUN_MS - 1));
}

Test(sensor, shows_the_smallest_skew_of_a_day_and_of_the_one_before)
{
	struct vg_sensor s = {.records = 0};

	vg_sensor_learn(&s, T0, T0 - 70 * SEC_MS);
	vg_sensor_learn(&s, T0 + HOUR_MS, T0 + HOUR_MS - 60 * SEC_MS);
	cr_assert(eq(i64, s.skew_ms, 60 * SEC_MS));
	cr_assert(eq(i64, s.day_before, 0));
	vg_sensor_learn(&s, T0 + DAY_MS, T0 + DAY_MS + 3 * SEC_MS);
	cr_assert(eq(i64, s.skew_ms, -3 * SEC_MS));
	cr_assert(eq(i64, s.skew_before_ms, 60 * SEC_MS));
	cr_assert(eq(i64, s.day, s.day_before + 1));
	/* A record of yesterday says nothing of today. */
	vg_sensor_learn(&s, T0 + HOUR_MS, T0 + DAY_MS);
	cr_assert(eq(i64, s.skew_ms, -3 * SEC_MS));
}

Test(sensor, an_absurd_time_overflows_nothing)
{
	struct vg_sensor s = {.records = 0};

	vg_sensor_learn(&s, INT64_MIN, INT64_MAX);
	vg_sensor_learn(&s, INT64_MAX, INT64_MIN);
	vg_sensor_learn(&s, -1, 0);
	cr_assert(eq(i64, s.last_ms, INT64_C(1) << 53));
	cr_assert(eq(i64, s.records, 3));
	cr_assert(gt(i64, vg_sensor_silent_from(&s, &usual), s.last_ms));
}

Test(sensor, two_partitions_know_together_what_each_knows)
{
	struct vg_sensor a = {.records = 0}, b = {.records = 0}, ab, ba;

	speak(&a, T0, T0 + DAY_MS, MIN_MS);
	speak(&b, T0 + 2 * HOUR_MS, T0 + 30 * HOUR_MS, 20 * MIN_MS);
	ab = a;
	vg_sensor_merge(&ab, &b);
	ba = b;
	vg_sensor_merge(&ba, &a);
	cr_assert(eq(int, memcmp(&ab, &ba, sizeof ab), 0));
	cr_assert(eq(i64, ab.records, a.records + b.records));
	cr_assert(eq(i64, ab.first_ms, a.first_ms));
	cr_assert(eq(i64, ab.last_ms, b.last_ms));
	cr_assert(eq(i64, vg_sensor_longest(&ab), 20 * MIN_MS));
	cr_assert(eq(i64, ab.skew_ms, SEC_MS));
}

Test(sensor, merging_with_nothing_changes_nothing)
{
	struct vg_sensor a = {.records = 0}, none = {.records = 0}, was;

	speak(&a, T0, T0 + DAY_MS, HOUR_MS);
	was = a;
	vg_sensor_merge(&a, &none);
	cr_assert(eq(int, memcmp(&a, &was, sizeof a), 0));
	vg_sensor_merge(&none, &a);
	cr_assert(eq(int, memcmp(&none, &was, sizeof a), 0));
}

Test(sensor, a_quiet_of_more_than_a_day_ago_is_not_merged_in)
{
	struct vg_sensor old = {.records = 0}, fresh = {.records = 0};

	speak(&old, T0, T0 + 12 * HOUR_MS, 3 * HOUR_MS);
	speak(&fresh, T0 + 3 * DAY_MS, T0 + 4 * DAY_MS, MIN_MS);
	vg_sensor_merge(&fresh, &old);
	cr_assert(eq(i64, vg_sensor_longest(&fresh), MIN_MS));
}

Test(sensor, is_read_back_as_it_was_printed)
{
	struct vg_sensor a = {.records = 0}, b;
	struct vg_buf text = {0};

	speak(&a, T0, T0 + DAY_MS, 37 * MIN_MS);
	vg_sensor_print(&text, &a);
	struct vg_slice s = {.p = text.p, .n = (uint32_t)text.n};
	cr_assert(vg_sensor_parse(s, &b));
	cr_assert(eq(int, memcmp(&a, &b, sizeof a), 0));
	s.n--;
	s.n -= s.p[s.n - 1] == ',';
	cr_assert(not(
		vg_sensor_parse((struct vg_slice){.p = "1,2", .n = 3}, &b)));
	vg_buf_term(&text);
}

Test(sensor, silence_begins_at_its_instant)
{
	cr_assert(eq(int, vg_health_at(100, 1000, 99), VG_HEALTH_CURRENT));
	cr_assert(eq(int, vg_health_at(100, 1000, 100), VG_HEALTH_SILENT));
}

Test(sensor, what_is_only_unread_is_never_silent)
{
	cr_assert(eq(int, vg_health_at(100, 99, 1000), VG_HEALTH_LAGGING));
	cr_assert(eq(int, vg_health_at(100, 100, 1000), VG_HEALTH_SILENT));
	cr_assert(
		eq(int, vg_health_at(100, INT64_MIN, 1000), VG_HEALTH_LAGGING));
	cr_assert(eq(int, vg_health_at(100, INT64_MIN, 99), VG_HEALTH_CURRENT));
}

Test(sensor, every_state_has_a_name)
{
	cr_assert(
		eq(str, (char *)vg_health_name(VG_HEALTH_CURRENT), "current"));
	cr_assert(eq(str, (char *)vg_health_name(VG_HEALTH_NEVER_SEEN),
		     "never_seen"));
}
