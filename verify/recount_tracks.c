/*
 * recount_tracks - the spans and steps of one event, the slow and plain way.
 */
#include "verify/recount_parts.h"

#include "aggregate/cells.h"
#include "aggregate/match.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What one event may add to one track at most. */
enum { TUPLES_MAX = 4096 };

static bool present(struct vg_recount *r, const struct vg_event *e,
		    const struct vg_field_ref *ref)
{
	r->a.n = 0;
	r->a.used = 0;
	vg_field_read(ref, e, vg_slice_of(r->partner->id), &r->a);
	return r->a.n > 0;
}

void vg_recount_widen(int64_t v[4], bool is_new, int64_t at, int64_t offset)
{
	if (is_new || at < v[0] || (at == v[0] && offset < v[1])) {
		v[0] = at;
		v[1] = offset;
	}
	if (is_new || at > v[2] || (at == v[2] && offset > v[3])) {
		v[2] = at;
		v[3] = offset;
	}
}

/* Put the field as it stands into the track's sub-window. */
static bool span(struct vg_recount *r, size_t track, int64_t offset)
{
	const struct vg_event *e = &r->second.event;
	const struct vg_track *track_of = vg_plan_track(r->env->plan, track);
	int64_t w = track_of->window_ms;
	struct vg_bucket_id id = {.agg = (uint16_t)(VG_AGG_TRACK_0 + track),
				  .start_ms = vg_recount_floor(e->time_ms, w)};
	struct vg_table *t = vg_cells_at(r->spans, id, NULL);
	bool is_new = false;

	if (t == NULL || r->field.failed)
		return false;
	int64_t *v = vg_table_at(
		t,
		(struct vg_slice){.p = r->field.p, .n = (uint32_t)r->field.n},
		&is_new);
	if (v != NULL)
		vg_recount_widen(v, is_new, e->time_ms - id.start_ms, offset);
	if (v != NULL && track_of->reach_ms > 0) {
		v[2] = w - 1; /* firsts have no last */
		v[3] = -1;
	}
	return v != NULL;
}

/* Put the field as it stands, the classes of the event and its time into the
 * steps. They are exact here; vg_recount_round() rounds them in the end. */
static bool step(struct vg_recount *r, size_t track)
{
	const struct vg_event *e = &r->second.event;
	const struct vg_track *t = vg_plan_track(r->env->plan, track);
	struct vg_bucket_id id = {
		.agg = (uint16_t)(VG_AGG_STEPS_0 + track),
		.start_ms = vg_recount_floor(e->time_ms, t->window_ms)};
	char text[32];
	size_t length = r->field.n;

	if (t->n_class > 0) {
		snprintf(text, sizeof text, "%lu", r->classes);
		vg_field_pack(&r->field, vg_slice_of(text));
	}
	snprintf(text, sizeof text, "%lld",
		 (long long)(e->time_ms - id.start_ms));
	vg_field_pack(&r->field, vg_slice_of(text));
	int64_t *v = vg_recount_cell(r, id);
	r->field.n = length;
	if (v == NULL)
		return false;
	v[0] += r->sign * e->count;
	v[1] += r->sign;
	return true;
}

static bool put(struct vg_recount *r, size_t track, int64_t offset)
{
	if (vg_plan_track(r->env->plan, track)->kind == VG_TRACK_STEPS)
		return step(r, track);
	return span(r, track, offset);
}

/* Every combination of the values of refs[i..n), onto the field so far. */
static bool combine(struct vg_recount *r, size_t track, unsigned i,
		    int64_t offset)
{
	const struct vg_track *t = vg_plan_track(r->env->plan, track);
	unsigned n = t->n_group + t->n_value;
	struct vg_field_values values = {.scratch = NULL};
	size_t length = r->field.n;
	bool good = true;

	if (i == n)
		return r->tuples++ >= TUPLES_MAX || put(r, track, offset);
	values.scratch = malloc(VG_FIELD_SCRATCH);
	if (values.scratch == NULL)
		return false;
	vg_field_read(i < t->n_group ? &t->group[i] : &t->value[i - t->n_group],
		      &r->second.event, vg_slice_of(r->partner->id), &values);
	for (unsigned k = 0; k < values.n && good; k++) {
		r->field.n = length;
		vg_field_pack(&r->field, values.v[k]);
		good = combine(r, track, i + 1, offset);
	}
	free(values.scratch);
	return good;
}

static bool passes(struct vg_recount *r, const struct vg_match *m)
{
	r->a.n = 0;
	r->a.used = 0;
	return m == NULL || vg_match_test(m, &r->second.event,
					  vg_slice_of(r->partner->id), &r->a);
}

static bool feeds(struct vg_recount *r, const struct vg_track *t)
{
	const struct vg_event *e = &r->second.event;

	if (!passes(r, t->match))
		return false;
	r->classes = 0;
	for (unsigned i = 0; i < t->n_class; i++)
		r->classes += passes(r, t->class_of[i]) ? 1ul << i : 0;
	if (t->n_class > 0 && r->classes == 0 && !t->classless)
		return false;
	for (unsigned i = 0; i < t->n_need; i++)
		if (!present(r, e, &t->need[i]))
			return false;
	return !t->numeric || vg_field_number(&t->value[0], e, &(double){0});
}

/* True when the event came too late for the track. */
static bool is_past(const struct vg_recount *r, const struct vg_track *t)
{
	int64_t window_ms = t->reach_ms > 0 ? t->reach_ms : t->window_ms;

	return r->at_ms - r->second.event.time_ms >=
	       window_ms + vg_config_lateness_ms(r->env->cfg, r->partner);
}

static bool count_tracks(struct vg_recount *r, enum vg_track_kind kind,
			 int64_t offset)
{
	for (size_t i = 0; i < vg_plan_tracks(r->env->plan); i++) {
		const struct vg_track *t = vg_plan_track(r->env->plan, i);

		if (t->kind != kind || is_past(r, t) || !feeds(r, t))
			continue;
		vg_recount_field(r, &r->second.event);
		r->tuples = 0;
		if (!combine(r, i, 0, offset))
			return false;
	}
	return true;
}

bool vg_recount_spans(struct vg_recount *r, int64_t offset,
		      struct vg_cells *into)
{
	r->spans = into;
	return count_tracks(r, VG_TRACK_SPAN, offset);
}

bool vg_recount_steps(struct vg_recount *r, int sign)
{
	r->sign = sign;
	return count_tracks(r, VG_TRACK_STEPS, 0);
}
