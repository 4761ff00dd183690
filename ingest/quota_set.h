/*
 * quota_set - different names of one minute, up to a limit, as keyed hashes in
 * the order in which they came.
 *
 * Owner:   the caller embeds it; zero bytes are a valid empty one.
 * Threads: one at a time.
 */
#ifndef VG_INGEST_QUOTA_SET_H
#define VG_INGEST_QUOTA_SET_H

#include "core/err.h"

#include <stddef.h>
#include <stdint.h>

struct vg_quota_set {
	uint64_t *list;
	uint32_t *slot; /* number in the list + 1; 0: free */
	uint32_t n, cap, slots;
};

enum vg_quota_say {
	VG_QUOTA_HAD, /* it is in the set, and was before */
	VG_QUOTA_NEW,
	VG_QUOTA_PAST, /* it is not, and the set is full */
	VG_QUOTA_MEMORY
};

/* Free what `s` holds; it is then empty. */
void vg_quota_set_term(struct vg_quota_set *s);

/* Forget the names, keep the memory. */
void vg_quota_set_reset(struct vg_quota_set *s);

/* Put `hash` in, unless that makes more than `max`. */
enum vg_quota_say vg_quota_set_add(struct vg_quota_set *s, uint64_t hash,
				   int64_t max);

#endif
