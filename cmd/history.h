/*
 * history - a file of canonical events as the topics they would have been in:
 * decoded, admitted and judged for lateness as ingest does.
 *
 * A line's `partner` names its topic, which has one partition; its record time
 * is the optional member `record_time`, else `time`.
 *
 * Owner:   the caller embeds it. Threads: one at a time.
 */
#ifndef VG_CMD_HISTORY_H
#define VG_CMD_HISTORY_H

#include "core/config.h"
#include "ingest/admit.h"

#include <stdio.h>

struct vg_history_topic {
	struct vg_admit *admit;
	int64_t offset, log_ms;
	int64_t horizon_ms; /* older than the log time by it: out of rules */
	bool by_rule;	    /* that is of the longest window alone       */
};

struct vg_history {
	const struct vg_config *cfg;
	const struct vg_decoder *decoder;
	struct vg_scratch *scratch;
	struct vg_history_topic *topic; /* one a partner */
	FILE *in;
	char *line;
	size_t cap;
	struct vg_event event;
	int64_t spare_ms;		  /* of it: see vg_replay_spare() */
	const struct vg_partner *partner; /* of the event */
	int64_t lines, tally[VG_VERDICT_N];
	const char *what;  /* are the lines, for the report; NULL: lines */
	int64_t first_bad; /* line of the first rejection, 0: none */
	char reason[160];
};

/* Read from `in`. `reach_ms`: the longest window of the rules; `horizon_ms` in
 * place of it and the lateness, -1: none. `env` must outlive it. */
enum vg_rc vg_history_init(struct vg_history *h, const struct vg_admit_env *env,
			   FILE *in, const int64_t reach_horizon_ms[2],
			   struct vg_err *err) VG_MUST_CHECK;
void vg_history_term(struct vg_history *h);

/* The next event that rules count, in h->event, until the call after. *more is
 * false at the end. */
enum vg_rc vg_history_next(struct vg_history *h, bool *more,
			   struct vg_err *err) VG_MUST_CHECK;

/* Say what became of the lines. */
void vg_history_report(const struct vg_history *h, FILE *out);

#endif
