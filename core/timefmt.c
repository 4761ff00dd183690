#include "core/timefmt.h"

#include <assert.h>
#include <stdio.h>

#define SECOND_MS INT64_C(1000)
#define MINUTE_MS (60 * SECOND_MS)
#define HOUR_MS	  (60 * MINUTE_MS)
#define DAY_MS	  (24 * HOUR_MS)
#define TIME_MAX  INT64_C(253402300799999) /* 9999-12-31T23:59:59.999Z */
#define LONGEST	  (36525 * DAY_MS)	   /* 100 years */

struct reader {
	const char *p, *end;
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool read_char(struct reader *r, char c)
{
	if (r->p == r->end || *r->p != c)
		return false;
	r->p++;
	return true;
}

/* Exactly `digits` digits, `low` to `high`. */
static bool read_field(struct reader *r, int digits, int low, int high,
		       int *out)
{
	int v = 0;

	if (r->end - r->p < digits)
		return false;
	for (int i = 0; i < digits; i++) {
		if (!is_digit(r->p[i]))
			return false;
		v = v * 10 + (r->p[i] - '0');
	}
	r->p += digits;
	*out = v;
	return v >= low && v <= high;
}

static bool is_leap(int year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int month_days(int year, int month)
{
	static const int8_t days[] = {31, 28, 31, 30, 31, 30,
				      31, 31, 30, 31, 30, 31};

	assert(month >= 1 && month <= 12);
	return days[month - 1] + (month == 2 && is_leap(year));
}

/* Days from 1970-01-01 in the proleptic Gregorian calendar. Years begin in
 * March here, so that the leap day is the last one. */
static int64_t days_of(int year, int month, int day)
{
	int64_t y = month <= 2 ? year - 1 : year;
	int64_t era = (y >= 0 ? y : y - 399) / 400;
	int64_t of_era = y - era * 400;
	int64_t of_year =
		(153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 +
	       of_year - 719468;
}

static bool read_date(struct reader *r, int64_t *ms)
{
	int year, month, day;

	if (!read_field(r, 4, 0, 9999, &year) || !read_char(r, '-') ||
	    !read_field(r, 2, 1, 12, &month) || !read_char(r, '-') ||
	    !read_field(r, 2, 1, month_days(year, month), &day))
		return false;
	*ms = days_of(year, month, day) * DAY_MS;
	return true;
}

/* ".678901" as 678; none as 0. */
static bool read_fraction(struct reader *r, int64_t *ms)
{
	int64_t unit = 100;

	*ms = 0;
	if (!read_char(r, '.'))
		return true;
	if (r->p == r->end || !is_digit(*r->p))
		return false;
	for (; r->p < r->end && is_digit(*r->p); r->p++, unit /= 10)
		*ms += (*r->p - '0') * unit;
	return true;
}

static bool read_clock(struct reader *r, int64_t *ms, bool *leap)
{
	int hour, minute, second;
	int64_t fraction;

	if (!read_field(r, 2, 0, 23, &hour) || !read_char(r, ':') ||
	    !read_field(r, 2, 0, 59, &minute) || !read_char(r, ':') ||
	    !read_field(r, 2, 0, 60, &second) || !read_fraction(r, &fraction))
		return false;
	*leap = second == 60;
	if (*leap) {
		second = 59;
		fraction = 999;
	}
	*ms = hour * HOUR_MS + minute * MINUTE_MS + second * SECOND_MS +
	      fraction;
	return true;
}

static bool read_zone(struct reader *r, int64_t *ms)
{
	int hour, minute;

	*ms = 0;
	if (read_char(r, 'Z') || read_char(r, 'z'))
		return true;
	bool east = read_char(r, '+');
	if (!east && !read_char(r, '-'))
		return false;
	if (!read_field(r, 2, 0, 23, &hour) || !read_char(r, ':') ||
	    !read_field(r, 2, 0, 59, &minute))
		return false;
	*ms = hour * HOUR_MS + minute * MINUTE_MS;
	if (!east)
		*ms = -*ms;
	return true;
}

bool vg_time_parse(struct vg_slice s, int64_t *ms)
{
	struct reader r = {.p = s.p, .end = s.p + s.n};
	int64_t date, clock, zone;
	bool leap;

	if (s.n == 0 || !read_date(&r, &date))
		return false;
	if (!read_char(&r, 'T') && !read_char(&r, 't'))
		return false;
	if (!read_clock(&r, &clock, &leap) || !read_zone(&r, &zone) ||
	    r.p != r.end)
		return false;

	int64_t t = date + clock - zone;
	if (t < 0 || t > TIME_MAX)
		return false;
	/* A leap second is the last one of a day in UTC. */
	if (leap && t % DAY_MS != DAY_MS - 1)
		return false;
	*ms = t;
	return true;
}

/* `v` in `digits` digits, and `next`; where to go on. By hand, as answers have
 * instants in their headers and printf() is most of what those would cost. */
static char *put(char *out, int64_t v, int digits, char next)
{
	for (int i = digits - 1; i >= 0; i--, v /= 10)
		out[i] = (char)('0' + v % 10);
	out[digits] = next;
	return out + digits + 1;
}

static void print(char *out, int64_t ms, bool always_ms)
{
	int64_t of_day = ms % DAY_MS;
	int64_t day = ms / DAY_MS;

	if (of_day < 0) {
		of_day += DAY_MS;
		day--;
	}
	day += 719468;
	int64_t era = (day >= 0 ? day : day - 146096) / 146097;
	int64_t of_era = day - era * 146097;
	int64_t year =
		(of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) /
		365;
	int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
	int64_t m = (5 * of_year + 2) / 153;
	int64_t month = m < 10 ? m + 3 : m - 9;
	year += era * 400 + (month <= 2);

	if (year >= 0 && year <= 9999)
		out = put(out, year, 4, '-');
	else
		out += snprintf(out, VG_TIME_TEXT, "%04lld-", (long long)year);
	out = put(out, month, 2, '-');
	out = put(out, of_year - (153 * m + 2) / 5 + 1, 2, 'T');
	out = put(out, of_day / HOUR_MS, 2, ':');
	out = put(out, of_day / MINUTE_MS % 60, 2, ':');
	if (always_ms || of_day % SECOND_MS != 0) {
		out = put(out, of_day / SECOND_MS % 60, 2, '.');
		out = put(out, of_day % SECOND_MS, 3, 'Z');
	} else {
		out = put(out, of_day / SECOND_MS % 60, 2, 'Z');
	}
	*out = '\0';
}

void vg_time_print(char out[VG_TIME_TEXT], int64_t ms)
{
	print(out, ms, false);
}

void vg_time_print_ms(char out[VG_TIME_TEXT], int64_t ms)
{
	print(out, ms, true);
}

/* From the largest, so that the first one that divides prints shortest. */
static const struct {
	char name[3];
	int64_t ms;
} unit[] = {
	{"d", DAY_MS},	  {"h", HOUR_MS}, {"m", MINUTE_MS},
	{"s", SECOND_MS}, {"ms", 1},
};

enum { UNITS = sizeof unit / sizeof unit[0] };

static int64_t unit_ms(struct vg_slice name)
{
	if (name.n == 0)
		return SECOND_MS;
	for (size_t i = 0; i < UNITS; i++)
		if (vg_slice_eq(name, vg_slice_of(unit[i].name)))
			return unit[i].ms;
	return 0;
}

bool vg_duration_parse(struct vg_slice s, int64_t *ms)
{
	int64_t v = 0;
	uint32_t i = 0;

	for (; i < s.n && is_digit(s.p[i]); i++) {
		v = v * 10 + (s.p[i] - '0');
		if (v > LONGEST)
			return false;
	}
	if (i == 0)
		return false;
	int64_t each = unit_ms((struct vg_slice){.p = s.p + i, .n = s.n - i});
	if (each == 0 || v > LONGEST / each)
		return false;
	*ms = v * each;
	return true;
}

void vg_duration_print(char out[VG_TIME_TEXT], int64_t ms)
{
	size_t i = 0;

	assert(ms >= 0);
	if (ms == 0) {
		memcpy(out, "0s", 3);
		return;
	}
	while (ms % unit[i].ms != 0)
		i++;
	int n = snprintf(out, VG_TIME_TEXT, "%lld",
			 (long long)(ms / unit[i].ms));
	assert(n > 0 && n + 3 < VG_TIME_TEXT);
	memcpy(out + n, unit[i].name, strlen(unit[i].name) + 1);
}
