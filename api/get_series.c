#include "api/handlers.h"
#include "api/kept.h"
#include "api/params.h"
#include "api/rows.h"
#include "api/select.h"
#include "api/since.h"
#include "core/limits.h"

/* Without `step`, the finest one that gives at most this many points. */
enum { POINTS_WANTED = 720 };

/* The step is chosen from the range and the asker's clock alone: never from
 * what is stored, which could tell of events that the viewer may not see. */
static enum vg_res choose_step(const struct vg_service *s,
			       const struct vg_query *q)
{
	for (int i = VG_RES_10S; i < VG_RES_1D; i++) {
		enum vg_res res = (enum vg_res)i;
		int64_t points = (q->to_ms - q->from_ms) / vg_res_ms(res);
		int64_t kept = vg_select_kept_ms(s->env->cfg, res);

		if (points <= POINTS_WANTED && vg_select_has_res(q, res) &&
		    q->from_ms >= q->now_ms - kept)
			return res;
	}
	return VG_RES_1D;
}

static bool read_step(struct vg_service *s, const struct vg_request *r,
		      struct vg_answer *a, struct vg_query *q)
{
	int word = -1;
	enum vg_res step;

	q->to_ms = r->now_ms;
	q->from_ms = r->now_ms - VG_SELECT_DEFAULT_MS;
	if (!vg_param_range(r, a, &q->from_ms, &q->to_ms) ||
	    !vg_param_word(r, a, "step", "10s 1m 1h 1d", &word))
		return false;
	step = word < 0 ? choose_step(s, q) : (enum vg_res)word;
	if (!vg_select_has_res(q, step))
		return vg_select_refuse(r, a,
					"this aggregate is not kept in "
					"buckets of 10s; use a step that is "
					"listed beside it");
	return vg_select_step(r, a, q, step);
}

static void write_times(struct vg_jout *j, const struct vg_query_result *res)
{
	vg_jout_name(j, "times");
	vg_jout_open(j, '[');
	for (size_t i = 0; i < res->n_times; i++)
		vg_jout_instant(j, res->time[i]);
	vg_jout_close(j, ']');
}

static void write_row(struct vg_jout *j, const struct vg_query *q,
		      const struct vg_query_row *row, size_t n_times)
{
	vg_jout_open(j, '{');
	vg_select_write_key(j, q, row);
	vg_jout_name(j, "values");
	vg_jout_open(j, '[');
	for (size_t i = 0; i < n_times; i++) {
		if (row->value[i] < 0)
			vg_jout_null(j);
		else
			vg_jout_i64(j, row->value[i]);
	}
	vg_jout_close(j, ']');
	vg_jout_close(j, '}');
}

/* What the asker has, and how it asks for what comes next. */
struct delta {
	struct vg_since asked, next;
	int64_t from_ms; /* where the range starts that was asked for */
	bool is_delta;	 /* what the asker has still stands           */
};

static void write_delta(struct vg_jout *j, const struct delta *d)
{
	char cursor[VG_CURSOR_TEXT];

	if (!d->asked.asked)
		return;
	vg_since_print(cursor, &d->next);
	vg_jout_name(j, "delta");
	vg_jout_bool(j, d->is_delta);
	vg_jout_name(j, "cursor");
	vg_jout_text(j, cursor);
}

static void write_body(const struct vg_service *s, struct vg_answer *a,
		       const struct vg_query *q,
		       const struct vg_query_result *res, const struct delta *d)
{
	struct vg_jout j = vg_answer_json(a, 200);

	vg_jout_open(&j, '{');
	vg_select_write_head(&j, q);
	vg_jout_name(&j, "step");
	vg_jout_text(&j, vg_res_name(q->step));
	vg_select_write_range(&j, q);
	vg_answer_marking(&j, res->marking);
	vg_select_write_folded(&j, s->env->cfg, res->folded);
	write_times(&j, res);
	vg_jout_name(&j, "series");
	vg_jout_open(&j, '[');
	for (size_t i = 0; i < res->n_rows; i++)
		write_row(&j, q, &res->row[i], res->n_times);
	vg_jout_close(&j, ']');
	write_delta(&j, d);
	vg_jout_close(&j, '}');
}

static void write_table(struct vg_answer *a, enum vg_format format,
			const struct vg_query *q,
			const struct vg_query_result *res)
{
	struct vg_rows t = vg_rows_start(a, format);

	vg_rows_column(&t, vg_slice_of("time"));
	for (unsigned k = 0; k < q->n_by; k++)
		vg_rows_column(&t, q->by[k]);
	vg_rows_column(&t, vg_slice_of("value"));
	for (size_t i = 0; i < res->n_rows * res->n_times; i++) {
		const struct vg_query_row *row = &res->row[i / res->n_times];
		int64_t v = row->value[i % res->n_times];

		vg_rows_instant(&t, res->time[i % res->n_times]);
		for (unsigned k = 0; k < q->n_by; k++)
			vg_rows_text(&t, row->key[k]);
		if (v < 0)
			vg_rows_null(&t);
		else
			vg_rows_i64(&t, v);
	}
}

/* Read from where the asker's part starts, so that it can be looked at. */
static bool widen(const struct vg_request *r, struct vg_answer *a,
		  struct vg_query *q, struct delta *d)
{
	int64_t step_ms = vg_res_ms(q->step);

	d->from_ms = q->from_ms;
	if (!vg_since_read(r, a, step_ms, &d->asked))
		return false;
	if (d->asked.open_ms > q->to_ms || d->asked.from_ms > q->from_ms ||
	    (q->to_ms - d->asked.from_ms) / step_ms > VG_QUERY_POINTS_MAX)
		d->asked.is_set = false;
	if (d->asked.is_set)
		q->from_ms = d->asked.from_ms;
	return true;
}

/* Leave out of `res` what starts before `from_ms`. */
static void cut_before(struct vg_query_result *res, int64_t from_ms)
{
	size_t n = 0;

	while (n < res->n_times && res->time[n] < from_ms)
		n++;
	res->time += n;
	res->n_times -= n;
	for (size_t i = 0; i < res->n_rows; i++)
		res->row[i].value += n;
}

/* Does the asker's part stand? Then only what comes after it is left. */
static bool apply_since(const struct vg_service *s, struct vg_query *q,
			struct vg_query_result *res, struct delta *d)
{
	struct vg_since have = d->asked;
	int64_t from_ms = d->from_ms;

	if (!d->asked.asked)
		return true;
	if (d->asked.is_set && !vg_since_hash(s, q, res, &have))
		return false;
	d->is_delta = d->asked.is_set && have.hash == d->asked.hash;
	d->next.from_ms = from_ms;
	d->next.open_ms = vg_since_open(q, q->now_ms);
	if (d->next.open_ms < from_ms)
		d->next.open_ms = from_ms;
	if (!vg_since_hash(s, q, res, &d->next))
		return false;
	if (d->is_delta && d->asked.open_ms > from_ms)
		from_ms = d->asked.open_ms;
	cut_before(res, from_ms);
	q->from_ms = from_ms;
	return true;
}

static bool is_kept(struct vg_service *s, const struct vg_request *r,
		    struct vg_answer *a, enum vg_format format,
		    const struct vg_query *q)
{
	return vg_kept_find(s, r, a, format,
			    (const int64_t[2]){q->from_ms, q->to_ms});
}

void vg_get_series(struct vg_service *s, const struct vg_request *r,
		   struct vg_answer *a)
{
	struct vg_query_result res = {0};
	struct vg_view_freshness fresh;
	enum vg_format format;
	struct delta d = {0};
	struct vg_query q;

	if (!vg_rows_format(r, a, &format) || !vg_select_cells(r, a, &q) ||
	    !read_step(s, r, a, &q) || !widen(r, a, &q, &d))
		return;
	fresh = vg_service_freshness(s, r);
	/* A cursor moves with the clock: such an answer is not kept. */
	if (!d.asked.asked && is_kept(s, r, a, format, &q)) {
		vg_service_fresh_headers(a, &fresh);
		return;
	}
	if (!vg_select_run(s, r, a, &q, &res, fresh.stale))
		return;
	if (!apply_since(s, &q, &res, &d))
		a->body.failed = true;
	else if (format == VG_FORMAT_JSON)
		write_body(s, a, &q, &res, &d);
	else
		write_table(a, format, &q, &res);
	vg_select_headers(s, a, res.marking, res.folded);
	vg_service_fresh_headers(a, &fresh);
	vg_query_result_term(&res);
}
