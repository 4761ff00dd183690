/*
 * slice - a borrowed run of bytes, not NUL-terminated. The lender outlives it.
 */
#ifndef VG_CORE_SLICE_H
#define VG_CORE_SLICE_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

struct vg_slice {
	const char *p; /* NULL when absent */
	uint32_t n;
};

/* Borrow a NUL-terminated string. */
static inline struct vg_slice vg_slice_of(const char *s)
{
	return (struct vg_slice){.p = s, .n = (uint32_t)strlen(s)};
}

/* True when both hold the same bytes. */
static inline bool vg_slice_eq(struct vg_slice a, struct vg_slice b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

/* Order by bytes, the shorter first where one begins the other: below, at or
 * above 0. */
static inline int vg_slice_cmp(struct vg_slice a, struct vg_slice b)
{
	uint32_t n = a.n < b.n ? a.n : b.n;
	int c = n > 0 ? memcmp(a.p, b.p, n) : 0;

	return c != 0 ? c : (a.n > b.n) - (a.n < b.n);
}

/* The same for qsort(), of slices themselves. */
static inline int vg_slice_order(const void *a, const void *b)
{
	return vg_slice_cmp(*(const struct vg_slice *)a,
			    *(const struct vg_slice *)b);
}

#endif
