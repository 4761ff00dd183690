/*
 * from_log - the events of the live topics from some place to their ends, as
 * ingest admits them, for a back-test: read by the bounded log reader, without
 * a consumer group, so that nothing live is touched.
 *
 * `from` is a time (records with that timestamp and later), or places:
 * "alerts.ma:0=1200,alerts.ma:1=0"; a partition that is not named is read from
 * its start. Up to dedup_span records before it are read too, so that ids and
 * log time there are what they were. What recalls have made of the records is
 * what the service did, as Redis has it; Redis is asked for nothing else, and
 * not needed where nobody recalled anything.
 *
 * Threads: one at a time.
 */
#ifndef VG_CMD_FROM_LOG_H
#define VG_CMD_FROM_LOG_H

#include "cmd/history.h"

/* What is read. */
struct vg_from_log {
	struct vg_admit_env env;
	int64_t reach_ms, horizon_ms; /* as in vg_history_init() */
	/* Take an event that rules count, of `partner`. */
	enum vg_rc (*take)(void *ctx, const struct vg_event *e,
			   const struct vg_partner *partner,
			   struct vg_err *err);
	void *ctx;
	int64_t spare_ms; /* of that event: see vg_replay_spare() */
	int64_t lines, tally[VG_VERDICT_N]; /* set */
	int64_t unapplied; /* set: recalls that the service has not come to */
	bool forgotten; /* set: what some recalls did is not known any more */
};

/* Read all topics. VG_INVAL for a `from` that is none, VG_RETRY when the
 * brokers are away, or Redis where something was recalled. */
enum vg_rc vg_from_log_read(struct vg_from_log *f, const char *from,
			    struct vg_err *err) VG_MUST_CHECK;

#endif
