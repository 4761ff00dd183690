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

/* Append a separator and the packed value. `b` must not be empty. */
static inline void vg_fast_pack(struct vg_buf *b, struct vg_slice value)
{
	unsigned special = value.n > 0 && value.p[0] == '~';
	char *to;

	for (uint32_t i = 0; i < value.n; i++)
		special |= (unsigned char)value.p[i] < 0x20;
	if (special || b->failed || b->cap - b->n <= value.n + 1u) {
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
