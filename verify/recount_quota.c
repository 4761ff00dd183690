/* recount_quota - what a partner's quotas make of the event at hand. */
#include "verify/recount_parts.h"

#include <string.h>

void vg_recount_mark(struct vg_recount *r, struct vg_marks marks)
{
	struct vg_event *e = &r->second.event;

	e->sensor_past = marks.sensor;
	e->actors_past = marks.actors;
	e->n_indicator = marks.indicators;
}

uint16_t vg_recount_audience(const struct vg_recount *r)
{
	const struct vg_event *e = &r->second.event;
	bool undeclared = false;

	return vg_audience_at(
		r->env->aud,
		vg_audience_of(r->env->aud, r->partner->slot,
			       e->has_label ? e->label : r->partner->tlp,
			       e->narrowed, e->releasable, &undeclared),
		r->ref_ms);
}

bool vg_recount_bury(struct vg_recount *r, const char *name, int64_t ts_ms,
		     uint32_t bytes)
{
	return strcmp(name, "rejected:*") != 0 ||
	       vg_quota_count_dead(r->quota, ts_ms, bytes) ||
	       vg_recount_tally(r, "dead_dropped", ts_ms, 1);
}
