#include "alert/desk.h"
#include "api/alert_out.h"
#include "api/alert_seen.h"
#include "api/campaign_out.h"
#include "api/completeness.h"
#include "api/handlers.h"
#include "api/omitted.h"
#include "api/people_out.h"
#include "api/pool.h"

/* The texts that an answer is made of beside the document. */
struct parts {
	int64_t omitted; /* changes before those of `history` */
	struct vg_buf history, entries, people, campaign, completeness;
};

static void parts_term(struct parts *p)
{
	vg_buf_term(&p->history);
	vg_buf_term(&p->entries);
	vg_buf_term(&p->people);
	vg_buf_term(&p->campaign);
	vg_buf_term(&p->completeness);
}

/* Under which ids people spoke of it. */
static void find_ids(struct vg_service *s, const struct vg_request *r,
		     struct vg_people_ids *ids)
{
	const struct vg_book_alert *alert;

	ids->n = 0;
	vg_book_read_lock(s->book);
	vg_people_read_lock(s->people);
	alert = vg_book_find(s->book, r->id);
	if (alert != NULL && s->people != NULL)
		vg_people_ids(ids, s->people, s->book, alert);
	vg_people_unlock(s->people);
	vg_book_unlock(s->book);
}

/* The entries of all `ids`, as one array. */
static enum vg_rc read_entries(struct vg_store *store,
			       const struct vg_people_ids *ids,
			       struct vg_buf *out, struct vg_err *err)
{
	enum vg_rc rc = VG_OK;

	for (size_t i = 0; rc == VG_OK && i < ids->n; i++) {
		size_t before = out->n;

		rc = vg_desk_entries(store, ids->id[i], out, err);
		if (rc != VG_OK || before == 0)
			continue;
		/* "[...]" + "[...]": one array, when neither is empty. */
		if (out->n == before + 2) {
			out->n = before;
			out->p[before] = '\0';
		} else {
			out->p[before - 1] = before > 2 ? ',' : ' ';
			out->p[before] = ' ';
		}
	}
	return rc;
}

/* They are read without the lock: Redis may be slow. */
static bool read_parts(struct vg_service *s, const struct vg_request *r,
		       struct vg_answer *a, bool is_stale, struct parts *p)
{
	struct vg_store *store = NULL;
	struct vg_people_ids ids;
	struct vg_err err = {.rc = VG_OK};
	enum vg_rc rc = vg_service_take_store(s, r, is_stale, &store, &err);

	find_ids(s, r, &ids);
	if (rc == VG_OK) {
		rc = vg_book_history(store, r->id, &p->history, &p->omitted,
				     &err);
		if (rc == VG_OK)
			rc = read_entries(store, &ids, &p->entries, &err);
		vg_pool_give(s->pool, store, rc, r->now_ms);
	}
	if (rc == VG_OK)
		return true;
	err.rc = rc;
	vg_service_store_problem(a, r, &err);
	return false;
}

/* Write the alert, which may be gone by now. */
static bool write_it(struct vg_service *s, const struct vg_request *r,
		     struct vg_answer *a, struct parts *p)
{
	struct vg_jout j = vg_answer_json(a, 200);
	struct vg_jout heard = {.buf = &p->completeness};
	const struct vg_book_alert *alert;
	struct vg_people_ids ids;
	bool written = false;
	int marking = -1;

	vg_completeness_write(&heard, s, r->now_ms);
	vg_book_read_lock(s->book);
	vg_people_read_lock(s->people);
	alert = vg_book_find(s->book, r->id);
	if (alert != NULL) {
		vg_people_ids(&ids, s->people, s->book, alert);
		vg_people_write(&p->people, s->people, &ids);
		vg_campaign_text(&p->campaign, s, alert, r->now_ms);
		const struct vg_alert_more more = {
			.history = p->history.n > 0 ? p->history.p : "[]",
			.entries = p->entries.p,
			.people = p->people.p,
			.campaign = p->campaign.p,
			.completeness = p->completeness.p};
		written = vg_alert_write(&j, alert, &more, r->now_ms, &marking);
	}
	vg_people_unlock(s->people);
	vg_book_unlock(s->book);
	return written;
}

void vg_get_alert(struct vg_service *s, const struct vg_request *r,
		  struct vg_answer *a)
{
	struct vg_view_freshness fresh = vg_service_freshness(s, r);
	struct parts p = {0};

	if (!vg_alert_seen(s, r, a))
		return;
	if (read_parts(s, r, a, fresh.stale, &p)) {
		if (write_it(s, r, a, &p)) {
			vg_service_fresh_headers(a, &fresh);
			vg_omitted_header(a, p.omitted);
		} else
			(void)vg_alert_unseen(r, a);
	}
	parts_term(&p);
}
