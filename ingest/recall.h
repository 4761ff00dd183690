/*
 * recall - taking back what a sensor has published: the records that a recall
 * reaches are read again, by the same decoder and a fresh admission, and what
 * became of them is corrected. Private to ingest; the worker's thread.
 *
 * A function of the log: the records before the recall's own, and what recalls
 * before it have done (stored with the cells).
 */
#ifndef VG_INGEST_RECALL_H
#define VG_INGEST_RECALL_H

#include "ingest/count.h"

struct vg_recall_sums {
	int64_t recalled, narrowed; /* events */
};

/* Put what the recall `m` does into the lane's batch, which is empty, and its
 * verdict into c->decoded: CONTROL, or R_RECALL_* with a reason and nothing in
 * the batch. `log_ms` is log time with it. VG_RETRY: Kafka or Redis is away. */
enum vg_rc vg_recall_take(struct vg_counter *c, struct vg_lane *lane,
			  const rd_kafka_message_t *m,
			  struct vg_recall_sums *sums,
			  struct vg_err *err) VG_MUST_CHECK;

#endif
