#include "aggregate/cells.h"
#include "aggregate/overlap.h"
#include "aggregate/query.h"
#include "aggregate/view_parts.h"

#include <stdlib.h>

static const int64_t HOUR_MS = 3600000;

struct rows {
	struct vg_account_row *row;
	size_t n, cap;
};

static struct vg_account_row *add_row(struct rows *r)
{
	if (r->n == r->cap) {
		size_t cap = r->cap ? r->cap * 2 : 64;
		struct vg_account_row *grown =
			realloc(r->row, cap * sizeof *grown);

		if (grown == NULL)
			return NULL;
		r->row = grown;
		r->cap = cap;
	}
	r->row[r->n] = (struct vg_account_row){.partner = NULL};
	return &r->row[r->n++];
}

static void add_table(struct vg_account_row *row, const struct vg_table *t)
{
	for (int v = 0; v < VG_VERDICT_N; v++) {
		const char *name = vg_verdict_name((enum vg_verdict)v);
		const int64_t *at = vg_table_get(t, vg_slice_of(name));

		row->n[v] += at != NULL ? at[0] : 0;
	}
}

/* One partner's hour over its partitions; no row when none has it. */
static bool add_hour(struct rows *out, const struct vg_view *view,
		     const struct vg_partner *partner, int64_t hour_ms)
{
	struct vg_bucket_id id = {.agg = VG_AGG_ACCOUNT, .start_ms = hour_ms};
	struct vg_account_row *row = NULL;

	for (size_t p = 0; p < vg_view_parts(view); p++) {
		const struct vg_view_part *part = vg_view_part(view, p);
		const struct vg_table *t;

		if (part->partner != partner)
			continue;
		t = vg_cells_get(part->cells, id);
		if (t == NULL)
			continue;
		if (row == NULL)
			row = add_row(out);
		if (row == NULL)
			return false;
		row->partner = partner;
		row->hour_ms = hour_ms;
		add_table(row, t);
	}
	return true;
}

/* The sensor tables of a partner, and the latest log time of its partitions. */
static const struct vg_sensors **tables_of(const struct vg_view *view,
					   const struct vg_partner *partner,
					   size_t *n, int64_t *log_ms)
{
	const struct vg_sensors **t = calloc(vg_view_parts(view) + 1,
					     sizeof(const struct vg_sensors *));

	*n = 0;
	*log_ms = INT64_MIN;
	for (size_t p = 0; t != NULL && p < vg_view_parts(view); p++) {
		const struct vg_view_part *part = vg_view_part(view, p);

		if (part->partner != partner || part->sensors == NULL)
			continue;
		t[(*n)++] = part->sensors;
		*log_ms = part->log_ms > *log_ms ? part->log_ms : *log_ms;
	}
	return t;
}

/* Tell the rows of one partner, from number `from` on, what overlaps. */
static bool add_overlaps(struct rows *out, size_t from,
			 const struct vg_view *view,
			 const struct vg_partner *partner)
{
	int64_t log_ms = INT64_MIN;
	size_t n = 0;
	const struct vg_sensors **t = tables_of(view, partner, &n, &log_ms);
	bool ok = t != NULL;

	for (size_t i = out->n; ok && i-- > from;) {
		struct vg_account_row *row = &out->row[i];

		if (!vg_overlap_knows(row->hour_ms, log_ms))
			break; /* nor is any before it */
		row->has_overlap = true;
		ok = vg_overlap_hours(t, n, row->hour_ms, &row->overlap, 1);
	}
	free(t);
	return ok;
}

enum vg_rc vg_query_account(struct vg_account_row **rows, size_t *n,
			    const struct vg_account_range *range,
			    struct vg_view *view, struct vg_err *err)
{
	const struct vg_config *cfg = view->env->cfg;
	struct rows out = {.row = NULL};
	int64_t from_ms = range->from_ms, to_ms = range->to_ms, first;
	bool ok = true;

	if (from_ms < 0 || from_ms >= to_ms)
		return vg_err_set(err, VG_INVAL,
				  "from must lie before to, from 1970 on");
	if (to_ms - from_ms > VG_QUERY_POINTS_MAX * HOUR_MS)
		return vg_err_set(err, VG_INVAL,
				  "more than %d hours: narrow the time",
				  VG_QUERY_POINTS_MAX);
	first = (from_ms + HOUR_MS - 1) / HOUR_MS * HOUR_MS;
	vg_view_read_lock(view);
	for (size_t i = 0; ok && i < cfg->n_partners; i++) {
		const struct vg_partner *p = &cfg->partners[i];

		size_t begun = out.n;

		if ((range->slots >> p->slot & 1) == 0)
			continue;
		for (int64_t t = first; ok && t < to_ms; t += HOUR_MS)
			ok = add_hour(&out, view, p, t);
		ok = ok && add_overlaps(&out, begun, view, p);
	}
	vg_view_unlock(view);
	if (!ok) {
		free(out.row);
		return vg_err_set(err, VG_FATAL, "query: out of memory");
	}
	*rows = out.row;
	*n = out.n;
	return VG_OK;
}
