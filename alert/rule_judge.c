#include "alert/rule_judge.h"

#include "alert/rule_warn.h"

#include <math.h>

/* Values that an aggregate can have: from low to high, both possible. */
struct range {
	double low, high;
	bool whole; /* only whole numbers */
};

static bool is_grouped(const struct vg_rule *r, struct vg_slice field)
{
	for (unsigned i = 0; i < r->n_group; i++)
		if (vg_slice_eq(r->group[i], field))
			return true;
	return false;
}

/* A tuple of fields that the group has one value of each is always the same. */
static bool is_constant(const struct vg_rule *r, const struct vg_take *t)
{
	for (unsigned i = 0; i < t->n_value; i++)
		if (!is_grouped(r, t->value[i].name))
			return false;
	return t->n_value > 0;
}

static double positive_stages(const struct vg_leaf *leaf)
{
	unsigned n = 0;

	for (unsigned i = 0; i < leaf->n_stage; i++)
		n += !leaf->stage[i].absent;
	return n;
}

static struct range range_of(const struct vg_rule *r, unsigned l)
{
	const struct vg_leaf *leaf = &r->form.leaf[l];
	struct range any = {-INFINITY, INFINITY, false};
	struct range counts = {0, INFINITY, true};

	switch (leaf->kind) {
	case VG_KIND_DISTINCT:
		if (is_constant(r, &r->take[l]))
			counts.high = 1;
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
	const struct range r = range_of(in->rule, l);
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

static void judge_cost(const struct vg_rule_input *in)
{
	const struct vg_rule *r = in->rule;

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
	/* Known and accepted where it is served; asked for before that. */
	if (in->offline)
		judge_cost(in);
}
