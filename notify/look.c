/*
 * What the notifier makes of a changed alert, and of a stream that is due.
 */
#include "core/config.h"
#include "core/defect.h"
#include "core/hash.h"
#include "notify/campaigns.h"
#include "notify/item.h"
#include "notify/notice.h"
#include "notify/notifier_private.h"
#include "notify/queue.h"
#include "notify/streams.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum {
	TAKERS = 64,	   /* routes that take one alert          */
	MARGIN_MS = 60000, /* of clocks, for what was missed      */
	SWEPT = 64,	   /* streams let go in one sweep         */
	FLUSHES = 64,	   /* in one look                         */
	IDLE_MS = 3600000, /* an empty stream is kept so long     */
	DELAY_MS = 500	   /* before a stream that waits is asked again */
};

static enum vg_rc no_memory(struct vg_err *err)
{
	return vg_err_set(err, VG_FATAL, "notify: out of memory");
}

static struct vg_stream_alert *member(const struct vg_note_stream *n,
				      const char *id)
{
	for (size_t i = 0; i < n->s.n; i++)
		if (strcmp(n->s.alert[i].id, id) == 0)
			return &n->s.alert[i];
	return NULL;
}

/* The labels that may grow while an alert lives. */
static bool may_move(const struct vg_route *route)
{
	for (size_t i = 0; i < route->n_group; i++)
		if (strcmp(route->group_by[i], "country") == 0 ||
		    strcmp(route->group_by[i], "partner") == 0 ||
		    strcmp(route->group_by[i], "marking") == 0)
			return true;
	return false;
}

/* An alert stays in the stream that it was in first. */
static struct vg_note_stream *stream_of(struct vg_notifier *n, int route,
					const struct vg_item *item)
{
	const struct vg_route *r = &n->routes->route[route];
	struct vg_note_streams *set = n->streams;
	struct vg_buf name = {0};

	for (size_t i = 0; may_move(r) && i < set->n; i++)
		if (set->at[i]->route == route &&
		    (member(set->at[i], item->id) != NULL ||
		     vg_ids_has(&set->at[i]->was_in, item->id)))
			return set->at[i];
	vg_buf_str(&name, r->path);
	vg_buf_add(&name, "\x1f", 1);
	vg_route_key(r, &item->labels, &name);
	struct vg_note_stream *s =
		name.failed ? NULL
			    : vg_streams_get(set, n->routes, route,
					     (struct vg_slice){
						     name.p, (uint32_t)name.n});
	vg_buf_term(&name);
	return s;
}

/* Whether what is over has still to be told to `s`; *owed when nobody ever was
 * told that it fired. */
static bool matters(const struct vg_notifier *n, const struct vg_note_stream *s,
		    const struct vg_item *item, bool fresh, bool *owed)
{
	*owed = vg_ids_has(&s->was_owed, item->id);
	if (member(s, item->id) != NULL || vg_ids_has(&s->was_in, item->id) ||
	    vg_ids_has(&s->s.told.firing, item->id))
		return true;
	*owed = fresh && !item->gone &&
		item->detected_ms >= n->feed.at_ms - MARGIN_MS &&
		!vg_ids_has(&s->s.told.resolved, item->id);
	return *owed && !VG_DEFECT("notify-missed");
}

static enum vg_rc put(struct vg_notifier *n, int route, struct vg_item *item,
		      bool fresh, struct vg_err *err)
{
	struct vg_note_stream *s = stream_of(n, route, item);
	int64_t over_ms = item->gone && item->over_ms > n->now_ms
				  ? n->now_ms
				  : item->over_ms;
	const int64_t start_end_ms[2] = {item->start_ms, over_ms};
	bool owed = false;

	if (s == NULL)
		return no_memory(err);
	if (over_ms <= n->now_ms && !matters(n, s, item, fresh, &owed))
		return VG_OK;
	bool is_new = member(s, item->id) == NULL;
	struct vg_stream_alert *a =
		vg_stream_put(&s->s, item->id, start_end_ms,
			      &n->routes->route[route].tempo, n->now_ms);
	if (a == NULL)
		return no_memory(err);
	a->labels = &item->labels;
	a->ref = item;
	a->owed = a->owed || owed;
	s->changed = s->changed || is_new;
	s->idle_ms = n->now_ms;
	return VG_OK;
}

/* The item of this id with the new content; it keeps its address. */
static struct vg_item *keep(struct vg_notifier *n, struct vg_item *fresh)
{
	struct vg_item *old = vg_items_find(n->items, fresh->id);

	if (old == NULL)
		return vg_items_add(n->items, fresh) ? fresh : NULL;
	struct vg_item was = *old;
	*old = *fresh;
	*fresh = was;
	vg_item_free(fresh);
	return old;
}

enum vg_rc vg_look_doc(struct vg_notifier *n, struct vg_slice doc, bool fresh,
		       struct vg_err *err)
{
	struct vg_item *item = NULL;
	int route[TAKERS];
	enum vg_rc rc = vg_item_read(&item, doc, err);

	if (rc != VG_OK)
		return rc == VG_DROP ? VG_OK : rc;
	struct vg_item *kept = keep(n, item);
	if (kept == NULL) {
		vg_item_free(item);
		return no_memory(err);
	}
	size_t takers = vg_routes_take(n->routes, &kept->labels, route, TAKERS);
	for (size_t i = 0; i < takers && rc == VG_OK; i++)
		rc = put(n, route[i], kept, fresh, err);
	return rc;
}

/* Muting --------------------------------------------------------------- */

struct muting {
	const struct vg_notifier *n;
	const struct vg_route *route;
	const char *viewer;
};

/* A source that the viewer may not see mutes nothing of what it may. */
static bool is_inhibited(const struct muting *m, const struct vg_labels *l,
			 int64_t at_ms)
{
	const struct vg_routes *r = m->n->routes;
	struct vg_slice viewer = vg_slice_of(m->viewer);

	for (size_t k = 0; k < r->n_inhibit; k++) {
		if (!vg_matchers_hold(&r->inhibit[k].target, l))
			continue;
		for (size_t i = 0; i < m->n->items->n; i++) {
			const struct vg_item *by = m->n->items->item[i];

			if (by->over_ms > at_ms && !by->gone &&
			    vg_inhibit_acts(&r->inhibit[k], l, &by->labels) &&
			    vg_labels_has(&by->labels, "viewer", viewer))
				return true;
		}
	}
	return false;
}

static bool is_muted(void *ctx, const struct vg_stream_alert *a, int64_t at_ms)
{
	const struct muting *m = ctx;

	if (a->labels == NULL) /* its document is gone */
		return true;
	return !vg_when_is(m->n->routes, &m->route->when, at_ms) ||
	       vg_routes_maintained(m->n->routes, a->labels, at_ms) ||
	       vg_silences_act(m->n, m->viewer, a->labels, at_ms) ||
	       is_inhibited(m, a->labels, at_ms);
}

/* Telling -------------------------------------------------------------- */

static void hash_of(const struct vg_notifier *n, const struct vg_note_stream *s,
		    char out[VG_STREAM_HASH + 1])
{
	snprintf(out, VG_STREAM_HASH + 1, "%016" PRIx64,
		 vg_hash64(n->o.hash_key, s->name, strlen(s->name)));
}

/* Write the notification into the commit. */
static enum vg_rc tell(struct vg_notifier *n, const struct vg_note_stream *s,
		       const char *hash, struct vg_err *err)
{
	const struct vg_route *route = &n->routes->route[s->route];
	struct vg_notice_alert *list = calloc(s->s.n, sizeof *list);
	struct vg_change *c = vg_commit_add(n->commit, true);
	size_t k = 0;

	if (list == NULL || c == NULL) {
		free(list);
		return no_memory(err);
	}
	for (size_t i = 0; i < s->s.n; i++) {
		const struct vg_stream_alert *a = &s->s.alert[i];

		if (a->listed)
			list[k++] = (struct vg_notice_alert){
				.item = a->ref,
				.firing = a->end_ms > n->now_ms || a->owed};
	}
	vg_buf_printf(&c->name, "%s-%" PRId64, hash, n->now_ms);
	const struct vg_notice_make m = {
		.id = c->name.p,
		.to = &n->o.cfg->receivers[route->receiver],
		.route = route,
		.viewer = vg_route_viewer(n->routes, s->route),
		.at_ms = n->now_ms,
		.alert = list,
		.n = k,
		.campaigns = n->campaigns};
	enum vg_rc rc = c->name.failed ? no_memory(err)
				       : vg_notice_write(&c->value, &m, err);
	free(list);
	return rc;
}

/* Where the campaigns of a stream's alerts are, if that may be told. */
static void look_at_stages(struct vg_notifier *n, struct vg_stream *s,
			   const struct vg_tempo *tempo)
{
	for (size_t i = 0; tempo->stages != 0 && i < s->n; i++) {
		struct vg_stream_alert *a = &s->alert[i];
		const struct vg_campaign *c =
			vg_campaigns_find(n->campaigns, a->id, n->now_ms);

		a->has_stage = c != NULL;
		if (c == NULL)
			continue;
		a->stage = (int)c->stage;
		a->countries = c->n_country;
	}
}

static enum vg_rc flush(struct vg_notifier *n, struct vg_note_stream *s,
			struct vg_err *err)
{
	const struct vg_route *route = &n->routes->route[s->route];
	struct muting m = {.n = n,
			   .route = route,
			   .viewer = vg_route_viewer(n->routes, s->route)};
	const struct vg_muter muter = {.muted = is_muted, .ctx = &m};
	char hash[VG_STREAM_HASH + 1];
	enum vg_rc rc = VG_OK;

	/* While one is on its way the next waits: it will say what is then, and
	 * what began meanwhile. */
	hash_of(n, s, hash);
	if (vg_queue_has_stream(&n->queue[route->receiver], hash)) {
		if (vg_stream_owe(&s->s, &muter, n->now_ms))
			s->changed = true;
		s->s.next_ms = n->now_ms + DELAY_MS;
		return VG_OK;
	}
	look_at_stages(n, &s->s, &route->tempo);
	size_t before = s->s.n;
	int64_t told_ms = s->s.told.at_ms;
	enum vg_flush f =
		vg_stream_flush(&s->s, &route->tempo, &muter, n->now_ms);
	if (f == VG_FLUSH_FAILED)
		return no_memory(err);
	if (f == VG_FLUSH_NOTIFY)
		rc = tell(n, s, hash, err);
	vg_stream_leave(&s->s, n->now_ms);
	if (f == VG_FLUSH_NOTIFY || s->s.n != before ||
	    s->s.told.at_ms != told_ms) {
		s->changed = true;
		s->idle_ms = n->now_ms;
	}
	return rc;
}

static enum vg_rc add_stream(struct vg_notifier *n, struct vg_note_stream *s,
			     struct vg_err *err)
{
	struct vg_change *c = vg_commit_add(n->commit, false);

	if (c == NULL)
		return no_memory(err);
	vg_buf_str(&c->name, s->name);
	vg_stream_write(s, &c->value);
	s->changed = false;
	return VG_OK;
}

/* What was committed to the outbox waits for its sender from now on. */
static enum vg_rc enqueue(struct vg_notifier *n, struct vg_err *err)
{
	for (size_t i = 0; i < n->commit->n; i++) {
		const struct vg_change *c = &n->commit->change[i];
		const struct vg_slice body = {c->value.p, (uint32_t)c->value.n};

		if (!c->is_notice)
			continue;
		int to = vg_notice_receiver(n->o.cfg, body);
		if (to >= 0 && !vg_queue_add(&n->queue[to], c->name.p, body, 0))
			return no_memory(err);
	}
	n->commit->n = 0;
	n->commit->cursor[0] = '\0';
	return VG_OK;
}

static enum vg_rc commit(struct vg_notifier *n, struct vg_store *store,
			 struct vg_err *err)
{
	enum vg_rc rc =
		vg_outbox_commit(store, n->o.owner, n->commit, &n->fenced, err);

	return rc == VG_OK && !n->fenced ? enqueue(n, err) : rc;
}

enum vg_rc vg_look_write(struct vg_notifier *n, struct vg_store *store,
			 bool all, struct vg_err *err)
{
	enum vg_rc rc = VG_OK;
	char cursor[64];

	for (size_t i = 0; i < n->streams->n && rc == VG_OK && !n->fenced;
	     i++) {
		struct vg_note_stream *s = n->streams->at[i];

		if (!s->changed)
			continue;
		rc = add_stream(n, s, err);
		if (rc == VG_OK && n->commit->n == VG_COMMIT_MAX)
			rc = commit(n, store, err);
	}
	if (rc != VG_OK || n->fenced || (!all && n->commit->n == 0))
		return rc;
	/* The cursor goes last, with or behind all that it has brought. */
	if (all) {
		vg_feed_cursor(&n->feed, cursor);
		memcpy(n->commit->cursor, cursor, sizeof cursor);
		n->commit->at_ms = n->now_ms;
	}
	rc = commit(n, store, err);
	if (rc == VG_OK && !n->fenced && all)
		n->feed.at_ms = n->now_ms;
	return rc;
}

enum vg_rc vg_look_due(struct vg_notifier *n, struct vg_store *store,
		       struct vg_err *err)
{
	size_t flushed = 0;
	enum vg_rc rc = VG_OK;

	for (size_t i = 0;
	     i < n->streams->n && rc == VG_OK && flushed < FLUSHES; i++) {
		struct vg_note_stream *s = n->streams->at[i];

		if (s->route < 0 || !s->s.begun || s->s.next_ms > n->now_ms)
			continue;
		assert(n->commit->n + 2 <= VG_COMMIT_MAX);
		flushed++;
		rc = flush(n, s, err);
		/* What it tells and what it has told are one write. */
		if (rc == VG_OK && s->changed)
			rc = add_stream(n, s, err);
	}
	if (rc == VG_OK && n->commit->n > 0)
		rc = commit(n, store, err);
	return rc;
}

/* Sweeping ------------------------------------------------------------- */

static bool is_idle(const struct vg_notifier *n, const struct vg_note_stream *s)
{
	if (s->route < 0)
		return true;
	return s->s.n == 0 && s->s.told.firing.n == 0 &&
	       n->now_ms - s->idle_ms >= IDLE_MS;
}

static bool is_needed(const struct vg_notifier *n, const struct vg_item *item)
{
	if (item->over_ms > n->now_ms && !item->gone)
		return true;
	for (size_t i = 0; i < n->streams->n; i++)
		if (member(n->streams->at[i], item->id) != NULL)
			return true;
	return false;
}

void vg_look_sweep(struct vg_notifier *n)
{
	for (size_t i = n->streams->n; i-- > 0;) {
		struct vg_note_stream *s = n->streams->at[i];
		struct vg_change *c;

		if (!is_idle(n, s) || n->commit->n >= SWEPT)
			continue;
		c = vg_commit_add(n->commit, false);
		vg_buf_str(&c->name, s->name);
		vg_streams_drop(n->streams, i);
	}
	for (size_t i = n->items->n; i-- > 0;)
		if (!is_needed(n, n->items->item[i]))
			vg_items_drop(n->items, n->items->item[i]->id);
}
