#include "core/timefmt.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>
#include <time.h>

#define LAST INT64_C(253402300799999) /* 9999-12-31T23:59:59.999Z */

static int64_t parse(const char *s)
{
	int64_t ms = -1;

	cr_assert(vg_time_parse(vg_slice_of(s), &ms), "%s", s);
	return ms;
}

static void refuse(const char *s)
{
	int64_t ms = 42;

	cr_assert(not(vg_time_parse(vg_slice_of(s), &ms)), "%s", s);
	cr_assert(eq(i64, ms, 42));
}

Test(timefmt, reads_the_ends_of_its_range)
{
	cr_assert(eq(i64, parse("1970-01-01T00:00:00Z"), 0));
	cr_assert(eq(i64, parse("9999-12-31T23:59:59.999Z"), LAST));
	refuse("1969-12-31T23:59:59.999Z");
	refuse("1970-01-01T00:00:00+00:01");
	refuse("9999-12-31T23:59:59-00:01");
}

Test(timefmt, cuts_a_fraction_to_milliseconds)
{
	cr_assert(eq(i64, parse("1970-01-01T00:00:01.5Z"), 1500));
	cr_assert(eq(i64, parse("1970-01-01T00:00:01.0019999999Z"), 1001));
	refuse("1970-01-01T00:00:01.Z");
	refuse("1970-01-01T00:00:01,5Z");
}

Test(timefmt, applies_the_offset)
{
	int64_t utc = parse("2026-01-02T03:04:05Z");

	cr_assert(eq(i64, parse("2026-01-02T04:04:05+01:00"), utc));
	cr_assert(eq(i64, parse("2026-01-01T23:34:05-03:30"), utc));
	cr_assert(eq(i64, parse("2026-01-02t03:04:05z"), utc));
	refuse("2026-01-02T03:04:05");
	refuse("2026-01-02T03:04:05+24:00");
	refuse("2026-01-02T03:04:05+01:60");
	refuse("2026-01-02T03:04:05+0100");
}

Test(timefmt, reads_a_leap_second_as_the_last_millisecond_before)
{
	cr_assert(eq(i64, parse("2016-12-31T23:59:60Z"),
		     parse("2016-12-31T23:59:59.999Z")));
	cr_assert(eq(i64, parse("2017-01-01T00:59:60.7+01:00"),
		     parse("2016-12-31T23:59:59.999Z")));
	refuse("2016-12-31T23:59:61Z");
	refuse("2016-12-31T12:30:60Z");
}

Test(timefmt, knows_which_years_leap)
{
	(void)parse("2000-02-29T00:00:00Z");
	(void)parse("2024-02-29T00:00:00Z");
	refuse("2100-02-29T00:00:00Z");
	refuse("2026-02-29T00:00:00Z");
	refuse("2026-04-31T00:00:00Z");
	refuse("2026-00-01T00:00:00Z");
	refuse("2026-13-01T00:00:00Z");
	refuse("2026-01-00T00:00:00Z");
}

Test(timefmt, refuses_every_text_that_is_cut_off_or_goes_on)
{
	const char *s = "2026-01-02T03:04:05.678+01:00";
	int64_t ms;

	for (uint32_t n = 0; n < strlen(s); n++)
		cr_assert(not(vg_time_parse((struct vg_slice){s, n}, &ms)));
	refuse("2026-01-02T03:04:05Z ");
	refuse(" 2026-01-02T03:04:05Z");
	refuse("2026-01-02 03:04:05Z");
	refuse("2026-1-2T03:04:05Z");
	refuse("2026-01-02T24:00:00Z");
	refuse("+026-01-02T03:04:05Z");
	cr_assert(not(vg_time_parse((struct vg_slice){0}, &ms)));
}

Test(timefmt, agrees_with_the_c_library_on_every_day)
{
	for (int64_t day = 0; day <= LAST / 86400000; day += 13) {
		char text[VG_TIME_TEXT];
		char want[VG_TIME_TEXT];
		time_t t = (time_t)(day * 86400 + day % 86400);
		struct tm tm;

		strftime(want, sizeof want, "%Y-%m-%dT%H:%M:%SZ",
			 gmtime_r(&t, &tm));
		vg_time_print(text, (int64_t)t * 1000);
		cr_assert(eq(str, text, want));
		cr_assert(eq(i64, parse(text), (int64_t)t * 1000));
	}
}

Test(timefmt, prints_milliseconds_only_when_there_are_some_or_when_asked)
{
	char text[VG_TIME_TEXT];

	vg_time_print(text, 1500);
	cr_assert(eq(str, text, "1970-01-01T00:00:01.500Z"));
	vg_time_print(text, 1000);
	cr_assert(eq(str, text, "1970-01-01T00:00:01Z"));
	vg_time_print_ms(text, 1000);
	cr_assert(eq(str, text, "1970-01-01T00:00:01.000Z"));
}

Test(timefmt, prints_any_instant_without_overrunning)
{
	char text[VG_TIME_TEXT];

	vg_time_print_ms(text, -1);
	cr_assert(eq(str, text, "1969-12-31T23:59:59.999Z"));
	vg_time_print_ms(text, INT64_MAX);
	cr_assert(eq(str, text, "292278994-08-17T07:12:55.807Z"));
	vg_time_print_ms(text, INT64_MIN);
	cr_assert(lt(sz, strlen(text), VG_TIME_TEXT));
}

Test(timefmt, reads_each_unit_of_duration)
{
	const struct {
		const char *text;
		int64_t ms;
	} row[] = {
		{"90s", 90000},	  {"10m", 600000},
		{"6h", 21600000}, {"7d", 604800000},
		{"250ms", 250},	  {"30", 30000},
		{"0", 0},	  {"36525d", INT64_C(36525) * 86400000},
	};

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		int64_t ms = -1;
		cr_assert(vg_duration_parse(vg_slice_of(row[i].text), &ms));
		cr_assert(eq(i64, ms, row[i].ms));
	}
}

Test(timefmt, refuses_what_is_no_duration)
{
	const char *bad[] = {"",
			     "s",
			     "-1s",
			     "1.5h",
			     "10 m",
			     "10M",
			     "1w",
			     "+5s",
			     "5ss",
			     "36526d",
			     "1h5m",
			     "3155760001",
			     "99999999999999999999999s"};

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		int64_t ms = 42;
		cr_assert(not(vg_duration_parse(vg_slice_of(bad[i]), &ms)),
			  "%s", bad[i]);
		cr_assert(eq(i64, ms, 42));
	}
}

Test(timefmt, prints_the_shortest_duration_and_reads_it_back)
{
	const char *same[] = {"0s", "250ms", "90s",   "10m",
			      "6h", "7d",    "1001ms"};

	for (size_t i = 0; i < sizeof same / sizeof same[0]; i++) {
		char text[VG_TIME_TEXT];
		int64_t ms = -1;
		cr_assert(vg_duration_parse(vg_slice_of(same[i]), &ms));
		vg_duration_print(text, ms);
		cr_assert(eq(str, text, (char *)same[i]));
	}
}
