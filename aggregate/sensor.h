/*
 * sensor - how one sensor speaks: when it did, how long it is wont to be
 * quiet, and how far its clock is off. docs/semantics.md ("Silence") says the
 * same for people.
 *
 *                    quiet 4 min   quiet 7 min          quiet so far
 *   records     x  x             x               x  x - - - - - - - - - T
 *                                                   |---- expected ----|
 *                                                last_ms            silent
 *
 * Each quiet is kept in the log hour in which it ended; what is expected is
 * twice the longest of the last 24 log hours before the sensor was last heard.
 * A quiet longer than that is an outage and no habit: once the sensor has been
 * heard for a day, one quiet teaches at most twice the longest before it (and
 * an hour in any case).
 *
 * All of it is a function of the records in log order and, where it says so,
 * of T. What is silent *now* takes T as an argument.
 *
 * Threads: pure. Times: ms since 1970; record times, not event times.
 */
#ifndef VG_AGGREGATE_SENSOR_H
#define VG_AGGREGATE_SENSOR_H

#include "core/buf.h"
#include "core/slice.h"

enum {
	VG_SENSOR_HOURS = 24,	/* log hours whose quiets are remembered */
	VG_SENSOR_NUMBERS = 33, /* of the struct, and of its text        */
};

/* A quiet of this length begins a new run of records, ms. */
#define VG_SENSOR_RUN_MS INT64_C(300000)

/* Numbers alone, in the order of the text; records == 0: nothing heard. */
struct vg_sensor {
	int64_t first_ms, last_ms; /* smallest and largest record time   */
	int64_t records;
	int64_t run_ms; /* first record behind the last quiet of
			 * VG_SENSOR_RUN_MS or more              */
	int64_t hour;	/* of last_ms: hours since 1970          */
	/* Smallest (record time - event time) of the day it was last heard, and
	 * of the day before that on which it was; days since 1970, 0: none. */
	int64_t day, skew_ms, day_before, skew_before_ms;
	/* By hour modulo 24: the longest quiet that ended in it, 0: none. */
	int64_t quiet_ms[VG_SENSOR_HOURS];
};

/* A record may claim any time; held within 2^53, sums cannot overflow. */
int64_t vg_sensor_time(int64_t ms);

/* Learn one record. */
void vg_sensor_learn(struct vg_sensor *s, int64_t record_ms, int64_t event_ms);

/* Learn a canary that was sent at `sent_ms`: skew_ms is then what the newest
 * took to its record, and quiets are none. */
void vg_sensor_canary(struct vg_sensor *s, int64_t record_ms, int64_t sent_ms);

/* Take what another partition knows of the same sensor into `into`. The order
 * of merging does not matter. */
void vg_sensor_merge(struct vg_sensor *into, const struct vg_sensor *from);

/* The longest quiet of its last 24 log hours, ms; 0: none is known. */
int64_t vg_sensor_longest(const struct vg_sensor *s);

/* Append the text that Redis and followers have of it, and read one back:
 * false when it is none, *out is then untouched. */
void vg_sensor_print(struct vg_buf *out, const struct vg_sensor *s);
bool vg_sensor_parse(struct vg_slice text, struct vg_sensor *out);

/* What is asked of a sensor. */
struct vg_cadence {
	int64_t floor_ms;    /* no shorter quiet is a silence            */
	int64_t learning_ms; /* heard for less: not judged by its habits */
	int64_t set_ms;	     /* its set cadence, 0: learned              */
};

/* How long `s` may be quiet, ms; 0: not known yet. */
int64_t vg_sensor_expected(const struct vg_sensor *s,
			   const struct vg_cadence *c);

/* When it is silent, should it say nothing more; INT64_MAX: not known yet. */
int64_t vg_sensor_silent_from(const struct vg_sensor *s,
			      const struct vg_cadence *c);

enum vg_health {
	VG_HEALTH_CURRENT,
	VG_HEALTH_SILENT,
	VG_HEALTH_LAGGING,
	VG_HEALTH_NEVER_SEEN,
	VG_HEALTH_N
};

/* "current", "silent", "lagging", "never_seen". */
const char *vg_health_name(enum vg_health h);

/* The state at `at_ms` of what is silent from `from_ms` on. `known_ms`: all
 * that reached the brokers before it is read; INT64_MIN when records are unread
 * or that is not known. Past it nothing is called silent. */
enum vg_health vg_health_at(int64_t from_ms, int64_t known_ms, int64_t at_ms);

#endif
