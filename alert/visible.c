#include "alert/visible.h"

#include "alert/chain.h"
#include "alert/first.h"
#include "alert/visible_form.h"
#include "core/defect.h"

#include <assert.h>
#include <stdlib.h>

enum { TALLY_ROOM = 64 };

static const struct vg_gspan *track_begin(const struct vg_group *g,
					  size_t track)
{
	uint32_t low = 0, high = g->n;

	while (low < high) {
		uint32_t mid = low + (high - low) / 2;

		if (vg_span_track(&g->span[mid]) < track)
			low = mid + 1;
		else
			high = mid;
	}
	return g->span + low;
}

static bool in_track(const struct vg_group *g, const struct vg_gspan *s,
		     size_t track)
{
	return s < g->span + g->n && vg_span_track(s) == track;
}

/* Different values seen so far, as far as it matters whether they are enough.
 * Past its room only values that do not follow their equal count: too many,
 * which is the safe side. */
struct tally {
	uint32_t value[TALLY_ROOM];
	int64_t n;
	uint32_t last;
};

static void note(struct tally *t, uint32_t value)
{
	int64_t room = t->n < TALLY_ROOM ? t->n : TALLY_ROOM;

	if (value == t->last)
		return;
	t->last = value;
	for (int64_t i = 0; i < room; i++)
		if (t->value[i] == value)
			return;
	if (t->n < TALLY_ROOM)
		t->value[t->n] = value;
	t->n++;
}

static uint32_t counted(const struct vg_values *values,
			const struct vg_rule_condition *c,
			const struct vg_gspan *s)
{
	uint32_t id = vg_span_value(s);

	return c->piece == VG_RULE_WHOLE
		       ? id
		       : vg_values_piece(values, id, (unsigned)c->piece);
}

bool vg_visible_possible(const struct vg_values *values,
			 const struct vg_group *g, const struct vg_rule *rule)
{
	/* Others may look at any group of its fields, a chain at its own. */
	if (rule->n_chain > 0)
		return vg_chain_has(g, (uint32_t)rule->index) ||
		       in_track(g, track_begin(g, rule->condition[0].track),
				rule->condition[0].track);
	for (unsigned i = 0; i < rule->n_condition; i++) {
		const struct vg_rule_condition *c = &rule->condition[i];
		const struct vg_gspan *s = track_begin(g, c->track);
		struct tally t = {.n = 0};

		for (; in_track(g, s, c->track) && t.n < c->at_least; s++)
			note(&t, counted(values, c, s));
		if (t.n < c->at_least)
			return false;
	}
	return true;
}

static bool make_room(struct vg_evaluator *e, size_t n)
{
	if (n <= e->cap_vis)
		return true;
	size_t cap = n + n / 2 + 64;
	struct vg_seen_span *vis = realloc(e->vis, cap * sizeof *vis);
	if (vis == NULL)
		return false;
	e->vis = vis;
	struct vg_span_in *in = realloc(e->in, cap * sizeof *in);
	if (in == NULL)
		return false;
	e->in = in;
	e->cap_vis = cap;
	return true;
}

static bool sees(const struct vg_evaluator *e, uint32_t class_index,
		 const struct vg_gspan *s)
{
	if (e->world.slot_of[vg_span_part(s)] == VG_PART_SLOT_NONE)
		return false;
	if (VG_DEFECT("alert-mask-off"))
		return true;
	return vg_class_sees(e->o.env->aud, class_index,
			     (uint16_t)vg_span_audience(s));
}

enum vg_rc vg_visible_gather(struct vg_visible *out, struct vg_evaluator *e,
			     const struct vg_group *g,
			     const struct vg_rule *rule, uint32_t class_index,
			     struct vg_err *err)
{
	const struct vg_values *values = vg_groups_values(e->groups);
	size_t n = 0;

	*out = (struct vg_visible){.e = e,
				   .rule = rule,
				   .group = g,
				   .class_index = class_index,
				   .possible = true,
				   .again_ms = INT64_MAX};
	if (!make_room(e, (size_t)g->n * VG_RULE_CONDITIONS_MAX))
		return vg_err_set(err, VG_FATAL, "alert: out of memory");
	for (unsigned i = 0; i < rule->n_condition; i++) {
		const struct vg_rule_condition *c = &rule->condition[i];
		const struct vg_gspan *s = track_begin(g, c->track);
		struct tally t = {.n = 0};

		for (; in_track(g, s, c->track); s++) {
			uint32_t value;

			if (!sees(e, class_index, s))
				continue;
			value = counted(values, c, s);
			if (t.n < c->at_least)
				note(&t, value);
			e->vis[n++] = (struct vg_seen_span){s, i, value};
		}
		if (t.n < c->at_least)
			out->possible = false;
	}
	assert(n <= e->cap_vis);
	out->span = e->vis;
	out->n = n;
	return VG_OK;
}

static bool is_marked(const struct vg_gspan *s, uint32_t mark)
{
	return (s->value_marks & mark) != 0;
}

static void larger(int64_t *into, int64_t v)
{
	if (v > *into)
		*into = v;
}

static void judge_time(struct vg_visible *v, int64_t at_ms)
{
	v->changed = true;
	larger(&v->newest_ms, at_ms);
	if (at_ms < v->known_ms && at_ms < v->late_ms)
		v->late_ms = at_ms;
}

/* The next alert that a chain is fed: an event of it, at its start. */
static const struct vg_fed *next_fed(const struct vg_visible *v, size_t *pos)
{
	return vg_chain_next(v->group, (uint32_t)v->rule->index, v->class_index,
			     pos);
}

static void know_fed(struct vg_visible *v)
{
	const struct vg_fed *f;

	for (size_t pos = 0; (f = next_fed(v, &pos)) != NULL;)
		larger(&v->known_ms, f->is_new ? f->was_ms : f->start_ms);
}

static void judge_fed(struct vg_visible *v)
{
	const struct vg_fed *f;

	for (size_t pos = 0; (f = next_fed(v, &pos)) != NULL;) {
		if (f->is_new)
			judge_time(v, f->start_ms);
		larger(&v->largest_ms, f->start_ms);
		if (f->start_ms < v->oldest_ms)
			v->oldest_ms = f->start_ms;
	}
}

void vg_visible_judge(struct vg_visible *v, int64_t seen_ms)
{
	v->known_ms = seen_ms;
	v->newest_ms = v->largest_ms = INT64_MIN;
	v->late_ms = v->oldest_ms = INT64_MAX;
	v->changed = false;
	for (size_t i = 0; i < v->n; i++) {
		const struct vg_gspan *s = v->span[i].span;

		if (!is_marked(s, VG_SPAN_NEW_LAST))
			larger(&v->known_ms, vg_span_last(s));
		else if (!is_marked(s, VG_SPAN_NEW_FIRST))
			larger(&v->known_ms, vg_span_first(s));
	}
	know_fed(v);
	for (size_t i = 0; i < v->n; i++) {
		const struct vg_gspan *s = v->span[i].span;

		if (is_marked(s, VG_SPAN_NEW_FIRST))
			judge_time(v, vg_span_first(s));
		if (is_marked(s, VG_SPAN_NEW_LAST))
			judge_time(v, vg_span_last(s));
		larger(&v->largest_ms, vg_span_last(s));
		if (vg_span_first(s) < v->oldest_ms)
			v->oldest_ms = vg_span_first(s);
	}
	judge_fed(v);
}

uint32_t vg_visible_partner(const struct vg_visible *v,
			    const struct vg_gspan *s)
{
	return v->e->world.slot_of[vg_span_part(s)];
}

int64_t vg_visible_first_ms(const struct vg_visible *v, uint32_t but)
{
	const struct vg_group *g = vg_first_group(v->e, v->rule, v->group);
	int64_t first_ms = INT64_MAX;
	const struct vg_gspan *s;

	if (g == NULL)
		return first_ms;
	for (s = track_begin(g, v->rule->first_track);
	     in_track(g, s, v->rule->first_track); s++)
		if (sees(v->e, v->class_index, s) &&
		    (but >= 64 || vg_visible_partner(v, s) != but) &&
		    vg_span_first(s) < first_ms)
			first_ms = vg_span_first(s);
	return first_ms;
}

static enum vg_rc episodes_of_form(struct vg_visible *v, uint32_t but,
				   struct vg_episode **out, size_t *n,
				   struct vg_err *err)
{
	struct vg_form_answer a;
	enum vg_rc rc = vg_visible_form(v, but, &a, err);

	if (rc != VG_OK)
		return rc;
	if (but >= 64)
		v->again_ms = a.again_ms;
	*out = a.episode;
	*n = a.n;
	return VG_OK;
}

enum vg_rc vg_visible_episodes(struct vg_visible *v, uint32_t but,
			       struct vg_episode **out, size_t *n,
			       struct vg_err *err)
{
	int64_t at_least[VG_RULE_CONDITIONS_MAX];
	const struct vg_episode_rule rule = {
		.window_ms = v->rule->window_ms,
		.resolve_after_ms = v->rule->resolve_after_ms,
		.at_least = at_least,
		.n_condition = v->rule->n_condition};
	struct vg_span_in *in = v->e->in;
	size_t k = 0;

	if (!vg_rule_is_plain(v->rule))
		return episodes_of_form(v, but, out, n, err);
	for (unsigned c = 0; c < v->rule->n_condition; c++)
		at_least[c] = v->rule->condition[c].at_least;
	for (size_t i = 0; i < v->n; i++) {
		const struct vg_gspan *s = v->span[i].span;

		if (but < 64 && vg_visible_partner(v, s) == but)
			continue;
		in[k++] = (struct vg_span_in){.condition = v->span[i].condition,
					      .value = v->span[i].value,
					      .first_ms = vg_span_first(s),
					      .last_ms = vg_span_last(s)};
	}
	assert(k <= v->e->cap_vis);
	return vg_episodes(out, n, in, k, &rule, err);
}
