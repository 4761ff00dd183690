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

#endif
