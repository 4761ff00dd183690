/*
 * How many different values a field had: the rows of an aggregate, counted
 * rather than listed.
 */
#include "api/handlers.h"
#include "api/kept.h"
#include "api/rows.h"
#include "api/span.h"

#include "aggregate/keys.h"

#include <stdlib.h>

struct count {
	struct vg_slice key; /* of `by`; n == 0 without one */
	int64_t value;
};

static int by_key(const void *a, const void *b)
{
	const struct count *x = a, *y = b;

	return vg_slice_cmp(x->key, y->key);
}

/* Rows have the key of `of` first, then that of `by`. What was folded away is
 * no value of its own. */
static struct count *count_values(const struct vg_query_result *res,
				  bool has_by, size_t *n)
{
	struct count *c = calloc(res->n_rows + 1, sizeof *c);
	size_t kept = 0, used = 0;

	if (c == NULL)
		return NULL;
	for (size_t i = 0; i < res->n_rows; i++) {
		const struct vg_query_row *row = &res->row[i];

		if (row->total == 0 ||
		    vg_slice_eq(row->key[0], vg_slice_of(VG_OTHER)))
			continue;
		c[used].value = 1;
		c[used++].key = has_by ? row->key[1] : (struct vg_slice){0};
	}
	if (used > 0)
		qsort(c, used, sizeof *c, by_key);
	for (size_t i = 0; i < used; i++) {
		if (kept > 0 && vg_slice_eq(c[kept - 1].key, c[i].key))
			c[kept - 1].value++;
		else
			c[kept++] = c[i];
	}
	/* Without `by` there is one number, even when it is 0. */
	*n = kept == 0 && !has_by ? 1 : kept;
	return c;
}

static void write_json(const struct vg_service *s, struct vg_answer *a,
		       const struct vg_query *q,
		       const struct vg_query_result *res, const struct count *c,
		       size_t n)
{
	struct vg_jout j = vg_answer_json(a, 200);

	vg_jout_open(&j, '{');
	vg_jout_name(&j, "of");
	vg_jout_slice(&j, q->by[0]);
	vg_select_write_range(&j, q);
	vg_answer_marking(&j, res->marking);
	vg_select_write_folded(&j, s->env->cfg, res->folded);
	vg_jout_name(&j, "at_least");
	vg_jout_bool(&j, res->folded != 0);
	vg_jout_name(&j, "rows");
	vg_jout_open(&j, '[');
	for (size_t i = 0; i < n; i++) {
		vg_jout_open(&j, '{');
		vg_jout_name(&j, "key");
		vg_jout_open(&j, '{');
		if (q->n_by > 1) {
			vg_jout_name_slice(&j, q->by[1]);
			vg_jout_slice(&j, c[i].key);
		}
		vg_jout_close(&j, '}');
		vg_jout_name(&j, "value");
		vg_jout_i64(&j, c[i].value);
		vg_jout_close(&j, '}');
	}
	vg_jout_close(&j, ']');
	vg_jout_close(&j, '}');
}

static void write_table(struct vg_answer *a, enum vg_format format,
			const struct vg_query *q, const struct count *c,
			size_t n)
{
	struct vg_rows t = vg_rows_start(a, format);

	if (q->n_by > 1)
		vg_rows_column(&t, q->by[1]);
	vg_rows_column(&t, vg_slice_of("value"));
	for (size_t i = 0; i < n; i++) {
		if (q->n_by > 1)
			vg_rows_text(&t, c[i].key);
		vg_rows_i64(&t, c[i].value);
	}
}

void vg_get_distinct(struct vg_service *s, const struct vg_request *r,
		     struct vg_answer *a)
{
	struct vg_query_result res = {0};
	struct vg_view_freshness fresh;
	enum vg_format format;
	struct vg_query q;
	struct count *c;
	size_t n = 0;

	if (!vg_rows_format(r, a, &format) || !vg_select_of(r, a, &q) ||
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
	c = count_values(&res, q.n_by > 1, &n);
	if (c == NULL)
		a->body.failed = true;
	else if (format == VG_FORMAT_JSON)
		write_json(s, a, &q, &res, c, n);
	else
		write_table(a, format, &q, c, n);
	vg_select_headers(s, a, res.marking, res.folded);
	vg_service_fresh_headers(a, &fresh);
	free(c);
	vg_query_result_term(&res);
}
