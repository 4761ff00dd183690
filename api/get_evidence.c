/*
 * Why an alert says what it says: all that it rests on, from the document of
 * its class, so that nothing in it tells of what its readers may not see.
 */
#include "alert/doc_public.h"
#include "alert/people.h"
#include "alert/ruleset.h"
#include "api/alert_seen.h"
#include "api/campaign_out.h"
#include "api/completeness.h"
#include "api/evidence_events.h"
#include "api/handlers.h"
#include "api/tree.h"
#include "core/audience.h"

#include <cjson/cJSON.h>

static void copy(struct vg_jout *j, const cJSON *doc, const char *name)
{
	vg_tree_copy(j, name, cJSON_GetObjectItemCaseSensitive(doc, name));
}

static const char *text_of(const cJSON *doc, const char *name)
{
	return cJSON_GetStringValue(
		cJSON_GetObjectItemCaseSensitive(doc, name));
}

/* The rule as it is in force, NULL when it is not, or is another now. */
static const struct vg_rule *find_rule(const struct vg_ruleset *set,
				       const cJSON *doc)
{
	const char *id = text_of(doc, "rule"),
		   *hash = text_of(doc, "rule_hash");

	for (size_t i = 0; id != NULL && hash != NULL && set != NULL &&
			   i < vg_rules_count(set->rules);
	     i++) {
		const struct vg_rule *r = vg_rule_at(set->rules, i);

		if (strcmp(r->id, id) == 0)
			return strcmp(r->hash, hash) == 0 ? r : NULL;
	}
	return NULL;
}

static void write_rule(struct vg_jout *j, const struct vg_rule *r,
		       const cJSON *doc)
{
	vg_jout_name(j, "rule");
	vg_jout_open(j, '{');
	vg_tree_copy(j, "id", cJSON_GetObjectItemCaseSensitive(doc, "rule"));
	vg_tree_copy(j, "hash",
		     cJSON_GetObjectItemCaseSensitive(doc, "rule_hash"));
	copy(j, doc, "title");
	vg_jout_name(j, "in_force");
	vg_jout_bool(j, r != NULL);
	vg_jout_name(j, "text");
	if (r == NULL)
		vg_jout_null(j);
	else
		vg_jout_raw(j, r->source, strlen(r->source));
	vg_jout_close(j, '}');
}

/* First and last time, and how many rows, of each partner. */
static void write_partner(struct vg_jout *j, const cJSON *doc, const char *id)
{
	const char *first = NULL, *last = NULL;
	const cJSON *row;
	int64_t rows = 0;

	cJSON_ArrayForEach(row,
			   cJSON_GetObjectItemCaseSensitive(doc, "first_seen"))
	{
		const char *partner = text_of(row, "partner"),
			   *from = text_of(row, "first"),
			   *to = text_of(row, "last");

		if (partner == NULL || from == NULL || to == NULL ||
		    strcmp(partner, id) != 0)
			continue;
		rows++;
		/* Of one form, so that text is in the order of time. */
		first = first == NULL || strcmp(from, first) < 0 ? from : first;
		last = last == NULL || strcmp(to, last) > 0 ? to : last;
	}
	vg_jout_open(j, '{');
	vg_jout_name(j, "partner");
	vg_jout_text(j, id);
	vg_jout_name(j, "first");
	vg_jout_text(j, first);
	vg_jout_name(j, "last");
	vg_jout_text(j, last);
	vg_jout_name(j, "cells");
	vg_jout_i64(j, rows);
	vg_jout_close(j, '}');
}

static void write_partners(struct vg_jout *j, const cJSON *doc)
{
	const cJSON *one;

	vg_jout_name(j, "partners");
	vg_jout_open(j, '[');
	cJSON_ArrayForEach(one,
			   cJSON_GetObjectItemCaseSensitive(doc, "partners"))
	{
		if (cJSON_IsString(one))
			write_partner(j, doc, one->valuestring);
	}
	vg_jout_close(j, ']');
}

/* The events need the rule's tracks, and Redis: no lock is held. */
static void write_events(struct vg_jout *j, struct vg_service *s,
			 const struct vg_request *req, const cJSON *doc)
{
	struct vg_board_fault fault;
	struct vg_ruleset *set =
		s->board == NULL ? NULL : vg_board_hold(s->board, &fault);
	const struct vg_rule *r = find_rule(set, doc);

	write_rule(j, r, doc);
	vg_evidence_events(j, s, req, doc, r, r != NULL ? set->plan : NULL);
	vg_ruleset_drop(set);
}

static void write_all(struct vg_jout *j, struct vg_service *s,
		      const struct vg_request *req, const cJSON *doc,
		      const struct vg_buf *campaign)
{
	static const char *const head[] = {
		"id",	   "fingerprint", "class",   "viewers",
		"group",   "start",	  "end",     "peak",
		"peak_at", "window_ms",	  "revision"};
	const char *label = text_of(doc, "marking");

	vg_jout_open(j, '{');
	vg_answer_marking(j,
			  label == NULL ? -1 : vg_tlp_find(vg_slice_of(label)));
	for (size_t i = 0; i < sizeof head / sizeof *head; i++)
		copy(j, doc, head[i]);
	write_events(j, s, req, doc);
	write_partners(j, doc);
	vg_tree_copy(j, "cells",
		     cJSON_GetObjectItemCaseSensitive(doc, "first_seen"));
	copy(j, doc, "rows_omitted");
	copy(j, doc, "approximate");
	copy(j, doc, "tipping");
	vg_tree_copy(j, "counterfactuals",
		     cJSON_GetObjectItemCaseSensitive(doc, "without"));
	vg_jout_name(j, "campaign");
	if (campaign->n > 0)
		vg_jout_raw(j, campaign->p, campaign->n);
	else
		vg_jout_null(j);
	vg_jout_name(j, "completeness");
	vg_completeness_write(j, s, req->now_ms);
	copy(j, doc, "replay");
	vg_jout_close(j, '}');
}

void vg_get_evidence(struct vg_service *s, const struct vg_request *r,
		     struct vg_answer *a)
{
	struct vg_view_freshness fresh = vg_service_freshness(s, r);
	const struct vg_book_alert *alert;
	struct vg_buf campaign = {0};
	cJSON *doc = NULL;

	if (!vg_alert_seen(s, r, a))
		return;
	vg_book_read_lock(s->book);
	vg_people_read_lock(s->people);
	alert = vg_book_find(s->book, r->id);
	if (alert != NULL) {
		doc = cJSON_ParseWithLength(alert->json, alert->json_len);
		vg_campaign_text(&campaign, s, alert, r->now_ms);
	}
	vg_people_unlock(s->people);
	vg_book_unlock(s->book);
	if (doc == NULL) {
		(void)vg_alert_unseen(r, a);
	} else {
		struct vg_jout j = vg_answer_json(a, 200);

		vg_doc_public(doc);
		write_all(&j, s, r, doc, &campaign);
		vg_service_fresh_headers(a, &fresh);
	}
	cJSON_Delete(doc);
	vg_buf_term(&campaign);
}
