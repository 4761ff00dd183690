/*
 * Everything that one screen shows, in one answer: totals and series by
 * country, top actors and techniques against the same span before, who attacks
 * whom, what fires, who is heard.
 *
 * All that is counted is kept as one text of its own: what fires and who is
 * heard change without it, and a thousand dashboards may ask while it changes
 * with each batch, so it is counted anew at most every VG_KEPT_HOLD_MS.
 */
#include "api/alert_out.h"
#include "api/handlers.h"
#include "api/kept.h"
#include "api/params.h"
#include "api/partner_out.h"
#include "api/span.h"
#include "api/viewer.h"
#include "core/defect.h"

#include <assert.h>

enum { TOP_DEFAULT = 10, TOP_MAX = 100, ARCS = 50, ALERTS = 20 };
/* Who is heard is a matter of time too: it is looked at again after this. */
enum { HEALTH_MS = 1000 };

static const struct window {
	int64_t ms;
	enum vg_res step;
} windows[] = {
	{900000, VG_RES_1M},   {3600000, VG_RES_1M},   {21600000, VG_RES_1M},
	{86400000, VG_RES_1H}, {604800000, VG_RES_1H},
};

#define WINDOWS "15m 1h 6h 24h 7d"

/* The parts, each read before anything is written. */
struct wall {
	struct vg_query q; /* by country */
	struct vg_query_result series;
	struct vg_span_pair countries, actors, techniques;
	struct vg_query_result arcs;
	struct vg_buf counts, alerts, partners; /* JSON; counts: members */
	struct vg_view_freshness fresh;		/* of the counts */
	int64_t n_firing, n_recovering;
	int64_t top;
	int marking;
	uint64_t folded;
};

static void wall_term(struct wall *w)
{
	vg_query_result_term(&w->series);
	vg_span_pair_term(&w->countries);
	vg_span_pair_term(&w->actors);
	vg_span_pair_term(&w->techniques);
	vg_query_result_term(&w->arcs);
	vg_buf_term(&w->counts);
	vg_buf_term(&w->alerts);
	vg_buf_term(&w->partners);
}

static bool read_window(const struct vg_request *r, struct vg_answer *a,
			struct wall *w, const char **name)
{
	static const char *const names[] = {"15m", "1h", "6h", "24h", "7d"};
	const int64_t tops[2] = {1, TOP_MAX};
	int word = 1;
	int64_t width;

	w->top = TOP_DEFAULT;
	if (!vg_param_word(r, a, "window", WINDOWS, &word) ||
	    !vg_param_int(r, a, "n", tops, &w->top))
		return false;
	width = vg_res_ms(windows[word].step);
	w->q = (struct vg_query){.viewer = r->viewer,
				 .now_ms = r->now_ms,
				 .step = windows[word].step,
				 .n_by = 1,
				 .by = {vg_slice_of("country")}};
	w->q.to_ms = (r->now_ms + width - 1) / width * width;
	w->q.from_ms = w->q.to_ms - windows[word].ms;
	*name = names[word];
	return true;
}

static bool compare_by(struct vg_service *s, const struct vg_request *r,
		       struct vg_answer *a, struct wall *w, const char *field,
		       struct vg_span_pair *out)
{
	struct vg_query q = w->q;

	q.totals = true;
	q.by[0] = vg_slice_of(field);
	if (!vg_span_compare(s, r, a, &q, out, false))
		return false;
	w->marking = out->marking > w->marking ? out->marking : w->marking;
	w->folded |= out->folded;
	return true;
}

static bool read_arcs(struct vg_service *s, const struct vg_request *r,
		      struct vg_answer *a, struct wall *w)
{
	struct vg_query q = w->q;

	q.totals = true;
	q.n_by = 2;
	q.by[0] = vg_slice_of("source_country");
	q.by[1] = vg_slice_of("country");
	if (!vg_select_run(s, r, a, &q, &w->arcs, false))
		return false;
	vg_query_top(&w->arcs, ARCS);
	if (w->arcs.marking > w->marking)
		w->marking = w->arcs.marking;
	return true;
}

static bool count(struct vg_service *s, const struct vg_request *r,
		  struct vg_answer *a, struct wall *w)
{
	if (!vg_select_run(s, r, a, &w->q, &w->series, false))
		return false;
	return compare_by(s, r, a, w, "country", &w->countries) &&
	       compare_by(s, r, a, w, "actor", &w->actors) &&
	       compare_by(s, r, a, w, "technique", &w->techniques) &&
	       read_arcs(s, r, a, w);
}

/* What fires, and what has just ended. */
static void read_alerts(struct vg_service *s, const struct vg_request *r,
			struct wall *w)
{
	const char *viewer = vg_viewer_name(s->env->cfg, r->viewer);
	struct vg_jout j = {.buf = &w->alerts};
	int64_t shown = 0;

	vg_jout_open(&j, '[');
	vg_book_read_lock(s->book);
	for (size_t i = 0; i < vg_book_count(s->book); i++) {
		const struct vg_book_alert *alert = vg_book_at(s->book, i);
		enum vg_alert_state state;

		if (!vg_alert_is_listed(alert, false) ||
		    !vg_alert_sees(alert, viewer))
			continue;
		state = vg_alert_state(alert, r->now_ms);
		if (state == VG_ALERT_RESOLVED)
			continue;
		if (state == VG_ALERT_FIRING)
			w->n_firing++;
		else
			w->n_recovering++;
		if (shown < ALERTS &&
		    vg_alert_write_brief(&j, alert, r->now_ms, &w->marking))
			shown++;
	}
	vg_book_unlock(s->book);
	vg_jout_close(&j, ']');
}

static void read_partners(struct vg_service *s, const struct vg_request *r,
			  struct wall *w)
{
	const struct vg_config *cfg = s->env->cfg;
	struct vg_jout j = {.buf = &w->partners};

	vg_jout_open(&j, '[');
	vg_view_read_lock(s->view);
	for (size_t i = 0; i < cfg->n_partners; i++) {
		const struct vg_partner *p = &cfg->partners[i];
		struct vg_partner_reach reach =
			vg_partner_reach_locked(s->view, p);

		vg_jout_open(&j, '{');
		vg_partner_write_locked(&j, s, p, &reach, r->now_ms, false);
		vg_jout_close(&j, '}');
	}
	vg_view_unlock(s->view);
	vg_jout_close(&j, ']');
}

static void write_series(struct vg_jout *j, const struct vg_query_result *res)
{
	vg_jout_name(j, "series");
	vg_jout_open(j, '[');
	for (size_t i = 0; i < res->n_rows; i++) {
		vg_jout_open(j, '{');
		vg_jout_name(j, "country");
		vg_jout_slice(j, res->row[i].key[0]);
		vg_jout_name(j, "values");
		vg_jout_open(j, '[');
		for (size_t t = 0; t < res->n_times; t++) {
			if (res->row[i].value[t] < 0)
				vg_jout_null(j);
			else
				vg_jout_i64(j, res->row[i].value[t]);
		}
		vg_jout_close(j, ']');
		vg_jout_close(j, '}');
	}
	vg_jout_close(j, ']');
}

static void write_top(struct vg_jout *j, const char *name, const char *field,
		      const struct vg_span_pair *p, int64_t top)
{
	vg_jout_name(j, name);
	vg_jout_open(j, '[');
	for (size_t i = 0; i < p->n && (int64_t)i < top; i++) {
		vg_jout_open(j, '{');
		vg_jout_name(j, field);
		vg_jout_slice(j, p->row[i].key[0]);
		vg_span_write(j, p, &p->row[i]);
		vg_jout_close(j, '}');
	}
	vg_jout_close(j, ']');
}

static void write_arcs(struct vg_jout *j, const struct vg_query_result *res)
{
	vg_jout_name(j, "arcs");
	vg_jout_open(j, '[');
	for (size_t i = 0; i < res->n_rows; i++) {
		vg_jout_open(j, '{');
		vg_jout_name(j, "source_country");
		vg_jout_slice(j, res->row[i].key[0]);
		vg_jout_name(j, "country");
		vg_jout_slice(j, res->row[i].key[1]);
		vg_jout_name(j, "value");
		vg_jout_i64(j, res->row[i].total);
		vg_jout_close(j, '}');
	}
	vg_jout_close(j, ']');
}

static void write_alerts(struct vg_jout *j, const struct wall *w)
{
	vg_jout_name(j, "alerts");
	vg_jout_open(j, '{');
	vg_jout_name(j, "firing");
	vg_jout_i64(j, w->n_firing);
	vg_jout_name(j, "recovering");
	vg_jout_i64(j, w->n_recovering);
	vg_jout_name(j, "newest");
	vg_jout_raw(j, w->alerts.p, w->alerts.n);
	vg_jout_close(j, '}');
}

static void write_counts(struct vg_buf *out, const struct wall *w)
{
	const struct vg_span_row all = {.value = w->countries.total,
					.before = w->countries.total_before};
	struct vg_jout j = {.buf = out};

	vg_jout_open(&j, '{');
	vg_jout_name(&j, "total");
	vg_jout_open(&j, '{');
	vg_span_write(&j, &w->countries, &all);
	vg_jout_close(&j, '}');
	write_series(&j, &w->series);
	write_top(&j, "countries", "country", &w->countries, TOP_MAX);
	write_top(&j, "actors", "actor", &w->actors, w->top);
	write_top(&j, "techniques", "technique", &w->techniques, w->top);
	write_arcs(&j, &w->arcs);
	vg_jout_close(&j, '}');
}

/* Count, unless what was counted before still stands, or is held. `r` is the
 * wall's, with a claim of the counts alone. */
static bool claim_counts(struct vg_service *s, const struct vg_request *r,
			 struct vg_answer *a, struct wall *w)
{
	struct vg_kept_claim *c = r->claim;
	struct vg_answer part = {.content_type = "application/json"};

	if (vg_kept_find(s, r, &part, VG_FORMATS,
			 (const int64_t[2]){w->q.from_ms, w->q.to_ms})) {
		w->marking = (int)c->note[0];
		w->folded = (uint64_t)c->note[1];
	} else {
		if (!count(s, r, a, w))
			return false;
		write_counts(&part.body, w);
		c->note[0] = w->marking;
		c->note[1] = (int64_t)w->folded;
		c->fresh = w->fresh;
		c->hold_ms = r->now_ms + VG_KEPT_HOLD_MS;
		vg_kept_put(s, r, &part);
	}
	if (c->held && !VG_DEFECT("held-now"))
		w->fresh = c->fresh;
	else
		c->fresh = w->fresh;
	w->counts = part.body;
	part.body = (struct vg_buf){0};
	vg_answer_term(&part);
	return true;
}

static bool read_counts(struct vg_service *s, const struct vg_request *r,
			struct vg_answer *a, struct wall *w)
{
	struct vg_kept_claim claim = {.n = 0};
	struct vg_request part = *r;
	bool ok;

	part.claim = &claim;
	part.if_none_match = NULL;
	ok = claim_counts(s, &part, a, w);
	if (ok && r->claim != NULL)
		vg_kept_hang(r->claim, &claim);
	vg_kept_claim_term(&claim);
	return ok;
}

static void write_body(const struct vg_service *s, struct vg_answer *a,
		       const struct wall *w, const char *window)
{
	struct vg_jout j = vg_answer_json(a, 200);

	vg_jout_open(&j, '{');
	vg_jout_name(&j, "window");
	vg_jout_text(&j, window);
	vg_jout_name(&j, "step");
	vg_jout_text(&j, vg_res_name(w->q.step));
	vg_select_write_range(&j, &w->q);
	vg_answer_marking(&j, w->marking);
	vg_select_write_folded(&j, s->env->cfg, w->folded);
	vg_jout_members(&j, w->counts.p, w->counts.n);
	write_alerts(&j, w);
	vg_jout_name(&j, "partners");
	vg_jout_raw(&j, w->partners.p, w->partners.n);
	vg_jout_close(&j, '}');
	if (w->counts.failed || w->alerts.failed || w->partners.failed)
		a->body.failed = true;
}

void vg_get_wall(struct vg_service *s, const struct vg_request *r,
		 struct vg_answer *a)
{
	struct vg_view_freshness now;
	struct wall w = {.marking = -1};
	const char *window;

	assert(s->book != NULL);
	if (!read_window(r, a, &w, &window))
		return;
	now = w.fresh = vg_service_freshness(s, r);
	if (vg_kept_find(s, r, a, VG_FORMAT_JSON,
			 (const int64_t[2]){w.q.from_ms, w.q.to_ms})) {
		if (r->claim->held)
			w.fresh = r->claim->fresh;
		goto fresh;
	}
	if (r->claim != NULL) {
		r->claim->has_alerts = true;
		r->claim->until_ms = r->now_ms + HEALTH_MS;
	}
	if (!read_counts(s, r, a, &w))
		goto out;
	read_alerts(s, r, &w);
	read_partners(s, r, &w);
	write_body(s, a, &w, window);
	vg_select_headers(s, a, w.marking, w.folded);
fresh:
	w.fresh.stale = now.stale;
	vg_service_fresh_headers(a, &w.fresh);
out:
	wall_term(&w);
}
