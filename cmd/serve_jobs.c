#include "cmd/serve_jobs.h"

#include "cmd/report.h"
#include "core/thread.h"

#include <signal.h>
#include <unistd.h>

enum { IDLE_MS = 20, OWN_MS = 200, BACKOFF_MS = 250 };

void vg_serve_say(const struct vg_serve *s, enum vg_log_event event,
		  const char *who, const struct vg_err *err)
{
	vg_log(&s->log, VG_LOG_ERROR, event, "where", who, "error", err->text,
	       NULL);
}

/* Stop the process from a thread that cannot go on. */
static void give_up(struct vg_serve *s, const char *who,
		    const struct vg_err *err)
{
	vg_serve_say(s, VG_EV_THREAD_FAILED, who, err);
	atomic_store(&s->failed, true);
	(void)kill(getpid(), SIGTERM);
}

bool vg_serve_weather(struct vg_serve *s, const char *who, enum vg_rc rc,
		      const struct vg_err *err, bool *away)
{
	if (rc == VG_FATAL) {
		give_up(s, who, err);
		return false;
	}
	if (rc != VG_OK && !*away)
		vg_serve_say(s, VG_EV_REDIS_AWAY, who, err);
	if (rc == VG_OK && *away)
		vg_log(&s->log, VG_LOG_INFO, VG_EV_REDIS_BACK, "where", who,
		       NULL);
	*away = rc != VG_OK;
	if (*away)
		vg_pause_ms(BACKOFF_MS);
	return true;
}

enum vg_rc vg_serve_follow(struct vg_serve *s, struct vg_store *store,
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

enum vg_rc vg_serve_book(struct vg_serve *s, struct vg_store *store,
			 struct vg_err *err)
{
	enum vg_rc rc = vg_book_step(s->book, store, IDLE_MS, err);

	return rc == VG_OK ? vg_people_step(s->people, &s->follow, store, err)
			   : rc;
}

enum vg_rc vg_serve_act(struct vg_serve *s, struct vg_store *store,
			struct vg_err *err)
{
	vg_pause_ms(IDLE_MS);
	return vg_action_role_step(s->actions, store, vg_now_ms(&s->clock),
				   err);
}

enum vg_rc vg_serve_exercise(struct vg_serve *s, struct vg_store *store,
			     struct vg_err *err)
{
	return vg_exercise_watch_step(s->exercise, store, vg_now_ms(&s->clock),
				      err);
}

enum vg_rc vg_serve_own(struct vg_serve *s, struct vg_store *store,
			struct vg_err *err)
{
	vg_pause_ms(OWN_MS);
	return vg_own_role_step(&s->own, s->turnover, store, err);
}

enum vg_rc vg_serve_notify(struct vg_serve *s, struct vg_store *store,
			   struct vg_err *err)
{
	vg_pause_ms(IDLE_MS);
	return vg_notify_role_step(s->notify, store, vg_now_ms(&s->clock), err);
}

/* A follower's thread: step over a Redis connection of its own until told to
 * stop, through whatever vg_serve_weather. */
static void *repeat(void *arg)
{
	const struct vg_job *j = arg;
	struct vg_serve *s = j->serve;
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
		going = vg_serve_weather(s, j->who, rc, &err, &away);
	}
	vg_store_free(store);
	return NULL;
}

static void *consume(void *arg)
{
	struct vg_serve *s = arg;
	struct vg_err err = {0};

	if (vg_ingest_run(s->ingest, &err) != VG_OK)
		give_up(s, "ingest", &err);
	return NULL;
}

static enum vg_rc start_thread(struct vg_serve *s, const char *name,
			       void *(*run)(void *), void *arg,
			       struct vg_err *err)
{
	if (!vg_thread_start(&s->thread[s->n_threads], name, run, arg))
		return vg_err_set(err, VG_FATAL, "cannot start a thread");
	s->n_threads++;
	return VG_OK;
}

enum vg_rc vg_serve_job(struct vg_serve *s, const char *who, vg_step_fn *step,
			struct vg_err *err)
{
	struct vg_job *j = &s->job[s->n_threads];

	*j = (struct vg_job){.serve = s,
			     .who = who,
			     .step = step,
			     .beat = vg_beats_add(&s->beats)};
	return start_thread(s, who, repeat, j, err);
}

enum vg_rc vg_serve_ingest(struct vg_serve *s, struct vg_err *err)
{
	return start_thread(s, "ingest", consume, s, err);
}
