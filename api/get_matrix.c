/*
 * Rows by columns: the cells of a pair aggregate over a range, as a table.
 */
#include "api/handlers.h"
#include "api/kept.h"
#include "api/params.h"
#include "api/place.h"
#include "api/rows.h"
#include "api/span.h"
#include "core/limits.h"

#include <stdlib.h>

enum { ROWS_DEFAULT = 50 };

struct line {
	struct vg_slice key;
	int64_t total;
	size_t place; /* in the answer, by total */
};

/* The cells of a result put into a table. */
struct matrix {
	struct line *row, *column;
	size_t n_rows, n_columns;
	size_t first, n; /* the rows that are shown, by their places */
	int64_t *cell;	 /* of those, [row * n_columns + column]; -1: none */
	int64_t total;
};

static int by_key(const void *a, const void *b)
{
	const struct line *x = a, *y = b;

	return vg_slice_cmp(x->key, y->key);
}

static int by_total(const void *a, const void *b)
{
	const struct line *x = a, *y = b;

	if (x->total != y->total)
		return x->total < y->total ? 1 : -1;
	return by_key(a, b);
}

/* The different keys number `k` of the rows, each with its sum. */
static struct line *lines_of(const struct vg_query_result *res, unsigned k,
			     size_t *n)
{
	struct line *all = calloc(res->n_rows + 1, sizeof *all);
	size_t kept = 0;

	if (all == NULL)
		return NULL;
	for (size_t i = 0; i < res->n_rows; i++)
		all[i] = (struct line){.key = res->row[i].key[k],
				       .total = res->row[i].total};
	if (res->n_rows > 0)
		qsort(all, res->n_rows, sizeof *all, by_key);
	for (size_t i = 0; i < res->n_rows; i++) {
		if (kept > 0 && vg_slice_eq(all[kept - 1].key, all[i].key))
			all[kept - 1].total += all[i].total;
		else
			all[kept++] = all[i];
	}
	if (kept > 0)
		qsort(all, kept, sizeof *all, by_total);
	for (size_t i = 0; i < kept; i++)
		all[i].place = i;
	if (kept > 0)
		qsort(all, kept, sizeof *all, by_key);
	*n = kept;
	return all;
}

static size_t place_of(const struct line *lines, size_t n, struct vg_slice key)
{
	struct line want = {.key = key};
	const struct line *l = bsearch(&want, lines, n, sizeof *lines, by_key);

	return l->place;
}

/* Which rows are shown: `first` to `first` + `n`. The rows are in the order of
 * their keys, and know their place. */
static void cut_page(struct matrix *m, size_t n, const struct vg_place *after)
{
	for (size_t i = 0; i < m->n_rows; i++) {
		const struct vg_place_row row = {m->row[i].total,
						 &m->row[i].key, 1};

		m->first += !vg_place_is_past(after, &row);
	}
	m->n = m->n_rows - m->first < n ? m->n_rows - m->first : n;
}

static bool make(struct matrix *m, const struct vg_query_result *res, size_t n,
		 const struct vg_place *after)
{
	size_t cells;

	m->row = lines_of(res, 0, &m->n_rows);
	m->column = lines_of(res, 1, &m->n_columns);
	if (m->row == NULL || m->column == NULL)
		return false;
	cut_page(m, n, after);
	cells = m->n * m->n_columns;
	m->cell = malloc((cells + 1) * sizeof *m->cell);
	if (m->cell == NULL)
		return false;
	for (size_t i = 0; i < cells; i++)
		m->cell[i] = -1;
	for (size_t i = 0; i < res->n_rows; i++) {
		const struct vg_query_row *row = &res->row[i];
		size_t y = place_of(m->row, m->n_rows, row->key[0]);

		m->total += row->total;
		if (y >= m->first && y - m->first < m->n)
			m->cell[(y - m->first) * m->n_columns +
				place_of(m->column, m->n_columns,
					 row->key[1])] = row->total;
	}
	qsort(m->row, m->n_rows, sizeof *m->row, by_total);
	qsort(m->column, m->n_columns, sizeof *m->column, by_total);
	return true;
}

static void matrix_term(struct matrix *m)
{
	free(m->row);
	free(m->column);
	free(m->cell);
}

static void write_lines(struct vg_jout *j, const char *name,
			const struct line *line, size_t n)
{
	vg_jout_name(j, name);
	vg_jout_open(j, '[');
	for (size_t i = 0; i < n; i++) {
		vg_jout_open(j, '{');
		vg_jout_name(j, "key");
		vg_jout_slice(j, line[i].key);
		vg_jout_name(j, "total");
		vg_jout_i64(j, line[i].total);
		vg_jout_close(j, '}');
	}
	vg_jout_close(j, ']');
}

static void write_cells(struct vg_jout *j, const struct matrix *m)
{
	vg_jout_name(j, "cells");
	vg_jout_open(j, '[');
	for (size_t y = 0; y < m->n; y++) {
		vg_jout_open(j, '[');
		for (size_t x = 0; x < m->n_columns; x++) {
			int64_t v = m->cell[y * m->n_columns + x];

			vg_jout_i64(j, v < 0 ? 0 : v);
		}
		vg_jout_close(j, ']');
	}
	vg_jout_close(j, ']');
}

static size_t behind(const struct matrix *m)
{
	return m->n_rows - m->first - m->n;
}

/* To the page behind this one, if there is one. */
static void write_next(const struct vg_request *r, struct vg_answer *a,
		       struct vg_jout *j, const struct vg_query *q,
		       const struct matrix *m)
{
	if (behind(m) == 0)
		return;
	const struct line *line = &m->row[m->first + m->n - 1];
	const struct vg_place_row last = {line->total, &line->key, 1};
	vg_place_next(r, a, j, &last, (const int64_t[2]){q->from_ms, q->to_ms});
}

static void write_json(const struct vg_service *s, const struct vg_request *r,
		       struct vg_answer *a, const struct vg_query *q,
		       const struct vg_query_result *res,
		       const struct matrix *m)
{
	struct vg_jout j = vg_answer_json(a, 200);

	vg_jout_open(&j, '{');
	vg_select_write_head(&j, q);
	vg_select_write_range(&j, q);
	vg_answer_marking(&j, res->marking);
	vg_select_write_folded(&j, s->env->cfg, res->folded);
	vg_jout_name(&j, "total");
	vg_jout_i64(&j, m->total);
	write_lines(&j, "rows", m->row + m->first, m->n);
	write_lines(&j, "columns", m->column, m->n_columns);
	vg_jout_name(&j, "rows_omitted");
	vg_jout_i64(&j, (int64_t)behind(m));
	write_cells(&j, m);
	write_next(r, a, &j, q, m);
	vg_jout_close(&j, '}');
}

static void write_table(struct vg_answer *a, enum vg_format format,
			const struct vg_query *q, const struct matrix *m)
{
	struct vg_rows t = vg_rows_start(a, format);

	vg_rows_column(&t, q->by[0]);
	vg_rows_column(&t, q->by[1]);
	vg_rows_column(&t, vg_slice_of("value"));
	for (size_t y = 0; y < m->n; y++)
		for (size_t x = 0; x < m->n_columns; x++) {
			int64_t v = m->cell[y * m->n_columns + x];

			if (v < 0)
				continue;
			vg_rows_text(&t, m->row[m->first + y].key);
			vg_rows_text(&t, m->column[x].key);
			vg_rows_i64(&t, v);
		}
}

void vg_get_matrix(struct vg_service *s, const struct vg_request *r,
		   struct vg_answer *a)
{
	const int64_t range[2] = {1, VG_TOP_MAX};
	struct vg_query_result res = {0};
	struct vg_view_freshness fresh;
	struct matrix m = {0};
	struct vg_place after;
	int64_t n = ROWS_DEFAULT;
	enum vg_format format;
	struct vg_query q;

	if (!vg_rows_format(r, a, &format) || !vg_select_pair(r, a, &q) ||
	    !vg_place_read(r, a, &after) ||
	    !vg_param_int(r, a, "n", range, &n) ||
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
	if (!make(&m, &res, (size_t)n, &after)) {
		a->body.failed = true;
	} else {
		if (format == VG_FORMAT_JSON) {
			write_json(s, r, a, &q, &res, &m);
		} else {
			write_table(a, format, &q, &m);
			write_next(r, a, NULL, &q, &m);
		}
		vg_select_headers(s, a, res.marking, res.folded);
		vg_service_fresh_headers(a, &fresh);
	}
	matrix_term(&m);
	vg_query_result_term(&res);
}
