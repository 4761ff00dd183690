#include "notify/notice.h"

#include "alert/campaign_of.h"
#include "alert/doc_labels.h"
#include "core/audience.h"
#include "core/config.h"
#include "core/defect.h"
#include "core/timefmt.h"
#include "notify/campaigns.h"
#include "notify/words.h"

#include <cjson/cJSON.h>
#include <stdlib.h>

struct doc {
	cJSON *root;
	const struct vg_notice_make *m;
	bool failed;
};

static void text(struct doc *d, const char *name, const char *value)
{
	if (cJSON_AddStringToObject(d->root, name, value) == NULL)
		d->failed = true;
}

static size_t count(const struct vg_notice_make *m, bool firing)
{
	size_t n = 0;

	for (size_t i = 0; i < m->n; i++)
		n += m->alert[i].firing == firing;
	return n;
}

static void add_group(struct doc *d)
{
	cJSON *group = cJSON_AddObjectToObject(d->root, "group");
	struct vg_buf value = {0};

	if (group == NULL || d->m->n == 0) {
		d->failed = group == NULL;
		return;
	}
	for (size_t i = 0; i < d->m->route->n_group; i++) {
		vg_buf_reset(&value);
		vg_buf_str(&value, "");
		vg_labels_value(&d->m->alert[0].item->labels,
				d->m->route->group_by[i], &value);
		if (value.failed ||
		    cJSON_AddStringToObject(group, d->m->route->group_by[i],
					    value.p) == NULL)
			d->failed = true;
	}
	vg_buf_term(&value);
}

static const char *const order[] = {"CLEAR", "GREEN", "AMBER", "AMBER+STRICT",
				    "RED"};

/* The most restrictive label among the alerts. */
static const char *marking(const struct vg_notice_make *m)
{
	int most = 0;

	for (size_t i = 0; i < m->n; i++)
		for (int k = most + 1; k < (int)(sizeof order / sizeof *order);
		     k++)
			if (vg_labels_has(&m->alert[i].item->labels, "marking",
					  vg_slice_of(order[k])))
				most = k;
	return order[most];
}

/* In which language people are told: the route's own, else the receiver's. */
static const char *language_of(const struct vg_notice_make *m)
{
	return m->route->language[0] != '\0' ? m->route->language
					     : m->to->language;
}

/* "; campaign spreading: MA +0s, IL +1h; 1 countries an hour" */
static void campaign(struct vg_buf *b, const struct vg_notice_make *m,
		     const char *id)
{
	const struct vg_campaign *c =
		vg_campaigns_find(m->campaigns, id, m->at_ms);
	const char *l = language_of(m);

	if (c == NULL)
		return;
	cJSON *doc = vg_campaign_doc(c);
	vg_buf_printf(b, "; %s %s", vg_word(l, VG_WORD_STAGE),
		      vg_word(l, VG_WORD_EMERGING + (unsigned)c->stage));
	if (c->n_country > 1) {
		vg_buf_str(b, ": ");
		vg_doc_spread(b, doc);
	}
	if (c->velocity > 0)
		vg_buf_printf(b, "; %.3g %s", c->velocity,
			      vg_word(l, VG_WORD_VELOCITY));
	cJSON_Delete(doc);
}

static void line(struct vg_buf *b, const struct vg_notice_make *m,
		 const struct vg_notice_alert *a)
{
	const char *l = language_of(m);
	char at[VG_TIME_TEXT];

	vg_time_print(at, a->item->start_ms);
	vg_buf_printf(b, "%s: ",
		      vg_word(l, a->item->gone ? VG_WORD_WITHDRAWN
				 : a->firing   ? VG_WORD_FIRING
					       : VG_WORD_RESOLVED));
	vg_labels_value(&a->item->labels, "title", b);
	for (size_t i = 0; i < m->route->n_group; i++) {
		vg_buf_printf(b, ", %s ", m->route->group_by[i]);
		vg_labels_value(&a->item->labels, m->route->group_by[i], b);
	}
	vg_buf_printf(b, "; %s ", vg_word(l, VG_WORD_SEVERITY));
	vg_labels_value(&a->item->labels, "severity", b);
	vg_buf_printf(b, "; %s ", vg_word(l, VG_WORD_COUNTRIES));
	vg_labels_value(&a->item->labels, "country", b);
	vg_buf_printf(b, "; %s %s", vg_word(l, VG_WORD_SINCE), at);
	if (!a->firing) {
		vg_time_print(at, a->item->over_ms);
		vg_buf_printf(b, "; %s %s", vg_word(l, VG_WORD_UNTIL), at);
	}
	campaign(b, m, a->item->id);
	vg_buf_printf(b, "; %s\n", a->item->id);
}

/* What people read: a title, and a line for each alert. */
static void add_words(struct doc *d)
{
	const struct vg_notice_make *m = d->m;
	struct vg_buf b = {0};
	size_t firing = count(m, true), over = count(m, false);

	if (firing > 0)
		vg_buf_printf(&b, "%zu %s", firing,
			      vg_word(language_of(m), VG_WORD_FIRING));
	if (over > 0)
		vg_buf_printf(&b, "%s%zu %s", firing > 0 ? ", " : "", over,
			      vg_word(language_of(m), VG_WORD_RESOLVED));
	if (m->n > 0) {
		vg_buf_str(&b, ": ");
		vg_labels_value(&m->alert[0].item->labels, "title", &b);
	}
	if (!b.failed)
		text(d, "title", b.p);
	d->failed = d->failed || b.failed;
	vg_buf_reset(&b);
	vg_buf_str(&b, "");
	for (size_t i = 0; i < m->n && i < VG_NOTICE_ALERTS_MAX; i++)
		line(&b, m, &m->alert[i]);
	if (m->n > VG_NOTICE_ALERTS_MAX)
		vg_buf_printf(&b, "%zu %s\n", m->n - VG_NOTICE_ALERTS_MAX,
			      vg_word(language_of(m), VG_WORD_MORE));
	if (!b.failed)
		text(d, "text", b.p);
	d->failed = d->failed || b.failed;
	vg_buf_term(&b);
}

/* False when memory is out. */
static bool add_campaign(cJSON *to, const struct vg_notice_make *m,
			 const char *id)
{
	const struct vg_campaign *c =
		vg_campaigns_find(m->campaigns, id, m->at_ms);
	cJSON *doc = c != NULL ? vg_campaign_doc(c) : NULL;

	if (c == NULL || cJSON_AddItemToObject(to, "campaign", doc))
		return true;
	cJSON_Delete(doc);
	return false;
}

static bool add_alert(cJSON *list, const struct vg_notice_make *m,
		      const struct vg_notice_alert *a)
{
	cJSON *one = cJSON_ParseWithLength(a->item->json, a->item->json_len);
	char at[VG_TIME_TEXT];

	if (!cJSON_IsObject(one) || !cJSON_AddItemToArray(list, one)) {
		cJSON_Delete(one);
		return false;
	}
	vg_time_print_ms(at, a->item->over_ms);
	cJSON_DeleteItemFromObjectCaseSensitive(one, "state");
	return cJSON_AddStringToObject(one, "state",
				       a->firing ? "firing" : "resolved") !=
		       NULL &&
	       (a->firing ||
		cJSON_AddStringToObject(one, "resolved_at", at) != NULL) &&
	       add_campaign(one, m, a->item->id);
}

static void add_alerts(struct doc *d)
{
	cJSON *list = cJSON_AddArrayToObject(d->root, "alerts");
	size_t bytes = 0, i = 0;

	if (list == NULL) {
		d->failed = true;
		return;
	}
	for (; i < d->m->n && i < VG_NOTICE_ALERTS_MAX; i++) {
		bytes += d->m->alert[i].item->json_len;
		if (i > 0 && bytes > VG_NOTICE_BYTES_MAX)
			break;
		if (!add_alert(list, d->m, &d->m->alert[i]))
			d->failed = true;
	}
	if (cJSON_AddNumberToObject(d->root, "omitted",
				    (double)(d->m->n - i)) == NULL)
		d->failed = true;
}

enum vg_rc vg_notice_write(struct vg_buf *out, const struct vg_notice_make *m,
			   struct vg_err *err)
{
	struct doc d = {.root = cJSON_CreateObject(), .m = m};
	char at[VG_TIME_TEXT], *printed = NULL;
	enum vg_rc rc = VG_OK;

	d.failed = d.root == NULL;
	if (!d.failed) {
		vg_time_print_ms(at, m->at_ms);
		if (cJSON_AddNumberToObject(d.root, "version", 1) == NULL)
			d.failed = true;
		text(&d, "id", m->id);
		text(&d, "receiver", m->to->name);
		text(&d, "viewer", m->viewer);
		text(&d, "status", count(m, true) > 0 ? "firing" : "resolved");
		text(&d, "at", at);
		text(&d, "language", language_of(m));
		text(&d, "marking", marking(m));
		add_group(&d);
		add_words(&d);
		add_alerts(&d);
		printed = d.failed ? NULL : cJSON_PrintUnformatted(d.root);
	}
	if (printed != NULL)
		vg_buf_str(out, printed);
	if (printed == NULL || out->failed)
		rc = vg_err_set(err, VG_FATAL, "notify: out of memory");
	cJSON_free(printed);
	cJSON_Delete(d.root);
	return rc;
}
