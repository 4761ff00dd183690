/*
 * Campaigns: chains of alerts of one rule and group, with their stage at a
 * time.
 */
#include "alert/doc_public.h"
#include "alert/people.h"
#include "api/alert_out.h"
#include "api/campaign_out.h"
#include "api/handlers.h"
#include "api/page.h"
#include "api/params.h"
#include "api/tree.h"
#include "api/viewer.h"
#include "core/audience.h"
#include "core/text.h"

#include <cjson/cJSON.h>
#include <stdlib.h>

enum { LIMIT_DEFAULT = 100 };

struct filter {
	const char *viewer;
	struct vg_slice rule;
	int stage; /* -1: any */
	int64_t at_ms;
};

/* The first episodes of campaigns, newest first. */
struct found {
	const struct vg_book_alert **first;
	size_t n, cap;
	bool failed;
};

static bool read_filter(const struct vg_service *s, const struct vg_request *r,
			struct vg_answer *a, struct filter *f,
			struct vg_pager *pager)
{
	*f = (struct filter){.viewer = vg_viewer_name(s->env->cfg, r->viewer),
			     .stage = -1,
			     .at_ms = r->now_ms};
	(void)vg_request_param(r, "rule", &f->rule);
	return vg_param_word(r, a, "stage", VG_STAGES, &f->stage) &&
	       vg_param_time(r, a, "at", &f->at_ms) &&
	       vg_pager_read(pager, r, a, LIMIT_DEFAULT);
}

static bool is_wanted(const struct vg_service *s,
		      const struct vg_book_alert *alert, const struct filter *f,
		      struct vg_campaign_of *of)
{
	if (alert->shadow || !vg_alert_sees(alert, f->viewer) ||
	    (f->rule.n > 0 && !vg_slice_eq(f->rule, vg_slice_of(alert->rule))))
		return false;
	/* Once for each: at its first episode. */
	return vg_campaign_here(of, s, alert, f->at_ms) &&
	       of->alert[of->part[of->c.first].tag] == alert &&
	       (f->stage < 0 || (int)of->c.stage == f->stage);
}

static void add(struct found *all, const struct vg_book_alert *alert)
{
	if (all->n == all->cap) {
		size_t cap = all->cap == 0 ? 64 : 2 * all->cap;
		const struct vg_book_alert **bigger = realloc(
			all->first, cap * sizeof(struct vg_book_alert *));

		all->failed = all->failed || bigger == NULL;
		if (bigger == NULL)
			return;
		all->first = bigger;
		all->cap = cap;
	}
	all->first[all->n++] = alert;
}

static void copy(struct vg_jout *j, const cJSON *doc, const char *name)
{
	const cJSON *m = cJSON_GetObjectItemCaseSensitive(doc, name);

	if (m != NULL)
		vg_tree_copy(j, name, m);
}

static void write_one(struct vg_jout *j, const struct vg_campaign_of *of,
		      int *marking)
{
	static const char *const shown[] = {"fingerprint", "rule",  "title",
					    "severity",	   "class", "group"};
	const struct vg_campaign *c = &of->c;
	const struct vg_book_alert *last =
		of->alert[of->part[c->first + c->n - 1].tag];
	cJSON *doc = cJSON_ParseWithLength(last->json, last->json_len);
	const char *label = cJSON_GetStringValue(
		cJSON_GetObjectItemCaseSensitive(doc, "marking"));
	int tlp = label == NULL ? -1 : vg_tlp_find(vg_slice_of(label));

	vg_doc_public(doc);
	*marking = tlp > *marking ? tlp : *marking;
	vg_jout_open(j, '{');
	vg_jout_name(j, "id");
	vg_jout_text(j, of->alert[of->part[c->first].tag]->id);
	for (size_t i = 0; i < sizeof shown / sizeof *shown; i++)
		copy(j, doc, shown[i]);
	vg_campaign_members(j, c);
	vg_jout_name(j, "until");
	vg_jout_instant(j, c->end_ms);
	vg_jout_name(j, "alerts");
	vg_jout_open(j, '[');
	for (size_t i = c->first; i < c->first + c->n; i++)
		vg_jout_text(j, of->alert[of->part[i].tag]->id);
	vg_jout_close(j, ']');
	vg_jout_close(j, '}');
	cJSON_Delete(doc);
}

/* The book is ordered by start, newest first: so are first episodes. The
 * locks are held. */
static void gather_locked(const struct vg_service *s, const struct filter *f,
			  struct vg_campaign_of *of, struct vg_pager *pager,
			  struct found *all)
{
	for (size_t i = 0; i < vg_book_count(s->book); i++) {
		const struct vg_book_alert *alert = vg_book_at(s->book, i);

		if (!vg_pager_is_past(pager, alert->start_ms, alert->id) ||
		    !is_wanted(s, alert, f, of))
			continue;
		if (!vg_pager_has_room(pager))
			break;
		vg_pager_add(pager, alert->start_ms, alert->id);
		add(all, alert);
	}
}

static void write_page(struct vg_jout *j, const struct vg_service *s,
		       const struct filter *f, struct vg_campaign_of *of,
		       const struct found *all, int *marking)
{
	vg_jout_open(j, '[');
	for (size_t i = 0; i < all->n; i++)
		if (vg_campaign_here(of, s, all->first[i], f->at_ms))
			write_one(j, of, marking);
	vg_jout_close(j, ']');
}

void vg_get_campaigns(struct vg_service *s, const struct vg_request *r,
		      struct vg_answer *a)
{
	struct vg_campaign_of *of = malloc(sizeof *of);
	struct vg_view_freshness fresh;
	struct vg_buf list = {0};
	struct vg_pager pager = {.n = 0};
	struct vg_jout items = {.buf = &list};
	struct found all = {.failed = of == NULL};
	int marking = -1;
	struct filter f;

	if (!read_filter(s, r, a, &f, &pager))
		goto out;
	fresh = vg_service_freshness(s, r);
	vg_book_read_lock(s->book);
	vg_people_read_lock(s->people);
	if (of != NULL) {
		gather_locked(s, &f, of, &pager, &all);
		write_page(&items, s, &f, of, &all, &marking);
	}
	vg_people_unlock(s->people);
	vg_book_unlock(s->book);

	struct vg_jout j = vg_answer_json(a, 200);
	vg_jout_open(&j, '{');
	vg_answer_marking(&j, marking);
	vg_jout_name(&j, "campaigns");
	vg_jout_raw(&j, list.p, list.n);
	vg_pager_end(&pager, r, a, &j);
	vg_jout_close(&j, '}');
	a->body.failed = a->body.failed || all.failed || list.failed;
	vg_service_fresh_headers(a, &fresh);
out:
	vg_buf_term(&list);
	free(all.first);
	free(of);
}
