#include "alert/book.h"
#include "api/handlers.h"

void vg_get_livez(struct vg_service *s, const struct vg_request *r,
		  struct vg_answer *a)
{
	struct vg_jout j = vg_answer_json(a, 200);

	(void)s;
	(void)r;
	vg_jout_open(&j, '{');
	vg_jout_name(&j, "status");
	vg_jout_text(&j, "ok");
	vg_jout_close(&j, '}');
}

enum { CHECKS_MAX = 5 };

/* What readiness asks for: the parts of this process, never the partners. */
struct check {
	const char *name;
	bool passed;
	const char *missing;
};

static size_t check_view(struct vg_service *s, int64_t now_ms,
			 struct check *out)
{
	vg_view_read_lock(s->view);
	bool view = vg_view_ready(s->view);
	struct vg_view_freshness fresh = vg_view_freshness(s->view, now_ms);
	vg_view_unlock(s->view);

	out[0] = (struct check){"view", view,
				"partitions are still being loaded"};
	out[1] = (struct check){"store", !fresh.stale,
				"the store has not answered for 2 s, or "
				"nothing is loaded yet"};
	return 2;
}

static bool has_alerts(struct vg_service *s)
{
	vg_book_read_lock(s->book);
	bool is = vg_book_ready(s->book);
	vg_book_unlock(s->book);
	return is;
}

static size_t run_checks(struct vg_service *s, int64_t now_ms,
			 struct check out[CHECKS_MAX])
{
	size_t n = s->view != NULL ? check_view(s, now_ms, out) : 0;

	if (s->book != NULL)
		out[n++] = (struct check){"alerts", has_alerts(s),
					  "alerts are still being loaded"};
	if (s->role_ingest)
		out[n++] = (struct check){
			"ingest",
			vg_metric_get(s->env->metrics, VG_M_ASSIGNED) > 0,
			"no partition is assigned to this process"};
	if (s->role_ingest)
		out[n++] = (struct check){
			"kafka",
			vg_metric_get(s->env->metrics, VG_M_KAFKA_REFUSED) == 0,
			"the brokers refuse us: see kafka_refused in the log"};
	return n;
}

void vg_get_readyz(struct vg_service *s, const struct vg_request *r,
		   struct vg_answer *a)
{
	struct check check[CHECKS_MAX];
	size_t n = run_checks(s, r->now_ms, check);
	bool ready = true;
	struct vg_jout j;

	for (size_t i = 0; i < n; i++)
		ready = ready && check[i].passed;
	j = vg_answer_json(a, ready ? 200 : 503);
	vg_jout_open(&j, '{');
	vg_jout_name(&j, "status");
	vg_jout_text(&j, ready ? "ready" : "not ready");
	vg_jout_name(&j, "missing");
	vg_jout_open(&j, '{');
	for (size_t i = 0; i < n; i++) {
		if (check[i].passed)
			continue;
		vg_jout_name(&j, check[i].name);
		vg_jout_text(&j, check[i].missing);
	}
	vg_jout_close(&j, '}');
	vg_jout_close(&j, '}');
	if (!ready)
		vg_answer_header(a, "Retry-After", "2");
}
