#include "aggregate/part_private.h"

#include "aggregate/match.h"
#include "aggregate/part_fast.h"
#include "aggregate/part_feeds.h"
#include "aggregate/part_recalled.h"
#include "aggregate/part_steps.h"
#include "aggregate/steps.h"
#include "core/defect.h"

#include <assert.h>

enum { FIELDS_MAX = 2 * VG_TRACK_GROUP_MAX };

/* What one event gives a track: the pieces of each group and value field. */
struct tuple {
	struct vg_pieces f[FIELDS_MAX];
	unsigned n, at[FIELDS_MAX];
	struct vg_slice audience;
};

void vg_span_merge(int64_t into[4], const int64_t from[4])
{
	bool tie = !VG_DEFECT("span-tie");

	if (from[0] < into[0] ||
	    (tie && from[0] == into[0] && from[1] < into[1])) {
		into[0] = from[0];
		into[1] = from[1];
	}
	if (from[2] > into[2] || (from[2] == into[2] && from[3] > into[3])) {
		into[2] = from[2];
		into[3] = from[3];
	}
}

/* Read one field and pack its values; false when it is missing. */
static bool read_field(struct vg_part *p, const struct vg_field_ref *ref,
		       const struct vg_event *e, struct vg_pieces *out)
{
	struct vg_field_values v; /* 500 bytes: not worth zeroing */

	v.scratch = p->scratch;
	vg_field_read(ref, e, p->partner_id, &v);
	assert(v.n <= VG_FIELD_VALUES_MAX);
	if (out == NULL)
		return v.n > 0;
	for (out->n = 0; out->n < v.n; out->n++) {
		uint32_t at = (uint32_t)p->pack.n;

		vg_fast_pack(&p->pack, v.v[out->n]);
		out->v[out->n] = (struct vg_piece){
			.at = at, .n = (uint32_t)p->pack.n - at};
	}
	return v.n > 0;
}

/* An event that is left out for want of an answer is counted. */
static bool passes(struct vg_part *p, const struct vg_match *m,
		   const struct vg_event *e)
{
	struct vg_field_values v; /* 500 bytes: not worth zeroing */

	v.scratch = p->scratch;
	if (m == NULL || vg_match_test(m, e, p->partner_id, &v))
		return true;
	if (v.is_limited)
		vg_metric_add(p->env->metrics, VG_M_MATCH_LIMITED, 1);
	return false;
}

/* The classes of `e` as one more piece; false when it is of none and that does
 * not count. */
static bool read_classes(struct vg_part *p, const struct vg_track *t,
			 const struct vg_event *e, struct tuple *out)
{
	uint32_t at = (uint32_t)p->pack.n, set = 0;

	for (unsigned i = 0; i < t->n_class; i++)
		if (passes(p, t->class_of[i], e))
			set |= UINT32_C(1) << i;
	if (set == 0 && !t->classless)
		return false;
	vg_buf_add(&p->pack, &(char){VG_FIELD_SEP}, 1);
	vg_buf_i64(&p->pack, set);
	out->f[out->n].n = 1;
	out->f[out->n++].v[0] =
		(struct vg_piece){.at = at, .n = (uint32_t)p->pack.n - at};
	return true;
}

/* True when `e` counts in track `t`; its tuple is then in *out. */
static bool read_tuple(struct vg_part *p, const struct vg_track *t,
		       const struct vg_event *e, struct tuple *out)
{
	assert(t->n_group + t->n_value + (t->n_class > 0) <= FIELDS_MAX);
	if (!passes(p, t->match, e))
		return false;
	for (unsigned i = 0; i < t->n_need; i++)
		if (!read_field(p, &t->need[i], e, NULL))
			return false;
	vg_buf_reset(&p->pack);
	vg_buf_add(&p->pack, out->audience.p, out->audience.n);
	out->n = 0;
	for (unsigned i = 0; i < t->n_group; i++)
		if (!read_field(p, &t->group[i], e, &out->f[out->n++]))
			return false;
	for (unsigned i = 0; i < t->n_value; i++)
		if (!read_field(p, &t->value[i], e, &out->f[out->n++]))
			return false;
	if (t->n_class > 0 && !read_classes(p, t, e, out))
		return false;
	return !t->numeric || vg_field_number(&t->value[0], e, &(double){0});
}

/* Turn to the next combination; false when all have been. */
static bool turn(struct tuple *t)
{
	for (unsigned i = t->n; i-- > 0;) {
		if (++t->at[i] < t->f[i].n)
			return true;
		t->at[i] = 0;
	}
	return false;
}

static bool add_recall(struct vg_part *p, struct vg_bucket_id id,
		       struct vg_slice field, uint16_t audience,
		       const int64_t span[4])
{
	struct vg_recall_span s = {.field = field, .audience = audience};

	memcpy(s.span, span, sizeof s.span);
	return vg_part_recall_span(p, id, &s);
}

/* The field of the combination at hand, in p->key. */
static bool pack_field(struct vg_part *p, const struct tuple *t)
{
	vg_buf_reset(&p->key);
	vg_fast_add(&p->key, t->audience.p, t->audience.n);
	for (unsigned i = 0; i < t->n; i++) {
		struct vg_piece piece = t->f[i].v[t->at[i]];

		vg_fast_add(&p->key, p->pack.p + piece.at, piece.n);
	}
	return !p->key.failed && !p->pack.failed;
}

/* The batch's cell of the field in p->key; NULL when memory is out. */
static struct vg_batch_cell *cell_of_key(struct vg_part *p,
					 struct vg_bucket_id id,
					 uint16_t audience, bool *is_new)
{
	struct vg_slice field = {.p = p->key.p, .n = (uint32_t)p->key.n};
	uint32_t bucket = vg_batch_bucket_at(&p->batch, id), at;

	if (bucket == VG_BATCH_NONE)
		return NULL;
	at = vg_batch_cell_at(&p->batch, bucket, field, is_new);
	if (at == VG_BATCH_NONE)
		return NULL;
	p->batch.cell[at].audience = audience;
	return &p->batch.cell[at];
}

static bool add_span(struct vg_part *p, struct vg_bucket_id id,
		     const struct tuple *t, uint16_t audience,
		     const int64_t span[4])
{
	struct vg_slice field;
	struct vg_batch_cell *c;
	bool is_new;

	if (!pack_field(p, t))
		return false;
	field = (struct vg_slice){.p = p->key.p, .n = (uint32_t)p->key.n};
	if (p->recall != NULL)
		return add_recall(p, id, field, audience, span);
	c = cell_of_key(p, id, audience, &is_new);
	if (c == NULL)
		return false;
	if (is_new)
		memcpy(c->v, span, sizeof c->v);
	else
		vg_span_merge(c->v, span);
	return true;
}

/* Add to the step at says[0], of slices of says[3] ms: says[1] events, says[2]
 * records. */
static bool add_step(struct vg_part *p, struct vg_bucket_id id,
		     const struct tuple *t, uint16_t audience,
		     const int64_t says[4])
{
	const struct vg_step step = {.at_ms = (uint32_t)(says[0] % says[3]),
				     .events = says[1],
				     .reports = says[2]};
	struct vg_batch_cell *c;

	if (!pack_field(p, t))
		return false;
	vg_steps_pack(&p->key, says[0], says[3], false);
	c = p->key.failed ? NULL : cell_of_key(p, id, audience, NULL);
	return c != NULL &&
	       vg_batch_add_step(&p->batch, (uint32_t)(c - p->batch.cell),
				 &step);
}

/* An event for a track: says[4] is what it adds to a span; of steps see
 * add_step(). */
static bool count_track(struct vg_part *p, size_t i, const struct vg_event *e,
			const int64_t says[4])
{
	const struct vg_track *t = vg_plan_track(p->env->plan, i);
	struct vg_bucket_id id = {
		.agg = (uint16_t)vg_plan_agg(p->env->plan, i)};
	int64_t v[4] = {0, says[1], 0, says[3]};
	struct tuple tuple;
	unsigned n = 0;
	bool good;

	memset(tuple.at, 0, sizeof tuple.at);
	tuple.audience = vg_slice_of(vg_audience_key(p->env->aud, e->audience));
	if (!read_tuple(p, t, e, &tuple))
		return true;
	id.start_ms = vg_bucket_floor(e->time_ms, t->window_ms);
	v[0] = e->time_ms - id.start_ms;
	v[2] = t->kind == VG_TRACK_STEPS ? says[2] : v[0];
	if (t->kind == VG_TRACK_STEPS)
		v[3] = vg_steps_slice(t->window_ms);
	if (t->reach_ms > 0) { /* no last: it stays the same, of no record */
		v[2] = t->window_ms - 1;
		v[3] = -1;
	}
	do {
		/* Which tuples stay depends on this event alone. */
		if (n++ == VG_PART_TUPLES_MAX) {
			vg_metric_add(p->env->metrics, VG_M_THINNED, 1);
			return true;
		}
		good = t->kind == VG_TRACK_STEPS
			       ? add_step(p, id, &tuple, e->audience, v)
			       : add_span(p, id, &tuple, e->audience, v);
		if (!good)
			return false;
	} while (turn(&tuple));
	return true;
}

static enum vg_rc count_kind(struct vg_part *p, enum vg_track_kind kind,
			     const struct vg_event *e, const int64_t says[4],
			     const struct vg_part_at *at, struct vg_err *err)
{
	for (size_t i = 0; i < vg_plan_tracks(p->env->plan); i++)
		if (vg_plan_track(p->env->plan, i)->kind == kind &&
		    vg_part_feeds_take(p, i, e, at) &&
		    !count_track(p, i, e, says))
			return vg_part_no_memory(err);
	return VG_OK;
}

enum vg_rc vg_part_count_spans(struct vg_part *p, const struct vg_event *e,
			       const struct vg_part_at *at, struct vg_err *err)
{
	const int64_t says[4] = {0, at->offset, 0, at->offset};

	return count_kind(p, VG_TRACK_SPAN, e, says, at, err);
}

enum vg_rc vg_part_count_steps(struct vg_part *p, const struct vg_event *e,
			       int by, const struct vg_part_at *at,
			       struct vg_err *err)
{
	const int64_t says[4] = {0, by * e->count, by, 0};

	return count_kind(p, VG_TRACK_STEPS, e, says, at, err);
}
