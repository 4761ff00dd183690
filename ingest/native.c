#include "ingest/native.h"

#include <assert.h>
#include <stdio.h>

bool vg_native_aside(struct vg_reading *r, const char *why)
{
	r->out->verdict = VG_VERDICT_NOT_ALERT;
	snprintf(r->out->reason, sizeof r->out->reason, "%s: no alert", why);
	return false;
}

bool vg_native_id(struct vg_reading *r, const char *member, uint32_t tok)
{
	struct vg_slice text;

	if (!vg_native_text(r, tok, &text))
		return true;
	if (!vg_check_name(r, text, member, VG_ID_MAX))
		return false;
	r->e->id = text;
	return true;
}

bool vg_native_sensor(struct vg_reading *r, const char *member, uint32_t tok,
		      const char *otherwise)
{
	struct vg_slice text = vg_slice_of(otherwise);

	if (vg_native_text(r, tok, &text) &&
	    !vg_check_name(r, text, member, VG_SENSOR_MAX))
		return false;
	r->e->sensor = text;
	return true;
}

bool vg_native_actor(struct vg_reading *r, const char *member, uint32_t tok,
		     int confidence)
{
	struct vg_event *e = r->e;
	struct vg_slice name;

	assert(confidence >= -1 && confidence <= 100);
	if (!vg_native_text(r, tok, &name))
		return true;
	if (!vg_check_name(r, name, member, VG_ACTOR_MAX))
		return false;
	for (unsigned a = 0; a < e->n_actor; a++) {
		if (!vg_slice_eq(e->actor[a].name, name))
			continue;
		if (e->actor[a].confidence < confidence)
			e->actor[a].confidence = confidence;
		return true;
	}
	if (e->n_actor == VG_ACTORS_MAX) {
		e->n_trimmed++;
		return true;
	}
	e->actor[e->n_actor].name = name;
	e->actor[e->n_actor++].confidence = confidence;
	return true;
}

bool vg_native_count(struct vg_reading *r, const char *member, uint32_t tok)
{
	int64_t v = 0;

	if (tok == VG_ABSENT)
		return true;
	if (!vg_native_int(r, tok, &v) || v < 1 || v > VG_COUNT_MAX)
		return vg_refuse(r, VG_VERDICT_R_VALUE,
				 "%s: must be a whole number from 1 to %d",
				 member, VG_COUNT_MAX);
	r->e->count = v;
	return true;
}

bool vg_native_time(struct vg_reading *r, const char *member, uint32_t tok)
{
	if (tok == VG_ABSENT)
		return vg_refuse(r, VG_VERDICT_R_MISSING, "%s: missing",
				 member);
	if (vg_native_time_of(r, tok, &r->e->time_ms))
		return true;
	return vg_refuse(r, VG_VERDICT_R_VALUE,
			 "%s: not a time within 1970 to 9999", member);
}

static void finish(struct vg_reading *r)
{
	const struct vg_event *e = r->e;
	const char *name = NULL;

	if (e->category < 0)
		name = "category";
	if (e->sensor.n == 0)
		name = "sensor";
	if (e->time_ms < 0)
		name = "time";
	if (name != NULL)
		(void)vg_refuse(r, VG_VERDICT_R_MISSING, "%s: missing", name);
	assert(e->severity >= 1 && e->severity <= 10);
	assert(e->confidence >= 0 && e->confidence <= 100);
	assert(e->count >= 1 && e->count <= VG_COUNT_MAX);
}

void vg_native_take_object(struct vg_reading *r, vg_native_take *take)
{
	vg_native_note_keys(r);
	if (take(r))
		finish(r);
	assert(r->out->verdict != VG_VERDICT_CONTROL);
}

void vg_native_start(struct vg_reading *r)
{
	r->s->used = 0;
	vg_event_clear(r->e);
	r->out->verdict = VG_VERDICT_COUNTED;
	r->out->reason[0] = '\0';
}

void vg_native_run(struct vg_reading *r, struct vg_slice record,
		   vg_native_take *take)
{
	vg_native_start(r);
	if (vg_record_parse(r, record))
		vg_native_take_object(r, take);
}
