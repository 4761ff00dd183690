/*
 * A range against the one of the same length before it.
 */
#include "api/handlers.h"
#include "api/kept.h"
#include "api/params.h"
#include "api/rows.h"
#include "api/span.h"
#include "core/limits.h"

enum { ROWS_DEFAULT = 10 };

static void write_json(const struct vg_service *s, struct vg_answer *a,
		       const struct vg_query *q, const struct vg_span_pair *p,
		       size_t n)
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
	for (size_t i = 0; i < n; i++) {
		const struct vg_query_row row = {
			.key = {p->row[i].key[0], p->row[i].key[1]}};

		vg_jout_open(&j, '{');
		vg_select_write_key(&j, q, &row);
		vg_span_write(&j, p, &p->row[i]);
		vg_jout_close(&j, '}');
	}
	vg_jout_close(&j, ']');
	vg_jout_name(&j, "rows_omitted");
	vg_jout_i64(&j, (int64_t)(p->n - n));
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
			size_t n)
{
	static const char *const names[] = {"value", "before", "change",
					    "ratio", "share",  "share_before"};
	struct vg_rows t = vg_rows_start(a, format);

	for (unsigned k = 0; k < q->n_by; k++)
		vg_rows_column(&t, q->by[k]);
	for (size_t k = 0; k < sizeof names / sizeof *names; k++)
		vg_rows_column(&t, vg_slice_of(names[k]));
	for (size_t i = 0; i < n; i++) {
		const struct vg_span_row *row = &p->row[i];

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
	int order = 0;
	size_t shown;

	if (!vg_rows_format(r, a, &format) || !vg_select_cells(r, a, &q) ||
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
	if (order == 1)
		vg_span_by_change(&p);
	shown = (size_t)n < p.n ? (size_t)n : p.n;
	if (format == VG_FORMAT_JSON)
		write_json(s, a, &q, &p, shown);
	else
		write_table(a, format, &q, &p, shown);
	vg_select_headers(s, a, p.marking, p.folded);
	vg_service_fresh_headers(a, &fresh);
	vg_span_pair_term(&p);
}
