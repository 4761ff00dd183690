/*
 * Events a second over the last whole buckets.
 */
#include "api/handlers.h"
#include "api/kept.h"
#include "api/params.h"
#include "api/rows.h"
#include "api/span.h"

static const struct window {
	int64_t ms;
	enum vg_res res; /* 10 s buckets only where they are kept */
} windows[] = {
	{10000, VG_RES_10S},   {60000, VG_RES_1M},   {300000, VG_RES_1M},
	{900000, VG_RES_1M},   {3600000, VG_RES_1M}, {21600000, VG_RES_1M},
	{86400000, VG_RES_1H},
};

/* The bucket that is being filled is left out: it would look like a fall. */
static bool read_window(const struct vg_request *r, struct vg_answer *a,
			struct vg_query *q)
{
	const struct window *w;
	int word = 1;

	if (!vg_param_word(r, a, "window", "10s 1m 5m 15m 1h 6h 24h", &word))
		return false;
	w = &windows[word];
	if (!vg_select_has_res(q, w->res))
		return vg_select_refuse(r, a,
					"this aggregate is not kept in "
					"buckets of 10s; take a window of 1m "
					"or longer");
	q->totals = true;
	q->to_ms = r->now_ms - r->now_ms % vg_res_ms(w->res);
	q->from_ms = q->to_ms - w->ms;
	return vg_select_step(r, a, q, w->res);
}

/* Thousandths of events a second. */
static int64_t per_second(const struct vg_query *q, int64_t total)
{
	int64_t milli = 0, length_ms = q->to_ms - q->from_ms;

	(void)vg_span_milli(total, length_ms / 1000, &milli);
	return milli;
}

static void write_json(const struct vg_service *s, struct vg_answer *a,
		       const struct vg_query *q,
		       const struct vg_query_result *res)
{
	struct vg_jout j = vg_answer_json(a, 200);

	vg_jout_open(&j, '{');
	vg_select_write_head(&j, q);
	vg_select_write_range(&j, q);
	vg_jout_name(&j, "seconds");
	vg_jout_i64(&j, (q->to_ms - q->from_ms) / 1000);
	vg_answer_marking(&j, res->marking);
	vg_select_write_folded(&j, s->env->cfg, res->folded);
	vg_jout_name(&j, "rows");
	vg_jout_open(&j, '[');
	for (size_t i = 0; i < res->n_rows; i++) {
		vg_jout_open(&j, '{');
		vg_select_write_key(&j, q, &res->row[i]);
		vg_jout_name(&j, "value");
		vg_jout_i64(&j, res->row[i].total);
		vg_jout_name(&j, "per_second");
		vg_jout_milli(&j, per_second(q, res->row[i].total));
		vg_jout_close(&j, '}');
	}
	vg_jout_close(&j, ']');
	vg_jout_close(&j, '}');
}

static void write_table(struct vg_answer *a, enum vg_format format,
			const struct vg_query *q,
			const struct vg_query_result *res)
{
	struct vg_rows t = vg_rows_start(a, format);

	for (unsigned k = 0; k < q->n_by; k++)
		vg_rows_column(&t, q->by[k]);
	vg_rows_column(&t, vg_slice_of("value"));
	vg_rows_column(&t, vg_slice_of("per_second"));
	for (size_t i = 0; i < res->n_rows; i++) {
		for (unsigned k = 0; k < q->n_by; k++)
			vg_rows_text(&t, res->row[i].key[k]);
		vg_rows_i64(&t, res->row[i].total);
		vg_rows_milli(&t, per_second(q, res->row[i].total));
	}
}

void vg_get_rate(struct vg_service *s, const struct vg_request *r,
		 struct vg_answer *a)
{
	struct vg_query_result res = {0};
	struct vg_view_freshness fresh;
	enum vg_format format;
	struct vg_query q;

	if (!vg_rows_format(r, a, &format) || !vg_select_cells(r, a, &q) ||
	    !read_window(r, a, &q))
		return;
	fresh = vg_service_freshness(s, r);
	if (vg_kept_find(s, r, a, format,
			 (const int64_t[2]){q.from_ms, q.to_ms})) {
		vg_service_fresh_headers(a, &fresh);
		return;
	}
	if (!vg_select_run(s, r, a, &q, &res, fresh.stale))
		return;
	if (format == VG_FORMAT_JSON)
		write_json(s, a, &q, &res);
	else
		write_table(a, format, &q, &res);
	vg_select_headers(s, a, res.marking, res.folded);
	vg_service_fresh_headers(a, &fresh);
	vg_query_result_term(&res);
}
