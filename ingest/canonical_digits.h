/*
 * canonical_digits - the numbers of plain events. Private to the canonical
 * decoder.
 *
 * Threads: as canonical_plain.
 */
#ifndef VG_INGEST_CANONICAL_DIGITS_H
#define VG_INGEST_CANONICAL_DIGITS_H

#include "ingest/canonical_plain.h"

/* Digits of a number that is exact as an integer and as a double. */
enum { VG_PLAIN_DIGITS = 15 };

/* Is there a digit at `p`? */
static inline bool vg_plain_digit(const struct vg_plain *f, const char *p)
{
	return p < f->end && (unsigned)(*p - '0') < 10;
}

/* Eight digits at once, where there are as many at `p`: pairs, fours and the
 * whole are added up side by side. */
static inline bool vg_plain_eight(const char *p, int64_t *out)
{
	const uint64_t nibbles = UINT64_C(0xf0f0f0f0f0f0f0f0),
		       zeros = UINT64_C(0x3030303030303030),
		       sixes = UINT64_C(0x0606060606060606);
	uint64_t x = vg_le64(p);

	if ((x & nibbles) != zeros || ((x + sixes) & nibbles) != zeros)
		return false;
	x -= zeros;
	x = (x * 10 + (x >> 8)) & UINT64_C(0x00ff00ff00ff00ff);
	x = (x * 100 + (x >> 16)) & UINT64_C(0x0000ffff0000ffff);
	*out = (int64_t)((x * 10000 + (x >> 32)) & UINT32_MAX);
	return true;
}

/* Digits alone, without a sign; what follows them is no part of a number. */
static inline const char *vg_plain_whole(const struct vg_plain *f,
					 const char *p, int64_t *out)
{
	const char *from = p;
	int64_t v = 0;

	if (f->end - p >= 8 && vg_plain_eight(p, &v))
		p += 8;
	for (; vg_plain_digit(f, p); p++) {
		if (p - from == VG_PLAIN_DIGITS)
			return NULL;
		v = v * 10 + (*p - '0');
	}
	if (p == from || (*from == '0' && p - from > 1))
		return NULL;
	if (p < f->end && (*p == '.' || *p == 'e' || *p == 'E'))
		return NULL;
	*out = v;
	return p;
}

#endif
