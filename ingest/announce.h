/*
 * announce - tell readers which partitions there are, whoever owns them.
 * Private to ingest.
 *
 * vg_part_open() adds a partition to vg:{vg}:parts when its owner opens it. One
 * that nobody has opened yet would be missing there, and readers would take
 * what the others hold for all there is.
 */
#ifndef VG_INGEST_ANNOUNCE_H
#define VG_INGEST_ANNOUNCE_H

#include "aggregate/store.h"

#include <librdkafka/rdkafka.h>

/* Add every partition of the partners' topics that the brokers know of. `rk`
 * must not make topics by asking for them. VG_RETRY when a broker or Redis does
 * not answer; waits up to a second for each topic. */
enum vg_rc vg_announce_parts(struct vg_store *store, rd_kafka_t *rk,
			     const struct vg_config *cfg,
			     struct vg_err *err) VG_MUST_CHECK;

#endif
