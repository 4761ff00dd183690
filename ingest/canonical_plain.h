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
	while (p < f->end &&
	       (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t'))
		p++;
	return p;
}

/* Past the character `c` and the white space around it; NULL when it is
 * another. */
static inline const char *vg_plain_char(const struct vg_plain *f, const char *p,
					char c)
{
	p = vg_plain_space(f, p);
	return p < f->end && *p == c ? vg_plain_space(f, p + 1) : NULL;
}

/* The text of a string at `p`, and the place behind its closing quote. */
const char *vg_plain_text(const struct vg_plain *f, const char *p,
			  struct vg_slice *out);

#endif
