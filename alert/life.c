#include "alert/life.h"

#include "core/defect.h"

#include <assert.h>

/* a + b, and without end when there is none. */
static int64_t later(int64_t a, int64_t b)
{
	return a > INT64_MAX - b ? INT64_MAX : a + b;
}

static bool joins(const struct vg_stretch *last, const struct vg_stretch *s,
		  const struct vg_life *life)
{
	if (s->start_ms <= last->end_ms)
		return true;
	if (VG_DEFECT("life-join-closed"))
		return s->start_ms - last->end_ms <= life->resolve_after_ms;
	return s->start_ms - last->end_ms < life->resolve_after_ms;
}

static bool fires(const struct vg_stretch *s, const struct vg_life *life,
		  int64_t clock_ms)
{
	if (later(s->start_ms, life->for_ms) > clock_ms)
		return false;
	if (VG_DEFECT("life-for-closed"))
		return s->end_ms - s->start_ms >= life->for_ms;
	return later(s->start_ms, life->for_ms) < s->end_ms;
}

static void take_in(struct vg_stretch *into, const struct vg_stretch *s,
		    int64_t end_ms)
{
	if (end_ms > into->end_ms)
		into->end_ms = end_ms;
	if (s->peak > into->peak) {
		into->peak = s->peak;
		into->peak_at_ms = s->peak_at_ms;
	}
}

void vg_life_join(struct vg_stretches *s, const struct vg_life *life,
		  int64_t clock_ms)
{
	size_t kept = 0;

	for (size_t i = 0; i < s->n; i++) {
		const struct vg_stretch one = s->v[i];
		int64_t end_ms = later(one.end_ms, life->keep_firing_ms);

		assert(one.start_ms < one.end_ms);
		if (one.start_ms > clock_ms)
			continue;
		if (kept > 0 && joins(&s->v[kept - 1], &one, life)) {
			take_in(&s->v[kept - 1], &one, end_ms);
		} else if (fires(&one, life, clock_ms)) {
			s->v[kept] = one;
			s->v[kept++].end_ms = end_ms;
		}
	}
	s->n = kept;
}
