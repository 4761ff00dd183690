/*
 * What a person says about an alert. It is written to the log and answered as
 * soon as the brokers have it; the alert leader applies it from there.
 */
#include "alert/desk.h"
#include "alert/people.h"
#include "api/alert_seen.h"
#include "api/handlers.h"
#include "api/write.h"

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

void vg_post_action(struct vg_service *s, const struct vg_request *r,
		    struct vg_answer *a)
{
	struct vg_action action = {.kind = VG_ACT_KINDS};
	struct vg_buf stored = {0};
	struct vg_err err = {.rc = VG_OK};

	if (!vg_alert_seen(s, r, a))
		return;
	if (vg_action_body(&action, r->body, false, r->now_ms, &err) != VG_OK) {
		(void)vg_answer_fail(a, r, 400, "bad-body", "%s", err.text);
		return;
	}
	/* It is a known alert's: it fits. */
	memcpy(action.target, r->id.p, r->id.n);
	action.target[r->id.n] = '\0';
	if (vg_write_sign(s, r, a, &action) &&
	    vg_write_stored(s, r, a, &action, &stored) &&
	    !was_made(r, a, &action, &stored) && has_room(s, r, a))
		vg_write_send(s, r, a, &action, action.id);
	vg_buf_term(&stored);
	vg_action_term(&action);
}
