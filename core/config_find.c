#include "core/config.h"

const struct vg_partner *vg_config_partner(const struct vg_config *c,
					   struct vg_slice id)
{
	for (size_t i = 0; i < c->n_partners; i++) {
		if (vg_slice_eq(id, vg_slice_of(c->partners[i].id)))
			return &c->partners[i];
	}
	return NULL;
}

const struct vg_partner *vg_config_topic(const struct vg_config *c,
					 const char *topic)
{
	for (size_t i = 0; i < c->n_partners; i++) {
		if (strcmp(topic, c->partners[i].topic) == 0)
			return &c->partners[i];
	}
	return NULL;
}

const struct vg_partner *vg_config_slot(const struct vg_config *c,
					unsigned slot)
{
	for (size_t i = 0; i < c->n_partners; i++) {
		if (c->partners[i].slot == slot)
			return &c->partners[i];
	}
	return NULL;
}

int vg_config_viewer(const struct vg_config *c, struct vg_slice name)
{
	/* No partner can have this id in any case, so both spellings are safe:
	 * token files write coalition, caveats and events COALITION. */
	if (vg_slice_eq(name, vg_slice_of("coalition")) ||
	    vg_slice_eq(name, vg_slice_of("COALITION")))
		return VG_SLOT_COALITION;
	if (c->is_exercise && vg_slice_eq(name, vg_slice_of("exercise")))
		return VG_SLOT_EXERCISE;

	const struct vg_partner *p = vg_config_partner(c, name);
	return p != NULL ? (int)p->slot : -1;
}

int64_t vg_config_dedup_span(const struct vg_config *c,
			     const struct vg_partner *p)
{
	return p->has_dedup_span ? p->dedup_span : c->dedup_span;
}

int64_t vg_config_recall_span(const struct vg_config *c,
			      const struct vg_partner *p)
{
	return c->recall_span > 0 ? c->recall_span : vg_config_dedup_span(c, p);
}

int64_t vg_config_future_ms(const struct vg_config *c,
			    const struct vg_partner *p)
{
	return p->has_future ? p->future_ms : c->future_ms;
}

int64_t vg_config_lateness_ms(const struct vg_config *c,
			      const struct vg_partner *p)
{
	return p->has_lateness ? p->lateness_ms : c->lateness_ms;
}

int64_t vg_config_lateness_max(const struct vg_config *c)
{
	int64_t max = c->lateness_ms;

	for (size_t i = 0; i < c->n_partners; i++) {
		int64_t ms = vg_config_lateness_ms(c, &c->partners[i]);
		max = ms > max ? ms : max;
	}
	return max;
}
