/*
 * Silences: each viewer's own. They mute what that viewer's receivers are told
 * and nothing else.
 */
#include "alert/desk.h"
#include "api/handlers.h"
#include "api/page.h"
#include "api/pool.h"
#include "api/viewer.h"
#include "api/write.h"
#include "core/timefmt.h"

#include <cjson/cJSON.h>
#include <stdlib.h>

struct one {
	char id[VG_ACTION_TARGET];
	int64_t from_ms, to_ms;
	cJSON *doc;
};

struct list {
	const char *viewer;
	struct one *one;
	size_t n, cap;
};

static const char *member(const cJSON *doc, const char *name)
{
	return cJSON_GetStringValue(
		cJSON_GetObjectItemCaseSensitive(doc, name));
}

static bool instant(const cJSON *doc, const char *name, int64_t *ms)
{
	const char *text = member(doc, name);

	return text != NULL && vg_time_parse(vg_slice_of(text), ms);
}

static bool make_room(struct list *l)
{
	size_t cap = l->cap == 0 ? 32 : 2 * l->cap;
	struct one *bigger;

	if (l->n < l->cap)
		return true;
	bigger = realloc(l->one, cap * sizeof *bigger);
	if (bigger == NULL)
		return false;
	l->one = bigger;
	l->cap = cap;
	return true;
}

/* What cannot be read mutes nothing, and is not shown. */
static enum vg_rc take(void *ctx, struct vg_slice id, struct vg_slice text,
		       struct vg_err *err)
{
	struct list *l = ctx;
	struct one o = {.doc = cJSON_ParseWithLength(text.p, text.n)};
	const char *viewer = member(o.doc, "viewer");

	if (viewer == NULL || strcmp(viewer, l->viewer) != 0 ||
	    id.n >= sizeof o.id || !instant(o.doc, "from", &o.from_ms) ||
	    !instant(o.doc, "to", &o.to_ms)) {
		cJSON_Delete(o.doc);
		return VG_OK;
	}
	if (!make_room(l)) {
		cJSON_Delete(o.doc);
		return vg_err_set(err, VG_FATAL, "silences: out of memory");
	}
	memcpy(o.id, id.p, id.n);
	l->one[l->n++] = o;
	return VG_OK;
}

static int newest_first(const void *a, const void *b)
{
	const struct one *x = a, *y = b;

	if (x->from_ms != y->from_ms)
		return x->from_ms < y->from_ms ? 1 : -1;
	return strcmp(x->id, y->id);
}

static void list_term(struct list *l)
{
	for (size_t i = 0; i < l->n; i++)
		cJSON_Delete(l->one[i].doc);
	free(l->one);
}

/* All of the asker's; false with a problem when Redis does not answer. */
static bool read_list(struct vg_service *s, const struct vg_request *r,
		      struct vg_answer *a, struct list *l)
{
	const struct vg_field_taker to = {.take = take, .ctx = l};
	struct vg_store *store = NULL;
	struct vg_err err = {.rc = VG_OK};

	*l = (struct list){.viewer = vg_viewer_name(s->env->cfg, r->viewer)};
	enum vg_rc rc = vg_pool_take(s->pool, r->now_ms, &store, &err);
	if (rc == VG_OK) {
		rc = vg_hold_each(store, VG_KEY_SILENCES, &to, &err);
		vg_pool_give(s->pool, store, rc, r->now_ms);
	}
	if (rc == VG_OK) {
		if (l->n > 1)
			qsort(l->one, l->n, sizeof *l->one, newest_first);
		return true;
	}
	list_term(l);
	err.rc = rc;
	vg_service_store_problem(a, r, &err);
	return false;
}

static const char *state_of(const struct one *o, int64_t now_ms)
{
	if (now_ms < o->from_ms)
		return "pending";
	return now_ms < o->to_ms ? "active" : "ended";
}

static void put(struct vg_jout *j, const struct one *o, int64_t now_ms)
{
	static const char *const shown[] = {
		"match", "from", "to", "reason", "at", "author", "ended_by"};
	char *text;

	vg_jout_open(j, '{');
	vg_jout_name(j, "id");
	vg_jout_text(j, o->id);
	vg_jout_name(j, "state");
	vg_jout_text(j, state_of(o, now_ms));
	for (size_t i = 0; i < sizeof shown / sizeof *shown; i++) {
		const cJSON *m =
			cJSON_GetObjectItemCaseSensitive(o->doc, shown[i]);

		if (m == NULL)
			continue;
		text = cJSON_PrintUnformatted(m);
		vg_jout_name(j, shown[i]);
		if (text == NULL)
			j->buf->failed = true;
		else
			vg_jout_raw(j, text, strlen(text));
		cJSON_free(text);
	}
	vg_jout_close(j, '}');
}

void vg_get_silences(struct vg_service *s, const struct vg_request *r,
		     struct vg_answer *a)
{
	struct vg_pager page;
	struct list l;

	if (!vg_pager_read(&page, r, a, VG_PAGE_MAX) || !read_list(s, r, a, &l))
		return;
	struct vg_jout j = vg_answer_json(a, 200);
	vg_jout_open(&j, '{');
	vg_jout_name(&j, "silences");
	vg_jout_open(&j, '[');
	for (size_t i = 0; i < l.n; i++) {
		const struct one *o = &l.one[i];

		if ((i > 0 && strcmp(o->id, l.one[i - 1].id) == 0) ||
		    !vg_pager_is_past(&page, o->from_ms, o->id))
			continue;
		if (!vg_pager_has_room(&page))
			break;
		put(&j, o, r->now_ms);
		vg_pager_add(&page, o->from_ms, o->id);
	}
	vg_jout_close(&j, ']');
	vg_pager_end(&page, r, a, &j);
	vg_jout_close(&j, '}');
	list_term(&l);
}

/* Those that are over make room when one is added. */
static bool has_room(struct vg_service *s, const struct vg_request *r,
		     struct vg_answer *a)
{
	struct list l;
	size_t n = 0;

	if (!read_list(s, r, a, &l))
		return false;
	for (size_t i = 0; i < l.n; i++)
		n += l.one[i].to_ms >
		     r->now_ms - VG_DESK_OVER_DAYS * INT64_C(86400000);
	list_term(&l);
	return n < VG_DESK_SILENCES_MAX ||
	       vg_answer_fail(a, r, 422, "too-many",
			      "a viewer has at most %d silences, those that "
			      "ended in the last %d days among them",
			      VG_DESK_SILENCES_MAX, VG_DESK_OVER_DAYS);
}

/* True when it was answered: the same key was used before. */
static bool was_made(const struct vg_request *r, struct vg_answer *a,
		     const struct vg_action *action,
		     const struct vg_buf *stored)
{
	cJSON *doc;
	char *match;
	int64_t to_ms = 0;
	bool same;

	if (stored->n == 0)
		return false;
	doc = cJSON_ParseWithLength(stored->p, stored->n);
	match = cJSON_PrintUnformatted(
		cJSON_GetObjectItemCaseSensitive(doc, "match"));
	same = match != NULL && strcmp(match, action->match) == 0 &&
	       (member(doc, "ended_by") != NULL ||
		(instant(doc, "to", &to_ms) && to_ms == action->to_ms));
	cJSON_free(match);
	cJSON_Delete(doc);
	if (same)
		vg_write_known(a, action->target);
	else
		vg_write_conflict(a, r);
	return true;
}

void vg_post_silence(struct vg_service *s, const struct vg_request *r,
		     struct vg_answer *a)
{
	struct vg_action action = {.kind = VG_ACT_KINDS};
	struct vg_buf stored = {0};
	struct vg_err err = {.rc = VG_OK};

	if (vg_action_body(&action, r->body, VG_BODY_SILENCE, r->now_ms,
			   &err) != VG_OK) {
		(void)vg_answer_fail(a, r, 400, "bad-body", "%s", err.text);
		return;
	}
	if (!vg_write_sign(s, r, a, &action))
		goto out;
	memcpy(action.target, action.id, sizeof action.id);
	if (vg_write_stored(s, r, a, &action, &stored) &&
	    !was_made(r, a, &action, &stored) && has_room(s, r, a))
		vg_write_send(s, r, a, &action, action.target);
out:
	vg_buf_term(&stored);
	vg_action_term(&action);
}

/* One of another viewer's is answered as one that never was. */
static void end_it(struct vg_service *s, const struct vg_request *r,
		   struct vg_answer *a, const struct vg_action *action,
		   const struct vg_buf *stored)
{
	cJSON *doc = cJSON_ParseWithLength(stored->p, stored->n);
	const char *viewer = member(doc, "viewer");
	int64_t to_ms = 0;

	if (viewer == NULL || strcmp(viewer, action->viewer) != 0 ||
	    !instant(doc, "to", &to_ms))
		(void)vg_answer_fail(a, r, 404, "no-silence",
				     "there is no such silence; /v1/silences "
				     "lists yours");
	else if (to_ms <= r->now_ms)
		vg_write_known(a, action->target);
	else
		vg_write_send(s, r, a, action, action->target);
	cJSON_Delete(doc);
}

void vg_delete_silence(struct vg_service *s, const struct vg_request *r,
		       struct vg_answer *a)
{
	struct vg_action action = {.kind = VG_ACT_UNSILENCE};
	struct vg_buf stored = {0};

	if (!vg_write_sign(s, r, a, &action))
		return;
	if (vg_action_is_target(r->id))
		memcpy(action.target, r->id.p, r->id.n);
	if (vg_write_stored(s, r, a, &action, &stored))
		end_it(s, r, a, &action, &stored);
	vg_buf_term(&stored);
}
