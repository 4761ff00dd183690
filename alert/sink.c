/*
 * The sink half of the evaluator: track cells in, dirty groups out.
 */
#include "aggregate/keys.h"
#include "aggregate/steps.h"
#include "alert/group_steps.h"
#include "alert/state.h"
#include "core/defect.h"

#include <assert.h>
#include <stdlib.h>

enum { PARTS_MAX = 3 + 2 * VG_TRACK_GROUP_MAX, STEPS_FIRST = 64 };

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

/* Where the cell belongs; its value's number is not looked up. */
static struct vg_span_key key_of(const struct cell *c, size_t track,
				 size_t part, int64_t start_ms)
{
	struct vg_span_key key = {.track = (uint32_t)track,
				  .audience = c->audience,
				  .part = (uint32_t)part,
				  .sub_ms = start_ms};

	if (c->track->kind != VG_TRACK_STEPS)
		return key;
	key.sub_ms += c->time.at_ms;
	key.until_ms = key.sub_ms + vg_steps_slice(c->track->window_ms);
	key.rounded_ms = rounded_to(c);
	key.step = true;
	return key;
}

static void take_gone(void *ctx, size_t track, size_t part, int64_t start_ms,
		      struct vg_slice field)
{
	struct vg_evaluator *e = ctx;
	struct cell c = {0};

	if (!take_apart(e, track, part, field, &c))
		return;
	struct vg_group *g = vg_groups_find(e->groups, c.family, c.group);
	struct vg_span_key key = key_of(&c, track, part, start_ms);
	key.value = vg_values_find(vg_groups_values(e->groups), c.value);
	if (g == NULL || key.value == VG_VALUE_NONE)
		return;
	if (vg_group_unset(e->groups, g, key)) {
		g->force = true;
		vg_state_dirty(e, g);
		e->first_moved = e->first_moved || c.track->reach_ms > 0;
	}
}

/* What changed in a group makes it dirty; what it lost is looked for. */
static void note_change(struct vg_evaluator *e, struct vg_group *g, int changed)
{
	if (changed < 0) {
		e->failed = true;
		return;
	}
	if ((changed & VG_GROUP_LOST) != 0)
		g->force = true;
	if (changed > 0)
		vg_state_dirty(e, g);
}

static void take_span(void *ctx, size_t track, size_t part, int64_t start_ms,
		      struct vg_slice field, const int64_t v[4])
{
	struct vg_evaluator *e = ctx;
	struct cell c = {0};

	if (!take_apart(e, track, part, field, &c) ||
	    c.track->kind == VG_TRACK_STEPS)
		return;
	struct vg_span_key key = key_of(&c, track, part, start_ms);
	const int64_t says[2] = {v[0], v[2]};
	if (v[0] < 0 || v[2] < v[0] || v[2] >= c.track->window_ms)
		return;
	struct vg_group *g = vg_groups_make(e->groups, c.family, c.group);
	if (g == NULL) {
		e->failed = true;
		return;
	}
	bool moves = c.track->reach_ms > 0 && g->n > 0;
	int changed = vg_group_set(e->groups, g, key, c.value, says);
	note_change(e, g, changed);
	e->first_moved = e->first_moved || (moves && changed > 0);
}

/* The times of a list that count, into e->steps; how many, or SIZE_MAX when
 * memory is out or the list is none. What a recall took back counts 0. */
static size_t read_list(struct vg_evaluator *e, struct vg_slice list,
			int64_t slice_ms)
{
	struct vg_steps_reader r = vg_steps_read(list);
	struct vg_step step;
	size_t n = 0;
	int got;

	while ((got = vg_steps_next(&r, &step)) > 0) {
		if (step.at_ms >= slice_ms)
			return SIZE_MAX;
		if (step.events == 0)
			continue;
		if (n == e->cap_steps) {
			size_t cap = n > 0 ? n * 2 : STEPS_FIRST;
			struct vg_step *grown =
				realloc(e->steps, cap * sizeof *grown);

			if (grown == NULL) {
				e->failed = true;
				return SIZE_MAX;
			}
			e->steps = grown;
			e->cap_steps = cap;
		}
		e->steps[n++] = step;
	}
	return got == 0 ? n : SIZE_MAX;
}

static void take_steps(void *ctx, size_t track, size_t part, int64_t start_ms,
		       struct vg_slice field, struct vg_slice list)
{
	struct vg_evaluator *e = ctx;
	struct cell c = {0};
	size_t n;

	if (!take_apart(e, track, part, field, &c) ||
	    c.track->kind != VG_TRACK_STEPS)
		return;
	struct vg_span_key key = key_of(&c, track, part, start_ms);
	n = read_list(e, list, key.until_ms - key.sub_ms);
	if (n == SIZE_MAX || (n == 0 && VG_DEFECT("step-stays")))
		return;
	struct vg_group *g = vg_groups_make(e->groups, c.family, c.group);
	if (g == NULL) {
		e->failed = true;
		return;
	}
	note_change(
		e, g,
		vg_group_set_steps(e->groups, g, key, c.value, e->steps, n));
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
				      .steps = take_steps,
				      .gone = take_gone,
				      .swept = take_swept,
				      .reset = take_reset,
				      .restart = take_restart};
}
