#include "alert/rule_kinds.h"

#include "alert/rule_tree.h"

#include <assert.h>

enum vg_rc vg_rule_weights(struct vg_rule_input *in,
			   const struct vg_weight **out, unsigned *n,
			   struct vg_err *err)
{
	static const double range[2] = {0, 1000};
	const struct vg_yaml_node *map = vg_yaml_get(in->node, "weights");
	struct vg_weight *weight;
	enum vg_rc rc = VG_OK;
	unsigned k = 0;

	*n = 0;
	if (map == NULL)
		return VG_OK;
	if (map->type != VG_YAML_MAP || map->count < 1 ||
	    map->count > VG_PARTNERS_MAX)
		return vg_yaml_fail(in->y, map, err,
				    "`weights` must be a map of 1 to %d "
				    "partners; write {MA: 2}",
				    (int)VG_PARTNERS_MAX);
	weight = vg_arena_alloc(in->arena, map->count * sizeof *weight);
	if (weight == NULL)
		return vg_err_set(err, VG_FATAL, "rules: out of memory");
	for (const struct vg_yaml_node *c = map->child;
	     c != NULL && rc == VG_OK; c = c->next) {
		char *name = vg_arena_copy(in->arena, c->key, strlen(c->key));

		if (name == NULL)
			return vg_err_set(err, VG_FATAL,
					  "rules: out of memory");
		weight[k].partner = vg_slice_of(name);
		rc = vg_rule_number(in->y, c, range, &weight[k++].weight, err);
	}
	*out = weight;
	*n = k;
	return rc;
}

void vg_rule_take_weights(struct vg_take *take, const struct vg_weight *weight,
			  unsigned n)
{
	take->what = n > 0 ? VG_TAKE_WEIGHT : VG_TAKE_NOTHING;
	take->weight = weight;
	take->n_weight = n;
}

/* Every field that a chain groups by, its rules group by too: their alerts
 * have nothing else. */
static enum vg_rc check_group(const struct vg_rule_input *in,
			      const struct vg_yaml_node *n,
			      const struct vg_rule *of, struct vg_err *err)
{
	for (unsigned i = 0; i < in->rule->n_group; i++) {
		unsigned k = 0;

		while (k < of->n_group &&
		       !vg_slice_eq(of->group[k], in->rule->group[i]))
			k++;
		if (k == of->n_group)
			return vg_yaml_fail(in->y, n, err,
					    "`%s` does not group by `%.*s`, as "
					    "this chain does",
					    of->id, (int)in->rule->group[i].n,
					    in->rule->group[i].p);
	}
	return VG_OK;
}

/* Index of the rule with this id, or the number of rules. */
static size_t find(const struct vg_rules *set, const char *id)
{
	size_t i = 0;

	while (i < vg_rules_count(set) &&
	       strcmp(vg_rule_at(set, i)->id, id) != 0)
		i++;
	return i;
}

static enum vg_rc take_rule(struct vg_rule_input *in,
			    const struct vg_yaml_node *n, struct vg_err *err)
{
	struct vg_rule *r = in->rule;
	size_t at = n->type == VG_YAML_SCALAR ? find(in->set, n->text)
					      : vg_rules_count(in->set);

	if (at == vg_rules_count(in->set))
		return vg_yaml_fail(in->y, n, err,
				    "`rules` must name rules that come before "
				    "this one");
	r->form.leaf[0].stage[r->n_chain].count = 1;
	r->chain[r->n_chain++] = at;
	return check_group(in, n, vg_rule_at(in->set, at), err);
}

static enum vg_rc read_ordered(const struct vg_rule_input *in,
			       enum vg_kind *kind, struct vg_err *err)
{
	const struct vg_yaml_node *n = vg_yaml_get(in->node, "ordered");

	*kind = VG_KIND_TEMPORAL;
	if (n == NULL)
		return VG_OK;
	if (n->type != VG_YAML_SCALAR ||
	    (strcmp(n->text, "true") != 0 && strcmp(n->text, "false") != 0))
		return vg_yaml_fail(in->y, n, err,
				    "`ordered` must be true or false");
	if (n->text[0] == 't')
		*kind = VG_KIND_TEMPORAL_ORDERED;
	return VG_OK;
}

/* rules: [a, b], ordered: true: alerts of each start within the window. */
enum vg_rc vg_rule_read_chain(struct vg_rule_input *in, struct vg_err *err)
{
	const struct vg_yaml_node *list = NULL;
	const struct vg_yaml_node *bounds = vg_yaml_get(in->node, "condition");
	enum vg_kind kind = VG_KIND_TEMPORAL;
	enum vg_rc rc =
		vg_rule_need(in, "rules", "rules: [scan, exploit]", &list, err);

	if (rc == VG_OK && (list->type != VG_YAML_LIST || list->count < 1 ||
			    list->count > VG_STAGES_MAX))
		rc = vg_yaml_fail(in->y, list, err,
				  "`rules` must be a list of 1 to %d rules",
				  (int)VG_STAGES_MAX);
	if (rc == VG_OK)
		rc = read_ordered(in, &kind, err);
	if (rc != VG_OK)
		return rc;
	struct vg_leaf *leaf = vg_rule_leaf(in, kind);
	for (const struct vg_yaml_node *n = list->child;
	     n != NULL && rc == VG_OK; n = n->next)
		rc = take_rule(in, n, err);
	leaf->n_stage = in->rule->n_chain;
	in->rule->take[0].what = VG_TAKE_ALERTS;
	if (rc == VG_OK && bounds != NULL)
		return vg_rule_bounds(in->y, bounds, &leaf->bounds, err);
	leaf->bounds.used = 1u << VG_BOUND_GTE;
	leaf->bounds.bound[VG_BOUND_GTE] = leaf->n_stage;
	return rc;
}
