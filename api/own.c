/*
 * What a partner keeps for itself: rules and watchlists that nobody else may
 * tell the existence of. A change is judged against all that is in force, as a
 * reload of files is, before it is written to the log; every process makes its
 * rules anew when the leader has applied it.
 */
#include "alert/desk.h"
#include "alert/ruleset.h"
#include "api/handlers.h"
#include "api/page.h"
#include "api/pool.h"
#include "api/rule_state.h"
#include "api/viewer.h"
#include "api/write.h"
#include "core/limits.h"

#include <cjson/cJSON.h>
#include <stdio.h>

/* One call: the asker's kind of thing, and all that partners keep. */
struct own {
	const char *viewer;
	enum vg_own_kind kind;
	struct vg_own_docs docs;
	struct vg_ruleset *set; /* in force here */
};

static size_t most_of(enum vg_own_kind kind)
{
	return kind == VG_OWN_RULE ? VG_OWN_RULES_MAX : VG_OWN_WATCHLISTS_MAX;
}

static void own_term(struct own *o)
{
	vg_own_term(&o->docs);
	vg_ruleset_drop(o->set);
}

/* False with a problem when Redis does not answer. */
static bool own_read(struct vg_service *s, const struct vg_request *r,
		     struct vg_answer *a, struct own *o)
{
	static const char rules[] = "/v1/own/rules";
	struct vg_store *store = NULL;
	struct vg_err err = {.rc = VG_OK};

	const char *viewer = vg_viewer_name(s->env->cfg, r->viewer);
	*o = (struct own){.viewer = viewer != NULL ? viewer : "",
			  .kind = VG_OWN_WATCHLIST};
	if (r->path.n >= sizeof rules - 1 &&
	    memcmp(r->path.p, rules, sizeof rules - 1) == 0)
		o->kind = VG_OWN_RULE;
	enum vg_rc rc = vg_pool_take(s->pool, r->now_ms, &store, &err);
	if (rc == VG_OK) {
		rc = vg_desk_own(store, &o->docs, &err);
		vg_pool_give(s->pool, store, rc, r->now_ms);
	}
	if (rc == VG_OK) {
		o->set = vg_board_hold(s->board, NULL);
		return true;
	}
	own_term(o);
	err.rc = rc;
	vg_service_store_problem(a, r, &err);
	return false;
}

/* What a rule or watchlist in force does: its rule serves, or waits. */
static const char *state_in_force(const struct vg_service *s,
				  const struct own *o,
				  const struct vg_own_doc *d)
{
	const char *prefix = d->kind == VG_OWN_RULE ? "" : "watch-";
	unsigned slot =
		vg_config_partner(s->env->cfg, vg_slice_of(d->viewer))->slot;
	char name[sizeof d->id + 8];

	(void)snprintf(name, sizeof name, "%s%s", prefix, d->id);
	for (size_t i = vg_rules_shared(o->set->rules);
	     i < vg_rules_count(o->set->rules); i++) {
		const struct vg_rule *r = vg_rule_at(o->set->rules, i);

		if (r->own_of != 1 + slot ||
		    strcmp(vg_own_name(r->id), name) != 0)
			continue;
		vg_view_read_lock(s->view);
		bool serves = vg_rule_serves_locked(s->view, o->set, r);
		vg_view_unlock(s->view);
		return serves ? "serving" : "backfilling";
	}
	return "serving";
}

/* How it stands here; why it is refused, when it is. */
static const char *state_of(const struct vg_service *s, const struct own *o,
			    const struct vg_own_doc *d, const char **why)
{
	const struct vg_own_docs *in = &o->set->own;
	size_t i = vg_own_find(in, d->viewer, d->kind, vg_slice_of(d->id));

	*why = NULL;
	if (i == in->n || strcmp(in->doc[i].text, d->text) != 0)
		return "pending";
	*why = vg_rules_fault(o->set->rules, i);
	return *why != NULL ? "refused" : state_in_force(s, o, d);
}

static void copy(struct vg_jout *j, const cJSON *entry, const char *from,
		 const char *as)
{
	vg_jout_name(j, as);
	vg_jout_text(j, cJSON_GetStringValue(
				cJSON_GetObjectItemCaseSensitive(entry, from)));
}

static void write_one(struct vg_jout *j, const struct vg_service *s,
		      const struct own *o, const struct vg_own_doc *d)
{
	cJSON *entry = cJSON_Parse(d->entry);
	const char *why = NULL, *state = state_of(s, o, d, &why);

	vg_jout_open(j, '{');
	vg_jout_name(j, "id");
	vg_jout_text(j, d->id);
	vg_jout_name(j, "state");
	vg_jout_text(j, state);
	vg_jout_name(j, "error");
	vg_jout_text(j, why);
	copy(j, entry, "created_at", "created_at");
	copy(j, entry, "created_by", "created_by");
	copy(j, entry, "at", "changed_at");
	copy(j, entry, "author", "changed_by");
	vg_jout_name(j, vg_own_kind_name(d->kind));
	vg_jout_raw(j, d->text, strlen(d->text));
	vg_jout_close(j, '}');
	cJSON_Delete(entry);
}

static bool is_askers(const struct own *o, const struct vg_own_doc *d)
{
	return d->kind == o->kind && strcmp(d->viewer, o->viewer) == 0;
}

void vg_get_own(struct vg_service *s, const struct vg_request *r,
		struct vg_answer *a)
{
	struct vg_pager page;
	struct own o;

	if (!vg_pager_read(&page, r, a, VG_PAGE_MAX) || !own_read(s, r, a, &o))
		return;
	struct vg_jout j = vg_answer_json(a, 200);
	vg_jout_open(&j, '{');
	vg_jout_name(&j, "used");
	vg_jout_i64(&j, (int64_t)vg_own_count(&o.docs, o.viewer, o.kind));
	vg_jout_name(&j, "most");
	vg_jout_i64(&j, (int64_t)most_of(o.kind));
	vg_jout_name(&j, o.kind == VG_OWN_RULE ? "rules" : "watchlists");
	vg_jout_open(&j, '[');
	/* They are by id alone. */
	for (size_t i = 0; i < o.docs.n; i++) {
		const struct vg_own_doc *d = &o.docs.doc[i];

		if (!is_askers(&o, d) || !vg_pager_is_past(&page, 0, d->id))
			continue;
		if (!vg_pager_has_room(&page))
			break;
		write_one(&j, s, &o, d);
		vg_pager_add(&page, 0, d->id);
	}
	vg_jout_close(&j, ']');
	vg_pager_end(&page, r, a, &j);
	vg_jout_close(&j, '}');
	own_term(&o);
}

/* The asker's of that name; NULL with a problem. */
static const struct vg_own_doc *
find(const struct own *o, const struct vg_request *r, struct vg_answer *a)
{
	size_t i = vg_own_find(&o->docs, o->viewer, o->kind, r->id);

	if (i < o->docs.n)
		return &o->docs.doc[i];
	(void)vg_answer_fail(a, r, 404, "no-own",
			     "you keep no such %s; /v1/own/%ss lists yours",
			     vg_own_kind_name(o->kind),
			     vg_own_kind_name(o->kind));
	return NULL;
}

void vg_get_own_one(struct vg_service *s, const struct vg_request *r,
		    struct vg_answer *a)
{
	const struct vg_own_doc *d;
	struct own o;

	if (!own_read(s, r, a, &o))
		return;
	d = find(&o, r, a);
	if (d != NULL) {
		struct vg_jout j = vg_answer_json(a, 200);
		write_one(&j, s, &o, d);
	}
	own_term(&o);
}

/* What would be refused if o->docs were in force, and is not now: the text is
 * the set's. NULL: nothing. */
static const char *new_fault(const struct own *o, const struct vg_rules *then)
{
	const struct vg_own_docs *now = &o->set->own;

	for (size_t i = 0; i < o->docs.n; i++) {
		const struct vg_own_doc *d = &o->docs.doc[i];
		const char *why = vg_rules_fault(then, i);

		if (why == NULL || strcmp(d->viewer, o->viewer) != 0)
			continue;
		size_t k = vg_own_find(now, d->viewer, d->kind,
				       vg_slice_of(d->id));
		if (k == now->n || strcmp(now->doc[k].text, d->text) != 0 ||
		    vg_rules_fault(o->set->rules, k) == NULL)
			return why;
	}
	return NULL;
}

/* The rules with the change, made as they would be; false with a problem that
 * says what does not go. */
static bool judge(const struct vg_service *s, const struct vg_request *r,
		  struct vg_answer *a, const struct own *o)
{
	struct vg_ruleset *then = NULL;
	struct vg_err err = {.rc = VG_OK};
	const char *why;

	if (vg_ruleset_make(&then, s->env, o->set->files, &o->docs, &err) !=
	    VG_OK) {
		a->fault = err;
		return vg_answer_fail(a, r, 500, "own",
				      "it could not be judged; the log says "
				      "why");
	}
	why = new_fault(o, then->rules);
	if (why != NULL)
		(void)vg_answer_fail(a, r, 422, "bad-own", "%s", why);
	vg_ruleset_drop(then);
	return why == NULL;
}

/* The action did this very thing before. */
static bool is_done(const struct vg_own_doc *d, const struct vg_action *action)
{
	cJSON *entry = cJSON_Parse(d->entry);
	const char *by = cJSON_GetStringValue(
		cJSON_GetObjectItemCaseSensitive(entry, "action"));
	bool done = by != NULL && strcmp(by, action->id) == 0;

	cJSON_Delete(entry);
	return done;
}

/* What the body calls itself, into the action; it is the path's, too. */
static bool read_id(const struct own *o, const struct vg_request *r,
		    struct vg_answer *a, struct vg_action *action)
{
	const char *name = o->kind == VG_OWN_RULE ? "id" : "watchlist";
	cJSON *doc = cJSON_Parse(action->doc);
	const char *text = cJSON_GetStringValue(
		cJSON_GetObjectItemCaseSensitive(doc, name));
	const struct vg_slice id =
		text != NULL ? vg_slice_of(text) : (struct vg_slice){0};
	bool ok = vg_own_is_id(id);

	if (ok)
		memcpy(action->target, id.p, id.n + 1);
	else
		(void)vg_answer_fail(a, r, 422, "bad-own",
				     "`%s` must be 1 to %d of a-z, 0-9 and -",
				     name, (int)VG_OWN_ID_MAX);
	if (ok && r->id.n > 0 && !vg_slice_eq(id, r->id))
		ok = vg_answer_fail(a, r, 422, "bad-own",
				    "`%s` is not that of the path", name);
	cJSON_Delete(doc);
	return ok;
}

/* Is there room, and does it go? It is then part of o->docs. */
static bool fits(const struct vg_service *s, const struct vg_request *r,
		 struct vg_answer *a, struct own *o,
		 const struct vg_action *action)
{
	struct vg_own_doc d = {.kind = o->kind, .text = action->doc};
	struct vg_err err;

	(void)snprintf(d.viewer, sizeof d.viewer, "%s", o->viewer);
	(void)snprintf(d.id, sizeof d.id, "%s", action->target);
	if (vg_own_find(&o->docs, d.viewer, d.kind, vg_slice_of(d.id)) ==
		    o->docs.n &&
	    vg_own_count(&o->docs, d.viewer, d.kind) >= most_of(o->kind))
		return vg_answer_fail(a, r, 422, "too-many",
				      "a partner keeps at most %zu %ss; take "
				      "one away",
				      most_of(o->kind),
				      vg_own_kind_name(o->kind));
	if (vg_own_put(&o->docs, &d, &err) != VG_OK) {
		a->body.failed = true;
		return false;
	}
	return judge(s, r, a, o);
}

static bool is_partner(const struct vg_service *s, const struct vg_request *r,
		       struct vg_answer *a)
{
	return vg_config_slot(s->env->cfg, r->viewer) != NULL ||
	       vg_answer_fail(a, r, 403, "partners-only",
			      "rules and watchlists of one's own are the "
			      "partners'; the joint SOC's are files");
}

/* Keep the body; `anew`: nothing of the name may be there. */
static void keep(struct vg_service *s, const struct vg_request *r,
		 struct vg_answer *a, bool anew)
{
	struct vg_action action = {.kind = VG_ACT_KEEP};
	struct vg_err err = {.rc = VG_OK};
	struct own o;
	size_t i;

	if (!is_partner(s, r, a))
		return;
	if (vg_action_keep(&action, r->body, &err) != VG_OK) {
		(void)vg_answer_fail(a, r, 400, "bad-body", "%s", err.text);
		return;
	}
	if (!own_read(s, r, a, &o)) {
		vg_action_term(&action);
		return;
	}
	action.own = o.kind;
	if (!vg_write_sign(s, r, a, &action) || !read_id(&o, r, a, &action))
		goto out;
	i = vg_own_find(&o.docs, o.viewer, o.kind, vg_slice_of(action.target));
	if (i < o.docs.n && is_done(&o.docs.doc[i], &action))
		vg_write_known(a, action.target);
	else if (i < o.docs.n && anew)
		(void)vg_answer_fail(a, r, 422, "exists",
				     "you keep a %s of that name; PUT replaces "
				     "it",
				     vg_own_kind_name(o.kind));
	else if (fits(s, r, a, &o, &action))
		vg_write_send(s, r, a, &action, action.target);
out:
	own_term(&o);
	vg_action_term(&action);
}

void vg_post_own(struct vg_service *s, const struct vg_request *r,
		 struct vg_answer *a)
{
	keep(s, r, a, true);
}

void vg_put_own(struct vg_service *s, const struct vg_request *r,
		struct vg_answer *a)
{
	keep(s, r, a, false);
}

void vg_delete_own(struct vg_service *s, const struct vg_request *r,
		   struct vg_answer *a)
{
	struct vg_action action = {.kind = VG_ACT_DROP};
	const struct vg_own_doc *d;
	struct own o;

	if (!is_partner(s, r, a) || !own_read(s, r, a, &o))
		return;
	action.own = o.kind;
	d = find(&o, r, a);
	if (d != NULL && vg_write_sign(s, r, a, &action)) {
		(void)snprintf(action.target, sizeof action.target, "%.*s",
			       VG_OWN_ID_MAX, d->id);
		vg_own_remove(&o.docs, (size_t)(d - o.docs.doc));
		if (judge(s, r, a, &o))
			vg_write_send(s, r, a, &action, action.target);
	}
	own_term(&o);
}
