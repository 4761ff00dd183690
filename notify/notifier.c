#include "notify/notifier.h"

#include "alert/desk.h"
#include "core/config.h"
#include "core/hash.h"
#include "notify/beat.h"
#include "notify/campaigns.h"
#include "notify/item.h"
#include "notify/notifier_private.h"
#include "notify/queue.h"
#include "notify/renew.h"
#include "notify/routes.h"
#include "notify/sender.h"
#include "notify/streams.h"

#include <cjson/cJSON.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum {
	SILENCES_MS = 500,
	SWEEP_MS = 10000,
	RENEW_MS = 3600000,
	RENEWED = 16, /* of the dead, in one sweep */
	BATCHES = 8
};

static enum vg_rc no_memory(struct vg_err *err)
{
	return vg_err_set(err, VG_FATAL, "notify: out of memory");
}

static enum vg_rc start_senders(struct vg_notifier *n, struct vg_err *err)
{
	const struct vg_config *cfg = n->o.cfg;
	enum vg_rc rc = VG_OK;

	for (size_t i = 0; i < cfg->n_receivers && rc == VG_OK; i++) {
		const struct vg_receiver *to = &cfg->receivers[i];
		const struct vg_sender_opts o = {.to = to,
						 .viewer =
							 vg_receiver_viewer(to),
						 .topics = n->o.topics,
						 .clock = n->o.clock};

		rc = vg_sender_new(&n->sender[i], &o, err);
	}
	return rc;
}

enum vg_rc vg_notifier_new(struct vg_notifier **out,
			   const struct vg_notifier_opts *o, struct vg_err *err)
{
	size_t receivers = o->cfg->n_receivers;
	struct vg_notifier *n = NULL;
	enum vg_rc rc = vg_receivers_check(o->cfg, err);

	if (rc != VG_OK)
		return rc;
	n = calloc(1, sizeof *n);
	if (n == NULL)
		return no_memory(err);
	n->o = *o;
	n->items = calloc(1, sizeof *n->items);
	n->streams = calloc(1, sizeof *n->streams);
	n->commit = calloc(1, sizeof *n->commit);
	n->queue = calloc(receivers + 1, sizeof *n->queue);
	n->sender = calloc(receivers + 1, sizeof(*n->sender));
	n->away = calloc(receivers + 1, sizeof *n->away);
	n->hears = calloc(receivers + 1, sizeof *n->hears);
	n->beats = vg_beats_new(o);
	if (n->items == NULL || n->streams == NULL || n->commit == NULL ||
	    n->queue == NULL || n->sender == NULL || n->away == NULL ||
	    n->hears == NULL || n->beats == NULL)
		rc = no_memory(err);
	if (rc == VG_OK)
		rc = vg_campaigns_new(&n->campaigns, o->cfg->campaign_gap_ms,
				      err);
	if (rc == VG_OK)
		rc = vg_routes_load(&n->routes, o->cfg, err);
	if (rc == VG_OK)
		rc = start_senders(n, err);
	if (rc != VG_OK) {
		vg_notifier_free(n);
		return rc;
	}
	*out = n;
	return VG_OK;
}

/* Forget all that Redis has too. */
static void forget(struct vg_notifier *n)
{
	for (size_t i = 0; i < n->o.cfg->n_receivers && n->queue != NULL; i++)
		vg_queue_term(&n->queue[i]);
	for (size_t i = 0; i < n->o.cfg->n_receivers && n->hears != NULL; i++)
		n->hears[i] = false;
	if (n->streams != NULL)
		vg_streams_term(n->streams);
	if (n->items != NULL)
		vg_items_term(n->items);
	if (n->commit != NULL)
		n->commit->n = 0;
	vg_silences_forget(n);
	n->silences_ms = 0;
	n->loaded = n->fenced = false;
}

void vg_notifier_free(struct vg_notifier *n)
{
	if (n == NULL)
		return;
	for (size_t i = 0; n->sender != NULL && i < n->o.cfg->n_receivers; i++)
		vg_sender_free(n->sender[i]);
	forget(n);
	if (n->commit != NULL)
		vg_commit_term(n->commit);
	vg_routes_free(n->routes);
	free(n->items);
	free(n->streams);
	free(n->commit);
	free(n->queue);
	free(n->sender);
	free(n->away);
	free(n->hears);
	vg_beats_free(n->beats);
	vg_campaigns_free(n->campaigns);
	free(n);
}

int vg_notice_receiver(const struct vg_config *cfg, struct vg_slice body)
{
	cJSON *doc = cJSON_ParseWithLength(body.p, body.n);
	const char *name = cJSON_GetStringValue(
		cJSON_GetObjectItemCaseSensitive(doc, "receiver"));
	int found = -1;

	for (size_t i = 0; name != NULL && i < cfg->n_receivers; i++)
		if (strcmp(cfg->receivers[i].name, name) == 0)
			found = (int)i;
	cJSON_Delete(doc);
	return found;
}

/* Loading -------------------------------------------------------------- */

static enum vg_rc take_stream(void *ctx, struct vg_slice name,
			      struct vg_slice value, struct vg_err *err)
{
	struct vg_notifier *n = ctx;

	return vg_stream_read(n->streams, n->routes, name, value, err);
}

static enum vg_rc take_waiting(void *ctx, struct vg_slice name,
			       struct vg_slice value, struct vg_err *err)
{
	struct vg_notifier *n = ctx;
	int to = vg_notice_receiver(n->o.cfg, value);
	char id[64];

	if (to < 0 || name.n >= sizeof id)
		return VG_OK; /* its receiver may come back */
	snprintf(id, sizeof id, "%.*s", (int)name.n, name.p);
	return vg_queue_add(&n->queue[to], id, value, 0) ? VG_OK
							 : no_memory(err);
}

static enum vg_rc take_tries(void *ctx, struct vg_slice name,
			     struct vg_slice value, struct vg_err *err)
{
	struct vg_notifier *n = ctx;
	char id[64], digits[24];

	(void)err;
	snprintf(id, sizeof id, "%.*s", (int)name.n, name.p);
	snprintf(digits, sizeof digits, "%.*s", (int)value.n, value.p);
	for (size_t i = 0; i < n->o.cfg->n_receivers; i++) {
		struct vg_waiting *w = vg_queue_find(&n->queue[i], id);

		if (w != NULL)
			w->tries = strtoll(digits, NULL, 10);
	}
	return VG_OK;
}

struct taking {
	struct vg_notifier *n;
	bool fresh;
};

static enum vg_rc take_doc(void *ctx, struct vg_slice doc, struct vg_err *err)
{
	const struct taking *t = ctx;

	return doc.n == 0 ? VG_OK : vg_look_doc(t->n, doc, t->fresh, err);
}

/* The cursor is read before the documents: what changes meanwhile comes again
 * as an entry, which is harmless. */
static enum vg_rc load(struct vg_notifier *n, struct vg_store *s,
		       struct vg_err *err)
{
	const struct vg_field_taker streams = {take_stream, n};
	const struct vg_field_taker waiting = {take_waiting, n};
	const struct vg_field_taker tries = {take_tries, n};
	struct taking t = {.n = n, .fresh = false};
	const struct vg_doc_taker docs = {.take = take_doc, .ctx = &t};
	bool known = false;

	forget(n);
	enum vg_rc rc = vg_feed_begin(&n->feed, s, &known, err);
	if (rc == VG_OK)
		rc = vg_hold_each(s, VG_KEY_STREAMS, &streams, err);
	if (rc == VG_OK)
		rc = vg_hold_each(s, VG_KEY_OUTBOX, &waiting, err);
	if (rc == VG_OK)
		rc = vg_hold_each(s, VG_KEY_TRIES, &tries, err);
	if (rc == VG_OK)
		rc = vg_alerts_each(s, &docs, err);
	if (rc == VG_OK)
		rc = vg_look_write(n, s, !known, err);
	vg_streams_settled(n->streams);
	n->loaded = rc == VG_OK && !n->fenced;
	return rc;
}

/* Entries are missing: all documents are looked at as if they were new, from
 * the stream's end on. */
static enum vg_rc start_over(struct vg_notifier *n, struct vg_store *s,
			     struct vg_err *err)
{
	struct taking t = {.n = n, .fresh = true};
	const struct vg_doc_taker docs = {.take = take_doc, .ctx = &t};
	int64_t at_ms = n->feed.at_ms;
	enum vg_rc rc = vg_feed_end(&n->feed, s, err);

	n->feed.at_ms = at_ms;
	if (rc == VG_OK)
		rc = vg_alerts_each(s, &docs, err);
	return rc == VG_OK ? vg_look_write(n, s, true, err) : rc;
}

static enum vg_rc follow(struct vg_notifier *n, struct vg_store *s,
			 struct vg_err *err)
{
	struct taking t = {.n = n, .fresh = true};
	const struct vg_doc_taker docs = {.take = take_doc, .ctx = &t};
	size_t got = VG_FEED_BATCH;
	bool follows = true;
	enum vg_rc rc = VG_OK;

	for (int i = 0; i < BATCHES && got == VG_FEED_BATCH && rc == VG_OK &&
			follows && !n->fenced;
	     i++) {
		rc = vg_feed_step(&n->feed, s, &docs, &got, &follows, err);
		if (rc == VG_OK && follows && got > 0)
			rc = vg_look_write(n, s, true, err);
		else if (rc == VG_OK && follows)
			n->feed.at_ms = n->now_ms; /* all is taken in */
	}
	return rc == VG_OK && !follows ? start_over(n, s, err) : rc;
}

/* Sending -------------------------------------------------------------- */

static void say(struct vg_notifier *n, size_t i, const struct vg_sent *sent)
{
	const char *name = n->o.cfg->receivers[i].name;
	bool away = sent->rc != VG_OK;

	if (away && !n->away[i])
		vg_log(n->o.log, VG_LOG_WARN, VG_EV_RECEIVER_AWAY, "receiver",
		       name, "error", sent->err.text, NULL);
	if (!away && n->away[i])
		vg_log(n->o.log, VG_LOG_INFO, VG_EV_RECEIVER_BACK, "receiver",
		       name, NULL);
	n->away[i] = away;
}

static enum vg_rc failed(struct vg_notifier *n, struct vg_store *s, size_t i,
			 const struct vg_sent *sent, struct vg_err *err)
{
	struct vg_waiting *w = vg_queue_find(&n->queue[i], sent->id);
	const struct vg_receiver *to = &n->o.cfg->receivers[i];
	enum vg_rc rc;

	vg_metric_add(n->o.metrics, VG_M_NOTIFY_FAILED, 1);
	if (w == NULL)
		return VG_OK;
	vg_waiting_later(w, n->now_ms, sent->wait_ms);
	if (w->tries < to->attempts)
		return vg_outbox_tried(s, sent->id, err);
	rc = vg_outbox_bury(s, sent->id, to->name, n->now_ms, err);
	if (rc != VG_OK)
		return rc;
	n->hears[i] = false;
	vg_metric_add(n->o.metrics, VG_M_NOTIFY_DEAD, 1);
	vg_log(n->o.log, VG_LOG_ERROR, VG_EV_NOTIFY_DEAD, "receiver", to->name,
	       "notification", sent->id, "error", sent->err.text, NULL);
	vg_queue_drop(&n->queue[i], sent->id);
	return VG_OK;
}

/* It has got something: whatever leaders before noted is over. */
static enum vg_rc hears(struct vg_notifier *n, struct vg_store *s, size_t i,
			struct vg_err *err)
{
	enum vg_rc rc = VG_OK;

	if (!n->hears[i])
		rc = vg_outbox_hears(s, n->o.cfg->receivers[i].name, err);
	n->hears[i] = rc == VG_OK;
	return rc;
}

static enum vg_rc collect(struct vg_notifier *n, struct vg_store *s, size_t i,
			  struct vg_err *err)
{
	struct vg_sent sent;
	enum vg_rc rc;

	if (!vg_sender_take(n->sender[i], &sent))
		return VG_OK;
	say(n, i, &sent);
	if (sent.rc != VG_OK)
		return failed(n, s, i, &sent, err);
	vg_metric_add(n->o.metrics, VG_M_NOTIFIED, 1);
	rc = hears(n, s, i, err);
	if (rc != VG_OK ||
	    strncmp(sent.id, VG_BEAT_ID, sizeof VG_BEAT_ID - 1) == 0)
		return rc; /* a beat was never in the outbox */
	rc = vg_outbox_done(s, sent.id, err);
	if (rc == VG_OK)
		vg_queue_drop(&n->queue[i], sent.id);
	return rc;
}

/* Hand the next to sender `i`, if that is idle: a beat before all that waits.
 */
static enum vg_rc hand_out(struct vg_notifier *n, size_t i, struct vg_err *err)
{
	struct vg_waiting *w = vg_queue_next(&n->queue[i], n->now_ms);
	bool given = false;

	if (!vg_sender_is_idle(n->sender[i]))
		return VG_OK;
	enum vg_rc rc = vg_beats_give(n, i, &given, err);
	if (rc != VG_OK || given || w == NULL)
		return rc;
	return vg_sender_give(n->sender[i], w->id,
			      (struct vg_slice){w->body, (uint32_t)w->body_len},
			      err);
}

/* Collect what was sent, and hand out what is next. */
static enum vg_rc send_all(struct vg_notifier *n, struct vg_store *s,
			   struct vg_err *err)
{
	int64_t waiting = 0, away = 0;
	enum vg_rc rc = VG_OK;

	for (size_t i = 0; i < n->o.cfg->n_receivers && rc == VG_OK; i++) {
		rc = collect(n, s, i, err);
		if (rc == VG_OK)
			rc = hand_out(n, i, err);
		waiting += (int64_t)n->queue[i].n;
		away += n->away[i];
	}
	vg_metric_set(n->o.metrics, VG_M_NOTIFY_WAITING, waiting);
	vg_metric_set(n->o.metrics, VG_M_NOTIFY_AWAY, away);
	return rc;
}

/* The step ------------------------------------------------------------- */

/* At once when people did something, ahead of what is raised after it; and
 * now and then, as an operator may have put one there by hand. */
static enum vg_rc refresh_silences(struct vg_notifier *n, struct vg_store *s,
				   struct vg_err *err)
{
	int64_t off = -1;
	enum vg_rc rc = vg_desk_offset(s, &off, err);

	if (rc != VG_OK || (off == n->actions_off &&
			    n->now_ms - n->silences_ms < SILENCES_MS &&
			    n->now_ms >= n->silences_ms))
		return rc;
	rc = vg_silences_read(n, s, err);
	if (rc == VG_OK) {
		n->silences_ms = n->now_ms;
		n->actions_off = off;
	}
	return rc;
}

/* Does a partner have names forgotten at all? */
static bool forgets(const struct vg_config *cfg)
{
	for (size_t i = 0; i < cfg->n_partners; i++)
		if (cfg->partners[i].has_identifiers_kept)
			return true;
	return false;
}

/* What is kept of alerts whose identifiers were forgotten forgets them too. */
static enum vg_rc renew(struct vg_notifier *n, struct vg_store *s,
			struct vg_err *err)
{
	struct vg_renew r = {.partner = NULL};

	if (!forgets(n->o.cfg))
		return VG_OK;
	enum vg_rc rc = vg_renew_dead(s, &r, &n->renew_at, RENEWED, err);
	if (rc != VG_OK || (n->now_ms >= n->renewed_ms &&
			    n->now_ms - n->renewed_ms < RENEW_MS))
		return rc;
	r = (struct vg_renew){.partner = NULL};
	n->renewed_ms = n->now_ms;
	rc = vg_renew_waiting(s, &r, err);
	n->fenced = n->fenced || r.changed + r.removed > 0; /* read it anew */
	return rc;
}

static enum vg_rc look(struct vg_notifier *n, struct vg_store *s,
		       struct vg_err *err)
{
	enum vg_rc rc = refresh_silences(n, s, err);

	if (rc == VG_OK && !n->fenced)
		rc = follow(n, s, err);
	const struct vg_campaigns_upto upto = {.alert = n->feed.number,
					       .action = n->actions_off};
	if (rc == VG_OK && !n->fenced)
		rc = vg_campaigns_step(n->campaigns, s, &upto, err);
	if (rc == VG_OK && !n->fenced)
		rc = vg_look_due(n, s, err);
	if (rc == VG_OK && !n->fenced && n->now_ms - n->swept_ms >= SWEEP_MS) {
		n->swept_ms = n->now_ms;
		vg_look_sweep(n);
		rc = vg_look_write(n, s, true, err);
		if (rc == VG_OK && !n->fenced)
			rc = renew(n, s, err);
	}
	if (rc == VG_OK && !n->fenced) {
		vg_beats_look(n);
		rc = send_all(n, s, err);
	}
	return rc;
}

enum vg_rc vg_notifier_step(struct vg_notifier *n, struct vg_store *store,
			    int64_t now_ms, struct vg_err *err)
{
	bool ours = false;
	enum vg_rc rc = vg_hold_leads(store, n->o.owner, &ours, err);

	n->now_ms = now_ms;
	if (rc == VG_OK && !ours) {
		if (n->leads)
			forget(n);
		n->leads = false;
		vg_beats_stop(n);
		vg_metric_set(n->o.metrics, VG_M_NOTIFY_WAITING, 0);
		return VG_OK;
	}
	if (rc == VG_OK) {
		n->leads = true;
		if (!n->loaded)
			rc = load(n, store, err);
	}
	if (rc == VG_OK && n->loaded)
		rc = look(n, store, err);
	/* Memory never decides: what Redis has is read again. */
	if (rc != VG_OK || n->fenced) {
		forget(n);
		vg_beats_stop(n);
	}
	return rc;
}
