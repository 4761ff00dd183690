/* Partners and their sensors at T, over a view made by hand. */
#include "aggregate/health.h"

#include "aggregate/sensors.h"
#include "view_fix.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#define MIN_MS	INT64_C(60000)
#define HOUR_MS INT64_C(3600000)
#define DAY_MS	INT64_C(86400000)
#define T0	(INT64_C(19676) * DAY_MS)
#define END	(T0 + DAY_MS)

static struct fix fix;
static struct vg_view *view;

static void start(void)
{
	fix_init(&fix, false);
	fix.cfg->silence_floor_ms = 5 * MIN_MS;
	fix.cfg->silence_learning_ms = DAY_MS;
	cr_assert(eq(int, vg_view_new(&view, &fix.env, NULL, NULL), VG_OK));
}

static void finish(void)
{
	vg_view_free(view);
	fix_term(&fix);
}

TestSuite(health, .init = start, .fini = finish);

/* A partition of `partner` that is read up to T. */
static struct vg_view_feed *put(const char *partner)
{
	const struct vg_sensors_opts o = {
		.max = 3, .keep_ms = 400 * DAY_MS, .seed = 1};
	struct vg_view_feed *f = fix_feed(view, partner);

	f->pub.sensors = f->sensors = vg_sensors_new(&o);
	f->pub.heartbeat_ms = INT64_MAX;
	return f;
}

static void speak(struct vg_view_feed *f, const char *name, int64_t at_ms)
{
	struct vg_heard h = {.sensor = vg_slice_of(name),
			     .record_ms = at_ms,
			     .event_ms = at_ms};

	f->pub.log_ms = at_ms > f->pub.log_ms ? at_ms : f->pub.log_ms;
	h.log_ms = f->pub.log_ms;
	(void)vg_sensors_hear(f->sensors, &h);
}

/* A day of records, every `step_ms`. */
static void learn(struct vg_view_feed *f, const char *name, int64_t step_ms)
{
	for (int64_t t = T0; t <= END; t += step_ms)
		speak(f, name, t);
}

static const struct vg_partner *partner_of(const char *id)
{
	return vg_config_partner(fix.cfg, vg_slice_of(id));
}

static struct vg_partner_health whole(const char *id, int64_t at_ms)
{
	return vg_health_partner(view, fix.cfg, partner_of(id), at_ms);
}

static const char *state(const char *id, int64_t at_ms)
{
	return vg_health_name(whole(id, at_ms).state);
}

/* "name state;..." of MA's sensors. */
static const char *sensors(int64_t at_ms)
{
	static char out[1024];
	struct vg_health_list l;
	size_t n = 0;

	cr_assert(
		vg_health_sensors(view, fix.cfg, partner_of("MA"), at_ms, &l));
	out[0] = '\0';
	for (size_t i = 0; i < l.n; i++)
		n += (size_t)snprintf(out + n, sizeof out - n, "%.*s %s;",
				      (int)l.sensor[i].name.n,
				      l.sensor[i].name.p,
				      vg_health_name(l.sensor[i].state));
	vg_health_list_term(&l);
	return out;
}

#define STATE(id, at, want) cr_expect(eq(str, (char *)state(id, at), want))
#define SENSORS(at, want)   cr_expect(eq(str, (char *)sensors(at), want))

Test(health, a_partner_without_any_record_was_never_seen)
{
	(void)put("MA");
	STATE("MA", END, "never_seen");
	SENSORS(END, "");
}

/* A topic of several partitions of which one has no record yet. */
Test(health, bug_an_empty_partition_is_not_unread)
{
	struct vg_view_feed *f = put("MA"), *empty = put("MA");

	empty->pub.partition = 1;
	empty->pub.offset = -1;
	empty->pub.high = 0;
	cr_assert(eq(i64, vg_health_unread(&empty->pub), 0));
	STATE("MA", END, "never_seen");
	learn(f, "s", MIN_MS);
	STATE("MA", END, "current");
	empty->pub.high = 1;
	cr_assert(eq(i64, vg_health_unread(&empty->pub), 1));
	STATE("MA", END, "lagging");
	empty->pub.high = -1;
	cr_assert(eq(i64, vg_health_unread(&empty->pub), -1));
}

Test(health, a_partner_is_silent_from_the_whole_minute_on)
{
	struct vg_view_feed *f = put("MA");

	learn(f, "a", MIN_MS);
	speak(f, "a", END + 1);
	STATE("MA", END + 6 * MIN_MS - 1, "current");
	STATE("MA", END + 6 * MIN_MS, "silent");
	cr_assert(eq(i64, whole("MA", END + HOUR_MS).silent_from_ms,
		     END + 6 * MIN_MS));
	cr_assert(eq(i64, whole("MA", END).expected_ms, 5 * MIN_MS));
}

Test(health, law7_the_state_is_a_function_of_t)
{
	struct vg_view_feed *f = put("MA");

	learn(f, "a", MIN_MS);
	STATE("MA", END + HOUR_MS, "silent");
	STATE("MA", END + MIN_MS, "current");
	STATE("MA", END + HOUR_MS, "silent");
}

Test(health, what_is_unread_or_unknown_is_lagging)
{
	struct vg_view_feed *f = put("MA");

	learn(f, "a", MIN_MS);
	f->pub.high = 2;
	STATE("MA", END + HOUR_MS, "lagging");
	SENSORS(END + HOUR_MS, "a lagging;");
	SENSORS(END + MIN_MS, "a current;");
	f->pub.high = -1;
	STATE("MA", END + HOUR_MS, "lagging");
	f->pub.high = 1;
	f->pub.heartbeat_ms = END + 4 * MIN_MS; /* the last look at it */
	STATE("MA", END + HOUR_MS, "lagging");
	SENSORS(END + HOUR_MS, "a lagging;");
	f->pub.heartbeat_ms = END + 5 * MIN_MS;
	STATE("MA", END + HOUR_MS, "silent");
	SENSORS(END + HOUR_MS, "a silent;");
	f->pub.live = false;
	STATE("MA", END + HOUR_MS, "lagging");
}

Test(health, one_partition_that_speaks_is_enough)
{
	struct vg_view_feed *f = put("MA"), *g = put("MA");

	learn(f, "a", MIN_MS);
	learn(g, "b", MIN_MS);
	for (int m = 1; m < 60; m++)
		speak(g, "b", END + m * MIN_MS);
	STATE("MA", END + HOUR_MS, "current");
	SENSORS(END + HOUR_MS, "a silent;b current;");
	STATE("MA", END + 64 * MIN_MS, "silent");
}

Test(health, a_rare_partition_does_not_hide_the_silence_of_a_busy_one)
{
	struct vg_view_feed *f = put("MA"), *g = put("MA");

	learn(f, "a", MIN_MS);
	learn(g, "rare", 6 * HOUR_MS);
	STATE("MA", END + 5 * MIN_MS, "silent");
	cr_assert(eq(i64, whole("MA", END).expected_ms, 5 * MIN_MS));
	/* Once the busy one is long gone, the rare one says what is usual. */
	speak(g, "rare", END + 6 * HOUR_MS);
	STATE("MA", END + 7 * HOUR_MS, "current");
}

Test(health, what_is_being_learned_is_not_judged)
{
	struct vg_view_feed *f = put("MA");

	for (int64_t t = T0; t < END; t += MIN_MS)
		speak(f, "a", t);
	STATE("MA", END + 30 * DAY_MS, "current");
	SENSORS(END + 30 * DAY_MS, "a current;");
}

Test(health, a_declared_sensor_that_was_never_heard_is_shown)
{
	struct vg_declared_sensor d[2] = {{.name = "b"}, {.name = "a"}};
	struct vg_partner *p = &fix.cfg->partners[0];
	struct vg_view_feed *f = put("MA");

	cr_assert(eq(str, p->id, "MA"));
	p->sensors = d;
	p->n_sensors = 2;
	learn(f, "a", MIN_MS);
	SENSORS(END, "b never_seen;a current;");
	SENSORS(END + HOUR_MS, "a silent;b never_seen;");
	f->pub.high = 2;
	SENSORS(END, "b lagging;a current;");
	p->sensors = NULL;
	p->n_sensors = 0;
}

Test(health, who_has_left_is_not_expected)
{
	struct vg_partner *p = &fix.cfg->partners[0];
	struct vg_view_feed *f = put("MA");

	learn(f, "a", MIN_MS);
	p->has_until = true;
	p->until_ms = END + 3 * MIN_MS;
	STATE("MA", END + HOUR_MS, "current");
	SENSORS(END + HOUR_MS, "a current;");
}

Test(health, overlaps_and_what_was_folded_are_told)
{
	struct vg_view_feed *f = put("MA"), *g = put("MA");
	struct vg_health_list l;
	struct vg_heard h = {
		.record_ms = T0, .event_ms = T0, .log_ms = T0, .attack = 5};

	h.sensor = vg_slice_of("a");
	(void)vg_sensors_hear(f->sensors, &h);
	h.sensor = vg_slice_of("b");
	(void)vg_sensors_hear(g->sensors, &h);
	speak(f, "c", T0);
	speak(f, "d", T0);
	speak(f, "e", T0); /* one too many */
	cr_assert(vg_health_sensors(view, fix.cfg, partner_of("MA"), T0, &l));
	cr_assert(vg_health_overlaps(view, partner_of("MA"), &l));
	cr_assert(eq(sz, l.n, 4));
	cr_assert(eq(i64, l.sensor[0].overlap_records, 1));
	cr_assert(eq(i64, l.sensor[1].overlap_records, 1));
	cr_assert(eq(i64, l.sensor[2].overlap_records, 0));
	cr_assert(eq(i64, l.rest.records, 1));
	vg_health_list_term(&l);
}
