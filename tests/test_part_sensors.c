/* The sensor table of a partition: it moves with the offset, and followers see
 * what Redis has. */
#include "aggregate/part_hear.h"
#include "aggregate/sensors.h"
#include "aggregate/view.h"
#include "part_fix.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>

static struct part_fix f;
static struct vg_part *part;

static void open_part(void)
{
	part_fix_open(&f);
	part = part_fix_part(&f, f.store, 0);
}

static void close_part(void)
{
	vg_part_free(part);
	part_fix_close(&f);
}

TestSuite(part_sensors, .init = open_part, .fini = close_part, .timeout = 60);

static void reopen(void)
{
	vg_part_free(part);
	part = part_fix_part(&f, f.store, 0);
}

static void hear(const char *sensor, int64_t at_ms)
{
	const struct vg_heard h = {.sensor = vg_slice_of(sensor),
				   .record_ms = at_ms,
				   .event_ms = at_ms - 1000,
				   .log_ms = at_ms};

	cr_assert(eq(int, vg_part_hear(part, &h, NULL), VG_OK));
}

static enum vg_rc commit(int64_t next, int64_t log_ms)
{
	struct vg_err err = {.text = ""};

	return part_fix_commit(part, next, log_ms, &err);
}

/* What is stored of a sensor; nothing heard when nothing is. */
static struct vg_sensor stored(const char *field)
{
	struct vg_sensor s = {.records = 0};
	const char *text =
		part_fix_ask(&f, "HGET", "vg:{alerts.ma:0}:sensors", field);

	cr_assert(text[0] == '\0' || vg_sensor_parse(vg_slice_of(text), &s));
	return s;
}

Test(part_sensors, law1_the_table_moves_with_the_offset)
{
	hear("s1", T0);
	hear("s1", T0 + MIN_MS);
	hear("s2", T0 + 2 * MIN_MS);
	cr_assert(eq(i64, stored("s:s1").records, 0));
	cr_assert(eq(int, commit(3, T0 + 2 * MIN_MS), VG_OK));
	cr_assert(eq(i64, stored("s:s1").records, 2));
	cr_assert(eq(i64, stored("s:s1").last_ms, T0 + MIN_MS));
	cr_assert(eq(i64, stored("s:s2").skew_ms, 1000));
	cr_assert(eq(i64, stored("*").records, 3));
}

Test(part_sensors, law1_what_was_not_committed_was_not_heard)
{
	hear("s1", T0);
	cr_assert(eq(int, commit(1, T0), VG_OK));
	hear("s1", T0 + MIN_MS);
	reopen(); /* dies, and reads again from the stored offset */
	hear("s1", T0 + MIN_MS);
	cr_assert(eq(int, commit(2, T0 + MIN_MS), VG_OK));
	cr_assert(eq(i64, stored("s:s1").records, 2));
	cr_assert(
		eq(i64,
		   vg_sensor_longest(&(struct vg_sensor[]){stored("s:s1")}[0]),
		   MIN_MS));
}

Test(part_sensors, law1_a_refused_commit_changes_nothing_of_it)
{
	struct vg_store *other = part_fix_store(&f);
	struct vg_part *owner;

	hear("s1", T0);
	cr_assert(eq(int, commit(1, T0), VG_OK));
	owner = part_fix_part(&f, other, 0);
	hear("s1", T0 + MIN_MS);
	cr_assert(eq(int, commit(2, T0 + MIN_MS), VG_INVAL));
	cr_assert(eq(i64, stored("s:s1").records, 1));
	vg_part_free(owner);
	vg_store_free(other);
}

Test(part_sensors, a_name_goes_when_its_identifiers_are_kept_no_longer)
{
	f.partner[0].has_identifiers_kept = true;
	f.partner[0].identifiers_kept_ms = 3 * HOUR_MS;
	reopen();
	hear("s1", T0);
	hear("s2", T0 + HOUR_MS);
	cr_assert(eq(int, commit(2, T0 + HOUR_MS), VG_OK));
	cr_assert(eq(int, commit(3, T0 + 3 * HOUR_MS), VG_OK));
	cr_assert(eq(i64, stored("s:s1").records, 0));
	cr_assert(eq(i64, stored("s:s2").records, 1));
	cr_assert(eq(i64, stored("*").records, 2));
}

Test(part_sensors, law5_what_is_past_the_limit_is_counted)
{
	f.cfg.sensors_max = 1;
	reopen();
	hear("s1", T0);
	cr_assert(eq(i64, vg_metric_get(&f.metrics, VG_M_SENSORS_FOLDED), 0));
	hear("s2", T0);
	cr_assert(eq(i64, vg_metric_get(&f.metrics, VG_M_SENSORS_FOLDED), 1));
	cr_assert(eq(int, commit(2, T0), VG_OK));
	cr_assert(eq(i64, stored("~other").records, 1));
	cr_assert(eq(i64, stored("s:s2").records, 0));
}

Test(part_sensors, what_is_no_sensor_stops_the_partition)
{
	struct vg_part *again = NULL;
	struct vg_err err = {.text = ""};

	hear("s1", T0);
	cr_assert(eq(int, commit(1, T0), VG_OK));
	vg_part_free(part);
	part = NULL;
	cr_assert(eq(int,
		     vg_store_callf(f.store, NULL, &err, "HSET",
				    "vg:{alerts.ma:0}:sensors", "s:s1", "soon",
				    (char *)NULL),
		     VG_OK));
	cr_assert(eq(
		int,
		vg_part_open(&again, &f.env, f.store, &f.partner[0], 0, &err),
		VG_INVAL));
	cr_assert(strstr(err.text, "no sensor") != NULL, "%s", err.text);
}

static struct vg_sensor seen(const struct vg_view *v, const char *field)
{
	const struct vg_sensor *s = NULL;

	for (size_t i = 0; i < vg_view_parts(v); i++)
		if (vg_view_part(v, i)->partition == 0)
			s = vg_sensors_get(vg_view_part(v, i)->sensors,
					   vg_slice_of(field));
	return s != NULL ? *s : (struct vg_sensor){.records = 0};
}

Test(part_sensors, followers_see_what_is_stored)
{
	struct vg_store *other = part_fix_store(&f);
	struct vg_view *v = NULL;
	size_t applied = 0;
	int64_t now = T0;

	f.partner[0].has_identifiers_kept = true;
	f.partner[0].identifiers_kept_ms = 3 * HOUR_MS;
	reopen();
	cr_assert(eq(int, vg_view_new(&v, &f.env, NULL, NULL), VG_OK));
	hear("s1", T0);
	cr_assert(eq(int, commit(1, T0), VG_OK));
	for (int i = 0; i < 3; i++)
		cr_assert(eq(
			int,
			vg_view_step(v, other, now += 2000, 0, &applied, NULL),
			VG_OK));
	cr_assert(eq(i64, seen(v, "s:s1").records, 1)); /* loaded */
	hear("s1", T0 + 5);
	hear("s2", T0 + 5);
	cr_assert(eq(int, commit(3, T0 + 5), VG_OK));
	cr_assert(eq(int,
		     vg_view_step(v, other, now += 2000, 0, &applied, NULL),
		     VG_OK));
	cr_assert(eq(sz, applied, 1));
	cr_assert(eq(i64, seen(v, "s:s1").records, 2)); /* followed */
	cr_assert(eq(i64, seen(v, "s:s2").records, 1));
	cr_assert(eq(int, commit(4, T0 + 5 + 3 * HOUR_MS), VG_OK));
	cr_assert(eq(int,
		     vg_view_step(v, other, now += 2000, 0, &applied, NULL),
		     VG_OK));
	cr_assert(eq(i64, seen(v, "s:s1").records, 0)); /* gone */
	cr_assert(eq(i64, seen(v, "*").records, 3));
	vg_view_free(v);
	vg_store_free(other);
}
