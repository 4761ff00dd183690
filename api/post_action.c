/*
 * What a person says about an alert. It is written to the log and answered as
 * soon as the brokers have it; the alert leader applies it from there.
 */
#include "alert/book.h"
#include "alert/desk.h"
#include "alert/people.h"
#include "alert/release.h"
#include "alert/ruleset.h"
#include "api/alert_seen.h"
#include "api/handlers.h"
#include "api/write.h"

#include <cjson/cJSON.h>

/* One alert keeps so many entries and no more. */
static bool has_room(struct vg_service *s, const struct vg_request *r,
		     struct vg_answer *a)
{
	const struct vg_word *w;
	int64_t n = 0;

	vg_people_read_lock(s->people);
	for (size_t i = vg_people_first(s->people, r->id);
	     (w = vg_people_at(s->people, i)) != NULL &&
	     vg_slice_eq(vg_slice_of(w->alert), r->id);
	     i++)
		n = w->n > n ? w->n : n;
	vg_people_unlock(s->people);
	if (n < VG_DESK_ENTRIES_MAX)
		return true;
	return vg_answer_fail(a, r, 422, "too-many",
			      "an alert keeps %d entries, and has them",
			      VG_DESK_ENTRIES_MAX);
}

/* True when it was answered: the same key was used before. */
static bool was_made(const struct vg_request *r, struct vg_answer *a,
		     const struct vg_action *action,
		     const struct vg_buf *stored)
{
	struct vg_buf entry = {0};
	const char *brace = stored->n > 0 ? strchr(stored->p, '{') : NULL;
	struct vg_err err;
	bool same;

	if (brace == NULL)
		return false;
	same = vg_action_entry(&entry, action, &err) == VG_OK &&
	       vg_action_says_same(brace, entry.p);
	vg_buf_term(&entry);
	if (same)
		vg_write_known(a, action->id);
	else
		vg_write_conflict(a, r);
	return true;
}

/* How many of the viewer's are open. */
static size_t count_open(struct vg_service *s, const char *viewer,
			 int64_t now_ms)
{
	size_t n = 0;

	for (size_t i = 0; i < vg_book_count(s->book); i++) {
		const struct vg_book_alert *one = vg_book_at(s->book, i);

		if (!one->is_copy)
			continue;
		cJSON *doc = cJSON_ParseWithLength(one->json, one->json_len);
		const cJSON *release = vg_release_of(doc);
		const char *asker = cJSON_GetStringValue(
			cJSON_GetObjectItemCaseSensitive(release, "viewer"));

		n += asker != NULL && strcmp(asker, viewer) == 0 &&
		     !vg_release_is_over(release, viewer, now_ms);
		cJSON_Delete(doc);
	}
	return n;
}

/* Whether an alert can be released is said at once: by the asker's own book,
 * with the judge that decides later. */
static bool may_release(struct vg_service *s, const struct vg_request *r,
			struct vg_answer *a, const struct vg_action *action)
{
	struct vg_board_fault fault;
	struct vg_ruleset *set =
		s->board == NULL ? NULL : vg_board_hold(s->board, &fault);
	struct vg_release_copy copy = {.start_ms = 0};
	struct vg_err err = {.text = "no rules are in force"};
	enum vg_rc rc = VG_DROP;
	bool full = false;

	vg_book_read_lock(s->book);
	const struct vg_book_alert *alert = vg_book_find(s->book, r->id);
	if (set != NULL && alert != NULL) {
		const struct vg_release_world w = {.cfg = s->env->cfg,
						   .rules = set->rules,
						   .hash_key =
							   s->env->hash_key};

		full = count_open(s, action->viewer, r->now_ms) >=
		       VG_RELEASES_MAX;
		rc = vg_release_ask(
			&copy, action,
			(struct vg_slice){alert->json,
					  (uint32_t)alert->json_len},
			&w, &err);
	}
	vg_book_unlock(s->book);
	vg_buf_term(&copy.doc);
	vg_ruleset_drop(set);
	if (rc != VG_OK)
		return vg_answer_fail(a, r, 422, "release", "%s", err.text);
	return !full ||
	       vg_answer_fail(a, r, 422, "too-many",
			      "a viewer has at most %d open", VG_RELEASES_MAX);
}

void vg_post_action(struct vg_service *s, const struct vg_request *r,
		    struct vg_answer *a)
{
	struct vg_action action = {.kind = VG_ACT_KINDS};
	struct vg_buf stored = {0};
	struct vg_err err = {.rc = VG_OK};

	if (!vg_alert_seen(s, r, a))
		return;
	if (vg_action_body(&action, r->body, VG_BODY_ALERT, r->now_ms, &err) !=
	    VG_OK) {
		(void)vg_answer_fail(a, r, 400, "bad-body", "%s", err.text);
		return;
	}
	/* It is a known alert's: it fits. */
	memcpy(action.target, r->id.p, r->id.n);
	action.target[r->id.n] = '\0';
	if (vg_write_sign(s, r, a, &action) &&
	    vg_write_stored(s, r, a, &action, &stored) &&
	    !was_made(r, a, &action, &stored) && has_room(s, r, a) &&
	    (action.kind != VG_ACT_RELEASE || may_release(s, r, a, &action)))
		vg_write_send(s, r, a, &action, action.id);
	vg_buf_term(&stored);
	vg_action_term(&action);
}
