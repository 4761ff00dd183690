/*
 * visible_form - the episodes of a rule of any kind: what a class sees of a
 * group, as the samples that alert/kind.h asks for.
 */
#include "alert/visible_form.h"

#include "alert/chain.h"
#include "alert/life.h"

#include <assert.h>
#include <stdlib.h>

enum { BREAKER_BIT = 31 };

uint64_t vg_visible_classes(struct vg_slice text)
{
	uint64_t set = 0;

	for (uint32_t i = 0; i < text.n; i++)
		set = set * 10 + (uint64_t)(text.p[i] - '0');
	return set;
}

static uint32_t mask_of(const struct vg_take *take, struct vg_slice text)
{
	uint64_t set = vg_visible_classes(text);

	if (take->has_breaker && (set >> take->n_part & 1) != 0)
		set ^= (UINT64_C(1) << take->n_part) |
		       (UINT64_C(1) << BREAKER_BIT);
	return (uint32_t)set;
}

static double number_of(struct vg_slice text)
{
	char copy[64];

	if (text.n >= sizeof copy)
		return 0;
	memcpy(copy, text.p, text.n);
	copy[text.n] = '\0';
	return strtod(copy, NULL);
}

static double weight_of(const struct vg_visible *v, const struct vg_take *take,
			const struct vg_seen_span *x)
{
	const struct vg_config *cfg = v->e->o.env->cfg;
	uint32_t slot = vg_visible_partner(v, x->span);

	for (size_t p = 0; p < cfg->n_partners; p++) {
		if (cfg->partners[p].slot != slot)
			continue;
		for (unsigned i = 0; i < take->n_weight; i++)
			if (vg_slice_eq(take->weight[i].partner,
					vg_slice_of(cfg->partners[p].id)))
				return take->weight[i].weight;
	}
	return 1;
}

static struct vg_sample sample_of(const struct vg_visible *v,
				  const struct vg_take *take,
				  const struct vg_seen_span *x, int64_t t_ms,
				  bool is_new_value)
{
	const struct vg_values *values = vg_groups_values(v->e->groups);
	struct vg_sample s = {.t_ms = t_ms, .n = vg_span_events(x->span)};

	if (take->what == VG_TAKE_MASK)
		s.mask = mask_of(take, vg_values_text(values, x->value));
	else if (take->what == VG_TAKE_WEIGHT)
		s.number = weight_of(v, take, x);
	else if (take->what == VG_TAKE_NUMBER)
		s.number = number_of(vg_values_text(values, x->value));
	else if (!is_new_value)
		s.value = x->value; /* else the group has one */
	return s;
}

static int by_time(const void *a, const void *b)
{
	const struct vg_sample *x = a, *y = b;

	return (x->t_ms > y->t_ms) - (x->t_ms < y->t_ms);
}

/* The alerts that a chain is fed, each at its start; how many. `to` NULL only
 * counts. Of one that would hold without partner `but` it has its start as it
 * is: when it would have begun else is not known. */
static size_t fill_fed(const struct vg_visible *v, uint32_t but,
		       struct vg_sample *to)
{
	const struct vg_fed *f;
	size_t n = 0;

	for (size_t pos = 0;
	     (f = vg_chain_next(v->group, (uint32_t)v->rule->index,
				v->class_index, &pos)) != NULL;) {
		if (but < 64 && (f->partners >> but & 1) != 0 &&
		    (f->without >> but & 1) == 0)
			continue;
		if (to != NULL)
			to[n] = (struct vg_sample){
				.t_ms = f->start_ms, .mask = f->mask, .n = 1};
		n++;
	}
	return n;
}

/* The samples of leaf `l` into `to`, sorted; *n of them. A span gives its two
 * ends: between them less than a window passes, so they say as much. */
static void fill(const struct vg_visible *v, uint32_t but, unsigned l,
		 struct vg_sample *to, size_t *n)
{
	const struct vg_take *take = &v->rule->take[l];
	bool is_new = v->rule->form.leaf[l].kind == VG_KIND_NEW_VALUE;
	size_t k = 0;

	for (size_t i = 0; i < v->n; i++) {
		const struct vg_seen_span *x = &v->span[i];
		int64_t first = vg_span_first(x->span);
		int64_t last = vg_span_last(x->span);

		if (x->condition != l ||
		    (but < 64 && vg_visible_partner(v, x->span) == but))
			continue;
		to[k++] = sample_of(v, take, x, first, is_new);
		if (last != first)
			to[k++] = sample_of(v, take, x, last, is_new);
	}
	if (v->rule->n_chain > 0)
		k += fill_fed(v, but, to + k);
	if (k > 0)
		qsort(to, k, sizeof *to, by_time);
	*n = k;
}

/* When to look again: at the first start, or end of a `for`, that lies ahead.
 */
static int64_t next_look(const struct vg_stretches *s, int64_t for_ms,
			 int64_t clock_ms)
{
	int64_t at = INT64_MAX;

	for (size_t i = 0; i < s->n; i++) {
		int64_t start = s->v[i].start_ms;

		if (start > clock_ms && start < at)
			at = start;
		if (for_ms > 0 && start <= clock_ms &&
		    start + for_ms > clock_ms && start + for_ms < at)
			at = start + for_ms;
	}
	return at;
}

static void drop_ahead(struct vg_stretches *s, int64_t clock_ms)
{
	size_t kept = 0;

	for (size_t i = 0; i < s->n; i++)
		if (s->v[i].start_ms <= clock_ms)
			s->v[kept++] = s->v[i];
	s->n = kept;
}

static struct vg_episode episode_of(const struct vg_stretch *s)
{
	int64_t end_ms =
		s->end_ms < VG_EPISODE_OPEN ? s->end_ms : VG_EPISODE_OPEN;

	return (struct vg_episode){.start_ms = s->start_ms,
				   .end_ms = end_ms,
				   .peak = s->peak,
				   .peak_at_ms = s->peak_at_ms};
}

static enum vg_rc take_out(const struct vg_stretches *s,
			   struct vg_episode **out, size_t *n,
			   struct vg_err *err)
{
	struct vg_episode *e = NULL;

	if (s->n > 0) {
		e = calloc(s->n, sizeof *e);
		if (e == NULL)
			return vg_err_set(err, VG_FATAL,
					  "alert: out of memory");
		for (size_t i = 0; i < s->n; i++)
			e[i] = episode_of(&s->v[i]);
	}
	*out = e;
	*n = s->n;
	return VG_OK;
}

/* While the group learns nothing is new; of one that nothing is seen of, the
 * first was thinned. */
static enum vg_rc new_values(struct vg_stretches *s, const struct vg_visible *v,
			     uint32_t but, const struct vg_samples *in,
			     struct vg_err *err)
{
	const struct vg_new_since since = {
		.first_ms = v->rule->learns ? vg_visible_first_ms(v, but)
					    : in->v[0].t_ms,
		.clock_ms = INT64_MAX};

	if (since.first_ms == INT64_MAX)
		return VG_OK;
	return vg_kind_new_values(s, &v->rule->form.leaf[0], in, &since, err);
}

enum vg_rc vg_visible_form(const struct vg_visible *v, uint32_t but,
			   struct vg_form_answer *out, struct vg_err *err)
{
	const struct vg_rule *r = v->rule;
	const struct vg_life life = {r->resolve_after_ms, r->for_ms,
				     r->keep_firing_ms};
	struct vg_samples in[VG_LEAVES_MAX] = {{.n = 0}};
	struct vg_stretches s = {.n = 0};
	size_t fed = r->n_chain > 0 ? fill_fed(v, UINT32_MAX, NULL) : 0;
	struct vg_sample *room = malloc((2 * v->n + fed + 1) * sizeof *room);
	bool is_new = r->form.leaf[0].kind == VG_KIND_NEW_VALUE;
	int64_t clock_ms = v->e->world.log_ms;
	size_t used = 0;

	if (room == NULL)
		return vg_err_set(err, VG_FATAL, "alert: out of memory");
	for (unsigned l = 0; l < r->form.n_leaf; l++) {
		in[l].v = room + used;
		fill(v, but, l, room + used, &in[l].n);
		used += in[l].n;
	}
	assert(used <= 2 * v->n + fed);
	*out = (struct vg_form_answer){.again_ms = INT64_MAX};
	enum vg_rc rc = VG_OK;
	if (used > 0 && is_new)
		rc = new_values(&s, v, but, in, err);
	else if (used > 0)
		rc = vg_kind_stretches(&s, &r->form, in, INT64_MAX, err);
	if (rc == VG_OK) {
		out->again_ms = next_look(&s, r->for_ms, clock_ms);
		if (is_new)
			drop_ahead(&s, clock_ms);
		else
			vg_life_join(&s, &life, clock_ms);
		rc = take_out(&s, &out->episode, &out->n, err);
	}
	free(s.v);
	free(room);
	return rc;
}
