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

/* Eight bytes as a number, the first the lowest, on every machine; compilers
 * make one load of it. */
static inline uint64_t vg_le64(const void *bytes)
{
	const unsigned char *p = bytes;

	return (uint64_t)p[0] | (uint64_t)p[1] << 8 | (uint64_t)p[2] << 16 |
	       (uint64_t)p[3] << 24 | (uint64_t)p[4] << 32 |
	       (uint64_t)p[5] << 40 | (uint64_t)p[6] << 48 |
	       (uint64_t)p[7] << 56;
}

/* A slice of a string literal, for tables. */
#define VG_SLICE(literal)                                                      \
	{                                                                      \
		.p = (literal), .n = sizeof(literal) - 1                       \
	}

/* True when the `n` bytes at each are the same. Most that is compared is short,
 * and then two words that overlap are quicker than a call. */
static inline bool vg_bytes_eq(const char *a, const char *b, uint32_t n)
{
	uint64_t x[2], y[2];
	uint32_t v[2], w[2];

	if (n > 16)
		return memcmp(a, b, n) == 0;
	if (n >= 8) {
		memcpy(&x[0], a, 8);
		memcpy(&x[1], a + n - 8, 8);
		memcpy(&y[0], b, 8);
		memcpy(&y[1], b + n - 8, 8);
		return ((x[0] ^ y[0]) | (x[1] ^ y[1])) == 0;
	}
	if (n >= 4) {
		memcpy(&v[0], a, 4);
		memcpy(&v[1], a + n - 4, 4);
		memcpy(&w[0], b, 4);
		memcpy(&w[1], b + n - 4, 4);
		return ((v[0] ^ w[0]) | (v[1] ^ w[1])) == 0;
	}
	return n == 0 ||
	       (a[0] == b[0] && a[n / 2] == b[n / 2] && a[n - 1] == b[n - 1]);
}

/* True when both hold the same bytes. */
static inline bool vg_slice_eq(struct vg_slice a, struct vg_slice b)
{
	return a.n == b.n && vg_bytes_eq(a.p, b.p, a.n);
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
