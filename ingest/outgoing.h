/*
 * outgoing - records that vigie itself sends to topics: what receivers of type
 * kafka are told, and what people do.
 *
 * Threads: vg_outgoing_send() from any; librdkafka has its own.
 */
#ifndef VG_INGEST_OUTGOING_H
#define VG_INGEST_OUTGOING_H

#include "core/config.h"

enum { VG_OUTGOING_MAX = 128 };

struct vg_outgoing;

struct vg_outgoing_record {
	const char *topic;
	struct vg_slice key, value;
	const char *id;	 /* header vigie-notification; NULL: none */
	int64_t time_ms; /* the record's; 0: now                  */
};

/* A producer. Freed with _free(); NULL is allowed. */
enum vg_rc vg_outgoing_new(struct vg_outgoing **out,
			   const struct vg_config *cfg,
			   struct vg_err *err) VG_MUST_CHECK;
void vg_outgoing_free(struct vg_outgoing *o);

/* Ask for a topic of one partition whose records stay for ever, and wait for
 * the answer. Whatever it is, VG_OK: the topic may be there already, or be
 * another's to make; what matters is each record's delivery. VG_RETRY when
 * there is none within `timeout_ms`. */
enum vg_rc vg_outgoing_keep_for_ever(struct vg_outgoing *o, const char *topic,
				     int64_t timeout_ms,
				     struct vg_err *err) VG_MUST_CHECK;

/* Send at most VG_OUTGOING_MAX records and wait until the brokers have
 * acknowledged all: VG_RETRY when one was not, within about `timeout_ms`. */
enum vg_rc vg_outgoing_send(struct vg_outgoing *o,
			    const struct vg_outgoing_record *record, size_t n,
			    int64_t timeout_ms,
			    struct vg_err *err) VG_MUST_CHECK;

#endif
