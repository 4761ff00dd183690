#include "ingest/record.h"

#include <assert.h>
#include <stdlib.h>

void vg_event_clear(struct vg_event *e)
{
	static const struct vg_slice none = {NULL, 0};

	e->id = e->sensor = e->partner = none;
	e->country = e->source_country = none;
	e->origin_partner = e->origin_feed = e->origin_id = none;
	e->time_ms = -1;
	e->sensor_kind = e->category = e->sector = -1;
	e->severity = 5;
	e->confidence = 50;
	e->count = 1;
	e->label = VG_TLP_AMBER;
	e->has_label = e->narrowed = false;
	e->releasable = 0;
	e->n_actor = e->n_technique = e->n_indicator = e->n_field = 0;
	e->n_unknown = e->n_trimmed = 0;
	e->audience = 0;
}

static enum vg_verdict fault_verdict(enum vg_json_fault f)
{
	switch (f) {
	case VG_JSON_UTF8:
		return VG_VERDICT_R_UTF8;
	case VG_JSON_DUPKEY:
		return VG_VERDICT_R_DUPKEY;
	case VG_JSON_RANGE:
		return VG_VERDICT_R_RANGE;
	case VG_JSON_DEPTH:
		return VG_VERDICT_R_DEPTH;
	case VG_JSON_TRAIL:
		return VG_VERDICT_R_TRAIL;
	case VG_JSON_SIZE:
		return VG_VERDICT_R_SIZE;
	case VG_JSON_MEMORY:
		/* A verdict is a function of the log and stays with it, so
		 * none may come of this machine's state: stop instead. */
		abort();
	default:
		return VG_VERDICT_R_SYNTAX;
	}
}

bool vg_record_parse_text(struct vg_reading *r, struct vg_slice text)
{
	size_t at = 0;
	enum vg_json_fault f = vg_json_parse(&r->s->json, text.p, text.n, &at);

	if (f != VG_JSON_OK)
		return vg_refuse(r, fault_verdict(f), "json: %s at byte %zu",
				 vg_json_fault_name(f), at);
	assert(r->s->json.n > 0);
	if (vg_tok(r, 0)->type != VG_JSON_OBJECT)
		return vg_refuse(r, VG_VERDICT_R_NOT_OBJECT,
				 "record: must be an object");
	return true;
}

bool vg_record_parse(struct vg_reading *r, struct vg_slice record)
{
	if (record.p == NULL || record.n == 0)
		return vg_refuse(r, VG_VERDICT_R_EMPTY, "record: empty");
	/* Whoever looked at it first says so, for one decoding. */
	if (r->s->parsed.p == record.p && r->s->parsed.n == record.n)
		return true;
	if (record.n > VG_RECORD_MAX)
		return vg_refuse(r, VG_VERDICT_R_OVERSIZED,
				 "record: longer than %d bytes", VG_RECORD_MAX);
	return vg_record_parse_text(r, record);
}
