#include "alert/evaluator.h"

#include "alert/leader.h"
#include "alert/rules.h"
#include "alert/silence.h"
#include "alert/state.h"
#include "alert/wake.h"
#include "core/defect.h"

#include <assert.h>
#include <stdlib.h>

enum { AHEAD_MS = 86400000 };

static enum vg_rc no_memory(struct vg_err *err)
{
	return vg_err_set(err, VG_FATAL, "alert: out of memory");
}

static bool same_group_by(const struct vg_family *a, const struct vg_rule *b,
			  unsigned n)
{
	if (a->n_group != n)
		return false;
	for (unsigned i = 0; i < n; i++)
		if (!vg_slice_eq(a->like->group[i], b->group[i]))
			return false;
	return true;
}

/* The family of the first `n` group fields of `r`. */
static size_t find_family(struct vg_evaluator *e, const struct vg_rule *r,
			  unsigned n)
{
	size_t f = 0;

	while (f < e->n_family && !same_group_by(&e->family[f], r, n))
		f++;
	if (f == e->n_family)
		e->family[e->n_family++] =
			(struct vg_family){.like = r, .n_group = n};
	return f;
}

static bool make_families(struct vg_evaluator *e)
{
	size_t rules = vg_rules_count(e->o.rules);
	size_t tracks = vg_plan_tracks(e->o.env->plan);

	e->family = calloc(2 * rules + 1, sizeof *e->family);
	e->waits = calloc(rules + 1, sizeof *e->waits);
	e->family_of = malloc((tracks + 1) * sizeof *e->family_of);
	e->family_of_rule = calloc(rules + 1, sizeof *e->family_of_rule);
	e->swept_ms = malloc((tracks + 1) * sizeof *e->swept_ms);
	e->part_swept_ms = calloc(tracks + 1, sizeof(int64_t *));
	if (e->family == NULL || e->waits == NULL || e->family_of == NULL ||
	    e->family_of_rule == NULL || e->swept_ms == NULL ||
	    e->part_swept_ms == NULL)
		return false;
	for (size_t t = 0; t < tracks; t++) {
		e->family_of[t] = VG_FAMILY_NONE;
		e->swept_ms[t] = INT64_MIN;
	}
	e->judged_ms = INT64_MIN;
	for (size_t i = 0; i < rules; i++) {
		const struct vg_rule *r = vg_rule_at(e->o.rules, i);
		size_t f = find_family(e, r, r->n_group);
		struct vg_family *family = &e->family[f];

		if (family->rule == NULL)
			family->rule = calloc(rules, sizeof *family->rule);
		if (family->rule == NULL)
			return false;
		family->rule[family->n_rule++] = (uint32_t)i;
		e->family_of_rule[i] = (uint16_t)f;
		for (unsigned c = 0; c < r->n_condition; c++)
			if (r->condition[c].track != VG_RULE_NO_TRACK)
				e->family_of[r->condition[c].track] =
					(uint16_t)f;
		if (r->learns)
			e->family_of[r->first_track] = (uint16_t)find_family(
				e, r, r->n_group - r->take[0].n_value);
	}
	return true;
}

enum vg_rc vg_evaluator_new(struct vg_evaluator **out,
			    const struct vg_evaluator_opts *opts,
			    struct vg_err *err)
{
	struct vg_evaluator *e = calloc(1, sizeof *e);

	if (e == NULL)
		return no_memory(err);
	e->o = *opts;
	e->dirty_end = &e->dirty;
	e->pruned_ms = e->expired_ms = e->floor_ms = INT64_MIN;
	e->said_ms = INT64_MAX; /* the first look is due */
	e->groups = vg_groups_new(opts->env->table_seed);
	e->wake = vg_wake_new();
	e->silence = vg_silence_new(opts->env);
	if (e->groups == NULL || e->wake == NULL || e->silence == NULL ||
	    !make_families(e)) {
		vg_evaluator_free(e);
		return no_memory(err);
	}
	*out = e;
	return VG_OK;
}

void vg_evaluator_free(struct vg_evaluator *e)
{
	if (e == NULL)
		return;
	if (e->groups != NULL && e->wake != NULL && e->silence != NULL)
		vg_leader_forget(e);
	vg_groups_free(e->groups);
	for (size_t f = 0; f < e->n_family; f++)
		free(e->family[f].rule);
	for (size_t i = 0; i < e->cap_put; i++) {
		vg_buf_term(&e->put[i].doc);
		vg_buf_term(&e->put[i].history);
	}
	free(e->family);
	free(e->family_of);
	free(e->waits);
	free(e->family_of_rule);
	for (size_t t = 0;
	     e->part_swept_ms != NULL && t < vg_plan_tracks(e->o.env->plan);
	     t++)
		free(e->part_swept_ms[t]);
	free(e->part_swept_ms);
	free(e->swept_ms);
	free(e->put);
	vg_wake_free(e->wake);
	vg_silence_free(e->silence);
	free(e->vis);
	free(e->steps);
	free(e->in);
	free(e);
}

struct vg_track_sink vg_evaluator_sink(struct vg_evaluator *e)
{
	return vg_state_sink(e);
}

/* Log time of the partition that is behind all others, idle or not. */
static int64_t slowest(const struct vg_view *view, int64_t now_ms)
{
	int64_t least = INT64_MAX;

	for (size_t i = 0; i < vg_view_parts(view); i++) {
		const struct vg_view_part *p = vg_view_part(view, i);
		int64_t log_ms = p->log_ms;

		if (vg_partner_has_left(p->partner, now_ms))
			continue;
		if (log_ms != INT64_MIN && log_ms < least)
			least = log_ms;
	}
	return least == INT64_MAX ? INT64_MIN : least;
}

/* The log's clocks decide what is forgotten. A record with an absurd time must
 * not make all else look old: they run at most a day ahead of the wall's. */
static void hold_back(struct vg_eval_world *w)
{
	int64_t most_ms = w->now_ms + AHEAD_MS;

	if (w->log_ms > most_ms)
		w->log_ms = most_ms;
	if (w->slowest_ms > most_ms)
		w->slowest_ms = most_ms;
}

/* Whose class is not evaluated any more: what it knows of stays as it is. A
 * class has one viewer, whose name it bears. */
static uint64_t who_left(const struct vg_evaluator *e, int64_t log_ms)
{
	const struct vg_audiences *aud = e->o.env->aud;
	uint64_t left = 0;

	assert(vg_class_count(aud) <= 64);
	for (size_t c = 0; c < vg_class_count(aud); c++) {
		const struct vg_partner *p = vg_config_partner(
			e->o.env->cfg, vg_slice_of(vg_class_name(aud, c)));

		if (p != NULL && vg_partner_has_left(p, log_ms))
			left |= (uint64_t)1 << c;
	}
	return left;
}

/* Whether the rule has to wait for a track that is still being filled, its own
 * or of a rule whose alerts it counts. */
static bool must_wait(const struct vg_evaluator *e, const struct vg_rule *r,
		      const uint64_t whole[VG_TRACKS_ALL / 64])
{
	for (unsigned k = 0; k < r->n_chain; k++)
		if (r->chain[k].rule != VG_CHAIN_EVENTS &&
		    e->waits[r->chain[k].rule])
			return true;
	if (r->learns &&
	    (whole[r->first_track / 64] >> r->first_track % 64 & 1) == 0)
		return true;
	for (unsigned c = 0; c < r->n_condition; c++) {
		size_t track = r->condition[c].track;

		if (track != VG_RULE_NO_TRACK &&
		    (whole[track / 64] >> track % 64 & 1) == 0)
			return true;
	}
	return false;
}

/* Rules that need not wait any more look at all that there is. */
static void look_who_waits(struct vg_evaluator *e, const struct vg_view *view)
{
	uint64_t whole[VG_TRACKS_ALL / 64];
	bool begins = false;

	vg_view_whole(view, whole);
	for (size_t i = 0; i < vg_rules_count(e->o.rules); i++) {
		bool waits = must_wait(e, vg_rule_at(e->o.rules, i), whole) &&
			     !VG_DEFECT("serves-unfilled");

		begins = begins || (e->waits[i] && !waits);
		e->waits[i] = waits;
	}
	if (begins)
		vg_state_dirty_all(e);
}

int64_t vg_evaluator_rest_ms(const struct vg_evaluator *e, int64_t took_ms)
{
	int64_t most = e->o.env->cfg->lease_ms / 6;
	int64_t rest = e->n_dirty > 0 || e->more_due ? took_ms : 4 * took_ms;

	return rest < most ? rest : most;
}

enum vg_rc vg_evaluator_tick(struct vg_evaluator *e, struct vg_view *view,
			     struct vg_store *store, int64_t now_ms,
			     struct vg_err *err)
{
	struct vg_eval_world w = {
		.ready = vg_view_ready(view),
		.log_ms = vg_view_freshness(view, now_ms).log_ms,
		.slowest_ms = slowest(view, now_ms),
		.now_ms = now_ms};
	size_t n = vg_view_parts(view);

	assert(n <= VG_PARTITIONS_MAX);
	memset(w.slot_of, VG_PART_SLOT_NONE, sizeof w.slot_of);
	for (size_t i = 0; i < n && i < VG_PARTITIONS_MAX; i++)
		w.slot_of[i] = (uint8_t)vg_view_part(view, i)->partner->slot;
	hold_back(&w);
	w.left = who_left(e, w.log_ms);
	if (w.ready)
		look_who_waits(e, view);
	enum vg_rc rc = vg_evaluator_run(e, &w, store, err);
	if (rc != VG_OK || !e->leader || !e->loaded)
		return rc;
	rc = vg_silence_run(e, view, store, err);
	/* What was half done is done again, from what is stored. */
	if (rc != VG_OK)
		vg_leader_forget(e);
	return rc;
}
