#include "notify/life.h"

#include "core/defect.h"

#include <assert.h>

size_t vg_life_set(struct vg_life_span *span, size_t n, bool holds,
		   int64_t at_ms)
{
	bool held = n > 0 && span[n - 1].end_ms == INT64_MAX;

	assert(n == 0 || held || at_ms >= span[n - 1].end_ms);
	if (holds == held)
		return n;
	if (!holds && span[n - 1].start_ms == at_ms)
		return n - 1; /* it held for no time */
	if (!holds) {
		span[n - 1].end_ms = at_ms;
		return n;
	}
	if (n > 0 && span[n - 1].end_ms == at_ms) { /* it never ceased */
		span[n - 1].end_ms = INT64_MAX;
		return n;
	}
	span[n] = (struct vg_life_span){at_ms, INT64_MAX};
	return n + 1;
}

static int64_t later(int64_t t_ms, int64_t by_ms)
{
	return t_ms > INT64_MAX - by_ms ? INT64_MAX : t_ms + by_ms;
}

/* True when what begins at `start_ms` goes on with an alert that ended at
 * `end_ms`. */
static bool joins(const struct vg_life_rule *r, int64_t end_ms,
		  int64_t start_ms)
{
	if (VG_DEFECT("life-no-join"))
		return false;
	return start_ms <= end_ms || start_ms - end_ms < r->resolve_after_ms;
}

enum vg_life vg_life_at(const struct vg_life_rule *r,
			const struct vg_life_span *span, size_t n,
			int64_t at_ms)
{
	bool fired = false, pending = false;
	int64_t end_ms = 0; /* of the alert, delayed */

	for (size_t i = 0; i < n && span[i].start_ms <= at_ms; i++) {
		const struct vg_life_span *s = &span[i];
		int64_t stop_ms = later(s->end_ms, r->keep_firing_ms);

		assert(s->end_ms > s->start_ms);
		pending = false;
		if (fired && joins(r, end_ms, s->start_ms)) {
			end_ms = stop_ms > end_ms ? stop_ms : end_ms;
		} else if (later(s->start_ms, r->for_ms) <= at_ms &&
			   s->end_ms - s->start_ms > r->for_ms) {
			fired = true;
			end_ms = stop_ms;
		} else {
			pending = s->end_ms > at_ms;
		}
	}
	if (fired && at_ms < end_ms)
		return VG_FIRING;
	if (pending)
		return VG_PENDING;
	return fired && at_ms - end_ms < r->resolve_after_ms ? VG_RECOVERING
							     : VG_INACTIVE;
}

const char *vg_life_name(enum vg_life s)
{
	static const char *const names[] = {"inactive", "pending", "firing",
					    "recovering"};

	assert(s <= VG_RECOVERING);
	return names[s];
}
