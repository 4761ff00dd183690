#include "alert/reconcile.h"

#include "alert/candidate.h"
#include "alert/pieces.h"
#include "alert/wake.h"
#include "core/defect.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum {
	ROWS_AT_ONCE =
		64, /* past so many, new rows are written once a second */
	PACE_MS = 1000
};

static enum vg_rc no_memory(struct vg_err *err)
{
	return vg_err_set(err, VG_FATAL, "alert: out of memory");
}

static struct vg_episode interval_of(const struct vg_alert *a)
{
	return (struct vg_episode){.start_ms = a->start_ms,
				   .end_ms = a->end_ms};
}

static bool is_older(const struct vg_alert *a, const struct vg_alert *b)
{
	if (a->withdrawn != b->withdrawn)
		return !a->withdrawn;
	if (a->detected_ms != b->detected_ms)
		return a->detected_ms < b->detected_ms;
	if (a->start_ms != b->start_ms)
		return a->start_ms < b->start_ms;
	return strcmp(a->id, b->id) < 0;
}

/* Leave alone what nothing can join any more: all of it lies before what the
 * spans show by resolve_after, and before what they could take back. A group
 * can have hundreds of these. */
static void let_rest(const struct vg_reconcile *r, struct vg_slot *slot)
{
	const struct vg_rule *rule = slot->rule;

	for (struct vg_alert *a = slot->alert; a != NULL; a = a->next) {
		bool before =
			r->seen->oldest_ms == INT64_MAX ||
			a->end_ms + rule->resolve_after_ms < r->seen->oldest_ms;

		a->rests = before && (a->end_ms < r->exact_ms ||
				      strcmp(a->rule_hash, rule->hash) != 0);
	}
}

/* Give each episode, earliest first, the oldest alert that meets it and has
 * not been given to an earlier one. */
static void claim(const struct vg_slot *slot, const struct vg_episode *episode,
		  size_t n)
{
	for (struct vg_alert *a = slot->alert; a != NULL; a = a->next)
		a->claim = 0;
	for (size_t i = 0; i < n; i++) {
		struct vg_alert *best = NULL;

		assert(i == 0 || episode[i - 1].end_ms < episode[i].start_ms);

		for (struct vg_alert *a = slot->alert; a != NULL; a = a->next) {
			struct vg_episode in = interval_of(a);

			if (a->claim != 0 || a->rests ||
			    a->merged_into[0] != '\0' ||
			    !vg_pieces_meet(&in, &episode[i],
					    slot->rule->resolve_after_ms))
				continue;
			if (best == NULL || is_older(a, best))
				best = a;
		}
		if (best != NULL)
			best->claim = i + 1;
	}
}

static struct vg_alert *claimed(const struct vg_slot *slot, size_t i)
{
	struct vg_alert *a = slot->alert;

	while (a != NULL && a->claim != i + 1)
		a = a->next;
	return a;
}

static bool has_new_row_before(const struct vg_alert *now,
			       const struct vg_alert *old, int64_t ms)
{
	size_t j = 0;

	for (size_t i = 0; i < now->n_row; i++) {
		while (j < old->n_row &&
		       vg_seen_order(&old->row[j], &now->row[i]) < 0)
			j++;
		bool is_new = j == old->n_row ||
			      vg_seen_order(&old->row[j], &now->row[i]) != 0;
		if (is_new && now->row[i].first_ms < ms)
			return true;
	}
	return false;
}

/* True when the change was caused by events that were late: older than one
 * already evaluated, among those that the class sees. */
static bool is_late(const struct vg_visible *v, const struct vg_alert *now,
		    const struct vg_alert *old)
{
	if (v->late_ms == INT64_MAX)
		return false;
	if (v->newest_ms <= v->known_ms)
		return true;
	if (old == NULL)
		return now->start_ms <= v->known_ms;
	if (now->start_ms < old->start_ms)
		return true;
	if (now->peak > old->peak && now->peak_at_ms <= v->known_ms)
		return true;
	return has_new_row_before(now, old, v->known_ms);
}

enum weight { NOTHING, END_ALONE, SIGNIFICANT };

static enum weight weigh(const struct vg_reconcile *r,
			 const struct vg_alert *now, const struct vg_alert *old)
{
	bool grew = now->peak != old->peak || !vg_alert_same_rows(now, old);
	bool late = is_late(r->seen, now, old) && now->end_ms != old->end_ms;

	if (old->withdrawn || now->start_ms != old->start_ms ||
	    now->end_ms < old->end_ms || late)
		return SIGNIFICANT;
	if (grew && (now->n_row <= ROWS_AT_ONCE ||
		     r->e->world.now_ms - old->updated_ms >= PACE_MS))
		return SIGNIFICANT;
	if (grew || r->seen->changed || !vg_alert_same(now, old))
		return END_ALONE;
	return NOTHING;
}

/* Leave it to a later settling: note when at the latest. */
static enum vg_rc put_off(struct vg_reconcile *r, const struct vg_alert *now,
			  const struct vg_alert *old, struct vg_err *err)
{
	struct vg_active *active = vg_state_active(r->e, r->group);

	if (active == NULL)
		return no_memory(err);
	if (!active->unsettled) {
		active->unsettled = true;
		active->due_ms = active->end_ms = INT64_MAX;
		active->put_off_ms = r->e->world.log_ms;
		active->next = r->e->unsettled;
		r->e->unsettled = active;
	}
	if (old->end_ms < active->end_ms)
		active->end_ms = old->end_ms;
	if (!vg_alert_same_rows(now, old) &&
	    old->updated_ms + PACE_MS < active->due_ms)
		active->due_ms = old->updated_ms + PACE_MS;
	return VG_OK;
}

/* Move what `now` says into the stored alert, which keeps who it is. */
static void take_over(struct vg_alert *stored, struct vg_alert *now)
{
	struct vg_alert old = *stored;

	*stored = *now;
	stored->next = old.next;
	memcpy(stored->id, old.id, sizeof old.id);
	memcpy(stored->rule_hash, old.rule_hash, sizeof old.rule_hash);
	stored->detected_ms = old.detected_ms;
	stored->revision = old.revision;
	stored->late_by_ms = old.late_by_ms;
	stored->claim = old.claim;
	memset(now, 0, sizeof *now); /* handed over */
	vg_alert_term(&old);
}

static void count_revision(const struct vg_reconcile *r, struct vg_alert *a)
{
	a->revision++;
	a->late_by_ms = r->seen->known_ms - r->seen->late_ms;
	vg_metric_add(r->e->o.env->metrics, VG_M_REVISIONS, 1);
}

static enum vg_rc update(struct vg_reconcile *r, const struct vg_slot *slot,
			 struct vg_alert *now, struct vg_alert *stored,
			 struct vg_err *err)
{
	enum weight w = weigh(r, now, stored);
	enum vg_rc rc = VG_OK;

	if (w == END_ALONE && !r->settle)
		return put_off(r, now, stored, err);
	if (w == NOTHING && !r->settle)
		return VG_OK;
	rc = vg_candidate_without(now, r, slot->alert, err);
	if (rc != VG_OK || vg_alert_same(now, stored))
		return rc;
	bool late = is_late(r->seen, now, stored);
	take_over(stored, now);
	stored->updated_ms = r->e->world.now_ms;
	if (late)
		count_revision(r, stored);
	const char *change = w != SIGNIFICANT ? NULL
			     : late	      ? "revised"
					      : "updated";
	return r->write(r->e, r->group, slot, stored, change, err);
}

/* The alert of this id, when there was one: an episode that was merged away
 * or withdrawn, and is itself again. */
static struct vg_alert *by_id(const struct vg_slot *slot, const char *id)
{
	struct vg_alert *a = slot->alert;

	while (a != NULL && strcmp(a->id, id) != 0)
		a = a->next;
	return a;
}

/* fingerprint-start; with a number behind it when the alert of that name is
 * one of the others, as after a split. */
static void name(char id[VG_ALERT_ID], const struct vg_slot *slot,
		 int64_t start_ms)
{
	const struct vg_alert *a = NULL;
	int n = 1;

	snprintf(id, VG_ALERT_ID, "%s-%" PRId64, slot->fingerprint, start_ms);
	while ((a = by_id(slot, id)) != NULL && a->claim != 0 && n < 100)
		snprintf(id, VG_ALERT_ID, "%s-%" PRId64 "-%d",
			 slot->fingerprint, start_ms, ++n);
}

static enum vg_rc raise_new(struct vg_reconcile *r, struct vg_slot *slot,
			    struct vg_alert *now, size_t i, struct vg_err *err)
{
	char id[VG_ALERT_ID];
	struct vg_alert *a = NULL;
	enum vg_rc rc = vg_candidate_without(now, r, slot->alert, err);

	if (rc != VG_OK)
		return rc;
	name(id, slot, now->start_ms);
	a = by_id(slot, id);
	if (a == NULL) {
		a = calloc(1, sizeof *a);
		if (a == NULL)
			return no_memory(err);
		a->next = slot->alert;
		slot->alert = a;
		memcpy(a->id, id, sizeof a->id);
		a->detected_ms = r->e->world.now_ms;
	}
	bool late = is_late(r->seen, now, NULL);
	take_over(a, now);
	memcpy(a->rule_hash, slot->rule->hash, sizeof a->rule_hash);
	a->updated_ms = r->e->world.now_ms;
	a->claim = i + 1;
	if (late)
		count_revision(r, a);
	return r->write(r->e, r->group, slot, a, late ? "revised" : "raised",
			err);
}

static enum vg_rc one_episode(struct vg_reconcile *r, struct vg_slot *slot,
			      const struct vg_episode *episode, size_t i,
			      struct vg_err *err)
{
	struct vg_alert now = {0}, *stored = claimed(slot, i);
	enum vg_rc rc =
		vg_candidate_fill(&now, r, slot->alert, &episode[i], err);

	if (rc == VG_OK && stored != NULL)
		rc = update(r, slot, &now, stored, err);
	else if (rc == VG_OK)
		rc = raise_new(r, slot, &now, i, err);
	vg_alert_term(&now);
	return rc;
}

/* An alert that no episode claimed was joined to another, or holds no more. */
static enum vg_rc retire(struct vg_reconcile *r, const struct vg_slot *slot,
			 struct vg_alert *a, const struct vg_episode *episode,
			 size_t n, struct vg_err *err)
{
	struct vg_episode in = interval_of(a);
	const char *change = "withdrawn";
	size_t i = 0;

	while (i < n &&
	       !vg_pieces_meet(&in, &episode[i], slot->rule->resolve_after_ms))
		i++;
	if (i == n && a->withdrawn)
		return VG_OK;
	if (i == n) {
		a->withdrawn = true;
	} else {
		memcpy(a->merged_into, claimed(slot, i)->id,
		       sizeof a->merged_into);
		change = "merged";
	}
	a->updated_ms = r->e->world.now_ms;
	if (r->seen->late_ms != INT64_MAX)
		count_revision(r, a);
	return r->write(r->e, r->group, slot, a, change, err);
}

static enum vg_rc compare(struct vg_reconcile *r, struct vg_slot *slot,
			  const struct vg_episode *episode, size_t n,
			  struct vg_err *err)
{
	enum vg_rc rc = VG_OK;

	claim(slot, episode, n);
	for (size_t i = 0; i < n && rc == VG_OK; i++)
		rc = one_episode(r, slot, episode, i, err);
	if (VG_DEFECT("alert-no-merge"))
		return rc;
	for (struct vg_alert *a = slot->alert; a != NULL && rc == VG_OK;
	     a = a->next)
		if (a->claim == 0 && !a->rests && a->merged_into[0] == '\0')
			rc = retire(r, slot, a, episode, n, err);
	return rc;
}

/* The slot, made when there is something to put in; NULL when there is not. */
static enum vg_rc find_slot(struct vg_reconcile *r, size_t episodes,
			    struct vg_slot **out, struct vg_err *err)
{
	*out = vg_state_slot(r->group->active, r->rule_index, r->class_index);
	if (*out != NULL || episodes == 0)
		return VG_OK;
	*out = vg_state_make_slot(r->e, r->group, r->rule_index,
				  r->class_index);
	return *out != NULL ? VG_OK : no_memory(err);
}

static enum vg_rc join_and_compare(struct vg_reconcile *r, struct vg_slot *slot,
				   struct vg_episode **episode, size_t n,
				   struct vg_err *err)
{
	const struct vg_visible *v = r->seen;

	let_rest(r, slot);
	enum vg_rc rc = vg_pieces_join(episode, &n, slot->alert, v->rule,
				       r->exact_ms, err);

	if (rc == VG_OK)
		rc = compare(r, slot, *episode, n, err);
	if (rc == VG_OK)
		slot->seen_ms = v->known_ms > v->largest_ms ? v->known_ms
							    : v->largest_ms;
	return rc;
}

/* Look again when time alone may have changed the answer. */
static enum vg_rc wait_on(struct vg_reconcile *r, struct vg_err *err)
{
	struct vg_active *active;

	if (r->seen->again_ms == INT64_MAX)
		return VG_OK;
	active = vg_state_active(r->e, r->group);
	if (active == NULL ||
	    !vg_wake_at(r->e->wake, active, r->seen->again_ms))
		return no_memory(err);
	return VG_OK;
}

enum vg_rc vg_reconcile(struct vg_reconcile *r, struct vg_err *err)
{
	struct vg_slot *slot =
		vg_state_slot(r->group->active, r->rule_index, r->class_index);
	struct vg_episode *episode = NULL;
	size_t n = 0;
	enum vg_rc rc = VG_OK;

	vg_visible_judge(r->seen, slot != NULL ? slot->seen_ms : INT64_MIN);
	if (!r->seen->changed && !r->group->force && !r->settle)
		return VG_OK;
	if (r->seen->possible)
		rc = vg_visible_episodes(r->seen, UINT32_MAX, &episode, &n,
					 err);
	if (rc == VG_OK)
		rc = wait_on(r, err);
	if (rc == VG_OK)
		rc = find_slot(r, n, &slot, err);
	if (rc == VG_OK && slot != NULL)
		rc = join_and_compare(r, slot, &episode, n, err);
	free(episode);
	return rc;
}
