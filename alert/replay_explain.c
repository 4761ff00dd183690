#include "alert/replay_parts.h"

#include <assert.h>
#include <stdlib.h>

static int by_time(const void *a, const void *b)
{
	const struct vg_sample *x = a, *y = b;

	return (x->t_ms > y->t_ms) - (x->t_ms < y->t_ms);
}

/* The samples of `group` up to `at_ms`, by time; NULL when memory is out. */
static struct vg_sample *pick(const struct vg_heap *h, uint32_t group,
			      int64_t at_ms, size_t *n)
{
	struct vg_sample *v = malloc((h->n + 1) * sizeof *v);

	*n = 0;
	for (const struct vg_chunk *c = h->first; v != NULL && c != NULL;
	     c = c->next)
		for (size_t i = 0; i < c->n; i++)
			if (c->v[i].group == group && c->v[i].t_ms <= at_ms)
				v[(*n)++] = c->v[i];
	if (v != NULL)
		qsort(v, *n, sizeof *v, by_time);
	return v;
}

static void note(struct vg_explained *out, const struct vg_samples *in)
{
	out->n = in->n > out->n ? in->n : out->n;
	if (in->n == 0)
		return;
	if (in->v[0].t_ms < out->first_ms)
		out->first_ms = in->v[0].t_ms;
	if (in->v[in->n - 1].t_ms > out->last_ms)
		out->last_ms = in->v[in->n - 1].t_ms;
}

enum vg_rc vg_replay_explain(struct vg_replay *r, size_t i,
			     struct vg_slice group, int64_t at_ms,
			     struct vg_explained *out, struct vg_err *err)
{
	assert(i < r->n_rule);
	const struct vg_rule *rule = r->rule[i].rule;
	uint32_t id = vg_values_find(r->values, group);
	struct vg_sample *v[VG_LEAVES_MAX] = {NULL};
	struct vg_samples in[VG_LEAVES_MAX] = {{NULL, 0}};
	enum vg_rc rc = VG_OK;

	*out = (struct vg_explained){.first_ms = INT64_MAX,
				     .last_ms = INT64_MIN};
	for (unsigned l = 0; l < rule->form.n_leaf && id != VG_VALUE_NONE;
	     l++) {
		v[l] = pick(&r->rule[i].leaf[l], id, at_ms, &in[l].n);
		in[l].v = v[l];
		if (v[l] == NULL)
			rc = vg_err_set(err, VG_FATAL, "rules: out of memory");
		else
			note(out, &in[l]);
	}
	if (rc == VG_OK && rule->form.leaf[0].kind != VG_KIND_NEW_VALUE)
		rc = vg_kind_at(&rule->form, in, at_ms, out->leaf, &out->holds,
				err);
	for (unsigned l = 0; l < VG_LEAVES_MAX; l++)
		free(v[l]);
	return rc;
}
