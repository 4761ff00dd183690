#include "promql/run.h"

#include <assert.h>
#include <math.h>

/* The number of `a op b`; *kept is whether a comparison holds. */
static double compute(enum vg_pq_op op, double a, double b, bool *kept)
{
	*kept = true;
	switch (op) {
	case VG_PQ_ADD:
		return a + b;
	case VG_PQ_SUB:
		return a - b;
	case VG_PQ_MUL:
		return a * b;
	case VG_PQ_DIV:
		return a / b;
	case VG_PQ_MOD:
		return fmod(a, b);
	case VG_PQ_POW:
		return pow(a, b);
	case VG_PQ_EQL:
		*kept = a == b;
		break;
	case VG_PQ_NEQ:
		*kept = a != b;
		break;
	case VG_PQ_GTR:
		*kept = a > b;
		break;
	case VG_PQ_LSS:
		*kept = a < b;
		break;
	case VG_PQ_GTE:
		*kept = a >= b;
		break;
	default:
		*kept = a <= b;
		break;
	}
	return a;
}

/* `a op b` at one instant, of which `vector` is the side that a filter keeps.
 */
static double at_instant(const struct vg_pq_node *n, double a, double b,
			 double vector)
{
	bool kept;
	double v;

	if (vg_pq_is_absent(a) || vg_pq_is_absent(b))
		return vg_pq_absent();
	v = compute(n->op, a, b, &kept);
	if (n->op < VG_PQ_EQL)
		return v;
	if (n->wants_bool)
		return kept ? 1 : 0;
	return kept ? vector : vg_pq_absent();
}

static enum vg_rc no_memory(struct vg_pq_run *r)
{
	return vg_err_set(r->err, VG_FATAL, "promql: out of memory");
}

/* A new series with the labels of `from`: without its name, unless a filter
 * leaves it what it was. */
static enum vg_rc start(struct vg_pq_run *r, const struct vg_pq_node *n,
			const struct vg_pq_series *from,
			struct vg_pq_series *to)
{
	enum vg_rc rc;

	*to = *from;
	if ((n->op < VG_PQ_EQL || n->wants_bool) &&
	    !vg_pq_drop_name(r->e->arena, to))
		return no_memory(r);
	to->v = vg_pq_numbers(r, r->e->times.n, &rc);
	return rc;
}

static enum vg_rc scalars(struct vg_pq_run *r, const struct vg_pq_node *n,
			  const struct vg_pq_value side[2], double **out)
{
	enum vg_rc rc;

	*out = vg_pq_numbers(r, r->e->times.n, &rc);
	for (size_t i = 0; rc == VG_OK && i < r->e->times.n; i++)
		(*out)[i] = at_instant(n, side[0].scalar[i], side[1].scalar[i],
				       side[0].scalar[i]);
	return rc;
}

/* A vector against a scalar, which stands on the side `where`. */
static enum vg_rc against_scalar(struct vg_pq_run *r,
				 const struct vg_pq_node *n,
				 const struct vg_pq_value side[2], int where,
				 struct vg_pq_set *out)
{
	const struct vg_pq_set *set = &side[1 - where].set;
	const double *k = side[where].scalar;
	enum vg_rc rc;

	out->series = vg_pq_series_new(r, set->n, &rc);
	for (size_t s = 0; rc == VG_OK && s < set->n; s++) {
		const double *v = set->series[s].v;

		rc = start(r, n, &set->series[s], &out->series[s]);
		for (size_t i = 0; rc == VG_OK && i < r->e->times.n; i++)
			out->series[s].v[i] =
				where == 1 ? at_instant(n, v[i], k[i], v[i])
					   : at_instant(n, k[i], v[i], v[i]);
		out->n = s + 1;
	}
	return rc == VG_OK ? vg_pq_settle(r, out) : rc;
}

/* Series of a set are one of each label set, name aside, at any instant. */
static enum vg_rc check_unique(struct vg_pq_run *r, const struct vg_pq_set *s,
			       const char *which)
{
	for (size_t i = 0; i < s->n; i++)
		for (size_t k = i + 1; k < s->n; k++) {
			if (vg_pq_labels_compare(&s->series[i], &s->series[k],
						 false) != 0)
				continue;
			return vg_err_set(
				r->err, VG_DROP,
				"found duplicate series for the match group on "
				"the %s hand-side of the operation: "
				"many-to-many matching not allowed",
				which);
		}
	return VG_OK;
}

/* Where names do not differ the order is that of the labels too. */
static bool has_one_name(const struct vg_pq_set *s)
{
	struct vg_slice name = vg_slice_of("__name__");

	for (size_t i = 1; i < s->n; i++)
		if (!vg_slice_eq(vg_pq_label_of(&s->series[0], name),
				 vg_pq_label_of(&s->series[i], name)))
			return false;
	return true;
}

/* The series of `set` with the labels of `one`, name aside. In sets of one name
 * each the search goes on where it was: *from. */
static const struct vg_pq_series *partner_of(const struct vg_pq_series *one,
					     const struct vg_pq_set *set,
					     bool merges, size_t *from)
{
	for (size_t i = merges ? *from : 0; i < set->n; i++) {
		int c = vg_pq_labels_compare(&set->series[i], one, false);

		*from = i;
		if (c == 0)
			return &set->series[i];
		if (c > 0 && merges)
			return NULL;
	}
	return NULL;
}

/* Sets of several names have no order that helps. */
static enum vg_rc check_sides(struct vg_pq_run *r, const struct vg_pq_set *a,
			      const struct vg_pq_set *b)
{
	enum vg_rc rc =
		vg_pq_charge(r, a->n * a->n + b->n * b->n + a->n * b->n);

	if (rc == VG_OK)
		rc = check_unique(r, a, "left");
	return rc == VG_OK ? check_unique(r, b, "right") : rc;
}

static enum vg_rc vectors(struct vg_pq_run *r, const struct vg_pq_node *n,
			  const struct vg_pq_value side[2],
			  struct vg_pq_set *out)
{
	const struct vg_pq_set *a = &side[0].set, *b = &side[1].set;
	bool merges = has_one_name(a) && has_one_name(b);
	size_t at = 0;
	enum vg_rc rc = merges ? VG_OK : check_sides(r, a, b);

	if (rc == VG_OK)
		out->series = vg_pq_series_new(r, a->n, &rc);
	for (size_t s = 0; rc == VG_OK && s < a->n; s++) {
		const struct vg_pq_series *x = &a->series[s];
		const struct vg_pq_series *y = partner_of(x, b, merges, &at);
		struct vg_pq_series *to = &out->series[out->n];

		if (y == NULL)
			continue;
		rc = start(r, n, x, to);
		for (size_t i = 0; rc == VG_OK && i < r->e->times.n; i++)
			to->v[i] = at_instant(n, x->v[i], y->v[i], x->v[i]);
		out->n++;
	}
	return rc == VG_OK ? vg_pq_settle(r, out) : rc;
}

enum vg_rc vg_pq_eval_binary(struct vg_pq_run *r, const struct vg_pq_node *n,
			     const struct vg_pq_value side[2],
			     struct vg_pq_value *out)
{
	bool left = side[0].scalar != NULL, right = side[1].scalar != NULL;

	assert(n->op < VG_PQ_OPS);
	if (left && right)
		return scalars(r, n, side, &out->scalar);
	if (left || right)
		return against_scalar(r, n, side, right ? 1 : 0, &out->set);
	return vectors(r, n, side, &out->set);
}
