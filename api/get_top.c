#include "api/handlers.h"
#include "api/kept.h"
#include "api/page.h"
#include "api/params.h"
#include "api/rows.h"
#include "api/span.h"
#include "core/limits.h"

#include <stdlib.h>

enum { TOP_DEFAULT = 10 };

/* Rows first to first + n of the whole order. */
struct page {
	const struct vg_query_row *row;
	size_t n;
	struct vg_buf cursor; /* empty on the last page */
};

/* "<total>.<key>", or "<total>.<key>US<key>": a place in the order. */
static void write_cursor(struct vg_buf *out, const struct vg_query *q,
			 const struct vg_query_row *last)
{
	vg_buf_i64(out, last->total);
	vg_buf_str(out, ".");
	for (unsigned k = 0; k < q->n_by; k++) {
		vg_buf_str(out, k > 0 ? "\x1f" : "");
		vg_buf_add(out, last->key[k].p, last->key[k].n);
	}
}

static bool read_cursor(const struct vg_request *r, struct vg_answer *a,
			struct vg_slice *v, int64_t *total)
{
	const char *dot;
	char digits[24], *end;
	size_t n;

	if (!vg_request_param(r, "after", v))
		return true;
	dot = memchr(v->p, '.', v->n);
	n = dot == NULL ? 0 : (size_t)(dot - v->p);
	if (n > 0 && n < sizeof digits && v->p[0] >= '0' && v->p[0] <= '9') {
		memcpy(digits, v->p, n);
		digits[n] = '\0';
		*total = strtoll(digits, &end, 10);
		if (*end == '\0')
			return true;
	}
	return vg_answer_fail(a, r, 400, "bad-parameter",
			      "after is not a cursor of this list; take it "
			      "from `next` of the page before");
}

static bool is_past(const struct vg_query *q, const struct vg_query_row *row,
		    struct vg_slice after, int64_t total)
{
	struct vg_buf own = {0};
	struct vg_slice key;
	uint32_t n;
	int c;
	bool past;

	if (after.n == 0 || row->total != total)
		return after.n == 0 || row->total < total;
	write_cursor(&own, q, row);
	key = (struct vg_slice){.p = own.p, .n = (uint32_t)own.n};
	n = key.n < after.n ? key.n : after.n;
	c = own.failed ? 0 : memcmp(key.p, after.p, n);
	past = c > 0 || (c == 0 && key.n > after.n);
	vg_buf_term(&own);
	return past;
}

static void cut_page(struct page *p, const struct vg_query *q,
		     const struct vg_query_result *res, size_t n,
		     struct vg_slice after, int64_t total)
{
	size_t first = 0;

	while (first < res->n_rows &&
	       !is_past(q, &res->row[first], after, total))
		first++;
	p->row = res->row + first;
	p->n = res->n_rows - first < n ? res->n_rows - first : n;
	if (first + p->n < res->n_rows && p->n > 0)
		write_cursor(&p->cursor, q, &p->row[p->n - 1]);
}

static void write_body(const struct vg_service *s, struct vg_answer *a,
		       const struct vg_query *q,
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
	if (p->cursor.n > 0) {
		vg_jout_name(&j, "next");
		vg_jout_slice(&j,
			      (struct vg_slice){.p = p->cursor.p,
						.n = (uint32_t)p->cursor.n});
	}
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
	struct vg_slice after = {0};
	struct page page = {0};
	int64_t n = TOP_DEFAULT, total = 0;
	enum vg_format format;
	struct vg_query q;

	if (!vg_rows_format(r, a, &format) || !vg_select_cells(r, a, &q) ||
	    !read_cursor(r, a, &after, &total))
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
	cut_page(&page, &q, &res, (size_t)n, after, total);
	if (format == VG_FORMAT_JSON)
		write_body(s, a, &q, &res, &page);
	else
		write_table(a, format, &q, &page);
	if (page.cursor.n > 0)
		vg_page_link(r, a, &page.cursor,
			     (const int64_t[2]){q.from_ms, q.to_ms});
	if (page.cursor.failed)
		a->body.failed = true;
	vg_buf_term(&page.cursor);
	vg_select_headers(s, a, res.marking, res.folded);
	vg_service_fresh_headers(a, &fresh);
	vg_query_result_term(&res);
}
