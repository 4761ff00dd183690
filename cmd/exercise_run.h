/*
 * exercise_run - an exercise being played: its topics, the roles ingest and
 * alert over them, and what sends its records in their time.
 *
 * Owner:   the caller; world and file outlive it.
 * Threads: one at a time; ingest has its own.
 * Time:    of the clock given.
 */
#ifndef VG_CMD_EXERCISE_RUN_H
#define VG_CMD_EXERCISE_RUN_H

#include "cmd/exercise_file.h"
#include "cmd/world.h"
#include "core/log.h"

struct vg_exercise_run;

struct vg_exercise_run_opts {
	struct vg_world *world; /* of vg_world_init_exercise() */
	const struct vg_exercise_file *file;
	const struct vg_log *log;
	struct vg_clock clock;
	int64_t speed; /* times as fast as written; 0: at once */
	int64_t start_ms;
};

/* Make the topics and start ingest. Freed with _free(), NULL allowed: ingest
 * has ended then, and what it counted stays. */
enum vg_rc vg_exercise_run_new(struct vg_exercise_run **out,
			       const struct vg_exercise_run_opts *o,
			       struct vg_err *err) VG_MUST_CHECK;
void vg_exercise_run_free(struct vg_exercise_run *r);

/* Send what is due, follow, judge; some 20 ms. VG_RETRY: a peer is away, and
 * nothing is lost. */
enum vg_rc vg_exercise_run_step(struct vg_exercise_run *r,
				struct vg_err *err) VG_MUST_CHECK;

struct vg_exercise_at {
	int64_t sent, counted; /* records */
	int64_t at_ms;	       /* offset that has been reached */
	bool done;	       /* all is sent, counted and judged */
};

/* How far it is. */
struct vg_exercise_at vg_exercise_run_at(const struct vg_exercise_run *r);

#endif
