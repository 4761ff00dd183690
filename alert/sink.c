/*
 * The sink half of the evaluator: track cells in, dirty groups out.
 */
#include "aggregate/keys.h"
#include "aggregate/steps.h"
#include "alert/state.h"
#include "core/defect.h"

#include <assert.h>
#include <stdlib.h>

enum { PARTS_MAX = 3 + 2 * VG_TRACK_GROUP_MAX };

/* A track's field taken apart. */
struct cell {
	const struct vg_track *track;
	unsigned family;
	uint16_t audience;
	struct vg_slice group, value; /* still packed */
	struct vg_steps_field time;   /* of steps */
};

/* Parts `from` to `to` of a field are one run of its bytes. */
static struct vg_slice run_of(const struct vg_slice *part, unsigned from,
			      unsigned to)
{
	if (from == to)
		return (struct vg_slice){.p = "", .n = 0};
	const struct vg_slice *last = &part[to - 1];
	return (struct vg_slice){
		.p = part[from].p,
		.n = (uint32_t)(last->p + last->n - part[from].p)};
}

/* False for what no rule reads, what nobody may see, and what is malformed. */
static bool take_apart(const struct vg_evaluator *e, size_t track, size_t part,
		       struct vg_slice field, struct cell *out)
{
	struct vg_slice piece[PARTS_MAX];
	unsigned n;

	if (track >= vg_plan_tracks(e->o.env->plan) ||
	    part >= VG_PARTITIONS_MAX || e->family_of[track] == VG_FAMILY_NONE)
		return false;
	out->track = vg_plan_track(e->o.env->plan, track);
	out->family = e->family_of[track];
	if (out->track->kind == VG_TRACK_STEPS) {
		if (!vg_steps_parse(field, out->track->window_ms, &out->time))
			return false;
		field = out->time.head;
	}
	n = vg_field_split(field, piece, PARTS_MAX);
	if (n != 1 + out->track->n_group + out->track->n_value +
			 (out->track->n_class > 0))
		return false;
	if (!vg_audience_find(e->o.env->aud, piece[0], &out->audience))
		return false;
	out->group = run_of(piece, 1, 1 + out->track->n_group);
	out->value = run_of(piece, 1 + out->track->n_group, n);
	return out->group.n <= VG_GROUP_KEY_MAX;
}

/* To how many ms the time of a step is rounded, 0 when it is not. */
static uint32_t rounded_to(const struct cell *c)
{
	return c->time.rounded ? (uint32_t)vg_steps_step(c->track->window_ms)
			       : 0;
}

/* Where the cell belongs, and what it says: of a span first and last, of a step
 * how many events and the rounding. False when it makes no sense. */
static bool read_cell(const struct cell *c, int64_t start_ms,
		      const int64_t v[4], struct vg_span_key *key,
		      int64_t says[2])
{
	key->audience = c->audience;
	key->sub_ms = start_ms;
	key->step = c->track->kind == VG_TRACK_STEPS;
	if (!key->step) {
		says[0] = v[0];
		says[1] = v[2];
		return v[0] >= 0 && v[2] >= v[0] && v[2] < c->track->window_ms;
	}
	key->sub_ms += c->time.at_ms;
	says[0] = v[0] < UINT32_MAX ? v[0] : UINT32_MAX;
	says[1] = rounded_to(c);
	return v[0] > 0;
}

static void take_gone(void *ctx, size_t track, size_t part, int64_t start_ms,
		      struct vg_slice field)
{
	struct vg_evaluator *e = ctx;
	struct cell c = {0};

	if (!take_apart(e, track, part, field, &c))
		return;
	struct vg_group *g = vg_groups_find(e->groups, c.family, c.group);
	uint32_t value = vg_values_find(vg_groups_values(e->groups), c.value);
	if (g == NULL || value == VG_VALUE_NONE)
		return;
	const struct vg_span_key key = {.track = (uint32_t)track,
					.audience = c.audience,
					.part = (uint32_t)part,
					.value = value,
					.sub_ms = start_ms + c.time.at_ms,
					.step = c.track->kind == VG_TRACK_STEPS,
					.rounded_ms = rounded_to(&c)};
	if (vg_group_unset(e->groups, g, key)) {
		g->force = true;
		vg_state_dirty(e, g);
	}
}

static void take_span(void *ctx, size_t track, size_t part, int64_t start_ms,
		      struct vg_slice field, const int64_t v[4])
{
	struct vg_evaluator *e = ctx;
	struct cell c = {0};

	if (!take_apart(e, track, part, field, &c))
		return;
	/* What a recall takes back counts 0 from then on. */
	if (c.track->kind == VG_TRACK_STEPS && v[0] == 0 &&
	    !VG_DEFECT("step-stays")) {
		take_gone(ctx, track, part, start_ms, field);
		return;
	}
	struct vg_span_key key = {.track = (uint32_t)track,
				  .part = (uint32_t)part};
	int64_t says[2];
	if (!read_cell(&c, start_ms, v, &key, says))
		return;
	struct vg_group *g = vg_groups_make(e->groups, c.family, c.group);
	if (g == NULL) {
		e->failed = true;
		return;
	}
	int changed = vg_group_set(e->groups, g, key, c.value, says);
	if (changed > 0)
		vg_state_dirty(e, g);
	else if (changed < 0)
		e->failed = true;
}

static int64_t *swept_at(struct vg_evaluator *e, size_t track, size_t part)
{
	if (e->part_swept_ms[track] == NULL) {
		int64_t *at = malloc(VG_PARTITIONS_MAX * sizeof *at);

		if (at == NULL) {
			e->failed = true;
			return NULL;
		}
		for (size_t i = 0; i < VG_PARTITIONS_MAX; i++)
			at[i] = INT64_MIN;
		e->part_swept_ms[track] = at;
	}
	return &e->part_swept_ms[track][part];
}

/* What the store sweeps may not have been evaluated yet: it is noted here, and
 * the spans go when all is (tick.c). */
static void take_swept(void *ctx, size_t track, size_t part, int64_t start_ms)
{
	struct vg_evaluator *e = ctx;

	if (track >= vg_plan_tracks(e->o.env->plan) ||
	    part >= VG_PARTITIONS_MAX)
		return;
	int64_t *at = swept_at(e, track, part);
	int64_t end_ms =
		start_ms + vg_plan_track(e->o.env->plan, track)->window_ms;
	if (at != NULL && end_ms > *at)
		*at = end_ms;
	if (end_ms > e->swept_ms[track])
		e->swept_ms[track] = end_ms;
	e->was_swept = true;
}

/* Spans that come again unchanged are no news: mark them, and drop later those
 * that did not come. */
static void take_reset(void *ctx, size_t part)
{
	struct vg_evaluator *e = ctx;
	struct vg_group *g;

	for (size_t pos = 0; (g = vg_groups_next(e->groups, &pos)) != NULL;)
		for (uint32_t i = 0; i < g->n; i++)
			if (vg_span_part(&g->span[i]) == part)
				g->span[i].value_marks |= VG_SPAN_STALE;
	e->was_reset = true;
}

struct of_part {
	size_t track, part;
};

static bool is_of_part(const void *ctx, const struct vg_gspan *s)
{
	const struct of_part *of = ctx;

	return vg_span_track(s) == of->track && vg_span_part(s) == of->part;
}

/* What there is of the track in the partition is gone, and was not swept. */
static void take_restart(void *ctx, size_t track, size_t part)
{
	struct vg_evaluator *e = ctx;
	const struct of_part of = {track, part};
	struct vg_group *g;

	if (track >= vg_plan_tracks(e->o.env->plan) ||
	    part >= VG_PARTITIONS_MAX)
		return;
	for (size_t pos = 0; (g = vg_groups_next(e->groups, &pos)) != NULL;) {
		if (vg_group_prune(e->groups, g, is_of_part, &of) == 0)
			continue;
		g->force = true;
		vg_state_dirty(e, g);
	}
	if (e->part_swept_ms[track] == NULL)
		return;
	e->part_swept_ms[track][part] = INT64_MIN;
	e->swept_ms[track] = INT64_MIN;
	for (size_t i = 0; i < VG_PARTITIONS_MAX; i++)
		if (e->part_swept_ms[track][i] > e->swept_ms[track])
			e->swept_ms[track] = e->part_swept_ms[track][i];
}

struct vg_track_sink vg_state_sink(struct vg_evaluator *e)
{
	return (struct vg_track_sink){.ctx = e,
				      .span = take_span,
				      .gone = take_gone,
				      .swept = take_swept,
				      .reset = take_reset,
				      .restart = take_restart};
}
