/* GET, POST /api/v1/query and query_range. */
#include "api/prom.h"
#include "api/prom_routes.h"
#include "core/limits.h"

#include <assert.h>

static const char *const type_words[] = {"scalar", "string", "vector",
					 "matrix"};

/* The points of `s`, the absent ones left out. */
static void write_points(struct vg_jout *j, const struct vg_pq_times *times,
			 const double *v)
{
	vg_jout_open(j, '[');
	for (size_t i = 0; i < times->n; i++)
		if (!vg_pq_is_absent(v[i]))
			vg_prom_point(j, vg_pq_time(times, i), v[i]);
	vg_jout_close(j, ']');
}

static void write_series(struct vg_jout *j, const struct vg_pq_series *s,
			 const struct vg_pq_times *times, bool is_matrix)
{
	vg_jout_open(j, '{');
	vg_jout_name(j, "metric");
	vg_prom_labels(j, s);
	vg_jout_name(j, is_matrix ? "values" : "value");
	if (is_matrix)
		write_points(j, times, s->v);
	else
		vg_prom_point(j, times->first_ms, s->v[0]);
	vg_jout_close(j, '}');
}

static void write_text(struct vg_jout *j, int64_t ms, struct vg_slice text)
{
	vg_jout_open(j, '[');
	vg_prom_seconds(j, ms);
	vg_jout_slice(j, text);
	vg_jout_close(j, ']');
}

static void write_matrix(struct vg_jout *j, const struct vg_pq_result *res,
			 const struct vg_pq_times *times)
{
	vg_jout_open(j, '[');
	if (res->scalar != NULL) { /* a scalar over a range: one series */
		struct vg_pq_series one = {.v = res->scalar};

		write_series(j, &one, times, true);
	}
	for (size_t k = 0; k < res->set.n; k++)
		write_series(j, &res->set.series[k], times, true);
	vg_jout_close(j, ']');
}

static void write_instant(struct vg_jout *j, const struct vg_pq_result *res,
			  const struct vg_pq_times *times)
{
	if (res->type == VG_PQ_MATRIX) {
		write_matrix(j, res, &res->samples);
	} else if (res->type == VG_PQ_SCALAR) {
		vg_prom_point(j, times->first_ms, res->scalar[0]);
	} else if (res->type == VG_PQ_STRING) {
		write_text(j, times->first_ms, res->text);
	} else {
		vg_jout_open(j, '[');
		for (size_t k = 0; k < res->set.n; k++)
			write_series(j, &res->set.series[k], times, false);
		vg_jout_close(j, ']');
	}
}

static void write_result(struct vg_prom *p, const struct vg_pq_result *res,
			 const struct vg_pq_times *times, bool is_range)
{
	struct vg_jout j = vg_prom_open(p);

	vg_jout_open(&j, '{');
	vg_jout_name(&j, "resultType");
	vg_jout_text(&j, is_range ? "matrix" : type_words[res->type]);
	vg_jout_name(&j, "result");
	if (is_range)
		write_matrix(&j, res, times);
	else
		write_instant(&j, res, times);
	vg_jout_close(&j, '}');
	vg_prom_close(p, &j, NULL);
}

static bool check_range(struct vg_prom *p, const struct vg_pq_node *root)
{
	if (root->type == VG_PQ_SCALAR || root->type == VG_PQ_VECTOR)
		return true;
	return vg_prom_fail(p->a, 400, "bad_data",
			    "invalid parameter \"query\": invalid expression "
			    "type \"%s\" for range query, must be Scalar or "
			    "instant Vector",
			    vg_pq_type_name(root->type));
}

/* Parse and compute `query` at `times`, and answer. */
static void answer(struct vg_prom *p, const struct vg_pq_times *times,
		   bool is_range)
{
	struct vg_pq_eval e = {.source = &p->source,
			       .arena = &p->arena,
			       .times = *times,
			       .now_ms = p->r->now_ms};
	struct vg_slice text = {.p = "", .n = 0};
	struct vg_err err = {.rc = VG_OK};
	struct vg_pq_result res;
	struct vg_pq_tree tree;

	(void)vg_request_param(p->r, "query", &text);
	err.rc = vg_pq_parse(&tree, text, &err);
	if (err.rc != VG_OK) {
		(void)vg_prom_fault(p, "invalid parameter \"query\": ", &err);
	} else if (!is_range || check_range(p, tree.root)) {
		err.rc = vg_pq_run(&e, &tree, &res, &err);
		if (err.rc == VG_OK)
			write_result(p, &res, times, is_range);
		else
			(void)vg_prom_fault(p, "", &err);
	}
	vg_pq_tree_term(&tree);
}

/* It is read, since a client that misspells it should know; a question is
 * bounded by its cost. */
static bool check_timeout(const struct vg_request *r, struct vg_answer *a)
{
	int64_t ms;

	return vg_prom_duration(r, a, "timeout", &ms);
}

void vg_get_prom_query(struct vg_service *s, const struct vg_request *r,
		       struct vg_answer *a)
{
	struct vg_pq_times times = {
		.first_ms = r->now_ms, .step_ms = 1, .n = 1};
	struct vg_prom p;

	if (!vg_prom_time(r, a, "time", &times.first_ms) ||
	    !check_timeout(r, a))
		return;
	vg_prom_start(&p, s, r, a);
	answer(&p, &times, false);
	vg_prom_end(&p);
}

/* The parameter that must be there. */
static bool need(const struct vg_request *r, struct vg_answer *a,
		 const char *name, const char *what)
{
	struct vg_slice v;

	return vg_request_param(r, name, &v) ||
	       vg_prom_fail(a, 400, "bad_data",
			    "invalid parameter \"%s\": cannot parse \"\" to a "
			    "valid %s",
			    name, what);
}

static bool read_range(const struct vg_request *r, struct vg_answer *a,
		       struct vg_pq_times *times)
{
	int64_t end = 0, n;

	if (!need(r, a, "start", "timestamp") ||
	    !need(r, a, "end", "timestamp") ||
	    !need(r, a, "step", "duration") ||
	    !vg_prom_time(r, a, "start", &times->first_ms) ||
	    !vg_prom_time(r, a, "end", &end) ||
	    !vg_prom_duration(r, a, "step", &times->step_ms))
		return false;
	if (end < times->first_ms)
		return vg_prom_fail(a, 400, "bad_data",
				    "invalid parameter \"end\": end timestamp "
				    "must not be before start time");
	if (times->step_ms <= 0)
		return vg_prom_fail(a, 400, "bad_data",
				    "invalid parameter \"step\": zero or "
				    "negative query resolution step widths "
				    "are not accepted. Try a positive "
				    "integer");
	n = (end - times->first_ms) / times->step_ms;
	if (n > VG_QUERY_POINTS_MAX)
		return vg_prom_fail(a, 400, "bad_data",
				    "exceeded maximum resolution of 11,000 "
				    "points per timeseries. Try decreasing "
				    "the query resolution (?step=XX)");
	times->n = (size_t)n + 1;
	return true;
}

void vg_get_prom_range(struct vg_service *s, const struct vg_request *r,
		       struct vg_answer *a)
{
	struct vg_pq_times times = {.step_ms = 1, .n = 1};
	struct vg_prom p;

	if (!read_range(r, a, &times) || !check_timeout(r, a))
		return;
	vg_prom_start(&p, s, r, a);
	answer(&p, &times, true);
	vg_prom_end(&p);
}
