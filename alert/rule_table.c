#include "alert/rule_kinds.h"

#include "core/buf.h"

#include <stdio.h>

struct vg_leaf *vg_rule_leaf(struct vg_rule_input *in, enum vg_kind kind)
{
	struct vg_leaf *leaf = &in->rule->form.leaf[0];

	in->rule->form.n_leaf = 1;
	*leaf = (struct vg_leaf){.kind = kind,
				 .window_ms = in->rule->window_ms,
				 .min_per_value = 1};
	return leaf;
}

static const struct vg_rule_kind short_form = {
	"",    VG_KIND_DISTINCT,	vg_rule_read_short, "window", 31,
	false, {"condition", "weights"}};

static const struct vg_rule_kind kinds[] = {
	{"distinct",
	 VG_KIND_DISTINCT,
	 vg_rule_read_distinct,
	 "window",
	 31,
	 false,
	 {"condition", "distinct"}},
	{"event_count",
	 VG_KIND_EVENT_COUNT,
	 vg_rule_read_count,
	 "window",
	 31,
	 false,
	 {"condition", "weights"}},
	{"sum",
	 VG_KIND_SUM,
	 vg_rule_read_sum,
	 "window",
	 31,
	 false,
	 {"condition", "field"}},
	{"avg",
	 VG_KIND_AVG,
	 vg_rule_read_avg,
	 "window",
	 31,
	 false,
	 {"condition", "field"}},
	{"percentile",
	 VG_KIND_PERCENTILE,
	 vg_rule_read_percentile,
	 "window",
	 31,
	 false,
	 {"condition", "field", "percentile"}},
	{"temporal",
	 VG_KIND_TEMPORAL,
	 vg_rule_read_temporal,
	 "window",
	 31,
	 false,
	 {"condition"}},
	{"temporal_ordered",
	 VG_KIND_TEMPORAL_ORDERED,
	 vg_rule_read_ordered,
	 "window",
	 31,
	 false,
	 {"condition", "until"}},
	{"spike",
	 VG_KIND_SPIKE,
	 vg_rule_read_spike,
	 "window",
	 31,
	 false,
	 {"height", "direction", "reference", "min_reference", "min_current",
	  "distinct"}},
	{"new_value",
	 VG_KIND_NEW_VALUE,
	 vg_rule_read_new_value,
	 "history",
	 366,
	 true,
	 {"distinct", "learn"}},
	{"silence",
	 VG_KIND_SILENCE,
	 vg_rule_read_silence,
	 "window",
	 31,
	 false,
	 {NULL}},
	{"ratio",
	 VG_KIND_RATIO,
	 vg_rule_read_ratio,
	 "window",
	 31,
	 false,
	 {"of", "bounds", "min_denominator"}},
	{"baseline",
	 VG_KIND_BASELINE,
	 vg_rule_read_baseline,
	 "window",
	 7,
	 false,
	 {"height", "direction", "weeks", "learn", "min_current"}},
	{"chain",
	 VG_KIND_TEMPORAL,
	 vg_rule_read_chain,
	 "window",
	 31,
	 false,
	 {"condition", "rules", "ordered"}},
};

enum { KINDS = sizeof kinds / sizeof kinds[0] };

static enum vg_rc unknown_type(const struct vg_rule_input *in,
			       const struct vg_yaml_node *type,
			       struct vg_err *err)
{
	struct vg_buf names = {0};
	char text[200];

	for (size_t i = 0; i < KINDS; i++)
		vg_buf_printf(&names, "%s%s", i > 0 ? " " : "", kinds[i].name);
	snprintf(text, sizeof text, "%s", names.p != NULL ? names.p : "");
	vg_buf_term(&names);
	return vg_yaml_fail(in->y, type, err,
			    "unknown `type`; the kinds there are: %s", text);
}

enum vg_rc vg_rule_kind_of(const struct vg_rule_input *in,
			   const struct vg_rule_kind **out, struct vg_err *err)
{
	const struct vg_yaml_node *type = vg_yaml_get(in->node, "type");
	const struct vg_yaml_node *field = vg_yaml_get(in->node, "distinct");
	const struct vg_rule_kind *found = NULL;

	if (type == NULL && field != NULL)
		return vg_yaml_fail(in->y, field, err,
				    "`distinct` needs `type: distinct`; or "
				    "write condition: {field: {distinct: k}}");
	if (type == NULL)
		found = &short_form;
	for (size_t i = 0; i < KINDS && found == NULL; i++)
		if (type->type == VG_YAML_SCALAR &&
		    strcmp(type->text, kinds[i].name) == 0)
			found = &kinds[i];
	if (found == NULL)
		return unknown_type(in, type, err);
	in->rule->type = found->name;
	*out = found;
	return VG_OK;
}

enum vg_rc vg_rule_kind_keys(const struct vg_rule_input *in,
			     const struct vg_rule_kind *kind,
			     struct vg_err *err)
{
	static const char *const common[] = {
		"id",	      "title",		 "description", "match",
		"type",	      "group_by",	 "severity",	"tags",
		"references", "false_positives", "shadow"};
	static const char *const life[] = {"resolve_after", "for",
					   "keep_firing"};
	enum { COMMON = sizeof common / sizeof common[0] };
	const char *all[COMMON + 4 + VG_KIND_KEYS_MAX];
	size_t n = 0;

	for (size_t i = 0; i < VG_KIND_KEYS_MAX && kind->key[i] != NULL; i++)
		all[n++] = kind->key[i];
	for (size_t i = 0; i < COMMON; i++)
		all[n++] = common[i];
	for (size_t i = 0; i < 3 && !kind->is_instant; i++)
		all[n++] = life[i];
	all[n++] = kind->window;
	return vg_rule_keys(in->y, in->node, all, n, err);
}
