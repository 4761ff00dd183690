/*
 * deadletter - rejected records, whole, to <dead_prefix><partner>, each
 * acknowledged before the batch is committed. Those of the canonical format
 * are unchanged; in those of other systems' formats credentials are masked
 * (ingest/mask.h), and a header vigie-masked says when one was.
 *
 * At least once: after a rewind a record may be there twice; the headers
 * vigie-topic, vigie-partition and vigie-offset tell copies. Further headers:
 * vigie-reason (the account's name) and vigie-detail.
 *
 * Threads: any; each worker has a struct vg_dead_wait of its own.
 */
#ifndef VG_INGEST_DEADLETTER_H
#define VG_INGEST_DEADLETTER_H

#include "aggregate/verdict.h"
#include "core/config.h"

#include <librdkafka/rdkafka.h>

struct vg_metrics;
struct vg_dead;

struct vg_dead_wait {
	_Atomic int64_t pending, failed;
	_Atomic int why; /* rd_kafka_resp_err_t of the last that failed */
};

/* A producer for all workers; the topics are asked for, each with one
 * partition and kept for 30 days. Freed with _free(); NULL is allowed. */
enum vg_rc vg_dead_new(struct vg_dead **out, const struct vg_config *cfg,
		       struct vg_metrics *metrics,
		       struct vg_err *err) VG_MUST_CHECK;

/* Name of the topic of `partner`'s dead letters, 256 bytes, and how long they
 * are kept there: `retention.ms`, 32 bytes. */
void vg_dead_topic(char *out, const struct vg_config *cfg,
		   const struct vg_partner *partner);
void vg_dead_retention(char *out, const struct vg_partner *partner);

/* Free `d`; nothing may wait on it. */
void vg_dead_free(struct vg_dead *d);

/* Log in with the password of `l` from the next connection on. */
struct vg_login;
void vg_dead_login(struct vg_dead *d, const struct vg_login *l);

struct vg_dead_letter {
	const struct vg_partner *partner;
	const rd_kafka_message_t *message;
	enum vg_verdict verdict;
	const char *detail;
};

/* Send one record; its acknowledgement counts in `w`. */
enum vg_rc vg_dead_send(struct vg_dead *d, struct vg_dead_wait *w,
			const struct vg_dead_letter *letter,
			struct vg_err *err) VG_MUST_CHECK;

/* Wait until all that was sent with `w` is acknowledged: VG_RETRY when some
 * was not. */
enum vg_rc vg_dead_settle(struct vg_dead *d, struct vg_dead_wait *w,
			  struct vg_err *err) VG_MUST_CHECK;

#endif
