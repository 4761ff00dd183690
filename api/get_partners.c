/*
 * The health of each member. What any member may see of another is agreed by
 * name: its state, since when it is silent, and how far it is complete, to the
 * minute. Times of single records, offsets, lag and sensors are for the partner
 * itself and the joint SOC, since they tell of events that a viewer may not
 * see.
 */
#include "aggregate/health.h"
#include "api/handlers.h"
#include "api/partner_out.h"
#include "api/partner_quotas.h"
#include "api/sensor_out.h"
#include "api/viewer.h"

#include <assert.h>

/* The partition of `partner` that follows number `after`; NULL past the last.
 * The view has them in the order in which it found them. */
static const struct vg_view_part *
next_part_locked(const struct vg_view *v, const struct vg_partner *partner,
		 int32_t after)
{
	const struct vg_view_part *next = NULL;

	for (size_t i = 0; i < vg_view_parts(v); i++) {
		const struct vg_view_part *part = vg_view_part(v, i);

		if (part->partner == NULL ||
		    part->partner->slot != partner->slot ||
		    part->partition <= after)
			continue;
		if (next == NULL || part->partition < next->partition)
			next = part;
	}
	return next;
}

static void write_partitions_locked(struct vg_jout *j, const struct vg_view *v,
				    const struct vg_partner *partner)
{
	const struct vg_view_part *part = next_part_locked(v, partner, -1);

	vg_jout_name(j, "partitions");
	vg_jout_open(j, '[');
	for (; part != NULL;
	     part = next_part_locked(v, partner, part->partition)) {
		vg_jout_open(j, '{');
		vg_jout_name(j, "partition");
		vg_jout_i64(j, part->partition);
		vg_jout_name(j, "offset");
		vg_jout_i64(j, part->offset);
		vg_jout_name(j, "lag");
		if (vg_health_unread(part) < 0)
			vg_jout_null(j);
		else
			vg_jout_i64(j, vg_health_unread(part));
		vg_jout_close(j, '}');
	}
	vg_jout_close(j, ']');
}

/* What only the partner itself and the joint SOC read. */
static void write_own_locked(struct vg_jout *j, const struct vg_service *s,
			     const struct vg_partner *partner,
			     const struct vg_partner_quotas *quotas,
			     const struct vg_partner_reach *h, int64_t at_ms)
{
	struct vg_partner_health ph =
		vg_health_partner(s->view, s->env->cfg, partner, at_ms);

	vg_jout_name(j, "watermark");
	vg_jout_instant(j, h->watermark_ms);
	vg_jout_name(j, "last_record");
	vg_jout_instant(j, h->log_ms);
	vg_jout_name(j, "expected_quiet_ms");
	if (ph.expected_ms > 0)
		vg_jout_i64(j, ph.expected_ms);
	else
		vg_jout_null(j);
	write_partitions_locked(j, s->view, partner);
	vg_partner_quotas_write(quotas, j, partner);
	vg_canary_write_locked(j, s->view, partner);
	vg_sensors_write_locked(j, s->view, s->env->cfg, partner, at_ms);
}

static void write_partner_locked(struct vg_jout *j, const struct vg_service *s,
				 const struct vg_partner *partner,
				 const struct vg_partner_quotas *quotas,
				 const struct vg_request *r)
{
	struct vg_partner_reach h = vg_partner_reach_locked(s->view, partner);
	bool owns = vg_viewer_owns(r->viewer, partner->slot);

	vg_jout_open(j, '{');
	vg_partner_write_locked(j, s, partner, &h, r->now_ms, owns);
	if (owns)
		write_own_locked(j, s, partner, quotas, &h, r->now_ms);
	vg_jout_close(j, '}');
}

void vg_get_partners(struct vg_service *s, const struct vg_request *r,
		     struct vg_answer *a)
{
	struct vg_view_freshness fresh = vg_service_freshness(s, r);
	const struct vg_config *cfg = s->env->cfg;
	struct vg_partner_quotas quotas;

	assert(r->viewer <= VG_SLOT_PUBLIC);
	if (!vg_partner_quotas_read(&quotas, s, r, a))
		return;
	struct vg_jout j = vg_answer_json(a, 200);
	vg_jout_open(&j, '{');
	vg_jout_name(&j, "partners");
	vg_jout_open(&j, '[');
	vg_view_read_lock(s->view);
	for (size_t i = 0; i < cfg->n_partners; i++)
		write_partner_locked(&j, s, &cfg->partners[i], &quotas, r);
	vg_view_unlock(s->view);
	vg_jout_close(&j, ']');
	vg_jout_close(&j, '}');
	vg_partner_quotas_term(&quotas);
	vg_service_fresh_headers(a, &fresh);
}
