#include "alert/state.h"

#include "aggregate/keys.h"
#include "alert/chain.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

void vg_state_dirty(struct vg_evaluator *e, struct vg_group *g)
{
	if (g->dirty)
		return;
	g->dirty = true;
	g->next_dirty = NULL;
	*e->dirty_end = g;
	e->dirty_end = &g->next_dirty;
	e->n_dirty++;
}

void vg_state_dirty_all(struct vg_evaluator *e)
{
	struct vg_group *g;

	for (size_t pos = 0; (g = vg_groups_next(e->groups, &pos)) != NULL;) {
		g->force = true;
		vg_state_dirty(e, g);
	}
}

struct vg_active *vg_state_active(struct vg_evaluator *e, struct vg_group *g)
{
	if (g->active != NULL)
		return g->active;
	struct vg_active *a = calloc(1, sizeof *a);
	if (a == NULL)
		return NULL;
	a->group = g;
	a->changed_ms = INT64_MIN;
	a->due_ms = a->end_ms = INT64_MAX;
	g->active = a;
	a->after = e->active;
	a->link = &e->active;
	if (a->after != NULL)
		a->after->link = &a->after;
	e->active = a;
	return a;
}

struct vg_slot *vg_state_slot(const struct vg_active *a, uint32_t rule,
			      uint32_t class_index)
{
	struct vg_slot *s = a != NULL ? a->slot : NULL;

	while (s != NULL &&
	       (s->rule_index != rule || s->class_index != class_index))
		s = s->next;
	return s;
}

struct vg_slot *vg_state_make_slot(struct vg_evaluator *e, struct vg_group *g,
				   uint32_t rule, uint32_t class_index)
{
	struct vg_active *a = vg_state_active(e, g);
	struct vg_slot *s = vg_state_slot(a, rule, class_index);

	if (a == NULL || s != NULL)
		return s;
	s = calloc(1, sizeof *s);
	if (s == NULL)
		return NULL;
	s->rule = vg_rule_at(e->o.rules, rule);
	s->rule_index = rule;
	s->class_index = class_index;
	s->seen_ms = INT64_MIN;
	if (!vg_alert_fingerprint(
		    s->fingerprint, e->o.env->hash_key, s->rule->id,
		    (struct vg_slice){g->key, (uint32_t)g->key_len},
		    vg_class_name(e->o.env->aud, class_index))) {
		free(s);
		return NULL;
	}
	s->next = a->slot;
	a->slot = s;
	return s;
}

static void forget_alerts(struct vg_slot *s,
			  bool (*gone)(const struct vg_evaluator *e,
				       const struct vg_slot *s,
				       const struct vg_alert *a),
			  const struct vg_evaluator *e)
{
	for (struct vg_alert **at = &s->alert; *at != NULL;) {
		struct vg_alert *a = *at;

		if (gone != NULL && !gone(e, s, a)) {
			at = &a->next;
			continue;
		}
		*at = a->next;
		vg_alert_free(a);
	}
}

void vg_state_forget(struct vg_group *g,
		     bool (*gone)(const struct vg_evaluator *e,
				  const struct vg_slot *s,
				  const struct vg_alert *a),
		     const struct vg_evaluator *e)
{
	struct vg_active *active = g->active;

	if (active == NULL)
		return;
	for (struct vg_slot **at = &active->slot; *at != NULL;) {
		struct vg_slot *s = *at;

		forget_alerts(s, gone, e);
		if (s->alert != NULL) {
			at = &s->next;
			continue;
		}
		*at = s->next;
		free(s);
	}
	if (gone == NULL && active->fed != NULL) {
		free(active->fed->v);
		free(active->fed);
		active->fed = NULL;
	}
	if (active->slot != NULL || active->unsettled ||
	    active->wake_index != 0 || active->fed != NULL)
		return;
	*active->link = active->after;
	if (active->after != NULL)
		active->after->link = active->link;
	free(active);
	g->active = NULL;
}
