#include "alert/rule_kinds.h"

#include "aggregate/match.h"
#include "alert/rule_tree.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

static const int64_t day_ms = 86400000;

enum vg_rc vg_rule_number(const struct vg_yaml *y, const struct vg_yaml_node *n,
			  const double low_high[2], double *out,
			  struct vg_err *err)
{
	char *end = NULL;
	double v = 0;

	if (n->type == VG_YAML_SCALAR && n->text_len > 0)
		v = strtod(n->text, &end);
	if (end == NULL || *end != '\0' || !isfinite(v) || v < low_high[0] ||
	    v > low_high[1])
		return vg_yaml_fail(y, n, err,
				    "`%s` must be a number from %g to %g",
				    n->key != NULL ? n->key : "value",
				    low_high[0], low_high[1]);
	*out = v;
	return VG_OK;
}

enum vg_rc vg_rule_bounds(const struct vg_yaml *y, const struct vg_yaml_node *n,
			  struct vg_bounds *out, struct vg_err *err)
{
	static const char *const op[VG_BOUND_N] = {"gt",  "gte", "lt",
						   "lte", "eq",	 "neq"};
	static const double any[2] = {-1e300, 1e300};
	enum vg_rc rc = VG_OK;

	if (n->type != VG_YAML_MAP || n->count == 0)
		return vg_yaml_fail(y, n, err,
				    "`%s` must be a map of gt, gte, lt, lte, "
				    "eq or neq; write {gte: 3}",
				    n->key);
	rc = vg_rule_keys(y, n, op, VG_BOUND_N, err);
	for (unsigned i = 0; i < VG_BOUND_N && rc == VG_OK; i++) {
		const struct vg_yaml_node *bound = vg_yaml_get(n, op[i]);

		if (bound == NULL)
			continue;
		rc = vg_rule_number(y, bound, any, &out->bound[i], err);
		out->used |= 1u << i;
	}
	return rc;
}

enum vg_rc vg_rule_submatch(const struct vg_rule_input *in,
			    const struct vg_yaml_node *n,
			    const struct vg_match **out, struct vg_err *err)
{
	struct vg_yaml_node match = *n, holder = *n;
	struct vg_rule_input as_rule = *in;
	struct vg_match *m = NULL;

	match.key = "match";
	match.next = NULL;
	holder.type = VG_YAML_MAP;
	holder.child = &match;
	holder.count = 1;
	as_rule.node = &holder;
	enum vg_rc rc = vg_rule_match(&as_rule, &m, err);
	if (rc == VG_OK && m != NULL)
		rc = vg_rules_keep(in->set, m, err);
	if (rc == VG_OK)
		*out = m;
	return rc;
}

enum vg_rc vg_rule_take_match(struct vg_rule_input *in, struct vg_err *err)
{
	const struct vg_yaml_node *n = vg_yaml_get(in->node, "match");

	if (n == NULL)
		return VG_OK;
	return vg_rule_submatch(in, n, &in->rule->take[0].match, err);
}

static enum vg_rc read_condition(struct vg_rule_input *in, struct vg_leaf *leaf,
				 struct vg_err *err)
{
	const struct vg_yaml_node *n = NULL;
	enum vg_rc rc =
		vg_rule_need(in, "condition", "condition: {gte: 3}", &n, err);

	return rc == VG_OK ? vg_rule_bounds(in->y, n, &leaf->bounds, err) : rc;
}

enum vg_rc vg_rule_read_count(struct vg_rule_input *in, struct vg_err *err)
{
	struct vg_leaf *leaf = vg_rule_leaf(in, VG_KIND_EVENT_COUNT);
	const struct vg_weight *weight = NULL;
	unsigned n = 0;
	enum vg_rc rc = vg_rule_take_match(in, err);

	if (rc == VG_OK)
		rc = vg_rule_weights(in, &weight, &n, err);
	if (rc != VG_OK)
		return rc;
	vg_rule_take_weights(&in->rule->take[0], weight, n);
	if (n > 0)
		leaf->kind = VG_KIND_SUM;
	return read_condition(in, leaf, err);
}

enum vg_rc vg_rule_read_silence(struct vg_rule_input *in, struct vg_err *err)
{
	(void)vg_rule_leaf(in, VG_KIND_SILENCE);
	return vg_rule_take_match(in, err);
}

/* field: bytes, condition: {gt: 1000} */
static enum vg_rc read_numbers(struct vg_rule_input *in, enum vg_kind kind,
			       struct vg_err *err)
{
	struct vg_leaf *leaf = vg_rule_leaf(in, kind);
	struct vg_take *take = &in->rule->take[0];
	const struct vg_yaml_node *n = NULL;
	struct vg_slice name = {0};
	enum vg_rc rc = vg_rule_need(in, "field", "field: bytes", &n, err);

	if (rc == VG_OK)
		rc = vg_rule_field(in, n, n->text, &name, err);
	if (rc != VG_OK)
		return rc;
	take->what = VG_TAKE_NUMBER;
	take->value[0] = vg_rule_ref(in, name);
	take->n_value = 1;
	rc = vg_rule_take_match(in, err);
	return rc == VG_OK ? read_condition(in, leaf, err) : rc;
}

enum vg_rc vg_rule_read_sum(struct vg_rule_input *in, struct vg_err *err)
{
	return read_numbers(in, VG_KIND_SUM, err);
}

enum vg_rc vg_rule_read_avg(struct vg_rule_input *in, struct vg_err *err)
{
	return read_numbers(in, VG_KIND_AVG, err);
}

/* The number of key `key`, when it is given. */
static enum vg_rc number_key(const struct vg_rule_input *in, const char *key,
			     const double low_high[2], double *out,
			     struct vg_err *err)
{
	const struct vg_yaml_node *n = vg_yaml_get(in->node, key);

	return n == NULL ? VG_OK : vg_rule_number(in->y, n, low_high, out, err);
}

static enum vg_rc int_key(const struct vg_rule_input *in, const char *key,
			  const int64_t low_high[2], int64_t *out,
			  struct vg_err *err)
{
	const struct vg_yaml_node *n = vg_yaml_get(in->node, key);

	return n == NULL ? VG_OK : vg_rule_int(in->y, n, low_high, out, err);
}

static enum vg_rc duration_key(const struct vg_rule_input *in, const char *key,
			       const int64_t low_high[2], int64_t *out,
			       struct vg_err *err)
{
	const struct vg_yaml_node *n = vg_yaml_get(in->node, key);

	return n == NULL ? VG_OK
			 : vg_rule_duration(in->y, n, low_high, out, err);
}

enum vg_rc vg_rule_read_percentile(struct vg_rule_input *in, struct vg_err *err)
{
	static const double range[2] = {0, 100};
	enum vg_rc rc = read_numbers(in, VG_KIND_PERCENTILE, err);
	struct vg_leaf *leaf = &in->rule->form.leaf[0];

	leaf->percentile = 50;
	if (rc != VG_OK)
		return rc;
	return number_key(in, "percentile", range, &leaf->percentile, err);
}

static const int64_t counts[2] = {0, INT64_C(1) << 53};

/* of: {}, match: {verdict: bad}, bounds: {gte: 0.25, lte: 0.75} */
enum vg_rc vg_rule_read_ratio(struct vg_rule_input *in, struct vg_err *err)
{
	struct vg_leaf *leaf = vg_rule_leaf(in, VG_KIND_RATIO);
	struct vg_take *take = &in->rule->take[0];
	const struct vg_yaml_node *of = vg_yaml_get(in->node, "of");
	const struct vg_yaml_node *n = NULL;
	enum vg_rc rc = VG_OK;

	take->what = VG_TAKE_MASK;
	take->whole = true;
	take->n_part = 1;
	leaf->min_denominator = 1;
	if (of != NULL)
		rc = vg_rule_submatch(in, of, &take->match, err);
	if (rc == VG_OK)
		rc = vg_rule_need(in, "match", "match: {verdict: bad}", &n,
				  err);
	if (rc == VG_OK)
		rc = vg_rule_submatch(in, n, &take->part[0], err);
	if (rc == VG_OK)
		rc = vg_rule_need(in, "bounds", "bounds: {lte: 0.75}", &n, err);
	if (rc == VG_OK)
		rc = vg_rule_bounds(in->y, n, &leaf->bounds, err);
	if (rc == VG_OK)
		rc = int_key(in, "min_denominator", counts,
			     &leaf->min_denominator, err);
	return rc;
}

static enum vg_rc read_direction(const struct vg_rule_input *in, unsigned *out,
				 struct vg_err *err)
{
	static const char *const word[] = {"up", "down", "both"};
	const struct vg_yaml_node *n = vg_yaml_get(in->node, "direction");

	*out = VG_UP;
	if (n == NULL)
		return VG_OK;
	for (unsigned i = 0; i < 3; i++) {
		if (n->type == VG_YAML_SCALAR &&
		    strcmp(n->text, word[i]) == 0) {
			*out = i + 1; /* VG_UP, VG_DOWN, and both */
			return VG_OK;
		}
	}
	return vg_yaml_fail(in->y, n, err,
			    "`direction` must be up, down or both");
}

/* height: 3, direction: up */
static enum vg_rc read_change(const struct vg_rule_input *in,
			      struct vg_leaf *leaf, struct vg_err *err)
{
	static const double heights[2] = {1e-9, 1e9};
	const struct vg_yaml_node *n = NULL;
	enum vg_rc rc = vg_rule_need(in, "height", "height: 3", &n, err);

	if (rc == VG_OK)
		rc = vg_rule_number(in->y, n, heights, &leaf->height, err);
	if (rc == VG_OK)
		rc = read_direction(in, &leaf->direction, err);
	if (rc == VG_OK)
		rc = int_key(in, "min_current", counts, &leaf->min_current,
			     err);
	return rc;
}

enum vg_rc vg_rule_read_spike(struct vg_rule_input *in, struct vg_err *err)
{
	const int64_t range[2] = {1, 366 * day_ms};
	struct vg_leaf *leaf = vg_rule_leaf(in, VG_KIND_SPIKE);
	enum vg_rc rc = VG_OK;

	leaf->reference_ms = leaf->window_ms;
	leaf->min_reference = 1;
	leaf->by_value = vg_yaml_get(in->node, "distinct") != NULL;
	if (leaf->by_value)
		rc = vg_rule_distinct_key(in, err);
	if (rc == VG_OK)
		rc = vg_rule_take_match(in, err);
	if (rc == VG_OK)
		rc = read_change(in, leaf, err);
	if (rc == VG_OK)
		rc = duration_key(in, "reference", range, &leaf->reference_ms,
				  err);
	if (rc == VG_OK)
		rc = int_key(in, "min_reference", counts, &leaf->min_reference,
			     err);
	return rc;
}

enum vg_rc vg_rule_read_baseline(struct vg_rule_input *in, struct vg_err *err)
{
	const int64_t learn[2] = {7 * day_ms, VG_WEEKS_MAX * 7 * day_ms};
	const int64_t range[2] = {1, VG_WEEKS_MAX};
	struct vg_leaf *leaf = vg_rule_leaf(in, VG_KIND_BASELINE);
	int64_t weeks = 4;
	enum vg_rc rc = vg_rule_take_match(in, err);

	leaf->learn_ms = 21 * day_ms;
	if (rc == VG_OK)
		rc = read_change(in, leaf, err);
	if (rc == VG_OK)
		rc = int_key(in, "weeks", range, &weeks, err);
	leaf->weeks = (unsigned)weeks;
	if (leaf->learn_ms > weeks * 7 * day_ms)
		leaf->learn_ms = weeks * 7 * day_ms;
	if (rc == VG_OK)
		rc = duration_key(in, "learn", learn, &leaf->learn_ms, err);
	if (rc == VG_OK && leaf->learn_ms > weeks * 7 * day_ms)
		rc = vg_yaml_fail(in->y, in->node, err,
				  "`learn` is longer than `weeks`: it would "
				  "never hold; make it at most %d weeks",
				  (int)weeks);
	return rc;
}

enum vg_rc vg_rule_read_new_value(struct vg_rule_input *in, struct vg_err *err)
{
	const int64_t range[2] = {0, 366 * day_ms};
	struct vg_leaf *leaf = vg_rule_leaf(in, VG_KIND_NEW_VALUE);
	enum vg_rc rc = vg_rule_distinct_key(in, err);

	leaf->history_ms = in->rule->window_ms;
	if (rc == VG_OK)
		rc = vg_rule_take_match(in, err);
	if (rc == VG_OK)
		rc = duration_key(in, "learn", range, &leaf->learn_ms, err);
	return rc;
}
