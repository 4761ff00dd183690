/*
 * near - the word most like another, for "did you mean".
 *
 *     struct vg_near n = vg_near_to(word);
 *     for (each candidate)
 *         if (vg_near_is(&n, candidate))
 *             best = candidate;
 *
 * Threads: pure. Bounds: words of over 64 bytes are like none.
 */
#ifndef VG_CORE_NEAR_H
#define VG_CORE_NEAR_H

#include "core/slice.h"

#include <stdbool.h>

struct vg_near {
	struct vg_slice word; /* borrowed */
	size_t far;	      /* only what has fewer wrong letters is nearer */
};

/* Begin with nothing near: a quarter of the letters may be wrong and one more,
 * four at most; past that it is another word. */
struct vg_near vg_near_to(struct vg_slice word);

/* True when `candidate` is nearer than every one before it. */
bool vg_near_is(struct vg_near *n, struct vg_slice candidate);

#endif
