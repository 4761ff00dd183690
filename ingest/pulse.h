/*
 * pulse - what ingest says and asks beside the counting, on a thread and a
 * Redis connection of its own: each half second the heartbeat of every owned
 * partition, whether Redis still has of it what was committed, and the log time
 * below which tracks may be swept: the smallest over all partitions, and not
 * beyond what the rules have judged (`rule.wait`); now and then, which
 * partitions there are. Private to ingest.
 *
 * Threads: set from the poller; the rest is the pulse's own.
 */
#ifndef VG_INGEST_PULSE_H
#define VG_INGEST_PULSE_H

#include "aggregate/heartbeat.h"
#include "core/clock.h"
#include "core/log.h"

#include <librdkafka/rdkafka.h>

struct vg_part_env;
struct vg_partner;
struct vg_pulse;

struct vg_beat {
	const struct vg_partner *partner;
	int32_t partition;
	int64_t high; /* the broker's end, as far as it matters: when all
		       * records are counted, the stored offset         */
	struct vg_part_place place; /* committed; epoch 0: not known just now,
				     * as a batch is in work               */
};

struct vg_pulse_opts {
	const struct vg_part_env *env;
	const struct vg_log *log; /* NULL: silence */
	struct vg_clock clock;
	rd_kafka_t *rk; /* to ask which partitions there are; NULL: do not.
			 * It must outlive the pulse                       */
	_Atomic int64_t *tracks_below_ms; /* where the answer goes */
};

/* Start the thread. */
enum vg_rc vg_pulse_new(struct vg_pulse **out, const struct vg_pulse_opts *opts,
			struct vg_err *err) VG_MUST_CHECK;

/* End the thread and free; NULL is allowed. */
void vg_pulse_free(struct vg_pulse *p);

/* Replace what to say; at most VG_PARTITIONS_MAX. While not `all_known`, some
 * partition of ours was not opened yet: Redis may not know of it, and nothing
 * is swept. */
void vg_pulse_set(struct vg_pulse *p, const struct vg_beat *beat, size_t n,
		  bool all_known);

/* True, once, when Redis was found to be behind `beat->place` or an earlier
 * place of the same epoch: it lost what it had acknowledged. A partition to
 * which nothing new comes would not hear of that from a commit. */
bool vg_pulse_take_behind(struct vg_pulse *p, const struct vg_beat *beat);

#endif
