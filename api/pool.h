/*
 * pool - connections to Redis for answers that need one.
 *
 * A handler takes a store and gives it back; there are never more than handler
 * threads. After a store had to answer VG_RETRY the pool refuses at once for a
 * second, so that a dead Redis cannot hold every thread in its time-out.
 *
 * Threads: any; the mutex guards the free list and the back-off.
 */
#ifndef VG_API_POOL_H
#define VG_API_POOL_H

#include "aggregate/store.h"

enum { VG_POOL_BACKOFF_MS = 1000 };

struct vg_pool;

/* Make an empty pool; stores are opened when needed. */
enum vg_rc vg_pool_new(struct vg_pool **out, const struct vg_config *cfg,
		       struct vg_metrics *metrics,
		       struct vg_err *err) VG_MUST_CHECK;

/* Free the pool and its stores, all of which were given back. NULL is allowed.
 */
void vg_pool_free(struct vg_pool *p);

/* Take a store. VG_RETRY during the back-off. */
enum vg_rc vg_pool_take(struct vg_pool *p, int64_t now_ms,
			struct vg_store **out,
			struct vg_err *err) VG_MUST_CHECK;

/* Give `s` back (NULL is allowed) with what its last call returned. */
void vg_pool_give(struct vg_pool *p, struct vg_store *s, enum vg_rc last,
		  int64_t now_ms);

#endif
