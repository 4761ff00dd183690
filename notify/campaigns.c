#include "notify/campaigns.h"

#include "alert/campaign_of.h"
#include "alert/people.h"

#include <stdlib.h>

enum { TURNS = 1000 }; /* of reading, before others have theirs */

struct vg_campaigns {
	struct vg_book *book; /* without documents */
	struct vg_people *people;
	struct vg_people_follow follow;
	int64_t gap_ms;
	bool any; /* `upto` is of a call */
	struct vg_campaigns_upto upto;
	struct vg_campaign_of of; /* the one found last */
};

enum vg_rc vg_campaigns_new(struct vg_campaigns **out, int64_t gap_ms,
			    struct vg_err *err)
{
	struct vg_campaigns *c = calloc(1, sizeof *c);
	enum vg_rc rc;

	if (c == NULL)
		return vg_err_set(err, VG_FATAL, "notify: out of memory");
	c->gap_ms = gap_ms;
	rc = vg_book_new(&c->book, err);
	if (rc == VG_OK)
		rc = vg_people_new(&c->people, err);
	if (rc != VG_OK) {
		vg_campaigns_free(c);
		return rc;
	}
	vg_book_spare(c->book);
	*out = c;
	return VG_OK;
}

void vg_campaigns_free(struct vg_campaigns *c)
{
	if (c == NULL)
		return;
	vg_book_free(c->book);
	vg_people_free(c->people);
	free(c);
}

/* To the end of the stream: a step takes a page, or loads all again. */
static enum vg_rc read_alerts(struct vg_campaigns *c, struct vg_store *s,
			      struct vg_err *err)
{
	enum vg_rc rc = VG_OK;
	uint64_t tick;

	for (int i = 0; i < TURNS && rc == VG_OK; i++) {
		tick = vg_book_tick(c->book);
		rc = vg_book_step(c->book, s, 0, err);
		if (vg_book_ready(c->book) && tick == vg_book_tick(c->book))
			return rc;
	}
	return rc;
}

enum vg_rc vg_campaigns_step(struct vg_campaigns *c, struct vg_store *s,
			     const struct vg_campaigns_upto *upto,
			     struct vg_err *err)
{
	enum vg_rc rc = VG_OK;

	if (!c->any || upto->alert != c->upto.alert)
		rc = read_alerts(c, s, err);
	if (rc == VG_OK && (!c->any || upto->action != c->upto.action))
		rc = vg_people_step(c->people, &c->follow, s, err);
	c->any = rc == VG_OK;
	c->upto = *upto;
	return rc;
}

const struct vg_campaign *vg_campaigns_find(struct vg_campaigns *c,
					    const char *id, int64_t at_ms)
{
	const struct vg_book_alert *alert;
	bool found = false;

	if (c == NULL)
		return NULL;
	const struct vg_campaign_in in = {
		.book = c->book, .people = c->people, .gap_ms = c->gap_ms};
	vg_book_read_lock(c->book);
	vg_people_read_lock(c->people);
	alert = vg_book_find(c->book, vg_slice_of(id));
	if (alert != NULL && !alert->shadow)
		found = vg_campaign_find(&c->of, &in, alert, at_ms);
	vg_people_unlock(c->people);
	vg_book_unlock(c->book);
	return found ? &c->of.c : NULL;
}
