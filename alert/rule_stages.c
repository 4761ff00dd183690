#include "alert/rule_kinds.h"

#include <assert.h>

/* Stage names are different: an answer may speak of them. */
static enum vg_rc check_name(const struct vg_rule_input *in,
			     const struct vg_yaml_node *stage,
			     struct vg_err *err)
{
	const struct vg_yaml_node *name = vg_yaml_get(stage, "name");

	if (name == NULL || name->type != VG_YAML_SCALAR ||
	    name->text_len < 1 || name->text_len > 64)
		return vg_yaml_fail(in->y, stage, err,
				    "a stage needs a `name` of 1 to 64 bytes");
	for (const struct vg_yaml_node *s = stage->next; s != NULL;
	     s = s->next) {
		const struct vg_yaml_node *other =
			s->type == VG_YAML_MAP ? vg_yaml_get(s, "name") : NULL;

		if (other != NULL && other->type == VG_YAML_SCALAR &&
		    strcmp(other->text, name->text) == 0)
			return vg_yaml_fail(in->y, other, err,
					    "stage `%.64s` is there twice; "
					    "rename one",
					    name->text);
	}
	return VG_OK;
}

static enum vg_rc read_absent(const struct vg_rule_input *in,
			      const struct vg_yaml_node *stage, bool *out,
			      struct vg_err *err)
{
	const struct vg_yaml_node *n = vg_yaml_get(stage, "absent");

	*out = false;
	if (n == NULL)
		return VG_OK;
	return vg_rule_bool(in->y, n, "absent", out, err);
}

/* {name: fails, match: {kind: fail}, count: 5} */
static enum vg_rc read_stage(struct vg_rule_input *in,
			     const struct vg_yaml_node *n,
			     const struct vg_match **match,
			     struct vg_stage *out, struct vg_err *err)
{
	static const char *const keys[] = {"name", "match", "count", "absent"};
	static const int64_t range[2] = {1, VG_STAGE_EVENTS_MAX};
	const struct vg_yaml_node *count, *test;
	int64_t needed = 1;

	if (n->type != VG_YAML_MAP)
		return vg_yaml_fail(in->y, n, err,
				    "a stage must be {name: N, match: {...}}");
	enum vg_rc rc = vg_rule_keys(in->y, n, keys, 4, err);
	if (rc == VG_OK)
		rc = check_name(in, n, err);
	if (rc == VG_OK)
		rc = read_absent(in, n, &out->absent, err);
	if (rc != VG_OK)
		return rc;
	count = vg_yaml_get(n, "count");
	test = vg_yaml_get(n, "match");
	if (count != NULL && out->absent)
		return vg_yaml_fail(in->y, count, err,
				    "a stage that is `absent` has no `count`");
	if (count != NULL)
		rc = vg_rule_int(in->y, count, range, &needed, err);
	out->count = (uint32_t)needed;
	if (rc == VG_OK && test != NULL)
		rc = vg_rule_submatch(in, test, match, err);
	return rc;
}

/* match: {stages: [...]} */
static enum vg_rc find_stages(const struct vg_rule_input *in,
			      const struct vg_yaml_node **out,
			      struct vg_err *err)
{
	static const char *const keys[] = {"stages"};
	const struct vg_yaml_node *match = NULL, *list = NULL;
	enum vg_rc rc = vg_rule_need(in, "match",
				     "match: {stages: [{name: a, match: "
				     "{...}}]}",
				     &match, err);

	if (rc == VG_OK && match->type == VG_YAML_MAP)
		rc = vg_rule_keys(in->y, match, keys, 1, err);
	if (rc != VG_OK)
		return rc;
	if (match->type == VG_YAML_MAP)
		list = vg_yaml_get(match, "stages");
	if (list == NULL || list->type != VG_YAML_LIST || list->count < 1 ||
	    list->count > VG_STAGES_MAX)
		return vg_yaml_fail(in->y, match, err,
				    "`match` must be {stages: [...]} with 1 to "
				    "%d stages",
				    (int)VG_STAGES_MAX);
	*out = list;
	return VG_OK;
}

static enum vg_rc read_stages(struct vg_rule_input *in, enum vg_kind kind,
			      unsigned *n_positive, struct vg_err *err)
{
	struct vg_leaf *leaf = vg_rule_leaf(in, kind);
	struct vg_take *take = &in->rule->take[0];
	const struct vg_yaml_node *list = NULL, *n;
	uint64_t events = 0;
	enum vg_rc rc = find_stages(in, &list, err);

	take->what = VG_TAKE_MASK;
	*n_positive = 0;
	n = rc == VG_OK ? list->child : NULL;
	for (; n != NULL && rc == VG_OK; n = n->next) {
		struct vg_stage *stage = &leaf->stage[leaf->n_stage];

		rc = read_stage(in, n, &take->part[leaf->n_stage], stage, err);
		if (rc != VG_OK)
			break;
		leaf->n_stage++;
		if (!stage->absent) {
			++*n_positive;
			events += stage->count;
		}
	}
	take->n_part = leaf->n_stage;
	if (rc == VG_OK && *n_positive == 0)
		rc = vg_yaml_fail(in->y, list, err,
				  "every stage is `absent`; what is to be "
				  "there? (`type: silence` is for no events)");
	if (rc == VG_OK && events > VG_STAGE_EVENTS_MAX)
		rc = vg_yaml_fail(in->y, list, err,
				  "the stages need more than %d events",
				  (int)VG_STAGE_EVENTS_MAX);
	return rc;
}

static enum vg_rc read_bounds(struct vg_rule_input *in, unsigned by_default,
			      struct vg_err *err)
{
	const struct vg_yaml_node *n = vg_yaml_get(in->node, "condition");
	struct vg_bounds *bounds = &in->rule->form.leaf[0].bounds;

	if (n != NULL)
		return vg_rule_bounds(in->y, n, bounds, err);
	bounds->used = 1u << VG_BOUND_GTE;
	bounds->bound[VG_BOUND_GTE] = by_default;
	return VG_OK;
}

enum vg_rc vg_rule_read_temporal(struct vg_rule_input *in, struct vg_err *err)
{
	unsigned n = 0;
	enum vg_rc rc = read_stages(in, VG_KIND_TEMPORAL, &n, err);

	return rc == VG_OK ? read_bounds(in, n, err) : rc;
}

enum vg_rc vg_rule_read_ordered(struct vg_rule_input *in, struct vg_err *err)
{
	const struct vg_yaml_node *until = vg_yaml_get(in->node, "until");
	struct vg_take *take = &in->rule->take[0];
	unsigned n = 0;
	enum vg_rc rc = read_stages(in, VG_KIND_TEMPORAL_ORDERED, &n, err);

	if (rc == VG_OK)
		rc = read_bounds(in, n, err);
	if (rc != VG_OK || until == NULL)
		return rc;
	take->has_breaker = true;
	in->rule->form.leaf[0].breaks = true;
	return vg_rule_submatch(in, until, &take->breaker, err);
}
