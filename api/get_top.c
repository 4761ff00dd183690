#include "api/handlers.h"
#include "api/params.h"
#include "api/select.h"
#include "core/limits.h"

enum { TOP_DEFAULT = 10 };

static bool is_kept(const struct vg_service *s, const struct vg_query *q,
		    enum vg_res res)
{
	return q->from_ms >= q->now_ms - vg_select_kept_ms(s->env->cfg, res);
}

/* The coarsest resolution whose buckets the range fits exactly; without one,
 * the finest that reaches back far enough, and the range grows to fit it. */
static enum vg_res choose_res(const struct vg_service *s,
			      const struct vg_query *q)
{
	for (int i = VG_RES_1D; i >= VG_RES_10S; i--) {
		int64_t width = vg_res_ms((enum vg_res)i);

		if (q->from_ms % width == 0 && q->to_ms % width == 0 &&
		    vg_select_has_res(q, (enum vg_res)i) &&
		    is_kept(s, q, (enum vg_res)i))
			return (enum vg_res)i;
	}
	for (int i = VG_RES_10S; i < VG_RES_1D; i++) {
		int64_t points =
			(q->to_ms - q->from_ms) / vg_res_ms((enum vg_res)i);

		if (vg_select_has_res(q, (enum vg_res)i) &&
		    is_kept(s, q, (enum vg_res)i) &&
		    points < VG_QUERY_POINTS_MAX)
			return (enum vg_res)i;
	}
	return VG_RES_1D;
}

static void write_body(const struct vg_service *s, struct vg_answer *a,
		       const struct vg_query *q,
		       const struct vg_query_result *res)
{
	struct vg_jout j = vg_answer_json(a, 200);

	vg_jout_open(&j, '{');
	vg_select_write_head(&j, q);
	vg_jout_name(&j, "from");
	vg_jout_instant(&j, q->from_ms);
	vg_jout_name(&j, "to");
	vg_jout_instant(&j, q->to_ms);
	vg_answer_marking(&j, res->marking);
	vg_select_write_folded(&j, s->env->cfg, res->folded);
	vg_jout_name(&j, "rows");
	vg_jout_open(&j, '[');
	for (size_t i = 0; i < res->n_rows; i++) {
		vg_jout_open(&j, '{');
		vg_select_write_key(&j, q, &res->row[i]);
		vg_jout_name(&j, "value");
		vg_jout_i64(&j, res->row[i].total);
		vg_jout_close(&j, '}');
	}
	vg_jout_close(&j, ']');
	vg_jout_close(&j, '}');
}

void vg_get_top(struct vg_service *s, const struct vg_request *r,
		struct vg_answer *a)
{
	const int64_t range[2] = {1, VG_TOP_MAX};
	struct vg_query_result res = {0};
	struct vg_view_freshness fresh;
	struct vg_query q;
	int64_t n = TOP_DEFAULT;

	if (!vg_select_cells(r, a, &q))
		return;
	q.totals = true;
	q.to_ms = r->now_ms;
	q.from_ms = r->now_ms - VG_SELECT_DEFAULT_MS;
	if (!vg_param_range(r, a, &q.from_ms, &q.to_ms) ||
	    !vg_param_int(r, a, "n", range, &n) ||
	    !vg_select_step(r, a, &q, choose_res(s, &q)))
		return;
	fresh = vg_service_freshness(s, r);
	if (!vg_select_run(s, r, a, &q, &res, fresh.stale))
		return;
	vg_query_top(&res, (size_t)n);
	write_body(s, a, &q, &res);
	vg_service_fresh_headers(a, &fresh);
	vg_query_result_term(&res);
}
