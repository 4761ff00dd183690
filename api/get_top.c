#include "api/handlers.h"
#include "api/kept.h"
#include "api/params.h"
#include "api/place.h"
#include "api/rows.h"
#include "api/span.h"
#include "core/limits.h"

enum { TOP_DEFAULT = 10 };

/* Rows first to first + n of the whole order. */
struct page {
	const struct vg_query_row *row;
	size_t n;
	bool has_more;
};

static struct vg_place_row place_of(const struct vg_query *q,
				    const struct vg_query_row *row)
{
	return (struct vg_place_row){row->total, row->key, q->n_by};
}

static void cut_page(struct page *p, const struct vg_query *q,
		     const struct vg_query_result *res, size_t n,
		     const struct vg_place *after)
{
	size_t first = 0;

	for (; first < res->n_rows; first++) {
		struct vg_place_row row = place_of(q, &res->row[first]);

		if (vg_place_is_past(after, &row))
			break;
	}
	p->row = res->row + first;
	p->n = res->n_rows - first < n ? res->n_rows - first : n;
	p->has_more = first + p->n < res->n_rows && p->n > 0;
}

/* To the page behind this one, if there is one. */
static void write_next(const struct vg_request *r, struct vg_answer *a,
		       struct vg_jout *j, const struct vg_query *q,
		       const struct page *p)
{
	if (!p->has_more)
		return;
	struct vg_place_row last = place_of(q, &p->row[p->n - 1]);
	vg_place_next(r, a, j, &last, (const int64_t[2]){q->from_ms, q->to_ms});
}

static void write_body(const struct vg_service *s, const struct vg_request *r,
		       struct vg_answer *a, const struct vg_query *q,
		       const struct vg_query_result *res, const struct page *p)
{
	struct vg_jout j = vg_answer_json(a, 200);

	vg_jout_open(&j, '{');
	vg_select_write_head(&j, q);
	vg_select_write_range(&j, q);
	vg_answer_marking(&j, res->marking);
	vg_select_write_folded(&j, s->env->cfg, res->folded);
	vg_jout_name(&j, "rows");
	vg_jout_open(&j, '[');
	for (size_t i = 0; i < p->n; i++) {
		vg_jout_open(&j, '{');
		vg_select_write_key(&j, q, &p->row[i]);
		vg_jout_name(&j, "value");
		vg_jout_i64(&j, p->row[i].total);
		vg_jout_close(&j, '}');
	}
	vg_jout_close(&j, ']');
	write_next(r, a, &j, q, p);
	vg_jout_close(&j, '}');
}

static void write_table(struct vg_answer *a, enum vg_format format,
			const struct vg_query *q, const struct page *p)
{
	struct vg_rows t = vg_rows_start(a, format);

	for (unsigned k = 0; k < q->n_by; k++)
		vg_rows_column(&t, q->by[k]);
	vg_rows_column(&t, vg_slice_of("value"));
	for (size_t i = 0; i < p->n; i++) {
		for (unsigned k = 0; k < q->n_by; k++)
			vg_rows_text(&t, p->row[i].key[k]);
		vg_rows_i64(&t, p->row[i].total);
	}
}

void vg_get_top(struct vg_service *s, const struct vg_request *r,
		struct vg_answer *a)
{
	const int64_t range[2] = {1, VG_TOP_MAX};
	struct vg_query_result res = {0};
	struct vg_view_freshness fresh;
	struct page page = {0};
	struct vg_place after;
	int64_t n = TOP_DEFAULT;
	enum vg_format format;
	struct vg_query q;

	if (!vg_rows_format(r, a, &format) || !vg_select_cells(r, a, &q) ||
	    !vg_place_read(r, a, &after))
		return;
	if (!vg_param_int(r, a, "n", range, &n) ||
	    !vg_span_read(s, r, a, &q, 1))
		return;
	fresh = vg_service_freshness(s, r);
	if (vg_kept_find(s, r, a, format,
			 (const int64_t[2]){q.from_ms, q.to_ms})) {
		vg_service_fresh_headers(a, &fresh);
		return;
	}
	if (!vg_select_run(s, r, a, &q, &res, fresh.stale))
		return;
	vg_query_top(&res, res.n_rows);
	cut_page(&page, &q, &res, (size_t)n, &after);
	if (format == VG_FORMAT_JSON) {
		write_body(s, r, a, &q, &res, &page);
	} else {
		write_table(a, format, &q, &page);
		write_next(r, a, NULL, &q, &page);
	}
	vg_select_headers(s, a, res.marking, res.folded);
	vg_service_fresh_headers(a, &fresh);
	vg_query_result_term(&res);
}
