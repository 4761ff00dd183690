/*
 * canonical_plain - the members of a canonical event as nearly all sensors
 * write them, read straight from the record's bytes. Private to the canonical
 * decoder.
 *
 * Plain is: printable ASCII without escapes, no member twice, no null, whole
 * numbers as digits, all of it valid. Each vg_plain_*() reads the member's
 * value at `p` into f->e and returns the place behind it; NULL says that the
 * value is not plain, which is no verdict: the strict reader then reads the
 * record from its beginning. Whatever is read here must be read there to the
 * same event (test_canonical_plain and fuzz_plain hold the two equal).
 *
 * Owner:   borrows all that it points to. Threads: one at a time a scratch.
 */
#ifndef VG_INGEST_CANONICAL_PLAIN_H
#define VG_INGEST_CANONICAL_PLAIN_H

#include "aggregate/event.h"
#include "ingest/scratch.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

struct vg_config;

struct vg_plain {
	const char *end; /* of the record */
	struct vg_scratch *s;
	const struct vg_config *cfg;
	struct vg_event *e;
};

/* The reader of one member's value. */
typedef const char *vg_plain_take(struct vg_plain *f, const char *p);

vg_plain_take vg_plain_id, vg_plain_time, vg_plain_partner, vg_plain_sensor,
	vg_plain_sensor_kind, vg_plain_country, vg_plain_source_country,
	vg_plain_actor, vg_plain_category, vg_plain_technique,
	vg_plain_severity, vg_plain_confidence, vg_plain_sector, vg_plain_tlp,
	vg_plain_releasable, vg_plain_count, vg_plain_origin,
	vg_plain_indicators, vg_plain_fields;

/* Past the white space at `p`. */
static inline const char *vg_plain_space(const struct vg_plain *f,
					 const char *p)
{
	/* One look ends it where there is none, as nearly everywhere. */
	while (p < f->end && (unsigned char)*p <= ' ' &&
	       (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t'))
		p++;
	return p;
}

/* Past the comma at `p` to the next element; *over when it is `close` instead,
 * which is passed as well. NULL when it is neither. */
static inline const char *vg_plain_more(const struct vg_plain *f, const char *p,
					char close, bool *over)
{
	*over = false;
	p = vg_plain_space(f, p);
	if (p >= f->end)
		return NULL;
	*over = *p == close;
	if (*over)
		return p + 1;
	return *p == ',' ? vg_plain_space(f, p + 1) : NULL;
}

/* Past the character `c` and the white space around it; NULL when it is
 * another. */
static inline const char *vg_plain_char(const struct vg_plain *f, const char *p,
					char c)
{
	p = vg_plain_space(f, p);
	return p < f->end && *p == c ? vg_plain_space(f, p + 1) : NULL;
}

/* Part of a text as it is. */
static inline bool vg_plain_printable(char c)
{
	return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

/* The first byte at or after `p` that is not printable ASCII, or a quote or a
 * backslash. */
static inline const char *vg_plain_end(const char *p, const char *end)
{
#if defined(__SSE2__)
	while (end - p >= 16) {
		__m128i x = _mm_loadu_si128((const __m128i *)(const void *)p);
		/* Signed: what is not ASCII is below 0x20, too. */
		__m128i mark = _mm_or_si128(
			_mm_or_si128(_mm_cmplt_epi8(x, _mm_set1_epi8(0x20)),
				     _mm_cmpeq_epi8(x, _mm_set1_epi8('"'))),
			_mm_or_si128(_mm_cmpeq_epi8(x, _mm_set1_epi8('\\')),
				     _mm_cmpeq_epi8(x, _mm_set1_epi8(0x7f))));
		unsigned bits = (unsigned)_mm_movemask_epi8(mark);

		if (bits != 0)
			return p + __builtin_ctz(bits);
		p += 16;
	}
#endif
	while (p < end && vg_plain_printable(*p))
		p++;
	return p;
}

/* The text of a string at `p`; the place behind its closing quote. */
static inline const char *vg_plain_text(const struct vg_plain *f, const char *p,
					struct vg_slice *out)
{
	const char *close;

	if (p >= f->end || *p != '"')
		return NULL;
	close = vg_plain_end(p + 1, f->end);
	if (close >= f->end || *close != '"')
		return NULL;
	*out = (struct vg_slice){.p = p + 1, .n = (uint32_t)(close - p - 1)};
	return close + 1;
}

/* A text of 1..`max` bytes. */
static inline const char *vg_plain_name(const struct vg_plain *f, const char *p,
					uint32_t max, struct vg_slice *out)
{
	p = vg_plain_text(f, p, out);
	return p != NULL && out->n > 0 && out->n <= max ? p : NULL;
}

#endif
