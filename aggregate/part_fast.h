/*
 * part_fast - what is done several times for every event, without a call when
 * there is room: appending a few bytes, packing a value that holds nothing to
 * escape, printing a cell. Same results as vg_buf_add(), vg_field_pack() and
 * vg_cell_print().
 *
 * Threads: as the buffer.
 */
#ifndef VG_AGGREGATE_PART_FAST_H
#define VG_AGGREGATE_PART_FAST_H

#include "aggregate/keys.h"

/* Append `n` bytes. */
static inline void vg_fast_add(struct vg_buf *b, const char *p, size_t n)
{
	if (b->failed || b->cap - b->n <= n) {
		vg_buf_add(b, p, n);
		return;
	}
	memcpy(b->p + b->n, p, n);
	b->n += n;
	b->p[b->n] = '\0';
}

/* Is one of these bytes below 0x20? Eight at a time: such a byte is one whose
 * high bit is set by taking 0x20 away, and was not before. A borrow can only
 * come from below such a byte, so it changes no answer. */
static inline bool vg_fast_controls(const char *p, uint32_t n)
{
	const uint64_t low = UINT64_C(0x2020202020202020),
		       high = UINT64_C(0x8080808080808080);
	uint64_t x;

	for (; n >= 8; p += 8, n -= 8) {
		memcpy(&x, p, 8);
		if (((x - low) & ~x & high) != 0)
			return true;
	}
	for (; n > 0; p++, n--)
		if ((unsigned char)*p < 0x20)
			return true;
	return false;
}

/* Append a separator and the packed value. `b` must not be empty. */
static inline void vg_fast_pack(struct vg_buf *b, struct vg_slice value)
{
	char *to;

	if (value.n == 0 || value.p[0] == '~' || b->failed ||
	    b->cap - b->n <= value.n + 1u ||
	    vg_fast_controls(value.p, value.n)) {
		vg_field_pack(b, value);
		return;
	}
	to = b->p + b->n;
	*to++ = VG_FIELD_SEP;
	memcpy(to, value.p, value.n);
	to[value.n] = '\0';
	b->n += value.n + 1u;
}

enum { VG_FAST_CELL = 4 * 21 };

/* Print a cell of `width` numbers into `to` (VG_FAST_CELL bytes); its length.
 */
static inline size_t vg_fast_cell(char *to, const int64_t *v, unsigned width)
{
	char digit[20], *start = to;

	for (unsigned i = 0; i < width; i++) {
		uint64_t u = v[i] < 0 ? 0 - (uint64_t)v[i] : (uint64_t)v[i];
		unsigned n = 0;

		if (i > 0)
			*to++ = ',';
		if (v[i] < 0)
			*to++ = '-';
		do {
			digit[n++] = (char)('0' + u % 10);
			u /= 10;
		} while (u != 0);
		while (n > 0)
			*to++ = digit[--n];
	}
	return (size_t)(to - start);
}

#endif
