/*
 * pace - two ways of saying less: silence that doubles with each repetition,
 * and digests.
 *
 * Time:    ms, an argument. Threads: pure.
 */
#ifndef VG_NOTIFY_PACE_H
#define VG_NOTIFY_PACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct vg_realert {
	int64_t base_ms, max_ms;
};

struct vg_realert_state {
	int64_t silent_until_ms;
	unsigned exponent;
};

/* A match at `at_ms`, not before silent_until: it is told, and the state says
 * until when no further one is. Soon again doubles the silence; what stayed
 * away halves it for each silence that it did. */
void vg_realert_next(const struct vg_realert *r, struct vg_realert_state *s,
		     int64_t at_ms);

/* True when a match at `at_ms` still belongs to the digest opened at
 * `opened_ms`, of which matches are taken up to `digest_ms` later. */
bool vg_digest_takes(int64_t opened_ms, int64_t digest_ms, int64_t at_ms);

#endif
