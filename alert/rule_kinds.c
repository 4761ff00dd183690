#include "alert/rule_kinds.h"

#include "aggregate/match.h"
#include "alert/rule_tree.h"
#include "core/buf.h"
#include "core/limits.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

enum { SHORT_FIELDS_MAX = 2 };

static const int64_t k_range[2] = {1, VG_RULE_K_MAX};

/* The fields whose different values one condition counts. */
struct counted {
	struct vg_slice field[VG_TRACK_GROUP_MAX];
	unsigned n;
};

static void set_refs(const struct vg_rule_input *in, struct vg_field_ref *ref,
		     const struct counted *c)
{
	for (unsigned i = 0; i < c->n; i++)
		ref[i] = vg_rule_ref(in, c->field[i]);
}

/* Add the span track of the tuple `c`: an event counts for it only if it has
 * all of its fields. */
static enum vg_rc add_track(struct vg_rule_input *in, const struct counted *c,
			    size_t *index, struct vg_err *err)
{
	struct vg_match *match = NULL;
	struct vg_track t = {.kind = VG_TRACK_SPAN,
			     .window_ms = in->rule->window_ms,
			     .n_group = in->rule->n_group,
			     .n_value = c->n};
	enum vg_rc rc = vg_rule_match(in, &match, err);

	if (rc != VG_OK)
		return rc;
	t.match = match;
	memcpy(t.group, in->rule->group_ref, sizeof t.group);
	set_refs(in, t.value, c);
	struct vg_err why = {0};
	rc = vg_plan_add_track(in->plan, &t, index, &why);
	if (rc == VG_OK)
		return VG_OK;
	vg_match_free(match); /* taken over on success only */
	if (rc == VG_INVAL)
		return vg_yaml_fail(in->y, in->node, err, "%.180s", why.text);
	return vg_err_set(err, rc, "%.200s", why.text);
}

/* Fields as one name: a tuple is written a+b. */
static enum vg_rc name_of(struct vg_rule_input *in, const struct counted *c,
			  struct vg_slice *out, struct vg_err *err)
{
	struct vg_buf b = {0};

	for (unsigned i = 0; i < c->n; i++) {
		if (i > 0)
			vg_buf_str(&b, "+");
		vg_buf_add(&b, c->field[i].p, c->field[i].n);
	}
	char *copy = b.failed ? NULL : vg_arena_copy(in->arena, b.p, b.n);
	vg_buf_term(&b);
	if (copy == NULL)
		return vg_err_set(err, VG_FATAL, "rules: out of memory");
	*out = vg_slice_of(copy);
	return VG_OK;
}

/* The leaves of the same: a field each, where an event needs all of them. */
static void add_leaves(struct vg_rule_input *in, const struct counted *c,
		       const int64_t *k, size_t track)
{
	struct vg_rule *r = in->rule;

	for (unsigned i = 0; i < c->n; i++) {
		struct vg_take *take = &r->take[i];

		r->form.leaf[i] = (struct vg_leaf){
			.kind = VG_KIND_DISTINCT,
			.bounds = {.used = 1u << VG_BOUND_GTE,
				   .bound = {[VG_BOUND_GTE] = (double)k[i]}},
			.window_ms = r->window_ms,
			.min_per_value = 1};
		take->what = VG_TAKE_VALUE;
		take->match = vg_plan_track(in->plan, track)->match;
		take->value[0] = vg_rule_ref(in, c->field[i]);
		take->n_value = 1;
		set_refs(in, take->need, c);
		take->n_need = c->n > 1 ? c->n : 0;
	}
	r->form.n_leaf = c->n;
	if (c->n < 2)
		return;
	r->form.node[0] = (struct vg_node){.type = VG_NODE_ALL, .first = 1};
	for (unsigned i = 0; i < c->n; i++)
		r->form.node[i + 1] =
			(struct vg_node){.type = VG_NODE_LEAF,
					 .leaf = i,
					 .next = i + 1 < c->n ? i + 2 : 0};
	r->form.n_node = c->n + 1;
}

static void add_condition(struct vg_rule *r,
			  const struct vg_rule_condition *condition)
{
	assert(r->n_condition < VG_RULE_CONDITIONS_MAX);
	r->condition[r->n_condition++] = *condition;
}

static enum vg_rc take_field(struct vg_rule_input *in,
			     const struct vg_yaml_node *n, const char *text,
			     struct counted *c, struct vg_err *err)
{
	enum vg_rc rc = vg_rule_field(in, n, text, &c->field[c->n], err);

	if (rc != VG_OK)
		return rc;
	for (unsigned i = 0; i < in->rule->n_group; i++)
		if (vg_slice_eq(in->rule->group[i], c->field[c->n]))
			return vg_yaml_fail(in->y, n, err,
					    "`%.64s` is in group_by and has "
					    "one value in a group; count "
					    "another field",
					    text);
	c->n++;
	return VG_OK;
}

/* country: {distinct: 3} */
static enum vg_rc read_counted(struct vg_rule_input *in,
			       const struct vg_yaml_node *f, struct counted *c,
			       int64_t *k, struct vg_err *err)
{
	static const char *const known[] = {"distinct"};
	const struct vg_yaml_node *d = vg_yaml_get(f, "distinct");
	enum vg_rc rc = VG_OK;

	if (f->type == VG_YAML_MAP)
		rc = vg_rule_keys(in->y, f, known, 1, err);
	if (rc == VG_OK && d == NULL)
		rc = vg_yaml_fail(in->y, f, err,
				  "`%.64s` must be {distinct: k}", f->key);
	if (rc == VG_OK)
		rc = take_field(in, f, f->key, c, err);
	if (rc == VG_OK)
		rc = vg_rule_int(in->y, d, k_range, k, err);
	return rc;
}

/* The conditions of the fields of `c`, each counting its own half of what the
 * one track keeps. */
static enum vg_rc add_conditions(struct vg_rule_input *in,
				 const struct counted *c, const int64_t *k,
				 size_t track, struct vg_err *err)
{
	enum vg_rc rc = VG_OK;

	add_leaves(in, c, k, track);
	for (unsigned i = 0; i < c->n && rc == VG_OK; i++) {
		struct vg_rule_condition condition = {
			.at_least = k[i],
			.track = track,
			.piece = c->n > 1 ? (int)i : VG_RULE_WHOLE};
		const struct counted one = {.field = {c->field[i]}, .n = 1};

		rc = name_of(in, &one, &condition.field, err);
		if (rc == VG_OK)
			add_condition(in->rule, &condition);
	}
	return rc;
}

/* condition: {country: {distinct: 3}, origin: {distinct: 2}}: one track of the
 * pairs. */
enum vg_rc vg_rule_read_short(struct vg_rule_input *in, struct vg_err *err)
{
	struct counted c = {.n = 0};
	int64_t k[SHORT_FIELDS_MAX] = {0};
	const struct vg_yaml_node *map = NULL;
	size_t track = 0;
	enum vg_rc rc =
		vg_rule_need(in, "condition",
			     "condition: {country: {distinct: 3}}", &map, err);

	if (rc != VG_OK)
		return rc;
	if (vg_rule_is_tree(map) || vg_yaml_get(in->node, "weights") != NULL)
		return vg_rule_read_tree(in, map, err);
	if (map->type != VG_YAML_MAP || map->count < 1 ||
	    map->count > SHORT_FIELDS_MAX)
		return vg_yaml_fail(in->y, map, err,
				    "`condition` must name one or two fields; "
				    "write {country: {distinct: 3}}");
	for (const struct vg_yaml_node *f = map->child;
	     f != NULL && rc == VG_OK; f = f->next)
		rc = read_counted(in, f, &c, &k[c.n], err);
	if (rc == VG_OK)
		rc = add_track(in, &c, &track, err);
	return rc == VG_OK ? add_conditions(in, &c, k, track, err) : rc;
}

/* {gte: k} or {gt: k}, as "at least". */
static enum vg_rc read_at_least(struct vg_rule_input *in, int64_t *out,
				struct vg_err *err)
{
	static const char *const known[] = {"gte", "gt"};
	static const int64_t gt_range[2] = {0, VG_RULE_K_MAX - 1};
	const struct vg_yaml_node *map = NULL, *gte, *gt;
	enum vg_rc rc =
		vg_rule_need(in, "condition", "condition: {gte: 3}", &map, err);

	if (rc == VG_OK && (map->type != VG_YAML_MAP || map->count == 0))
		rc = vg_yaml_fail(in->y, map, err,
				  "`condition` must be {gte: k} or {gt: k}");
	if (rc == VG_OK)
		rc = vg_rule_keys(in->y, map, known, 2, err);
	if (rc != VG_OK)
		return rc;
	int64_t a = 1, b = 0;
	gte = vg_yaml_get(map, "gte");
	gt = vg_yaml_get(map, "gt");
	if (gte != NULL)
		rc = vg_rule_int(in->y, gte, k_range, &a, err);
	if (rc == VG_OK && gt != NULL)
		rc = vg_rule_int(in->y, gt, gt_range, &b, err);
	if (rc == VG_OK)
		*out = a > b + 1 ? a : b + 1;
	return rc;
}

enum vg_rc vg_rule_distinct_key(struct vg_rule_input *in, struct vg_err *err)
{
	struct vg_take *take = &in->rule->take[0];
	const struct vg_yaml_node *n = NULL;
	enum vg_rc rc =
		vg_rule_need(in, "distinct", "distinct: country", &n, err);

	if (rc != VG_OK)
		return rc;
	if (n->type == VG_YAML_MAP ||
	    (n->type == VG_YAML_LIST &&
	     (n->count < 1 || n->count > VG_TRACK_GROUP_MAX)))
		return vg_yaml_fail(in->y, n, err,
				    "`distinct` must be a field or a list of 1 "
				    "to %d fields",
				    (int)VG_TRACK_GROUP_MAX);
	const struct vg_yaml_node *f = n->type == VG_YAML_SCALAR ? n : n->child;
	while (f != NULL && rc == VG_OK) {
		struct vg_slice name = {0};

		rc = vg_rule_field(in, f, f->text, &name, err);
		if (rc == VG_OK)
			take->value[take->n_value++] = vg_rule_ref(in, name);
		f = f == n ? NULL : f->next;
	}
	take->what = VG_TAKE_VALUE;
	return rc;
}

/* {gte: k}, {gt: k}: what a span track can answer. */
static bool is_at_least(const struct vg_bounds *b)
{
	const unsigned known = 1u << VG_BOUND_GTE | 1u << VG_BOUND_GT;

	for (unsigned op = VG_BOUND_GT; op <= VG_BOUND_GTE; op++)
		if ((b->used >> op & 1) != 0 &&
		    (b->bound[op] != floor(b->bound[op]) ||
		     b->bound[op] < (op == VG_BOUND_GTE) ||
		     b->bound[op] > VG_RULE_K_MAX - (op == VG_BOUND_GT)))
			return false;
	return b->used != 0 && (b->used & ~known) == 0;
}

static enum vg_rc add_spans(struct vg_rule_input *in, struct vg_err *err)
{
	struct vg_take *take = &in->rule->take[0];
	struct vg_rule_condition condition = {.piece = VG_RULE_WHOLE};
	struct counted c = {.n = take->n_value};
	enum vg_rc rc = read_at_least(in, &condition.at_least, err);

	for (unsigned i = 0; i < c.n; i++)
		c.field[i] = take->value[i].name;
	if (rc == VG_OK)
		rc = name_of(in, &c, &condition.field, err);
	if (rc == VG_OK)
		rc = add_track(in, &c, &condition.track, err);
	if (rc != VG_OK)
		return rc;
	take->match = vg_plan_track(in->plan, condition.track)->match;
	in->rule->form.leaf[0].bounds = (struct vg_bounds){
		.used = 1u << VG_BOUND_GTE,
		.bound = {[VG_BOUND_GTE] = (double)condition.at_least}};
	add_condition(in->rule, &condition);
	return VG_OK;
}

/* type: distinct, distinct: country | [account, source], condition: {gte: 3} */
enum vg_rc vg_rule_read_distinct(struct vg_rule_input *in, struct vg_err *err)
{
	struct vg_leaf *leaf = vg_rule_leaf(in, VG_KIND_DISTINCT);
	const struct vg_yaml_node *n = NULL;
	enum vg_rc rc = vg_rule_distinct_key(in, err);

	if (rc == VG_OK)
		rc = vg_rule_need(in, "condition", "condition: {gte: 3}", &n,
				  err);
	if (rc == VG_OK)
		rc = vg_rule_bounds(in->y, n, &leaf->bounds, err);
	if (rc == VG_OK && is_at_least(&leaf->bounds))
		return add_spans(in, err);
	return rc == VG_OK ? vg_rule_take_match(in, err) : rc;
}
