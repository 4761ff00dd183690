/*
 * rate - how often one asker may ask: token buckets in a bounded table.
 *
 * A bucket holds `burst` requests and fills with `rate` a second. What is kept
 * of one is a single number, the time at which it is full again; one that is
 * full is as good as none, so that only a table that is crowded with askers who
 * are at it forgets one, the one who is nearest to full.
 *
 * Owner:   the service. Threads: any; a lock guards the table. Time: an
 *          argument, ms since 1970.
 */
#ifndef VG_API_RATE_H
#define VG_API_RATE_H

#include "core/err.h"

#include <stdbool.h>
#include <stdint.h>

enum {
	VG_RATE_KEY = 16, /* bytes that name an asker */
	VG_RATE_SETS = 1024,
	VG_RATE_WAYS = 8,
	VG_RATE_MOST = 1000000 /* of a rate and of a burst */
};

struct vg_rate_limit {
	int64_t rate; /* requests a second; 0: no limit */
	int64_t burst;
};

/* What a request was told. */
struct vg_rate_state {
	bool ok;
	int64_t left;	 /* requests that would be taken now      */
	int64_t more_s;	 /* until `left` is one more, rounded up  */
	int64_t retry_s; /* until one more is taken, at least 1   */
};

struct vg_rates;

/* An empty table; `seed` keeps others from aiming at it. Freed with _free(),
 * NULL allowed. */
enum vg_rc vg_rates_new(struct vg_rates **out, uint64_t seed,
			struct vg_err *err) VG_MUST_CHECK;
void vg_rates_free(struct vg_rates *t);

/* Take one request out of the bucket of `key`. */
struct vg_rate_state vg_rates_take(struct vg_rates *t,
				   const uint8_t key[VG_RATE_KEY],
				   const struct vg_rate_limit *limit,
				   int64_t now_ms);

/* Seconds in which an empty bucket fills, rounded up. */
int64_t vg_rate_window_s(const struct vg_rate_limit *limit);

#endif
