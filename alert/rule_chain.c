#include "alert/own_scope.h"
#include "alert/rule_kinds.h"

#include "aggregate/keys.h"
#include "aggregate/match.h"
#include "alert/rule_tree.h"
#include "core/buf.h"

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

/* Which group field of the rule `of` is called `name`. */
static enum vg_rc find_field(const struct vg_rule_input *in,
			     const struct vg_yaml_node *n,
			     const struct vg_rule *of, struct vg_slice name,
			     uint8_t *out, struct vg_err *err)
{
	uint8_t k = 0;

	while (k < of->n_group && !vg_slice_eq(of->group[k], name))
		k++;
	if (k == of->n_group)
		return vg_yaml_fail(in->y, n, err,
				    "`%s` does not group by `%.*s`, as this "
				    "chain does",
				    of->id, (int)name.n, name.p);
	*out = k;
	return VG_OK;
}

/* Every field that a chain groups by, its rules group by too: their alerts
 * have nothing else. `names` says what they call them; NULL: the same. */
static enum vg_rc find_group(const struct vg_rule_input *in,
			     const struct vg_yaml_node *n,
			     const struct vg_yaml_node *names,
			     struct vg_chained *c, struct vg_err *err)
{
	const struct vg_rule *r = in->rule, *of = vg_rule_at(in->set, c->rule);
	const struct vg_yaml_node *f = names != NULL ? names->child : NULL;
	enum vg_rc rc = VG_OK;

	if (names != NULL &&
	    (names->type != VG_YAML_LIST || names->count != r->n_group))
		return vg_yaml_fail(in->y, names, err,
				    "`group_by` must name a field for each "
				    "that the chain groups by");
	for (unsigned i = 0; i < r->n_group && rc == VG_OK; i++) {
		struct vg_slice name = r->group[i];

		if (f != NULL && f->type != VG_YAML_SCALAR)
			return vg_yaml_fail(in->y, f, err,
					    "here must be a field");
		if (f != NULL) {
			name = vg_slice_of(f->text);
			f = f->next;
		}
		rc = find_field(in, n, of, name, &c->group[i], err);
	}
	return rc;
}

/* Index of the rule with this id, or the number of rules: of a partner's own
 * first, then of those that all share. Another's is none. */
static size_t find(const struct vg_rule_input *in, const char *id)
{
	size_t n = vg_rules_count(in->set), found = n;

	for (size_t i = 0; i < n; i++) {
		const struct vg_rule *r = vg_rule_at(in->set, i);
		const char *name = vg_own_name(r->id);

		if (r->own_of != 0 ? r->own_of == in->rule->own_of &&
					     strcmp(name, id) == 0
				   : found == n && strcmp(r->id, id) == 0)
			found = i;
	}
	return found;
}

/* a, or {rule: a, group_by: [...]} */
static enum vg_rc take_rule(struct vg_rule_input *in,
			    const struct vg_yaml_node *n,
			    struct vg_chained *out, struct vg_err *err)
{
	static const char *const keys[] = {"rule", "group_by"};
	const struct vg_yaml_node *id = n, *names = NULL;

	if (n->type == VG_YAML_MAP) {
		enum vg_rc rc = vg_rule_keys(in->y, n, keys, 2, err);

		if (rc != VG_OK)
			return rc;
		id = vg_yaml_get(n, "rule");
		names = vg_yaml_get(n, "group_by");
	}
	out->rule = id != NULL && id->type == VG_YAML_SCALAR
			    ? find(in, id->text)
			    : vg_rules_count(in->set);
	if (out->rule == vg_rules_count(in->set))
		return vg_yaml_fail(in->y, n, err,
				    "`rules` must name rules that come before "
				    "this one");
	return find_group(in, n, names, out, err);
}

/* {match: {...}}: events, beside the alerts of others. */
static enum vg_rc take_events(struct vg_rule_input *in,
			      const struct vg_yaml_node *n,
			      const struct vg_match **part, struct vg_err *err)
{
	static const char *const keys[] = {"match"};
	enum vg_rc rc = vg_rule_keys(in->y, n, keys, 1, err);

	in->rule->take[0].what = VG_TAKE_MASK;
	if (rc == VG_OK)
		rc = vg_rule_submatch(in, vg_yaml_get(n, "match"), part, err);
	return rc;
}

/* What no event passes: the part of a stage that counts alerts. */
static enum vg_rc never(struct vg_rule_input *in, const struct vg_match **part,
			struct vg_err *err)
{
	struct vg_match *m = NULL;
	enum vg_rc rc = vg_match_new(&m, err);

	if (rc == VG_OK)
		rc = vg_match_open(m, VG_MATCH_NOT, err);
	if (rc != VG_OK) {
		vg_match_free(m);
		return rc;
	}
	vg_match_close(m);
	*part = m;
	return vg_rules_keep(in->set, m, err);
}

static enum vg_rc take_stage(struct vg_rule_input *in,
			     const struct vg_yaml_node *n, struct vg_err *err)
{
	struct vg_rule *r = in->rule;
	struct vg_chained *c = &r->chain[r->n_chain];
	const struct vg_match **part = &r->take[0].part[r->n_chain];
	enum vg_rc rc;

	c->rule = VG_CHAIN_EVENTS;
	if (vg_yaml_get(n, "match") != NULL) {
		rc = take_events(in, n, part, err);
	} else {
		rc = take_rule(in, n, c, err);
		if (rc == VG_OK)
			rc = never(in, part, err);
	}
	r->form.leaf[0].stage[r->n_chain++].count = 1;
	return rc;
}

void vg_chain_group(struct vg_buf *out, const struct vg_rule *chain,
		    unsigned stage, struct vg_slice group)
{
	struct vg_slice part[VG_TRACK_GROUP_MAX];
	const uint8_t *at = chain->chain[stage].group;

	assert(stage < chain->n_chain);
	if (chain->n_group > 0)
		(void)vg_field_split(group, part, VG_TRACK_GROUP_MAX);
	for (unsigned i = 0; i < chain->n_group; i++) {
		if (i > 0)
			vg_buf_add(out, &(char){VG_FIELD_SEP}, 1);
		vg_buf_add(out, part[at[i]].p, part[at[i]].n);
	}
}

static enum vg_rc read_ordered(const struct vg_rule_input *in,
			       enum vg_kind *kind, struct vg_err *err)
{
	const struct vg_yaml_node *n = vg_yaml_get(in->node, "ordered");
	bool ordered = false;

	*kind = VG_KIND_TEMPORAL;
	if (n == NULL)
		return VG_OK;
	enum vg_rc rc = vg_rule_bool(in->y, n, "ordered", &ordered, err);
	if (rc == VG_OK && ordered)
		*kind = VG_KIND_TEMPORAL_ORDERED;
	return rc;
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
	in->rule->take[0].what = VG_TAKE_ALERTS; /* until one counts events */
	for (const struct vg_yaml_node *n = list->child;
	     n != NULL && rc == VG_OK; n = n->next)
		rc = take_stage(in, n, err);
	leaf->n_stage = in->rule->n_chain;
	in->rule->take[0].n_part = in->rule->n_chain;
	if (rc == VG_OK && bounds != NULL)
		return vg_rule_bounds(in->y, bounds, &leaf->bounds, err);
	leaf->bounds.used = 1u << VG_BOUND_GTE;
	leaf->bounds.bound[VG_BOUND_GTE] = leaf->n_stage;
	return rc;
}
