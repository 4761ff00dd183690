#include "aggregate/part_recall.h"

#include "aggregate/event.h"
#include "aggregate/part_recalled.h"
#include "aggregate/part_steps.h"
#include "core/defect.h"
#include "core/limits.h"

#include <assert.h>
#include <stdlib.h>

enum { SLOTS = 64 };

uint64_t vg_recall_viewers(const struct vg_audiences *a, uint16_t aud)
{
	uint64_t slots = 0;

	for (unsigned slot = 0; slot < SLOTS; slot++)
		if (vg_audience_sees(a, aud, slot))
			slots |= UINT64_C(1) << slot;
	return slots;
}

enum vg_rc vg_part_recall_begin(struct vg_part *p, struct vg_err *err)
{
	assert(p->recall == NULL && p->batch.n_cell == 0);
	p->recall = calloc(1, sizeof *p->recall);
	if (p->recall == NULL)
		return vg_part_no_memory(err);
	vg_batch_init(&p->recall->spans, p->env->table_seed);
	return VG_OK;
}

void vg_part_recall_free(struct vg_part *p)
{
	if (p->recall == NULL)
		return;
	vg_batch_term(&p->recall->spans);
	free(p->recall->now);
	free(p->recall->ended);
	free(p->recall);
	p->recall = NULL;
}

void vg_part_recall_drop(struct vg_part *p)
{
	const struct vg_batch *spans = &p->recall->spans;

	for (uint32_t i = 0; i < spans->n_bucket; i++) {
		struct vg_live *b = vg_live_get(&p->live, spans->bucket[i].id);

		if (b != NULL)
			b->emptied = b->reread = false;
	}
	vg_part_recall_free(p);
	vg_batch_reset(&p->batch);
	p->hour.used = false;
}

bool vg_part_recall_keeps(const struct vg_part *p)
{
	return p->recall->spans.n_cell > 0;
}

enum vg_rc vg_part_recall_take(struct vg_part *p, struct vg_event *e,
			       int64_t log_ms, const struct vg_recalled *to,
			       struct vg_err *err)
{
	struct vg_part_recall *r = p->recall;
	enum vg_rc rc = vg_part_count_series(p, e, -1, err);

	if (!vg_part_reserve((void **)&r->now, &r->cap_now, r->n_now + 1,
			     sizeof *r->now))
		return vg_part_no_memory(err);
	assert(r->n_now == 0 || r->now[r->n_now - 1].offset < to->offset);
	r->now[r->n_now++] = *to;
	if (VG_DEFECT("recall-twice") && rc == VG_OK)
		rc = vg_part_count_series(p, e, -1, err);
	const struct vg_part_at at = {to->offset, log_ms};
	if (rc == VG_OK)
		rc = vg_part_count_spans(p, e, &at, err);
	if (rc == VG_OK)
		rc = vg_part_count_steps(p, e, -1, &at, err);
	if (rc != VG_OK || to->gone)
		return rc;
	if (!VG_DEFECT("recall-stays"))
		e->audience = vg_audience_of_viewers(
			p->env->aud, p->partner->slot, to->label, to->viewers);
	rc = vg_part_count_steps(p, e, 1, &at, err);
	return rc == VG_OK ? vg_part_count_series(p, e, 1, err) : rc;
}

enum vg_rc vg_part_recall_keep(struct vg_part *p, const struct vg_event *e,
			       int64_t offset, int64_t log_ms, bool moved,
			       struct vg_err *err)
{
	const struct vg_part_at at = {offset, log_ms};

	p->recall->keeping = true;
	p->recall->moved = moved;
	return vg_part_count_spans(p, e, &at, err);
}

static void widen(struct vg_batch_cell *c, bool is_new, const int64_t span[4])
{
	if (is_new)
		memcpy(c->v, span, sizeof c->v);
	else
		vg_span_merge(c->v, span);
}

/* A span of an event that came to the audience. */
static bool add_moved(struct vg_part *p, struct vg_bucket_id id,
		      const struct vg_recall_span *s)
{
	uint32_t bucket = vg_batch_bucket_at(&p->batch, id), at;
	bool is_new = false;

	if (bucket == VG_BATCH_NONE)
		return false;
	at = vg_batch_cell_at(&p->batch, bucket, s->field, &is_new);
	if (at == VG_BATCH_NONE)
		return false;
	p->batch.cell[at].audience = s->audience;
	widen(&p->batch.cell[at], is_new, s->span);
	return true;
}

bool vg_part_recall_span(struct vg_part *p, struct vg_bucket_id id,
			 const struct vg_recall_span *s)
{
	struct vg_part_recall *r = p->recall;
	uint32_t bucket = vg_batch_bucket_at(&r->spans, id), at;
	struct vg_batch_cell *c;

	if (bucket == VG_BATCH_NONE)
		return false;
	if (!r->keeping) {
		at = vg_batch_cell_at(&r->spans, bucket, s->field, NULL);
		if (at != VG_BATCH_NONE)
			r->spans.cell[at].audience = s->audience;
		return at != VG_BATCH_NONE;
	}
	at = vg_batch_find(&r->spans, bucket, s->field);
	if (at == VG_BATCH_NONE)
		return !r->moved || add_moved(p, id, s);
	c = &r->spans.cell[at];
	widen(c, !c->applied, s->span);
	c->applied = true; /* something is left of it */
	return true;
}

static bool is_taken(const struct vg_part_recall *r, int64_t offset)
{
	size_t from = 0, to = r->n_now;

	while (from < to) {
		size_t mid = from + (to - from) / 2;

		if (r->now[mid].offset < offset)
			from = mid + 1;
		else
			to = mid;
	}
	return from < r->n_now && r->now[from].offset == offset;
}

/* What becomes of the span `held`, of a sub-window that starts at `start_ms`,
 * when `left` of the records read are left in it, if any. False when it
 * depends on records that were not read: those have times up to `before_ms`. */
static bool resolve(const struct vg_part_recall *r, int64_t start_ms,
		    const int64_t held[4], const struct vg_batch_cell *left,
		    struct vg_recall_end *out)
{
	bool first = is_taken(r, held[1]), last = is_taken(r, held[3]);
	bool alone = start_ms + held[0] > r->before_ms;

	out->changed = first || last || left->applied;
	out->gone = false;
	memcpy(out->v, held, sizeof out->v);
	if ((first && !alone) ||
	    (last && !alone &&
	     !(left->applied && start_ms + left->v[2] >= r->before_ms)))
		return false;
	if (!left->applied) {
		out->gone = first;
		return true;
	}
	if (first)
		memcpy(out->v, left->v, 2 * sizeof *out->v);
	if (last)
		memcpy(out->v + 2, left->v + 2, 2 * sizeof *out->v);
	vg_span_merge(out->v, left->v);
	return true;
}

/* Put what becomes of a span into the batch. */
static bool settle_cell(struct vg_part *p, struct vg_bucket_id id,
			struct vg_batch_cell *left,
			const struct vg_recall_end *end)
{
	uint32_t bucket = vg_batch_bucket_at(&p->batch, id), at;
	struct vg_batch_cell *c;

	if (bucket == VG_BATCH_NONE)
		return false;
	at = vg_batch_cell_at(&p->batch, bucket, vg_batch_field(left), NULL);
	if (at == VG_BATCH_NONE)
		return false;
	c = &p->batch.cell[at];
	c->audience = left->audience;
	c->set = true;
	c->gone = end->gone;
	memcpy(c->v, end->v, sizeof c->v);
	return true;
}

/* True when nothing is left of `b` after the batch. */
static bool is_emptied(const struct vg_part *p, const struct vg_live *b,
		       size_t n_gone)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < p->batch.n_bucket; i++) {
		const struct vg_batch_bucket *bb = &p->batch.bucket[i];

		if (bb->id.agg != b->id.agg ||
		    bb->id.start_ms != b->id.start_ms)
			continue;
		for (uint32_t k = bb->head; k != VG_BATCH_NONE;
		     k = p->batch.cell[k].next)
			n += !p->batch.cell[k].gone;
	}
	return n == 0 && vg_table_count(b->cells) == n_gone;
}

static enum vg_rc settle_bucket(struct vg_part *p, uint32_t bucket,
				struct vg_live *b, bool *known,
				struct vg_err *err)
{
	struct vg_part_recall *r = p->recall;
	size_t n_gone = 0;

	for (uint32_t i = r->spans.bucket[bucket].head;
	     i != VG_BATCH_NONE && *known; i = r->spans.cell[i].next) {
		struct vg_batch_cell *left = &r->spans.cell[i];
		const int64_t *held =
			vg_table_get(b->cells, vg_batch_field(left));
		struct vg_recall_end end;

		if (held == NULL) /* thinned */
			continue;
		*known = resolve(r, b->id.start_ms, held, left, &end);
		if (!*known || !end.changed)
			continue;
		n_gone += end.gone;
		if (!settle_cell(p, b->id, left, &end))
			return vg_part_no_memory(err);
	}
	b->emptied = *known && n_gone > 0 && is_emptied(p, b, n_gone);
	b->reread = n_gone > 0;
	return VG_OK;
}

/* Note which of the stored can be forgotten: no recall reaches them again, and
 * a back-fill must do without. */
static bool end_stored(struct vg_part_recall *r,
		       const struct vg_recall_reach *reach)
{
	size_t past = 0;

	while (past < reach->n_stored &&
	       reach->stored[past].offset < reach->from)
		past++;
	r->ended = calloc(past + 1, sizeof *r->ended);
	for (size_t i = 0; r->ended != NULL && i + VG_RECALLED_KEPT_MAX < past;
	     i++) {
		r->ended[r->n_ended++] = reach->stored[i].offset;
		r->forgotten = reach->stored[i].offset + 1;
	}
	return r->ended != NULL;
}

enum vg_rc vg_part_recall_settle(struct vg_part *p,
				 const struct vg_recall_reach *reach,
				 bool *known, struct vg_err *err)
{
	struct vg_part_recall *r = p->recall;
	enum vg_rc rc = VG_OK;

	*known = true;
	r->before_ms = reach->before_ms;
	if (!end_stored(r, reach))
		return vg_part_no_memory(err);
	for (uint32_t i = 0; rc == VG_OK && *known && i < r->spans.n_bucket;
	     i++) {
		struct vg_live *b =
			vg_live_get(&p->live, r->spans.bucket[i].id);

		if (b == NULL || !b->stored || r->spans.bucket[i].n == 0)
			continue;
		rc = vg_part_recall_read(p, b, err);
		if (rc == VG_OK)
			rc = settle_bucket(p, i, b, known, err);
	}
	return rc;
}
