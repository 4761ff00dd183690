/* The built-in alert sensor-silent: over a view made by hand, and a Redis. */
#include "alert/silence.h"

#include "aggregate/sensors.h"
#include "aggregate/view_parts.h"
#include "alert/deaf.h"
#include "alert_fix.h"
#include "core/timefmt.h"

#include <cjson/cJSON.h>
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>

#define SEC_MS	INT64_C(1000)
#define MIN_MS	INT64_C(60000)
#define HOUR_MS INT64_C(3600000)
#define DAY_MS	INT64_C(86400000)
/* A whole minute. */
#define T0 (INT64_C(19676) * DAY_MS)

static struct alert_fix f;
static struct vg_view *view;
static int64_t now;

static struct vg_view_feed *feed_of(unsigned partner)
{
	struct vg_view_feed *feed = calloc(1, sizeof *feed);
	const struct vg_sensors_opts o = {
		.max = 100, .keep_ms = 400 * DAY_MS, .seed = 1};

	feed->cells = vg_cells_new(1);
	feed->sensors = vg_sensors_new(&o);
	feed->pub = (struct vg_view_part){.partner = &f.partner[partner],
					  .offset = 1,
					  .high = 1,
					  .log_ms = INT64_MIN,
					  .watermark_ms = INT64_MIN,
					  .live = true,
					  .cells = feed->cells,
					  .sensors = feed->sensors};
	strcpy(feed->pub.topic, f.partner[partner].topic);
	view->feed[view->n_parts++] = feed;
	return feed;
}

static void start(void)
{
	alert_fix_start(&f, FIX_RULE(3, ""));
	f.cfg.silence_alerts = true;
	f.cfg.silence_floor_ms = 5 * MIN_MS;
	f.cfg.silence_learning_ms = DAY_MS;
	cr_assert(eq(int, vg_view_new(&view, &f.env, NULL, NULL), VG_OK));
	view->cap = 4;
	view->feed = calloc(view->cap, sizeof(struct vg_view_feed *));
	view->found = true;
	(void)feed_of(FIX_MA);
	(void)feed_of(FIX_IL);
	now = T0;
}

static void finish(void)
{
	vg_view_free(view);
	alert_fix_stop(&f);
}

TestSuite(silence, .init = start, .fini = finish, .timeout = 60);

static void speak(unsigned part, const char *sensor, int64_t at_ms)
{
	struct vg_view_part *p = &view->feed[part]->pub;
	struct vg_heard h = {.sensor = vg_slice_of(sensor),
			     .record_ms = at_ms,
			     .event_ms = at_ms};

	p->log_ms = at_ms > p->log_ms ? at_ms : p->log_ms;
	h.log_ms = p->log_ms;
	cr_assert(eq(int, vg_sensors_hear(view->feed[part]->sensors, &h),
		     VG_HEARD));
}

/* Sensors a and b of MA and c of IL, every minute for a day. */
static void learn(void)
{
	for (int64_t t = T0; t <= T0 + DAY_MS; t += MIN_MS) {
		speak(FIX_MA, "a", t);
		speak(FIX_MA, "b", t);
		speak(FIX_IL, "c", t);
	}
	now = T0 + DAY_MS;
}

static void tick_with(struct vg_evaluator *e, int64_t at_ms)
{
	struct vg_err err = {.text = ""};

	now = at_ms;
	view->answered_ms = view->level_ms = now;
	for (size_t i = 0; i < view->n_parts; i++)
		view->feed[i]->pub.heartbeat_ms = now;
	enum vg_rc rc = vg_evaluator_tick(e, view, f.store, now, &err);
	cr_assert(rc == VG_OK, "%s", err.text);
}

static void tick(int64_t at_ms)
{
	tick_with(f.e, at_ms);
}

/* Every stored alert as "partner/sensor class start end;", minutes after the
 * day that was learned. */
static const char *alerts(void)
{
	static char out[4096];
	struct vg_reply *ids = NULL, *doc = NULL;
	size_t n = 0;

	out[0] = '\0';
	cr_assert(eq(int,
		     vg_store_callf(f.store, &ids, NULL, "ZRANGE",
				    VG_KEY_ALERTS, "0", "-1", (char *)NULL),
		     VG_OK));
	for (size_t i = 0; i < vg_reply_count(ids); i++) {
		struct vg_slice id = vg_reply_text(vg_reply_at(ids, i));
		char key[96];
		int64_t from = 0, to = 0;

		snprintf(key, sizeof key, VG_KEY_ALERT "%.*s", (int)id.n, id.p);
		cr_assert(eq(int,
			     vg_store_callf(f.store, &doc, NULL, "GET", key,
					    (char *)NULL),
			     VG_OK));
		cJSON *root = cJSON_ParseWithLength(vg_reply_text(doc).p,
						    vg_reply_text(doc).n);
		const cJSON *group = cJSON_GetObjectItem(root, "group");
		const cJSON *sensor = cJSON_GetObjectItem(group, "sensor");
		const cJSON *who = group->child; /* partner or receiver */
		const cJSON *end = cJSON_GetObjectItem(root, "end");
		cr_assert(vg_time_parse(
			vg_slice_of(cJSON_GetObjectItem(root, "start")
					    ->valuestring),
			&from));
		if (cJSON_IsString(end))
			cr_assert(vg_time_parse(vg_slice_of(end->valuestring),
						&to));
		n += (size_t)snprintf(
			out + n, sizeof out - n, "%s/%s %s %.1f ",
			who->valuestring,
			sensor != NULL ? sensor->valuestring : "",
			cJSON_GetObjectItem(root, "class")->valuestring,
			(double)(from - T0 - DAY_MS) / MIN_MS);
		if (cJSON_IsString(end))
			n += (size_t)snprintf(out + n, sizeof out - n, "%.1f;",
					      (double)(to - T0 - DAY_MS) /
						      MIN_MS);
		else
			n += (size_t)snprintf(out + n, sizeof out - n, "-;");
		cJSON_Delete(root);
		vg_reply_free(doc);
	}
	vg_reply_free(ids);
	return out;
}

#define AT(minutes)  (T0 + DAY_MS + (int64_t)((minutes)*60000))
#define EXPECT(want) cr_expect(eq(str, (char *)alerts(), (char *)(want)))
#define ALL	     "MA+IL+AE+US+BH+coalition"

/* All but `sensor` go on to speak every minute up to and with `to`. */
static void go_on(const char *without, int from, int to)
{
	for (int m = from; m <= to; m++) {
		if (strcmp(without, "a") != 0)
			speak(FIX_MA, "a", AT(m));
		if (strcmp(without, "b") != 0)
			speak(FIX_MA, "b", AT(m));
		if (strcmp(without, "c") != 0)
			speak(FIX_IL, "c", AT(m));
	}
}

Test(silence, a_sensor_that_stops_is_told_to_its_partner_and_the_soc)
{
	learn();
	go_on("a", 1, 4);
	tick(AT(4.9));
	EXPECT("");
	go_on("a", 5, 5);
	tick(AT(5.5));
	EXPECT("MA/a MA+coalition 5.0 -;");
}

Test(silence, it_ends_with_the_first_record_behind_it)
{
	learn();
	go_on("a", 1, 10);
	tick(AT(10));
	go_on("", 11, 12); /* seen late: two records by then */
	tick(AT(12.5));
	EXPECT("MA/a MA+coalition 5.0 11.0;");
	go_on("", 13, 20);
	tick(AT(20));
	EXPECT("MA/a MA+coalition 5.0 11.0;");
}

Test(silence, a_second_silence_is_a_second_alert)
{
	learn();
	go_on("a", 1, 10);
	tick(AT(10));
	/* It spoke and stopped again, all between two looks; its quiet of 11
	 * min is twice what it takes now. */
	go_on("", 11, 11);
	go_on("a", 12, 40);
	tick(AT(40));
	EXPECT("MA/a MA+coalition 5.0 11.0;MA/a MA+coalition 33.0 -;");
}

Test(silence, the_whole_partner_is_one_alert_for_all)
{
	learn();
	speak(FIX_MA, "a", AT(0.4)); /* the last that it says */
	for (int m = 1; m <= 6; m++)
		speak(FIX_IL, "c", AT(m));
	tick(AT(5.9));
	EXPECT("");
	tick(AT(6));
	EXPECT("MA/ " ALL " 6.0 -;");
	tick(AT(7.5));
	EXPECT("MA/ " ALL " 6.0 -;");
	/* Back, but one of its sensors is not. */
	speak(FIX_MA, "b", AT(8));
	tick(AT(8.5));
	EXPECT("MA/a MA+coalition 5.4 -;MA/ " ALL " 6.0 8.0;");
}

Test(silence, what_is_only_unread_is_not_silent)
{
	learn();
	view->feed[FIX_MA]->pub.high = 2;
	go_on("a", 1, 10);
	tick(AT(10));
	EXPECT("");
	view->feed[FIX_MA]->pub.high = 1;
	tick(AT(11.5));
	EXPECT("MA/a MA+coalition 5.0 -;");
	/* Unread again: it is not resolved either. */
	view->feed[FIX_MA]->pub.high = 2;
	tick(AT(13));
	EXPECT("MA/a MA+coalition 5.0 -;");
}

Test(silence, a_stale_view_raises_nothing)
{
	struct vg_err err = {.text = ""};

	learn();
	go_on("a", 1, 4);
	tick(AT(4));
	go_on("a", 5, 9);
	now = AT(9);
	for (size_t i = 0; i < view->n_parts; i++)
		view->feed[i]->pub.heartbeat_ms = now;
	cr_assert(eq(int, vg_evaluator_tick(f.e, view, f.store, now, &err),
		     VG_OK));
	EXPECT("");
	tick(AT(9.5));
	EXPECT("MA/a MA+coalition 5.0 -;");
}

Test(silence, an_owner_that_stopped_beating_leaves_it_open)
{
	learn();
	go_on("a", 1, 4);
	tick(AT(4));
	/* The view answers, but nobody has read Kafka since. */
	now = AT(30);
	view->answered_ms = view->level_ms = now;
	cr_assert(eq(int, vg_evaluator_tick(f.e, view, f.store, now, NULL),
		     VG_OK));
	EXPECT("");
}

Test(silence, a_new_evaluator_keeps_the_alert)
{
	struct vg_evaluator *other;

	learn();
	go_on("a", 1, 10);
	tick(AT(10));
	int64_t writes = alert_fix_writes(&f);
	vg_evaluator_free(f.e);
	f.e = alert_fix_evaluator(&f, "one"); /* restarted */
	f.cfg.silence_floor_ms = 7 * MIN_MS;  /* and told otherwise */
	tick(AT(11));
	EXPECT("MA/a MA+coalition 5.0 -;");
	cr_assert(eq(i64, alert_fix_writes(&f), writes));
	/* Another takes over when the lease has run out. */
	other = alert_fix_evaluator(&f, "two");
	cr_assert(eq(int,
		     vg_store_callf(f.store, NULL, NULL, "DEL", VG_KEY_LEASE,
				    (char *)NULL),
		     VG_OK));
	go_on("", 12, 12);
	tick_with(other, AT(12.5));
	EXPECT("MA/a MA+coalition 5.0 12.0;");
	vg_evaluator_free(other);
}

Test(silence, two_evaluators_do_not_make_two)
{
	struct vg_evaluator *other = alert_fix_evaluator(&f, "two");

	learn();
	go_on("a", 1, 10);
	tick(AT(10));
	int64_t writes = alert_fix_writes(&f);
	tick_with(other, AT(10));
	EXPECT("MA/a MA+coalition 5.0 -;");
	cr_assert(eq(i64, alert_fix_writes(&f), writes));
	vg_evaluator_free(other);
}

Test(silence, off_is_off_and_ends_what_is_open)
{
	learn();
	f.cfg.silence_alerts = false;
	go_on("a", 1, 10);
	tick(AT(10));
	EXPECT("");
	f.cfg.silence_alerts = true;
	tick(AT(12));
	EXPECT("MA/a MA+coalition 5.0 -;");
	f.cfg.silence_alerts = false;
	tick(AT(14));
	EXPECT("MA/a MA+coalition 5.0 14.0;");
}

Test(silence, a_set_cadence_needs_no_learning)
{
	struct vg_declared_sensor d = {.name = "x", .cadence_ms = 2 * MIN_MS};

	f.partner[FIX_MA].sensors = &d;
	f.partner[FIX_MA].n_sensors = 1;
	f.partner[FIX_IL].cadence_ms = 10 * MIN_MS;
	now = AT(0);
	speak(FIX_MA, "x", AT(0));
	speak(FIX_MA, "y", AT(3));
	speak(FIX_IL, "c", AT(0));
	tick(AT(3));
	EXPECT("MA/x MA+coalition 2.0 -;");
	tick(AT(10));
	EXPECT("MA/x MA+coalition 2.0 -;IL/ " ALL " 10.0 -;");
	f.partner[FIX_MA].n_sensors = 0;
}

Test(silence, a_partner_that_has_left_is_not_expected)
{
	learn();
	f.partner[FIX_MA].has_until = true;
	f.partner[FIX_MA].until_ms = AT(3);
	for (int m = 1; m <= 30; m++)
		speak(FIX_IL, "c", AT(m));
	tick(AT(30));
	EXPECT("");
}

Test(silence, one_of_a_partner_that_leaves_ends)
{
	learn();
	for (int m = 1; m <= 30; m++)
		speak(FIX_IL, "c", AT(m));
	tick(AT(30));
	EXPECT("MA/ " ALL " 5.0 -;");
	f.partner[FIX_MA].has_until = true;
	f.partner[FIX_MA].until_ms = AT(31);
	speak(FIX_IL, "c", AT(32));
	tick(AT(32));
	EXPECT("MA/ " ALL " 5.0 32.0;");
}

Test(silence, what_is_silent_for_longer_than_alerts_are_kept_ends)
{
	f.cfg.alerts_kept_ms = 2 * DAY_MS;
	learn();
	go_on("a", 1, 10);
	tick(AT(10));
	speak(FIX_MA, "b", AT(2 * 1440));
	speak(FIX_IL, "c", AT(2 * 1440));
	tick(AT(2 * 1440 + 4));
	EXPECT("MA/a MA+coalition 5.0 -;");
	speak(FIX_MA, "b", AT(2 * 1440 + 5));
	speak(FIX_IL, "c", AT(2 * 1440 + 5));
	tick(AT(2 * 1440 + 6));
	cr_assert(strstr(alerts(), "MA/a MA+coalition 5.0 -") == NULL, "%s",
		  alerts());
}

/* Receiver soc, of MA's viewer, is noted as deaf at `at_ms`, or 0: no more. */
static void note_deaf(const char *name, int64_t at_ms)
{
	char text[24];

	snprintf(text, sizeof text, "%lld", (long long)at_ms);
	cr_assert(eq(int,
		     at_ms > 0
			     ? vg_store_callf(f.store, NULL, NULL, "HSET",
					      VG_DEAF_KEY, name, text,
					      (char *)NULL)
			     : vg_store_callf(f.store, NULL, NULL, "HDEL",
					      VG_DEAF_KEY, name, (char *)NULL),
		     VG_OK));
}

static struct vg_receiver receivers[] = {
	{.name = (char *)"soc", .viewer_slot = 0},
	{.name = (char *)"duty", .viewer_slot = VG_SLOT_COALITION}};

static void have_receivers(void)
{
	f.cfg.receivers = receivers;
	f.cfg.n_receivers = 2;
	learn();
	go_on("", 1, 20);
}

Test(silence, who_could_not_be_told_is_an_alert_for_its_viewer_and_the_soc)
{
	have_receivers();
	tick(AT(1));
	EXPECT("");
	note_deaf("soc", AT(2));
	tick(AT(3));
	EXPECT("soc/ MA+coalition 2.0 -;");
	tick(AT(4));
	note_deaf("duty", AT(4));
	tick(AT(5));
	EXPECT("soc/ MA+coalition 2.0 -;duty/ coalition 4.0 -;");
	note_deaf("soc", 0);
	tick(AT(6));
	EXPECT("soc/ MA+coalition 2.0 6.0;duty/ coalition 4.0 -;");
	note_deaf("soc", AT(8));
	tick(AT(9));
	EXPECT("soc/ MA+coalition 2.0 6.0;duty/ coalition 4.0 -;"
	       "soc/ MA+coalition 8.0 -;");
}

Test(silence, a_deaf_receiver_is_one_alert_for_every_leader)
{
	have_receivers();
	note_deaf("soc", AT(2));
	note_deaf("one of another configuration", AT(2));
	tick(AT(3));
	struct vg_evaluator *next = alert_fix_evaluator(&f, "next");

	cr_assert(eq(int,
		     vg_store_callf(f.store, NULL, NULL, "DEL", VG_KEY_LEASE,
				    (char *)NULL),
		     VG_OK));
	tick_with(next, AT(5));
	EXPECT("soc/ MA+coalition 2.0 -;");
	note_deaf("soc", 0);
	tick_with(next, AT(6));
	EXPECT("soc/ MA+coalition 2.0 6.0;");
	vg_evaluator_free(next);
}

Test(silence, a_receiver_that_is_configured_no_more_is_deaf_no_more)
{
	have_receivers();
	note_deaf("soc", AT(2));
	tick(AT(3));
	f.cfg.n_receivers = 0;
	tick(AT(4));
	EXPECT("soc/ MA+coalition 2.0 4.0;");
}
