/*
 * serve_jobs - the threads of the daemon: what each does over and over, and
 * what becomes of it when Redis is away. Private to serve.
 *
 * Owner:   vg_cmd_serve() owns the struct. Threads: a member that names its
 *          thread is that thread's once it runs; `stop` and `failed` are
 *          anybody's.
 */
#ifndef VG_CMD_SERVE_JOBS_H
#define VG_CMD_SERVE_JOBS_H

#include "alert/book.h"
#include "alert/evaluator.h"
#include "alert/people.h"
#include "api/api.h"
#include "cmd/action_role.h"
#include "cmd/event_role.h"
#include "cmd/exercise_watch.h"
#include "cmd/notify_role.h"
#include "cmd/oidc_role.h"
#include "cmd/own_role.h"
#include "cmd/roles.h"
#include "cmd/tell.h"
#include "cmd/turnover.h"
#include "core/supervisor.h"
#include "ingest/ingest.h"

#include <pthread.h>
#include <stdatomic.h>

enum { VG_SERVE_THREADS = 7 };

struct vg_serve;

typedef enum vg_rc vg_step_fn(struct vg_serve *s, struct vg_store *store,
			      struct vg_err *err);

/* What a follower's thread does, over and over. */
struct vg_job {
	struct vg_serve *serve;
	const char *who;
	vg_step_fn *step;
	_Atomic int64_t *beat;
};

struct vg_serve {
	struct vg_world world;
	struct vg_log log;
	struct vg_clock clock;
	struct vg_roles role;
	bool init;
	struct vg_supervisor supervisor;
	struct vg_beats beats;
	char owner[64];		       /* of the alert lease */
	const struct vg_arg_list *set; /* overrides of the file */

	struct vg_ingest *ingest;
	struct vg_turnover *turnover;
	struct vg_evaluator *evaluator; /* the view thread's, once it runs */
	struct vg_view *view;
	struct vg_view_teller teller; /* the view thread's */
	int64_t rules_from_ms; /* its, too: no look at rules before (mono) */
	struct vg_book *book;
	struct vg_people *people;
	struct vg_people_follow follow; /* the book thread's */
	struct vg_action_role *actions;
	struct vg_event_role *events;
	struct vg_exercise_watch *exercise;
	struct vg_api *api;
	struct vg_oidc_role *oidc;     /* NULL: no provider  */
	struct vg_notify_role *notify; /* NULL: nobody is told */
	struct vg_own_role own;	       /* the own thread's     */

	atomic_bool stop, failed;
	pthread_t thread[VG_SERVE_THREADS];
	struct vg_job
		job[VG_SERVE_THREADS]; /* of the thread with that number */
	size_t n_threads;
};

/* One line about what failed, and where. */
void vg_serve_say(const struct vg_serve *s, enum vg_log_event event,
		  const char *who, const struct vg_err *err);

/* A follower's outcome: log each change between away and back, once, and wait
 * before the next try. False when the thread must end. */
bool vg_serve_weather(struct vg_serve *s, const char *who, enum vg_rc rc,
		      const struct vg_err *err, bool *away);

/* What a thread of its own repeats. */
vg_step_fn vg_serve_follow, vg_serve_book, vg_serve_act, vg_serve_exercise,
	vg_serve_own, vg_serve_notify;

/* Repeat `step` in a thread called `who`, until `stop`. Errors: FATAL. */
enum vg_rc vg_serve_job(struct vg_serve *s, const char *who, vg_step_fn *step,
			struct vg_err *err);

/* Poll Kafka in a thread of its own. Errors: FATAL. */
enum vg_rc vg_serve_ingest(struct vg_serve *s, struct vg_err *err);

#endif
