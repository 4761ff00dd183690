#include "alert/agg.h"

#include "core/defect.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

/* A leaf on its way through time. */
struct run {
	struct vg_agg *agg;
	const struct vg_samples *in;
	size_t next[VG_LAGS_MAX]; /* sample that crosses each edge next */
	double value;
	bool has, holds;
};

struct sweep {
	const struct vg_form *form;
	struct run run[VG_LEAVES_MAX];
	int64_t from_ms, to_ms, clock_ms;
	struct vg_stretches *out;
	bool open;
};

bool vg_bounds_hold(const struct vg_bounds *b, double v)
{
	const bool kept[VG_BOUND_N] = {
		[VG_BOUND_GT] = v > b->bound[VG_BOUND_GT],
		[VG_BOUND_GTE] = v >= b->bound[VG_BOUND_GTE],
		[VG_BOUND_LT] = v < b->bound[VG_BOUND_LT],
		[VG_BOUND_LTE] = v <= b->bound[VG_BOUND_LTE],
		[VG_BOUND_EQ] = v == b->bound[VG_BOUND_EQ],
		[VG_BOUND_NEQ] = v != b->bound[VG_BOUND_NEQ],
	};

	for (unsigned op = 0; op < VG_BOUND_N; op++)
		if ((b->used >> op & 1) != 0 && !kept[op])
			return false;
	return true;
}

bool vg_kind_has_peak(enum vg_kind kind)
{
	return kind != VG_KIND_SILENCE && kind != VG_KIND_NEW_VALUE;
}

static struct vg_agg *make(const struct vg_leaf *leaf,
			   const struct vg_samples *in)
{
	static struct vg_agg *(*const row[VG_KIND_N])(
		const struct vg_leaf *, const struct vg_samples *) = {
		[VG_KIND_DISTINCT] = vg_agg_new_distinct,
		[VG_KIND_EVENT_COUNT] = vg_agg_new_count,
		[VG_KIND_SUM] = vg_agg_new_sum,
		[VG_KIND_AVG] = vg_agg_new_sum,
		[VG_KIND_PERCENTILE] = vg_agg_new_percentile,
		[VG_KIND_TEMPORAL] = vg_agg_new_temporal,
		[VG_KIND_TEMPORAL_ORDERED] = vg_agg_new_ordered,
		[VG_KIND_SPIKE] = vg_agg_new_spike,
		[VG_KIND_SILENCE] = vg_agg_new_count,
		[VG_KIND_RATIO] = vg_agg_new_ratio,
		[VG_KIND_BASELINE] = vg_agg_new_baseline,
		[VG_KIND_SHARE] = vg_agg_new_share,
	};

	assert(leaf->kind < VG_KIND_N && row[leaf->kind] != NULL);
	return row[leaf->kind](leaf, in);
}

static uint32_t positive_stages(const struct vg_leaf *leaf)
{
	uint32_t mask = 0;

	for (unsigned i = 0; i < leaf->n_stage; i++)
		if (!leaf->stage[i].absent)
			mask |= UINT32_C(1) << i;
	return mask;
}

/* Where the group is considered: from its first counted event to its last and
 * the largest lag; an event of an absent stage alone is not counted. */
static void set_life(struct vg_agg *a, const struct vg_samples *in)
{
	bool staged = a->leaf->kind == VG_KIND_TEMPORAL;
	uint32_t positive = positive_stages(a->leaf);

	a->from_ms = INT64_MAX;
	a->to_ms = INT64_MIN;
	for (size_t i = 0; i < in->n; i++) {
		int64_t t = in->v[i].t_ms;

		assert(i == 0 || in->v[i - 1].t_ms <= t);
		if (staged && (in->v[i].mask & positive) == 0)
			continue;
		if (t < a->from_ms)
			a->from_ms = t;
		a->to_ms = t + a->lag_ms[a->n_lag - 1];
	}
	if (a->leaf->kind == VG_KIND_SILENCE && in->n > 0)
		a->to_ms = INT64_MAX;
}

/* When something crosses an edge next; INT64_MAX: never again. */
static int64_t next_of(const struct run *r)
{
	int64_t at_ms = INT64_MAX;

	for (unsigned l = 0; l < r->agg->n_lag; l++) {
		if (r->next[l] == r->in->n)
			continue;
		int64_t t = r->in->v[r->next[l]].t_ms + r->agg->lag_ms[l];
		if (VG_DEFECT("edge-late") && l == 1)
			t++;
		if (t < at_ms)
			at_ms = t;
	}
	return at_ms;
}

/* Let all cross that does at `at_ms`; false when memory is out. */
static bool advance(struct run *r, int64_t at_ms)
{
	struct vg_agg *a = r->agg;

	for (unsigned l = 0; l < a->n_lag; l++) {
		for (; r->next[l] < r->in->n; r->next[l]++) {
			const struct vg_sample *s = &r->in->v[r->next[l]];

			if (s->t_ms + a->lag_ms[l] > at_ms)
				break;
			if (!a->ops->cross(a, s, l))
				return false;
		}
	}
	if (a->ops->settle != NULL && !a->ops->settle(a, at_ms))
		return false;
	r->has = at_ms >= a->from_ms && at_ms < a->to_ms &&
		 a->ops->read(a, at_ms, &r->value);
	r->holds = r->has && vg_bounds_hold(&a->leaf->bounds, r->value) !=
				     (a->leaf->kind == VG_KIND_RATIO);
	return true;
}

static bool node_holds(const struct sweep *s, unsigned i)
{
	const struct vg_node *n = &s->form->node[i];

	if (n->type == VG_NODE_LEAF)
		return s->run[n->leaf].holds;
	if (n->type == VG_NODE_NOT)
		return !node_holds(s, n->first);
	for (unsigned c = n->first; c != 0; c = s->form->node[c].next)
		if (node_holds(s, c) == (n->type == VG_NODE_ANY))
			return n->type == VG_NODE_ANY;
	return n->type == VG_NODE_ALL;
}

static bool rule_holds(const struct sweep *s, int64_t at_ms)
{
	if (at_ms < s->from_ms || at_ms >= s->to_ms)
		return false;
	return s->form->n_node == 0 ? s->run[0].holds : node_holds(s, 0);
}

static struct vg_stretch *add(struct vg_stretches *s)
{
	if (s->n == s->cap) {
		size_t cap = s->cap == 0 ? 16 : s->cap * 2;
		struct vg_stretch *v = realloc(s->v, cap * sizeof *v);

		if (v == NULL)
			return NULL;
		s->v = v;
		s->cap = cap;
	}
	return &s->v[s->n++];
}

/* What the rule is from `at_ms` to the next step. */
static bool step(struct sweep *s, int64_t at_ms)
{
	bool holds = rule_holds(s, at_ms);

	if (!holds) {
		if (s->open)
			s->out->v[s->out->n - 1].end_ms = at_ms;
		s->open = false;
		return true;
	}
	if (at_ms > s->clock_ms)
		return true; /* when it ends is asked, not what it is then */
	if (!s->open) {
		struct vg_stretch *new = add(s->out);

		if (new == NULL)
			return false;
		*new = (struct vg_stretch){.start_ms = at_ms,
					   .end_ms = INT64_MAX,
					   .peak = -INFINITY,
					   .peak_at_ms = at_ms};
		s->open = true;
	}
	struct vg_stretch *now = &s->out->v[s->out->n - 1];
	if (s->run[0].has && s->run[0].value > now->peak) {
		now->peak = s->run[0].value;
		now->peak_at_ms = at_ms;
	}
	return true;
}

static bool begin(struct sweep *s, const struct vg_samples *in)
{
	for (unsigned i = 0; i < s->form->n_leaf; i++) {
		struct run *r = &s->run[i];

		r->in = &in[i];
		r->agg = make(&s->form->leaf[i], &in[i]);
		if (r->agg == NULL)
			return false;
		set_life(r->agg, &in[i]);
		if (r->agg->from_ms < s->from_ms)
			s->from_ms = r->agg->from_ms;
		if (r->agg->to_ms > s->to_ms)
			s->to_ms = r->agg->to_ms;
	}
	return true;
}

static bool sweep(struct sweep *s)
{
	for (;;) {
		int64_t at_ms = INT64_MAX;

		for (unsigned i = 0; i < s->form->n_leaf; i++) {
			int64_t next_ms = next_of(&s->run[i]);

			at_ms = next_ms < at_ms ? next_ms : at_ms;
		}
		if (at_ms == INT64_MAX || (at_ms > s->clock_ms && !s->open))
			return true;
		for (unsigned i = 0; i < s->form->n_leaf; i++)
			if (!advance(&s->run[i], at_ms))
				return false;
		if (!step(s, at_ms))
			return false;
	}
}

static void end(struct sweep *s)
{
	for (unsigned i = 0; i < s->form->n_leaf; i++)
		if (s->run[i].agg != NULL)
			s->run[i].agg->ops->free(s->run[i].agg);
}

enum vg_rc vg_kind_at(const struct vg_form *form, const struct vg_samples *in,
		      int64_t at_ms, struct vg_leaf_state *state, bool *holds,
		      struct vg_err *err)
{
	struct sweep s = {.form = form,
			  .from_ms = INT64_MAX,
			  .to_ms = INT64_MIN,
			  .clock_ms = at_ms};
	bool done = begin(&s, in);

	for (unsigned i = 0; i < form->n_leaf && done; i++) {
		struct run *r = &s.run[i];

		for (int64_t t;
		     done && (t = next_of(r)) <= at_ms && t != INT64_MAX;)
			done = advance(r, t);
		state[i] = (struct vg_leaf_state){r->has, r->value, r->holds};
	}
	*holds = done && rule_holds(&s, at_ms);
	end(&s);
	return done ? VG_OK : vg_err_set(err, VG_FATAL, "rules: out of memory");
}

enum vg_rc vg_kind_stretches(struct vg_stretches *out,
			     const struct vg_form *form,
			     const struct vg_samples *in, int64_t clock_ms,
			     struct vg_err *err)
{
	struct sweep s = {.form = form,
			  .from_ms = INT64_MAX,
			  .to_ms = INT64_MIN,
			  .clock_ms = clock_ms,
			  .out = out};

	assert(form->n_leaf >= 1 && form->n_leaf <= VG_LEAVES_MAX);
	bool done = begin(&s, in) && sweep(&s);
	end(&s);
	return done ? VG_OK : vg_err_set(err, VG_FATAL, "rules: out of memory");
}
