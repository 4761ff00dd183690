#include "api/completeness.h"

#include "aggregate/health.h"
#include "api/partner_out.h"

#include <inttypes.h>
#include <stdio.h>

enum { MINUTE_MS = 60000 };

/* "; IL silent 42 min" */
static void say(struct vg_buf *text, const struct vg_partner *p,
		const struct vg_partner_health *h, int64_t now_ms)
{
	vg_buf_printf(text, "; %s %s", p->id, vg_health_name(h->state));
	if (h->state == VG_HEALTH_SILENT && h->silent_from_ms <= now_ms)
		vg_buf_printf(text, " %" PRId64 " min",
			      (now_ms - h->silent_from_ms) / MINUTE_MS);
}

void vg_completeness_write(struct vg_jout *j, const struct vg_service *s,
			   int64_t now_ms)
{
	const struct vg_config *cfg = s->env->cfg;
	struct vg_buf rest = {0}, text = {0};
	int current = 0, members = 0;

	vg_jout_open(j, '{');
	vg_jout_name(j, "partners");
	vg_jout_open(j, '[');
	vg_view_read_lock(s->view);
	for (size_t i = 0; i < cfg->n_partners; i++) {
		const struct vg_partner *p = &cfg->partners[i];
		struct vg_partner_reach reach =
			vg_partner_reach_locked(s->view, p);
		struct vg_partner_health h =
			vg_health_partner(s->view, cfg, p, now_ms);

		if (!vg_partner_is_member(p, now_ms))
			continue;
		members++;
		if (h.state == VG_HEALTH_CURRENT)
			current++;
		else
			say(&rest, p, &h, now_ms);
		vg_jout_open(j, '{');
		vg_partner_write_locked(j, s, p, &reach, now_ms, false);
		vg_jout_close(j, '}');
	}
	vg_view_unlock(s->view);
	vg_jout_close(j, ']');
	vg_jout_name(j, "current");
	vg_jout_i64(j, current);
	vg_jout_name(j, "members");
	vg_jout_i64(j, members);
	vg_buf_printf(&text, "%d of %d partners current%s", current, members,
		      rest.n > 0 ? rest.p : "");
	vg_jout_name(j, "text");
	vg_jout_text(j, text.p);
	vg_jout_close(j, '}');
	vg_buf_term(&rest);
	vg_buf_term(&text);
}
