#include "alert/first.h"

#include "aggregate/keys.h"
#include "core/defect.h"

#include <assert.h>

struct vg_group *vg_first_group(const struct vg_evaluator *e,
				const struct vg_rule *rule,
				const struct vg_group *g)
{
	unsigned n = rule->n_group - rule->take[0].n_value;
	struct vg_slice part[VG_TRACK_GROUP_MAX] = {{0}};
	struct vg_slice key = {.p = "", .n = 0};

	assert(rule->learns && n < rule->n_group);
	if (n > 0) {
		(void)vg_field_split((struct vg_slice){g->key, g->key_len},
				     part, VG_TRACK_GROUP_MAX);
		key.p = g->key;
		key.n = (uint32_t)(part[n - 1].p + part[n - 1].n - g->key);
	}
	return vg_groups_find(e->groups, e->family_of[rule->first_track], key);
}

static bool may_have_moved(const struct vg_evaluator *e,
			   const struct vg_group *g)
{
	const struct vg_family *f = &e->family[g->family];

	for (size_t i = 0; i < f->n_rule; i++) {
		const struct vg_rule *r = vg_rule_at(e->o.rules, f->rule[i]);
		const struct vg_group *first =
			r->learns ? vg_first_group(e, r, g) : NULL;

		if (r->learns && (first == NULL || first->dirty))
			return true;
	}
	return false;
}

void vg_first_spread(struct vg_evaluator *e)
{
	struct vg_group *g;

	if (!e->first_moved || VG_DEFECT("first-stays"))
		return;
	e->first_moved = false;
	for (size_t pos = 0; (g = vg_groups_next(e->groups, &pos)) != NULL;) {
		if (!may_have_moved(e, g))
			continue;
		g->force = true;
		vg_state_dirty(e, g);
	}
}
