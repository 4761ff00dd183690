/* The selections and the condition of a Sigma detection, as a predicate. */
#include "aggregate/match.h"
#include "alert/rule_ops.h"
#include "alert/sigma_condition.h"
#include "alert/sigma_item.h"
#include "alert/sigma_parts.h"

#include <assert.h>

struct detect {
	struct vg_rule_input in; /* its file is the document's */
	const struct vg_sigma_doc *doc;
	struct vg_match *m;
};

static enum vg_rc open_group(const struct detect *d,
			     const struct vg_yaml_node *n,
			     enum vg_match_group group, struct vg_err *err)
{
	struct vg_err why = {0};

	return vg_rule_placed(&d->in, n, vg_match_open(d->m, group, &why), &why,
			      err);
}

/* Open a group of `want` where the open one is another; *opened says so. */
static enum vg_rc need_group(const struct detect *d,
			     const struct vg_yaml_node *n,
			     const enum vg_match_group is_want[2], bool *opened,
			     struct vg_err *err)
{
	*opened = is_want[0] != is_want[1];
	return *opened ? open_group(d, n, is_want[1], err) : VG_OK;
}

static void close_group(const struct detect *d, enum vg_rc rc, bool opened)
{
	if (rc == VG_OK && opened)
		vg_match_close(d->m);
}

/* {field: value, ...}: all. */
static enum vg_rc put_map(const struct detect *d,
			  const struct vg_yaml_node *map,
			  enum vg_match_group open, struct vg_err *err)
{
	const enum vg_match_group groups[2] = {open, VG_MATCH_ALL};
	bool opened = false, many = map->count > 1;
	enum vg_rc rc = VG_OK;

	if (map->count == 0)
		return vg_yaml_fail(d->in.y, map, err,
				    "the selection is empty; what is it to "
				    "find?");
	/* `all` makes several tests of one line. */
	for (const struct vg_yaml_node *c = map->child; c != NULL; c = c->next)
		many = many || strstr(c->key, "|all") != NULL;
	if (many)
		rc = need_group(d, map, groups, &opened, err);
	for (const struct vg_yaml_node *c = map->child;
	     c != NULL && rc == VG_OK; c = c->next)
		rc = vg_sigma_item(&d->in, d->m, c, err);
	close_group(d, rc, opened);
	return rc;
}

/* [{...}, {...}] or [word, word]: one of them. */
static enum vg_rc put_list(const struct detect *d,
			   const struct vg_yaml_node *list,
			   enum vg_match_group open, struct vg_err *err)
{
	const enum vg_match_group groups[2] = {open, VG_MATCH_ANY};
	bool opened = false;
	size_t words = 0;
	enum vg_rc rc;

	if (list->count == 0)
		return vg_yaml_fail(d->in.y, list, err,
				    "the selection is empty; what is it to "
				    "find?");
	for (const struct vg_yaml_node *c = list->child; c != NULL; c = c->next)
		words += c->type == VG_YAML_SCALAR;
	if (words == list->count)
		return vg_sigma_keywords(&d->in, d->m, list, err);
	rc = need_group(d, list, groups, &opened, err);
	for (const struct vg_yaml_node *c = list->child;
	     c != NULL && rc == VG_OK; c = c->next) {
		if (c->type == VG_YAML_LIST)
			rc = vg_yaml_fail(d->in.y, c, err,
					  "a list in a list; write maps or "
					  "words");
		else
			rc = c->type == VG_YAML_MAP
				     ? put_map(d, c, VG_MATCH_ANY, err)
				     : vg_sigma_keywords(&d->in, d->m, c, err);
	}
	close_group(d, rc, opened);
	return rc;
}

static enum vg_rc put_selection(const struct detect *d,
				const struct vg_yaml_node *n,
				enum vg_match_group open, struct vg_err *err)
{
	if (n->type == VG_YAML_MAP)
		return put_map(d, n, open, err);
	if (n->type == VG_YAML_LIST)
		return put_list(d, n, open, err);
	return vg_sigma_keywords(&d->in, d->m, n, err);
}

static enum vg_rc put_node(const struct detect *d,
			   const struct vg_sigma_node *node,
			   enum vg_match_group open, struct vg_err *err)
{
	static const enum vg_match_group group_of[] = {
		[VG_SIGMA_ALL] = VG_MATCH_ALL,
		[VG_SIGMA_ANY] = VG_MATCH_ANY,
		[VG_SIGMA_NOT] = VG_MATCH_NOT};
	enum vg_match_group want, inside;
	bool opened = false;
	enum vg_rc rc;

	if (node->type == VG_SIGMA_ONE)
		return put_selection(d, node->selection, open, err);
	if (node->type != VG_SIGMA_NOT && node->child->next == NULL)
		return put_node(d, node->child, open, err);
	want = group_of[node->type];
	/* `not` is of all that it holds. */
	inside = want == VG_MATCH_NOT ? VG_MATCH_ALL : want;
	const enum vg_match_group groups[2] = {open, want};
	rc = need_group(d, d->doc->detection, groups, &opened, err);
	for (const struct vg_sigma_node *c = node->child;
	     c != NULL && rc == VG_OK; c = c->next)
		rc = put_node(d, c, inside, err);
	close_group(d, rc, opened);
	return rc;
}

/* What of the old form is gone, and the way to say it now. */
static enum vg_rc check_form(const struct detect *d, struct vg_err *err)
{
	const struct vg_yaml_node *map = d->doc->detection;
	const struct vg_yaml_node *old = vg_yaml_get(map, "timeframe");

	if (old != NULL)
		return vg_yaml_fail(d->in.y, old, err,
				    "`timeframe` is no more in Sigma; write a "
				    "correlation with `timespan`");
	if (vg_yaml_get(map, "condition") == NULL)
		return vg_yaml_fail(d->in.y, map, err,
				    "`detection` needs a condition; write "
				    "condition: selection");
	return VG_OK;
}

/* A list of conditions: one of them. */
static enum vg_rc put_conditions(const struct detect *d, struct vg_err *err)
{
	const struct vg_yaml_node *map = d->doc->detection;
	const struct vg_yaml_node *c = vg_yaml_get(map, "condition");
	bool several = c->type == VG_YAML_LIST;
	enum vg_rc rc = VG_OK;

	if (several && c->count == 0)
		return vg_yaml_fail(d->in.y, c, err, "`condition` is empty");
	if (several)
		rc = open_group(d, c, VG_MATCH_ANY, err);
	for (const struct vg_yaml_node *n = several ? c->child : c;
	     n != NULL && rc == VG_OK; n = several ? n->next : NULL) {
		struct vg_sigma_node *tree = NULL;

		rc = vg_sigma_condition(&tree, d->in.y, n, map, d->in.arena,
					err);
		if (rc == VG_OK)
			rc = put_node(d, tree,
				      several ? VG_MATCH_ANY : VG_MATCH_ALL,
				      err);
	}
	if (rc == VG_OK && several)
		vg_match_close(d->m);
	return rc;
}

enum vg_rc vg_sigma_detect(const struct vg_rule_input *in, struct vg_match *m,
			   const struct vg_sigma_doc *doc, struct vg_err *err)
{
	struct detect d = {.in = *in, .doc = doc, .m = m};
	enum vg_rc rc;

	assert(doc->detection != NULL);
	d.in.y = doc->y;
	d.in.node = doc->node;
	rc = check_form(&d, err);
	return rc == VG_OK ? put_conditions(&d, err) : rc;
}

/* One detection of several, in a group of its own. */
static enum vg_rc put_one(const struct vg_rule_input *in, struct vg_match *m,
			  const struct vg_yaml_node *name, struct vg_err *err)
{
	struct vg_err why = {0};
	enum vg_rc rc = vg_rule_placed(
		in, name, vg_match_open(m, VG_MATCH_ALL, &why), &why, err);

	if (rc == VG_OK)
		rc = vg_sigma_detect(in, m,
				     vg_sigma_find(in->sigma, name->text), err);
	if (rc == VG_OK)
		vg_match_close(m);
	return rc;
}

static enum vg_rc put_several(const struct vg_rule_input *in,
			      struct vg_match *m,
			      const struct vg_yaml_node *names,
			      struct vg_err *err)
{
	struct vg_err why = {0};
	enum vg_rc rc = vg_rule_placed(
		in, names, vg_match_open(m, VG_MATCH_ANY, &why), &why, err);

	for (const struct vg_yaml_node *n = names->child;
	     n != NULL && rc == VG_OK; n = n->next)
		rc = put_one(in, m, n, err);
	if (rc == VG_OK)
		vg_match_close(m);
	return rc;
}

enum vg_rc vg_sigma_match(const struct vg_rule_input *in,
			  const struct vg_yaml_node *names,
			  struct vg_match **out, struct vg_err *err)
{
	struct vg_match *m = NULL;
	enum vg_rc rc = vg_match_new(&m, err);

	assert(names->type == VG_YAML_LIST && names->count > 0);
	if (rc == VG_OK && names->count > 1)
		rc = put_several(in, m, names, err);
	else if (rc == VG_OK)
		rc = vg_sigma_detect(
			in, m, vg_sigma_find(in->sigma, names->child->text),
			err);
	if (rc == VG_OK) {
		*out = m;
		m = NULL; /* now the caller's */
	}
	vg_match_free(m);
	return rc;
}
