/* A partner's cadence, and the sensors that are expected. */
#include "config_fix.h"
#include "core/buf.h"
#include "core/limits.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

static struct config_fix f;

static void close_config(void)
{
	config_fix_close(&f);
}

TestSuite(config_sensors, .fini = close_config);

Test(config_sensors, nothing_is_expected_unless_it_is_said)
{
	const struct vg_partner *p = config_fix_partner(&f, "");

	cr_assert(eq(i64, p->cadence_ms, 0));
	cr_assert(eq(sz, p->n_sensors, 0));
	cr_assert(eq(i64, f.cfg->silence_floor_ms, 300000));
	cr_assert(eq(i64, f.cfg->silence_learning_ms, 86400000));
	cr_assert(eq(i64, f.cfg->sensors_max, 10000));
	cr_assert(f.cfg->silence_alerts);
}

Test(config_sensors, a_partner_has_a_cadence_and_its_sensors_theirs)
{
	const struct vg_partner *p = config_fix_partner(
		&f, ", cadence: 30m, sensors: [{name: dmz-1}, "
		    "{name: \"week ly\", cadence: 8d}]");
	const struct vg_declared_sensor *s;

	cr_assert(eq(i64, p->cadence_ms, 1800000));
	cr_assert(eq(sz, p->n_sensors, 2));
	s = vg_partner_sensor(p, vg_slice_of("dmz-1"));
	cr_assert(ne(ptr, (void *)s, NULL));
	cr_assert(eq(i64, s->cadence_ms, 0));
	s = vg_partner_sensor(p, vg_slice_of("week ly"));
	cr_assert(ne(ptr, (void *)s, NULL));
	cr_assert(eq(i64, s->cadence_ms, INT64_C(8) * 86400000));
	cr_assert(
		eq(ptr, (void *)vg_partner_sensor(p, vg_slice_of("x")), NULL));
}

Test(config_sensors, what_is_wrong_is_refused_with_its_name)
{
	config_fix_refused(&f, ", cadence: soon", "partners.cadence: soon");
	config_fix_refused(&f, ", cadence: 1ms", "partners.cadence");
	config_fix_refused(&f, ", sensors: dmz",
			   "partners.sensors: not a list");
	config_fix_refused(&f, ", sensors: [dmz]", "an entry is not a map");
	config_fix_refused(&f, ", sensors: [{cadence: 5m}]",
			   "partners.sensors.name");
	config_fix_refused(&f, ", sensors: [{name: \"\"}]",
			   "partners.sensors.name");
	config_fix_refused(&f, ", sensors: [{name: a, every: 5m}]",
			   "partners.sensors.every");
	config_fix_refused(&f, ", sensors: [{name: a, cadence: x}]",
			   "partners.sensors.cadence");
	config_fix_refused(&f, ", sensors: [{name: a}, {name: a}]",
			   "a is there twice");
}

/* Read with `n` sensors. */
static enum vg_rc read_many(int n)
{
	struct vg_buf own = {0};

	vg_buf_str(&own, ", sensors: [");
	for (int i = 0; i < n; i++)
		vg_buf_printf(&own, "%s{name: s%d}", i > 0 ? ", " : "", i);
	vg_buf_str(&own, "]");
	enum vg_rc rc = config_fix_read(&f, own.p);
	vg_buf_term(&own);
	return rc;
}

Test(config_sensors, as_many_as_the_limit_and_not_one_more)
{
	cr_assert(eq(int, read_many(VG_SENSORS_DECLARED_MAX), VG_OK));
	cr_assert(
		eq(sz, f.cfg->partners[0].n_sensors, VG_SENSORS_DECLARED_MAX));
	close_config();
	cr_assert(eq(int, read_many(VG_SENSORS_DECLARED_MAX + 1), VG_INVAL));
}

Test(config_sensors, a_name_of_the_longest_length_and_not_one_more)
{
	char own[160];
	char name[VG_SENSOR_MAX + 2];

	memset(name, 'x', sizeof name);
	name[VG_SENSOR_MAX] = '\0';
	snprintf(own, sizeof own, ", sensors: [{name: %s}]", name);
	cr_assert(eq(int, config_fix_read(&f, own), VG_OK));
	cr_assert(eq(str, f.cfg->partners[0].sensors[0].name, name));
	close_config();
	name[VG_SENSOR_MAX] = 'x';
	name[VG_SENSOR_MAX + 1] = '\0';
	snprintf(own, sizeof own, ", sensors: [{name: %s}]", name);
	cr_assert(eq(int, config_fix_read(&f, own), VG_INVAL));
}
