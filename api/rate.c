#include "api/rate.h"

#include "core/hash.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define SECOND_US INT64_C(1000000)

struct bucket {
	uint8_t key[VG_RATE_KEY];
	int64_t full_us; /* when it is full again */
};

struct vg_rates {
	pthread_mutex_t lock; /* guards all below */
	uint64_t seed;
	struct bucket set[VG_RATE_SETS][VG_RATE_WAYS];
};

enum vg_rc vg_rates_new(struct vg_rates **out, uint64_t seed,
			struct vg_err *err)
{
	struct vg_rates *t = calloc(1, sizeof *t);

	if (t == NULL || pthread_mutex_init(&t->lock, NULL) != 0) {
		free(t);
		return vg_err_set(err, VG_FATAL, "rate: out of memory");
	}
	t->seed = seed;
	*out = t;
	return VG_OK;
}

void vg_rates_free(struct vg_rates *t)
{
	if (t == NULL)
		return;
	(void)pthread_mutex_destroy(&t->lock);
	free(t);
}

/* The bucket of `key`, or the one of its set that is nearest to full, which is
 * then its own. */
static struct bucket *find_locked(struct vg_rates *t,
				  const uint8_t key[VG_RATE_KEY])
{
	uint64_t at = vg_hash_table(key, VG_RATE_KEY, t->seed) % VG_RATE_SETS;
	struct bucket *set = t->set[at], *fullest = set;

	for (unsigned i = 0; i < VG_RATE_WAYS; i++) {
		if (memcmp(set[i].key, key, VG_RATE_KEY) == 0)
			return &set[i];
		if (set[i].full_us < fullest->full_us)
			fullest = &set[i];
	}
	memcpy(fullest->key, key, VG_RATE_KEY);
	fullest->full_us = 0;
	return fullest;
}

static int64_t round_up(int64_t us)
{
	return (us + SECOND_US - 1) / SECOND_US;
}

int64_t vg_rate_window_s(const struct vg_rate_limit *limit)
{
	return round_up(limit->burst * SECOND_US / limit->rate);
}

struct vg_rate_state vg_rates_take(struct vg_rates *t,
				   const uint8_t key[VG_RATE_KEY],
				   const struct vg_rate_limit *limit,
				   int64_t now_ms)
{
	int64_t step_us = SECOND_US / limit->rate, now_us = now_ms * 1000;
	int64_t room_us = limit->burst * step_us, full_us, short_us;
	struct vg_rate_state s = {.ok = true};
	struct bucket *b;

	assert(limit->rate >= 1 && limit->rate <= VG_RATE_MOST);
	assert(limit->burst >= 1 && limit->burst <= VG_RATE_MOST);
	(void)pthread_mutex_lock(&t->lock);
	b = find_locked(t, key);
	/* A clock that was set back, or a smaller limit than before, must not
	 * shut anybody out for longer than an empty bucket does. */
	full_us = b->full_us < now_us ? now_us : b->full_us;
	if (full_us > now_us + room_us)
		full_us = now_us + room_us;
	short_us = full_us + step_us - (now_us + room_us);
	s.ok = short_us <= 0;
	if (s.ok)
		full_us += step_us;
	b->full_us = full_us;
	(void)pthread_mutex_unlock(&t->lock);
	s.left = (now_us + room_us - full_us) / step_us;
	s.more_s =
		round_up(full_us - now_us + (s.left + 1) * step_us - room_us);
	s.retry_s = s.ok ? 0 : round_up(short_us);
	return s;
}
