/*
 * recall - what a recall must have led to, the slow and plain way: every
 * record it may need is kept, and read again for each step.
 */
#include "verify/recount_parts.h"

#include "aggregate/cells.h"
#include "verify/names.h"
#include "verify/recall_ask.h"

#include <stdlib.h>
#include <string.h>

enum { SLOTS = 64 };

struct recall {
	struct vg_recount *r;
	struct vg_recall_ask ask;
	int64_t from, start, before_ms;
	bool widens;
	bool *found;
	struct vg_cells *marked, *left; /* spans touched; and what is left */
};

static int64_t larger(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static void *sure(void *p)
{
	if (p == NULL)
		abort();
	return p;
}

static uint64_t viewers_of(const struct vg_recount *r, uint16_t audience)
{
	uint64_t slots = 0;

	for (unsigned slot = 0; slot < SLOTS; slot++)
		if (vg_audience_sees(r->env->aud, audience, slot))
			slots |= UINT64_C(1) << slot;
	return slots;
}

static uint16_t narrowed_to(const struct vg_recount *r, enum vg_tlp label,
			    uint64_t viewers)
{
	return vg_audience_of_viewers(r->env->aud, r->partner->slot, label,
				      viewers);
}

/* Read a kept event again, as the event at hand, under the audience that it
 * has by itself. */
static void read_kept(struct vg_recount *r, const struct vg_kept *k)
{
	bool undeclared;

	if (vg_second_of(&r->second, r->env, r->partner, k->offset,
			 (struct vg_slice){k->value, k->n}) != VG_SECOND_EVENT)
		abort();
	r->ref_ms = k->ts_ms;
	(void)vg_recount_dress(r, &undeclared);
	vg_recount_mark(r, k->marks);
}

static void set_audience(struct vg_recount *r, const struct vg_kept *k)
{
	if (k->narrowed)
		r->second.event.audience = narrowed_to(r, k->label, k->viewers);
}

static bool is_asked_for(struct recall *x)
{
	const struct vg_event *e = &x->r->second.event;

	if (!vg_slice_eq(e->sensor, x->ask.sensor))
		return false;
	if (x->ask.ids == NULL)
		return e->time_ms >= x->ask.from_ms &&
		       e->time_ms < x->ask.to_ms;
	int i = vg_recall_ask_find(&x->ask, e->id);
	if (i >= 0)
		x->found[i] = true;
	return i >= 0;
}

/* What the recall makes of a kept event, that is the event at hand. */
static struct vg_kept outcome(struct recall *x, const struct vg_kept *k)
{
	const struct vg_event *e = &x->r->second.event;
	const struct vg_recall_ask *ask = &x->ask;
	uint64_t own = viewers_of(x->r, e->audience);
	struct vg_kept to = *k;
	bool undeclared;

	if (ask->label < 0 && !ask->narrows) {
		to.gone = true;
		return to;
	}
	enum vg_tlp label =
		ask->label >= 0 ? (enum vg_tlp)ask->label : e->label;
	uint16_t asked = vg_audience_of(
		x->r->env->aud, x->r->partner->slot, label,
		ask->narrows || e->narrowed,
		ask->narrows ? ask->releasable : e->releasable, &undeclared);
	uint64_t wanted = viewers_of(
		x->r, vg_audience_at(x->r->env->aud, asked, k->ts_ms));
	if (label < e->label || (wanted & ~own) != 0)
		x->widens = true;
	if (!k->narrowed) {
		to.label = e->label;
		to.viewers = own;
	}
	to.narrowed = true;
	to.label = label > to.label ? label : to.label;
	to.viewers &= wanted;
	return to;
}

/* The latest time that an event of a record with timestamp `ms` has. */
static int64_t latest_of(const struct vg_recount *r, int64_t ms)
{
	const int64_t most = INT64_C(1) << 53;

	ms = ms > most ? most : ms < -most ? -most : ms;
	return ms + vg_config_future_ms(r->env->cfg, r->partner);
}

static bool in_reach(const struct recall *x, const struct vg_kept *k)
{
	return k->offset >= x->from && k->value != NULL;
}

/* Find whom it asks for. */
static void find_targets(struct recall *x)
{
	struct vg_recount *r = x->r;

	for (size_t i = 0; i < r->n_kept; i++) {
		struct vg_kept *k = &r->kept[i];

		k->is_target = false;
		if (k->offset >= x->start && k->offset < x->from)
			x->before_ms =
				larger(x->before_ms, latest_of(r, k->ts_ms));
		if (!in_reach(x, k))
			continue;
		read_kept(r, k);
		if (!is_asked_for(x))
			continue;
		struct vg_kept to = outcome(x, k);
		bool moves = to.gone;
		if (!to.gone) {
			set_audience(r, k);
			moves = narrowed_to(r, to.label, to.viewers) !=
				r->second.event.audience;
		}
		k->is_target = !k->gone && moves;
	}
}

static bool may_do(const struct recall *x)
{
	if (x->widens || (x->ask.ids == NULL && x->before_ms >= x->ask.from_ms))
		return false;
	for (int i = 0; i < vg_recall_ask_n(&x->ask); i++) {
		struct vg_slice id = vg_recall_ask_id(&x->ask, i);

		if (!x->found[vg_recall_ask_find(&x->ask, id)])
			return false;
	}
	return true;
}

/* Spans of what is taken out of an audience, and of what is counted in the
 * end: the kept event at hand. */
static void collect_spans(struct recall *x, const struct vg_kept *k)
{
	struct vg_recount *r = x->r;

	if (!k->is_target) {
		set_audience(r, k);
		sure(vg_recount_spans(r, k->offset, x->left) ? r : NULL);
		return;
	}
	struct vg_kept to = outcome(x, k);
	set_audience(r, k);
	sure(vg_recount_spans(r, k->offset, x->marked) ? r : NULL);
	if (to.gone)
		return;
	r->second.event.audience = narrowed_to(r, to.label, to.viewers);
	sure(vg_recount_spans(r, k->offset, x->left) ? r : NULL);
}

/* Take the kept event at hand from its steps, or to those of where it moves. */
static void move_steps(struct recall *x, const struct vg_kept *k)
{
	struct vg_recount *r = x->r;

	if (!k->is_target)
		return;
	struct vg_kept to = outcome(x, k);
	set_audience(r, k);
	sure(vg_recount_steps(r, -1) ? r : NULL);
	if (to.gone)
		return;
	r->second.event.audience = narrowed_to(r, to.label, to.viewers);
	sure(vg_recount_steps(r, 1) ? r : NULL);
}

/* Do so for each event in reach that rules have. */
static void each_in_rules(struct recall *x,
			  void (*what)(struct recall *x,
				       const struct vg_kept *k))
{
	struct vg_recount *r = x->r;
	int64_t log_ms = INT64_MIN;

	for (size_t i = 0; i < r->n_kept; i++) {
		struct vg_kept *k = &r->kept[i];

		if (k->offset >= x->start)
			log_ms = larger(log_ms, k->ts_ms);
		if (!in_reach(x, k) || k->gone)
			continue;
		read_kept(r, k);
		r->at_ms = log_ms;
		what(x, k);
	}
}

static bool is_target(const struct recall *x, int64_t offset)
{
	const struct vg_kept *k = x->r->kept;
	size_t from = 0, to = x->r->n_kept;

	while (from < to) {
		size_t mid = from + (to - from) / 2;

		if (k[mid].offset < offset)
			from = mid + 1;
		else
			to = mid;
	}
	return from < x->r->n_kept && k[from].offset == offset &&
	       k[from].is_target;
}

static const int64_t *left_of(const struct recall *x, struct vg_bucket_id id,
			      struct vg_slice field)
{
	const struct vg_table *t = vg_cells_get(x->left, id);

	return t != NULL ? vg_table_get(t, field) : NULL;
}

/* Can what becomes of the span be known from the records in reach? Others may
 * have times up to before_ms. */
static bool is_known(const struct recall *x, struct vg_bucket_id id,
		     struct vg_slice field, const int64_t *held)
{
	const int64_t *left = left_of(x, id, field);
	bool first = is_target(x, held[1]), last = is_target(x, held[3]);

	if (id.start_ms + held[0] > x->before_ms)
		return true;
	return !first && (!last || (left != NULL &&
				    id.start_ms + left[2] >= x->before_ms));
}

static bool all_known(const struct recall *x)
{
	struct vg_bucket_id id;
	struct vg_table *t = NULL, *have;
	struct vg_slice field;
	int64_t *v = NULL;

	for (size_t pos = 0; vg_cells_next(x->marked, &pos, &id, &t);)
		for (size_t at = 0; vg_table_next(t, &at, &field, &v);) {
			have = vg_cells_get(x->r->cells, id);
			v = have != NULL ? vg_table_get(have, field) : NULL;
			if (v != NULL && !is_known(x, id, field, v))
				return false;
		}
	return true;
}

/* The earliest and the latest of both. */
static void join(int64_t into[4], const int64_t from[4])
{
	if (from[0] < into[0] || (from[0] == into[0] && from[1] < into[1]))
		memcpy(into, from, 2 * sizeof *into);
	if (from[2] > into[2] || (from[2] == into[2] && from[3] > into[3]))
		memcpy(into + 2, from + 2, 2 * sizeof *into);
}

static void mend(const struct recall *x, struct vg_bucket_id id,
		 struct vg_slice field)
{
	struct vg_table *have = vg_cells_get(x->r->cells, id);
	int64_t *v = have != NULL ? vg_table_get(have, field) : NULL;
	const int64_t *left = left_of(x, id, field);

	if (v == NULL)
		return;
	bool first = is_target(x, v[1]), last = is_target(x, v[3]);
	if (first && left == NULL) {
		vg_table_remove(have, field);
		if (vg_table_count(have) == 0)
			vg_cells_drop(x->r->cells, id);
		return;
	}
	if (first)
		memcpy(v, left, 2 * sizeof *v);
	if (last)
		memcpy(v + 2, left + 2, 2 * sizeof *v);
	if (left != NULL)
		join(v, left);
}

static void mend_spans(const struct recall *x)
{
	struct vg_bucket_id id;
	struct vg_table *t = NULL, *have;
	struct vg_slice field;
	int64_t *v = NULL, *to;

	for (size_t pos = 0; vg_cells_next(x->marked, &pos, &id, &t);)
		for (size_t at = 0; vg_table_next(t, &at, &field, &v);)
			mend(x, id, field);
	/* What came to an audience where it was not: the rest is there. */
	for (size_t pos = 0; vg_cells_next(x->left, &pos, &id, &t);)
		for (size_t at = 0; vg_table_next(t, &at, &field, &v);) {
			bool is_new = false;

			have = sure(vg_cells_at(x->r->cells, id, NULL));
			to = sure(vg_table_at(have, field, &is_new));
			if (is_new)
				memcpy(to, v, 4 * sizeof *to);
			join(to, v);
		}
}

static bool correct(struct recall *x, struct vg_kept *k)
{
	struct vg_recount *r = x->r;
	bool good = true;

	read_kept(r, k);
	struct vg_kept to = outcome(x, k);
	set_audience(r, k);
	good = vg_recount_series(r, -1);
	*k = to;
	if (to.gone)
		return good && vg_recount_tally(r, "recalled", k->ts_ms, 1) &&
		       vg_recount_tally(r, "recalled_events", k->ts_ms,
					r->second.event.count);
	set_audience(r, k);
	return good && vg_recount_series(r, 1) &&
	       vg_recount_tally(r, "narrowed", k->ts_ms, 1);
}

static bool run(struct recall *x)
{
	struct vg_recount *r = x->r;

	find_targets(x);
	if (!may_do(x))
		return false;
	each_in_rules(x, collect_spans);
	if (!all_known(x))
		return false;
	mend_spans(x);
	each_in_rules(x, move_steps);
	for (size_t i = 0; i < r->n_kept; i++)
		if (r->kept[i].is_target)
			sure(correct(x, &r->kept[i]) ? r : NULL);
	return true;
}

bool vg_recount_recall(struct vg_recount *r, int64_t offset,
		       const struct vg_slice record[2])
{
	const struct vg_config *cfg = r->env->cfg;
	struct recall x = {.r = r, .before_ms = INT64_MIN};

	x.from = larger(0, offset - vg_config_recall_span(cfg, r->partner));
	x.start = larger(0, x.from - vg_config_dedup_span(cfg, r->partner));
	x.marked = sure(vg_cells_new(r->env->table_seed));
	x.left = sure(vg_cells_new(r->env->table_seed));
	bool good = vg_recall_ask(&x.ask, cfg, record);
	if (good) {
		x.found = sure(calloc((size_t)vg_recall_ask_n(&x.ask) + 1,
				      sizeof *x.found));
		good = run(&x);
	}
	free(x.found);
	vg_recall_ask_term(&x.ask);
	vg_cells_free(x.marked);
	vg_cells_free(x.left);
	return good;
}
