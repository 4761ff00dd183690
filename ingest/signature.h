/*
 * signature - is a record signed as its partner's configuration asks?
 *
 * A function of the record, its timestamp and the configuration: which keys are
 * good is asked of the record's time, never of a clock, so that the past is
 * judged as it was.
 *
 * Threads: pure.
 */
#ifndef VG_INGEST_SIGNATURE_H
#define VG_INGEST_SIGNATURE_H

#include "core/config.h"
#include "ingest/decode.h"

#define VG_SIGNATURE_HEADER "vigie-sig"

struct vg_signed {
	struct vg_slice record;
	struct vg_slice header; /* of the first VG_SIGNATURE_HEADER */
	int n_headers;		/* that there are                   */
	int64_t ref_ms;		/* the record's timestamp           */
};

/* True when records of `p` have to be judged at all. */
bool vg_signature_matters(const struct vg_partner *p);

/* VG_VERDICT_COUNTED when nothing is wrong with it; else R_SIGNATURE or
 * R_UNSIGNED, with the reason in `reason` of `cap` bytes. */
enum vg_verdict vg_signature_judge(const struct vg_partner *p,
				   const struct vg_signed *s, char *reason,
				   size_t cap);

#endif
