/* The times of a batch's cells of steps. */
#include "aggregate/part_batch.h"

#include <assert.h>
#include <stdlib.h>

enum { STEPS_FIRST = 4096 };

static bool grow_steps(struct vg_batch *b)
{
	uint32_t cap = b->step_cap ? b->step_cap * 2 : STEPS_FIRST;
	struct vg_batch_step *step =
		realloc(b->step, (size_t)cap * sizeof *step);

	if (step == NULL)
		return false;
	b->step = step;
	b->step_cap = cap;
	return true;
}

bool vg_batch_add_step(struct vg_batch *b, uint32_t at,
		       const struct vg_step *step)
{
	struct vg_batch_cell *c = &b->cell[at];
	uint32_t tail = (uint32_t)c->v[VG_BATCH_STEPS_TAIL];
	struct vg_batch_step *last = tail > 0 ? &b->step[tail - 1] : NULL;

	if (last != NULL && last->at_ms == step->at_ms) {
		last->events += step->events;
		last->reports += (int32_t)step->reports;
		return true;
	}
	if (last != NULL && last->at_ms > step->at_ms)
		c->v[VG_BATCH_STEPS_MIXED] = 1;
	if (b->n_step == b->step_cap && !grow_steps(b))
		return false;
	b->step[b->n_step++] =
		(struct vg_batch_step){.events = step->events,
				       .reports = (int32_t)step->reports,
				       .at_ms = step->at_ms};
	if (tail > 0)
		b->step[tail - 1].next = b->n_step;
	else
		c->v[VG_BATCH_STEPS_HEAD] = b->n_step;
	c->v[VG_BATCH_STEPS_TAIL] = b->n_step;
	c->v[VG_BATCH_STEPS_N]++;
	b->bucket[c->bucket].n_step++;
	return true;
}

static int by_time(const void *x, const void *y)
{
	const struct vg_step *a = x, *b = y;

	return (a->at_ms > b->at_ms) - (a->at_ms < b->at_ms);
}

/* Add up what has the same time in the sorted `s`; how many are left. */
static size_t join(struct vg_step *s, size_t n)
{
	size_t kept = 0;

	for (size_t i = 0; i < n; i++) {
		if (kept > 0 && s[kept - 1].at_ms == s[i].at_ms) {
			s[kept - 1].events += s[i].events;
			s[kept - 1].reports += s[i].reports;
		} else {
			s[kept++] = s[i];
		}
	}
	return kept;
}

size_t vg_batch_steps(const struct vg_batch *b, const struct vg_batch_cell *c,
		      struct vg_step **out, size_t *cap)
{
	size_t n = (size_t)c->v[VG_BATCH_STEPS_N], k = 0;

	if (n > *cap) {
		struct vg_step *grown = realloc(*out, n * sizeof *grown);

		if (grown == NULL)
			return SIZE_MAX;
		*out = grown;
		*cap = n;
	}
	for (uint32_t i = (uint32_t)c->v[VG_BATCH_STEPS_HEAD]; i != 0;
	     i = b->step[i - 1].next)
		(*out)[k++] = (struct vg_step){b->step[i - 1].at_ms,
					       b->step[i - 1].events,
					       b->step[i - 1].reports};
	assert(k == n);
	if (c->v[VG_BATCH_STEPS_MIXED] == 0)
		return n;
	qsort(*out, n, sizeof **out, by_time);
	return join(*out, n);
}
