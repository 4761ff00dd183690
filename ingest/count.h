/*
 * count - one batch of one lane: decode, admit, count, keep the rejected,
 * commit. Private to ingest.
 */
#ifndef VG_INGEST_COUNT_H
#define VG_INGEST_COUNT_H

#include "ingest/place.h"
#include "ingest/worker.h"

struct vg_log_reader;

struct vg_counter {
	const struct vg_workers_env *env;
	struct vg_scratch *scratch;
	const struct vg_decoder *decoder; /* of the lane's partner */
	struct vg_dead_wait dead;
	struct vg_event event;
	struct vg_decoded decoded;
	struct vg_log_reader *reader; /* for recalls; made when first needed */
	char place[VG_PLACE_ID]; /* the event's id, when its format has none */
};

/* Hash of a record, by which a recreated topic is known. */
uint64_t vg_record_hash(const uint8_t *key, const rd_kafka_message_t *m);

/* Count lane->working and commit it. The codes are vg_part_commit()'s. */
enum vg_rc vg_count_batch(struct vg_counter *c, struct vg_lane *lane,
			  struct vg_err *err) VG_MUST_CHECK;

#endif
