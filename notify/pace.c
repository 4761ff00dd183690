#include "notify/pace.h"

#include <assert.h>

enum { EXPONENT_MAX = 40 };

/* base * 2^e, without overflow. */
static int64_t doubled(int64_t base_ms, unsigned e)
{
	while (e-- > 0) {
		if (base_ms > INT64_MAX / 2)
			return INT64_MAX;
		base_ms *= 2;
	}
	return base_ms;
}

void vg_realert_next(const struct vg_realert *r, struct vg_realert_state *s,
		     int64_t at_ms)
{
	int64_t past_ms = at_ms - s->silent_until_ms;

	assert(r->base_ms > 0);
	if (past_ms < doubled(r->base_ms, s->exponent)) {
		if (s->exponent < EXPONENT_MAX)
			s->exponent++;
	} else {
		while (s->exponent > 0 &&
		       past_ms > doubled(r->base_ms, s->exponent)) {
			past_ms -= doubled(r->base_ms, s->exponent);
			s->exponent--;
		}
	}
	int64_t silent_ms = doubled(r->base_ms, s->exponent);
	if (r->max_ms > 0 && silent_ms > r->max_ms)
		silent_ms = r->max_ms;
	s->silent_until_ms = at_ms + silent_ms;
}

bool vg_digest_takes(int64_t opened_ms, int64_t digest_ms, int64_t at_ms)
{
	return at_ms >= opened_ms && at_ms - opened_ms <= digest_ms;
}
