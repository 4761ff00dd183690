/*
 * turnover - from one set of rules to the next without a restart.
 *
 * Whoever asks (a signal, the API) has the files read and judged at once; a set
 * that is good waits for main, which takes it through the process: ingest goes
 * on under the new plan, then the view's thread reads the store into a new
 * view and evaluator beside the old ones and changes over when these are level,
 * then readers are shown the new rules. A bad file changes nothing but what the
 * board, the log and the metric say.
 *
 * Owner:   the caller. Threads: as each function says; a lock guards what is
 *          handed from one to the other.
 */
#ifndef VG_CMD_TURNOVER_H
#define VG_CMD_TURNOVER_H

#include "alert/evaluator.h"
#include "cmd/world.h"

struct vg_turnover;

struct vg_turnover_opts {
	const struct vg_world *world;
	const char *const *set; /* the --set overrides */
	size_t n_set;
	const struct vg_log *log;
	const char *owner;	 /* of the alert lease */
	bool follows, evaluates; /* there is a view; and an evaluator */
};

struct vg_ingest;

/* Begin with the world's own set. Freed with _free(), NULL allowed. */
enum vg_rc vg_turnover_new(struct vg_turnover **out,
			   const struct vg_turnover_opts *opts,
			   struct vg_err *err) VG_MUST_CHECK;
void vg_turnover_free(struct vg_turnover *t);

/* Before main waits for signals: ingest is taken along. */
void vg_turnover_with(struct vg_turnover *t, struct vg_ingest *ingest);

/* Where readers find the rules. */
struct vg_board *vg_turnover_board(const struct vg_turnover *t);

/* Any thread: read the files; a good set waits for vg_turnover_run(), which
 * main is then called for by a SIGHUP. *rules: how many it has. VG_INVAL with
 * the place and the remedy: nothing changes. `t` is the turnover. */
enum vg_rc vg_turnover_ask(void *t, size_t *rules,
			   struct vg_err *err) VG_MUST_CHECK;

/* Any thread: what partners keep of their own is `own` now, which is taken over
 * (and what was before is given back in it). The files are those that were
 * read last. Main is called for by a SIGUSR1. */
enum vg_rc vg_turnover_own(struct vg_turnover *t, struct vg_own_docs *own,
			   struct vg_err *err) VG_MUST_CHECK;

/* Main, on SIGHUP, or on SIGUSR1 (`own`): take what waits through the process,
 * after reading the files when nobody did for this SIGHUP. Returns when that is
 * done, or the process is to end. */
void vg_turnover_run(struct vg_turnover *t, bool own);

/* The view's thread, on each turn, before it steps `view`: go on with what
 * main has handed over. On a change `view` has the new plan and *evaluator is
 * the new one. Errors: as vg_view_step(). */
enum vg_rc vg_turnover_follow(struct vg_turnover *t, struct vg_view *view,
			      struct vg_evaluator **evaluator,
			      struct vg_store *store, int64_t now_ms,
			      struct vg_err *err) VG_MUST_CHECK;

#endif
