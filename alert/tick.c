/*
 * The evaluator's turn: dirty groups first, oldest first, then what was put
 * off, then what may be forgotten. Each part is bounded, so that the thread
 * goes back to the view soon.
 */
#include "aggregate/keys.h"
#include "alert/chain.h"
#include "alert/evaluate.h"
#include "alert/first.h"
#include "alert/leader.h"
#include "alert/model.h"
#include "alert/release.h"
#include "alert/say.h"
#include "alert/wake.h"

#include <assert.h>

enum {
	TICK_GROUPS = 20000, /* groups evaluated in one tick         */
	TICK_SPANS = 400000, /* and the spans that they have         */
	TICK_SETTLE = 5000,  /* groups settled in one tick           */
	TICK_WRITES = 512,   /* alerts written by each half of it    */
	QUIET_MS = 1000,     /* a group so long unchanged is settled */
	PRUNE_MS = 1000	     /* between two looks at all groups      */
};

/* A partition silent for longer holds nothing back. */
static const int64_t silence_ms = 30 * INT64_C(86400000);

static bool works(const struct vg_evaluator *e)
{
	return e->leader && e->loaded;
}

static bool is_stale(const void *ctx, const struct vg_gspan *s)
{
	(void)ctx;
	return (s->value_marks & VG_SPAN_STALE) != 0;
}

/* All partitions are loaded: what did not come again is gone. */
static void drop_stale(struct vg_evaluator *e)
{
	struct vg_group *g;

	for (size_t pos = 0; (g = vg_groups_next(e->groups, &pos)) != NULL;) {
		if (vg_group_prune(e->groups, g, is_stale, NULL) == 0)
			continue;
		g->force = true;
		vg_state_dirty(e, g);
	}
	e->was_reset = false;
	e->first_moved = true;
}

static struct vg_group *take_dirty(struct vg_evaluator *e)
{
	struct vg_group *g = e->dirty;

	assert(g->dirty && e->n_dirty > 0);
	e->dirty = g->next_dirty;
	if (e->dirty == NULL)
		e->dirty_end = &e->dirty;
	e->n_dirty--;
	if (e->mark_left > 0)
		e->mark_left--;
	g->dirty = false;
	g->next_dirty = NULL;
	return g;
}

/* Write what waits when it fills a batch; *written counts. */
static enum vg_rc flush_full(struct vg_evaluator *e, struct vg_store *store,
			     size_t *written, struct vg_err *err)
{
	if (e->n_put < VG_PUT_BATCH)
		return VG_OK;
	*written += e->n_put;
	return vg_leader_flush(e, store, err);
}

static enum vg_rc evaluate_dirty(struct vg_evaluator *e, struct vg_store *store,
				 struct vg_err *err)
{
	enum vg_rc rc = VG_OK;
	size_t groups = 0, spans = 0, written = 0;

	while (rc == VG_OK && works(e) && e->dirty != NULL &&
	       groups < TICK_GROUPS && spans < TICK_SPANS &&
	       written < TICK_WRITES) {
		struct vg_group *g = take_dirty(e);

		groups++;
		spans += g->n;
		rc = vg_evaluate(e, g, false, err);
		if (g->active != NULL)
			g->active->changed_ms = e->world.now_ms;
		if (rc == VG_OK)
			rc = flush_full(e, store, &written, err);
	}
	if (rc == VG_OK)
		rc = vg_leader_flush(e, store, err);
	return rc;
}

/* Readers would think it over, or it has been quiet, or has waited enough. */
static bool is_due(const struct vg_evaluator *e, const struct vg_active *a)
{
	if (a->group->dirty)
		return false;
	return e->world.log_ms >= a->end_ms || e->world.now_ms >= a->due_ms ||
	       (e->n_dirty == 0 && e->world.now_ms - a->changed_ms >= QUIET_MS);
}

/* What is dirty now is all that the log brought up to its clock. */
static void mark(struct vg_evaluator *e)
{
	if (e->marked)
		return;
	e->marked = true;
	e->mark_left = e->n_dirty;
	e->mark_ms = e->world.log_ms;
}

/* All that was marked is judged; of groups that wait with more than their end,
 * the spans are read again, which were there at `put_off_ms`. */
static void note_judged(struct vg_evaluator *e, int64_t put_off_ms)
{
	if (!works(e) || !e->marked || e->mark_left > 0)
		return;
	e->marked = false;
	e->judged_ms = e->mark_ms < put_off_ms ? e->mark_ms : put_off_ms;
}

static enum vg_rc settle(struct vg_evaluator *e, struct vg_store *store,
			 struct vg_err *err)
{
	struct vg_active **at = &e->unsettled;
	int64_t put_off_ms = INT64_MAX;
	enum vg_rc rc = VG_OK;

	/* All is written at the end: a refused write empties this very list. */
	for (size_t n = 0; rc == VG_OK && works(e) && *at != NULL &&
			   n < TICK_SETTLE && e->n_put < TICK_WRITES;) {
		struct vg_active *a = *at;

		if (!is_due(e, a)) {
			if (a->due_ms != INT64_MAX &&
			    a->put_off_ms < put_off_ms)
				put_off_ms = a->put_off_ms;
			at = &a->next;
			continue;
		}
		*at = a->next;
		a->unsettled = false;
		n++;
		rc = vg_evaluate(e, a->group, true, err);
	}
	bool seen_all = *at == NULL;
	e->more_due = !seen_all;
	if (rc == VG_OK)
		rc = vg_leader_flush(e, store, err);
	if (rc == VG_OK && seen_all)
		note_judged(e, put_off_ms);
	return rc;
}

/* The store has swept such a span, or it is older than any alert known. */
static bool is_past(const void *ctx, const struct vg_gspan *s)
{
	const struct vg_evaluator *e = ctx;
	uint32_t track = vg_span_track(s);
	const int64_t *swept = e->part_swept_ms[track];
	const struct vg_track *t = vg_plan_track(e->o.env->plan, track);
	int64_t window_ms = t->window_ms;
	int64_t end_ms = vg_bucket_floor(vg_span_sub(s), window_ms) + window_ms;

	if (t->reach_ms > 0)
		return false;
	return end_ms <= e->floor_ms ||
	       (swept != NULL && end_ms <= swept[vg_span_part(s)]);
}

/* No span that there is or can come would still meet it. */
static bool is_over(const struct vg_evaluator *e, const struct vg_slot *s,
		    const struct vg_alert *a)
{
	const struct vg_rule *r = s->rule;

	return a->end_ms + r->resolve_after_ms + 2 * r->window_ms < e->floor_ms;
}

static void prune_group(struct vg_evaluator *e, struct vg_group *g)
{
	if (g->dirty || (g->active != NULL && g->active->unsettled))
		return;
	(void)vg_group_prune(e->groups, g, is_past, e);
	vg_chain_prune(e, g);
	vg_state_forget(g, is_over, e);
	if (g->n == 0 && g->active == NULL)
		vg_groups_drop(e->groups, g);
}

/* Below this no partition will bring anything that a rule reads. */
static int64_t floor_now(const struct vg_evaluator *e)
{
	int64_t slowest_ms = e->world.slowest_ms;

	if (slowest_ms < e->world.log_ms - silence_ms)
		slowest_ms = e->world.log_ms - silence_ms;
	return slowest_ms - vg_part_horizon(e->o.env);
}

/* Only when all is evaluated: a replay may bring in one tick what the next
 * tick's clock has long left behind. */
static void prune(struct vg_evaluator *e)
{
	struct vg_group *g;

	if (e->n_dirty > 0 || !e->was_swept || e->world.log_ms == INT64_MIN)
		return;
	if (e->pruned_ms != INT64_MIN &&
	    e->world.now_ms - e->pruned_ms < PRUNE_MS)
		return;
	assert(e->dirty == NULL);
	e->pruned_ms = e->world.now_ms;
	e->was_swept = false;
	e->floor_ms = floor_now(e);
	for (size_t pos = 0; (g = vg_groups_next(e->groups, &pos)) != NULL;)
		prune_group(e, g);
}

/* What time alone changes: a `for` that is over, a window that is empty. */
static void wake(struct vg_evaluator *e)
{
	struct vg_active *a;

	while ((a = vg_wake_next(e->wake, e->world.log_ms)) != NULL) {
		a->group->force = true;
		vg_state_dirty(e, a->group);
	}
}

static enum vg_rc lead(struct vg_evaluator *e, struct vg_store *store,
		       struct vg_err *err)
{
	enum vg_rc rc = vg_leader_load(e, store, err);

	if (rc == VG_OK && works(e)) {
		wake(e);
		vg_first_spread(e);
		mark(e);
	}
	if (rc == VG_OK)
		rc = evaluate_dirty(e, store, err);
	if (rc == VG_OK)
		rc = settle(e, store, err);
	if (rc == VG_OK)
		rc = vg_release_look(e, store, err);
	if (rc == VG_OK && works(e))
		vg_say_resolved(e);
	if (rc == VG_OK && works(e))
		prune(e);
	if (rc == VG_OK && works(e))
		rc = vg_leader_expire(e, store, err);
	return rc;
}

enum vg_rc vg_evaluator_run(struct vg_evaluator *e,
			    const struct vg_eval_world *world,
			    struct vg_store *store, struct vg_err *err)
{
	enum vg_rc rc = VG_OK;

	e->world = *world;
	if (e->failed)
		return vg_err_set(err, VG_FATAL, "alert: out of memory");
	vg_metric_set(e->o.env->metrics, VG_M_GROUPS,
		      (int64_t)vg_groups_count(e->groups));
	rc = vg_leader_keep(e, store, err);
	if (rc != VG_OK || !e->leader || !world->ready)
		return rc;
	if (e->was_reset)
		drop_stale(e);
	rc = lead(e, store, err);
	/* A half-done group must not pass for done. */
	if (rc != VG_OK)
		vg_leader_forget(e);
	return rc;
}
