/*
 * part_steps - the steps of one batch: exact times, or rounded ones where a
 * group has too many (aggregate/steps.h). Runs over a bucket's cells before
 * they are applied, while they are still what the batch adds.
 */
#include "aggregate/part_steps.h"

#include "aggregate/steps.h"

#include <assert.h>
#include <stdlib.h>

/* One bucket at hand. */
struct work {
	struct vg_part *p;
	struct vg_live *b;
	uint32_t bucket;
	const struct vg_track *track;
	int64_t step_ms, slice_ms;
};

bool vg_part_is_steps(struct vg_bucket_id id)
{
	return id.agg >= VG_AGG_STEPS_0;
}

static bool is_of(struct vg_slice field, struct vg_slice group,
		  unsigned n_group)
{
	return vg_slice_eq(vg_steps_group(field, n_group), group);
}

/* The batch's cell of the rounded slice of `f`, made when absent. */
static uint32_t rounded_cell(struct work *w, const struct vg_steps_field *f,
			     uint16_t audience)
{
	struct vg_buf *key = &w->p->key;
	uint32_t at;

	vg_buf_reset(key);
	vg_buf_add(key, f->head.p, f->head.n);
	vg_steps_pack(key, f->at_ms, w->slice_ms, true);
	if (key->failed)
		return VG_BATCH_NONE;
	at = vg_batch_cell_at(
		&w->p->batch, w->bucket,
		(struct vg_slice){.p = key->p, .n = (uint32_t)key->n}, NULL);
	if (at != VG_BATCH_NONE)
		w->p->batch.cell[at].audience = audience;
	return at;
}

static bool add_rounded(struct work *w, uint32_t at, struct vg_step step)
{
	step.at_ms -= step.at_ms % (uint32_t)w->step_ms;
	return vg_batch_add_step(&w->p->batch, at, &step);
}

/* Move what batch cell `at` adds to the slice of rounded times. */
static bool round_cell(struct work *w, uint32_t at)
{
	struct vg_batch_cell c = w->p->batch.cell[at];
	struct vg_steps_field f;
	size_t n;
	uint32_t to;

	if (!vg_steps_parse(vg_batch_field(&c), w->track->window_ms, &f) ||
	    f.rounded)
		return true;
	w->p->batch.cell[at].applied = w->p->batch.cell[at].gone = true;
	to = rounded_cell(w, &f, c.audience);
	n = vg_batch_steps(&w->p->batch, &c, &w->p->step, &w->p->cap_step);
	if (to == VG_BATCH_NONE || n == SIZE_MAX)
		return false;
	for (size_t i = 0; i < n; i++)
		if (!add_rounded(w, to, w->p->step[i]))
			return false;
	return true;
}

/* Move what the bucket has in the exact slice `field` to the batch, rounded. */
static bool round_held(struct work *w, struct vg_slice field, uint16_t audience)
{
	const int64_t *v = vg_table_get(w->b->cells, field);
	struct vg_steps_field f;
	struct vg_steps_reader r;
	struct vg_step step;
	uint32_t to;
	bool ok = vg_steps_parse(field, w->track->window_ms, &f);

	assert(ok && v != NULL);
	if (!ok || v == NULL)
		return false;
	r = vg_steps_read(vg_lists_get(w->b->lists, v[0]));
	to = rounded_cell(w, &f, audience);
	if (to == VG_BATCH_NONE)
		return false;
	while (vg_steps_next(&r, &step) > 0)
		if (!add_rounded(w, to, step))
			return false;
	vg_part_remove_cell(w->b, field);
	return true;
}

/* The exact slices of `group` that the bucket has, listed as gone. */
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
	for (size_t i = from; i < w->p->n_gone; i++)
		if (!round_held(w, w->p->gone[i], aud))
			return false;
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
	size_t pos = 0;
	int64_t *v;

	if (!w->b->rounded &&
	    w->b->times + w->p->batch.bucket[w->bucket].n_step <=
		    VG_STEPS_TIMES_MAX)
		return true;
	w->b->steps = vg_steps_new(w->track->n_group, w->track->window_ms,
				   w->p->env->table_seed);
	while (w->b->steps != NULL &&
	       vg_table_next(w->b->cells, &pos, &field, &v))
		if (vg_steps_take(w->b->steps, field, vg_list_times(v[1])) ==
		    VG_STEPS_MEMORY)
			return false;
	return w->b->steps != NULL;
}

/* Count the times that the bucket has in `field`, until one is too many. */
static enum vg_steps_say count_held(struct work *w, struct vg_slice field,
				    const int64_t *v)
{
	enum vg_steps_say say = VG_STEPS_MANY;
	struct vg_steps_reader r =
		vg_steps_read(vg_lists_get(w->b->lists, v[0]));
	struct vg_steps_field f;
	struct vg_step step;

	if (!vg_steps_parse(field, w->track->window_ms, &f))
		return say;
	while (say == VG_STEPS_MANY && vg_steps_next(&r, &step) > 0)
		say = vg_steps_count(w->b->steps, field, f.at_ms + step.at_ms);
	return say;
}

/* Count what the bucket has of the group of `field`. */
static enum vg_steps_say count_group(struct work *w, struct vg_slice field)
{
	struct vg_slice group = vg_steps_group(field, w->track->n_group), has;
	enum vg_steps_say say = VG_STEPS_MANY;
	size_t pos = 0;
	int64_t *v;

	while (say == VG_STEPS_MANY &&
	       vg_table_next(w->b->cells, &pos, &has, &v))
		if (is_of(has, group, w->track->n_group))
			say = count_held(w, has, v);
	return say;
}

/* Has the group of batch cell `at` too many times with those of the cell? */
static enum vg_steps_say count_cell(struct work *w, uint32_t at)
{
	const struct vg_batch *batch = &w->p->batch;
	struct vg_batch_cell c = batch->cell[at];
	struct vg_slice field = vg_batch_field(&c);
	enum vg_steps_say say = VG_STEPS_MANY;
	struct vg_steps_field f;

	if (!vg_steps_parse(field, w->track->window_ms, &f))
		return say;
	if (vg_steps_begin(w->b->steps, field))
		say = count_group(w, field);
	for (uint32_t i = (uint32_t)c.v[VG_BATCH_STEPS_HEAD];
	     say == VG_STEPS_MANY && i != 0; i = batch->step[i - 1].next)
		say = vg_steps_count(w->b->steps, field,
				     f.at_ms + batch->step[i - 1].at_ms);
	return say;
}

/* First all cells are taken in, then those of groups that may have too many
 * times are counted. */
static bool take_cell(struct work *w, uint32_t at)
{
	struct vg_batch_cell c = w->p->batch.cell[at];

	switch (vg_steps_take(w->b->steps, vg_batch_field(&c),
			      (size_t)c.v[VG_BATCH_STEPS_N])) {
	case VG_STEPS_ROUNDED:
		return round_cell(w, at);
	case VG_STEPS_MEMORY:
		return false;
	default:
		return true;
	}
}

static bool settle_cell(struct work *w, uint32_t at)
{
	struct vg_batch_cell c = w->p->batch.cell[at];
	enum vg_steps_say say =
		vg_steps_take(w->b->steps, vg_batch_field(&c), 0);

	if (say == VG_STEPS_MANY)
		say = count_cell(w, at);
	else if (say == VG_STEPS_ROUNDED) /* by another cell of this batch */
		return round_cell(w, at);
	if (say == VG_STEPS_ROUNDED)
		return round_group(w, vg_batch_field(&c), c.audience);
	return say != VG_STEPS_MEMORY;
}

static bool for_cells(struct work *w, bool (*what)(struct work *w, uint32_t at))
{
	uint32_t next;

	for (uint32_t i = w->p->batch.bucket[w->bucket].head;
	     i != VG_BATCH_NONE; i = next) {
		next = w->p->batch.cell[i].next;
		if (!w->p->batch.cell[i].applied && !what(w, i))
			return false;
	}
	return true;
}

static bool round_all(struct work *w)
{
	if (w->step_ms == 1)
		return true;
	if (w->b->steps == NULL && !open_index(w))
		return false;
	return w->b->steps == NULL ||
	       (for_cells(w, take_cell) && for_cells(w, settle_cell));
}

/* The time of list `r` that is `at_ms`, or none; `r` must not be past it. */
static struct vg_step find(struct vg_steps_reader *r, struct vg_step *have,
			   uint32_t at_ms)
{
	while (have->at_ms < at_ms || r->at_ms < 0)
		if (vg_steps_next(r, have) <= 0)
			break;
	return have->at_ms == at_ms && r->at_ms >= 0
		       ? *have
		       : (struct vg_step){.events = -1};
}

/* A rule may be younger than what is recalled: where its steps never had the
 * event, there is nothing to take. */
static bool take_no_more(struct work *w, uint32_t at)
{
	struct vg_part *p = w->p;
	struct vg_batch_cell *c = &p->batch.cell[at];
	const int64_t *v = vg_table_get(w->b->cells, vg_batch_field(c));
	size_t n = vg_batch_steps(&p->batch, c, &p->step, &p->cap_step);
	struct vg_steps_reader r = vg_steps_read((struct vg_slice){.n = 0});
	struct vg_step held = {.at_ms = 0};

	if (n == SIZE_MAX)
		return false;
	if (v != NULL)
		r = vg_steps_read(vg_lists_get(w->b->lists, v[0]));
	memset(c->v, 0, sizeof c->v);
	for (size_t i = 0; i < n; i++) {
		struct vg_step s = p->step[i];
		struct vg_step has = find(&r, &held, s.at_ms);

		if ((s.events < 0 || s.reports < 0) && has.events < 0)
			continue;
		if (s.events < 0 && s.events < -has.events)
			s.events = -has.events;
		if (s.reports < 0 && s.reports < -has.reports)
			s.reports = -has.reports;
		if (!vg_batch_add_step(&p->batch, at, &s))
			return false;
		c = &p->batch.cell[at];
	}
	if (c->v[VG_BATCH_STEPS_N] == 0)
		c->applied = c->gone = true;
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
	w.slice_ms = vg_steps_slice(w.track->window_ms);
	if (!round_all(&w))
		return false;
	return p->recall == NULL || for_cells(&w, take_no_more);
}
