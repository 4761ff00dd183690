/*
 * canonical_read - typed reading of one JSON value, with the reason when it is
 * refused. Private to the canonical decoder.
 *
 * Every vg_read_*() returns true and sets its output, or refuses the record
 * and returns false with its output untouched. `member` names the value in
 * the reason: it is a text of ours, never the partner's.
 *
 * Owner:   the reading borrows all that it points to. Threads: one at a time.
 */
#ifndef VG_INGEST_CANONICAL_READ_H
#define VG_INGEST_CANONICAL_READ_H

#include "core/vocab.h"
#include "ingest/decode.h"
#include "ingest/scratch.h"

struct vg_reading {
	struct vg_scratch *s;
	const struct vg_config *cfg;
	const struct vg_partner *partner; /* whose record it is, or NULL */
	struct vg_event *e;
	struct vg_decoded *out;
	int element;	      /* position in the list being read, or -1 */
	struct vg_slice name; /* of that element, under `fields`        */
	uint64_t keys;	      /* native: bits of the root's names, or 0 */
};

/* Set verdict and reason; false, so that a refusal reads
 * `return vg_refuse(r, ...)`. */
bool vg_refuse(struct vg_reading *r, enum vg_verdict v, const char *fmt, ...)
	VG_PRINTF(3, 4);

/* Token `i`. */
static inline const struct vg_json_tok *vg_tok(const struct vg_reading *r,
					       uint32_t i)
{
	return &r->s->json.tok[i];
}

/* R_TYPE unless token `i` is of `type`. */
bool vg_read_type(struct vg_reading *r, uint32_t i, enum vg_json_type type,
		  const char *member);

/* Room for `n` bytes of scratch, or NULL. */
char *vg_scratch_room(struct vg_scratch *s, size_t n);

/* For vg_read_raw(): a string with escapes, placed in scratch. */
bool vg_read_escaped(struct vg_reading *r, uint32_t i, const char *member,
		     struct vg_slice *out);

/* The text of string token `i` (a value or a key), unescaped. False only when
 * scratch is full, then refused. */
static inline bool vg_read_raw(struct vg_reading *r, uint32_t i,
			       const char *member, struct vg_slice *out)
{
	const struct vg_json_tok *t = vg_tok(r, i);

	if (t->escaped)
		return vg_read_escaped(r, i, member, out);
	out->p = r->s->json.text + t->start;
	out->n = t->len;
	return true;
}

/* A string of any length and content. */
bool vg_read_text(struct vg_reading *r, uint32_t i, const char *member,
		  struct vg_slice *out);

/* A name: a string of 1..`max` bytes without control characters. */
bool vg_read_name(struct vg_reading *r, uint32_t i, const char *member,
		  uint32_t max, struct vg_slice *out);

/* The same check of a text already read. */
bool vg_check_name(struct vg_reading *r, struct vg_slice text,
		   const char *member, uint32_t max);

/* A word of a closed list, as its index. */
bool vg_read_word(struct vg_reading *r, uint32_t i, const char *member,
		  enum vg_vocab list, int *out);

/* A whole number from `min` to `max`; 5.0 is 5. */
bool vg_read_int(struct vg_reading *r, uint32_t i, const char *member,
		 const int64_t range[2], int64_t *out);

/* An instant: RFC 3339 text, or a number since 1970 (below 1e11 seconds, else
 * ms; a fraction is rounded to the nearest ms). */
bool vg_read_time(struct vg_reading *r, uint32_t i, const char *member,
		  int64_t *ms);

#endif
