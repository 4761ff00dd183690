#include "alert/rule_judge.h"

#include "aggregate/match.h"
#include "alert/rule_cost.h"
#include "alert/rule_warn.h"
#include "core/limits.h"

#include <math.h>
#include <stdlib.h>

/* Values that an aggregate can have: from low to high, both possible. */
struct range {
	double low, high;
	bool whole; /* only whole numbers */
};

/* Fields of which an event has one value at most. */
static bool is_single(struct vg_slice field)
{
	static const char *const list[] = {"actor", "technique", "indicator"};

	for (size_t i = 0; i < sizeof list / sizeof list[0]; i++)
		if (vg_slice_eq(field, vg_slice_of(list[i])))
			return false;
	return true;
}

/* How many values of the field the rule's `match` lets pass, as far as that is
 * written as a list of them. */
static double matched_most(const struct vg_rule_input *in,
			   struct vg_slice field)
{
	const struct vg_yaml_node *match = vg_yaml_get(in->node, "match");
	const struct vg_yaml_node *n = NULL;

	if (match == NULL || match->type != VG_YAML_MAP || !is_single(field))
		return INFINITY;
	for (const struct vg_yaml_node *c = match->child; c != NULL;
	     c = c->next)
		if (vg_slice_eq(field, vg_slice_of(c->key)))
			n = c;
	if (n != NULL && n->type == VG_YAML_MAP)
		n = vg_yaml_get(n, "in");
	if (n == NULL)
		return INFINITY;
	return n->type == VG_YAML_LIST ? (double)n->count : 1;
}

/* How many different tuples of the fields a group can have. */
static double tuples_most(const struct vg_rule_input *in,
			  const struct vg_take *t)
{
	double most = 1;

	for (unsigned i = 0; i < t->n_value; i++) {
		const struct vg_slice field = t->value[i].name;
		double of = (double)vg_rule_values_most(field);

		if (vg_rule_groups_by(in->rule, field))
			of = 1; /* a group has one of them */
		else if (of == 0)
			of = INFINITY;
		most *= fmin(of, matched_most(in, field));
	}
	return most;
}

static double positive_stages(const struct vg_leaf *leaf)
{
	unsigned n = 0;

	for (unsigned i = 0; i < leaf->n_stage; i++)
		n += !leaf->stage[i].absent;
	return n;
}

static struct range range_of(const struct vg_rule_input *in, unsigned l)
{
	const struct vg_leaf *leaf = &in->rule->form.leaf[l];
	struct range any = {-INFINITY, INFINITY, false};
	struct range counts = {0, INFINITY, true};

	switch (leaf->kind) {
	case VG_KIND_DISTINCT:
		counts.high = tuples_most(in, &in->rule->take[l]);
		return counts;
	case VG_KIND_EVENT_COUNT:
		return counts;
	case VG_KIND_TEMPORAL:
		counts.high = positive_stages(leaf);
		return counts;
	case VG_KIND_TEMPORAL_ORDERED:
		counts.low = counts.high = positive_stages(leaf);
		return counts;
	case VG_KIND_RATIO:
	case VG_KIND_SHARE:
		return (struct range){0, 1, false};
	default:
		return any;
	}
}

static double bound(const struct vg_bounds *b, enum vg_bound_op op, double none)
{
	return (b->used >> op & 1) != 0 ? b->bound[op] : none;
}

/* True when no value of the range keeps the bounds. */
static bool is_never(const struct vg_bounds *b, struct range r)
{
	double gt = bound(b, VG_BOUND_GT, -INFINITY);
	double lt = bound(b, VG_BOUND_LT, INFINITY);
	double low = fmax(r.low, bound(b, VG_BOUND_GTE, -INFINITY));
	double high = fmin(r.high, bound(b, VG_BOUND_LTE, INFINITY));

	if (r.whole) {
		low = fmax(ceil(low), floor(gt) + 1);
		high = fmin(floor(high), ceil(lt) - 1);
		gt = -INFINITY;
		lt = INFINITY;
	}
	if ((b->used >> VG_BOUND_EQ & 1) != 0) {
		double eq = b->bound[VG_BOUND_EQ];

		return eq < low || eq > high || eq <= gt || eq >= lt ||
		       (r.whole && eq != floor(eq)) ||
		       eq == bound(b, VG_BOUND_NEQ, NAN);
	}
	if (low == high && low == bound(b, VG_BOUND_NEQ, NAN))
		return true;
	return low > high || low >= lt || high <= gt || gt >= lt;
}

/* True when every value of the range keeps the bounds. */
static bool is_always(const struct vg_bounds *b, struct range r)
{
	if ((b->used >> VG_BOUND_EQ & 1) != 0 && r.low != r.high)
		return false;
	if ((b->used >> VG_BOUND_NEQ & 1) != 0 &&
	    b->bound[VG_BOUND_NEQ] >= r.low && b->bound[VG_BOUND_NEQ] <= r.high)
		return false;
	if ((b->used >> VG_BOUND_GT & 1) != 0 && r.low <= b->bound[VG_BOUND_GT])
		return false;
	if ((b->used >> VG_BOUND_LT & 1) != 0 &&
	    r.high >= b->bound[VG_BOUND_LT])
		return false;
	return r.low >= bound(b, VG_BOUND_GTE, -INFINITY) &&
	       r.high <= bound(b, VG_BOUND_LTE, INFINITY);
}

static void judge_leaf(const struct vg_rule_input *in, unsigned l)
{
	const struct vg_leaf *leaf = &in->rule->form.leaf[l];
	const struct range r = range_of(in, l);
	bool never = is_never(&leaf->bounds, r);

	if (leaf->bounds.used == 0)
		return;
	if (leaf->kind == VG_KIND_RATIO)
		never = is_always(&leaf->bounds, r);
	if (never)
		vg_rule_warn(in, in->node,
			     "`%s` never holds: no value of test %u is within "
			     "its bounds",
			     in->rule->id, l + 1);
	else if (leaf->kind != VG_KIND_RATIO &&
		 leaf->kind != VG_KIND_TEMPORAL_ORDERED &&
		 is_always(&leaf->bounds, r))
		vg_rule_warn(in, in->node,
			     "test %u of `%s` holds whatever comes: every "
			     "value is within its bounds",
			     l + 1, in->rule->id);
}

/* The numbers that a field's tests allow: {gte: 40, lt: 30}. */
static bool read_numbers(const struct vg_yaml_node *test, struct vg_bounds *out)
{
	static const char *const op[VG_BOUND_N] = {"gt",  "gte", "lt",
						   "lte", "eq",	 "neq"};

	*out = (struct vg_bounds){.used = 0};
	for (unsigned i = 0; i < VG_BOUND_N; i++) {
		const struct vg_yaml_node *n = vg_yaml_get(test, op[i]);
		char *end = NULL;

		if (n == NULL || n->type != VG_YAML_SCALAR || n->quoted ||
		    n->text_len == 0)
			continue;
		out->bound[i] = strtod(n->text, &end);
		if (*end == '\0')
			out->used |= 1u << i;
	}
	return out->used != 0;
}

static struct range numbers_of(const char *field)
{
	static const struct {
		const char *name;
		struct range range;
	} row[] = {{"severity", {1, 10, true}},
		   {"confidence", {0, 100, true}},
		   {"count", {1, VG_COUNT_MAX, true}}};

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++)
		if (strcmp(field, row[i].name) == 0)
			return row[i].range;
	return (struct range){-INFINITY, INFINITY, false};
}

static void judge_test(const struct vg_rule_input *in,
		       const struct vg_yaml_node *test)
{
	struct vg_bounds b;

	if (test->type == VG_YAML_MAP && read_numbers(test, &b) &&
	    is_never(&b, numbers_of(test->key)))
		vg_rule_warn(in, test,
			     "`%s`: no event passes this test of `%.64s`",
			     in->rule->id, test->key);
}

/* Tests of one `match` that nothing passes; within `not` that is well. */
static void judge_match(const struct vg_rule_input *in,
			const struct vg_yaml_node *map, unsigned depth)
{
	if (map == NULL || map->type != VG_YAML_MAP ||
	    depth > VG_MATCH_DEPTH_MAX)
		return;
	for (const struct vg_yaml_node *c = map->child; c != NULL;
	     c = c->next) {
		bool is_list = strcmp(c->key, "any") == 0 ||
			       strcmp(c->key, "all") == 0 ||
			       strcmp(c->key, "stages") == 0;

		if (!is_list && strcmp(c->key, "not") != 0)
			judge_test(in, c);
		for (const struct vg_yaml_node *m = is_list ? c->child : NULL;
		     m != NULL; m = m->next)
			judge_match(in,
				    c->key[0] == 's' && m->type == VG_YAML_MAP
					    ? vg_yaml_get(m, "match")
					    : m,
				    depth + 1);
	}
}

/* Fields of which there is one for each address, file or person. */
static bool is_endless(struct vg_slice field)
{
	static const char *const end[] = {"indicator", "ip",   "address",
					  "addr",      "hash", "url",
					  "domain",    "port"};

	for (size_t i = 0; i < sizeof end / sizeof end[0]; i++) {
		size_t n = strlen(end[i]);

		if (field.n < n ||
		    memcmp(field.p + field.n - n, end[i], n) != 0)
			continue;
		if (field.n == n || strchr("._", field.p[field.n - n - 1]))
			return true;
	}
	return false;
}

void vg_rule_judge_cost(const struct vg_rule_input *in)
{
	const struct vg_rule *r = in->rule;
	const struct vg_take *t = &r->take[0];

	for (unsigned i = 0; i < t->n_value && t->match == NULL; i++)
		if (is_endless(t->value[i].name))
			vg_rule_warn(
				in, in->node,
				"`%s` counts the different `%.*s` of every "
				"event: each one there is will be "
				"tracked; narrow it with `match`",
				r->id, (int)t->value[i].name.n,
				t->value[i].name.p);
	for (unsigned i = 0; i < r->n_group; i++)
		if (is_endless(r->group[i]) && r->take[0].match == NULL &&
		    r->take[0].n_part == 0 && r->n_chain == 0)
			vg_rule_warn(in, in->node,
				     "`%s` groups every event by `%.*s`: each "
				     "one there is will be tracked; narrow it "
				     "with `match`",
				     r->id, (int)r->group[i].n, r->group[i].p);
}

void vg_rule_judge(const struct vg_rule_input *in)
{
	for (unsigned l = 0; l < in->rule->form.n_leaf; l++)
		judge_leaf(in, l);
	judge_match(in, vg_yaml_get(in->node, "match"), 0);
	judge_match(in, vg_yaml_get(in->node, "of"), 0);
	/* Known and accepted where it is served; asked for before that. */
	if (in->offline)
		vg_rule_judge_cost(in);
}
