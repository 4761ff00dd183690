/*
 * pages - memory for one large table whose places are touched at random.
 *
 * From VG_PAGES_MIN bytes on it lies on huge pages where the kernel gives them
 * on demand (transparent_hugepage "madvise" or "always"): such a table is
 * otherwise a page fault and a miss of the TLB for nearly every look at it. It
 * costs memory only where it is touched, VG_PAGES_MIN at a time.
 *
 * Owner: the caller; one vg_pages_free() for each vg_pages_new(). Threads: any,
 * each table from one at a time.
 */
#ifndef VG_CORE_PAGES_H
#define VG_CORE_PAGES_H

#include <stdbool.h>
#include <stddef.h>

#define VG_PAGES_MIN ((size_t)2 << 20) /* a huge page, on x86-64 and arm64 */

/* All zero: no memory. */
struct vg_pages {
	void *p;   /* the table: zeroed, aligned for any type, of the size asked
		    */
	void *map; /* what vg_pages_free() gives back, and its length: 0 when it
		    */
	size_t map_n; /* is of calloc() */
};

/* `n` zeroed bytes, 1 or more. False when there are none; *out is then zero. */
bool vg_pages_new(struct vg_pages *out, size_t n);

/* Give it back, and zero *pages. A zero one is left alone. */
void vg_pages_free(struct vg_pages *pages);

#endif
