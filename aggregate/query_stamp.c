#include "aggregate/stamp.h"

#include "aggregate/changes.h"
#include "aggregate/query_run.h"
#include "aggregate/view_parts.h"
#include "core/defect.h"
#include "core/hash.h"

static int64_t floor_step(int64_t t, int64_t step)
{
	return vg_bucket_floor(t, step);
}

static int64_t clamp(int64_t t, int64_t low, int64_t high)
{
	return t < low ? low : t > high ? high : t;
}

/* Where in the range "not complete yet" begins, in whole steps: a step is
 * without data when it starts at or past it. */
static int64_t mark_of(const struct vg_query_stamp *s, int64_t complete_ms)
{
	int64_t step = vg_res_ms(s->res);

	if (complete_ms >= s->to_ms)
		return s->to_ms;
	return clamp(floor_step(complete_ms + step - 1, step), s->from_ms,
		     s->to_ms);
}

/* A hash of what decides which steps of the range have no data. */
static uint64_t marks_locked(const struct vg_query_stamp *s,
			     const struct vg_view *view, int64_t now_ms)
{
	int64_t step = vg_res_ms(s->res), mark[3] = {0};
	uint64_t h;

	mark[0] = mark_of(s, vg_view_freshness(view, now_ms).complete_to_ms);
	mark[1] = clamp(floor_step(vg_view_kept_from(view, s->res), step),
			s->from_ms - step, s->to_ms);
	h = vg_hash_table(mark, sizeof mark, 0);
	for (size_t p = 0; s->by_partner && p < vg_view_parts(view); p++) {
		mark[0] = mark_of(
			s, vg_view_part_complete_to(vg_view_part(view, p)));
		mark[1] = (int64_t)h;
		h = vg_hash_table(mark, sizeof mark, p);
	}
	return h;
}

bool vg_query_stamp(struct vg_query_stamp *out, const struct vg_query *q,
		    struct vg_view *view)
{
	struct vg_query_stamp s = {
		.viewer = q->viewer,
		.res = q->step,
		.from_ms = q->from_ms,
		.to_ms = q->to_ms,
	};
	int agg = vg_query_agg(q);

	if (agg < 0 || q->from_ms < 0 || q->from_ms >= q->to_ms)
		return false;
	s.agg = (unsigned)agg;
	for (unsigned i = 0; i < q->n_by; i++)
		s.by_partner |= vg_slice_eq(q->by[i], vg_slice_of("partner"));
	vg_view_read_lock(view);
	s.moment = vg_changes_now(view->changes);
	s.marks = marks_locked(&s, view, q->now_ms);
	vg_view_unlock(view);
	*out = s;
	return true;
}

/* True when a cell of the range changed that the viewer sees, in buckets of
 * `res`. */
static bool is_touched_locked(const struct vg_query_stamp *s,
			      const struct vg_view *view, enum vg_res res)
{
	const struct vg_audiences *aud = view->env->aud;
	const struct vg_bucket_id id = {.agg = (uint16_t)s->agg,
					.res = (uint8_t)res,
					.start_ms = s->from_ms};

	if (vg_changes_common(view->changes, id, s->to_ms, s->moment))
		return true;
	for (size_t a = 0; a < vg_audience_count(aud); a++)
		if (vg_audience_sees(aud, (uint16_t)a, s->viewer) &&
		    vg_changes_for(view->changes, id, a, s->to_ms, s->moment))
			return true;
	return false;
}

bool vg_query_stands(const struct vg_query_stamp *s, struct vg_view *view,
		     int64_t now_ms)
{
	bool stands;

	if (VG_DEFECT("stamp-stands"))
		return true;
	vg_view_read_lock(view);
	stands = !is_touched_locked(s, view, s->res);
	/* The youngest hours are sums of their minutes. */
	if (stands && s->res > VG_RES_1M)
		stands = !is_touched_locked(s, view, VG_RES_1M);
	stands = stands && marks_locked(s, view, now_ms) == s->marks;
	vg_view_unlock(view);
	return stands;
}

uint64_t vg_view_tick(const struct vg_view *view)
{
	return atomic_load_explicit(&view->tick, memory_order_acquire);
}
