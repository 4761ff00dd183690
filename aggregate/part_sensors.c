#include "aggregate/part_sensors.h"

#include "aggregate/delta.h"
#include "aggregate/part_call.h"
#include "aggregate/part_hear.h"
#include "aggregate/sensors.h"
#include "core/defect.h"

#include <inttypes.h>

/* Names of sensors are identifiers: kept no longer than those, or than the
 * longest series. */
static int64_t keep_of(const struct vg_part *p)
{
	int64_t keep_ms = p->env->cfg->keep_1d_ms;

	if (p->partner->has_identifiers_kept &&
	    p->partner->identifiers_kept_ms < keep_ms)
		keep_ms = p->partner->identifiers_kept_ms;
	return keep_ms;
}

static enum vg_rc take(struct vg_part *p, const struct vg_reply *r,
		       struct vg_err *err)
{
	enum vg_rc rc = VG_OK;

	for (size_t i = 0; rc == VG_OK && i + 1 < vg_reply_count(r); i += 2)
		rc = vg_sensors_set(p->sensors,
				    vg_reply_text(vg_reply_at(r, i)),
				    vg_reply_text(vg_reply_at(r, i + 1)));
	if (rc == VG_DROP)
		return vg_err_set(err, VG_INVAL,
				  "redis: partition %s:%" PRId32
				  ": :" VG_SENSORS_KEY " holds what is no "
				  "sensor",
				  p->partner->topic, p->partition);
	return rc == VG_OK ? VG_OK : vg_part_no_memory(err);
}

enum vg_rc vg_part_sensors_load(struct vg_part *p, struct vg_err *err)
{
	const struct vg_sensors_opts o = {
		.max = (size_t)p->env->cfg->sensors_max,
		.keep_ms = keep_of(p),
		.seed = p->env->table_seed};
	struct vg_reply *r = NULL;
	enum vg_rc rc;

	p->sensors = vg_sensors_new(&o);
	vg_buf_reset(&p->key);
	vg_key(&p->key, p->partner->topic, p->partition, VG_SENSORS_KEY);
	if (p->sensors == NULL || p->key.failed)
		return vg_part_no_memory(err);
	rc = vg_store_callf(p->store, &r, err, "HGETALL", p->key.p,
			    (char *)NULL);
	if (rc == VG_OK)
		rc = take(p, r, err);
	vg_reply_free(r);
	return rc;
}

enum vg_rc vg_part_hear(struct vg_part *p, const struct vg_heard *h,
			struct vg_err *err)
{
	switch (vg_sensors_hear(p->sensors, h)) {
	case VG_HEARD_NO_MEMORY:
		return vg_part_no_memory(err);
	case VG_HEARD_FOLDED:
		vg_metric_add(p->env->metrics, VG_M_SENSORS_FOLDED, 1);
		break;
	case VG_HEARD:
		break;
	}
	return VG_OK;
}

enum vg_rc vg_part_canary(struct vg_part *p, int64_t record_ms, int64_t sent_ms,
			  struct vg_err *err)
{
	return vg_sensors_canary(p->sensors, record_ms, sent_ms)
		       ? VG_OK
		       : vg_part_no_memory(err);
}

static void tell_gone(struct vg_part *p)
{
	struct vg_slice field;

	vg_call_begin(p->call, "HDEL", VG_CALL_SENSORS);
	for (size_t pos = 0; vg_sensors_gone(p->sensors, &pos, &field);) {
		vg_call_str(p->call, field.p, field.n);
		vg_delta_field(&p->delta, field, (struct vg_slice){.n = 0});
	}
}

static void tell_noted(struct vg_part *p)
{
	const struct vg_sensor *s;
	struct vg_slice field;

	vg_call_begin(p->call, "HSET", VG_CALL_SENSORS);
	for (size_t pos = 0; vg_sensors_noted(p->sensors, &pos, &field, &s);) {
		struct vg_slice text;

		vg_buf_reset(&p->name);
		vg_sensor_print(&p->name, s);
		text = (struct vg_slice){.p = p->name.p,
					 .n = (uint32_t)p->name.n};
		vg_call_str(p->call, field.p, field.n);
		vg_call_str(p->call, text.p, text.n);
		vg_delta_field(&p->delta, field, text);
	}
}

/* What is gone is told first: it may have come again since. */
bool vg_part_sensors_tell(struct vg_part *p, int64_t log_ms)
{
	const struct vg_sensor *s;
	size_t n_gone = 0, n_noted = 0;
	struct vg_slice field;

	if (!vg_sensors_expire(p->sensors, log_ms))
		return false;
	for (size_t pos = 0; vg_sensors_gone(p->sensors, &pos, &field);)
		n_gone++;
	for (size_t pos = 0; vg_sensors_noted(p->sensors, &pos, &field, &s);)
		n_noted++;
	if (n_gone + n_noted == 0 || VG_DEFECT("sensors-untold"))
		return true;
	vg_delta_bucket(&p->delta, vg_slice_of(VG_SENSORS_KEY),
			n_gone + n_noted);
	if (n_gone > 0)
		tell_gone(p);
	if (n_noted > 0)
		tell_noted(p);
	return !p->name.failed && !p->delta.failed;
}
