/* The sensor table, counted by the part's own code and by the oracle's. */
#include "aggregate/sensors.h"
#include "verify/hear.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>

#define MIN_MS	INT64_C(60000)
#define HOUR_MS INT64_C(3600000)
#define DAY_MS	INT64_C(86400000)
#define T0	(INT64_C(19676) * DAY_MS)

enum { NAMES_MAX = 5, NAMES = 9 };

static uint64_t state;

static int64_t below(int64_t n)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (int64_t)(state % (uint64_t)n);
}

struct world {
	struct vg_sensors *table;
	struct vg_hear *heard;
	int64_t log_ms;
};

static void open_world(struct world *w)
{
	const struct vg_sensors_opts o = {
		.max = NAMES_MAX, .keep_ms = 3 * DAY_MS, .seed = 3};

	w->table = vg_sensors_new(&o);
	w->heard = vg_hear_new(NAMES_MAX, 3 * DAY_MS, 4);
	w->log_ms = INT64_MIN;
}

static void close_world(struct world *w)
{
	vg_sensors_free(w->table);
	vg_hear_free(w->heard);
}

static void speak(struct world *w, int name, int64_t at_ms, int64_t event_ms)
{
	char text[16];
	struct vg_heard h = {.record_ms = at_ms,
			     .event_ms = event_ms,
			     .attack = (uint64_t)below(6)};

	snprintf(text, sizeof text, "s%d", name);
	h.sensor = vg_slice_of(text);
	w->log_ms = at_ms > w->log_ms ? at_ms : w->log_ms;
	h.log_ms = w->log_ms;
	const int64_t times[3] = {at_ms, event_ms, w->log_ms};
	cr_assert(vg_sensors_hear(w->table, &h) != VG_HEARD_NO_MEMORY);
	cr_assert(vg_hear_take(w->heard, h.sensor, times, h.attack));
}

static void chirp(struct world *w, int64_t at_ms, int64_t sent_ms)
{
	w->log_ms = at_ms > w->log_ms ? at_ms : w->log_ms;
	cr_assert(vg_sensors_canary(w->table, at_ms, sent_ms));
	cr_assert(vg_hear_canary(w->heard, at_ms, sent_ms));
}

/* Both know the same at the end. */
static void same(struct world *w)
{
	struct vg_buf field = {0}, text = {0}, have = {0};
	size_t n = 0;

	cr_assert(vg_sensors_expire(w->table, w->log_ms));
	for (size_t pos = 0;
	     vg_hear_next(w->heard, &pos, w->log_ms, &field, &text); n++) {
		const struct vg_sensor *s =
			vg_sensors_get(w->table, vg_slice_of(field.p));

		cr_assert(s != NULL, "%s is missing", field.p);
		vg_buf_reset(&have);
		vg_sensor_print(&have, s);
		cr_assert(eq(str, have.p, text.p), "%s", field.p);
	}
	cr_assert(eq(sz, n, vg_sensors_count(w->table)));
	vg_buf_term(&field);
	vg_buf_term(&text);
	vg_buf_term(&have);
}

Test(hear, law1_two_ways_of_counting_agree)
{
	static const int64_t STEP[] = {1,	    1000,	 MIN_MS,
				       17 * MIN_MS, 3 * HOUR_MS, 4 * DAY_MS};

	for (int run = 0; run < 40; run++) {
		struct world w;
		int64_t t = T0;

		state = 88172645463325252u + (uint64_t)run * 7919;
		open_world(&w);
		for (int i = 0; i < 600; i++) {
			t += below(STEP[below(below(20) == 0 ? 6 : 5)] + 1);
			speak(&w, (int)below(NAMES),
			      t - (below(8) == 0 ? below(DAY_MS) : 0),
			      t - below(2 * HOUR_MS) + 5 * MIN_MS);
			if (below(9) == 0)
				chirp(&w, t - below(2) * below(DAY_MS),
				      t - below(HOUR_MS));
			/* A batch may end anywhere. */
			if (below(10) == 0) {
				cr_assert(vg_sensors_expire(w.table, w.log_ms));
				vg_sensors_settle(w.table);
			}
		}
		same(&w);
		close_world(&w);
	}
}

Test(hear, law1_absurd_times_lead_to_the_same)
{
	static const int64_t WHEN[] = {
		0,  -1,	      INT64_MIN, INT64_MAX,
		T0, -HOUR_MS, HOUR_MS,	 INT64_C(1) << 53};
	enum { N = sizeof WHEN / sizeof *WHEN };

	for (int run = 0; run < 60; run++) {
		struct world w;

		state = 362436069u + (uint64_t)run * 104729;
		open_world(&w);
		for (int i = 0; i < 30; i++)
			speak(&w, (int)below(4), WHEN[below(N)],
			      WHEN[below(N)]);
		same(&w);
		close_world(&w);
	}
}
