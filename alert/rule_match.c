#include "alert/rule_read.h"

#include "aggregate/match.h"
#include "alert/rule_names.h"

#include <math.h>
#include <stdlib.h>

static const char *const operators[] = {"gt", "gte", "lt", "lte", "eq", "neq"};

enum { OPERATORS = sizeof operators / sizeof operators[0] };

static enum vg_rc add_bounds(const struct vg_rule_input *in,
			     const struct vg_yaml_node *test,
			     struct vg_slice field, struct vg_match *m,
			     struct vg_err *err)
{
	enum vg_rc rc = vg_rule_keys(in->y, test, operators, OPERATORS, err);

	if (rc == VG_OK && test->count == 0)
		rc = vg_yaml_fail(in->y, test, err,
				  "`%.64s` tests nothing; write {gte: 40}",
				  test->key);
	for (size_t op = 0; op < OPERATORS && rc == VG_OK; op++) {
		const struct vg_yaml_node *n = vg_yaml_get(test, operators[op]);
		char *end = NULL;

		if (n == NULL)
			continue;
		double bound =
			n->type == VG_YAML_SCALAR ? strtod(n->text, &end) : 0;
		if (end == NULL || end == n->text || *end != '\0' ||
		    !isfinite(bound))
			return vg_yaml_fail(in->y, n, err,
					    "`%s` must be a number",
					    operators[op]);
		rc = vg_match_add_bound(m, field, (enum vg_match_op)op, bound,
					err);
	}
	return rc;
}

static enum vg_rc take_value(const struct vg_rule_input *in,
			     const struct vg_yaml_node *n,
			     struct vg_slice field, struct vg_slice *out,
			     struct vg_err *err)
{
	if (n->type != VG_YAML_SCALAR || n->text_len == 0)
		return vg_yaml_fail(in->y, n, err,
				    "a value to match must be a word or a "
				    "number, and not empty");
	*out = vg_rule_name(in, n, field,
			    (struct vg_slice){n->text, (uint32_t)n->text_len});
	return VG_OK;
}

static enum vg_rc add_values(const struct vg_rule_input *in,
			     const struct vg_yaml_node *test,
			     struct vg_slice field, struct vg_match *m,
			     struct vg_err *err)
{
	bool is_list = test->type == VG_YAML_LIST;
	size_t n = is_list ? test->count : 1, i = 0;
	const struct vg_yaml_node *c = is_list ? test->child : test;
	enum vg_rc rc = VG_OK;

	if (n == 0 || n > VG_RULE_LIST_MAX)
		return vg_yaml_fail(in->y, test, err,
				    "`%.64s` must list 1 to %d values",
				    test->key, (int)VG_RULE_LIST_MAX);
	struct vg_slice *value = calloc(n, sizeof *value);
	if (value == NULL)
		return vg_err_set(err, VG_FATAL, "rules: out of memory");
	for (; i < n && rc == VG_OK; i++, c = c->next)
		rc = take_value(in, c, field, &value[i], err);
	if (rc == VG_OK)
		rc = vg_match_add_values(m, field, value, n, err);
	free(value);
	return rc;
}

static enum vg_rc add_test(const struct vg_rule_input *in,
			   const struct vg_yaml_node *test, struct vg_match *m,
			   struct vg_err *err)
{
	struct vg_slice field = {0};
	enum vg_rc rc = vg_rule_field(in, test, test->key, &field, err);

	if (rc != VG_OK)
		return rc;
	if (test->type == VG_YAML_MAP)
		return add_bounds(in, test, field, m, err);
	return add_values(in, test, field, m, err);
}

enum vg_rc vg_rule_match(const struct vg_rule_input *in, struct vg_match **out,
			 struct vg_err *err)
{
	const struct vg_yaml_node *map = vg_yaml_get(in->node, "match");
	struct vg_match *m = NULL;
	enum vg_rc rc = VG_OK;

	if (map != NULL && map->type != VG_YAML_MAP)
		return vg_yaml_fail(in->y, map, err,
				    "`match` must be a map of fields; write "
				    "{category: malicious-code}");
	if (map == NULL || map->count == 0) {
		*out = NULL;
		return VG_OK;
	}
	rc = vg_match_new(&m, err);
	for (const struct vg_yaml_node *c = map->child;
	     c != NULL && rc == VG_OK; c = c->next)
		rc = add_test(in, c, m, err);
	if (rc == VG_OK) {
		*out = m;
		m = NULL; /* now the caller's */
	}
	vg_match_free(m);
	return rc;
}
