/*
 * group - the member of the consumer group: its lanes and where they read.
 * Private to ingest; one thread.
 *
 * One primitive moves reading: vg_group_reassign() gives librdkafka the whole
 * list of ready lanes with explicit offsets. Seek and pause are not used: they
 * lose or repeat records in 2.0.2 when a rebalance runs beside them. What
 * comes twice is dropped by its offset.
 */
#ifndef VG_INGEST_GROUP_H
#define VG_INGEST_GROUP_H

#include "ingest/ingest.h"
#include "ingest/worker.h"

/* By whom we are refused: nobody, all brokers, or the topics of some slots. */
struct vg_refusals {
	int e; /* rd_kafka_resp_err_t of the whole client's, 0: none */
	uint64_t topics;
	int64_t said_ms, wide_ms;
};

struct vg_group {
	const struct vg_ingest_opts *opts;
	rd_kafka_t *rk;
	struct vg_workers *workers;
	struct vg_lane **lane;
	size_t n_lanes;
	size_t found; /* the lane of the record before: often the next one's */
	size_t records;	     /* gathered and in work, over all lanes        */
	bool dirty;	     /* the set of ready lanes, or a place, changed */
	struct vg_err fatal; /* the client cannot go on: rc is not VG_OK */
	uint64_t warned_topics; /* bit: slot's topic was warned about  */
	struct vg_refusals refusals;
};

/* Make the consumer; it joins nothing yet. */
enum vg_rc vg_group_make(struct vg_group *g, struct vg_err *err) VG_MUST_CHECK;

/* Subscribe to the partners' topics. */
enum vg_rc vg_group_subscribe(struct vg_group *g,
			      struct vg_err *err) VG_MUST_CHECK;

/* Leave the group; every lane must be gone or goes now. */
void vg_group_leave(struct vg_group *g);

/* Take one record, or another message, from the consumer. */
void vg_group_take(struct vg_group *g, rd_kafka_message_t *m);

/* A lane came back from its worker. */
void vg_group_done(struct vg_group *g, struct vg_lane *lane);

/* Hand out what is due, open what has waited, and reassign when needed. */
void vg_group_tend(struct vg_group *g);

/* True when a full lane waits for its worker: take no more for now. */
bool vg_group_is_full(const struct vg_group *g);

/* Wait until no lane is with a worker. The whole group waits for us meanwhile,
 * so after as long as Redis has to answer one call, what still waits for a
 * worker is left undone: many lanes and a hung Redis must not add up to
 * max.poll.interval.ms. */
void vg_group_drain(struct vg_group *g);

/* Let every lane go on under `env`: what is in work is ended, and each is
 * opened again where it stands. */
void vg_group_plan(struct vg_group *g, const struct vg_part_env *env);

/* Tell the group's coordinator how far we are: a hint for tools about lag. */
void vg_group_hint(struct vg_group *g);

/* Say which lanes have sent dead letters or leapt in time: a line or two a
 * minute for each, or, when this is the end of them, whatever is unsaid. */
void vg_group_say(struct vg_group *g, bool is_end);

/* The brokers answered `e`: when that is a refusal of us (of `topic`, or NULL)
 * say so, once, with what to do. False when it is none. */
bool vg_group_refuse(struct vg_group *g, const char *topic, int e,
		     const char *why);

/* The brokers gave something of `lane`: they refuse it no longer. */
void vg_group_accept(struct vg_group *g, const struct vg_lane *lane);

/* Forget a refusal that has not come again. */
void vg_group_expire(struct vg_group *g);

/* Count no more of `lane`, which is not busy, until someone decides. */
void vg_lane_hold(struct vg_group *g, struct vg_lane *lane, const char *why);

/* Have `lane`, which is not busy, opened again soon, for the reason `why`. */
void vg_lane_reopen(struct vg_group *g, struct vg_lane *lane,
		    enum vg_log_event event, const char *why);

/* Drop what a lane has gathered. */
void vg_lane_forget(struct vg_group *g, struct vg_lane *lane);

#endif
