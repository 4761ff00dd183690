/*
 * broker - librdkafka's mock cluster as a process, for trying out only: it
 * keeps at most 5 MB or 100,000 records a partition, in memory.
 */
#ifndef VG_INGEST_BROKER_H
#define VG_INGEST_BROKER_H

#include "core/err.h"

struct vg_mock_broker;

/* Start a one-broker cluster on a loopback port of its choosing, with topic
 * `topics[i]` of `partitions` partitions each. */
enum vg_rc vg_mock_broker_new(struct vg_mock_broker **out,
			      const char *const *topics, int n_topics,
			      int partitions, struct vg_err *err) VG_MUST_CHECK;
void vg_mock_broker_free(struct vg_mock_broker *b);

/* "127.0.0.1:port". */
const char *vg_mock_broker_address(const struct vg_mock_broker *b);

#endif
