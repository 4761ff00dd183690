/*
 * glue - what stands before the value of a member: its name in quotes, the
 * colon, and white space.
 *
 * A sensor writes its members in one order, so the glue before a value is
 * nearly always one that was met before, behind that of the value before. It
 * was read byte by byte then; now one comparison of the same bytes says as
 * much. A shape is a guess about the next object and never part of an answer:
 * glue that is not in it is read, and put where it was missed.
 *
 * Owner:   the scratch embeds shapes. Threads: one at a time.
 */
#ifndef VG_INGEST_GLUE_H
#define VG_INGEST_GLUE_H

#include "core/slice.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

enum {
	VG_GLUE_MAX = 32,   /* bytes; longer ones are read each time       */
	VG_SHAPE_MAX = 32,  /* glues of a shape; one more, and it is empty */
	VG_SHAPE_AHEAD = 4, /* members that an object may leave out at once */
};

struct vg_glue {
	char text[VG_GLUE_MAX];
	uint8_t n, name_at, name_n; /* bytes; the name's place in it */
	uint16_t tag;		    /* what its reader knows by the name */
};

struct vg_shape {
	struct vg_glue glue[VG_SHAPE_MAX];
	unsigned n;
};

/* True when the bytes at `p`, before `end`, begin with `g`. */
static inline bool vg_glue_is(const struct vg_glue *g, const char *p,
			      const char *end)
{
	if (g->n > end - p)
		return false;
#if defined(__SSE2__)
	if (end - p >= VG_GLUE_MAX) {
		const __m128i *a = (const __m128i *)(const void *)p,
			      *b = (const __m128i *)(const void *)g->text;
		unsigned low = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(
				 _mm_loadu_si128(a), _mm_loadu_si128(b))),
			 high = (unsigned)_mm_movemask_epi8(
				 _mm_cmpeq_epi8(_mm_loadu_si128(a + 1),
						_mm_loadu_si128(b + 1)));
		uint64_t differ = ~((uint64_t)high << 16 | low);

		return (differ & ((UINT64_C(1) << g->n) - 1)) == 0;
	}
#endif
	return memcmp(p, g->text, g->n) == 0;
}

/* The glue at `p`, when it is of the next of the shape behind *at, which moves
 * past it; NULL when it has to be read. */
static inline const struct vg_glue *vg_shape_next(const struct vg_shape *s,
						  unsigned *at, const char *p,
						  const char *end)
{
	for (unsigned i = *at; i < s->n && i < *at + VG_SHAPE_AHEAD; i++) {
		if (!vg_glue_is(&s->glue[i], p, end))
			continue;
		*at = i + 1;
		return &s->glue[i];
	}
	return NULL;
}

/* Put glue that was read, with `name` in it, where *at missed it, and move *at
 * past it. */
void vg_shape_learn(struct vg_shape *s, unsigned *at, struct vg_slice glue,
		    struct vg_slice name, uint16_t tag);

#endif
