#include "api/select.h"

#include "api/kept.h"
#include "api/params.h"
#include "api/pool.h"
#include "core/config.h"
#include "core/defect.h"
#include "core/lexicon.h"

#include <assert.h>
#include <stdio.h>

enum { SHOWN = 64 }; /* bytes of a name in a problem */

static struct vg_slice series_field(const struct vg_series_info *info, int i)
{
	if (info->field[i] == NULL)
		return (struct vg_slice){0};
	return vg_slice_of(info->field[i]);
}

/* The fields that a query names, each once; more than two are no aggregate. */
struct fields {
	struct vg_slice f[2 * VG_QUERY_DIMS];
	unsigned n;
};

static void add_field(struct fields *to, struct vg_slice f)
{
	for (unsigned i = 0; i < to->n; i++)
		if (vg_slice_eq(to->f[i], f))
			return;
	to->f[to->n++] = f;
}

static struct fields fields_of(const struct vg_query *q)
{
	struct fields all = {.n = 0};

	for (unsigned i = 0; i < q->n_by; i++)
		add_field(&all, q->by[i]);
	for (unsigned i = 0; i < q->n_where; i++)
		add_field(&all, q->where_field[i]);
	return all;
}

static bool is_of(const struct fields *all, const struct vg_series_info *info)
{
	struct vg_slice a = series_field(info, 0), b = series_field(info, 1);

	if (all->n == 1)
		return b.n == 0 && vg_slice_eq(all->f[0], a);
	if (all->n != 2 || b.n == 0)
		return false;
	return (vg_slice_eq(all->f[0], a) && vg_slice_eq(all->f[1], b)) ||
	       (vg_slice_eq(all->f[0], b) && vg_slice_eq(all->f[1], a));
}

/* The series that `q` reads, or NULL. The total reads the partner series,
 * which every event is in once. */
static const struct vg_series_info *find_series(const struct vg_query *q)
{
	struct fields all = fields_of(q);

	if (all.n == 0)
		return vg_series_info(VG_AGG_PARTNER);
	for (size_t i = 0; i < VG_AGG_SERIES_N; i++) {
		const struct vg_series_info *info = vg_series_info(i);

		if (is_of(&all, info))
			return info;
	}
	return NULL;
}

bool vg_select_has_res(const struct vg_query *q, enum vg_res res)
{
	const struct vg_series_info *info = find_series(q);

	return info != NULL && (res != VG_RES_10S || info->fine);
}

static bool too_many(const struct vg_request *r, struct vg_answer *a)
{
	return vg_select_refuse(r, a,
				"by and where name more fields than any "
				"aggregate has; name those of one of the "
				"aggregates listed");
}

static bool read_by(const struct vg_request *r, struct vg_answer *a,
		    struct vg_query *q)
{
	struct vg_slice rest = {0};

	(void)vg_request_param(r, "by", &rest);
	while (rest.n > 0) {
		const char *comma = memchr(rest.p, ',', rest.n);
		uint32_t n = comma ? (uint32_t)(comma - rest.p) : rest.n;
		struct vg_slice field = {.p = rest.p, .n = n};

		if (q->n_by == VG_QUERY_DIMS)
			return too_many(r, a);
		if (q->n_by > 0 && vg_slice_eq(q->by[0], field))
			return vg_answer_fail(a, r, 400, "bad-parameter",
					      "by names a field twice; name "
					      "each once");
		q->by[q->n_by++] = field;
		n += comma != NULL;
		rest.p += n;
		rest.n -= n;
	}
	return true;
}

static bool add_where(const struct vg_request *r, struct vg_answer *a,
		      struct vg_query *q, struct vg_slice pair)
{
	const char *colon = memchr(pair.p, ':', pair.n);
	struct vg_slice field, value;

	if (colon == NULL || colon == pair.p || colon + 1 == pair.p + pair.n)
		return vg_answer_fail(a, r, 400, "bad-parameter",
				      "where is FIELD:VALUE, as in "
				      "where=country:MA");
	field = (struct vg_slice){.p = pair.p, .n = (uint32_t)(colon - pair.p)};
	value = (struct vg_slice){.p = colon + 1, .n = pair.n - field.n - 1};
	for (unsigned i = 0; i < q->n_where; i++)
		if (vg_slice_eq(q->where_field[i], field))
			return vg_answer_fail(a, r, 400, "bad-parameter",
					      "where names a field twice; an "
					      "event has one value of each, "
					      "so ask twice");
	if (q->n_where == VG_QUERY_DIMS)
		return too_many(r, a);
	q->where_field[q->n_where] = field;
	q->where_value[q->n_where++] = value;
	return true;
}

static bool is_field(struct vg_slice name)
{
	for (size_t i = 0; i < VG_AGG_SERIES_N; i++) {
		const struct vg_series_info *info = vg_series_info(i);

		for (int k = 0; k < 2 && info->field[k] != NULL; k++)
			if (vg_slice_eq(name, vg_slice_of(info->field[k])))
				return true;
	}
	return false;
}

/* A name that is misspelt is told from a combination that is not kept. */
static bool refuse_fields(const struct vg_request *r, struct vg_answer *a,
			  const struct vg_query *q)
{
	struct fields all = fields_of(q);
	char text[160];

	for (unsigned i = 0; i < all.n; i++) {
		struct vg_slice name = all.f[i];

		if (is_field(name))
			continue;
		(void)snprintf(text, sizeof text,
			       "%.*s is no field that is counted by; use one "
			       "of the aggregates listed",
			       name.n < SHOWN ? (int)name.n : SHOWN, name.p);
		return vg_select_refuse(r, a, text);
	}
	return vg_select_refuse(r, a,
				"no cells are kept for this combination of by "
				"and where; use one of the aggregates listed");
}

/* Read the measure, and refuse what has no cells. */
static bool finish_cells(const struct vg_request *r, struct vg_answer *a,
			 struct vg_query *q)
{
	int measure = 0;

	if (VG_DEFECT("api-series-viewer"))
		q->viewer = VG_SLOT_COALITION;
	if (!vg_param_word(r, a, "measure", "events reports", &measure))
		return false;
	q->reports = measure == 1;
	if (find_series(q) == NULL)
		return refuse_fields(r, a, q);
	return true;
}

static bool read_where(const struct vg_request *r, struct vg_answer *a,
		       struct vg_query *q)
{
	for (unsigned i = 0; i < r->n_params; i++)
		if (vg_slice_eq(r->param[i].name, vg_slice_of("where")) &&
		    !add_where(r, a, q, r->param[i].value))
			return false;
	return true;
}

bool vg_select_cells(const struct vg_request *r, struct vg_answer *a,
		     struct vg_query *q)
{
	*q = (struct vg_query){.viewer = r->viewer, .now_ms = r->now_ms};
	return read_by(r, a, q) && read_where(r, a, q) && finish_cells(r, a, q);
}

/* A parameter that is one field and must be there. */
static bool read_field(const struct vg_request *r, struct vg_answer *a,
		       const char *name, struct vg_slice *out)
{
	if (vg_request_param(r, name, out) && out->n > 0)
		return true;
	return vg_answer_fail(a, r, 400, "missing-parameter",
			      "%s needs the parameter %s, the name of a field, "
			      "as in %s=country",
			      r->instance, name, name);
}

bool vg_select_pair(const struct vg_request *r, struct vg_answer *a,
		    struct vg_query *q)
{
	*q = (struct vg_query){
		.viewer = r->viewer, .now_ms = r->now_ms, .n_by = 2};
	return read_field(r, a, "rows", &q->by[0]) &&
	       read_field(r, a, "columns", &q->by[1]) && finish_cells(r, a, q);
}

bool vg_select_of(const struct vg_request *r, struct vg_answer *a,
		  struct vg_query *q)
{
	struct vg_slice by;

	*q = (struct vg_query){
		.viewer = r->viewer, .now_ms = r->now_ms, .n_by = 1};
	if (!read_field(r, a, "of", &q->by[0]))
		return false;
	if (vg_request_param(r, "by", &by) && by.n > 0)
		q->by[q->n_by++] = by;
	return read_where(r, a, q) && finish_cells(r, a, q);
}

int64_t vg_select_kept_ms(const struct vg_config *cfg, enum vg_res res)
{
	const int64_t kept[VG_RES_N] = {cfg->keep_10s_ms, cfg->keep_1m_ms,
					cfg->keep_1h_ms, cfg->keep_1d_ms};

	return kept[res];
}

bool vg_select_step(const struct vg_request *r, struct vg_answer *a,
		    struct vg_query *q, enum vg_res step)
{
	int64_t width = vg_res_ms(step), points;
	struct vg_jout j;

	assert(q->from_ms >= 0 && q->from_ms < q->to_ms);
	q->step = step;
	q->from_ms -= q->from_ms % width;
	if (q->to_ms % width != 0)
		q->to_ms += width - q->to_ms % width;
	points = (q->to_ms - q->from_ms) / width;
	if (points <= VG_QUERY_POINTS_MAX)
		return true;

	j = vg_answer_problem_open(a, 422, "too-costly", r->instance,
				   "the range holds more steps than one "
				   "answer may; ask for a shorter range or a "
				   "coarser step");
	vg_jout_name(&j, "estimate");
	vg_jout_i64(&j, points);
	vg_jout_name(&j, "limit");
	vg_jout_i64(&j, VG_QUERY_POINTS_MAX);
	vg_jout_close(&j, '}');
	return false;
}

/* What Redis refused for good is no fault of the asker, and its text is not
 * for the asker either: the store's messages start with its name. */
static bool is_store_fault(const struct vg_err *err)
{
	return strncmp(err->text, "redis", 5) == 0;
}

/* An actor is counted under one name, and may be asked for by any of its own.
 */
static void resolve_actor(const struct vg_lexicon *l, struct vg_query *q)
{
	for (unsigned i = 0; l != NULL && i < q->n_where; i++)
		if (vg_slice_eq(q->where_field[i], vg_slice_of("actor")))
			q->where_value[i] =
				vg_lexicon_resolve(l, q->where_value[i]).name;
}

bool vg_select_is_counted(const struct vg_service *s, const struct vg_query *q)
{
	const struct vg_series_info *info = find_series(q);

	return info == NULL ||
	       vg_plan_counts(s->env->plan,
			      (size_t)vg_series_find(vg_slice_of(info->name)));
}

/* Past the limit on cells; `cost` is an estimate, 0 when there is none. */
static bool too_costly(const struct vg_request *r, struct vg_answer *a,
		       const char *detail, int64_t cost)
{
	struct vg_jout j = vg_answer_problem_open(a, 422, "too-costly",
						  r->instance, detail);

	if (cost > 0) {
		vg_jout_name(&j, "estimate");
		vg_jout_i64(&j, cost);
		vg_jout_name(&j, "limit");
		vg_jout_i64(&j, VG_QUERY_CELLS_MAX);
	}
	vg_jout_close(&j, '}');
	return false;
}

enum vg_rc vg_select_sum(struct vg_service *s, const struct vg_request *r,
			 const struct vg_query *q, struct vg_query_result *out,
			 bool is_stale, struct vg_err *err)
{
	bool stored = q->step == VG_RES_1H || q->step == VG_RES_1D;
	struct vg_store *store = NULL;
	struct vg_query asked = *q;
	enum vg_rc rc = VG_OK;

	resolve_actor(s->env->cfg->lexicon, &asked);
	vg_kept_note(s, r, &asked);
	if (stored)
		rc = vg_service_take_store(s, r, is_stale, &store, err);
	if (rc == VG_OK) {
		rc = vg_query_series(out, &asked, s->view, store, err);
		if (stored)
			vg_pool_give(s->pool, store, rc, r->now_ms);
	}
	return rc == VG_INVAL && is_store_fault(err) ? VG_FATAL : rc;
}

bool vg_select_run(struct vg_service *s, const struct vg_request *r,
		   struct vg_answer *a, const struct vg_query *q,
		   struct vg_query_result *out, bool is_stale)
{
	struct vg_err err = {.rc = VG_OK};
	struct vg_query asked = *q;
	int64_t cost = 0;
	enum vg_rc rc;

	if (!vg_select_is_counted(s, q))
		return vg_select_refuse(r, a,
					"series.counted leaves this one out: "
					"it is not counted here");
	asked.cost = &cost;
	rc = vg_select_sum(s, r, &asked, out, is_stale, &err);
	if (rc == VG_OK)
		return true;
	if (rc == VG_INVAL)
		return too_costly(r, a, err.text, cost);
	err.rc = rc;
	vg_service_store_problem(a, r, &err);
	return false;
}
