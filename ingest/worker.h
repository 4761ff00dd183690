/*
 * worker - the threads that decode, admit, count and commit. Private to ingest.
 *
 * Each has a queue of lanes, a Redis connection and scratch memory of its own.
 * A lane always goes to the same worker.
 */
#ifndef VG_INGEST_WORKER_H
#define VG_INGEST_WORKER_H

#include "ingest/deadletter.h"
#include "ingest/lane.h"

struct vg_workers;

struct vg_workers_env {
	const struct vg_part_env *part;
	struct vg_dead *dead;
	rd_kafka_t *consumer; /* to ask for a partition's bounds */
	bool init;	      /* may start where the log was cut  */
	_Atomic int64_t *tracks_below_ms;
};

/* Start `n` threads. */
enum vg_rc vg_workers_new(struct vg_workers **out,
			  const struct vg_workers_env *env, size_t n,
			  struct vg_err *err) VG_MUST_CHECK;

/* End the threads after what they have, and free. NULL is allowed. */
void vg_workers_free(struct vg_workers *w);

/* Open lanes under `part` from here on. Every lane must be closed. */
void vg_workers_plan(struct vg_workers *w, const struct vg_part_env *part);

/* While `on`, what waits in the queues comes back undone (VG_DROP), but for
 * closing: the stored offset still says where to read on. What a worker has in
 * hand it ends. */
void vg_workers_hurry(struct vg_workers *w, bool on);

/* Hand `lane` over with `job`. */
void vg_workers_give(struct vg_workers *w, struct vg_lane *lane,
		     enum vg_lane_job job);

/* A lane that is done, or NULL; waits up to `wait_ms` for one. */
struct vg_lane *vg_workers_take(struct vg_workers *w, int64_t wait_ms);

/* Open the lane's part and say where to read on; on the calling thread. */
enum vg_rc vg_lane_open(struct vg_lane *lane, const struct vg_workers_env *env,
			struct vg_store *store,
			struct vg_err *err) VG_MUST_CHECK;

/* Have `admit` know the ids of the `span` offsets before `below`, as the part
 * last read them. */
enum vg_rc vg_lane_seed(const struct vg_lane *lane, struct vg_admit *admit,
			int64_t span, int64_t below,
			struct vg_err *err) VG_MUST_CHECK;

/* Free part and admitter. */
void vg_lane_close(struct vg_lane *lane);

#endif
