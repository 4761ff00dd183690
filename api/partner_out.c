#include "api/partner_out.h"

#include "aggregate/health.h"

enum { HEALTH_ROUND_MS = 60000 };

/* How far one partition is complete: level with the broker at its heartbeat,
 * else as far as it was read. */
static int64_t complete_to(const struct vg_view_part *part, bool is_level)
{
	return is_level ? part->heartbeat_ms : part->log_ms;
}

static void add_part(struct vg_partner_reach *h,
		     const struct vg_view_part *part)
{
	bool is_level = part->live && vg_health_unread(part) == 0;
	int64_t complete = complete_to(part, is_level);

	if (part->watermark_ms > h->watermark_ms)
		h->watermark_ms = part->watermark_ms;
	if (part->log_ms > h->log_ms)
		h->log_ms = part->log_ms;
	if (complete < h->complete_ms)
		h->complete_ms = complete;
}

struct vg_partner_reach
vg_partner_reach_locked(const struct vg_view *v,
			const struct vg_partner *partner)
{
	struct vg_partner_reach h = {.watermark_ms = INT64_MIN,
				     .log_ms = INT64_MIN,
				     .complete_ms = INT64_MAX};

	for (size_t i = 0; i < vg_view_parts(v); i++) {
		const struct vg_view_part *part = vg_view_part(v, i);

		if (part->partner != NULL &&
		    part->partner->slot == partner->slot)
			add_part(&h, part);
	}
	return h;
}

static int64_t round_down(int64_t ms)
{
	if (ms == INT64_MIN || ms == INT64_MAX || ms < 0)
		return ms;
	return ms - ms % HEALTH_ROUND_MS;
}

/* The state of a partner that is not always a member. */
static const char *state_at(enum vg_health state, const struct vg_partner *p,
			    int64_t now_ms)
{
	if (vg_partner_is_member(p, now_ms))
		return vg_health_name(state);
	return vg_partner_has_left(p, now_ms) ? "left" : "joining";
}

void vg_partner_write_locked(struct vg_jout *j, const struct vg_service *s,
			     const struct vg_partner *partner,
			     const struct vg_partner_reach *reach,
			     int64_t now_ms, bool exact)
{
	struct vg_partner_health ph =
		vg_health_partner(s->view, s->env->cfg, partner, now_ms);

	vg_jout_name(j, "id");
	vg_jout_text(j, partner->id);
	vg_jout_name(j, "country");
	vg_jout_text(j, partner->country);
	vg_jout_name(j, "state");
	vg_jout_text(j, state_at(ph.state, partner, now_ms));
	if (ph.state == VG_HEALTH_SILENT) {
		vg_jout_name(j, "silent_since");
		vg_jout_instant(j, ph.silent_from_ms);
	}
	vg_jout_name(j, "complete_to");
	vg_jout_instant(j, exact ? reach->complete_ms
				 : round_down(reach->complete_ms));
}
