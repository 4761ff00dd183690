/*
 * The rules in force, and having their files read again. Which rules all share
 * is no viewer's secret; a partner's own are; why files were refused names
 * places on the operator's disk, and is the joint SOC's.
 */
#include "aggregate/plan.h"
#include "alert/book.h"
#include "alert/people.h"
#include "alert/ruleset.h"
#include "api/handlers.h"
#include "api/precision.h"
#include "api/rule_state.h"
#include "api/viewer.h"
#include "core/defect.h"

#include <inttypes.h>

bool vg_rule_serves_locked(const struct vg_view *v,
			   const struct vg_ruleset *set,
			   const struct vg_rule *r)
{
	if (r->learns &&
	    !vg_view_has_whole(v, vg_plan_track(set->plan, r->first_track)->id))
		return false;
	for (unsigned c = 0; c < r->n_condition; c++) {
		size_t track = r->condition[c].track;

		if (track != VG_RULE_NO_TRACK &&
		    !vg_view_has_whole(v, vg_plan_track(set->plan, track)->id))
			return false;
	}
	for (unsigned k = 0; k < r->n_chain; k++)
		if (r->chain[k].rule != VG_CHAIN_EVENTS &&
		    !vg_rule_serves_locked(
			    v, set, vg_rule_at(set->rules, r->chain[k].rule)))
			return false;
	return true;
}

static void write_rule(struct vg_jout *j, const struct vg_rule *r, bool serves,
		       const struct vg_precision *p)
{
	vg_jout_open(j, '{');
	vg_jout_name(j, "id");
	vg_jout_text(j, r->id);
	vg_jout_name(j, "title");
	vg_jout_text(j, r->title);
	vg_jout_name(j, "hash");
	vg_jout_text(j, r->hash);
	vg_jout_name(j, "kind");
	vg_jout_text(j, r->type[0] != '\0' ? r->type : "distinct");
	vg_jout_name(j, "group_by");
	vg_jout_open(j, '[');
	for (unsigned i = 0; i < r->n_group; i++)
		vg_jout_slice(j, r->group[i]);
	vg_jout_close(j, ']');
	vg_jout_name(j, "window_ms");
	vg_jout_i64(j, r->window_ms);
	vg_jout_name(j, "severity");
	vg_jout_i64(j, r->severity);
	vg_jout_name(j, "shadow");
	vg_jout_bool(j, r->shadow);
	vg_jout_name(j, "own");
	vg_jout_bool(j, r->own_of != 0);
	vg_jout_name(j, "state");
	vg_jout_text(j, serves ? "serving" : "backfilling");
	vg_jout_name(j, "precision");
	vg_precision_write(j, p, r->id);
	vg_jout_close(j, '}');
}

static void write_fault(struct vg_jout *j, const struct vg_board_fault *fault,
			bool whole)
{
	vg_jout_name(j, "error");
	if (fault->at_ms == 0)
		vg_jout_null(j);
	else
		vg_jout_text(j, whole ? fault->text
				      : "the files were refused when they were "
					"read again; the operator knows why");
	vg_jout_name(j, "error_at");
	vg_jout_instant(j, fault->at_ms == 0 ? INT64_MIN : fault->at_ms);
}

static struct vg_precision *count(const struct vg_service *s,
				  const struct vg_request *r)
{
	struct vg_precision *p;

	vg_book_read_lock(s->book);
	vg_people_read_lock(s->people);
	p = vg_precision_new(s, vg_viewer_name(s->env->cfg, r->viewer));
	vg_people_unlock(s->people);
	vg_book_unlock(s->book);
	return p;
}

void vg_get_rules(struct vg_service *s, const struct vg_request *r,
		  struct vg_answer *a)
{
	struct vg_board_fault fault;
	struct vg_ruleset *set = vg_board_hold(s->board, &fault);
	struct vg_precision *p = count(s, r);
	struct vg_jout j = vg_answer_json(a, 200);

	vg_jout_open(&j, '{');
	vg_jout_name(&j, "loaded_at");
	vg_jout_instant(&j, set->loaded_ms);
	write_fault(&j, &fault, r->viewer == VG_SLOT_COALITION);
	vg_jout_name(&j, "rules");
	vg_jout_open(&j, '[');
	vg_view_read_lock(s->view);
	for (size_t i = 0; p != NULL && i < vg_rules_count(set->rules); i++) {
		const struct vg_rule *rule = vg_rule_at(set->rules, i);

		if (vg_rule_is_for(rule, r->viewer) ||
		    VG_DEFECT("own-rules-listed"))
			write_rule(&j, rule,
				   vg_rule_serves_locked(s->view, set, rule),
				   p);
	}
	vg_view_unlock(s->view);
	vg_jout_close(&j, ']');
	vg_jout_close(&j, '}');
	a->body.failed = a->body.failed || p == NULL;
	vg_precision_free(p);
	vg_ruleset_drop(set);
}

void vg_post_rules_reload(struct vg_service *s, const struct vg_request *r,
			  struct vg_answer *a)
{
	struct vg_err err = {0};
	size_t rules = 0;
	enum vg_rc rc = s->reload(s->reloader, &rules, &err);
	struct vg_jout j;

	if (rc == VG_INVAL) {
		(void)vg_answer_fail(a, r, 422, "bad-rules", "%s", err.text);
		return;
	}
	if (rc != VG_OK) {
		a->fault = err;
		(void)vg_answer_fail(a, r, 500, "reload",
				     "the files could not be read; the log "
				     "says why");
		return;
	}
	j = vg_answer_json(a, 202);
	vg_jout_open(&j, '{');
	vg_jout_name(&j, "rules");
	vg_jout_i64(&j, (int64_t)rules);
	vg_jout_close(&j, '}');
}
