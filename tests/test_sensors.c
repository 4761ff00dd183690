/* The sensor table: its limit, its expiry, and what a batch changed in it. */
#include "aggregate/sensors.h"

#include "core/limits.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>

#define DAY_MS INT64_C(86400000)
#define T0     (INT64_C(19676) * DAY_MS)

static struct vg_sensors *t;

static void open_table(void)
{
	const struct vg_sensors_opts o = {
		.max = 3, .keep_ms = DAY_MS, .seed = 7};

	t = vg_sensors_new(&o);
	cr_assert(ne(ptr, t, NULL));
}

static void close_table(void)
{
	vg_sensors_free(t);
}

TestSuite(sensors, .init = open_table, .fini = close_table);

static enum vg_hearing hear(const char *name, int64_t at_ms)
{
	const struct vg_heard h = {.sensor = vg_slice_of(name),
				   .record_ms = at_ms,
				   .event_ms = at_ms,
				   .log_ms = at_ms};

	return vg_sensors_hear(t, &h);
}

static int64_t records(const char *field)
{
	const struct vg_sensor *s = vg_sensors_get(t, vg_slice_of(field));

	return s != NULL ? s->records : -1;
}

/* What the batch has noted, joined by blanks in the order of noting. */
static const char *noted(void)
{
	static char out[1024];
	const struct vg_sensor *s;
	struct vg_slice f;
	size_t n = 0;

	out[0] = '\0';
	for (size_t pos = 0; vg_sensors_noted(t, &pos, &f, &s);)
		n += (size_t)snprintf(out + n, sizeof out - n, "%s%.*s",
				      n > 0 ? " " : "", (int)f.n, f.p);
	return out;
}

Test(sensors, counts_each_sensor_and_all_of_them)
{
	cr_assert(eq(int, hear("a", T0), VG_HEARD));
	cr_assert(eq(int, hear("b", T0 + 1), VG_HEARD));
	cr_assert(eq(int, hear("a", T0 + 2), VG_HEARD));
	cr_assert(eq(i64, records("s:a"), 2));
	cr_assert(eq(i64, records("s:b"), 1));
	cr_assert(eq(i64, records("*"), 3));
	cr_assert(eq(i64, records("~other"), -1));
}

Test(sensors, at_the_limit_all_stay_and_one_past_it_is_folded)
{
	cr_assert(eq(int, hear("a", T0), VG_HEARD));
	cr_assert(eq(int, hear("b", T0), VG_HEARD));
	cr_assert(eq(int, hear("c", T0), VG_HEARD));
	cr_assert(eq(i64, records("~other"), -1));
	cr_assert(eq(int, hear("d", T0), VG_HEARD_FOLDED));
	cr_assert(eq(int, hear("e", T0), VG_HEARD_FOLDED));
	cr_assert(eq(int, hear("a", T0), VG_HEARD));
	cr_assert(eq(i64, records("s:d"), -1));
	cr_assert(eq(i64, records("~other"), 2));
	cr_assert(eq(i64, records("*"), 6));
}

Test(sensors, nobody_can_pass_for_the_rest_or_for_all)
{
	cr_assert(eq(int, hear("~other", T0), VG_HEARD));
	cr_assert(eq(int, hear("*", T0), VG_HEARD));
	cr_assert(eq(i64, records("~other"), -1));
	cr_assert(eq(i64, records("s:~other"), 1));
	cr_assert(eq(i64, records("s:*"), 1));
}

Test(sensors, the_longest_name_fits)
{
	char name[VG_SENSOR_MAX + 1];
	struct vg_slice out;

	memset(name, 'x', VG_SENSOR_MAX);
	name[VG_SENSOR_MAX] = '\0';
	cr_assert(eq(int, hear(name, T0), VG_HEARD));
	cr_assert(vg_sensors_name(vg_slice_of("s:x"), &out));
	cr_assert(eq(u32, out.n, 1));
	cr_assert(not(vg_sensors_name(vg_slice_of("*"), &out)));
	cr_assert(not(vg_sensors_name(vg_slice_of("s:"), &out)));
}

Test(sensors, one_not_heard_for_the_span_goes_and_leaves_its_place)
{
	struct vg_slice f;
	size_t pos = 0;

	(void)hear("a", T0);
	(void)hear("b", T0 + 1);
	(void)hear("c", T0 + 2);
	vg_sensors_settle(t);
	cr_assert(eq(int, hear("d", T0 + DAY_MS - 1), VG_HEARD_FOLDED));
	cr_assert(eq(int, hear("d", T0 + DAY_MS), VG_HEARD));
	cr_assert(eq(i64, records("s:a"), -1));
	cr_assert(eq(i64, records("s:b"), 1));
	cr_assert(vg_sensors_gone(t, &pos, &f));
	cr_assert(vg_slice_eq(f, vg_slice_of("s:a")));
	cr_assert(not(vg_sensors_gone(t, &pos, &f)));
}

Test(sensors, law1_expiry_does_not_depend_on_batches)
{
	/* "a" has ended when it is heard again: it begins anew, whether or not
	 * a commit has swept it before. */
	for (int swept = 0; swept < 2; swept++) {
		(void)hear("a", T0 + swept * 9 * DAY_MS);
		if (swept)
			cr_assert(vg_sensors_expire(t, T0 + 12 * DAY_MS));
		(void)hear("a", T0 + (3 + swept * 9) * DAY_MS);
		cr_assert(eq(i64, records("s:a"), 1));
	}
}

Test(sensors, all_and_the_rest_do_not_expire)
{
	for (int i = 0; i < 4; i++)
		(void)hear((const char *[]){"a", "b", "c", "d"}[i], T0);
	cr_assert(vg_sensors_expire(t, T0 + 9 * DAY_MS));
	cr_assert(eq(i64, records("*"), 4));
	cr_assert(eq(i64, records("~other"), 1));
	cr_assert(eq(sz, vg_sensors_count(t), 2));
}

Test(sensors, a_batch_says_what_it_changed_and_only_that)
{
	(void)hear("a", T0);
	(void)hear("b", T0);
	(void)hear("a", T0);
	cr_assert(eq(str, (char *)noted(), "* s:a s:b"));
	vg_sensors_settle(t);
	cr_assert(eq(str, (char *)noted(), ""));
	(void)hear("b", T0 + 1);
	cr_assert(eq(str, (char *)noted(), "* s:b"));
}

Test(sensors, law1_what_was_stored_goes_on_as_if_never_stopped)
{
	const struct vg_sensors_opts o = {
		.max = 3, .keep_ms = DAY_MS, .seed = 9};
	struct vg_sensors *again = vg_sensors_new(&o), *whole = t;
	struct vg_buf text = {0};
	const struct vg_sensor *s;
	struct vg_slice f;

	for (int i = 0; i < 3; i++)
		(void)hear((const char *[]){"a", "b", "c"}[i], T0 + i);
	for (size_t pos = 0; vg_sensors_next(t, &pos, &f, &s);) {
		vg_buf_reset(&text);
		vg_sensor_print(&text, s);
		cr_assert(eq(int,
			     vg_sensors_set(again, f,
					    (struct vg_slice){
						    text.p, (uint32_t)text.n}),
			     VG_OK));
	}
	for (int k = 0; k < 2; k++) {
		t = k == 0 ? again : whole;
		cr_assert(eq(int, hear("d", T0 + 9), VG_HEARD_FOLDED));
		cr_assert(eq(int, hear("d", T0 + DAY_MS + 1), VG_HEARD));
	}
	for (size_t pos = 0; vg_sensors_next(whole, &pos, &f, &s);)
		cr_assert(eq(int,
			     memcmp(s, vg_sensors_get(again, f), sizeof *s),
			     0));
	cr_assert(eq(sz, vg_sensors_count(again), vg_sensors_count(whole)));
	vg_sensors_free(again);
	vg_buf_term(&text);
}

Test(sensors, what_is_no_sensor_is_refused)
{
	cr_assert(eq(int,
		     vg_sensors_set(t, vg_slice_of("s:a"), vg_slice_of("1,2")),
		     VG_DROP));
	cr_assert(eq(sz, vg_sensors_count(t), 0));
	(void)hear("a", T0);
	cr_assert(eq(int,
		     vg_sensors_set(t, vg_slice_of("s:a"),
				    (struct vg_slice){.n = 0}),
		     VG_OK));
	cr_assert(eq(i64, records("s:a"), -1));
	cr_assert(eq(int, hear("b", T0), VG_HEARD));
	cr_assert(eq(int, hear("c", T0), VG_HEARD));
	cr_assert(eq(int, hear("d", T0), VG_HEARD));
}

Test(sensors, the_newest_canary_is_kept_and_is_no_sensors)
{
	cr_assert(vg_sensors_canary(t, T0 + 500, T0 + 100));
	cr_assert(vg_sensors_canary(t, T0 + 900, T0 + 880));
	cr_assert(vg_sensors_canary(t, T0 + 700, T0 + 1));
	const struct vg_sensor *s =
		vg_sensors_get(t, vg_slice_of(VG_SENSORS_CANARY));

	cr_assert(s != NULL);
	cr_assert(eq(i64, s->records, 3));
	cr_assert(eq(i64, s->first_ms, T0 + 500));
	cr_assert(eq(i64, s->last_ms, T0 + 900));
	cr_assert(eq(i64, s->skew_ms, 20));
	cr_assert(eq(i64, vg_sensor_longest(s), 0));
	cr_assert(vg_sensors_get(t, vg_slice_of(VG_SENSORS_ALL)) == NULL);
	cr_assert(eq(sz, vg_sensors_count(t), 1));
}
