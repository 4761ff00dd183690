/*
 * again - a record of the log read a second time: the event that it was when
 * ingest counted it. What recall and back-tests of the log share; admission is
 * the caller's, with an admitter of its own.
 *
 * A function of the record and the configuration. Threads: one at a time a
 * scratch.
 */
#ifndef VG_INGEST_AGAIN_H
#define VG_INGEST_AGAIN_H

#include "ingest/decode.h"
#include "ingest/log_reader.h"
#include "ingest/place.h"

struct vg_again {
	const struct vg_config *cfg;
	const uint8_t *hash_key;
	const struct vg_partner *partner;
	int32_t partition;
	const struct vg_decoder *decoder; /* of the partner */
	struct vg_scratch *scratch;
	struct vg_event *event; /* of the last record; borrows from it */
	struct vg_decoded *decoded;
	char *place; /* VG_PLACE_ID bytes */
};

/* Read `rec`. True when it is an event; else its verdict is in a->decoded. */
bool vg_again_read(const struct vg_again *a, const struct vg_log_record *rec);

#endif
