#include "aggregate/part_private.h"

#include "aggregate/delta.h"
#include "aggregate/part_call.h"
#include "aggregate/part_fast.h"
#include "aggregate/part_steps.h"
#include "core/defect.h"

#include <assert.h>

bool vg_part_note_gone(struct vg_part *p, struct vg_slice field)
{
	const char *copy = vg_arena_copy(&p->batch.fields, field.p, field.n);

	if (copy == NULL || !vg_part_reserve((void **)&p->gone, &p->cap_gone,
					     p->n_gone + 1, sizeof *p->gone))
		return false;
	p->gone[p->n_gone++] = (struct vg_slice){.p = copy, .n = field.n};
	return true;
}

static bool is_track(const struct vg_live *b)
{
	return b->id.agg >= VG_AGG_TRACK_0;
}

/* Take the batch's cell `c` into the absolute `into`, and say there what that
 * is now. False when memory is out. */
static bool merge(struct vg_part *p, struct vg_live *b, int64_t *into,
		  struct vg_batch_cell *c, bool is_new)
{
	unsigned width = vg_cell_width(b->id.agg);

	if (vg_part_is_steps(b->id)) {
		if (!vg_part_merge_steps(p, b, into, c))
			return false;
	} else if (is_track(b)) {
		if (is_new)
			memcpy(into, c->v, width * sizeof *into);
		else
			vg_span_merge(into, c->v);
	} else {
		for (unsigned i = 0; i < width; i++)
			into[i] +=
				VG_DEFECT("cell-twice") ? 2 * c->v[i] : c->v[i];
	}
	memcpy(c->v, into, width * sizeof *into);
	c->applied = true;
	return true;
}

/* Add `v` to the rest that `field` folds into. Tracks have no rest. */
static bool fold(struct vg_part *p, struct vg_live *b, uint32_t bucket,
		 struct vg_slice field, const int64_t *v)
{
	struct vg_slice other;
	int64_t *into;
	uint32_t at;

	vg_metric_add(p->env->metrics, is_track(b) ? VG_M_THINNED : VG_M_FOLDED,
		      1);
	if (is_track(b))
		return true;
	vg_buf_reset(&p->key);
	vg_cap_other(&p->key, field);
	if (p->key.failed)
		return false;
	other = (struct vg_slice){.p = p->key.p, .n = (uint32_t)p->key.n};
	into = vg_table_at(b->cells, other, NULL);
	at = vg_batch_cell_at(&p->batch, bucket, other, NULL);
	if (into == NULL || at == VG_BATCH_NONE)
		return false;
	into[0] += v[0];
	into[1] += v[1];
	memcpy(p->batch.cell[at].v, into, 2 * sizeof *into);
	p->batch.cell[at].applied = true;
	return true;
}

/* Let `field`, which is in the table, go: its sum moves to the rest, with what
 * this batch would still add to it. */
static bool evict(struct vg_part *p, struct vg_live *b, uint32_t bucket,
		  struct vg_slice field)
{
	int64_t v[4] = {0}, *held = vg_table_get(b->cells, field);
	uint32_t at = vg_batch_find(&p->batch, bucket, field);

	if (held == NULL) /* a recall took it */
		return true;
	memcpy(v, held, vg_cell_width(b->id.agg) * sizeof *v);
	vg_part_remove_cell(b, field);
	if (at != VG_BATCH_NONE) {
		struct vg_batch_cell *c = &p->batch.cell[at];

		if (!c->applied && !is_track(b) && !merge(p, b, v, c, false))
			return false;
		c->applied = c->gone = true;
	}
	return vg_part_note_gone(p, field) && fold(p, b, bucket, field, v);
}

/* What a recall has left of a span, or that it is gone. */
static bool apply_set(struct vg_part *p, struct vg_live *b, uint32_t at)
{
	struct vg_batch_cell *c = &p->batch.cell[at];
	int64_t *v = vg_table_get(b->cells, vg_batch_field(c));

	assert(is_track(b) && v != NULL);
	c->applied = true;
	memcpy(v, c->v, sizeof c->v);
	if (!c->gone)
		return true;
	vg_table_remove(b->cells, vg_batch_field(c));
	return vg_part_note_gone(p, vg_batch_field(c));
}

/* Apply a cell of a bucket whose values are capped. */
static bool apply_capped(struct vg_part *p, struct vg_live *b, uint32_t at)
{
	struct vg_batch_cell c = p->batch.cell[at];
	struct vg_slice field = vg_batch_field(&c), over;
	int64_t *v = vg_table_get(b->cells, field);
	bool is_new = v == NULL;

	if (is_new) {
		switch (vg_caps_admit(b->caps, b->cells, c.audience, field)) {
		case VG_CAPS_MEMORY:
			return false;
		case VG_CAPS_REFUSE:
			p->batch.cell[at].applied = true;
			p->batch.cell[at].gone = true;
			return fold(p, b, c.bucket, field, c.v);
		case VG_CAPS_KEEP:
			v = vg_table_at(b->cells, field, NULL);
		}
	}
	if (v == NULL || !merge(p, b, v, &p->batch.cell[at], is_new))
		return false;
	while (is_new && vg_caps_over(b->caps, c.audience, &over))
		if (!evict(p, b, c.bucket, over))
			return false;
	return true;
}

static bool apply_plain(struct vg_part *p, struct vg_live *b, uint32_t at)
{
	struct vg_batch_cell *c = &p->batch.cell[at];
	bool is_new = false;
	int64_t *v = vg_table_at(b->cells, vg_batch_field(c), &is_new);

	if (v == NULL)
		return false;
	b->total += is_new;
	return merge(p, b, v, c, is_new);
}

/* Add the rests that a roll read back; or mark their sets as folded. They are
 * added before the values, so that what those fold meets them, and marked
 * behind them, so that all values are looked at. */
static bool apply_rests(struct vg_part *p, struct vg_live *b, uint32_t bucket,
			bool mark)
{
	for (uint32_t i = p->batch.bucket[bucket].head; i != VG_BATCH_NONE;
	     i = p->batch.cell[i].next) {
		const struct vg_batch_cell *c = &p->batch.cell[i];
		bool ok = true;

		if (c->audience != VG_BATCH_UNDECLARED &&
		    !vg_cap_is_rest(vg_batch_field(c)))
			continue;
		if (!mark)
			ok = apply_plain(p, b, i);
		else if (c->audience != VG_BATCH_UNDECLARED)
			ok = vg_caps_load(b->caps, c->audience,
					  vg_batch_field(c));
		if (!ok)
			return false;
	}
	return true;
}

/* Turn the deltas of one bucket into absolutes. Rests that come up on the way
 * are put before the list's head, already applied. */
static bool apply_bucket(struct vg_part *p, struct vg_live *b, uint32_t bucket)
{
	bool rests = b->caps != NULL && p->batch.bucket[bucket].has_rest;
	uint32_t next;

	p->n_gone = 0;
	if (!vg_part_settle_steps(p, b, bucket))
		return false;
	if (rests && !apply_rests(p, b, bucket, false))
		return false;
	for (uint32_t i = p->batch.bucket[bucket].head; i != VG_BATCH_NONE;
	     i = next) {
		bool ok;

		next = p->batch.cell[i].next;
		if (p->batch.cell[i].applied)
			continue;
		if (p->batch.cell[i].set)
			ok = apply_set(p, b, i);
		else
			ok = b->caps != NULL ? apply_capped(p, b, i)
					     : apply_plain(p, b, i);
		if (!ok)
			return false;
	}
	return !rests || apply_rests(p, b, bucket, true);
}

uint32_t vg_part_bucket_key(struct vg_part *p, struct vg_bucket_id id)
{
	vg_buf_reset(&p->name);
	vg_bucket_name(&p->name, p->env->plan, id);
	if (p->name.failed) {
		p->call->failed = true;
		return 1;
	}
	return vg_call_key(p->call, p->partner->topic, p->partition, p->name.p,
			   'h');
}

static void tell_removed(struct vg_part *p, uint32_t key, bool travels)
{
	if (p->n_gone == 0)
		return;
	vg_call_begin(p->call, "HDEL", key);
	for (size_t i = 0; i < p->n_gone; i++) {
		struct vg_slice f = p->gone[i];

		vg_call_str(p->call, f.p, f.n);
		if (travels)
			vg_delta_field(&p->delta, f, (struct vg_slice){.n = 0});
	}
}

/* The text of a cell that was applied: in `text`, or where its list is. */
static struct vg_slice cell_text(const struct vg_live *b,
				 const struct vg_batch_cell *c,
				 char text[VG_FAST_CELL])
{
	if (vg_part_is_steps(b->id))
		return vg_lists_get(b->lists, c->v[0]);
	return (struct vg_slice){.p = text,
				 .n = (uint32_t)vg_fast_cell(
					 text, c->v, vg_cell_width(b->id.agg))};
}

/* How many cells of the bucket there are to tell; *below when one of them is
 * below nothing. */
static uint32_t count_told(const struct vg_part *p, const struct vg_live *b,
			   uint32_t bucket, bool *below)
{
	uint32_t n = 0;

	*below = false;
	for (uint32_t i = p->batch.bucket[bucket].head; i != VG_BATCH_NONE;
	     i = p->batch.cell[i].next) {
		const struct vg_batch_cell *c = &p->batch.cell[i];

		n += !c->gone;
		*below |= !c->gone && !is_track(b) &&
			  (c->v[0] < 0 || c->v[1] < 0);
	}
	return n;
}

/* The new absolutes of one bucket as HSET, and as delta where they travel.
 * False when one is below nothing. */
static bool tell_bucket(struct vg_part *p, const struct vg_live *b,
			uint32_t bucket)
{
	uint32_t key = vg_part_bucket_key(p, b->id), n;
	bool travels = vg_part_travels(b->id), below;
	char text[VG_FAST_CELL];

	n = count_told(p, b, bucket, &below);
	if (n + p->n_gone > 0) /* what does not travel: that it changed */
		vg_delta_bucket(&p->delta,
				(struct vg_slice){.p = p->name.p,
						  .n = (uint32_t)p->name.n},
				travels ? n + p->n_gone : 0);
	if (n > 0)
		vg_call_begin(p->call, "HSET", key);
	for (uint32_t i = p->batch.bucket[bucket].head; i != VG_BATCH_NONE;
	     i = p->batch.cell[i].next) {
		const struct vg_batch_cell *c = &p->batch.cell[i];
		struct vg_slice cell;

		if (c->gone)
			continue;
		assert(c->applied);
		cell = cell_text(b, c, text);
		vg_call_str(p->call, c->field, c->n);
		vg_call_str(p->call, cell.p, cell.n);
		if (travels)
			vg_delta_field(&p->delta, vg_batch_field(c), cell);
	}
	tell_removed(p, key, travels);
	return !below;
}

enum vg_rc vg_part_apply(struct vg_part *p, struct vg_err *err)
{
	/* Buckets are told one by one, so that `gone` is of one bucket. */
	for (uint32_t i = 0; i < p->batch.n_bucket; i++) {
		if (p->touched[i] == NULL)
			continue;
		if (!apply_bucket(p, p->touched[i], i))
			return vg_part_no_memory(err);
		if (!tell_bucket(p, p->touched[i], i))
			return vg_err_set(err, VG_INVAL,
					  "partition %s:%d: a recall takes "
					  "more than was counted: the "
					  "configuration changed in between; "
					  "count the partition again",
					  p->partner->topic, (int)p->partition);
	}
	return p->delta.failed ? vg_part_no_memory(err) : VG_OK;
}
