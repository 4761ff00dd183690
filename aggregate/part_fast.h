/*
 * part_fast - what is done several times for every event, without a call when
 * there is room: appending a few bytes, and packing a value that holds nothing
 * to escape. Same results as vg_buf_add() and vg_field_pack().
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

#endif
