#include "promql/eval.h"

#include "promql/run.h"

#include <assert.h>
#include <stdlib.h>

enum vg_rc vg_pq_charge(struct vg_pq_run *r, size_t n)
{
	if (n > VG_PQ_SAMPLES_MAX - r->samples)
		return vg_err_set(r->err, VG_DROP,
				  "query processing would load too many "
				  "samples into memory in query execution");
	r->samples += n;
	return VG_OK;
}

double *vg_pq_numbers(struct vg_pq_run *r, size_t n, enum vg_rc *rc)
{
	double *v;

	*rc = vg_pq_charge(r, n);
	if (*rc != VG_OK)
		return NULL;
	v = vg_arena_alloc(r->e->arena, (n + 1) * sizeof *v);
	if (v == NULL)
		*rc = vg_err_set(r->err, VG_FATAL, "promql: out of memory");
	for (size_t i = 0; v != NULL && i < n; i++)
		v[i] = vg_pq_absent();
	return v;
}

struct vg_pq_series *vg_pq_series_new(struct vg_pq_run *r, size_t n,
				      enum vg_rc *rc)
{
	struct vg_pq_series *s;

	*rc = vg_pq_charge(r, n);
	if (*rc != VG_OK)
		return NULL;
	s = vg_arena_alloc(r->e->arena, (n + 1) * sizeof *s);
	if (s == NULL)
		*rc = vg_err_set(r->err, VG_FATAL, "promql: out of memory");
	else
		memset(s, 0, (n + 1) * sizeof *s);
	return s;
}

static int by_labels(const void *a, const void *b)
{
	return vg_pq_labels_compare(a, b, true);
}

enum vg_rc vg_pq_settle(struct vg_pq_run *r, struct vg_pq_set *set)
{
	if (set->n < 2)
		return VG_OK;
	qsort(set->series, set->n, sizeof *set->series, by_labels);
	for (size_t i = 1; i < set->n; i++)
		if (by_labels(&set->series[i - 1], &set->series[i]) == 0)
			return vg_err_set(r->err, VG_DROP,
					  "vector cannot contain metrics with "
					  "the same labelset");
	return VG_OK;
}

static void wish_for(struct vg_pq_wish *w, struct vg_slice name)
{
	for (unsigned i = 0; i < w->n; i++)
		if (vg_slice_eq(w->label[i], name))
			return;
	if (w->n < VG_PQ_LABELS_MAX &&
	    !vg_slice_eq(name, vg_slice_of("__name__")))
		w->label[w->n++] = name;
}

/* What an aggregation keeps is what it needs of the series below it. */
static struct vg_pq_wish wish_below(const struct vg_pq_node *n,
				    const struct vg_pq_wish *around)
{
	bool picks = n->fold == VG_PQ_TOPK || n->fold == VG_PQ_BOTTOMK;
	struct vg_pq_wish w = {.n = 0};

	if (picks || n->without)
		w = *around;
	for (unsigned i = 0; !n->without && i < n->n_labels; i++)
		wish_for(&w, n->label[i]);
	return w;
}

static enum vg_rc eval_group(struct vg_pq_run *r, const struct vg_pq_node *n,
			     const struct vg_pq_wish *wish,
			     struct vg_pq_value *out)
{
	struct vg_pq_wish below = wish_below(n, wish);
	struct vg_pq_value in, k = {.scalar = NULL};
	enum vg_rc rc = vg_pq_eval_node(r, n->left, &below, &in);

	if (rc == VG_OK && n->right != NULL)
		rc = vg_pq_eval_node(r, n->right, &below, &k);
	if (rc == VG_OK)
		rc = vg_pq_eval_group(r, n, &in.set, k.scalar, &out->set);
	return rc;
}

static enum vg_rc negate(struct vg_pq_run *r, const struct vg_pq_node *n,
			 const struct vg_pq_wish *wish, struct vg_pq_value *out)
{
	enum vg_rc rc = vg_pq_eval_node(r, n->left, wish, out);
	size_t times = r->e->times.n;

	if (rc != VG_OK)
		return rc;
	for (size_t i = 0; out->scalar != NULL && i < times; i++)
		out->scalar[i] = -out->scalar[i];
	for (size_t s = 0; s < out->set.n; s++) {
		struct vg_pq_series *one = &out->set.series[s];

		for (size_t i = 0; i < times; i++)
			if (!vg_pq_is_absent(one->v[i]))
				one->v[i] = -one->v[i];
		if (!vg_pq_drop_name(r->e->arena, one))
			return vg_err_set(r->err, VG_FATAL,
					  "promql: out of memory");
	}
	return vg_pq_settle(r, &out->set);
}

static enum vg_rc number(struct vg_pq_run *r, double v, struct vg_pq_value *out)
{
	enum vg_rc rc;

	out->scalar = vg_pq_numbers(r, r->e->times.n, &rc);
	for (size_t i = 0; rc == VG_OK && i < r->e->times.n; i++)
		out->scalar[i] = v;
	return rc;
}

enum vg_rc vg_pq_eval_node(struct vg_pq_run *r, const struct vg_pq_node *n,
			   const struct vg_pq_wish *wish,
			   struct vg_pq_value *out)
{
	struct vg_pq_value side[2];
	enum vg_rc rc;

	*out = (struct vg_pq_value){.scalar = NULL};
	switch (n->kind) {
	case VG_PQ_NUMBER:
		return number(r, n->number, out);
	case VG_PQ_SELECT:
		return vg_pq_eval_select(r, n, VG_PQ_NO_FUNC, wish, &out->set);
	case VG_PQ_CALL:
		return vg_pq_eval_select(r, n->left, n->func, wish, &out->set);
	case VG_PQ_GROUP:
		return eval_group(r, n, wish, out);
	case VG_PQ_NEGATE:
		return negate(r, n, wish, out);
	case VG_PQ_BINARY:
		rc = vg_pq_eval_node(r, n->left, wish, &side[0]);
		if (rc == VG_OK)
			rc = vg_pq_eval_node(r, n->right, wish, &side[1]);
		return rc == VG_OK ? vg_pq_eval_binary(r, n, side, out) : rc;
	case VG_PQ_LITERAL:
		break;
	}
	assert(false); /* the parser lets no string get here */
	return VG_FATAL;
}

/* Series without any number are no part of an answer. */
static void drop_empty(struct vg_pq_set *set, size_t times)
{
	size_t n = 0;

	for (size_t s = 0; s < set->n; s++) {
		size_t i = 0;

		while (i < times && vg_pq_is_absent(set->series[s].v[i]))
			i++;
		if (i < times)
			set->series[n++] = set->series[s];
	}
	set->n = n;
}

static int larger_first(const void *a, const void *b)
{
	const struct vg_pq_series *x = a, *y = b;

	if (x->v[0] != y->v[0])
		return x->v[0] < y->v[0] ? 1 : -1;
	return by_labels(a, b);
}

static int smaller_first(const void *a, const void *b)
{
	const struct vg_pq_series *x = a, *y = b;

	if (x->v[0] != y->v[0])
		return x->v[0] > y->v[0] ? 1 : -1;
	return by_labels(a, b);
}

static void order(const struct vg_pq_node *root, struct vg_pq_set *set)
{
	if (set->n < 2)
		return;
	if (root->kind == VG_PQ_GROUP && root->fold == VG_PQ_TOPK)
		qsort(set->series, set->n, sizeof *set->series, larger_first);
	if (root->kind == VG_PQ_GROUP && root->fold == VG_PQ_BOTTOMK)
		qsort(set->series, set->n, sizeof *set->series, smaller_first);
}

enum vg_rc vg_pq_run(const struct vg_pq_eval *e, const struct vg_pq_tree *tree,
		     struct vg_pq_result *out, struct vg_err *err)
{
	struct vg_pq_run r = {.e = e, .err = err};
	const struct vg_pq_node *root = tree->root;
	struct vg_pq_wish none = {.n = 0};
	struct vg_pq_value v = {.scalar = NULL};
	enum vg_rc rc;

	assert(e->times.n > 0 && e->times.step_ms > 0 && root != NULL);
	*out = (struct vg_pq_result){.type = root->type, .text = root->text};
	if (root->type == VG_PQ_STRING)
		return VG_OK;
	if (root->type == VG_PQ_MATRIX) {
		assert(e->times.n == 1);
		return vg_pq_eval_samples(&r, root, out);
	}
	rc = vg_pq_eval_node(&r, root, &none, &v);
	if (rc != VG_OK)
		return rc;
	out->scalar = v.scalar;
	out->set = v.set;
	drop_empty(&out->set, e->times.n);
	if (e->times.n == 1)
		order(root, &out->set);
	return VG_OK;
}
