#include "alert/campaign_of.h"

#include "alert/people_about.h"
#include "core/timefmt.h"

#include <cjson/cJSON.h>
#include <stdio.h>

/* When a person closed `alert`; INT64_MAX: nobody did. */
static int64_t closed_ms(const struct vg_campaign_in *in,
			 const struct vg_book_alert *alert)
{
	struct vg_people_ids ids;
	const struct vg_word *w;

	if (in->people == NULL)
		return INT64_MAX;
	vg_people_ids(&ids, in->people, in->book, alert);
	w = vg_people_word(in->people, &ids, VG_ACT_CLOSE);
	return w == NULL || w->reopened ? INT64_MAX : w->at_ms;
}

static void add(struct vg_campaign_of *o, const struct vg_campaign_in *in,
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
		.closed_ms = closed_ms(in, alert),
		.tag = o->n};
	o->alert[o->n++] = alert;
}

bool vg_campaign_find(struct vg_campaign_of *out,
		      const struct vg_campaign_in *in,
		      const struct vg_book_alert *alert, int64_t at_ms)
{
	struct vg_slice prefix = vg_slice_of(alert->fingerprint);
	const struct vg_book_alert *one;

	out->n = 0;
	if (!vg_alert_is_listed(alert, alert->shadow))
		return false;
	for (size_t k = 0; (one = vg_book_near(in->book, prefix, k)) != NULL &&
			   strncmp(one->id, prefix.p, prefix.n) == 0;
	     k++)
		if (vg_alert_is_listed(one, alert->shadow))
			add(out, in, one);
	const struct vg_campaign_ask ask = {.part = out->part,
					    .n = out->n,
					    .of_ms = alert->start_ms,
					    .gap_ms = in->gap_ms,
					    .at_ms = at_ms};
	return vg_campaign_at(&out->c, &ask);
}

static bool add_time(cJSON *to, const char *name, int64_t at_ms)
{
	char text[VG_TIME_TEXT];

	vg_time_print(text, at_ms);
	return cJSON_AddStringToObject(to, name, text) != NULL;
}

static bool add_countries(cJSON *doc, const struct vg_campaign *c)
{
	cJSON *list = cJSON_AddArrayToObject(doc, "countries");

	for (size_t i = 0; i < c->n_country; i++) {
		const struct vg_book_country *k = &c->country[i];
		cJSON *one = cJSON_CreateObject();
		double after = (double)(k->at_ms - c->country[0].at_ms);

		if (!cJSON_AddItemToArray(list, one)) {
			cJSON_Delete(one);
			return false;
		}
		if (!cJSON_AddStringToObject(one, "country", k->code) ||
		    !add_time(one, "at", k->at_ms) ||
		    !cJSON_AddNumberToObject(one, "after_ms", after))
			return false;
	}
	return list != NULL;
}

struct cJSON *vg_campaign_doc(const struct vg_campaign *c)
{
	cJSON *doc = cJSON_CreateObject();
	char velocity[32] = "null";

	if (c->velocity > 0)
		(void)snprintf(velocity, sizeof velocity, "%.6g", c->velocity);
	if (cJSON_AddStringToObject(doc, "stage", vg_stage_name(c->stage)) !=
		    NULL &&
	    add_time(doc, "since", c->since_ms) && add_countries(doc, c) &&
	    cJSON_AddRawToObject(doc, "velocity", velocity) != NULL)
		return doc;
	cJSON_Delete(doc);
	return NULL;
}
