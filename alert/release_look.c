/* The evaluator's part: what waits at the desk becomes documents. */
#include "alert/release_parts.h"

#include "alert/leader.h"
#include "core/log.h"
#include "core/timefmt.h"

#include <stdio.h>

/* What waits first, and the document that it is about. */
struct turn {
	struct vg_evaluator *e;
	struct vg_store *store;
	struct vg_action a;
	cJSON *doc; /* NULL: there is none */
	bool waits; /* its document is still to be written */
};

static enum vg_rc read_doc(struct vg_store *s, const char *id,
			   struct vg_buf *out, struct vg_err *err)
{
	char key[96];
	struct vg_reply *r = NULL;

	(void)snprintf(key, sizeof key, VG_KEY_ALERT "%s", id);
	enum vg_rc rc = vg_store_callf(s, &r, err, "GET", key, (char *)NULL);
	const struct vg_slice text = vg_reply_text(r);

	if (rc == VG_OK && text.n > 0)
		vg_buf_add(out, text.p, text.n);
	vg_reply_free(r);
	return rc == VG_OK && out->failed
		       ? vg_err_set(err, VG_FATAL, "release: out of memory")
		       : rc;
}

/* Let `doc` wait to be written as `id`, with an entry for its history. */
static enum vg_rc queue(struct turn *t, const char *id, int64_t start_ms,
			const struct vg_buf *doc, const char *change,
			struct vg_err *err)
{
	struct vg_put *p = vg_leader_room(t->e);
	char at[VG_TIME_TEXT];

	if (p == NULL)
		return vg_err_set(err, VG_FATAL, "release: out of memory");
	vg_time_print_ms(at, t->a.at_ms);
	(void)snprintf(p->id, sizeof p->id, "%s", id);
	p->start_ms = start_ms;
	p->rule = p->viewers = p->change = NULL;
	p->is_new = false;
	vg_buf_add(&p->doc, doc->p, doc->n);
	if (change != NULL)
		vg_buf_printf(&p->history, "{\"change\":\"%s\",\"at\":\"%s\"}",
			      change, at);
	if (p->doc.failed || p->history.failed)
		return vg_err_set(err, VG_FATAL, "release: out of memory");
	t->e->n_put++;
	t->waits = true;
	return VG_OK;
}

static enum vg_rc ask(struct turn *t, const struct vg_buf *text,
		      struct vg_err *err)
{
	const struct vg_release_world w = {.cfg = t->e->o.env->cfg,
					   .rules = t->e->o.rules,
					   .hash_key = t->e->o.env->hash_key};
	struct vg_release_copy copy = {.start_ms = 0};
	struct vg_buf there = {0};
	enum vg_rc rc = vg_release_ask(
		&copy, &t->a, (struct vg_slice){text->p, (uint32_t)text->n}, &w,
		err);

	if (rc == VG_OK)
		rc = read_doc(t->store, copy.id, &there, err);
	if (rc == VG_OK && there.n == 0)
		rc = queue(t, copy.id, copy.start_ms, &copy.doc, NULL, err);
	vg_buf_term(&there);
	vg_buf_term(&copy.doc);
	return rc == VG_DROP ? VG_OK : rc;
}

/* Said once, when it becomes so. */
static void tell(const struct turn *t, const char *change)
{
	const cJSON *release = vg_release_of(t->doc);

	vg_log(t->e->o.log, VG_LOG_INFO, VG_EV_ALERT_RELEASED, "id",
	       vg_release_text(t->doc, "id"), "viewers",
	       vg_release_text(t->doc, "class"), "asked_by",
	       vg_release_text(release, "viewer"), "change", change, NULL);
}

static enum vg_rc say(struct turn *t, struct vg_err *err)
{
	const cJSON *release = vg_release_of(t->doc);
	bool was_out = vg_release_member(release, "released_at") != NULL;
	struct vg_buf out = {0};
	const char *change = NULL;
	int64_t start_ms = 0;
	enum vg_rc rc = VG_OK;

	if (vg_release_say(t->doc, &t->a, t->e->o.env->cfg) !=
		    VG_RELEASE_NOTED ||
	    !vg_time_parse(vg_slice_of(vg_release_text(t->doc, "start")),
			   &start_ms))
		return VG_OK;
	if (was_out)
		change = "withdrawn";
	else if (vg_release_member(release, "released_at") != NULL)
		change = "released";
	char *text = cJSON_PrintUnformatted(t->doc);
	vg_buf_str(&out, text != NULL ? text : "");
	if (text == NULL || out.failed)
		rc = vg_err_set(err, VG_FATAL, "release: out of memory");
	if (rc == VG_OK)
		rc = queue(t, vg_release_text(t->doc, "id"), start_ms, &out,
			   change, err);
	if (rc == VG_OK && change != NULL)
		tell(t, change);
	cJSON_free(text);
	vg_buf_term(&out);
	return rc;
}

static enum vg_rc apply(struct turn *t, struct vg_err *err)
{
	struct vg_buf text = {0};
	enum vg_rc rc = read_doc(t->store, t->a.target, &text, err);

	if (rc == VG_OK && text.n > 0) {
		t->doc = cJSON_ParseWithLength(text.p, text.n);
		if (t->a.kind == VG_ACT_RELEASE)
			rc = ask(t, &text, err);
		else if (vg_release_is(t->doc))
			rc = say(t, err);
	}
	cJSON_Delete(t->doc);
	vg_buf_term(&text);
	return rc;
}

enum vg_rc vg_release_look(struct vg_evaluator *e, struct vg_store *store,
			   struct vg_err *err)
{
	struct turn t = {.e = e, .store = store, .a = {.kind = VG_ACT_KINDS}};
	struct vg_reply *first = NULL;
	enum vg_rc rc = vg_store_callf(store, &first, err, "LINDEX",
				       VG_KEY_RELEASES, "0", (char *)NULL);
	const struct vg_slice text = vg_reply_text(first);

	if (rc != VG_OK || text.n == 0)
		goto out;
	rc = vg_action_read(&t.a, text, err);
	if (rc == VG_OK)
		rc = apply(&t, err);
	if (rc == VG_DROP) /* no action: nobody of ours wrote it */
		rc = VG_OK;
	if (rc == VG_OK && t.waits)
		rc = vg_leader_flush(e, store, err);
	/* It leaves when it is seen to be done: the next time. */
	else if (rc == VG_OK) {
		const struct vg_slice arg[] = {vg_slice_of("LREM"),
					       vg_slice_of(VG_KEY_RELEASES),
					       vg_slice_of("1"), text};

		rc = vg_store_call(store, NULL, arg, 4, err);
	}
out:
	vg_action_term(&t.a);
	vg_reply_free(first);
	return rc;
}
