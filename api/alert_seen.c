#include "api/alert_seen.h"

#include "api/alert_out.h"
#include "api/viewer.h"

bool vg_alert_unseen(const struct vg_request *r, struct vg_answer *a)
{
	return vg_answer_fail(a, r, 404, "no-alert",
			      "there is no such alert; /v1/alerts lists those "
			      "that you may see");
}

bool vg_alert_seen(struct vg_service *s, const struct vg_request *r,
		   struct vg_answer *a)
{
	const char *viewer = vg_viewer_name(s->env->cfg, r->viewer);
	const struct vg_book_alert *alert;
	bool yes;

	vg_book_read_lock(s->book);
	alert = vg_book_find(s->book, r->id);
	yes = alert != NULL && vg_alert_sees(alert, viewer);
	vg_book_unlock(s->book);
	return yes || vg_alert_unseen(r, a);
}
