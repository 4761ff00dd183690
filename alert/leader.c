#include "alert/leader.h"

#include "alert/alert_doc.h"
#include "alert/chain.h"
#include "alert/forget.h"
#include "alert/say.h"
#include "alert/silence.h"
#include "alert/wake.h"
#include "core/fault.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

static void resign(struct vg_evaluator *e)
{
	if (e->leader) {
		vg_log(e->o.log, VG_LOG_WARN, VG_EV_LEASE_LOST, "owner",
		       e->o.owner, NULL);
		vg_metric_add(e->o.env->metrics, VG_M_LEASE_LOST, 1);
	}
	e->lease.epoch = 0;
	if (e->leader || e->loaded)
		vg_leader_forget(e);
	e->leader = false;
	vg_metric_set(e->o.env->metrics, VG_M_LEADER, 0);
}

static void lead(struct vg_evaluator *e, int64_t epoch, int64_t seq)
{
	if (e->leader && e->lease.epoch == epoch) {
		/* Not our last write: Redis fell back under us. */
		if (seq != e->lease.seq)
			vg_leader_forget(e);
		e->lease.seq = seq;
		return;
	}
	char number[24];
	vg_leader_forget(e);
	e->leader = true;
	e->lease.epoch = epoch;
	e->lease.seq = seq;
	vg_log(e->o.log, VG_LOG_INFO, VG_EV_LEADER, "owner", e->o.owner,
	       "epoch", vg_num(number, epoch), NULL);
	vg_metric_set(e->o.env->metrics, VG_M_LEADER, 1);
}

enum vg_rc vg_leader_keep(struct vg_evaluator *e, struct vg_store *store,
			  struct vg_err *err)
{
	int64_t lease_ms = e->o.env->cfg->lease_ms;
	struct vg_lease got = {0};
	int64_t age_ms = e->world.now_ms - e->lease_ms;

	if (e->tried && age_ms >= 0 && age_ms < lease_ms / 3)
		return VG_OK;
	enum vg_rc rc =
		vg_lease_take(store, e->o.owner, lease_ms,
			      e->leader ? e->judged_ms : INT64_MIN, &got, err);
	if (rc != VG_OK)
		return rc;
	e->tried = true;
	e->lease_ms = e->world.now_ms;
	e->judged_ms = INT64_MIN;
	if (got.epoch == 0)
		resign(e);
	else
		lead(e, got.epoch, got.seq);
	return VG_OK;
}

void vg_leader_forget(struct vg_evaluator *e)
{
	struct vg_group *g;

	while (e->unsettled != NULL) {
		e->unsettled->unsettled = false;
		e->unsettled = e->unsettled->next;
	}
	while (vg_wake_next(e->wake, INT64_MAX) != NULL)
		;
	for (size_t pos = 0; (g = vg_groups_next(e->groups, &pos)) != NULL;)
		vg_state_forget(g, NULL, e);
	vg_silence_forget(e->silence);
	e->n_put = 0;
	e->loaded = false;
	e->marked = false;
	e->judged_ms = INT64_MIN;
}

static bool find_rule(const struct vg_evaluator *e, const char *id,
		      uint32_t *out)
{
	for (size_t i = 0; i < vg_rules_count(e->o.rules); i++) {
		if (strcmp(vg_rule_at(e->o.rules, i)->id, id) == 0) {
			*out = (uint32_t)i;
			return true;
		}
	}
	return false;
}

static bool find_class(const struct vg_evaluator *e, const char *name,
		       uint32_t *out)
{
	for (size_t i = 0; i < vg_class_count(e->o.env->aud); i++) {
		if (strcmp(vg_class_name(e->o.env->aud, i), name) == 0) {
			*out = (uint32_t)i;
			return true;
		}
	}
	return false;
}

/* Put a stored alert where its group is. */
static enum vg_rc adopt(struct vg_evaluator *e, struct vg_doc_read *d,
			struct vg_err *err)
{
	uint32_t rule = 0, class_index = 0;

	if (!find_rule(e, d->rule, &rule) ||
	    !find_class(e, d->class_name, &class_index) ||
	    d->group.n > VG_GROUP_KEY_MAX)
		return VG_OK;
	struct vg_slice key = {d->group.p != NULL ? d->group.p : "",
			       (uint32_t)d->group.n};
	struct vg_group *g =
		vg_groups_make(e->groups, e->family_of_rule[rule], key);
	struct vg_slot *s =
		g != NULL ? vg_state_make_slot(e, g, rule, class_index) : NULL;
	if (s == NULL)
		return vg_err_set(err, VG_FATAL, "alert: out of memory");
	assert(s->rule_index == rule && s->class_index == class_index);
	/* What was resolved before we led was another's to say. */
	d->alert->told = vg_is_resolved(d->alert, s->rule, e->world.now_ms);
	d->alert->next = s->alert;
	s->alert = d->alert;
	d->alert = NULL; /* now the slot's */
	if (!vg_chain_tell(e, g, s, s->alert))
		return vg_err_set(err, VG_FATAL, "alert: out of memory");
	return VG_OK;
}

/* One that is not of these rules and classes stays in Redis as it is. */
static enum vg_rc take_doc(void *ctx, struct vg_slice doc, struct vg_err *err)
{
	struct vg_evaluator *e = ctx;
	struct vg_doc_read d = {.alert = NULL};
	enum vg_rc rc = vg_alert_read(&d, doc, e->o.env, e->o.rules, err);

	if (rc == VG_DROP)
		return vg_silence_take(e->silence, doc, err);
	if (rc == VG_OK)
		rc = adopt(e, &d, err);
	vg_doc_read_term(&d);
	return rc;
}

enum vg_rc vg_leader_load(struct vg_evaluator *e, struct vg_store *store,
			  struct vg_err *err)
{
	if (e->loaded)
		return VG_OK;
	vg_leader_forget(e);
	const struct vg_doc_taker to = {.take = take_doc, .ctx = e};
	enum vg_rc rc = vg_alerts_each(store, &to, err);
	if (rc != VG_OK)
		return rc;
	vg_state_dirty_all(e);
	e->loaded = true;
	return VG_OK;
}

struct vg_put *vg_leader_room(struct vg_evaluator *e)
{
	if (e->n_put == e->cap_put) {
		size_t cap = e->cap_put == 0 ? VG_PUT_BATCH : e->cap_put * 2;
		struct vg_put *put = realloc(e->put, cap * sizeof *put);

		if (put == NULL)
			return NULL;
		memset(put + e->cap_put, 0, (cap - e->cap_put) * sizeof *put);
		e->put = put;
		e->cap_put = cap;
	}
	vg_buf_reset(&e->put[e->n_put].doc);
	vg_buf_reset(&e->put[e->n_put].history);
	return &e->put[e->n_put];
}

enum vg_rc vg_leader_queue(struct vg_evaluator *e, const struct vg_group *g,
			   const struct vg_slot *slot, const struct vg_alert *a,
			   const char *change, struct vg_err *err)
{
	struct vg_put *p = vg_leader_room(e);
	if (p == NULL || !vg_chain_tell(e, g, slot, a))
		return vg_err_set(err, VG_FATAL, "alert: out of memory");
	const struct vg_doc_place at = {
		.env = e->o.env, .slot = slot, .group = {g->key, g->key_len}};

	memcpy(p->id, a->id, sizeof p->id);
	p->start_ms = a->start_ms;
	p->rule = slot->rule->id;
	p->viewers = vg_class_name(e->o.env->aud, slot->class_index);
	p->change = vg_say_tells(slot->rule) ? change : NULL;
	p->is_new = a->detected_ms == a->updated_ms;
	enum vg_rc rc = vg_alert_doc(&p->doc, a, &at, err);
	if (rc == VG_OK && change != NULL)
		rc = vg_alert_history(&p->history, a, change, err);
	if (rc == VG_OK)
		e->n_put++;
	return rc;
}

/* Write one batch; false in *went when it was refused. */
static enum vg_rc put_batch(struct vg_evaluator *e, struct vg_store *store,
			    size_t from, size_t n, bool *went,
			    struct vg_err *err)
{
	enum vg_put_result result = VG_PUT_DONE;

	VG_FAULT(e->o.env->faults, alerts_built);
	enum vg_rc rc =
		vg_alerts_put(store, &e->lease, e->put + from, n, &result, err);
	VG_FAULT(e->o.env->faults, alerts_put);

	*went = rc == VG_OK && result == VG_PUT_DONE;
	if (*went) {
		vg_say_put(e, e->put + from, n);
		vg_metric_add(e->o.env->metrics, VG_M_ALERTS, (int64_t)n);
		return VG_OK;
	}
	if (result == VG_PUT_FENCED) {
		resign(e);
		return rc;
	}
	/* What Redis holds is unknown, or not what we thought: look again. */
	vg_leader_forget(e);
	e->tried = false;
	return rc;
}

enum vg_rc vg_leader_flush(struct vg_evaluator *e, struct vg_store *store,
			   struct vg_err *err)
{
	size_t n = e->n_put;
	bool went = true;
	enum vg_rc rc = VG_OK;

	for (size_t i = 0; i < n && rc == VG_OK && went; i += VG_PUT_BATCH) {
		size_t some = n - i < VG_PUT_BATCH ? n - i : VG_PUT_BATCH;

		rc = put_batch(e, store, i, some, &went, err);
	}
	e->n_put = 0;
	return rc;
}

enum vg_rc vg_leader_expire(struct vg_evaluator *e, struct vg_store *store,
			    struct vg_err *err)
{
	int64_t kept_ms = e->o.env->cfg->alerts_kept_ms;
	size_t removed = 0;

	if (e->world.log_ms < INT64_MIN / 2 ||
	    (e->expired_ms != INT64_MIN &&
	     e->world.now_ms - e->expired_ms < 1000))
		return VG_OK;
	e->expired_ms = e->world.now_ms;
	const struct vg_forget f = {.env = e->o.env,
				    .log_ms = e->world.log_ms,
				    .floor_ms = e->floor_ms};
	enum vg_rc rc = vg_alerts_expire(
		store, &e->lease, e->world.log_ms - kept_ms, &removed, err);
	if (rc == VG_OK)
		rc = vg_alerts_forget(store, &e->lease, &f, &e->forget_at, err);
	return rc;
}
