/* A partner's watchlist: what is written, and what its rules find by it. */
#include "alert/own_scope.h"

#include "aggregate/value_list.h"
#include "alert/rule_names.h"

#include <stdio.h>

static enum vg_rc read_name(const struct vg_rule_input *in,
			    const struct vg_own_scope *to,
			    struct vg_own_list *l, struct vg_err *err)
{
	const struct vg_yaml_node *n = vg_yaml_get(in->node, "watchlist");
	struct vg_slice name = {n->text, (uint32_t)n->text_len};

	if (n->type != VG_YAML_SCALAR || !vg_own_is_id(name))
		return vg_yaml_fail(in->y, n, err,
				    "`watchlist` must be 1 to %d of a-z, 0-9 "
				    "and -",
				    (int)VG_OWN_ID_MAX);
	for (size_t i = 0; i < to->n_list; i++)
		if (vg_slice_eq(vg_slice_of(to->list[i].name), name))
			return vg_yaml_fail(in->y, n, err,
					    "watchlist `%s` is there twice; "
					    "rename one",
					    to->list[i].name);
	if (to->n_list == VG_OWN_WATCHLISTS_MAX)
		return vg_yaml_fail(in->y, n, err,
				    "more than %d watchlists of one partner",
				    (int)VG_OWN_WATCHLISTS_MAX);
	memcpy(l->name, name.p, name.n);
	return VG_OK;
}

static enum vg_rc read_field(const struct vg_rule_input *in,
			     struct vg_own_list *l, struct vg_err *err)
{
	const struct vg_yaml_node *n = vg_yaml_get(in->node, "field");
	struct vg_slice field = vg_slice_of("indicator");
	enum vg_rc rc = VG_OK;

	if (n != NULL && n->type != VG_YAML_SCALAR)
		return vg_yaml_fail(in->y, n, err, "`field` must be a field");
	if (n != NULL)
		rc = vg_rule_field(in, n, n->text, &field, err);
	if (rc == VG_OK && field.n < sizeof l->field)
		memcpy(l->field, field.p, field.n);
	return rc;
}

/* What the alert of a hit says. */
static enum vg_rc read_alert(const struct vg_rule_input *in,
			     struct vg_own_list *l, struct vg_err *err)
{
	const int64_t range[2] = {1, 10};
	const struct vg_yaml_node *title = vg_yaml_get(in->node, "title");
	const struct vg_yaml_node *severity = vg_yaml_get(in->node, "severity");
	enum vg_rc rc = VG_OK;
	int64_t v = 0;

	if (title != NULL &&
	    (title->type != VG_YAML_SCALAR || title->text_len < 1 ||
	     title->text_len >= sizeof l->title))
		return vg_yaml_fail(in->y, title, err,
				    "`title` must be 1 to 256 bytes of text");
	if (title != NULL)
		memcpy(l->title, title->text, title->text_len + 1);
	else
		(void)snprintf(l->title, sizeof l->title,
			       "Seen: what watchlist %s names", l->name);
	if (severity != NULL)
		rc = vg_rule_int(in->y, severity, range, &v, err);
	l->severity = (int)v;
	return rc;
}

static enum vg_rc add_values(const struct vg_rule_input *in,
			     const struct vg_yaml_node *values,
			     const struct vg_own_list *l, struct vg_err *err)
{
	enum vg_rc rc = VG_OK;

	for (const struct vg_yaml_node *c = values->child;
	     c != NULL && rc == VG_OK; c = c->next) {
		struct vg_slice v = {c->text, (uint32_t)c->text_len};
		struct vg_err why = {0};

		if (c->type != VG_YAML_SCALAR || c->text_len == 0)
			return vg_yaml_fail(in->y, c, err,
					    "a value must be a word or a "
					    "number, and not empty");
		v = vg_rule_name(in, c, vg_slice_of(l->field), v);
		rc = vg_value_list_add(l->list, v, &why);
		if (rc == VG_INVAL)
			return vg_yaml_fail(in->y, c, err, "%.150s", why.text);
	}
	return rc;
}

static enum vg_rc read_values(const struct vg_rule_input *in,
			      struct vg_own_list *l, struct vg_err *err)
{
	const struct vg_yaml_node *n = vg_yaml_get(in->node, "values");
	enum vg_rc rc;

	if (n == NULL || n->type != VG_YAML_LIST || n->count < 1 ||
	    n->count > VG_OWN_ENTRIES_MAX)
		return vg_yaml_fail(in->y, n != NULL ? n : in->node, err,
				    "`values` must list 1 to %d values",
				    (int)VG_OWN_ENTRIES_MAX);
	rc = vg_value_list_new(&l->list, err);
	if (rc == VG_OK)
		rc = add_values(in, n, l, err);
	if (rc == VG_OK)
		rc = vg_value_list_close(l->list, err);
	/* Rules may outlive the predicate that they read it for. */
	if (rc == VG_OK)
		rc = vg_rules_keep_list(in->set, l->list, err);
	return rc;
}

enum vg_rc vg_own_read_list(const struct vg_rule_input *in,
			    struct vg_own_scope *to, size_t doc,
			    struct vg_err *err)
{
	static const char *const keys[] = {"watchlist", "field",
					   "values",	"title",
					   "severity",	"description"};
	struct vg_own_list l = {.doc = doc};
	enum vg_rc rc = vg_rule_keys(in->y, in->node, keys,
				     sizeof keys / sizeof *keys, err);

	if (rc == VG_OK)
		rc = read_name(in, to, &l, err);
	if (rc == VG_OK)
		rc = read_field(in, &l, err);
	if (rc == VG_OK)
		rc = read_alert(in, &l, err);
	if (rc == VG_OK)
		rc = read_values(in, &l, err);
	if (rc == VG_OK)
		to->list[to->n_list++] = l;
	else
		vg_value_list_free(l.list);
	return rc;
}

enum vg_rc vg_own_watchlist(const struct vg_rule_input *in,
			    const struct vg_yaml_node *n,
			    struct vg_value_list **out, struct vg_err *err)
{
	const struct vg_own_scope *own = in->own;

	if (own == NULL)
		return vg_yaml_fail(in->y, n, err,
				    "watchlists are a partner's own, and only "
				    "its own rules can name one; use `in` or "
				    "`in_file`");
	for (size_t i = 0; i < own->n_list && n->type == VG_YAML_SCALAR; i++)
		if (strcmp(own->list[i].name, n->text) == 0) {
			*out = own->list[i].list;
			return VG_OK;
		}
	return vg_yaml_fail(in->y, n, err, "`%.32s` must name a watchlist",
			    n->key);
}
