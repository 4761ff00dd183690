#include "promql/run.h"

#include <math.h>
#include <stdlib.h>

/* A series, and the labels of the group that it is in. */
struct group {
	struct vg_pq_series key;
	const struct vg_pq_series *from;
};

static bool is_listed(const struct vg_pq_node *n, struct vg_slice name)
{
	for (unsigned i = 0; i < n->n_labels; i++)
		if (vg_slice_eq(n->label[i], name))
			return true;
	return false;
}

/* The labels of `s` that its group has. */
static enum vg_rc key_of(struct vg_pq_run *r, const struct vg_pq_node *n,
			 const struct vg_pq_series *s, struct vg_pq_series *key)
{
	*key = (struct vg_pq_series){.n_labels = 0};
	key->label = vg_arena_alloc(r->e->arena,
				    (s->n_labels + 1) * sizeof *key->label);
	if (key->label == NULL)
		return vg_err_set(r->err, VG_FATAL, "promql: out of memory");
	for (unsigned i = 0; i < s->n_labels; i++) {
		struct vg_slice name = s->label[i].name;
		bool is_name = vg_slice_eq(name, vg_slice_of("__name__"));

		if (n->without ? !is_name && !is_listed(n, name)
			       : is_listed(n, name))
			key->label[key->n_labels++] = s->label[i];
	}
	return VG_OK;
}

static int by_key(const void *a, const void *b)
{
	const struct group *x = a, *y = b;
	int c = vg_pq_labels_compare(&x->key, &y->key, true);

	/* Members in their own order: sums of doubles must not depend on a
	 * sort that is not stable. */
	return c != 0 ? c : (x->from > y->from) - (x->from < y->from);
}

static double folded(enum vg_pq_fold f, const struct group *g, size_t n,
		     size_t i)
{
	double sum = 0, least = nan(""), most = nan("");
	size_t count = 0;

	for (size_t m = 0; m < n; m++) {
		double v = g[m].from->v[i];

		if (vg_pq_is_absent(v))
			continue;
		sum += v;
		least = isnan(least) || v < least ? v : least;
		most = isnan(most) || v > most ? v : most;
		count++;
	}
	if (count == 0)
		return vg_pq_absent();
	switch (f) {
	case VG_PQ_MIN:
		return least;
	case VG_PQ_MAX:
		return most;
	case VG_PQ_AVG:
		return sum / (double)count;
	case VG_PQ_COUNT:
		return (double)count;
	default:
		return sum;
	}
}

/* A member's number at one instant. */
struct ranked {
	double v;
	size_t member; /* in the order of their labels */
};

/* NaN comes last, ties in the order of labels. */
static int rank(const struct ranked *a, const struct ranked *b, bool top)
{
	if (isnan(a->v) != isnan(b->v))
		return isnan(a->v) ? 1 : -1;
	if (a->v != b->v && !isnan(a->v))
		return (a->v > b->v) == top ? -1 : 1;
	return (a->member > b->member) - (a->member < b->member);
}

static int by_top(const void *a, const void *b)
{
	return rank(a, b, true);
}

static int by_bottom(const void *a, const void *b)
{
	return rank(a, b, false);
}

/* Copy to `to` the numbers of the k first members at instant `i`. */
static void pick(enum vg_pq_fold f, struct ranked *room, size_t members,
		 size_t i, double k, struct vg_pq_series *to)
{
	size_t n = 0;

	for (size_t m = 0; m < members; m++) {
		double v = to[m].v[i];

		if (vg_pq_is_absent(v))
			continue;
		room[n++] = (struct ranked){.v = v, .member = m};
		to[m].v[i] = vg_pq_absent();
	}
	if (n > 1)
		qsort(room, n, sizeof *room,
		      f == VG_PQ_TOPK ? by_top : by_bottom);
	for (size_t m = 0; m < n && (double)m + 1 <= k; m++)
		to[room[m].member].v[i] = room[m].v;
}

/* topk and bottomk leave the series as they are, at some instants. */
static enum vg_rc pick_group(struct vg_pq_run *r, const struct vg_pq_node *n,
			     const struct group *g, size_t members,
			     const double *k, struct vg_pq_set *out)
{
	size_t times = r->e->times.n;
	struct vg_pq_series *to = &out->series[out->n];
	struct ranked *room =
		vg_arena_alloc(r->e->arena, members * sizeof *room);
	enum vg_rc rc = VG_OK;

	if (room == NULL)
		return vg_err_set(r->err, VG_FATAL, "promql: out of memory");
	for (size_t m = 0; rc == VG_OK && m < members; m++) {
		to[m] = *g[m].from;
		to[m].v = vg_pq_numbers(r, times, &rc);
		if (rc == VG_OK)
			memcpy(to[m].v, g[m].from->v, times * sizeof *to[m].v);
	}
	for (size_t i = 0; rc == VG_OK && i < times; i++)
		pick(n->fold, room, members, i, k[i], to);
	out->n += members;
	return rc;
}

static enum vg_rc fold_group(struct vg_pq_run *r, const struct vg_pq_node *n,
			     const struct group *g, size_t members,
			     struct vg_pq_set *out)
{
	struct vg_pq_series *to = &out->series[out->n++];
	enum vg_rc rc;

	*to = g->key;
	to->v = vg_pq_numbers(r, r->e->times.n, &rc);
	for (size_t i = 0; rc == VG_OK && i < r->e->times.n; i++)
		to->v[i] = folded(n->fold, g, members, i);
	return rc;
}

enum vg_rc vg_pq_eval_group(struct vg_pq_run *r, const struct vg_pq_node *n,
			    const struct vg_pq_set *in, const double *k,
			    struct vg_pq_set *out)
{
	struct group *g = vg_arena_alloc(r->e->arena, (in->n + 1) * sizeof *g);
	enum vg_rc rc = VG_OK;

	*out = (struct vg_pq_set){.n = 0};
	if (g == NULL)
		return vg_err_set(r->err, VG_FATAL, "promql: out of memory");
	for (size_t s = 0; rc == VG_OK && s < in->n; s++) {
		g[s].from = &in->series[s];
		rc = key_of(r, n, &in->series[s], &g[s].key);
	}
	if (rc == VG_OK)
		out->series = vg_pq_series_new(r, in->n, &rc);
	if (rc != VG_OK || in->n == 0)
		return rc;
	qsort(g, in->n, sizeof *g, by_key);
	for (size_t s = 0, m; rc == VG_OK && s < in->n; s += m) {
		for (m = 1; s + m < in->n; m++)
			if (vg_pq_labels_compare(&g[s].key, &g[s + m].key,
						 true) != 0)
				break;
		rc = k != NULL ? pick_group(r, n, &g[s], m, k, out)
			       : fold_group(r, n, &g[s], m, out);
	}
	return rc == VG_OK ? vg_pq_settle(r, out) : rc;
}
