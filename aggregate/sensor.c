#include "aggregate/sensor.h"

#include "aggregate/keys.h"

#include <assert.h>

#define HOUR_MS	 INT64_C(3600000)
#define DAY_MS	 INT64_C(86400000)
#define TIME_MAX (INT64_C(1) << 53)

_Static_assert(sizeof(struct vg_sensor) == VG_SENSOR_NUMBERS * sizeof(int64_t),
	       "a sensor is its numbers");
_Static_assert((int)VG_SENSOR_NUMBERS <= (int)VG_CELL_WIDTH_MAX, "a cell");

int64_t vg_sensor_time(int64_t ms)
{
	if (ms > TIME_MAX)
		return TIME_MAX;
	return ms < -TIME_MAX ? -TIME_MAX : ms;
}

static unsigned slot_of(int64_t hour)
{
	int64_t i = hour % VG_SENSOR_HOURS;

	return (unsigned)(i < 0 ? i + VG_SENSOR_HOURS : i);
}

int64_t vg_sensor_longest(const struct vg_sensor *s)
{
	int64_t most = 0;

	for (unsigned i = 0; i < VG_SENSOR_HOURS; i++)
		if (s->quiet_ms[i] > most)
			most = s->quiet_ms[i];
	return most;
}

/* Move the ring on to `hour`; what is older than a day is forgotten. */
static void turn(struct vg_sensor *s, int64_t hour)
{
	int64_t from = s->hour + 1;

	if (hour - from >= VG_SENSOR_HOURS)
		from = hour - VG_SENSOR_HOURS + 1;
	for (int64_t h = from; h <= hour; h++)
		s->quiet_ms[slot_of(h)] = 0;
	if (hour > s->hour)
		s->hour = hour;
}

/* What a quiet teaches: itself, or when it was an outage no more than twice
 * what was known. */
static int64_t lesson(const struct vg_sensor *s, int64_t quiet_ms)
{
	int64_t most = 2 * vg_sensor_longest(s);

	if (s->last_ms - s->first_ms < DAY_MS)
		return quiet_ms;
	if (most < HOUR_MS)
		most = HOUR_MS;
	return quiet_ms < most ? quiet_ms : most;
}

static void note_quiet(struct vg_sensor *s, int64_t at_ms)
{
	int64_t quiet_ms = at_ms - s->last_ms, learned = lesson(s, quiet_ms);
	int64_t hour = vg_bucket_floor(at_ms, HOUR_MS) / HOUR_MS;

	assert(quiet_ms > 0);
	turn(s, hour);
	if (learned > s->quiet_ms[slot_of(hour)])
		s->quiet_ms[slot_of(hour)] = learned;
	if (quiet_ms >= VG_SENSOR_RUN_MS)
		s->run_ms = at_ms;
	s->last_ms = at_ms;
}

static void note_skew(struct vg_sensor *s, int64_t at_ms, int64_t skew_ms)
{
	int64_t day = vg_bucket_floor(at_ms, DAY_MS) / DAY_MS;

	/* An earlier day is over. */
	if (s->day == 0 || day > s->day) {
		s->day_before = s->day;
		s->skew_before_ms = s->skew_ms;
		s->day = day;
		s->skew_ms = skew_ms;
	} else if (day == s->day && skew_ms < s->skew_ms) {
		s->skew_ms = skew_ms;
	}
}

void vg_sensor_learn(struct vg_sensor *s, int64_t record_ms, int64_t event_ms)
{
	int64_t at_ms = vg_sensor_time(record_ms);

	if (s->records == 0) {
		*s = (struct vg_sensor){
			.first_ms = at_ms,
			.last_ms = at_ms,
			.run_ms = at_ms,
			.hour = vg_bucket_floor(at_ms, HOUR_MS) / HOUR_MS};
	} else if (at_ms > s->last_ms) {
		note_quiet(s, at_ms);
	} else if (at_ms < s->first_ms) {
		s->first_ms = at_ms;
	}
	s->records++;
	note_skew(s, at_ms, at_ms - vg_sensor_time(event_ms));
}

void vg_sensor_canary(struct vg_sensor *s, int64_t record_ms, int64_t sent_ms)
{
	int64_t at_ms = vg_sensor_time(record_ms);
	int64_t records = s->records + 1;
	int64_t first_ms =
		records > 1 && s->first_ms < at_ms ? s->first_ms : at_ms;

	if (records == 1 || at_ms >= s->last_ms)
		*s = (struct vg_sensor){
			.last_ms = at_ms,
			.run_ms = at_ms,
			.hour = vg_bucket_floor(at_ms, HOUR_MS) / HOUR_MS,
			.day = vg_bucket_floor(at_ms, DAY_MS) / DAY_MS,
			.skew_ms = at_ms - vg_sensor_time(sent_ms)};
	s->records = records;
	s->first_ms = first_ms;
}

/* The smaller skew of one day, as known to `a` and `b`; false when neither
 * heard it that day. */
static bool skew_of(const struct vg_sensor *const from[2], int64_t day,
		    int64_t *out)
{
	bool found = false;

	for (unsigned i = 0; i < 2; i++) {
		const struct vg_sensor *s = from[i];
		const int64_t days[2] = {s->day, s->day_before};
		const int64_t skews[2] = {s->skew_ms, s->skew_before_ms};

		for (unsigned k = 0; k < 2; k++) {
			if (day == 0 || days[k] != day)
				continue;
			if (!found || skews[k] < *out)
				*out = skews[k];
			found = true;
		}
	}
	return found;
}

/* The newest day of the two that is before `below`; 0: none. */
static int64_t newest_day(const struct vg_sensor *const from[2], int64_t below)
{
	int64_t day = 0;

	for (unsigned i = 0; i < 2; i++) {
		const int64_t days[2] = {from[i]->day, from[i]->day_before};

		for (unsigned k = 0; k < 2; k++)
			if (days[k] != 0 && days[k] < below &&
			    (day == 0 || days[k] > day))
				day = days[k];
	}
	return day;
}

static void merge_skew(struct vg_sensor *into,
		       const struct vg_sensor *const from[2])
{
	int64_t day = newest_day(from, INT64_MAX);
	int64_t before = day != 0 ? newest_day(from, day) : 0;

	into->skew_ms = into->skew_before_ms = 0;
	into->day = day;
	into->day_before = before;
	(void)skew_of(from, day, &into->skew_ms);
	(void)skew_of(from, before, &into->skew_before_ms);
}

void vg_sensor_merge(struct vg_sensor *into, const struct vg_sensor *from)
{
	const struct vg_sensor a = *into, b = *from;
	const struct vg_sensor *const both[2] = {&a, &b};
	struct vg_sensor older = a.hour < b.hour ? a : b;

	if (from->records == 0)
		return;
	if (into->records == 0) {
		*into = *from;
		return;
	}
	into->first_ms = a.first_ms < b.first_ms ? a.first_ms : b.first_ms;
	into->last_ms = a.last_ms > b.last_ms ? a.last_ms : b.last_ms;
	into->run_ms = a.run_ms > b.run_ms ? a.run_ms : b.run_ms;
	into->records = a.records + b.records;
	into->hour = a.hour > b.hour ? a.hour : b.hour;
	turn(&older, into->hour);
	for (unsigned i = 0; i < VG_SENSOR_HOURS; i++) {
		int64_t newer = (a.hour < b.hour ? b : a).quiet_ms[i];

		into->quiet_ms[i] =
			newer > older.quiet_ms[i] ? newer : older.quiet_ms[i];
	}
	merge_skew(into, both);
}

void vg_sensor_print(struct vg_buf *out, const struct vg_sensor *s)
{
	int64_t v[VG_SENSOR_NUMBERS];

	memcpy(v, s, sizeof v);
	vg_cell_print(out, v, VG_SENSOR_NUMBERS);
}

bool vg_sensor_parse(struct vg_slice text, struct vg_sensor *out)
{
	int64_t v[VG_SENSOR_NUMBERS];

	if (!vg_cell_parse(text, v, VG_SENSOR_NUMBERS))
		return false;
	memcpy(out, v, sizeof v);
	return true;
}

int64_t vg_sensor_expected(const struct vg_sensor *s,
			   const struct vg_cadence *c)
{
	int64_t expected = 2 * vg_sensor_longest(s);

	if (s->records == 0)
		return 0;
	if (c->set_ms > 0)
		return c->set_ms;
	if (s->last_ms - s->first_ms < c->learning_ms)
		return 0;
	return expected > c->floor_ms ? expected : c->floor_ms;
}

int64_t vg_sensor_silent_from(const struct vg_sensor *s,
			      const struct vg_cadence *c)
{
	int64_t expected = vg_sensor_expected(s, c);

	return expected > 0 ? s->last_ms + expected : INT64_MAX;
}

const char *vg_health_name(enum vg_health h)
{
	static const char *const NAME[VG_HEALTH_N] = {"current", "silent",
						      "lagging", "never_seen"};

	assert(h < VG_HEALTH_N);
	return NAME[h];
}

enum vg_health vg_health_at(int64_t from_ms, int64_t known_ms, int64_t at_ms)
{
	if (at_ms < from_ms)
		return VG_HEALTH_CURRENT;
	return known_ms >= from_ms ? VG_HEALTH_SILENT : VG_HEALTH_LAGGING;
}
