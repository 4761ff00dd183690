/*
 * A range against the one of the same length before it.
 */
#include "api/handlers.h"
#include "api/kept.h"
#include "api/params.h"
#include "api/place.h"
#include "api/rows.h"
#include "api/span.h"
#include "core/limits.h"

enum { ROWS_DEFAULT = 10 };

/* Rows first to first + n of the pair, in the order that was asked for. */
struct page {
	const struct vg_span_row *row;
	size_t n, behind;
	bool by_change;
};

static struct vg_place_row place_of(const struct vg_query *q,
				    const struct page *page,
				    const struct vg_span_row *row)
{
	return (struct vg_place_row){page->by_change ? vg_span_shift(row)
						     : row->value,
				     row->key, q->n_by};
}

static void cut_page(struct page *page, const struct vg_query *q,
		     const struct vg_span_pair *p, size_t n,
		     const struct vg_place *after)
{
	size_t first = 0;

	for (; first < p->n; first++) {
		struct vg_place_row row = place_of(q, page, &p->row[first]);

		if (vg_place_is_past(after, &row))
			break;
	}
	page->row = p->row + first;
	page->n = p->n - first < n ? p->n - first : n;
	page->behind = p->n - first - page->n;
}

/* To the page behind this one, if there is one. */
static void write_next(const struct vg_request *r, struct vg_answer *a,
		       struct vg_jout *j, const struct vg_query *q,
		       const struct page *page)
{
	if (page->behind == 0)
		return;
	struct vg_place_row last = place_of(q, page, &page->row[page->n - 1]);
	vg_place_next(r, a, j, &last, (const int64_t[2]){q->from_ms, q->to_ms});
}

static void write_json(const struct vg_service *s, const struct vg_request *r,
		       struct vg_answer *a, const struct vg_query *q,
		       const struct vg_span_pair *p, const struct page *page)
{
	const struct vg_span_row all = {.value = p->total,
					.before = p->total_before};
	struct vg_jout j = vg_answer_json(a, 200);

	vg_jout_open(&j, '{');
	vg_select_write_head(&j, q);
	vg_select_write_range(&j, q);
	vg_jout_name(&j, "before_from");
	vg_jout_instant(&j, q->from_ms - (q->to_ms - q->from_ms));
	vg_jout_name(&j, "before_kept");
	vg_jout_bool(&j, p->before_kept);
	vg_answer_marking(&j, p->marking);
	vg_select_write_folded(&j, s->env->cfg, p->folded);
	vg_jout_name(&j, "total");
	vg_jout_open(&j, '{');
	vg_span_write(&j, p, &all);
	vg_jout_close(&j, '}');
	vg_jout_name(&j, "rows");
	vg_jout_open(&j, '[');
	for (size_t i = 0; i < page->n; i++) {
		const struct vg_span_row *one = &page->row[i];
		const struct vg_query_row row = {
			.key = {one->key[0], one->key[1]}};

		vg_jout_open(&j, '{');
		vg_select_write_key(&j, q, &row);
		vg_span_write(&j, p, one);
		vg_jout_close(&j, '}');
	}
	vg_jout_close(&j, ']');
	vg_jout_name(&j, "rows_omitted");
	vg_jout_i64(&j, (int64_t)page->behind);
	write_next(r, a, &j, q, page);
	vg_jout_close(&j, '}');
}

static void add_milli(struct vg_rows *t, int64_t part, int64_t whole)
{
	int64_t milli;

	if (vg_span_milli(part, whole, &milli))
		vg_rows_milli(t, milli);
	else
		vg_rows_null(t);
}

static void write_table(struct vg_answer *a, enum vg_format format,
			const struct vg_query *q, const struct vg_span_pair *p,
			const struct page *page)
{
	static const char *const names[] = {"value", "before", "change",
					    "ratio", "share",  "share_before"};
	struct vg_rows t = vg_rows_start(a, format);

	for (unsigned k = 0; k < q->n_by; k++)
		vg_rows_column(&t, q->by[k]);
	for (size_t k = 0; k < sizeof names / sizeof *names; k++)
		vg_rows_column(&t, vg_slice_of(names[k]));
	for (size_t i = 0; i < page->n; i++) {
		const struct vg_span_row *row = &page->row[i];

		for (unsigned k = 0; k < q->n_by; k++)
			vg_rows_text(&t, row->key[k]);
		vg_rows_i64(&t, row->value);
		vg_rows_i64(&t, row->before);
		vg_rows_i64(&t, row->value - row->before);
		add_milli(&t, row->value, row->before);
		add_milli(&t, row->value, p->total);
		add_milli(&t, row->before, p->total_before);
	}
}

void vg_get_compare(struct vg_service *s, const struct vg_request *r,
		    struct vg_answer *a)
{
	const int64_t range[2] = {1, VG_TOP_MAX};
	struct vg_view_freshness fresh;
	struct vg_span_pair p;
	int64_t n = ROWS_DEFAULT;
	enum vg_format format;
	struct vg_query q;
	struct page page = {0};
	struct vg_place after;
	int order = 0;

	if (!vg_rows_format(r, a, &format) || !vg_select_cells(r, a, &q) ||
	    !vg_place_read(r, a, &after) ||
	    !vg_param_int(r, a, "n", range, &n) ||
	    !vg_param_word(r, a, "order", "value change", &order) ||
	    !vg_span_read(s, r, a, &q, 2))
		return;
	fresh = vg_service_freshness(s, r);
	if (vg_kept_find(s, r, a, format,
			 (const int64_t[2]){q.from_ms, q.to_ms})) {
		vg_service_fresh_headers(a, &fresh);
		return;
	}
	if (!vg_span_compare(s, r, a, &q, &p, fresh.stale))
		return;
	page.by_change = order == 1;
	if (page.by_change)
		vg_span_by_change(&p);
	cut_page(&page, &q, &p, (size_t)n, &after);
	if (format == VG_FORMAT_JSON) {
		write_json(s, r, a, &q, &p, &page);
	} else {
		write_table(a, format, &q, &p, &page);
		write_next(r, a, NULL, &q, &page);
	}
	vg_select_headers(s, a, p.marking, p.folded);
	vg_service_fresh_headers(a, &fresh);
	vg_span_pair_term(&p);
}
