/*
 * canonical - the decoder of the canonical JSON event, version 1 (design: "The
 * event"; for partners: docs/event-schema.md).
 *
 * Members are judged in the order in which the record has them, and the first
 * fault decides; members that are missing are looked for last. A member that
 * is null counts as absent.
 *
 * Threads: one at a time a scratch.
 */
#ifndef VG_INGEST_CANONICAL_H
#define VG_INGEST_CANONICAL_H

#include "ingest/decode.h"

/* As vg_decoder.decode. */
void vg_canonical_decode(struct vg_scratch *s, const struct vg_config *cfg,
			 const struct vg_partner *partner,
			 struct vg_slice record, struct vg_event *e,
			 struct vg_decoded *out);

/* The same by the strict reader alone, which gives every fault its reason.
 * What is plain (ingest/canonical_plain.h) does not come here otherwise. */
void vg_canonical_strict(struct vg_scratch *s, const struct vg_config *cfg,
			 const struct vg_partner *partner,
			 struct vg_slice record, struct vg_event *e,
			 struct vg_decoded *out);

/* True when `record` is a valid event in plain form; *e is then what the strict
 * reader makes of it. False says nothing of the record, and *e is undefined. */
bool vg_canonical_plain(struct vg_scratch *s, const struct vg_config *cfg,
			struct vg_slice record, struct vg_event *e);

#endif
