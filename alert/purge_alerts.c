#include "alert/purge_alerts.h"

#include "alert/alert_doc.h"
#include "alert/release.h"
#include "alert/without.h"

#include <assert.h>
#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>

enum { LEASE_MS = 30000, TRIES = 5 };

enum doing { LEAVE, CHANGE, WITHDRAW, REMOVE };

/* Indexed by enum doing. */
static const char *const WORDS[] = {"", "changed", "withdrawn", "removed"};

/* One page of alerts on its way. */
struct page {
	struct vg_store *s;
	const struct vg_purge_alerts *p;
	struct vg_put put[VG_PUT_BATCH];
	enum doing put_as[VG_PUT_BATCH];
	size_t n_put;
	struct vg_alert_ids drop;
};

static enum vg_rc no_memory(struct vg_err *err)
{
	return vg_err_set(err, VG_FATAL, "alert: out of memory");
}

static const char *text_of(const cJSON *o, const char *name)
{
	const cJSON *m = cJSON_GetObjectItemCaseSensitive(o, name);

	return cJSON_IsString(m) ? m->valuestring : "";
}

/* True when the document names the partner as one that has a part in it. */
static bool names(const cJSON *root, const char *id)
{
	const cJSON *list = cJSON_GetObjectItemCaseSensitive(root, "partners");
	const cJSON *tip = cJSON_GetObjectItemCaseSensitive(root, "tipping");
	const cJSON *o = NULL;

	cJSON_ArrayForEach(o, list)
	{
		if (cJSON_IsString(o) && strcmp(o->valuestring, id) == 0)
			return true;
	}
	return strcmp(text_of(tip, "partner"), id) == 0;
}

/* The document and the entry of its history, as they read from now on. */
static enum vg_rc write_out(struct page *g, struct vg_doc_read *d,
			    enum doing doing, struct vg_err *err)
{
	const struct vg_part_env *env = g->p->env;
	struct vg_put *put = &g->put[g->n_put];
	struct vg_slot slot = {.rule = NULL};
	const struct vg_doc_place at = {
		.env = env,
		.slot = &slot,
		.group = {d->group.p != NULL ? d->group.p : "",
			  (uint32_t)d->group.n}};

	slot.rule = vg_rules_find(g->p->rules, d->rule);
	for (size_t c = 0; c < vg_class_count(env->aud); c++)
		if (strcmp(vg_class_name(env->aud, c), d->class_name) == 0)
			slot.class_index = (uint32_t)c;
	assert(slot.rule != NULL && g->n_put < VG_PUT_BATCH);
	(void)snprintf(slot.fingerprint, sizeof slot.fingerprint, "%.*s",
		       VG_FINGERPRINT - 1, d->alert->id);
	d->alert->updated_ms = g->p->now_ms;
	vg_buf_reset(&put->doc);
	vg_buf_reset(&put->history);
	enum vg_rc rc = vg_alert_doc(&put->doc, d->alert, &at, err);
	if (rc == VG_OK)
		rc = vg_alert_history(
			&put->history, d->alert,
			doing == WITHDRAW ? "withdrawn" : "purged", err);
	if (rc != VG_OK)
		return rc;
	memcpy(put->id, d->alert->id, sizeof put->id);
	put->start_ms = d->alert->start_ms;
	g->put_as[g->n_put++] = doing;
	return VG_OK;
}

/* An alert of a loaded rule and a class that there is: by its ledger. */
static enum vg_rc judge(struct page *g, struct vg_doc_read *d,
			enum doing *doing, struct vg_err *err)
{
	static const enum doing MEANS[] = {LEAVE, CHANGE, WITHDRAW, REMOVE};
	enum vg_without what = VG_WITHOUT_SAME;
	enum vg_rc rc = VG_OK;

	for (size_t i = 0; i < vg_rules_count(g->p->rules); i++) {
		const struct vg_rule *r = vg_rule_at(g->p->rules, i);

		if (strcmp(r->id, d->rule) == 0)
			rc = vg_alert_without(d->alert, r, g->p->partner->slot,
					      &what, err);
	}
	if (rc != VG_OK)
		return rc;
	*doing = MEANS[what];
	return *doing == CHANGE || *doing == WITHDRAW
		       ? write_out(g, d, *doing, err)
		       : VG_OK;
}

static enum vg_rc decide(struct page *g, const cJSON *root, struct vg_slice doc,
			 enum doing *doing, struct vg_err *err)
{
	const char *id = g->p->partner->id;
	struct vg_doc_read d = {.alert = NULL};

	*doing = LEAVE;
	if (strcmp(text_of(root, "class"), id) == 0 ||
	    strcmp(text_of(vg_release_of(root), "viewer"), id) == 0) {
		*doing = REMOVE;
		return VG_OK;
	}
	if (!names(root, id))
		return VG_OK;
	enum vg_rc rc = vg_alert_read(&d, doc, g->p->env, g->p->rules, err);
	if (rc == VG_DROP)
		*doing = REMOVE; /* of a rule that is gone */
	else if (rc == VG_OK)
		rc = judge(g, &d, doing, err);
	vg_doc_read_term(&d);
	return rc == VG_DROP ? VG_OK : rc;
}

static enum vg_rc take_doc(void *ctx, struct vg_slice doc, struct vg_err *err)
{
	struct page *g = ctx;
	enum doing doing = LEAVE;

	if (doc.n == 0)
		return VG_OK; /* just gone */
	cJSON *root = cJSON_ParseWithLength(doc.p, doc.n);
	const char *id = text_of(root, "id");
	enum vg_rc rc = VG_OK;

	if (root != NULL && strlen(id) < sizeof g->drop.id[0])
		rc = decide(g, root, doc, &doing, err);
	if (rc == VG_OK && doing == REMOVE)
		(void)snprintf(g->drop.id[g->drop.n++], sizeof g->drop.id[0],
			       "%s", id);
	cJSON_Delete(root);
	return rc;
}

static enum vg_rc note(struct page *g, const char *id, enum doing doing,
		       struct vg_err *err)
{
	char field[64];

	(void)snprintf(field, sizeof field, "alert:%s", id);
	return vg_store_callf(g->s, NULL, err, "HSET", g->p->notes, field,
			      WORDS[doing], (char *)NULL);
}

static enum vg_rc note_all(struct page *g, struct vg_err *err)
{
	enum vg_rc rc = VG_OK;

	for (size_t i = 0; i < g->n_put && rc == VG_OK; i++)
		rc = note(g, g->put[i].id, g->put_as[i], err);
	for (size_t i = 0; i < g->drop.n && rc == VG_OK; i++)
		rc = note(g, g->drop.id[i], REMOVE, err);
	return rc;
}

static enum vg_rc write_page(struct page *g, struct vg_lease *lease, bool *went,
			     struct vg_err *err)
{
	enum vg_put_result result = VG_PUT_DONE;
	enum vg_rc rc = note_all(g, err);

	if (rc == VG_OK && g->n_put > 0)
		rc = vg_alerts_put(g->s, lease, g->put, g->n_put, &result, err);
	if (rc == VG_OK && result == VG_PUT_DONE && g->drop.n > 0)
		rc = vg_alerts_drop(g->s, lease, &g->drop, &result, err);
	*went = result == VG_PUT_DONE;
	return rc;
}

/* One page, again when the lease was lost or Redis moved under us. */
static enum vg_rc take_page(struct page *g, const struct vg_slice *id, size_t n,
			    struct vg_err *err)
{
	const struct vg_doc_taker to = {.take = take_doc, .ctx = g};
	bool went = false;
	enum vg_rc rc = VG_OK;

	for (int i = 0; i < TRIES && rc == VG_OK && !went; i++) {
		struct vg_lease lease = {0};

		g->n_put = g->drop.n = 0;
		rc = vg_lease_seize(g->s, g->p->owner, LEASE_MS, &lease, err);
		if (rc == VG_OK)
			rc = vg_alerts_get(g->s, id, n, &to, err);
		if (rc == VG_OK)
			rc = write_page(g, &lease, &went, err);
	}
	if (rc == VG_OK && !went)
		return vg_err_set(err, VG_RETRY,
				  "alert: another took the lease again and "
				  "again; see that no second purge runs");
	return rc;
}

static enum vg_rc take_all(struct page *g, const struct vg_reply *ids,
			   size_t *seen, struct vg_err *err)
{
	struct vg_slice id[VG_PUT_BATCH];
	size_t n = vg_reply_count(ids);
	enum vg_rc rc = VG_OK;

	for (size_t at = 0; rc == VG_OK && at < n; at += VG_PUT_BATCH) {
		size_t some = n - at < VG_PUT_BATCH ? n - at : VG_PUT_BATCH;

		for (size_t i = 0; i < some; i++)
			id[i] = vg_reply_text(vg_reply_at(ids, at + i));
		rc = take_page(g, id, some, err);
		*seen += some;
	}
	return rc;
}

enum vg_rc vg_alerts_purge(struct vg_store *s, const struct vg_purge_alerts *p,
			   size_t *seen, struct vg_err *err)
{
	struct page *g = calloc(1, sizeof *g);
	struct vg_reply *ids = NULL;

	if (g == NULL)
		return no_memory(err);
	g->s = s;
	g->p = p;
	*seen = 0;
	enum vg_rc rc = vg_store_callf(s, &ids, err, "ZRANGE", VG_KEY_ALERTS,
				       "0", "-1", (char *)NULL);
	if (rc == VG_OK)
		rc = take_all(g, ids, seen, err);
	if (rc == VG_OK)
		rc = vg_lease_free(s, p->owner, err);
	vg_reply_free(ids);
	for (size_t i = 0; i < VG_PUT_BATCH; i++) {
		vg_buf_term(&g->put[i].doc);
		vg_buf_term(&g->put[i].history);
	}
	free(g);
	return rc;
}
