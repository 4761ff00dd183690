#include "alert/evaluate.h"

#include "aggregate/keys.h"
#include "aggregate/value_list.h"
#include "alert/chain.h"
#include "alert/leader.h"
#include "alert/model.h"
#include "alert/reconcile.h"
#include "alert/replay.h"
#include "core/defect.h"

/* The same of a chain, which is fed each alert for two windows, and after a
 * restart what is kept of them. */
static int64_t exact_of_alerts(const struct vg_evaluator *e,
			       const struct vg_rule *rule)
{
	int64_t from_ms = INT64_MIN, kept_ms = INT64_MIN;

	if (e->floor_ms != INT64_MIN)
		from_ms = e->floor_ms - rule->window_ms;
	if (e->world.log_ms != INT64_MIN)
		kept_ms = e->world.log_ms - e->o.env->cfg->alerts_kept_ms +
			  rule->window_ms;
	return from_ms > kept_ms ? from_ms : kept_ms;
}

/* From here on the spans say all there is: what may have been swept, and a
 * window more. */
static int64_t exact_from(const struct vg_evaluator *e,
			  const struct vg_rule *rule)
{
	int64_t from_ms = INT64_MIN;

	if (rule->condition[0].track == VG_RULE_NO_TRACK)
		return exact_of_alerts(e, rule);
	for (unsigned c = 0; c < rule->n_condition; c++) {
		size_t track = rule->condition[c].track;
		int64_t fed_ms =
			e->world.log_ms == INT64_MIN
				? INT64_MIN
				: e->world.log_ms - vg_part_track_horizon(
							    e->o.env, track);

		if (e->swept_ms[track] > fed_ms)
			fed_ms = e->swept_ms[track];
		if (fed_ms > from_ms)
			from_ms = fed_ms;
	}
	if (from_ms == INT64_MIN)
		return from_ms;
	int64_t reach_ms = vg_rule_reach_ms(rule);
	return from_ms +
	       (reach_ms > rule->window_ms ? reach_ms : rule->window_ms);
}

static bool has_slot(const struct vg_group *g, uint32_t rule)
{
	const struct vg_slot *s = g->active != NULL ? g->active->slot : NULL;

	while (s != NULL && s->rule_index != rule)
		s = s->next;
	return s != NULL;
}

/* A watchlist's rule looks at what is on the list; an event has other values
 * beside those. */
static bool is_watched(const struct vg_rule *rule, const struct vg_group *g)
{
	struct vg_slice part[VG_TRACK_GROUP_MAX] = {{0}};
	struct vg_buf text = {0};
	bool found;

	if (rule->only == NULL)
		return true;
	(void)vg_field_split((struct vg_slice){g->key, g->key_len}, part,
			     VG_TRACK_GROUP_MAX);
	vg_field_unescape(&text, part[0]);
	const struct vg_slice value = {text.p, (uint32_t)text.n};
	if (vg_slice_eq(rule->group[0], vg_slice_of("indicator")))
		found = vg_value_list_has_indicator(rule->only, value);
	else
		found = vg_value_list_has(rule->only, value);
	found = found || text.failed;
	vg_buf_term(&text);
	return found;
}

/* A partner's own rule is evaluated for it alone. */
static bool is_for_class(const struct vg_evaluator *e,
			 const struct vg_rule *rule, uint32_t class_index)
{
	return rule->own_of == 0 || VG_DEFECT("own-for-all") ||
	       vg_class_of(e->o.env->aud, rule->own_of - 1u) ==
		       (int)class_index;
}

static enum vg_rc evaluate_rule(struct vg_evaluator *e, struct vg_group *g,
				uint32_t rule_index, bool settle,
				struct vg_err *err)
{
	const struct vg_rule *rule = vg_rule_at(e->o.rules, rule_index);
	size_t classes = vg_class_count(e->o.env->aud);
	enum vg_rc rc = VG_OK;

	if (!vg_visible_possible(vg_groups_values(e->groups), g, rule) &&
	    !has_slot(g, rule_index))
		return VG_OK;
	if (!is_watched(rule, g))
		return VG_OK;
	for (uint32_t c = 0; c < classes && rc == VG_OK; c++) {
		struct vg_visible seen;
		struct vg_reconcile r = {.e = e,
					 .group = g,
					 .seen = &seen,
					 .rule_index = rule_index,
					 .class_index = c,
					 .exact_ms = exact_from(e, rule),
					 .settle = settle,
					 .write = vg_leader_queue};

		if ((e->world.left >> c & 1) != 0 &&
		    !VG_DEFECT("left-evaluated"))
			continue;
		if (!is_for_class(e, rule, c))
			continue;
		rc = vg_visible_gather(&seen, e, g, rule, c, err);
		if (rc == VG_OK)
			rc = vg_reconcile(&r, err);
	}
	return rc;
}

enum vg_rc vg_evaluate(struct vg_evaluator *e, struct vg_group *g, bool settle,
		       struct vg_err *err)
{
	const struct vg_family *f = &e->family[g->family];
	enum vg_rc rc = VG_OK;

	for (size_t i = 0; i < f->n_rule && rc == VG_OK; i++)
		if (!e->waits[f->rule[i]])
			rc = evaluate_rule(e, g, f->rule[i], settle, err);
	if (rc != VG_OK)
		return rc;
	for (uint32_t i = 0; i < g->n; i++)
		g->span[i].value_marks &=
			~(uint32_t)(VG_SPAN_NEW_FIRST | VG_SPAN_NEW_LAST);
	vg_chain_seen(g);
	g->force = false;
	vg_metric_add(e->o.env->metrics, VG_M_EVALUATIONS, 1);
	return VG_OK;
}
