/* `match`: tests of fields, combined by any, all and not. */
#include "aggregate/match.h"
#include "alert/rule_ops.h"
#include "alert/sigma.h"

static enum vg_rc read_map(const struct vg_rule_input *in,
			   const struct vg_yaml_node *map, struct vg_match *m,
			   struct vg_err *err);

static enum vg_rc open_group(const struct vg_rule_input *in,
			     const struct vg_yaml_node *n, struct vg_match *m,
			     enum vg_match_group group, struct vg_err *err)
{
	struct vg_err why = {0};

	return vg_rule_placed(in, n, vg_match_open(m, group, &why), &why, err);
}

/* A map within a list: all of its tests, as one. */
static enum vg_rc read_one(const struct vg_rule_input *in,
			   const struct vg_yaml_node *map, struct vg_match *m,
			   struct vg_err *err)
{
	enum vg_rc rc = open_group(in, map, m, VG_MATCH_ALL, err);

	if (rc == VG_OK)
		rc = read_map(in, map, m, err);
	if (rc == VG_OK)
		vg_match_close(m);
	return rc;
}

/* any: [{...}, {...}] and all: [{...}, {...}] */
static enum vg_rc read_list(const struct vg_rule_input *in,
			    const struct vg_yaml_node *list, struct vg_match *m,
			    enum vg_match_group group, struct vg_err *err)
{
	enum vg_rc rc;

	if (list->type != VG_YAML_LIST || list->count == 0)
		return vg_yaml_fail(in->y, list, err,
				    "`%s` must be a list of maps; write [{a: "
				    "1}, {b: 2}], or fields.%s for the field",
				    list->key, list->key);
	rc = open_group(in, list, m, group, err);
	for (const struct vg_yaml_node *c = list->child;
	     c != NULL && rc == VG_OK; c = c->next)
		rc = read_one(in, c, m, err);
	if (rc == VG_OK)
		vg_match_close(m);
	return rc;
}

static enum vg_rc read_any(const struct vg_rule_input *in,
			   const struct vg_yaml_node *n, struct vg_match *m,
			   struct vg_err *err)
{
	return read_list(in, n, m, VG_MATCH_ANY, err);
}

static enum vg_rc read_all(const struct vg_rule_input *in,
			   const struct vg_yaml_node *n, struct vg_match *m,
			   struct vg_err *err)
{
	return read_list(in, n, m, VG_MATCH_ALL, err);
}

/* not: {...} is none or not all of its tests; not: [{...}, {...}] is neither.
 */
static enum vg_rc read_not(const struct vg_rule_input *in,
			   const struct vg_yaml_node *n, struct vg_match *m,
			   struct vg_err *err)
{
	enum vg_rc rc = open_group(in, n, m, VG_MATCH_NOT, err);

	if (rc == VG_OK)
		rc = n->type == VG_YAML_LIST
			     ? read_list(in, n, m, VG_MATCH_ANY, err)
			     : read_map(in, n, m, err);
	if (rc == VG_OK)
		vg_match_close(m);
	return rc;
}

static const struct {
	const char *key;
	enum vg_rc (*read)(const struct vg_rule_input *in,
			   const struct vg_yaml_node *n, struct vg_match *m,
			   struct vg_err *err);
} groups[] = {{"any", read_any}, {"all", read_all}, {"not", read_not}};

static enum vg_rc read_member(const struct vg_rule_input *in,
			      const struct vg_yaml_node *n, struct vg_match *m,
			      struct vg_err *err)
{
	for (size_t i = 0; i < sizeof groups / sizeof groups[0]; i++)
		if (strcmp(n->key, groups[i].key) == 0)
			return groups[i].read(in, n, m, err);
	return vg_rule_test(in, n, m, err);
}

static enum vg_rc read_map(const struct vg_rule_input *in,
			   const struct vg_yaml_node *map, struct vg_match *m,
			   struct vg_err *err)
{
	enum vg_rc rc = VG_OK;

	if (map->type != VG_YAML_MAP || map->count == 0)
		return vg_yaml_fail(in->y, map, err,
				    "here must be a map of fields; write "
				    "{category: malicious-code}");
	for (const struct vg_yaml_node *c = map->child;
	     c != NULL && rc == VG_OK; c = c->next)
		rc = read_member(in, c, m, err);
	return rc;
}

enum vg_rc vg_rule_match_of(const struct vg_rule_input *in,
			    const struct vg_yaml_node *map,
			    struct vg_match **out, struct vg_err *err)
{
	struct vg_match *m = NULL;
	enum vg_rc rc = VG_OK;

	if (map != NULL && in->sigma != NULL)
		return vg_sigma_match(in, map, out, err);
	if (map != NULL && map->type != VG_YAML_MAP)
		return vg_yaml_fail(in->y, map, err,
				    "`match` must be a map of fields; write "
				    "{category: malicious-code}");
	if (map == NULL || map->count == 0) {
		*out = NULL;
		return VG_OK;
	}
	rc = vg_match_new(&m, err);
	if (rc == VG_OK)
		rc = read_map(in, map, m, err);
	if (rc == VG_OK) {
		*out = m;
		m = NULL; /* now the caller's */
	}
	vg_match_free(m);
	return rc;
}

enum vg_rc vg_rule_match(const struct vg_rule_input *in, struct vg_match **out,
			 struct vg_err *err)
{
	return vg_rule_match_of(in, vg_yaml_get(in->node, "match"), out, err);
}
