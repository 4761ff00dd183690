/*
 * part_steps - the steps of one batch: exact times, or rounded ones where a
 * group has too many (aggregate/steps.h). Runs over a bucket's cells before
 * they are applied, while they are still what the batch adds.
 */
#include "aggregate/part_steps.h"

#include "aggregate/steps.h"

#include "core/defect.h"

#include <assert.h>
#include <stdlib.h>

/* One bucket at hand. */
struct work {
	struct vg_part *p;
	struct vg_live *b;
	uint32_t bucket;
	const struct vg_track *track;
	int64_t step_ms;
};

bool vg_part_is_steps(struct vg_bucket_id id)
{
	return id.agg >= VG_AGG_STEPS_0;
}

/* Add `v` to the batch cell of `field` with its time rounded. */
static bool add_rounded(struct work *w, const struct vg_steps_field *f,
			uint16_t audience, const int64_t v[2])
{
	struct vg_buf *key = &w->p->key;
	uint32_t at;

	vg_buf_reset(key);
	vg_buf_add(key, f->head.p, f->head.n);
	vg_steps_pack(key, f->at_ms, w->step_ms);
	if (key->failed)
		return false;
	at = vg_batch_cell_at(
		&w->p->batch, w->bucket,
		(struct vg_slice){.p = key->p, .n = (uint32_t)key->n}, NULL);
	if (at == VG_BATCH_NONE)
		return false;
	struct vg_batch_cell *c = &w->p->batch.cell[at];
	c->audience = audience;
	c->v[0] += v[0];
	c->v[1] += v[1];
	return true;
}

/* Move what batch cell `at` adds to the cell of its rounded time. */
static bool round_cell(struct work *w, uint32_t at)
{
	struct vg_batch_cell c = w->p->batch.cell[at];
	struct vg_steps_field f;

	if (!vg_steps_parse(vg_batch_field(&c), w->track->window_ms, &f) ||
	    f.rounded)
		return true;
	w->p->batch.cell[at].applied = w->p->batch.cell[at].gone = true;
	return add_rounded(w, &f, c.audience, c.v);
}

static bool is_of(struct vg_slice field, struct vg_slice group,
		  unsigned n_group)
{
	return vg_slice_eq(vg_steps_group(field, n_group), group);
}

/* The exact times of `group` that the bucket has, listed as gone. */
static bool list_exact(struct work *w, struct vg_slice group)
{
	struct vg_slice field;
	struct vg_steps_field f;
	size_t pos = 0;
	int64_t *v;

	while (vg_table_next(w->b->cells, &pos, &field, &v))
		if (is_of(field, group, w->track->n_group) &&
		    vg_steps_parse(field, w->track->window_ms, &f) &&
		    !f.rounded && !vg_part_note_gone(w->p, field))
			return false;
	return true;
}

/* Round all that the bucket and the batch have of the group of `field`. */
static bool round_group(struct work *w, struct vg_slice field, uint16_t aud)
{
	struct vg_slice group = vg_steps_group(field, w->track->n_group);
	size_t from = w->p->n_gone;

	vg_metric_add(w->p->env->metrics, VG_M_STEPS_ROUNDED, 1);
	if (!list_exact(w, group))
		return false;
	for (size_t i = from; i < w->p->n_gone; i++) {
		struct vg_slice gone = w->p->gone[i];
		int64_t *v = vg_table_get(w->b->cells, gone);
		struct vg_steps_field f;
		bool ok = vg_steps_parse(gone, w->track->window_ms, &f);

		assert(ok && v != NULL);
		if (!ok || !add_rounded(w, &f, aud, v))
			return false;
		vg_table_remove(w->b->cells, gone);
	}
	if (w->b->caps != NULL && !vg_part_make_caps(w->p, w->b))
		return false;
	for (uint32_t i = w->p->batch.bucket[w->bucket].head, next;
	     i != VG_BATCH_NONE; i = next) {
		next = w->p->batch.cell[i].next;
		if (!w->p->batch.cell[i].applied &&
		    is_of(vg_batch_field(&w->p->batch.cell[i]), group,
			  w->track->n_group) &&
		    !round_cell(w, i))
			return false;
	}
	return true;
}

/* An index of what the bucket has, once it may have too much of something. */
static bool open_index(struct work *w)
{
	struct vg_slice field;
	size_t pos = 0, n = w->p->batch.bucket[w->bucket].n;
	bool wanted = vg_table_count(w->b->cells) + n > VG_STEPS_TIMES_MAX;
	int64_t *v;

	while (!wanted && vg_table_next(w->b->cells, &pos, &field, &v)) {
		struct vg_steps_field f;

		wanted = vg_steps_parse(field, w->track->window_ms, &f) &&
			 f.rounded;
	}
	if (!wanted)
		return true;
	w->b->steps = vg_steps_new(w->track->n_group, w->track->window_ms,
				   w->p->env->table_seed);
	for (pos = 0; w->b->steps != NULL &&
		      vg_table_next(w->b->cells, &pos, &field, &v);)
		if (vg_steps_take(w->b->steps, field) == VG_STEPS_MEMORY)
			return false;
	return w->b->steps != NULL;
}

static bool settle_cell(struct work *w, uint32_t at)
{
	struct vg_batch_cell c = w->p->batch.cell[at];

	switch (vg_steps_take(w->b->steps, vg_batch_field(&c))) {
	case VG_STEPS_EXACT:
		return true;
	case VG_STEPS_ROUNDED:
		return round_cell(w, at);
	case VG_STEPS_FULL:
		return round_group(w, vg_batch_field(&c), c.audience);
	default:
		return false;
	}
}

/* A rule may be younger than what is recalled: where its steps never had the
 * event, there is nothing to take. */
static void take_no_more(struct work *w)
{
	for (uint32_t i = w->p->batch.bucket[w->bucket].head;
	     i != VG_BATCH_NONE; i = w->p->batch.cell[i].next) {
		struct vg_batch_cell *c = &w->p->batch.cell[i];
		const int64_t *held =
			vg_table_get(w->b->cells, vg_batch_field(c));

		if (c->applied || (c->v[0] >= 0 && c->v[1] >= 0))
			continue;
		if (held == NULL)
			c->applied = c->gone = true;
		for (int k = 0; held != NULL && k < 2; k++)
			if (c->v[k] < -held[k])
				c->v[k] = -held[k];
	}
}

static bool round_all(struct work *w)
{
	uint32_t next;

	if (w->step_ms == 1)
		return true;
	if (w->b->steps == NULL && !open_index(w))
		return false;
	for (uint32_t i = w->p->batch.bucket[w->bucket].head;
	     w->b->steps != NULL && i != VG_BATCH_NONE; i = next) {
		next = w->p->batch.cell[i].next;
		if (!w->p->batch.cell[i].applied && !settle_cell(w, i))
			return false;
	}
	return true;
}

bool vg_part_settle_steps(struct vg_part *p, struct vg_live *b, uint32_t bucket)
{
	struct work w = {.p = p, .b = b, .bucket = bucket};

	if (!vg_part_is_steps(b->id))
		return true;
	assert(b->whole && b->cells != NULL);
	w.track = vg_plan_track(p->env->plan, vg_agg_track(b->id.agg));
	w.step_ms = vg_steps_step(w.track->window_ms);
	if (!round_all(&w))
		return false;
	if (p->recall != NULL)
		take_no_more(&w);
	return true;
}
