#include "alert/replay_parts.h"

#include "aggregate/match.h"

#include <assert.h>
#include <stdlib.h>

static enum vg_rc no_memory(struct vg_err *err)
{
	return vg_err_set(err, VG_FATAL, "rules: out of memory");
}

/* The tuples that rule `i` groups by and counts. */
static bool bind_rule(struct vg_replay *r, const struct vg_rule *rule,
		      struct vg_replay_rule *out)
{
	out->rule = rule;
	out->group = vg_shapes_find(&r->shapes, rule->group_ref, rule->n_group);
	if (out->group == NULL)
		return false;
	for (unsigned l = 0; l < rule->form.n_leaf; l++) {
		const struct vg_take *take = &rule->take[l];

		if (take->what != VG_TAKE_VALUE)
			continue;
		out->leaf[l].value =
			vg_shapes_find(&r->shapes, take->value, take->n_value);
		if (out->leaf[l].value == NULL)
			return false;
	}
	return true;
}

static int64_t leaf_reach_ms(const struct vg_leaf *leaf)
{
	static const int64_t week_ms = INT64_C(7) * 86400000;

	switch (leaf->kind) {
	case VG_KIND_SPIKE:
		return leaf->window_ms + leaf->reference_ms;
	case VG_KIND_BASELINE:
		return leaf->window_ms + leaf->weeks * week_ms;
	case VG_KIND_NEW_VALUE:
		return leaf->history_ms;
	default:
		return leaf->window_ms;
	}
}

int64_t vg_rule_reach_ms(const struct vg_rule *rule)
{
	int64_t reach = 0;

	for (unsigned l = 0; l < rule->form.n_leaf; l++) {
		int64_t ms = leaf_reach_ms(&rule->form.leaf[l]);

		reach = ms > reach ? ms : reach;
	}
	return reach;
}

/* What a rule's track keeps: rule_tracks.c. */
static int64_t track_ms(const struct vg_rule *rule)
{
	int64_t reach = vg_rule_reach_ms(rule);

	return reach > rule->window_ms ? reach : rule->window_ms;
}

/* How much longer than each rule's the longest window is. */
static void measure(struct vg_replay *r)
{
	int64_t longest = 0;

	for (size_t i = 0; i < r->n_rule; i++)
		if (track_ms(r->rule[i].rule) > longest)
			longest = track_ms(r->rule[i].rule);
	for (size_t i = 0; i < r->n_rule; i++)
		r->rule[i].needs_ms = longest - track_ms(r->rule[i].rule);
	r->spare_ms = INT64_MAX;
}

enum vg_rc vg_replay_new(struct vg_replay **out, const struct vg_rules *rules,
			 struct vg_err *err)
{
	struct vg_replay *r = calloc(1, sizeof *r);

	if (r == NULL)
		return no_memory(err);
	r->newest_ms = INT64_MIN;
	r->n_rule = vg_rules_count(rules);
	r->values = vg_values_new(1);
	r->rule = calloc(r->n_rule + 1, sizeof *r->rule);
	r->scratch.scratch = malloc(VG_FIELD_SCRATCH);
	bool made = r->values != NULL && r->rule != NULL &&
		    r->scratch.scratch != NULL &&
		    vg_shapes_init(&r->shapes, r->values, err) == VG_OK;
	for (size_t i = 0; i < r->n_rule && made; i++)
		made = bind_rule(r, vg_rule_at(rules, i), &r->rule[i]);
	if (!made) {
		vg_replay_free(r);
		return no_memory(err);
	}
	measure(r);
	*out = r;
	return VG_OK;
}

void vg_heap_term(struct vg_heap *h)
{
	while (h->first != NULL) {
		struct vg_chunk *next = h->first->next;

		free(h->first);
		h->first = next;
	}
	h->last = NULL;
	h->n = 0;
}

void vg_replay_free(struct vg_replay *r)
{
	if (r == NULL)
		return;
	for (size_t i = 0; r->rule != NULL && i < r->n_rule; i++) {
		vg_heap_term(&r->rule[i].events);
		for (unsigned l = 0; l < VG_LEAVES_MAX; l++)
			vg_heap_term(&r->rule[i].leaf[l]);
	}
	free(r->rule);
	vg_shapes_term(&r->shapes);
	vg_values_free(r->values);
	free(r->scratch.scratch);
	free(r);
}

bool vg_heap_push(struct vg_heap *h, const struct vg_sample *s)
{
	if (h->last == NULL || h->last->n == h->last->cap) {
		size_t cap =
			h->last == NULL ? VG_CHUNK_FIRST : h->last->cap * 2;
		struct vg_chunk *c;

		cap = cap > VG_CHUNK_MOST ? VG_CHUNK_MOST : cap;
		c = malloc(sizeof *c + cap * sizeof c->v[0]);
		if (c == NULL)
			return false;
		*c = (struct vg_chunk){.cap = cap};
		if (h->last != NULL)
			h->last->next = c;
		else
			h->first = c;
		h->last = c;
	}
	h->last->v[h->last->n++] = *s;
	h->n++;
	return true;
}

static bool passes(struct vg_replay *r, const struct vg_match *m)
{
	return m == NULL ||
	       vg_match_test(m, r->shapes.e, r->shapes.partner, &r->scratch);
}

static bool has_needs(struct vg_replay *r, const struct vg_take *t)
{
	for (unsigned i = 0; i < t->n_need; i++) {
		vg_field_read(&t->need[i], r->shapes.e, r->shapes.partner,
			      &r->scratch);
		if (r->scratch.n == 0)
			return false;
	}
	return true;
}

/* Which parts the event is of; false when the rule does not count it. */
static bool read_mask(struct vg_replay *r, const struct vg_take *t,
		      uint32_t *mask)
{
	*mask = 0;
	for (unsigned i = 0; i < t->n_part; i++)
		if (passes(r, t->part[i]))
			*mask |= UINT32_C(1) << i;
	if (t->has_breaker && passes(r, t->breaker))
		*mask |= VG_MASK_BREAKER;
	return t->whole || *mask != 0;
}

static double weight_of(const struct vg_replay *r, const struct vg_take *t)
{
	for (unsigned i = 0; i < t->n_weight; i++)
		if (vg_slice_eq(t->weight[i].partner, r->shapes.partner))
			return t->weight[i].weight;
	return 1;
}

/* What the leaf reads of the event, but for its values. */
static bool read_sample(struct vg_replay *r, const struct vg_take *t,
			struct vg_sample *s)
{
	const struct vg_event *e = r->shapes.e;

	s->t_ms = e->time_ms;
	s->n = (uint32_t)e->count;
	s->number = 0;
	if (t->what == VG_TAKE_MASK)
		return read_mask(r, t, &s->mask);
	if (t->what == VG_TAKE_WEIGHT)
		s->number = weight_of(r, t);
	if (t->what != VG_TAKE_NUMBER)
		return true;
	/* `count` is how many events there are, not a number that each has. */
	if (vg_slice_eq(t->value[0].name, vg_slice_of("count")))
		s->n = 1;
	return vg_field_number(&t->value[0], e, &s->number);
}

static bool push_values(struct vg_replay *r, struct vg_heap *h,
			struct vg_sample *s)
{
	if (h->value == NULL)
		return vg_heap_push(h, s);
	if (!vg_shapes_read(&r->shapes, h->value))
		return false;
	for (size_t i = 0; i < h->value->n; i++) {
		s->value = h->value->tuple[i];
		if (!vg_heap_push(h, s))
			return false;
	}
	return true;
}

static bool add_to_leaf(struct vg_replay *r, struct vg_replay_rule *rule,
			unsigned l)
{
	const struct vg_take *t = &rule->rule->take[l];
	struct vg_heap *heap =
		rule->rule->n_chain > 0 ? &rule->events : &rule->leaf[l];
	struct vg_sample s;

	if (t->what == VG_TAKE_ALERTS)
		return true;
	if (!passes(r, t->match) || !has_needs(r, t) || !read_sample(r, t, &s))
		return true;
	for (size_t g = 0; g < rule->group->n; g++) {
		s.group = rule->group->tuple[g];
		if (!push_values(r, heap, &s))
			return false;
	}
	return true;
}

void vg_replay_spare(struct vg_replay *r, int64_t spare_ms)
{
	r->spare_ms = spare_ms;
}

enum vg_rc vg_replay_add(struct vg_replay *r, const struct vg_event *e,
			 struct vg_slice partner, struct vg_err *err)
{
	assert(e->count >= 1 && e->count <= VG_COUNT_MAX);
	if (e->time_ms > r->newest_ms)
		r->newest_ms = e->time_ms;
	vg_shapes_next(&r->shapes, e, partner);
	for (size_t i = 0; i < r->n_rule; i++) {
		struct vg_replay_rule *rule = &r->rule[i];

		if (r->spare_ms <= rule->needs_ms)
			continue;
		if (!vg_shapes_read(&r->shapes, rule->group))
			return no_memory(err);
		for (unsigned l = 0;
		     l < rule->rule->form.n_leaf && rule->group->n > 0; l++)
			if (!add_to_leaf(r, rule, l))
				return no_memory(err);
	}
	return VG_OK;
}

int64_t vg_replay_newest(const struct vg_replay *r)
{
	return r->newest_ms;
}
