/*
 * ingest - the consumer group member: from the partners' topics to commits.
 *
 * One thread (vg_ingest_run) polls Kafka and owns assignment; `ingest_workers`
 * threads decode, admit, count and commit, each partition always on the same
 * one, over a Redis connection of its own. A rebalance drains the partition's
 * worker before the partition is let go. A commit that is not VG_OK frees the
 * part, opens it again and seeks to the stored offset.
 *
 * Threads: run by one thread; stop from any.
 */
#ifndef VG_INGEST_INGEST_H
#define VG_INGEST_INGEST_H

#include "aggregate/part.h"
#include "core/log.h"
#include "core/supervisor.h"

struct vg_ingest;

struct vg_ingest_opts {
	const struct vg_part_env *env;
	const struct vg_log *log;
	struct vg_clock clock;
	bool init; /* start where no offset is stored though the log does
		    * not begin at 0 */
	_Atomic int64_t *beat; /* NULL, or counted with each round of run */
};

/* A member that has not joined yet. VG_INVAL when Kafka's settings are refused.
 * Freed with _free() after run has returned; NULL is allowed. */
enum vg_rc vg_ingest_new(struct vg_ingest **out,
			 const struct vg_ingest_opts *opts,
			 struct vg_err *err) VG_MUST_CHECK;
void vg_ingest_free(struct vg_ingest *g);

/* Consume until vg_ingest_stop(): VG_OK then, VG_FATAL when it cannot go on. */
enum vg_rc vg_ingest_run(struct vg_ingest *g, struct vg_err *err) VG_MUST_CHECK;

/* Any thread: have run go on under `env`, which outlives it or the next such
 * call's being heeded. */
void vg_ingest_plan(struct vg_ingest *g, const struct vg_part_env *env);

/* True once that is so. */
bool vg_ingest_is_planned(const struct vg_ingest *g,
			  const struct vg_part_env *env);

/* Ask run to drain, leave the group and return. */
void vg_ingest_stop(struct vg_ingest *g);

#endif
