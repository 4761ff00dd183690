#include "aggregate/query.h"

#include "aggregate/cap.h"
#include "aggregate/query_run.h"
#include "aggregate/view_parts.h"
#include "core/config.h"
#include "core/defect.h"

#include <assert.h>
#include <stdlib.h>

/* Year 10000: nothing that a request can name lies behind it. */
static const int64_t TIME_MAX = 253402300800000;

static bool slice_is(struct vg_slice s, const char *name)
{
	return name != NULL && vg_slice_eq(s, vg_slice_of(name));
}

/* Place of `field` among those of aggregate `agg`, or -1. */
static int place_in(size_t agg, struct vg_slice field)
{
	const struct vg_series_info *info = vg_series_info(agg);

	for (int i = 0; i < VG_QUERY_DIMS; i++)
		if (slice_is(field, info->field[i]))
			return i;
	return -1;
}

/* True when by and where together are exactly the fields of `agg`; notes their
 * places. */
static bool fits(struct vg_query_run *r, size_t agg)
{
	const struct vg_query *q = r->q;
	unsigned used = 0, all;

	r->n_dims = vg_series_info(agg)->field[1] != NULL ? 2 : 1;
	all = (1u << r->n_dims) - 1;
	for (unsigned i = 0; i < q->n_by + q->n_where; i++) {
		bool is_by = i < q->n_by;
		unsigned k = is_by ? i : i - q->n_by;
		int at = place_in(agg, is_by ? q->by[k] : q->where_field[k]);

		if (at < 0)
			return false;
		used |= 1u << at;
		(is_by ? r->by : r->where)[k] = (unsigned)at;
	}
	return used == all;
}

/* "actor, country, actor+country, ..." into the error. */
static enum vg_rc refuse(const struct vg_query *q, struct vg_err *err)
{
	struct vg_buf names = {.n = 0};
	enum vg_rc rc;

	for (size_t agg = 0; agg < VG_AGG_SERIES_N; agg++) {
		if (q->step == VG_RES_10S && !vg_series_info(agg)->fine)
			continue;
		vg_buf_printf(&names, "%s%s", names.n > 0 ? ", " : "",
			      vg_series_info(agg)->name);
	}
	rc = vg_err_set(err, VG_INVAL, "no such series%s; there are: %s",
			q->step == VG_RES_10S ? " in steps of 10s" : "",
			names.p != NULL ? names.p : "");
	vg_buf_term(&names);
	return rc;
}

static enum vg_rc choose(struct vg_query_run *r, struct vg_err *err)
{
	const struct vg_query *q = r->q;

	if (q->n_by == 2 && vg_slice_eq(q->by[0], q->by[1]))
		return vg_err_set(err, VG_INVAL, "by names a field twice");
	if (q->n_by + q->n_where == 0) {
		r->agg = VG_AGG_PARTNER;
		r->n_dims = 1;
		return VG_OK;
	}
	for (unsigned agg = 0; agg < VG_AGG_SERIES_N; agg++) {
		if (!fits(r, agg))
			continue;
		if (q->step == VG_RES_10S && !vg_series_info(agg)->fine)
			break;
		r->agg = agg;
		return VG_OK;
	}
	return refuse(q, err);
}

int vg_query_agg(const struct vg_query *q)
{
	struct vg_query_run r = {.q = q};

	return choose(&r, NULL) == VG_OK ? (int)r.agg : -1;
}

static enum vg_rc set_times(struct vg_query_run *r, struct vg_err *err)
{
	const struct vg_query *q = r->q;
	int64_t to;

	if (q->from_ms < 0 || q->to_ms > TIME_MAX || q->from_ms >= q->to_ms)
		return vg_err_set(err, VG_INVAL,
				  "from must lie before to, from 1970 to 9999");
	r->step_ms = vg_res_ms(q->step);
	r->from_ms = q->from_ms - q->from_ms % r->step_ms;
	to = (q->to_ms + r->step_ms - 1) / r->step_ms * r->step_ms;
	r->n_times = (size_t)((to - r->from_ms) / r->step_ms);
	if (r->n_times > VG_QUERY_POINTS_MAX)
		return vg_err_set(err, VG_INVAL,
				  "%zu steps of %s, over the %d there may be: "
				  "narrow the time, or take a longer step",
				  r->n_times, vg_res_name(q->step),
				  VG_QUERY_POINTS_MAX);
	return VG_OK;
}

/* Audiences that the viewer sees, numbered. */
static bool set_visible(struct vg_query_run *r)
{
	const struct vg_audiences *aud = r->env->aud;
	size_t n = vg_audience_count(aud);

	r->visible = vg_table_new(2, r->env->table_seed);
	r->bound = calloc(n + 1, sizeof *r->bound);
	r->part_bound = calloc(n + 1, sizeof *r->part_bound);
	r->part_folded = calloc(n + 1, sizeof *r->part_folded);
	if (r->visible == NULL || r->bound == NULL || r->part_bound == NULL ||
	    r->part_folded == NULL)
		return false;
	for (size_t a = 0; a < n; a++) {
		int64_t *at;

		if (!vg_audience_sees(aud, (uint16_t)a, r->q->viewer) &&
		    !VG_DEFECT("query-mask-off"))
			continue;
		at = vg_table_at(r->visible,
				 vg_slice_of(vg_audience_key(aud, (uint16_t)a)),
				 NULL);
		if (at == NULL)
			return false;
		at[0] = (int64_t)r->n_visible++;
		at[1] = vg_audience_label((uint16_t)a);
	}
	return true;
}

/* A value of that very text stands escaped in a field, to tell it from the
 * rest; who asks for it means the rest. */
static bool set_where(struct vg_query_run *r)
{
	for (unsigned i = 0; i < r->q->n_where; i++) {
		if (slice_is(r->q->where_value[i], VG_OTHER))
			vg_buf_str(&r->where_raw[i], VG_OTHER);
		else
			vg_field_pack(&r->where_raw[i], r->q->where_value[i]);
		if (r->where_raw[i].failed)
			return false;
	}
	return true;
}

/* Note the hash of a capped value that `where` names in full. */
static bool set_named(struct vg_query_run *r)
{
	const struct vg_buf *part[VG_QUERY_DIMS] = {NULL};
	struct vg_buf values = {.n = 0};
	bool all = vg_cap_applies(r->agg), ok;

	for (unsigned i = 0; i < r->q->n_where; i++)
		part[r->where[i]] = &r->where_raw[i];
	for (unsigned i = 0; i < r->n_dims; i++)
		all = all && part[i] != NULL;
	if (!all)
		return true;
	for (unsigned i = 0; i < r->n_dims; i++) {
		if (i > 0)
			vg_buf_add(&values, &(char){VG_FIELD_SEP}, 1);
		vg_buf_add(&values, part[i]->p, part[i]->n);
	}
	ok = !values.failed;
	if (ok && values.n <= VG_CAP_VALUES_MAX) {
		struct vg_slice v = {values.p, (uint32_t)values.n};

		r->is_named = !vg_cap_is_other(v) &&
			      !vg_cap_exempt(r->env->cfg->lexicon, r->agg, v);
		r->named_hash = vg_cap_hash(r->env->hash_key, r->agg, v);
	}
	vg_buf_term(&values);
	return ok;
}

static enum vg_rc start(struct vg_query_run *r, struct vg_err *err)
{
	struct vg_query_row *row;
	enum vg_rc rc;

	assert(r->q->n_by <= VG_QUERY_DIMS && r->q->n_where <= VG_QUERY_DIMS);
	rc = choose(r, err);
	if (rc == VG_OK)
		rc = set_times(r, err);
	if (rc != VG_OK)
		return rc;
	r->arena = calloc(1, sizeof *r->arena);
	r->index = vg_table_new(1, r->env->table_seed);
	r->unknown = calloc(r->n_times, sizeof *r->unknown);
	if (r->arena == NULL || r->index == NULL || r->unknown == NULL ||
	    !set_visible(r) || !set_where(r) || !set_named(r))
		return vg_err_set(err, VG_FATAL, "query: out of memory");
	/* A total is there even when it is 0. */
	return r->q->n_by == 0 ? vg_query_row_at(r, &row, err) : VG_OK;
}

static int compare_key(const void *a, const void *b)
{
	const struct vg_query_row *x = a, *y = b;
	int c = vg_slice_cmp(x->key[0], y->key[0]);

	return c != 0 ? c : vg_slice_cmp(x->key[1], y->key[1]);
}

static int compare_total(const void *a, const void *b)
{
	const struct vg_query_row *x = a, *y = b;

	if (x->total != y->total)
		return x->total < y->total ? 1 : -1;
	return compare_key(a, b);
}

/* Everything before this is in the partner's numbers. */
static int64_t partner_complete_to(const struct vg_view *view,
				   struct vg_slice partner)
{
	int64_t to = INT64_MAX;

	for (size_t p = 0; p < vg_view_parts(view); p++) {
		const struct vg_view_part *part = vg_view_part(view, p);
		int64_t own = vg_view_part_complete_to(part);

		if (slice_is(partner, part->partner->id) && own < to)
			to = own;
	}
	return to == INT64_MAX ? 0 : to;
}

int64_t vg_view_kept_from(const struct vg_view *view, enum vg_res res)
{
	const struct vg_config *cfg = view->env->cfg;
	const int64_t keep[VG_RES_N] = {
		[VG_RES_10S] = cfg->keep_10s_ms,
		[VG_RES_1M] = cfg->keep_1m_ms,
		[VG_RES_1H] = cfg->keep_1h_ms,
		[VG_RES_1D] = cfg->keep_1d_ms,
	};
	int64_t newest = 0;

	for (size_t p = 0; p < vg_view_parts(view); p++) {
		int64_t log_ms = vg_view_part(view, p)->log_ms;

		newest = log_ms > newest ? log_ms : newest;
	}
	return newest - keep[res];
}

static void mark_row(const struct vg_query_run *r, struct vg_query_row *row,
		     int64_t kept_ms, int64_t complete_ms)
{
	for (size_t i = 0; row->value != NULL && i < r->n_times; i++) {
		int64_t t = r->from_ms + (int64_t)i * r->step_ms;

		if (row->value[i] == 0 && (r->unknown[i] || t >= complete_ms ||
					   t + r->step_ms <= kept_ms))
			row->value[i] = -1;
	}
}

static void mark_no_data(struct vg_query_run *r)
{
	int64_t kept, all;
	unsigned by = 0;

	while (by < r->q->n_by && !slice_is(r->q->by[by], "partner"))
		by++;
	vg_view_read_lock(r->view);
	kept = vg_view_kept_from(r->view, r->q->step);
	all = vg_view_freshness(r->view, r->q->now_ms).complete_to_ms;
	for (size_t k = 0; k < r->n_rows; k++) {
		struct vg_query_row *row = &r->row[k];

		mark_row(r, row, kept,
			 by == r->q->n_by
				 ? all
				 : partner_complete_to(r->view, row->key[by]));
	}
	vg_view_unlock(r->view);
}

/* What a result owns. */
struct memory {
	struct vg_arena *arena;
	struct vg_query_row *row;
	int64_t *time;
};

static enum vg_rc finish(struct vg_query_run *r, struct vg_query_result *out,
			 struct vg_err *err)
{
	struct memory *m = calloc(1, sizeof *m);
	int64_t *time = calloc(r->n_times, sizeof *time);

	if (m == NULL || time == NULL) {
		free(m);
		free(time);
		return vg_err_set(err, VG_FATAL, "query: out of memory");
	}
	for (size_t i = 0; i < r->n_times; i++)
		time[i] = r->from_ms + (int64_t)i * r->step_ms;
	mark_no_data(r);
	if (r->n_rows > 0)
		qsort(r->row, r->n_rows, sizeof *r->row, compare_key);
	*m = (struct memory){.arena = r->arena, .row = r->row, .time = time};
	*out = (struct vg_query_result){
		.time = time,
		.n_times = r->n_times,
		.row = r->row,
		.n_rows = r->n_rows,
		.marking = r->marking,
		.folded = r->folded,
		.memory = m,
	};
	r->arena = NULL; /* now the result's */
	r->row = NULL;
	return VG_OK;
}

static void run_term(struct vg_query_run *r)
{
	if (r->arena != NULL)
		vg_arena_term(r->arena);
	free(r->arena);
	free(r->row);
	vg_table_free(r->index);
	vg_table_free(r->visible);
	free(r->unknown);
	free(r->bound);
	free(r->part_bound);
	free(r->part_folded);
	for (unsigned i = 0; i < VG_QUERY_DIMS; i++)
		vg_buf_term(&r->where_raw[i]);
	vg_buf_term(&r->key);
}

enum vg_rc vg_query_series(struct vg_query_result *out,
			   const struct vg_query *q, struct vg_view *view,
			   struct vg_store *store, struct vg_err *err)
{
	struct vg_query_run r = {
		.q = q, .view = view, .env = view->env, .marking = -1};
	enum vg_rc rc = start(&r, err);

	if (rc == VG_OK && q->step <= VG_RES_1M)
		rc = vg_query_read_view(&r, err);
	else if (rc == VG_OK)
		rc = vg_query_read_long(&r, store, err);
	if (rc == VG_OK)
		rc = finish(&r, out, err);
	run_term(&r);
	return rc;
}

void vg_query_top(struct vg_query_result *r, size_t n)
{
	if (r->n_rows > 0)
		qsort(r->row, r->n_rows, sizeof *r->row, compare_total);
	if (r->n_rows > n)
		r->n_rows = n;
}

void vg_query_result_term(struct vg_query_result *r)
{
	struct memory *m = r->memory;

	if (m == NULL)
		return;
	vg_arena_term(m->arena);
	free(m->arena);
	free(m->row);
	free(m->time);
	free(m);
	*r = (struct vg_query_result){.marking = -1};
}
