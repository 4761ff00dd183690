#include "alert/agg.h"

#include "alert/ties.h"
#include "core/defect.h"

#include <assert.h>
#include <stdlib.h>

/*
 * Chains of different events t1 <= ... <= tn. Of all chains that have come to
 * step k only the one that started last matters: it stays in the window
 * longest. latest[k] is its start; a chain of more steps has a prefix, so
 * latest never rises with k. A stage that needs c events is c steps.
 */
struct ordered {
	struct vg_agg base;
	unsigned step_stage[VG_STAGE_EVENTS_MAX];
	unsigned n_step, n_positive;
	int64_t latest[VG_STAGE_EVENTS_MAX + 1]; /* INT64_MIN: none */
	int64_t blocking;			 /* events of absent stages */
	uint32_t absent;			 /* their stages, as a mask */
	struct vg_ties ties; /* of the ms that is going on */
	bool breaks;	     /* and a breaker is among them */
};

static bool cross(struct vg_agg *a, const struct vg_sample *s, unsigned lag)
{
	struct ordered *o = (struct ordered *)a;

	if ((s->mask & o->absent) != 0)
		o->blocking += lag == 0 ? s->n : -(int64_t)s->n;
	assert(o->blocking >= 0);
	if (lag != 0)
		return true;
	o->breaks = o->breaks || (s->mask & VG_MASK_BREAKER) != 0;
	return vg_ties_add(&o->ties, s->mask & ~VG_MASK_BREAKER, s->n);
}

static void raise_to(struct ordered *o, unsigned step, int64_t start_ms)
{
	if (start_ms > o->latest[step])
		o->latest[step] = start_ms;
}

/* One event alone: from the last step down, so that it takes only one. */
static void take_one(struct ordered *o, int64_t at_ms)
{
	uint32_t mask = o->ties.row[0].mask;

	for (unsigned k = o->n_step; k > 1; k--)
		if ((mask >> o->step_stage[k - 1] & 1) != 0)
			raise_to(o, k, o->latest[k - 1]);
	if ((mask >> o->step_stage[0] & 1) != 0)
		raise_to(o, 1, at_ms);
}

/* Events of one ms satisfy any order, but each is only one step: for each
 * step j the longest run of steps i..j that different ones can take. What
 * comes before i came before this ms. */
static void take_many(struct ordered *o, int64_t at_ms)
{
	int64_t before[VG_STAGE_EVENTS_MAX + 1];
	unsigned i = 1;

	for (unsigned k = 0; k <= o->n_step; k++)
		before[k] = o->latest[k];
	vg_ties_begin(&o->ties);
	for (unsigned j = 1; j <= o->n_step; j++) {
		while (i <= j && !vg_ties_match(&o->ties, o->step_stage, i, j))
			vg_ties_release(&o->ties, i++);
		if (i == 1)
			raise_to(o, j, at_ms);
		else if (i <= j)
			raise_to(o, j, before[i - 1]);
	}
}

static bool settle(struct vg_agg *a, int64_t at_ms)
{
	struct ordered *o = (struct ordered *)a;

	if (o->ties.n == 1 && o->ties.row[0].n == 1)
		take_one(o, at_ms);
	else if (o->ties.n > 0)
		take_many(o, at_ms);
	/* A breaker at t1 breaks, one at tn does not: after the steps. */
	if (o->breaks && !VG_DEFECT("breaker-off"))
		for (unsigned k = 1; k < o->n_step; k++)
			o->latest[k] = INT64_MIN;
	o->breaks = false;
	vg_ties_clear(&o->ties);
	return true;
}

static bool read(struct vg_agg *a, int64_t at_ms, double *value)
{
	const struct ordered *o = (struct ordered *)a;
	int64_t start_ms = o->latest[o->n_step];

	*value = o->n_positive;
	return start_ms != INT64_MIN && o->blocking == 0 &&
	       at_ms - start_ms < a->leaf->window_ms;
}

static void term(struct vg_agg *a)
{
	vg_ties_term(&((struct ordered *)a)->ties);
	free(a);
}

struct vg_agg *vg_agg_new_ordered(const struct vg_leaf *leaf,
				  const struct vg_samples *in)
{
	static const struct vg_agg_ops ops = {cross, settle, read, term};
	struct ordered *o = calloc(1, sizeof *o);

	(void)in;
	if (o == NULL)
		return NULL;
	o->base = (struct vg_agg){.ops = &ops,
				  .leaf = leaf,
				  .lag_ms = {0, leaf->window_ms},
				  .n_lag = 2};
	for (unsigned i = 0; i < leaf->n_stage; i++) {
		if (leaf->stage[i].absent) {
			o->absent |= UINT32_C(1) << i;
			continue;
		}
		o->n_positive++;
		for (uint32_t c = 0; c < leaf->stage[i].count; c++)
			o->step_stage[o->n_step++] = i;
	}
	assert(o->n_step >= 1 && o->n_step <= VG_STAGE_EVENTS_MAX);
	for (unsigned k = 0; k <= o->n_step; k++)
		o->latest[k] = INT64_MIN;
	return &o->base;
}
