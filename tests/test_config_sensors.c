/* A partner's cadence, and the sensors that are expected. */
#include "core/buf.h"
#include "core/config.h"
#include "core/limits.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

static struct vg_config *cfg;
static struct vg_err err;

static void close_config(void)
{
	vg_config_free(cfg);
	cfg = NULL;
}

TestSuite(config_sensors, .fini = close_config);

/* Read a configuration of MA with `own` members more. */
static enum vg_rc read_with(const char *own)
{
	struct vg_buf text = {0};

	vg_buf_printf(&text,
		      "kafka: {brokers: \"127.0.0.1:9092\"}\n"
		      "hash_key_file: hash.key\n"
		      "partners:\n"
		      "  - {id: MA, country: MA, slot: 0%s}\n",
		      own);
	enum vg_rc rc =
		vg_config_parse(&cfg, "test.yaml", text.p, text.n, &err);
	vg_buf_term(&text);
	return rc;
}

static const struct vg_partner *partner_with(const char *own)
{
	cr_assert(read_with(own) == VG_OK, "%s", err.text);
	return &cfg->partners[0];
}

static void refused(const char *own, const char *words)
{
	cr_assert(eq(int, read_with(own), VG_INVAL), "%s", own);
	cr_assert(strstr(err.text, words) != NULL, "%s", err.text);
}

Test(config_sensors, nothing_is_expected_unless_it_is_said)
{
	const struct vg_partner *p = partner_with("");

	cr_assert(eq(i64, p->cadence_ms, 0));
	cr_assert(eq(sz, p->n_sensors, 0));
	cr_assert(eq(i64, cfg->silence_floor_ms, 300000));
	cr_assert(eq(i64, cfg->silence_learning_ms, 86400000));
	cr_assert(eq(i64, cfg->sensors_max, 10000));
	cr_assert(cfg->silence_alerts);
}

Test(config_sensors, a_partner_has_a_cadence_and_its_sensors_theirs)
{
	const struct vg_partner *p =
		partner_with(", cadence: 30m, sensors: [{name: dmz-1}, "
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
	refused(", cadence: soon", "partners.cadence: soon");
	refused(", cadence: 1ms", "partners.cadence");
	refused(", sensors: dmz", "partners.sensors: not a list");
	refused(", sensors: [dmz]", "an entry is not a map");
	refused(", sensors: [{cadence: 5m}]", "partners.sensors.name");
	refused(", sensors: [{name: \"\"}]", "partners.sensors.name");
	refused(", sensors: [{name: a, every: 5m}]", "partners.sensors.every");
	refused(", sensors: [{name: a, cadence: x}]",
		"partners.sensors.cadence");
	refused(", sensors: [{name: a}, {name: a}]", "a is there twice");
}

/* Read with `n` sensors. */
static enum vg_rc read_many(int n)
{
	struct vg_buf own = {0};

	vg_buf_str(&own, ", sensors: [");
	for (int i = 0; i < n; i++)
		vg_buf_printf(&own, "%s{name: s%d}", i > 0 ? ", " : "", i);
	vg_buf_str(&own, "]");
	enum vg_rc rc = read_with(own.p);
	vg_buf_term(&own);
	return rc;
}

Test(config_sensors, as_many_as_the_limit_and_not_one_more)
{
	cr_assert(eq(int, read_many(VG_SENSORS_DECLARED_MAX), VG_OK));
	cr_assert(eq(sz, cfg->partners[0].n_sensors, VG_SENSORS_DECLARED_MAX));
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
	cr_assert(eq(int, read_with(own), VG_OK));
	cr_assert(eq(str, cfg->partners[0].sensors[0].name, name));
	close_config();
	name[VG_SENSOR_MAX] = 'x';
	name[VG_SENSOR_MAX + 1] = '\0';
	snprintf(own, sizeof own, ", sensors: [{name: %s}]", name);
	cr_assert(eq(int, read_with(own), VG_INVAL));
}
