#include "alert/replay_parts.h"

#include "aggregate/keys.h"
#include "alert/life.h"
#include "alert/rule_kinds.h"

#include <assert.h>
#include <stdlib.h>

/* The samples of one leaf, group by group: those of group g are the ones from
 * start[g] to start[g + 1]. */
struct sorted {
	struct vg_sample *v;
	size_t *start;
};

struct found {
	size_t rule;
	struct vg_slice group, value;
	struct vg_stretch span;
};

struct running {
	struct vg_replay *r;
	int64_t clock_ms;
	size_t n_group; /* numbers that groups can have */
	struct sorted leaf[VG_LEAVES_MAX];
	struct vg_stretches work;
	struct found *found;
	size_t n_found, cap_found;
};

static int by_time(const void *a, const void *b)
{
	const struct vg_sample *x = a, *y = b;

	return (x->t_ms > y->t_ms) - (x->t_ms < y->t_ms);
}

/* Events come nearly in order: each is moved back past the few that are later,
 * and only when they are not few all are sorted. */
static void sort_group(struct vg_sample *v, size_t n)
{
	size_t moves = 0;

	for (size_t i = 1; i < n; i++) {
		const struct vg_sample s = v[i];
		size_t k = i;

		for (; k > 0 && v[k - 1].t_ms > s.t_ms; k--)
			v[k] = v[k - 1];
		v[k] = s;
		moves += i - k;
		if (moves <= 32 * (i + 32))
			continue;
		qsort(v, n, sizeof *v, by_time);
		return;
	}
}

/* Counting sort by group, then each group by time where it is not so yet. */
static bool sort_heap(struct running *q, const struct vg_heap *h,
		      struct sorted *out)
{
	out->v = malloc((h->n + 1) * sizeof *out->v);
	out->start = calloc(q->n_group + 2, sizeof *out->start);
	if (out->v == NULL || out->start == NULL)
		return false;
	for (const struct vg_chunk *c = h->first; c != NULL; c = c->next)
		for (size_t i = 0; i < c->n; i++)
			out->start[c->v[i].group + 2]++;
	for (size_t g = 2; g < q->n_group + 2; g++)
		out->start[g] += out->start[g - 1];
	for (const struct vg_chunk *c = h->first; c != NULL; c = c->next)
		for (size_t i = 0; i < c->n; i++)
			out->v[out->start[c->v[i].group + 1]++] = c->v[i];
	for (size_t g = 0; g < q->n_group; g++)
		sort_group(out->v + out->start[g],
			   out->start[g + 1] - out->start[g]);
	assert(out->start[q->n_group] == h->n);
	return true;
}

static bool keep(struct running *q, size_t rule, uint32_t group,
		 const struct vg_stretch *span)
{
	if (q->n_found == q->cap_found) {
		size_t cap = q->cap_found == 0 ? 64 : q->cap_found * 2;
		struct found *f = realloc(q->found, cap * sizeof *f);

		if (f == NULL)
			return false;
		q->found = f;
		q->cap_found = cap;
	}
	struct found *f = &q->found[q->n_found++];
	*f = (struct found){.rule = rule,
			    .group = vg_values_text(q->r->values, group),
			    .span = *span};
	if (q->r->rule[rule].rule->form.leaf[0].kind == VG_KIND_NEW_VALUE)
		f->value = vg_values_text(q->r->values, span->value);
	return true;
}

static enum vg_rc run_group(struct running *q, size_t i, uint32_t group,
			    struct vg_err *err)
{
	const struct vg_rule *rule = q->r->rule[i].rule;
	const struct vg_life life = {rule->resolve_after_ms, rule->for_ms,
				     rule->keep_firing_ms};
	struct vg_samples in[VG_LEAVES_MAX];
	size_t n = 0;
	enum vg_rc rc = VG_OK;

	for (unsigned l = 0; l < rule->form.n_leaf; l++) {
		const struct sorted *s = &q->leaf[l];

		in[l].v = s->v + s->start[group];
		in[l].n = s->start[group + 1] - s->start[group];
		n += in[l].n;
	}
	if (n == 0)
		return VG_OK;
	q->work.n = 0;
	if (rule->form.leaf[0].kind == VG_KIND_NEW_VALUE) {
		const struct vg_new_since since = {in->v[0].t_ms, q->clock_ms};

		rc = vg_kind_new_values(&q->work, &rule->form.leaf[0], in,
					&since, err);
	} else {
		rc = vg_kind_stretches(&q->work, &rule->form, in, q->clock_ms,
				       err);
		if (rc == VG_OK)
			vg_life_join(&q->work, &life, q->clock_ms);
	}
	for (size_t k = 0; k < q->work.n && rc == VG_OK; k++)
		if (!keep(q, i, group, &q->work.v[k]))
			rc = vg_err_set(err, VG_FATAL, "rules: out of memory");
	return rc;
}

/* The group of a chain that an alert of its stage is of. */
static uint32_t group_of(struct running *q, const struct vg_rule *chain,
			 unsigned stage, struct vg_slice group)
{
	struct vg_buf key = {.n = 0};
	uint32_t id = VG_VALUE_NONE;

	vg_chain_group(&key, chain, stage, group);
	if (!key.failed)
		id = vg_values_hold(q->r->values,
				    (struct vg_slice){key.n > 0 ? key.p : "",
						      (uint32_t)key.n});
	vg_buf_term(&key);
	return id;
}

/* One alert, as what it is to each stage of the chain: one sample, where it is
 * of one group to all of them. */
static bool feed_one(struct running *q, struct vg_replay_rule *chain,
		     const struct found *f)
{
	struct vg_sample s = {.t_ms = f->span.start_ms, .n = 1};

	for (unsigned k = 0; k < chain->rule->n_chain; k++) {
		uint32_t group;

		if (chain->rule->chain[k].rule != f->rule)
			continue;
		group = group_of(q, chain->rule, k, f->group);
		if (group == VG_VALUE_NONE)
			return false;
		if (s.mask != 0 && group != s.group) {
			if (!vg_heap_push(&chain->leaf[0], &s))
				return false;
			s.mask = 0;
		}
		s.group = group;
		s.mask |= UINT32_C(1) << k;
	}
	return s.mask == 0 || vg_heap_push(&chain->leaf[0], &s);
}

/* Its events, and the alerts found so far, as the samples of a chain: rules
 * come after those that they count. */
static bool feed_chain(struct running *q, struct vg_replay_rule *chain)
{
	vg_heap_term(&chain->leaf[0]);
	for (const struct vg_chunk *c = chain->events.first; c != NULL;
	     c = c->next)
		for (size_t i = 0; i < c->n; i++)
			if (!vg_heap_push(&chain->leaf[0], &c->v[i]))
				return false;
	for (size_t i = 0; i < q->n_found; i++)
		if (!feed_one(q, chain, &q->found[i]))
			return false;
	return true;
}

static enum vg_rc run_rule(struct running *q, size_t i, struct vg_err *err)
{
	struct vg_replay_rule *rule = &q->r->rule[i];
	unsigned n_leaf = rule->rule->form.n_leaf;
	enum vg_rc rc = VG_OK;

	if (rule->rule->n_chain > 0 && !feed_chain(q, rule))
		return vg_err_set(err, VG_FATAL, "rules: out of memory");
	q->n_group = vg_values_count(q->r->values) + 1;
	for (unsigned l = 0; l < n_leaf && rc == VG_OK; l++)
		if (!sort_heap(q, &rule->leaf[l], &q->leaf[l]))
			rc = vg_err_set(err, VG_FATAL, "rules: out of memory");
	for (uint32_t g = 0; g < q->n_group && rc == VG_OK; g++)
		rc = run_group(q, i, g, err);
	for (unsigned l = 0; l < n_leaf; l++) {
		free(q->leaf[l].v);
		free(q->leaf[l].start);
		q->leaf[l] = (struct sorted){NULL, NULL};
	}
	return rc;
}

static int by_start(const void *a, const void *b)
{
	const struct found *x = a, *y = b;
	int c = 0;

	if (x->span.start_ms != y->span.start_ms)
		return x->span.start_ms < y->span.start_ms ? -1 : 1;
	if (x->rule != y->rule)
		return x->rule < y->rule ? -1 : 1;
	c = vg_slice_cmp(x->group, y->group);
	return c != 0 ? c : vg_slice_cmp(x->value, y->value);
}

static enum vg_rc tell(const struct running *q, vg_replay_take *take, void *arg,
		       struct vg_err *err)
{
	enum vg_rc rc = VG_OK;

	for (size_t i = 0; i < q->n_found && rc == VG_OK; i++) {
		const struct found *f = &q->found[i];
		const struct vg_replayed a = {.rule = q->r->rule[f->rule].rule,
					      .group = f->group,
					      .value = f->value,
					      .span = f->span,
					      .open = f->span.end_ms >
						      q->clock_ms};

		rc = take(arg, &a, err);
	}
	return rc;
}

enum vg_rc vg_replay_run(struct vg_replay *r, int64_t clock_ms,
			 vg_replay_take *take, void *arg, struct vg_err *err)
{
	struct running q = {.r = r, .clock_ms = clock_ms};
	enum vg_rc rc = VG_OK;

	for (size_t i = 0; i < r->n_rule && rc == VG_OK; i++)
		rc = run_rule(&q, i, err);
	if (rc == VG_OK && q.n_found > 0) {
		qsort(q.found, q.n_found, sizeof *q.found, by_start);
		rc = tell(&q, take, arg, err);
	}
	free(q.work.v);
	free(q.found);
	return rc;
}
