#include "cmd/turnover.h"

#include "alert/rule_files.h"
#include "cmd/report.h"
#include "cmd/tell.h"
#include "core/log.h"
#include "ingest/ingest.h"

#include <assert.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { LOOK_MS = 10 };

struct vg_turnover {
	struct vg_turnover_opts o;
	struct vg_board *board;
	struct vg_ingest *ingest; /* NULL: another process' */
	/* Main's: what the whole process runs under; what it may still use. */
	struct vg_ruleset *now, *before;

	/* Held while a set is made; guards what sets are made of. */
	pthread_mutex_t making;
	struct vg_rule_files *files;
	struct vg_own_docs own;
	int64_t loaded_ms; /* when the files were read */

	/* Guards `waiting` and `handed`, both held, and `is_read`: the files of
	 * `waiting` were read for who asked. */
	pthread_mutex_t lock;
	bool is_read;
	struct vg_ruleset *waiting; /* asked for, not yet begun            */
	struct vg_ruleset *handed;  /* the view's thread is to go over to it */

	/* The view thread's: what is made beside the old. */
	struct vg_ruleset *set, *old;
	struct vg_view *view;
	struct vg_evaluator *evaluator;
};

enum vg_rc vg_turnover_new(struct vg_turnover **out,
			   const struct vg_turnover_opts *opts,
			   struct vg_err *err)
{
	struct vg_turnover *t = calloc(1, sizeof *t);

	if (t == NULL)
		return vg_err_set(err, VG_FATAL, "out of memory");
	t->o = *opts;
	pthread_mutex_init(&t->lock, NULL);
	pthread_mutex_init(&t->making, NULL);
	t->files = vg_rule_files_hold(opts->world->set->files);
	t->loaded_ms = vg_now_ms(&opts->log->clock);
	t->now = vg_ruleset_hold(opts->world->set);
	t->old = vg_ruleset_hold(opts->world->set);
	t->now->loaded_ms = t->loaded_ms;
	enum vg_rc rc = vg_own_copy(&t->own, &t->now->own, err);
	if (rc == VG_OK)
		rc = vg_board_new(&t->board, t->now, err);
	if (rc != VG_OK) {
		vg_turnover_free(t);
		return rc;
	}
	*out = t;
	return VG_OK;
}

/* Forget what was being made. */
static void drop_fresh(struct vg_turnover *t)
{
	vg_view_free(t->view);
	vg_evaluator_free(t->evaluator);
	vg_ruleset_drop(t->set);
	t->view = NULL;
	t->evaluator = NULL;
	t->set = NULL;
}

void vg_turnover_free(struct vg_turnover *t)
{
	if (t == NULL)
		return;
	drop_fresh(t);
	vg_ruleset_drop(t->old);
	vg_ruleset_drop(t->waiting);
	vg_ruleset_drop(t->handed);
	vg_board_free(t->board);
	vg_ruleset_drop(t->now);
	vg_ruleset_drop(t->before);
	vg_rule_files_drop(t->files);
	vg_own_term(&t->own);
	pthread_mutex_destroy(&t->making);
	pthread_mutex_destroy(&t->lock);
	free(t);
}

void vg_turnover_with(struct vg_turnover *t, struct vg_ingest *ingest)
{
	t->ingest = ingest;
}

struct vg_board *vg_turnover_board(const struct vg_turnover *t)
{
	return t->board;
}

static struct vg_ruleset *take(struct vg_turnover *t, struct vg_ruleset **from)
{
	struct vg_ruleset *s;

	pthread_mutex_lock(&t->lock);
	s = *from;
	*from = NULL;
	pthread_mutex_unlock(&t->lock);
	return s;
}

/* The next of `to` is `s`; what waited there before is not wanted any more. */
static void put(struct vg_turnover *t, struct vg_ruleset **to,
		struct vg_ruleset *s)
{
	struct vg_ruleset *old;

	pthread_mutex_lock(&t->lock);
	old = *to;
	*to = s;
	pthread_mutex_unlock(&t->lock);
	vg_ruleset_drop(old);
}

static void refuse(struct vg_turnover *t, const struct vg_err *why)
{
	vg_board_refuse(t->board, why->text, vg_now_ms(&t->o.log->clock));
	vg_metric_set(t->o.world->env.metrics, VG_M_RULES_BAD, 1);
	vg_log(t->o.log, VG_LOG_ERROR, VG_EV_RULES_BAD, "where", "reload",
	       "error", why->text, NULL);
}

/* A set of `files` and the partners' own, let to wait. */
static enum vg_rc make_locked(struct vg_turnover *t,
			      struct vg_rule_files *files, size_t *rules,
			      struct vg_err *err)
{
	struct vg_ruleset *s = NULL;
	enum vg_rc rc = vg_world_rules(t->o.world, files, &t->own, &s, err);

	if (rc != VG_OK)
		return rc;
	*rules = vg_rules_shared(s->rules);
	if (files != t->files)
		t->loaded_ms = vg_now_ms(&t->o.log->clock);
	s->loaded_ms = t->loaded_ms;
	struct vg_rule_files *before = t->files;
	t->files = vg_rule_files_hold(files);
	vg_rule_files_drop(before);
	put(t, &t->waiting, s);
	return VG_OK;
}

/* Read the files, and let a good set wait. */
static enum vg_rc read_files(struct vg_turnover *t, size_t *rules,
			     struct vg_err *err)
{
	struct vg_rule_files *files = NULL;
	struct vg_err why = {0};

	pthread_mutex_lock(&t->making);
	enum vg_rc rc =
		vg_world_files(t->o.world, t->o.set, t->o.n_set, &files, &why);
	if (rc == VG_OK)
		rc = make_locked(t, files, rules, &why);
	pthread_mutex_unlock(&t->making);
	vg_rule_files_drop(files);
	if (rc == VG_OK)
		return VG_OK;
	refuse(t, &why);
	return vg_err_set(err, rc, "%s", why.text);
}

/* Whether the files were read for who asked. */
static bool note_read(struct vg_turnover *t, bool is_read)
{
	pthread_mutex_lock(&t->lock);
	bool was = t->is_read;
	t->is_read = is_read;
	pthread_mutex_unlock(&t->lock);
	return was;
}

enum vg_rc vg_turnover_ask(void *arg, size_t *rules, struct vg_err *err)
{
	struct vg_turnover *t = arg;
	enum vg_rc rc = read_files(t, rules, err);

	if (rc == VG_OK) {
		(void)note_read(t, true);
		(void)kill(getpid(), SIGHUP);
	}
	return rc;
}

enum vg_rc vg_turnover_own(struct vg_turnover *t, struct vg_own_docs *own,
			   struct vg_err *err)
{
	struct vg_own_docs before;
	size_t rules = 0;

	pthread_mutex_lock(&t->making);
	before = t->own;
	t->own = *own;
	enum vg_rc rc = make_locked(t, t->files, &rules, err);
	*own = rc == VG_OK ? before : t->own;
	if (rc != VG_OK)
		t->own = before;
	pthread_mutex_unlock(&t->making);
	if (rc == VG_OK)
		(void)kill(getpid(), SIGUSR1);
	return rc;
}

/* Have ingest count under `s` from here on. */
static void plan(struct vg_turnover *t, const struct vg_ruleset *s)
{
	if (t->ingest == NULL)
		return;
	vg_ingest_plan(t->ingest, &s->env);
	while (!vg_ingest_is_planned(t->ingest, &s->env) && !vg_signal_waits())
		vg_pause_ms(LOOK_MS);
}

/* Hand `s` to the view's thread and wait until it has gone over. */
static void hand_over(struct vg_turnover *t, struct vg_ruleset *s)
{
	bool done = !t->o.follows;

	if (!done)
		put(t, &t->handed, vg_ruleset_hold(s));
	while (!done && !vg_signal_waits()) {
		vg_pause_ms(LOOK_MS);
		pthread_mutex_lock(&t->lock);
		done = t->handed == NULL;
		pthread_mutex_unlock(&t->lock);
	}
}

void vg_turnover_run(struct vg_turnover *t, bool own)
{
	struct vg_ruleset *s;
	struct vg_err err = {0};
	size_t rules = 0;
	bool same;

	if (!own && !note_read(t, false))
		(void)read_files(t, &rules, &err);
	s = take(t, &t->waiting);
	if (s == NULL)
		return;
	same = s->files == t->now->files;
	vg_ruleset_drop(t->before);
	t->before = t->now;
	t->now = s;
	plan(t, s);
	hand_over(t, s);
	vg_board_show(t->board, s);
	/* What partners change of their own is told to nobody else. */
	if (same)
		return;
	vg_metric_set(t->o.world->env.metrics, VG_M_RULES_BAD, 0);
	vg_tell_rules(t->o.log, s);
}

/* Begin to make a view and an evaluator for `s`. */
static enum vg_rc begin(struct vg_turnover *t, struct vg_ruleset *s,
			struct vg_err *err)
{
	const struct vg_evaluator_opts eo = {.env = &s->env,
					     .rules = s->rules,
					     .log = t->o.log,
					     .owner = t->o.owner};
	struct vg_track_sink sink = {0};
	enum vg_rc rc = VG_OK;

	drop_fresh(t);
	t->set = vg_ruleset_hold(s);
	if (t->o.evaluates) {
		rc = vg_evaluator_new(&t->evaluator, &eo, err);
		if (rc == VG_OK)
			sink = vg_evaluator_sink(t->evaluator);
	}
	if (rc == VG_OK)
		rc = vg_view_new(&t->view, &s->env,
				 t->o.evaluates ? &sink : NULL, err);
	if (rc != VG_OK)
		drop_fresh(t);
	return rc;
}

/* The new ones are level: they are the process' from here on. */
static void change_over(struct vg_turnover *t, struct vg_view *view,
			struct vg_evaluator **evaluator)
{
	struct vg_evaluator *old = *evaluator;
	struct vg_ruleset *was = t->old;

	vg_view_take_over(view, t->view);
	*evaluator = t->evaluator;
	t->evaluator = old;
	t->old = t->set;
	t->set = was;
	drop_fresh(t);
}

enum vg_rc vg_turnover_follow(struct vg_turnover *t, struct vg_view *view,
			      struct vg_evaluator **evaluator,
			      struct vg_store *store, int64_t now_ms,
			      struct vg_err *err)
{
	struct vg_ruleset *s;
	size_t applied = 0;
	enum vg_rc rc = VG_OK;

	pthread_mutex_lock(&t->lock);
	s = t->handed != NULL ? vg_ruleset_hold(t->handed) : NULL;
	pthread_mutex_unlock(&t->lock);
	if (s == NULL)
		return VG_OK;
	if (t->set != s)
		rc = begin(t, s, err);
	if (rc == VG_OK)
		rc = vg_view_step(t->view, store, now_ms, 0, &applied, err);
	if (rc == VG_OK && vg_view_freshness(t->view, now_ms).as_of_ms > 0) {
		change_over(t, view, evaluator);
		pthread_mutex_lock(&t->lock);
		if (t->handed == s) {
			vg_ruleset_drop(s);
			t->handed = NULL;
		}
		pthread_mutex_unlock(&t->lock);
	}
	vg_ruleset_drop(s);
	return rc;
}
