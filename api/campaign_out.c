#include "api/campaign_out.h"

#include "api/alert_out.h"
#include "api/people_out.h"

#include <stdio.h>

/* When a person closed `alert`; INT64_MAX: nobody did. */
static int64_t closed_ms(const struct vg_service *s,
			 const struct vg_book_alert *alert)
{
	struct vg_people_ids ids;
	const struct vg_word *w;

	if (s->people == NULL)
		return INT64_MAX;
	vg_people_ids(&ids, s->people, s->book, alert);
	w = vg_people_word(s->people, &ids, VG_ACT_CLOSE);
	return w == NULL || w->reopened ? INT64_MAX : w->at_ms;
}

static void add(struct vg_campaign_of *o, const struct vg_service *s,
		const struct vg_book_alert *alert)
{
	if (o->n == VG_CAMPAIGN_PARTS) { /* the oldest goes */
		memmove(o->part, o->part + 1, (o->n - 1) * sizeof *o->part);
		memmove(o->alert, o->alert + 1,
			(o->n - 1) * sizeof(struct vg_book_alert *));
		o->n--;
		for (size_t i = 0; i < o->n; i++)
			o->part[i].tag = i;
	}
	o->part[o->n] = (struct vg_campaign_part){
		.start_ms = alert->start_ms,
		.end_ms = alert->end_ms,
		.resolve_after_ms = alert->resolve_after_ms,
		.window_ms = alert->window_ms,
		.country = alert->country,
		.n_country = alert->n_country,
		.closed_ms = closed_ms(s, alert),
		.tag = o->n};
	o->alert[o->n++] = alert;
}

bool vg_campaign_find(struct vg_campaign_of *out, const struct vg_service *s,
		      const struct vg_book_alert *alert, int64_t at_ms)
{
	struct vg_slice prefix = vg_slice_of(alert->fingerprint);
	const struct vg_book_alert *one;

	out->n = 0;
	if (!vg_alert_is_listed(alert, alert->shadow))
		return false;
	for (size_t k = 0; (one = vg_book_near(s->book, prefix, k)) != NULL &&
			   strncmp(one->id, prefix.p, prefix.n) == 0;
	     k++)
		if (vg_alert_is_listed(one, alert->shadow))
			add(out, s, one);
	const struct vg_campaign_ask ask = {
		.part = out->part,
		.n = out->n,
		.of_ms = alert->start_ms,
		.gap_ms = s->env->cfg->campaign_gap_ms,
		.at_ms = at_ms};
	return vg_campaign_at(&out->c, &ask);
}

void vg_campaign_members(struct vg_jout *j, const struct vg_campaign *c)
{
	char velocity[32];
	int n = snprintf(velocity, sizeof velocity, "%.6g", c->velocity);

	vg_jout_name(j, "stage");
	vg_jout_text(j, vg_stage_name(c->stage));
	vg_jout_name(j, "since");
	vg_jout_instant(j, c->since_ms);
	vg_jout_name(j, "countries");
	vg_jout_open(j, '[');
	for (size_t i = 0; i < c->n_country; i++) {
		vg_jout_open(j, '{');
		vg_jout_name(j, "country");
		vg_jout_text(j, c->country[i].code);
		vg_jout_name(j, "at");
		vg_jout_instant(j, c->country[i].at_ms);
		vg_jout_name(j, "after_ms");
		vg_jout_i64(j, c->country[i].at_ms - c->country[0].at_ms);
		vg_jout_close(j, '}');
	}
	vg_jout_close(j, ']');
	vg_jout_name(j, "velocity");
	if (c->velocity > 0)
		vg_jout_raw(j, velocity, (size_t)n);
	else
		vg_jout_null(j);
}

void vg_campaign_text(struct vg_buf *out, const struct vg_service *s,
		      const struct vg_book_alert *alert, int64_t at_ms)
{
	struct vg_campaign_of of;
	struct vg_jout j = {.buf = out};

	if (!vg_campaign_find(&of, s, alert, at_ms))
		return;
	vg_jout_open(&j, '{');
	vg_campaign_members(&j, &of.c);
	vg_jout_close(&j, '}');
}
