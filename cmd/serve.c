/*
 * serve - the roles of the daemon, put together.
 *
 * Threads: main waits for a signal; ingest polls Kafka (and has workers of its
 * own); the view thread follows Redis and, in the alert role, evaluates; the
 * book thread follows the alerts; one watches for an exercise; libmicrohttpd
 * has its pool. Each thread has a Redis connection of its own. A thread that
 * cannot go on raises SIGTERM.
 */
#include "aggregate/slots.h"
#include "alert/book.h"
#include "alert/evaluator.h"
#include "alert/people.h"
#include "api/api.h"
#include "cmd/action_role.h"
#include "cmd/commands.h"
#include "cmd/event_role.h"
#include "cmd/exercise_watch.h"
#include "cmd/notify_role.h"
#include "cmd/oidc_role.h"
#include "cmd/own_role.h"
#include "cmd/report.h"
#include "cmd/roles.h"
#include "cmd/tell.h"
#include "cmd/turnover.h"
#include "core/supervisor.h"
#include "core/thread.h"
#include "ingest/ingest.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { IDLE_MS = 20, OWN_MS = 200, BACKOFF_MS = 250, THREADS = 7 };

struct serve;

typedef enum vg_rc step_fn(struct serve *s, struct vg_store *store,
			   struct vg_err *err);

/* What a follower's thread does, over and over. */
struct job {
	struct serve *serve;
	const char *who;
	step_fn *step;
	_Atomic int64_t *beat;
};

struct serve {
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
	pthread_t thread[THREADS];
	struct job job[THREADS]; /* of the thread with that number */
	size_t n_threads;
};

/* Stop the process from a thread that cannot go on. */
static void give_up(struct serve *s, const char *who, const struct vg_err *err)
{
	vg_tell_error(&s->log, VG_EV_THREAD_FAILED, who, err);
	atomic_store(&s->failed, true);
	(void)kill(getpid(), SIGTERM);
}

/* A follower's outcome: log each change between away and back, once, and wait
 * before the next try. False when the thread must end. */
static bool weather(struct serve *s, const char *who, enum vg_rc rc,
		    const struct vg_err *err, bool *away)
{
	if (rc == VG_FATAL) {
		give_up(s, who, err);
		return false;
	}
	vg_tell_redis(&s->log, who, rc == VG_OK ? NULL : err, away);
	if (*away)
		vg_pause_ms(BACKOFF_MS);
	return true;
}

static enum vg_rc follow_once(struct serve *s, struct vg_store *store,
			      struct vg_err *err)
{
	size_t applied = 0;
	int64_t now_ms = vg_now_ms(&s->clock);
	enum vg_rc rc = vg_turnover_follow(s->turnover, s->view, &s->evaluator,
					   store, now_ms, err);

	if (rc == VG_OK)
		rc = vg_view_step(s->view, store, now_ms,
				  s->world.cfg->alert_tick_ms, &applied, err);
	vg_tell_view(&s->teller, &s->log, s->view, &s->world.metrics,
		     vg_now_ms(&s->clock));
	int64_t begun = vg_mono_ms(&s->clock), ended;
	if (rc != VG_OK || s->evaluator == NULL || begun < s->rules_from_ms)
		return rc;
	rc = vg_evaluator_tick(s->evaluator, s->view, store,
			       vg_now_ms(&s->clock), err);
	ended = vg_mono_ms(&s->clock);
	s->rules_from_ms =
		ended + vg_evaluator_rest_ms(s->evaluator, ended - begun);
	return rc;
}

static enum vg_rc book_once(struct serve *s, struct vg_store *store,
			    struct vg_err *err)
{
	enum vg_rc rc = vg_book_step(s->book, store, IDLE_MS, err);

	return rc == VG_OK ? vg_people_step(s->people, &s->follow, store, err)
			   : rc;
}

static enum vg_rc act_once(struct serve *s, struct vg_store *store,
			   struct vg_err *err)
{
	vg_pause_ms(IDLE_MS);
	return vg_action_role_step(s->actions, store, vg_now_ms(&s->clock),
				   err);
}

static enum vg_rc exercise_once(struct serve *s, struct vg_store *store,
				struct vg_err *err)
{
	return vg_exercise_watch_step(s->exercise, store, vg_now_ms(&s->clock),
				      err);
}

static enum vg_rc own_once(struct serve *s, struct vg_store *store,
			   struct vg_err *err)
{
	vg_pause_ms(OWN_MS);
	return vg_own_role_step(&s->own, s->turnover, store, err);
}

static enum vg_rc notify_once(struct serve *s, struct vg_store *store,
			      struct vg_err *err)
{
	vg_pause_ms(IDLE_MS);
	return vg_notify_role_step(s->notify, store, vg_now_ms(&s->clock), err);
}

/* A follower's thread: step over a Redis connection of its own until told to
 * stop, through whatever weather. */
static void *repeat(void *arg)
{
	const struct job *j = arg;
	struct serve *s = j->serve;
	struct vg_store *store = NULL;
	struct vg_err err = {0};
	bool away = false, going = true;

	if (vg_store_new(&store, s->world.cfg, &s->world.metrics, &err) !=
	    VG_OK) {
		give_up(s, j->who, &err);
		return NULL;
	}
	while (going && !atomic_load(&s->stop)) {
		enum vg_rc rc = j->step(s, store, &err);

		vg_beat(j->beat);
		going = weather(s, j->who, rc, &err, &away);
	}
	vg_store_free(store);
	return NULL;
}

static void *consume(void *arg)
{
	struct serve *s = arg;
	struct vg_err err = {0};

	if (vg_ingest_run(s->ingest, &err) != VG_OK)
		give_up(s, "ingest", &err);
	return NULL;
}

static enum vg_rc start_thread(struct serve *s, const char *name,
			       void *(*run)(void *), void *arg,
			       struct vg_err *err)
{
	if (!vg_thread_start(&s->thread[s->n_threads], name, run, arg))
		return vg_err_set(err, VG_FATAL, "cannot start a thread");
	s->n_threads++;
	return VG_OK;
}

/* A thread of its own for a follower. */
static enum vg_rc start_job(struct serve *s, const char *who, step_fn *step,
			    struct vg_err *err)
{
	struct job *j = &s->job[s->n_threads];

	*j = (struct job){.serve = s,
			  .who = who,
			  .step = step,
			  .beat = vg_beats_add(&s->beats)};
	return start_thread(s, who, repeat, j, err);
}

/* Wait until Redis answers and is fit to count into. */
static enum vg_rc check_redis(struct serve *s, struct vg_err *err)
{
	struct vg_store *store = NULL;
	bool away = false;
	enum vg_rc rc =
		vg_store_new(&store, s->world.cfg, &s->world.metrics, err);

	if (rc != VG_OK)
		return rc;
	do {
		rc = vg_store_check(store, s->world.fingerprint,
				    s->world.series, err);
		if (rc == VG_OK)
			rc = vg_slots_note(store, s->world.cfg, err);
		if (rc == VG_OK)
			rc = vg_own_role_begin(&s->own, &s->world, store, err);
	} while (rc == VG_RETRY && weather(s, "start", rc, err, &away) &&
		 !vg_signal_waits());
	vg_store_free(store);
	return rc;
}

static enum vg_rc make_followers(struct serve *s, struct vg_err *err)
{
	enum vg_rc rc = VG_OK;
	struct vg_track_sink sink = {0};
	const struct vg_evaluator_opts eo = {.env = &s->world.env,
					     .rules = s->world.rules,
					     .log = &s->log,
					     .owner = s->owner};

	if (s->role.alerts) {
		rc = vg_evaluator_new(&s->evaluator, &eo, err);
		if (rc != VG_OK)
			return rc;
		sink = vg_evaluator_sink(s->evaluator);
	}
	rc = vg_view_new(&s->view, &s->world.env, s->role.alerts ? &sink : NULL,
			 err);
	if (rc == VG_OK && s->role.alerts)
		rc = vg_notify_role_new(&s->notify, &s->world, s->view, &s->log,
					s->owner, err);
	if (rc == VG_OK)
		rc = start_job(s, "view", follow_once, err);
	return rc;
}

/* The API; without its role, what tells how the process is, if it shall. */
static enum vg_rc make_api(struct serve *s, struct vg_err *err)
{
	const char *small = s->world.cfg->http_metrics_address;
	if (!s->role.serves && small[0] == '\0')
		return VG_OK;
	const struct vg_api_opts ao = {
		.env = &s->world.env,
		.small_at = s->role.serves ? NULL : small,
		.view = s->view,
		.book = s->book,
		.people = s->people,
		.sink = {.put = vg_action_role_put, .ctx = s->actions},
		.events = {.read = vg_event_role_read, .ctx = s->events},
		.board = vg_turnover_board(s->turnover),
		.reload = vg_turnover_ask,
		.reloader = s->turnover,
		.exercise = s->exercise != NULL
				    ? vg_exercise_watch_gate(s->exercise)
				    : NULL,
		.log = &s->log,
		.clock = s->clock,
		.owner = s->owner,
		.role_ingest = s->role.ingests};
	enum vg_rc rc = vg_api_new(&s->api, &ao, err);

	if (rc == VG_OK)
		vg_log(&s->log, VG_LOG_INFO, VG_EV_HTTP_LISTENING, "address",
		       vg_api_address(s->api), NULL);
	return rc;
}

static enum vg_rc make_ingest(struct serve *s, struct vg_err *err)
{
	const struct vg_ingest_opts io = {.env = &s->world.env,
					  .log = &s->log,
					  .clock = s->clock,
					  .init = s->init,
					  .beat = vg_beats_add(&s->beats)};
	enum vg_rc rc = vg_ingest_new(&s->ingest, &io, err);

	if (rc != VG_OK)
		return rc;
	vg_turnover_with(s->turnover, s->ingest);
	return start_thread(s, "ingest", consume, s, err);
}

static enum vg_rc make_actions(struct serve *s, struct vg_err *err)
{
	enum vg_rc rc = vg_action_role_new(&s->actions, &s->world, &s->log,
					   s->owner, err);

	return rc == VG_OK && s->role.alerts
		       ? start_job(s, "actions", act_once, err)
		       : rc;
}

/* What the API reads beside the view, and the API. */
static enum vg_rc make_readers(struct serve *s, struct vg_err *err)
{
	const struct vg_world_set set = {s->set->v, s->set->n};
	enum vg_rc rc = vg_book_new(&s->book, err);

	if (rc == VG_OK)
		rc = vg_exercise_watch_new(&s->exercise, s->world.path, &set,
					   &s->log, err);
	if (rc == VG_OK)
		rc = start_job(s, "exercise", exercise_once, err);
	if (rc == VG_OK)
		rc = vg_people_new(&s->people, err);
	if (rc == VG_OK)
		rc = start_job(s, "book", book_once, err);
	if (rc == VG_OK)
		rc = vg_event_role_new(&s->events, &s->world, &s->log, err);
	if (rc == VG_OK)
		rc = make_api(s, err);
	if (rc == VG_OK)
		rc = vg_oidc_role_new(&s->oidc, s->world.cfg, s->api, &s->log,
				      err);
	return rc;
}

static enum vg_rc begin(struct serve *s, struct vg_err *err)
{
	const struct vg_turnover_opts to = {.world = &s->world,
					    .set = s->set->v,
					    .n_set = s->set->n,
					    .log = &s->log,
					    .owner = s->owner,
					    .follows = s->role.alerts ||
						       s->role.serves,
					    .evaluates = s->role.alerts};
	enum vg_rc rc = check_redis(s, err);

	return rc == VG_OK ? vg_turnover_new(&s->turnover, &to, err) : rc;
}

static enum vg_rc start_roles(struct serve *s, struct vg_err *err)
{
	enum vg_rc rc = begin(s, err);

	if (rc == VG_OK && (s->role.alerts || s->role.serves))
		rc = make_followers(s, err);
	if (rc == VG_OK && s->notify != NULL)
		rc = start_job(s, "notify", notify_once, err);
	if (rc == VG_OK && (s->role.alerts || s->role.serves))
		rc = make_actions(s, err);
	if (rc == VG_OK && s->role.serves)
		rc = make_readers(s, err);
	else if (rc == VG_OK)
		rc = make_api(s, err);
	if (rc == VG_OK && s->role.ingests)
		rc = make_ingest(s, err);
	return rc == VG_OK ? start_job(s, "own", own_once, err) : rc;
}

static void stop_roles(struct serve *s)
{
	atomic_store(&s->stop, true);
	if (s->ingest != NULL)
		vg_ingest_stop(s->ingest);
	for (size_t i = 0; i < s->n_threads; i++)
		(void)pthread_join(s->thread[i], NULL);
	vg_notify_role_free(s->notify);
	vg_oidc_role_free(s->oidc);
	vg_api_free(s->api);
	vg_event_role_free(s->events);
	vg_exercise_watch_free(s->exercise);
	vg_action_role_free(s->actions);
	vg_people_free(s->people);
	vg_ingest_free(s->ingest);
	vg_book_free(s->book);
	vg_view_free(s->view);
	vg_evaluator_free(s->evaluator);
	vg_turnover_free(s->turnover);
	vg_world_term(&s->world);
}

/* Until told to end: heed SIGHUP, and tell the service manager that we live
 * while every thread moves. */
static void stay(struct serve *s)
{
	int64_t every_ms = vg_supervisor_every_ms(&s->supervisor);
	enum vg_signal got;

	vg_supervisor_tell(&s->supervisor, "READY=1");
	while ((got = vg_wait_for_signal(every_ms)) != VG_SIGNAL_END) {
		if (got != VG_SIGNAL_NONE)
			vg_turnover_run(s->turnover, got == VG_SIGNAL_OWN);
		if (got == VG_SIGNAL_HANGUP)
			vg_api_reload(s->api);
		if (every_ms > 0 && vg_beats_moved(&s->beats))
			vg_supervisor_tell(&s->supervisor, "WATCHDOG=1");
	}
	vg_supervisor_tell(&s->supervisor, "STOPPING=1");
}

static int run_until_signal(struct serve *s, const char *config)
{
	struct vg_err err = {0};
	int status = VG_EXIT_OK;

	vg_log(&s->log, VG_LOG_INFO, VG_EV_STARTING, "config_epoch",
	       s->world.set->config_hash, NULL);
	vg_tell_start(&s->log, &s->world, config);
	enum vg_rc rc = vg_supervisor_init(&s->supervisor, &err);
	if (rc == VG_OK)
		rc = start_roles(s, &err);
	if (rc != VG_OK) {
		status = vg_report(&err);
	} else {
		vg_log(&s->log, VG_LOG_INFO, VG_EV_READY, NULL);
		stay(s);
		vg_log(&s->log, VG_LOG_INFO, VG_EV_STOPPING, NULL);
	}
	stop_roles(s);
	vg_supervisor_term(&s->supervisor);
	vg_log(&s->log, VG_LOG_INFO, VG_EV_STOPPED, NULL);
	return atomic_load(&s->failed) ? VG_EXIT_FAILED : status;
}

int vg_cmd_serve(int argc, char **argv)
{
	const char *config = NULL;
	struct vg_arg_list set = {0}, roles = {0};
	struct serve s = {.clock = vg_clock_system(), .set = &set};
	const struct vg_arg table[] = {
		VG_ARG_CONFIG(&config),
		VG_ARG_SET(&set),
		{"--role", NULL, VG_ARG_MANY, &roles, "ROLE",
		 "ingest, alert or api; may be given again (all)", false, 0, 0},
		{"--init", NULL, VG_ARG_FLAG, &s.init, "",
		 "start where no offset is stored though the log was cut",
		 false, 0, 0},
		VG_ARG_HELP};
	struct vg_err err = {0};
	int status;

	if (!vg_command_line("serve -c FILE", table, VG_ROWS(table), argc, argv,
			     &status)) {
		if (status == VG_EXIT_OK) {
			printf("\n");
			vg_config_help(stdout);
		}
		return status;
	}
	s.log = (struct vg_log){
		.fd = STDERR_FILENO, .level = VG_LOG_INFO, .clock = s.clock};
	if (vg_roles_read(&s.role, roles.v, roles.n, &err) != VG_OK)
		return vg_report(&err);
	if (vg_world_init(&s.world, config, set.v, set.n, &err) != VG_OK) {
		if (vg_metric_get(&s.world.metrics, VG_M_RULES_BAD) > 0)
			vg_tell_error(&s.log, VG_EV_RULES_BAD, "start", &err);
		return vg_report(&err);
	}
	if (vg_tell_as(&s.log, s.world.cfg, &err) != VG_OK) {
		vg_world_term(&s.world);
		return vg_report(&err);
	}
	vg_owner_name(s.owner, s.world.env.table_seed);
	vg_block_signals();
	return run_until_signal(&s, config);
}
