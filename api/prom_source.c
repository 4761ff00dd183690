/*
 * What the language of Prometheus reads here. Counters are cells: the labels
 * that a question speaks of choose the aggregate, as `by` and `where` do for
 * /v1/series. Gauges are computed for the instants asked about.
 */
#include "api/prom.h"

#include "aggregate/health.h"
#include "api/alert_out.h"
#include "api/select.h"
#include "api/viewer.h"
#include "core/lexicon.h"

#include <assert.h>
#include <stdio.h>

enum {
	FINE_STEPS = 1500, /* minutes, before hours do as well */
	HEALTH_AHEAD_MS = VG_PQ_AHEAD_MS
};

#define CELL_LABELS                                                            \
	"actor category country partner sector sensor severity "               \
	"source_country technique"

static const struct vg_pq_metric metrics[] = {
	{"vigie_alerts_firing", "Alerts that you may see and that fire.", false,
	 "rule severity"},
	{"vigie_events_total",
	 "Events counted, by event time, since 00:00 UTC.", true, CELL_LABELS},
	{"vigie_partner_state",
	 "1 for the state that a partner is in, of now alone.", false,
	 "partner state"},
	{"vigie_reports_total",
	 "Records counted, by event time, since 00:00 UTC.", true, CELL_LABELS},
};

enum { METRICS = sizeof metrics / sizeof *metrics };

static enum vg_rc no_memory(struct vg_err *err)
{
	return vg_err_set(err, VG_FATAL, "api: out of memory");
}

/* The value that a matcher pins `label` to, or NULL; *which is its number. */
static const struct vg_slice *pinned(const struct vg_pq_ask *ask,
				     struct vg_slice label, unsigned *which)
{
	for (unsigned i = 0; i < ask->n_matchers; i++) {
		const struct vg_pq_matcher *m = &ask->matcher[i];

		if (m->op != VG_PQ_EQ || m->value.n == 0 ||
		    !vg_slice_eq(m->name, label))
			continue;
		*which = i;
		return &m->value;
	}
	return NULL;
}

static enum vg_rc no_aggregate(const struct vg_pq_ask *ask, struct vg_err *err)
{
	struct vg_buf names = {.n = 0};
	enum vg_rc rc;

	for (unsigned i = 0; i < ask->n_labels; i++)
		vg_buf_printf(&names, "%s%.*s", i > 0 ? ", " : "",
			      ask->label[i].n < 24 ? (int)ask->label[i].n : 24,
			      ask->label[i].p);
	rc = vg_err_set(err, VG_INVAL,
			"%s is not kept by (%s): docs/prometheus.md lists the "
			"label sets",
			ask->metric->name, names.p != NULL ? names.p : "");
	vg_buf_term(&names);
	return rc;
}

/* The query for the labels asked; *done: the matchers that it fulfils. */
static enum vg_rc to_query(const struct vg_prom *p, const struct vg_pq_ask *ask,
			   struct vg_query *q, uint32_t *done,
			   struct vg_err *err)
{
	*q = (struct vg_query){.viewer = p->r->viewer,
			       .now_ms = p->r->now_ms,
			       .reports = ask->metric == &metrics[3]};
	if (ask->n_labels > VG_QUERY_DIMS)
		return no_aggregate(ask, err);
	for (unsigned i = 0; i < ask->n_labels; i++) {
		unsigned which = 0;
		const struct vg_slice *v = pinned(ask, ask->label[i], &which);

		if (v == NULL) {
			q->by[q->n_by++] = ask->label[i];
			continue;
		}
		q->where_field[q->n_where] = ask->label[i];
		q->where_value[q->n_where++] = *v;
		*done |= UINT32_C(1) << which;
	}
	if (!vg_select_has_res(q, VG_RES_1M) || !vg_select_is_counted(p->s, q))
		return no_aggregate(ask, err);
	return VG_OK;
}

static int64_t steps_of(const struct vg_pq_ask *ask, enum vg_res res)
{
	return (ask->to_ms - ask->from_ms) / vg_res_ms(res) + 2;
}

/* True when buckets of `res` are there from the beginning of what is asked,
 * and are not too many. */
static bool is_kept(const struct vg_prom *p, const struct vg_pq_ask *ask,
		    enum vg_res res)
{
	return ask->from_ms >=
		       p->r->now_ms - vg_select_kept_ms(p->s->env->cfg, res) &&
	       steps_of(ask, res) <= VG_QUERY_POINTS_MAX;
}

/* From the question and the clock alone, never from what is stored. Minutes,
 * unless the question is on a finer grid that is kept, or so long that hours
 * or days, which it fits, do as well. */
static enum vg_res choose_res(const struct vg_prom *p,
			      const struct vg_pq_ask *ask,
			      const struct vg_query *q)
{
	int64_t grid = ask->grid_ms;
	bool minutes = is_kept(p, ask, VG_RES_1M);

	if (grid % vg_res_ms(VG_RES_1M) != 0 &&
	    grid % vg_res_ms(VG_RES_10S) == 0 &&
	    vg_select_has_res(q, VG_RES_10S) && is_kept(p, ask, VG_RES_10S))
		return VG_RES_10S;
	if (minutes && steps_of(ask, VG_RES_1M) <= FINE_STEPS)
		return VG_RES_1M;
	if (grid % vg_res_ms(VG_RES_1D) == 0 &&
	    steps_of(ask, VG_RES_1H) > FINE_STEPS)
		return VG_RES_1D;
	if (grid % vg_res_ms(VG_RES_1H) == 0 && is_kept(p, ask, VG_RES_1H))
		return VG_RES_1H;
	if (minutes)
		return VG_RES_1M;
	return is_kept(p, ask, VG_RES_1H) ? VG_RES_1H : VG_RES_1D;
}

static enum vg_rc set_times(const struct vg_prom *p,
			    const struct vg_pq_ask *ask, struct vg_query *q,
			    struct vg_err *err)
{
	int64_t width;

	q->step = choose_res(p, ask, q);
	width = vg_res_ms(q->step);
	if (ask->range_ms > 0 && ask->range_ms < width)
		return vg_err_set(err, VG_DROP,
				  "that far back %s is kept in steps of %s: "
				  "ask for a range of at least %s",
				  ask->metric->name, vg_res_name(q->step),
				  vg_res_name(q->step));
	q->from_ms = ask->from_ms > 0 ? ask->from_ms : 0;
	q->from_ms -= q->from_ms % width;
	q->to_ms = ask->to_ms;
	if (q->to_ms > p->r->now_ms + VG_PQ_AHEAD_MS)
		q->to_ms = p->r->now_ms + VG_PQ_AHEAD_MS;
	if (q->to_ms <= q->from_ms)
		q->to_ms = q->from_ms + 1;
	q->to_ms += (width - q->to_ms % width) % width;
	if ((q->to_ms - q->from_ms) / width >= VG_QUERY_POINTS_MAX)
		return vg_err_set(err, VG_DROP,
				  "query processing would load too many "
				  "samples into memory in query execution");
	return VG_OK;
}

static bool copy(struct vg_arena *arena, struct vg_slice in,
		 struct vg_slice *out)
{
	*out = (struct vg_slice){vg_arena_copy(arena, in.p, in.n), in.n};
	return out->p != NULL;
}

/* The labels of `row`: what it was split by, and what was pinned, an actor
 * under its one name. */
static bool label_row(const struct vg_prom *p, const struct vg_query *q,
		      const struct vg_query_row *row, struct vg_arena *arena,
		      struct vg_pq_series *to)
{
	const struct vg_lexicon *l = p->s->env->cfg->lexicon;
	bool ok = true;

	to->label =
		vg_arena_alloc(arena, 2 * VG_QUERY_DIMS * sizeof *to->label);
	if (to->label == NULL)
		return false;
	for (unsigned i = 0; i < q->n_by + q->n_where; i++) {
		struct vg_pq_label *at = &to->label[to->n_labels++];
		bool is_by = i < q->n_by;
		unsigned k = is_by ? i : i - q->n_by;
		struct vg_slice v = is_by ? row->key[k] : q->where_value[k];

		at->name = is_by ? q->by[k] : q->where_field[k];
		if (!is_by && l != NULL &&
		    vg_slice_eq(at->name, vg_slice_of("actor")))
			v = vg_lexicon_resolve(l, v).name;
		ok = ok && copy(arena, v, &at->value);
	}
	if (ok)
		vg_pq_labels_sort(to);
	return ok;
}

static enum vg_rc take_rows(const struct vg_prom *p, const struct vg_query *q,
			    const struct vg_query_result *res,
			    struct vg_arena *arena, struct vg_pq_block *out,
			    struct vg_err *err)
{
	struct vg_pq_series *all =
		vg_arena_alloc(arena, (res->n_rows + 1) * sizeof *all);

	if (all == NULL)
		return no_memory(err);
	for (size_t k = 0; k < res->n_rows; k++) {
		struct vg_pq_series *to = &all[k];

		*to = (struct vg_pq_series){.n_labels = 0};
		to->v = vg_arena_alloc(arena,
				       (res->n_times + 1) * sizeof *to->v);
		if (to->v == NULL || !label_row(p, q, &res->row[k], arena, to))
			return no_memory(err);
		for (size_t i = 0; i < res->n_times; i++)
			to->v[i] = res->row[k].value[i] < 0
					   ? vg_pq_absent()
					   : (double)res->row[k].value[i];
	}
	out->first_ms = q->from_ms;
	out->width_ms = vg_res_ms(q->step);
	out->n = res->n_times;
	out->set = (struct vg_pq_set){.series = all, .n = res->n_rows};
	return VG_OK;
}

static enum vg_rc read_counter(struct vg_prom *p, const struct vg_pq_ask *ask,
			       struct vg_arena *arena, struct vg_pq_block *out,
			       struct vg_err *err)
{
	struct vg_query_result res = {0};
	struct vg_query q;
	enum vg_rc rc = to_query(p, ask, &q, &out->done, err);

	if (rc == VG_OK)
		rc = set_times(p, ask, &q, err);
	if (rc != VG_OK)
		return rc;
	rc = vg_select_sum(p->s, p->r, &q, &res, p->fresh.stale, err);
	if (rc == VG_INVAL)
		return VG_DROP; /* it costs too much */
	if (rc != VG_OK)
		return rc;
	rc = take_rows(p, &q, &res, arena, out, err);
	if (res.marking > p->marking)
		p->marking = res.marking;
	p->folded |= res.folded;
	vg_query_result_term(&res);
	return rc;
}

/* A gauge's series of two labels, made when it is not there yet. */
static double *gauge_at(struct vg_arena *arena, const struct vg_pq_ask *ask,
			const struct vg_pq_label label[2],
			struct vg_pq_block *out)
{
	struct vg_pq_series *s;

	for (size_t k = 0; k < out->set.n; k++) {
		s = &out->set.series[k];
		if (vg_slice_eq(s->label[0].value, label[0].value) &&
		    vg_slice_eq(s->label[1].value, label[1].value))
			return s->v;
	}
	s = &out->set.series[out->set.n];
	s->label = vg_arena_alloc(arena, 2 * sizeof *s->label);
	s->v = vg_arena_alloc(arena, (ask->times.n + 1) * sizeof *s->v);
	if (s->label == NULL || s->v == NULL)
		return NULL;
	s->n_labels = 2;
	for (int i = 0; i < 2; i++) {
		s->label[i].name = label[i].name;
		if (!copy(arena, label[i].value, &s->label[i].value))
			return NULL;
	}
	for (size_t i = 0; i < ask->times.n; i++)
		s->v[i] = vg_pq_absent();
	out->set.n++;
	return s->v;
}

/* Count `alert` at each instant at which it fires. */
static bool count_alert(const struct vg_pq_ask *ask,
			const struct vg_book_alert *alert,
			struct vg_arena *arena, struct vg_pq_block *out)
{
	char severity[16];
	struct vg_pq_label label[2] = {
		{vg_slice_of("rule"), vg_slice_of(alert->rule)},
		{vg_slice_of("severity"), {0}}};
	double *v = NULL;

	(void)snprintf(severity, sizeof severity, "%d", alert->severity);
	label[1].value = vg_slice_of(severity);
	for (size_t i = 0; i < ask->times.n; i++) {
		int64_t t = vg_pq_time(&ask->times, i);

		if (t < alert->start_ms || t >= alert->end_ms)
			continue;
		if (v == NULL)
			v = gauge_at(arena, ask, label, out);
		if (v == NULL)
			return false;
		v[i] = vg_pq_is_absent(v[i]) ? 1 : v[i] + 1;
	}
	return true;
}

static enum vg_rc read_alerts(struct vg_prom *p, const struct vg_pq_ask *ask,
			      struct vg_arena *arena, struct vg_pq_block *out,
			      struct vg_err *err)
{
	const char *viewer = vg_viewer_name(p->s->env->cfg, p->r->viewer);
	size_t walked = 0;
	bool ok = true;

	vg_book_read_lock(p->s->book);
	for (size_t i = 0; ok && i < vg_book_count(p->s->book); i++) {
		const struct vg_book_alert *alert = vg_book_at(p->s->book, i);

		if (!vg_alert_is_listed(alert, false) ||
		    !vg_alert_sees(alert, viewer))
			continue;
		walked += ask->times.n;
		if (walked > VG_PQ_SAMPLES_MAX)
			break;
		/* Room for one more: the arena keeps what was left behind. */
		if ((out->set.n & (out->set.n - 1)) == 0) {
			struct vg_pq_series *grown = vg_arena_alloc(
				arena, (2 * out->set.n + 2) * sizeof *grown);

			if (grown != NULL && out->set.n > 0)
				memcpy(grown, out->set.series,
				       out->set.n * sizeof *grown);
			out->set.series = grown;
			ok = grown != NULL;
		}
		ok = ok && count_alert(ask, alert, arena, out);
	}
	vg_book_unlock(p->s->book);
	if (walked > VG_PQ_SAMPLES_MAX)
		return vg_err_set(err, VG_DROP,
				  "query processing would load too many "
				  "samples into memory in query execution");
	return ok ? VG_OK : no_memory(err);
}

/* A partner's state is known for now alone. */
static enum vg_rc read_partners(struct vg_prom *p, const struct vg_pq_ask *ask,
				struct vg_arena *arena, struct vg_pq_block *out,
				struct vg_err *err)
{
	const struct vg_config *cfg = p->s->env->cfg;
	bool ok = true;

	out->set.series = vg_arena_alloc(
		arena, cfg->n_partners * sizeof *out->set.series + 1);
	if (out->set.series == NULL)
		return no_memory(err);
	vg_view_read_lock(p->s->view);
	for (size_t k = 0; ok && k < cfg->n_partners; k++) {
		const struct vg_partner *one = &cfg->partners[k];
		struct vg_partner_health h =
			vg_health_partner(p->s->view, cfg, one, p->r->now_ms);
		struct vg_pq_label label[2] = {
			{vg_slice_of("partner"), vg_slice_of(one->id)},
			{vg_slice_of("state"),
			 vg_slice_of(vg_health_name(h.state))}};
		double *v;

		if (!vg_partner_is_member(one, p->r->now_ms))
			continue;
		v = gauge_at(arena, ask, label, out);
		ok = v != NULL;
		for (size_t i = 0; ok && i < ask->times.n; i++) {
			int64_t t = vg_pq_time(&ask->times, i);

			if (t > p->r->now_ms - HEALTH_AHEAD_MS &&
			    t < p->r->now_ms + HEALTH_AHEAD_MS)
				v[i] = 1;
		}
	}
	vg_view_unlock(p->s->view);
	return ok ? VG_OK : no_memory(err);
}

static enum vg_rc read_metric(void *ctx, const struct vg_pq_ask *ask,
			      struct vg_arena *arena, struct vg_pq_block *out,
			      struct vg_err *err)
{
	struct vg_prom *p = ctx;

	if (ask->metric->is_counter)
		return read_counter(p, ask, arena, out, err);
	if (ask->times.n > VG_PQ_SAMPLES_MAX)
		return vg_err_set(err, VG_DROP, "too many samples");
	out->first_ms = ask->times.first_ms;
	out->n = ask->times.n;
	return ask->metric == &metrics[0]
		       ? read_alerts(p, ask, arena, out, err)
		       : read_partners(p, ask, arena, out, err);
}

void vg_prom_source(struct vg_prom *p)
{
	p->source = (struct vg_pq_source){.ctx = p,
					  .metric = metrics,
					  .n_metrics = METRICS,
					  .read = read_metric};
}

static bool has_field(const struct vg_series_info *info, struct vg_slice name)
{
	return vg_slice_eq(vg_slice_of(info->field[0]), name) ||
	       (info->field[1] != NULL &&
		vg_slice_eq(vg_slice_of(info->field[1]), name));
}

void vg_prom_more_labels(const struct vg_slice *label, unsigned n,
			 struct vg_buf *out)
{
	for (size_t i = 0; i < VG_AGG_SERIES_N; i++) {
		const struct vg_series_info *info = vg_series_info(i);
		unsigned k = 0;

		while (k < n && has_field(info, label[k]))
			k++;
		for (int f = 0; k == n && f < 2 && info->field[f] != NULL; f++)
			vg_buf_printf(out, "%s ", info->field[f]);
	}
}
