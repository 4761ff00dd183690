/*
 * publish - a partner's sensor: NDJSON lines to a topic, each acknowledged.
 *
 * Idempotent, acks=all, key = the line's `sensor`. A line that is no JSON
 * object with a string `sensor` is still sent, without a key (what it is worth
 * is ingest's to say), and counted. Time: record timestamp = now, or the
 * line's `time` (record_time event).
 */
#ifndef VG_INGEST_PUBLISH_H
#define VG_INGEST_PUBLISH_H

#include "core/clock.h"
#include "core/config.h"

#include <stdbool.h>
#include <stdio.h>

struct vg_publish_opts {
	const struct vg_config *cfg; /* the brokers and how to reach them */
	/* path "-": standard input; NULL: one canary, sent now */
	const char *topic, *path;
	const struct vg_signer *signer; /* or NULL: unsigned */
	int64_t rate;	 /* records a second, 0: as fast as it goes */
	bool event_time; /* record timestamp from the line's time   */
	FILE *progress;	 /* told when no broker answers, and a bar
			  * when this is a terminal; or NULL        */
	FILE *out;	 /* the final line                          */
	struct vg_clock clock;
};

/* Send the file; VG_INVAL when the brokers refuse us. VG_OK when every line was
 * acknowledged; the final line on `out` says "published N, failed N, unkeyed N,
 * B bytes in S s". */
enum vg_rc vg_publish(const struct vg_publish_opts *o,
		      struct vg_err *err) VG_MUST_CHECK;

#endif
