/*
 * record - what every decoder of JSON starts with: an empty event, and the
 * record's bytes as one strict JSON object. Private to the decoders.
 *
 * Threads: one at a time a reading.
 */
#ifndef VG_INGEST_RECORD_H
#define VG_INGEST_RECORD_H

#include "ingest/canonical_read.h"

/* Scalars to absent or to their default; lists need no more than a count. */
void vg_event_clear(struct vg_event *e);

/* Size and form, up to a document that is an object; false when refused. */
bool vg_record_parse(struct vg_reading *r, struct vg_slice record);

/* The same for a text that is no longer than the scratch holds: without the
 * bounds of a record, which were the caller's. */
bool vg_record_parse_text(struct vg_reading *r, struct vg_slice text);

#endif
