/*
 * lane - one assigned partition on its way from the poller to its worker and
 * back. Private to ingest.
 *
 * The poller owns a lane except while `busy`: then the worker does, until it
 * puts the lane on the done list. That hand-over, under the pool's lock, is
 * all the synchronisation there is.
 *
 *   OPENING --worker--> READY --records--> (busy, READY) ...
 *      ^                  |
 *      +---- BACKOFF <----+ commit refused or unknown, or no memory
 *   HELD: until an operator decides.  GONE: another owner took it; tried again
 *   when it is still assigned to us two session time-outs later.
 */
#ifndef VG_INGEST_LANE_H
#define VG_INGEST_LANE_H

#include "aggregate/part.h"
#include "core/log.h"
#include "ingest/admit.h"

#include <librdkafka/rdkafka.h>

enum vg_lane_state {
	VG_LANE_OPENING,
	VG_LANE_READY,
	VG_LANE_BACKOFF,
	VG_LANE_HELD,
	VG_LANE_GONE
};

/* What a lane waits for, which may come back by itself. */
enum vg_lane_peer {
	VG_PEER_NONE,
	VG_PEER_REDIS,
	VG_PEER_KAFKA,
	VG_PEER_MEMORY
};

enum vg_lane_job { VG_LANE_OPEN, VG_LANE_BATCH, VG_LANE_FILL, VG_LANE_CLOSE };

struct vg_backfill;

struct vg_batch_of {
	rd_kafka_message_t **m;
	size_t n, bytes;
	int64_t oldest_ms; /* monotonic, of the first one gathered */
};

/* What was past a partner's quotas. */
struct vg_past {
	int64_t records, sensors, actors, indicators, dropped;
};

struct vg_lane {
	const struct vg_partner *partner;
	int32_t partition;
	size_t worker;
	enum vg_lane_state state;
	bool busy;
	struct vg_lane *next; /* in a worker's queue or the done list */

	size_t handed; /* records with the worker; the poller's to know */

	/* What the poller gathers, and what the worker has. */
	struct vg_batch_of gathered, working;

	/* Where to read: set by opening, moved by the poller. */
	int64_t next_offset;  /* of the next record to gather             */
	int64_t check_offset; /* the record before it, or -1: no check    */
	uint64_t check_hash;
	int64_t end_offset; /* as of the last end-of-partition, -1        */
	int64_t high;	    /* the log's end when it was opened           */
	int64_t lag;	    /* records to be counted, as last known       */
	int64_t hinted;	    /* what the coordinator was last told, or -1  */
	bool is_hung;	    /* a transaction holds it back at hung_at     */
	int64_t hung_at;    /* where what is committed ends, or -1        */
	int64_t hung_since_ms;
	bool is_assigned; /* librdkafka reads it from where we want     */
	bool is_known;	  /* it was opened since it was assigned        */
	bool fresh;	  /* no record has come since (re)assignment    */
	bool has_doubted; /* it was read once more for a wrong offset   */

	/* The worker's. */
	struct vg_part *part;
	struct vg_admit *admit;
	struct vg_backfill *fill; /* NULL: none under way */

	/* The worker's answer. */
	enum vg_lane_job job;
	enum vg_rc rc;
	enum vg_refusal refusal;
	struct vg_err err;
	int64_t stored_offset;
	size_t unfilled; /* tracks that miss what came before them  */
	bool fill_waits; /* nothing can be done about it now        */
	int64_t buried;	 /* dead letters sent since the last line about them */
	enum vg_verdict buried_as;  /* the last of them */
	int64_t recalled, narrowed; /* events, since the last line about it */
	struct vg_past past;	    /* the same */
	int64_t jump_from_ms,
		jump_to_ms;		/* log time leapt; equal: it did not */
	struct vg_log_limit jump_lines; /* the poller's, as the next */
	struct vg_log_limit dead_lines; /* the poller's */
	struct vg_log_limit recall_lines, quota_lines;

	int64_t retry_at_ms; /* monotonic: end of the back-off */
	int64_t fill_at_ms;  /* monotonic: no back-fill before  */
	size_t misses;	     /* `unfilled`, as of the last job's end */
	bool is_filling;     /* that it began was said          */
	int64_t backoff_ms;
	bool from_kafka; /* the worker's trouble is Kafka's, not Redis' */
	enum vg_lane_peer away; /* who was said to be away            */
};

#endif
