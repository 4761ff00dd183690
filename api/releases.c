/*
 * Releases: alerts that are to be shown to more viewers, or are. They are told
 * to those who can read the alert, to each partner that is asked, and to nobody
 * else; and a partner that is asked is told of its own rows and its own people
 * alone, not of who else has a part in the alert.
 */
#include "alert/release.h"
#include "api/alert_out.h"
#include "api/handlers.h"
#include "api/page.h"
#include "api/tree.h"
#include "api/viewer.h"
#include "api/write.h"
#include "core/defect.h"
#include "core/timefmt.h"

#include <cjson/cJSON.h>

/* What a viewer has to do with one. */
struct part {
	const char *viewer;
	const cJSON *doc, *release;
	bool reads; /* the alert that it was made of */
	bool asked; /* hides a part of it            */
};

static const cJSON *member(const cJSON *o, const char *name)
{
	return cJSON_GetObjectItemCaseSensitive(o, name);
}

static const char *text_of(const cJSON *o, const char *name)
{
	return cJSON_GetStringValue(member(o, name));
}

static bool has_part(struct part *p)
{
	const char *class_name;

	p->release = vg_release_of(p->doc);
	class_name = text_of(p->release, "class");
	p->reads =
		class_name != NULL && vg_alert_class_has(class_name, p->viewer);
	p->asked = vg_release_asks(p->release, p->viewer);
	return p->reads || p->asked || VG_DEFECT("release-told-all");
}

static const char *state_of(const struct part *p, int64_t now_ms)
{
	bool released = member(p->release, "released_at") != NULL;

	/* Who reads the alert knows of every refusal, as who asked does. */
	const char *as = p->reads ? text_of(p->release, "viewer") : p->viewer;
	if (!vg_release_is_over(p->release, as, now_ms))
		return released ? "released" : "asked";
	if (released)
		return "withdrawn";
	return now_ms > vg_release_lapse_ms(p->release) ? "lapsed" : "refused";
}

/* All rows, or the viewer's own. */
static void write_rows(struct vg_jout *j, const struct part *p)
{
	const cJSON *row;

	vg_jout_name(j, "cells");
	vg_jout_open(j, '[');
	cJSON_ArrayForEach(row, member(p->doc, "first_seen"))
	{
		const char *partner = text_of(row, "partner");
		char *text;

		if (!p->reads && !VG_DEFECT("release-rows-all") &&
		    (partner == NULL || strcmp(partner, p->viewer) != 0))
			continue;
		text = cJSON_PrintUnformatted(row);
		if (text == NULL)
			j->buf->failed = true;
		else
			vg_jout_raw(j, text, strlen(text));
		cJSON_free(text);
	}
	vg_jout_close(j, ']');
}

static void write_who(struct vg_jout *j, const char *name, const cJSON *entry)
{
	static const char *const shown[] = {"author", "at", "text"};

	vg_jout_name(j, name);
	if (entry == NULL) {
		vg_jout_null(j);
		return;
	}
	vg_jout_open(j, '{');
	for (size_t i = 0; i < sizeof shown / sizeof *shown; i++)
		if (member(entry, shown[i]) != NULL)
			vg_tree_copy(j, shown[i], member(entry, shown[i]));
	vg_jout_close(j, '}');
}

/* What the viewer's own people said; null when it is not asked. */
static void write_own(struct vg_jout *j, const struct part *p)
{
	static const char *const said[] = {"agreed", "confirmed", "refused"};

	vg_jout_name(j, "own");
	if (!p->asked) {
		vg_jout_null(j);
		return;
	}
	vg_jout_open(j, '{');
	for (size_t i = 0; i < sizeof said / sizeof *said; i++)
		write_who(j, said[i],
			  member(member(p->release, said[i]), p->viewer));
	vg_jout_close(j, '}');
}

/* Who is asked, and how far each is: for those who read the alert. */
static void write_partners(struct vg_jout *j, const struct part *p)
{
	static const char *const said[] = {"agreed", "confirmed", "refused"};
	const cJSON *one;

	vg_jout_name(j, "partners");
	if (!p->reads) {
		vg_jout_null(j);
		return;
	}
	vg_jout_open(j, '[');
	cJSON_ArrayForEach(one, member(p->release, "needs"))
	{
		const char *id = cJSON_GetStringValue(one);

		vg_jout_open(j, '{');
		vg_jout_name(j, "partner");
		vg_jout_text(j, id);
		for (size_t i = 0; i < sizeof said / sizeof *said; i++) {
			vg_jout_name(j, said[i]);
			vg_jout_bool(j, member(member(p->release, said[i]),
					       id) != NULL);
		}
		vg_jout_close(j, '}');
	}
	vg_jout_close(j, ']');
}

static void write_one(struct vg_jout *j, const struct part *p, int64_t now_ms)
{
	static const char *const of_doc[] = {"id", "rule", "title", "severity",
					     "group"};
	char until[VG_TIME_TEXT];

	vg_jout_open(j, '{');
	for (size_t i = 0; i < sizeof of_doc / sizeof *of_doc; i++)
		vg_tree_copy(j, of_doc[i], member(p->doc, of_doc[i]));
	vg_jout_name(j, "state");
	vg_jout_text(j, state_of(p, now_ms));
	vg_tree_copy(j, "alert", p->reads ? member(p->release, "alert") : NULL);
	vg_tree_copy(j, "viewers", member(p->release, "to"));
	vg_tree_copy(j, "asked_by", member(p->release, "viewer"));
	vg_tree_copy(j, "at", member(p->release, "at"));
	vg_time_print_ms(until, vg_release_lapse_ms(p->release));
	vg_jout_name(j, "until");
	vg_jout_text(j, until);
	vg_tree_copy(j, "text", member(p->release, "text"));
	write_rows(j, p);
	write_own(j, p);
	write_partners(j, p);
	vg_jout_close(j, '}');
}

void vg_get_releases(struct vg_service *s, const struct vg_request *r,
		     struct vg_answer *a)
{
	struct part p = {.viewer = vg_viewer_name(s->env->cfg, r->viewer)};
	struct vg_pager page;
	struct vg_jout j;

	if (!vg_pager_read(&page, r, a, VG_PAGE_MAX))
		return;
	j = vg_answer_json(a, 200);
	vg_jout_open(&j, '{');
	vg_jout_name(&j, "releases");
	vg_jout_open(&j, '[');
	vg_book_read_lock(s->book);
	for (size_t i = 0; i < vg_book_count(s->book); i++) {
		const struct vg_book_alert *one = vg_book_at(s->book, i);
		cJSON *doc;

		if (!one->is_copy ||
		    !vg_pager_is_past(&page, one->start_ms, one->id))
			continue;
		doc = cJSON_ParseWithLength(one->json, one->json_len);
		p.doc = doc;
		if (has_part(&p) && vg_pager_has_room(&page)) {
			write_one(&j, &p, r->now_ms);
			vg_pager_add(&page, one->start_ms, one->id);
		}
		cJSON_Delete(doc);
		if (page.has_more)
			break;
	}
	vg_book_unlock(s->book);
	vg_jout_close(&j, ']');
	vg_pager_end(&page, r, a, &j);
	vg_jout_close(&j, '}');
}

/* The copy that the path names, when the asker has a part in it; else NULL,
 * with the 404 of one that never was. Freed by the caller. */
static cJSON *find(struct vg_service *s, const struct vg_request *r,
		   struct vg_answer *a)
{
	struct part p = {.viewer = vg_viewer_name(s->env->cfg, r->viewer)};
	const struct vg_book_alert *one;
	cJSON *doc = NULL;

	vg_book_read_lock(s->book);
	one = vg_book_find(s->book, r->id);
	if (one != NULL && one->is_copy)
		doc = cJSON_ParseWithLength(one->json, one->json_len);
	vg_book_unlock(s->book);
	p.doc = doc;
	if (doc != NULL && has_part(&p))
		return doc;
	cJSON_Delete(doc);
	(void)vg_answer_fail(a, r, 404, "no-release",
			     "there is no such release; /v1/releases lists "
			     "those that you have a part in");
	return NULL;
}

/* By enum vg_release_said, why it is not sent to the log. */
static const char *const faults[] = {
	NULL,
	NULL,
	"your viewer hides no part of this alert, so it is not asked",
	"it is over: refused, withdrawn, or nobody is asked any more",
	"it is another copy that was agreed to",
	"an analyst of yours has said so already",
	"nobody of yours has agreed yet; agree first",
	"who agreed cannot confirm: a second analyst does"};

/* True when the same action, and no other, has that id. */
static bool is_known(const cJSON *doc, const struct vg_action *action)
{
	static const char *const where[] = {"agreed", "confirmed", "refused"};
	const char *id =
		text_of(member(member(vg_release_of(doc),
				      where[action->kind - VG_ACT_AGREE]),
			       action->viewer),
			"action");

	return id != NULL && strcmp(id, action->id) == 0;
}

static void send(struct vg_service *s, const struct vg_request *r,
		 struct vg_answer *a, struct vg_action *action, cJSON *doc)
{
	const char *digest = text_of(vg_release_of(doc), "digest");

	if (action->kind != VG_ACT_REFUSE)
		(void)snprintf(action->digest, sizeof action->digest, "%s",
			       digest != NULL ? digest : "");
	bool known = is_known(doc, action);
	enum vg_release_said said = vg_release_say(doc, action, s->env->cfg);

	if (said == VG_RELEASE_REPEATED && known)
		vg_write_known(a, action->id);
	else if (said == VG_RELEASE_REPEATED)
		vg_write_conflict(a, r);
	else if (said == VG_RELEASE_NOTED)
		vg_write_send(s, r, a, action, action->id);
	else
		(void)vg_answer_fail(a, r, 422, "release", "%s", faults[said]);
}

void vg_post_release(struct vg_service *s, const struct vg_request *r,
		     struct vg_answer *a)
{
	struct vg_action action = {.kind = VG_ACT_KINDS};
	struct vg_err err = {.rc = VG_OK};
	cJSON *doc = find(s, r, a);

	if (doc == NULL)
		return;
	if (vg_action_body(&action, r->body, VG_BODY_RELEASE, r->now_ms,
			   &err) != VG_OK) {
		(void)vg_answer_fail(a, r, 400, "bad-body", "%s", err.text);
	} else {
		/* It is a known copy's: it fits. */
		memcpy(action.target, r->id.p, r->id.n);
		action.target[r->id.n] = '\0';
		if (vg_write_sign(s, r, a, &action))
			send(s, r, a, &action, doc);
	}
	vg_action_term(&action);
	cJSON_Delete(doc);
}
