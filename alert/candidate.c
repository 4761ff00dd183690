#include "alert/candidate.h"

#include "aggregate/keys.h"
#include "alert/chain.h"
#include "alert/pieces.h"
#include "alert/visible_form.h"

#include <assert.h>
#include <stdlib.h>

enum { NO_PARTNER = 64 };

static enum vg_rc no_memory(struct vg_err *err)
{
	return vg_err_set(err, VG_FATAL, "alert: out of memory");
}

/* A packed value as people read it: a tuple's parts joined by "|". */
static void read_value(struct vg_buf *out, struct vg_slice packed)
{
	struct vg_slice part[VG_TRACK_GROUP_MAX];
	unsigned n = vg_field_split(packed, part, VG_TRACK_GROUP_MAX);

	vg_buf_reset(out);
	for (unsigned i = 0; i < n; i++) {
		if (i > 0)
			vg_buf_str(out, "|");
		vg_field_unescape(out, part[i]);
	}
}

/* The stages that an event is of, from 1, joined by "+". */
static void read_stages(struct vg_buf *out, const struct vg_take *take,
			struct vg_slice text)
{
	uint64_t set = vg_visible_classes(text);

	for (unsigned k = 0; k <= take->n_part; k++) {
		if ((set >> k & 1) == 0)
			continue;
		if (out->n > 0)
			vg_buf_str(out, "+");
		if (k < take->n_part)
			vg_buf_i64(out, (int64_t)k + 1);
		else
			vg_buf_str(out, "until");
	}
}

/* What a row calls the value of a span. Where rules count or sum there is one
 * row a partner. */
static void read_row(struct vg_buf *out, const struct vg_reconcile *r,
		     const struct vg_seen_span *x)
{
	const struct vg_take *take = &r->seen->rule->take[x->condition];
	struct vg_slice text =
		vg_values_text(vg_groups_values(r->e->groups), x->value);

	vg_buf_reset(out);
	if (r->seen->rule->n_chain > 0)
		vg_buf_str(out, "events");
	else if (take->what == VG_TAKE_MASK)
		read_stages(out, take, text);
	else if (take->what == VG_TAKE_VALUE)
		read_value(out, text);
	vg_buf_str(out, ""); /* an empty one is a text, too */
}

/* True when the span's value is present at some time of the episode. */
static bool touches(const struct vg_gspan *s, const struct vg_alert *a,
		    int64_t window_ms)
{
	if (a->start_ms == a->end_ms)
		return vg_span_first(s) == a->start_ms;
	return vg_span_first(s) < a->end_ms &&
	       vg_span_last(s) + window_ms > a->start_ms;
}

static void raise_marking(struct vg_alert *a, int marking)
{
	if (marking > a->marking)
		a->marking = marking;
}

static enum vg_rc add_spans(struct vg_alert *out, const struct vg_reconcile *r,
			    struct vg_err *err)
{
	const struct vg_visible *v = r->seen;
	struct vg_buf text = {0};
	bool ok = true;

	for (size_t i = 0; ok && i < v->n; i++) {
		const struct vg_gspan *s = v->span[i].span;

		if (!touches(s, out, v->rule->window_ms))
			continue;
		out->approximate |= vg_span_is_rounded(s);
		read_row(&text, r, &v->span[i]);
		const uint16_t aud = (uint16_t)vg_span_audience(s);
		const struct vg_seen row = {
			.condition = v->span[i].condition,
			.partner = vg_visible_partner(v, s),
			.value = text.p != NULL ? text.p : (char[]){""},
			.first_ms = vg_span_first(s),
			.last_ms = vg_span_last(s),
			.seen_by = vg_audience_viewers(r->e->o.env->aud, aud)};

		ok = !text.failed && vg_alert_add(out, &row);
		raise_marking(out, (int)vg_audience_label(aud));
	}
	vg_buf_term(&text);
	return ok ? VG_OK : no_memory(err);
}

static bool touches_fed(const struct vg_fed *f, const struct vg_alert *a,
			int64_t window_ms)
{
	return f->start_ms < a->end_ms && f->start_ms + window_ms > a->start_ms;
}

/* Of a chain: a row for each partner of an alert that it counts, by the rule
 * that raised it. Nobody but the chain's class is taken to see all of those. */
static enum vg_rc add_fed(struct vg_alert *out, const struct vg_reconcile *r,
			  struct vg_err *err)
{
	const struct vg_rule *rule = r->seen->rule;
	const struct vg_fed *f;

	for (size_t pos = 0;
	     (f = vg_chain_next(r->group, r->rule_index, r->class_index,
				&pos)) != NULL;) {
		if (!touches_fed(f, out, rule->window_ms))
			continue;
		out->approximate |= f->approximate;
		raise_marking(out, f->marking);
		for (uint32_t p = 0; p < NO_PARTNER; p++) {
			const struct vg_seen row = {
				.partner = p,
				.value = (char *)(uintptr_t)f->of->id,
				.first_ms = f->start_ms,
				.last_ms = f->start_ms};

			if ((f->partners >> p & 1) != 0 &&
			    !vg_alert_add(out, &row))
				return no_memory(err);
		}
	}
	return VG_OK;
}

/* True when part of `a` is a fact of this episode. */
static bool is_fact_of(const struct vg_reconcile *r, const struct vg_alert *a,
		       const struct vg_alert *episode)
{
	struct vg_episode fact;

	return vg_pieces_fact(a, r->seen->rule, r->exact_ms, &fact) &&
	       fact.start_ms >= episode->start_ms &&
	       fact.end_ms <= episode->end_ms;
}

static enum vg_rc add_facts(struct vg_alert *out, const struct vg_reconcile *r,
			    const struct vg_alert *stored, struct vg_err *err)
{
	for (const struct vg_alert *a = stored; a != NULL; a = a->next) {
		if (!is_fact_of(r, a, out))
			continue;
		raise_marking(out, a->marking);
		out->approximate |= a->approximate;
		out->omitted =
			a->omitted > out->omitted ? a->omitted : out->omitted;
		for (size_t i = 0; i < a->n_row; i++)
			if (!vg_alert_add(out, &a->row[i]))
				return no_memory(err);
		if (a->start_ms == out->start_ms && a->tip.value != NULL &&
		    !vg_alert_tip(out, &a->tip))
			return no_memory(err);
	}
	return VG_OK;
}

/* True when no other span has the value of span `i` in the window before
 * `at_ms`: at that time it enters. */
static bool enters(const struct vg_visible *v, size_t i, int64_t at_ms)
{
	const struct vg_seen_span *x = &v->span[i];

	if (vg_span_first(x->span) != at_ms)
		return false;
	if (!vg_rule_is_plain(v->rule))
		return true;
	for (size_t k = 0; k < v->n; k++) {
		const struct vg_seen_span *y = &v->span[k];

		if (y->condition == x->condition && y->value == x->value &&
		    vg_span_first(y->span) < at_ms &&
		    vg_span_last(y->span) + v->rule->window_ms >= at_ms)
			return false;
	}
	return true;
}

/* The event at which it first held: one whose value enters the window at the
 * start; of several the first by field, value and partner. */
static enum vg_rc find_tip(struct vg_alert *out, const struct vg_reconcile *r,
			   struct vg_err *err)
{
	const struct vg_visible *v = r->seen;
	struct vg_seen best = {.value = NULL};
	struct vg_buf text = {0};
	enum vg_rc rc = VG_OK;

	for (size_t i = 0; rc == VG_OK && i < v->n; i++) {
		const struct vg_gspan *s = v->span[i].span;
		struct vg_seen t = {.condition = v->span[i].condition,
				    .partner = vg_visible_partner(v, s),
				    .first_ms = out->start_ms,
				    .last_ms = out->start_ms};

		if (!enters(v, i, out->start_ms))
			continue;
		read_row(&text, r, &v->span[i]);
		if (text.failed)
			rc = no_memory(err);
		t.value = text.p;
		if (rc != VG_OK || text.p == NULL)
			continue;
		if (best.value != NULL && vg_seen_order(&best, &t) <= 0)
			continue;
		if (!vg_alert_tip(out, &t))
			rc = no_memory(err);
		best = out->tip;
	}
	vg_buf_term(&text);
	return rc;
}

/* The same of alerts: one that begins at the start of the chain. */
static enum vg_rc find_fed_tip(struct vg_alert *out, struct vg_err *err)
{
	for (size_t i = 0; i < out->n_row; i++) {
		struct vg_seen t = out->row[i];

		if (t.first_ms != out->start_ms ||
		    (out->tip.value != NULL &&
		     vg_seen_order(&out->tip, &t) <= 0))
			continue;
		t.last_ms = t.first_ms;
		if (!vg_alert_tip(out, &t))
			return no_memory(err);
	}
	return VG_OK;
}

enum vg_rc vg_candidate_fill(struct vg_alert *out, const struct vg_reconcile *r,
			     const struct vg_alert *stored,
			     const struct vg_episode *e, struct vg_err *err)
{
	assert(e->start_ms <= e->end_ms);
	assert(out->row == NULL && out->n_row == 0);
	out->start_ms = e->start_ms;
	out->end_ms = e->end_ms;
	out->peak = e->peak;
	out->peak_at_ms = e->peak_at_ms;
	enum vg_rc rc = add_spans(out, r, err);
	if (rc == VG_OK)
		rc = find_tip(out, r, err);
	if (rc == VG_OK)
		rc = add_fed(out, r, err);
	if (rc == VG_OK && r->seen->rule->n_chain > 0)
		rc = find_fed_tip(out, err);
	if (rc == VG_OK)
		rc = add_facts(out, r, stored, err);
	if (rc == VG_OK)
		vg_alert_settle_rows(out);
	return rc;
}

static bool holds_in(const struct vg_episode *e, size_t n,
		     const struct vg_alert *a)
{
	for (size_t i = 0; i < n; i++)
		if (e[i].start_ms < a->end_ms && e[i].end_ms > a->start_ms)
			return true;
	return false;
}

enum vg_rc vg_candidate_without(struct vg_alert *out,
				const struct vg_reconcile *r,
				const struct vg_alert *stored,
				struct vg_err *err)
{
	uint64_t partners = vg_alert_partners(out);

	out->holds_without = 0;
	for (uint32_t p = 0; p < NO_PARTNER; p++) {
		struct vg_episode *e = NULL;
		size_t n = 0;

		if ((partners >> p & 1) == 0)
			continue;
		enum vg_rc rc = vg_visible_episodes(r->seen, p, &e, &n, err);
		if (rc != VG_OK)
			return rc;
		if (holds_in(e, n, out))
			out->holds_without |= (uint64_t)1 << p;
		free(e);
	}
	for (const struct vg_alert *a = stored; a != NULL; a = a->next)
		if (is_fact_of(r, a, out))
			out->holds_without |= a->holds_without;
	return VG_OK;
}
