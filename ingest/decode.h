/*
 * decode - a record's bytes to an event: the seam for formats.
 *
 * A format is one row of the decoder table. Decoding checks the form and the
 * values of one record alone: not its partner, time or identity, which are
 * admission's.
 *
 * Owner:   struct vg_scratch is one thread's working memory; an event borrows
 *          from it and from the record until the next decode.
 */
#ifndef VG_INGEST_DECODE_H
#define VG_INGEST_DECODE_H

#include "aggregate/event.h"
#include "aggregate/verdict.h"
#include "core/err.h"

struct vg_config;
struct vg_partner;
struct vg_scratch;

struct vg_decoded {
	enum vg_verdict
		verdict;  /* COUNTED: an event; CONTROL; CANARY; or R_* */
	char reason[128]; /* printable text for a rejection: member and what */
};

struct vg_decoder {
	const char *name; /* "canonical" */
	/* Decode the value of a record of `partner`'s topic (p NULL: none). */
	void (*decode)(struct vg_scratch *s, const struct vg_config *cfg,
		       const struct vg_partner *partner, struct vg_slice record,
		       struct vg_event *e, struct vg_decoded *out);
};

struct vg_decoding { /* what is decoded */
	const struct vg_config *cfg;
	const struct vg_partner *partner;
	struct vg_slice record;
};

/* Working memory for decoders. */
enum vg_rc vg_scratch_new(struct vg_scratch **out,
			  struct vg_err *err) VG_MUST_CHECK;
void vg_scratch_free(struct vg_scratch *s);

/* The decoder of that name, or NULL. */
const struct vg_decoder *vg_decoder_find(const char *name);

/* The decoder of a partner's records; NULL when its format has none. */
const struct vg_decoder *vg_decoder_of(const struct vg_partner *partner);

/* Decode by `d`; what its format does not count and is a control record of the
 * canonical one is CONTROL: a recall is written alike for every format,
 * and so is a CANARY. */
void vg_decode(const struct vg_decoder *d, struct vg_scratch *s,
	       const struct vg_decoding *of, struct vg_event *e,
	       struct vg_decoded *out);

/* Row `i` of the table, NULL past the end. */
const struct vg_decoder *vg_decoder_at(size_t i);

#endif
