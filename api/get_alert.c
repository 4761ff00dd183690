#include "api/alert_out.h"
#include "api/handlers.h"
#include "api/pool.h"
#include "api/viewer.h"

/* One not visible is answered exactly as one that never was. */
static void not_found(const struct vg_request *r, struct vg_answer *a)
{
	(void)vg_answer_fail(a, r, 404, "no-alert",
			     "there is no such alert; /v1/alerts lists those "
			     "that you may see");
}

static bool sees(struct vg_service *s, const struct vg_request *r)
{
	const char *viewer = vg_viewer_name(s->env->cfg, r->viewer);
	const struct vg_book_alert *alert;
	bool yes;

	vg_book_read_lock(s->book);
	alert = vg_book_find(s->book, r->id);
	yes = alert != NULL && vg_alert_sees(alert, viewer);
	vg_book_unlock(s->book);
	return yes;
}

/* The history is read without the lock: Redis may be slow. */
static bool read_history(struct vg_service *s, const struct vg_request *r,
			 struct vg_answer *a, bool is_stale,
			 struct vg_buf *history)
{
	struct vg_store *store = NULL;
	struct vg_err err = {.rc = VG_OK};
	enum vg_rc rc = vg_service_take_store(s, r, is_stale, &store, &err);

	if (rc == VG_OK) {
		rc = vg_book_history(store, r->id, history, &err);
		vg_pool_give(s->pool, store, rc, r->now_ms);
	}
	if (rc == VG_OK)
		return true;
	err.rc = rc;
	vg_service_store_problem(a, r, &err);
	return false;
}

void vg_get_alert(struct vg_service *s, const struct vg_request *r,
		  struct vg_answer *a)
{
	struct vg_view_freshness fresh = vg_service_freshness(s, r);
	const struct vg_book_alert *alert;
	struct vg_buf history = {0};
	struct vg_jout j;
	bool written = false;
	int marking = -1;

	if (!sees(s, r)) {
		not_found(r, a);
		return;
	}
	if (!read_history(s, r, a, fresh.stale, &history))
		goto out;

	j = vg_answer_json(a, 200);
	vg_book_read_lock(s->book);
	alert = vg_book_find(s->book, r->id); /* it may be gone by now */
	if (alert != NULL)
		written = vg_alert_write(&j, alert,
					 history.n > 0 ? history.p : "[]",
					 r->now_ms, &marking);
	vg_book_unlock(s->book);
	if (written)
		vg_service_fresh_headers(a, &fresh);
	else
		not_found(r, a);
out:
	vg_buf_term(&history);
}
