/*
 * calendar - when it is which day and hour for whom: a member's time zone,
 * weekend and holidays, and stretches of the week by them.
 *
 * Zones are read once, from the system's files (TZif); past the last change
 * that a file lists, its last offset holds.
 *
 * Owner:   each object owns what it holds. Time: ms, an argument.
 * Threads: pure once read.
 */
#ifndef VG_NOTIFY_CALENDAR_H
#define VG_NOTIFY_CALENDAR_H

#include "core/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { VG_HOLIDAYS_MAX = 4096, VG_ZONE_FILE_MAX = 65536 };

/* Offset from UTC, in seconds, from `from_s` on. */
struct vg_zone_change {
	int64_t from_s;
	int32_t offset_s;
};

struct vg_calendar {
	char name[32];
	struct vg_zone_change *change; /* none: UTC */
	size_t n_change;
	unsigned weekend; /* bit 0: Monday ... bit 6: Sunday */
	int32_t *holiday; /* days since 1970, local */
	size_t n_holiday;
};

/* The weekend that a country has unless a calendar says otherwise: Friday and
 * Saturday in some, else Saturday and Sunday. */
unsigned vg_weekend_of(const char *country);

/* Read zone `name` ("Asia/Bahrain") below `folder`, or "+03:00". VG_INVAL with
 * what and remedy. */
enum vg_rc vg_calendar_zone(struct vg_calendar *c, const char *folder,
			    const char *name, struct vg_err *err) VG_MUST_CHECK;

/* Add a holiday "2026-01-11"; VG_INVAL when it is no date or there are too
 * many. */
enum vg_rc vg_calendar_holiday(struct vg_calendar *c, const char *date,
			       struct vg_err *err) VG_MUST_CHECK;

/* Days since 1970 and minute of the day, local. */
void vg_calendar_local(const struct vg_calendar *c, int64_t at_ms, int32_t *day,
		       int *minute);

/* Free what `c` holds. */
void vg_calendar_term(struct vg_calendar *c);

enum vg_days { VG_DAYS_NAMED, VG_DAYS_FREE, VG_DAYS_WORK };

/* A stretch of every day that is of the kind: [from, to) minutes; over midnight
 * when to <= from, and then it belongs to the day it began on. */
struct vg_hours {
	enum vg_days days; /* free: weekend and holidays */
	unsigned named;	   /* weekdays as in `weekend` */
	int from, to;	   /* 0..1440 */
};

/* True when `at_ms` is within. `c` NULL: UTC, Saturday and Sunday are free. */
bool vg_hours_have(const struct vg_hours *h, const struct vg_calendar *c,
		   int64_t at_ms);

#endif
