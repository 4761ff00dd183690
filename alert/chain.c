#include "alert/chain.h"

#include "alert/rule_kinds.h"
#include "core/buf.h"
#include "core/defect.h"

#include <stdlib.h>

static struct vg_fed_list *list_of(const struct vg_group *g)
{
	return g->active != NULL ? g->active->fed : NULL;
}

/* Its place in the list, or the number of those there. */
static size_t find(const struct vg_fed_list *l, uint32_t chain, const char *id)
{
	size_t i = 0;

	while (i < l->n &&
	       (l->v[i].chain != chain || strcmp(l->v[i].id, id) != 0))
		i++;
	return i;
}

static void take_back(struct vg_evaluator *e, struct vg_group *g,
		      uint32_t chain, const char *id)
{
	struct vg_fed_list *l = g != NULL ? list_of(g) : NULL;
	size_t i = l != NULL ? find(l, chain, id) : 0;

	if (l == NULL || i == l->n)
		return;
	l->v[i] = l->v[--l->n];
	g->force = true;
	vg_state_dirty(e, g);
}

static struct vg_fed *make_room(struct vg_evaluator *e, struct vg_group *g)
{
	struct vg_active *active = vg_state_active(e, g);
	struct vg_fed_list *l;

	if (active == NULL)
		return NULL;
	if (active->fed == NULL)
		active->fed = calloc(1, sizeof *active->fed);
	l = active->fed;
	if (l == NULL)
		return NULL;
	if (l->n == l->cap) {
		size_t cap = l->cap == 0 ? 4 : l->cap * 2;
		struct vg_fed *v = realloc(l->v, cap * sizeof *v);

		if (v == NULL)
			return NULL;
		l->v = v;
		l->cap = cap;
	}
	return &l->v[l->n++];
}

static bool same(const struct vg_fed *a, const struct vg_fed *b)
{
	return a->start_ms == b->start_ms && a->partners == b->partners &&
	       a->without == b->without && a->marking == b->marking &&
	       a->approximate == b->approximate && a->mask == b->mask;
}

/* Put `now` into the group, in place of what is there of its alert. */
static bool put(struct vg_evaluator *e, struct vg_group *g, struct vg_fed now)
{
	struct vg_fed_list *l = list_of(g);
	size_t i = l != NULL ? find(l, now.chain, now.id) : 0;
	struct vg_fed *at = NULL;

	if (l != NULL && i < l->n) {
		at = &l->v[i];
		now.mask |= at->mask; /* its other stages in this group */
		now.is_new = at->is_new || at->start_ms != now.start_ms;
		now.was_ms = at->is_new ? at->was_ms : at->start_ms;
		if (same(at, &now))
			return true;
		g->force = true; /* what was there is gone */
	} else {
		at = make_room(e, g);
		now.is_new = true;
	}
	if (at == NULL)
		return false;
	*at = now;
	vg_state_dirty(e, g);
	return true;
}

static struct vg_fed fed_of(const struct vg_slot *slot,
			    const struct vg_alert *a)
{
	struct vg_fed f = {.of = slot->rule,
			   .partners = vg_alert_partners(a),
			   .without = a->holds_without,
			   .start_ms = a->start_ms,
			   .was_ms = INT64_MIN,
			   .class_index = slot->class_index,
			   .marking = a->marking,
			   .approximate = a->approximate};

	memcpy(f.id, a->id, sizeof f.id);
	return f;
}

static bool tell_stage(struct vg_evaluator *e, const struct vg_slot *slot,
		       const struct vg_alert *a, unsigned stage,
		       const struct vg_rule *chain, struct vg_slice key)
{
	uint32_t index = (uint32_t)chain->index;
	unsigned family = e->family_of_rule[index];
	bool counts = !a->withdrawn && a->merged_into[0] == '\0';
	struct vg_fed f = fed_of(slot, a);

	if (!counts && !VG_DEFECT("chain-keeps-withdrawn")) {
		take_back(e, vg_groups_find(e->groups, family, key), index,
			  a->id);
		return true;
	}
	f.chain = index;
	f.mask = UINT32_C(1) << stage;
	struct vg_group *g = vg_groups_make(e->groups, family, key);
	return g != NULL && put(e, g, f);
}

bool vg_chain_tell(struct vg_evaluator *e, const struct vg_group *g,
		   const struct vg_slot *slot, const struct vg_alert *a)
{
	struct vg_buf key = {.n = 0};
	bool ok = true;

	for (size_t i = slot->rule_index + 1; i < vg_rules_count(e->o.rules);
	     i++) {
		const struct vg_rule *chain = vg_rule_at(e->o.rules, i);

		for (unsigned k = 0; k < chain->n_chain && ok; k++) {
			if (chain->chain[k].rule != slot->rule_index)
				continue;
			vg_buf_reset(&key);
			vg_chain_group(&key, chain, k,
				       (struct vg_slice){g->key, g->key_len});
			ok = !key.failed &&
			     tell_stage(
				     e, slot, a, k, chain,
				     (struct vg_slice){key.n > 0 ? key.p : "",
						       (uint32_t)key.n});
		}
	}
	vg_buf_term(&key);
	return ok;
}

const struct vg_fed *vg_chain_next(const struct vg_group *g, uint32_t chain,
				   uint32_t class_index, size_t *pos)
{
	const struct vg_fed_list *l = list_of(g);

	while (l != NULL && *pos < l->n) {
		const struct vg_fed *f = &l->v[(*pos)++];

		if (f->chain == chain && (f->class_index == class_index ||
					  VG_DEFECT("chain-mask-off")))
			return f;
	}
	return NULL;
}

bool vg_chain_has(const struct vg_group *g, uint32_t chain)
{
	const struct vg_fed_list *l = list_of(g);

	for (size_t i = 0; l != NULL && i < l->n; i++)
		if (l->v[i].chain == chain)
			return true;
	return false;
}

void vg_chain_seen(struct vg_group *g)
{
	const struct vg_fed_list *l = list_of(g);

	for (size_t i = 0; l != NULL && i < l->n; i++)
		l->v[i].is_new = false;
}

void vg_chain_prune(const struct vg_evaluator *e, struct vg_group *g)
{
	struct vg_fed_list *l = list_of(g);
	size_t kept = 0;

	for (size_t i = 0; l != NULL && i < l->n; i++) {
		const struct vg_rule *r = vg_rule_at(e->o.rules, l->v[i].chain);

		if (l->v[i].start_ms + 2 * r->window_ms + r->resolve_after_ms >=
		    e->floor_ms)
			l->v[kept++] = l->v[i];
	}
	if (l != NULL)
		l->n = kept;
	if (l == NULL || kept > 0)
		return;
	free(l->v);
	free(l);
	g->active->fed = NULL;
}
