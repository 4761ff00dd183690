#include "notify/calendar.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DAY_S = 86400, DAY_MIN = 1440, SAT_SUN = 0x60, FRI_SAT = 0x30 };

unsigned vg_weekend_of(const char *country)
{
	static const char friday[][3] = {"BH", "DZ", "EG", "IL", "IQ",
					 "JO", "KW", "LY", "OM", "PS",
					 "QA", "SA", "SD", "SY", "YE"};

	for (size_t i = 0; i < sizeof friday / sizeof friday[0]; i++)
		if (strcmp(friday[i], country) == 0)
			return FRI_SAT;
	return SAT_SUN;
}

static int64_t big_endian(const unsigned char *p, size_t n)
{
	uint64_t v = (p[0] & 0x80) != 0 ? UINT64_MAX : 0;

	for (size_t i = 0; i < n; i++)
		v = v << 8 | p[i];
	return (int64_t)v;
}

/* The sizes in a TZif header: isut, isstd, leap, time, type, char. */
enum { ISUT, ISSTD, LEAP, TIMES, TYPES, CHARS, COUNTS, HEADER = 44 };

static bool read_header(const unsigned char *p, size_t n, size_t count[COUNTS])
{
	if (n < HEADER || memcmp(p, "TZif", 4) != 0)
		return false;
	for (size_t i = 0; i < COUNTS; i++) {
		int64_t v = big_endian(p + 20 + 4 * i, 4);

		if (v < 0 || v > VG_ZONE_FILE_MAX)
			return false;
		count[i] = (size_t)v;
	}
	return true;
}

static size_t body_size(const size_t count[COUNTS], size_t time)
{
	return count[TIMES] * (time + 1) + count[TYPES] * 6 + count[CHARS] +
	       count[LEAP] * (time + 4) + count[ISSTD] + count[ISUT];
}

/* The second block of a version 2 file has times of 64 bits. */
static bool read_changes(struct vg_calendar *c, const unsigned char *p,
			 size_t n)
{
	size_t count[COUNTS], skip;

	if (!read_header(p, n, count) || p[4] < '2')
		return false;
	skip = HEADER + body_size(count, 4);
	if (skip > n || !read_header(p + skip, n - skip, count))
		return false;
	p += skip + HEADER;
	n -= skip + HEADER;
	if (body_size(count, 8) > n || count[TYPES] == 0)
		return false;
	const unsigned char *which = p + 8 * count[TIMES];
	const unsigned char *type = which + count[TIMES];
	c->change = calloc(count[TIMES] + 1, sizeof *c->change);
	if (c->change == NULL)
		return false;
	c->change[0] = (struct vg_zone_change){INT64_MIN,
					       (int32_t)big_endian(type, 4)};
	c->n_change = 1;
	for (size_t i = 0; i < count[TIMES]; i++) {
		if (which[i] >= count[TYPES])
			return false;
		c->change[c->n_change++] = (struct vg_zone_change){
			big_endian(p + 8 * i, 8),
			(int32_t)big_endian(type + 6 * which[i], 4)};
	}
	return true;
}

/* "+03:00", "-05:30". */
static bool read_offset(struct vg_calendar *c, const char *text)
{
	int h = 0, m = 0, used = 0;

	if ((text[0] != '+' && text[0] != '-') ||
	    sscanf(text + 1, "%2d:%2d%n", &h, &m, &used) != 2 ||
	    text[1 + used] != '\0' || h > 14 || m > 59 || h < 0 || m < 0)
		return false;
	c->change = calloc(1, sizeof *c->change);
	if (c->change == NULL)
		return false;
	int s = (h * 60 + m) * 60;
	c->change[0] =
		(struct vg_zone_change){INT64_MIN, text[0] == '-' ? -s : s};
	c->n_change = 1;
	return true;
}

static bool read_zone_file(struct vg_calendar *c, const char *folder,
			   const char *name)
{
	char path[512];
	bool ok = false;

	if (strstr(name, "..") != NULL || name[0] == '/' ||
	    snprintf(path, sizeof path, "%s/%s", folder, name) >=
		    (int)sizeof path)
		return false;
	FILE *f = fopen(path, "rb");
	unsigned char *text = f != NULL ? malloc(VG_ZONE_FILE_MAX) : NULL;
	if (text != NULL) {
		size_t n = fread(text, 1, VG_ZONE_FILE_MAX, f);

		ok = n < VG_ZONE_FILE_MAX && read_changes(c, text, n);
	}
	free(text);
	if (f != NULL)
		(void)fclose(f);
	return ok;
}

enum vg_rc vg_calendar_zone(struct vg_calendar *c, const char *folder,
			    const char *name, struct vg_err *err)
{
	free(c->change);
	c->change = NULL;
	c->n_change = 0;
	if (strcmp(name, "UTC") == 0 || read_offset(c, name) ||
	    read_zone_file(c, folder, name))
		return VG_OK;
	free(c->change);
	c->change = NULL;
	c->n_change = 0;
	return vg_err_set(err, VG_INVAL,
			  "%.64s is not a time zone; write UTC, an offset as "
			  "+03:00, or a name as Asia/Bahrain (package tzdata)",
			  name);
}

/* Days from 1970-01-01 of a proleptic Gregorian date. */
static int32_t days_of(int y, int m, int d)
{
	y -= m <= 2;
	int era = y / 400, yoe = y - era * 400;
	int doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
	int doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;

	return era * 146097 + doe - 719468;
}

enum vg_rc vg_calendar_holiday(struct vg_calendar *c, const char *date,
			       struct vg_err *err)
{
	static const int length[] = {31, 29, 31, 30, 31, 30,
				     31, 31, 30, 31, 30, 31};
	int y = 0, m = 0, d = 0, used = 0;

	if (sscanf(date, "%4d-%2d-%2d%n", &y, &m, &d, &used) != 3 ||
	    date[used] != '\0' || y < 1970 || m < 1 || m > 12 || d < 1 ||
	    d > length[m - 1])
		return vg_err_set(err, VG_INVAL,
				  "%.32s is not a date; write it as 2026-01-11",
				  date);
	if (c->n_holiday >= VG_HOLIDAYS_MAX)
		return vg_err_set(err, VG_INVAL,
				  "more than %d holidays; remove old ones",
				  VG_HOLIDAYS_MAX);
	int32_t *p = realloc(c->holiday, (c->n_holiday + 1) * sizeof *p);
	if (p == NULL)
		return vg_err_set(err, VG_FATAL, "calendar: out of memory");
	c->holiday = p;
	p[c->n_holiday++] = days_of(y, m, d);
	return VG_OK;
}

void vg_calendar_local(const struct vg_calendar *c, int64_t at_ms, int32_t *day,
		       int *minute)
{
	int64_t s = at_ms / 1000 - (at_ms % 1000 < 0);
	int32_t offset_s = 0;

	for (size_t i = 0; c != NULL && i < c->n_change; i++)
		if (c->change[i].from_s <= s)
			offset_s = c->change[i].offset_s;
	s += offset_s;
	int64_t whole = s / DAY_S - (s % DAY_S < 0);
	*day = (int32_t)whole;
	*minute = (int)((s - whole * DAY_S) / 60);
}

void vg_calendar_term(struct vg_calendar *c)
{
	free(c->change);
	free(c->holiday);
	memset(c, 0, sizeof *c);
}

static bool is_day(const struct vg_hours *h, const struct vg_calendar *c,
		   int32_t day)
{
	/* 1970-01-01 was a Thursday, which is 3. */
	unsigned weekday = (unsigned)(((day + 3) % 7 + 7) % 7);
	unsigned weekend = c != NULL ? c->weekend : SAT_SUN;
	bool is_free = (weekend >> weekday & 1) != 0;

	if (h->days == VG_DAYS_NAMED)
		return (h->named >> weekday & 1) != 0;
	for (size_t i = 0; c != NULL && i < c->n_holiday; i++)
		is_free = is_free || c->holiday[i] == day;
	return is_free == (h->days == VG_DAYS_FREE);
}

bool vg_hours_have(const struct vg_hours *h, const struct vg_calendar *c,
		   int64_t at_ms)
{
	int32_t day = 0;
	int minute = 0;

	assert(h->from >= 0 && h->from <= DAY_MIN && h->to <= DAY_MIN);
	vg_calendar_local(c, at_ms, &day, &minute);
	if (h->from < h->to)
		return minute >= h->from && minute < h->to && is_day(h, c, day);
	return (minute >= h->from && is_day(h, c, day)) ||
	       (minute < h->to && is_day(h, c, day - 1));
}
