/*
 * rule_tracks - the tracks of a rule that is more than "at least k different
 * values": one for each of its leaves, which says of an event what the leaf
 * takes of it (alert/take.h).
 */
#include "alert/rule_kinds.h"

#include "alert/replay.h"
#include "core/buf.h"
#include "core/defect.h"

#include <assert.h>

bool vg_rule_is_plain(const struct vg_rule *r)
{
	for (unsigned i = 0; i < r->n_condition; i++)
		if (r->condition[i].at_least < 1)
			return false;
	return r->n_condition > 0 && r->for_ms == 0 && r->keep_firing_ms == 0;
}

bool vg_rule_needs_presence(const struct vg_leaf *leaf)
{
	return leaf->kind == VG_KIND_NEW_VALUE ||
	       (leaf->kind == VG_KIND_DISTINCT && leaf->min_per_value <= 1);
}

static void take_classes(struct vg_track *t, const struct vg_take *take)
{
	for (unsigned i = 0; i < take->n_part; i++)
		t->class_of[i] = take->part[i];
	t->n_class = take->n_part;
	if (take->has_breaker)
		t->class_of[t->n_class++] = take->breaker;
	t->classless = take->whole;
}

static struct vg_track track_of(const struct vg_rule *r, unsigned l)
{
	const struct vg_take *take = &r->take[l];
	struct vg_track t = {.kind = vg_rule_needs_presence(&r->form.leaf[l])
					     ? VG_TRACK_SPAN
					     : VG_TRACK_STEPS,
			     .window_ms = vg_rule_reach_ms(r),
			     .match = take->match,
			     .borrowed = true,
			     .n_group = r->n_group,
			     .n_need = take->n_need,
			     .numeric = take->what == VG_TAKE_NUMBER};

	if (t.window_ms < r->window_ms)
		t.window_ms = r->window_ms;
	memcpy(t.group, r->group_ref, sizeof t.group);
	for (unsigned i = 0; i < take->n_need; i++)
		t.need[i] = take->need[i];
	if (take->what == VG_TAKE_MASK) {
		take_classes(&t, take);
	} else {
		memcpy(t.value, take->value, sizeof t.value);
		t.n_value = take->n_value;
	}
	return t;
}

/* What the ledger calls it: the fields, or what the rule reads beside them. */
static enum vg_rc name_of(struct vg_rule_input *in, const struct vg_take *take,
			  struct vg_slice *out, struct vg_err *err)
{
	struct vg_buf b = {0};

	if (in->rule->n_chain > 0)
		vg_buf_str(&b, "rules");
	else if (take->n_value == 0 && take->what != VG_TAKE_MASK)
		vg_buf_str(&b, "events");
	else if (take->what == VG_TAKE_MASK)
		vg_buf_str(&b, "stages");
	else
		for (unsigned i = 0; i < take->n_value; i++)
			vg_buf_printf(&b, "%s%.*s", i > 0 ? "+" : "",
				      (int)take->value[i].name.n,
				      take->value[i].name.p);
	char *copy = b.failed ? NULL : vg_arena_copy(in->arena, b.p, b.n);
	vg_buf_term(&b);
	if (copy == NULL)
		return vg_err_set(err, VG_FATAL, "rules: out of memory");
	*out = vg_slice_of(copy);
	return VG_OK;
}

/* A value that is new is an alert of its own: it becomes part of the group, and
 * what is new twice is nothing that lasts. */
static enum vg_rc split_by_value(struct vg_rule_input *in, struct vg_err *err)
{
	struct vg_rule *r = in->rule;
	const struct vg_take *take = &r->take[0];

	if (r->n_group + take->n_value > VG_TRACK_GROUP_MAX)
		return vg_yaml_fail(in->y, in->node, err,
				    "`group_by` and `distinct` name more than "
				    "%d fields together",
				    VG_TRACK_GROUP_MAX);
	for (unsigned i = 0; i < take->n_value; i++) {
		r->group[r->n_group] = take->value[i].name;
		r->group_ref[r->n_group++] = take->value[i];
	}
	r->resolve_after_ms = 0;
	return VG_OK;
}

static enum vg_rc add_track(struct vg_rule_input *in, const struct vg_track *t,
			    size_t *index, struct vg_err *err)
{
	struct vg_err why = {0};
	enum vg_rc rc = vg_plan_add_track(in->plan, t, index, &why);

	if (rc == VG_INVAL)
		return vg_yaml_fail(in->y, in->node, err, "%.180s", why.text);
	return rc == VG_OK ? rc : vg_err_set(err, rc, "%.200s", why.text);
}

/* When each group began, of whatever value: what `learn` counts from. */
static enum vg_rc add_first(struct vg_rule_input *in, struct vg_err *err)
{
	struct vg_rule *r = in->rule;
	const struct vg_take *take = &r->take[0];
	struct vg_track t = track_of(r, 0);

	t.reach_ms = t.window_ms;
	t.window_ms = VG_TRACK_FIRST_MS;
	t.n_group = r->n_group - take->n_value;
	for (unsigned i = 0; i < take->n_value; i++)
		t.need[t.n_need++] = take->value[i];
	t.value[0] = vg_field_ref(vg_slice_of("partner"));
	t.n_value = 1;
	r->learns = true;
	return add_track(in, &t, &r->first_track, err);
}

enum vg_rc vg_rule_add_tracks(struct vg_rule_input *in, struct vg_err *err)
{
	struct vg_rule *r = in->rule;
	enum vg_rc rc = VG_OK;

	if (r->n_chain > 0 && r->take[0].what == VG_TAKE_ALERTS) {
		r->condition[0] = (struct vg_rule_condition){
			.field = vg_slice_of("rules"),
			.track = VG_RULE_NO_TRACK,
			.piece = VG_RULE_WHOLE};
		r->n_condition = 1;
		return VG_OK;
	}
	if (r->form.leaf[0].kind == VG_KIND_NEW_VALUE)
		rc = split_by_value(in, err);
	assert(r->n_condition == 0 && r->form.n_leaf <= VG_LEAVES_MAX);

	for (unsigned l = 0; l < r->form.n_leaf && rc == VG_OK; l++) {
		struct vg_rule_condition *c = &r->condition[l];
		const struct vg_track t = track_of(r, l);

		c->piece = VG_RULE_WHOLE;
		rc = name_of(in, &r->take[l], &c->field, err);
		if (rc != VG_OK)
			break;
		rc = add_track(in, &t, &c->track, err);
	}
	if (rc == VG_OK && r->form.leaf[0].kind == VG_KIND_NEW_VALUE &&
	    r->form.leaf[0].learn_ms > 0)
		rc = add_first(in, err);
	r->n_condition = rc == VG_OK ? r->form.n_leaf : 0;
	return rc;
}
