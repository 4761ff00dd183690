#include "alert/sigma_item.h"

#include "alert/rule_names.h"
#include "alert/rule_ops.h"
#include "alert/sigma_item_parts.h"
#include "alert/sigma_names.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static enum vg_rc no_memory(struct vg_err *err)
{
	return vg_err_set(err, VG_FATAL, "rules: out of memory");
}

static enum vg_rc placed(const struct vg_sigma_item *it, enum vg_rc rc,
			 const struct vg_err *why, struct vg_err *err)
{
	return vg_rule_placed(it->in, it->node, rc, why, err);
}

static enum vg_rc open_group(const struct vg_sigma_item *it,
			     enum vg_match_group group, struct vg_err *err)
{
	struct vg_err why = {0};

	return placed(it, vg_match_open(it->m, group, &why), &why, err);
}

/* Some values of an item of which one must fit. */
struct unit {
	struct vg_slice *text;
	size_t n;
	bool null; /* or: the field is not there */
};

static enum vg_rc add_null(const struct vg_sigma_item *it,
			   struct vg_slice field, struct vg_err *err)
{
	struct vg_err why = {0};
	enum vg_rc rc = vg_match_open(it->m, VG_MATCH_NOT, &why);

	if (rc == VG_OK)
		rc = vg_match_add_exists(it->m, field, &why);
	if (rc == VG_OK)
		vg_match_close(it->m);
	return placed(it, rc, &why, err);
}

/* As many patterns as one test may have, in each of several. */
static enum vg_rc add_patterns(const struct vg_sigma_item *it,
			       struct vg_slice field, const struct unit *u,
			       struct vg_err *err)
{
	struct vg_err why = {0};
	enum vg_rc rc = VG_OK;

	for (size_t at = 0; at < u->n && rc == VG_OK;
	     at += VG_MATCH_PATTERNS_MAX) {
		size_t n = u->n - at;
		struct vg_match_texts t = {.text = u->text + at,
					   .ignore_case = !it->cased};

		t.n = n < VG_MATCH_PATTERNS_MAX ? n : VG_MATCH_PATTERNS_MAX;
		if (it->how == VG_SIGMA_REGEX)
			t.ignore_case = false; /* its flags say it */
		if (it->how == VG_SIGMA_REGEX)
			rc = vg_match_add_regexes(it->m, field, &t, &why);
		else if (it->how == VG_SIGMA_CIDR)
			rc = vg_match_add_nets(it->m, field, &t, &why);
		else if (it->n_name == 0)
			rc = vg_match_add_anywhere(it->m, &t, &why);
		else
			rc = vg_match_add_globs(it->m, field, VG_GLOB_WILDCARD,
						&t, &why);
	}
	return placed(it, rc, &why, err);
}

static enum vg_rc add_bound(const struct vg_sigma_item *it,
			    struct vg_slice field, struct vg_slice text,
			    struct vg_err *err)
{
	struct vg_err why = {0};
	char *end = NULL;
	double bound = strtod(text.p, &end);

	if (text.n == 0 || *end != '\0' || !isfinite(bound))
		return vg_yaml_fail(it->in->y, it->node, err,
				    "gt, gte, lt and lte take a number");
	return placed(it, vg_match_add_bound(it->m, field, it->op, bound, &why),
		      &why, err);
}

static enum vg_rc add_same(const struct vg_sigma_item *it,
			   struct vg_slice field, struct vg_slice other,
			   struct vg_err *err)
{
	const char *also = vg_sigma_other_name(other);
	struct vg_slice names[2] = {field, other};
	struct vg_err why = {0};
	enum vg_rc rc =
		vg_match_add_same(it->m, names, it->form, !it->cased, &why);

	if (rc == VG_OK && also != NULL) {
		names[1] = vg_slice_of(also);
		rc = vg_match_add_same(it->m, names, it->form, !it->cased,
				       &why);
	}
	return placed(it, rc, &why, err);
}

static enum vg_rc add_unit(const struct vg_sigma_item *it,
			   struct vg_slice field, const struct unit *u,
			   struct vg_err *err)
{
	enum vg_rc rc = VG_OK;

	if (it->how == VG_SIGMA_COMPARE || it->how == VG_SIGMA_FIELDREF) {
		for (size_t i = 0; i < u->n && rc == VG_OK; i++)
			rc = it->how == VG_SIGMA_COMPARE
				     ? add_bound(it, field, u->text[i], err)
				     : add_same(it, field, u->text[i], err);
		return rc;
	}
	return add_patterns(it, field, u, err);
}

/* A field that is not there has none of its names. */
static enum vg_rc add_nulls(const struct vg_sigma_item *it, struct vg_err *err)
{
	enum vg_rc rc = VG_OK;

	if (it->n_name == 0)
		return vg_yaml_fail(it->in->y, it->node, err,
				    "an empty keyword is in every event; "
				    "remove it");
	if (it->n_name > 1)
		rc = open_group(it, VG_MATCH_ALL, err);
	for (unsigned i = 0; i < it->n_name && rc == VG_OK; i++)
		rc = add_null(it, it->name[i], err);
	if (rc == VG_OK && it->n_name > 1)
		vg_match_close(it->m);
	return rc;
}

/* True when the unit is one test, which needs no group. */
static bool is_one(const struct vg_sigma_item *it, const struct unit *u)
{
	bool joined = it->how == VG_SIGMA_TEXTS || it->how == VG_SIGMA_REGEX ||
		      it->how == VG_SIGMA_CIDR;

	return it->n_name <= 1 && !u->null && it->how != VG_SIGMA_FIELDREF &&
	       (u->n == 1 || (joined && u->n <= VG_MATCH_PATTERNS_MAX));
}

/* A unit of tests, of any name of the field: one must pass. */
static enum vg_rc put_unit(const struct vg_sigma_item *it, const struct unit *u,
			   struct vg_err *err)
{
	unsigned names = it->n_name > 0 ? it->n_name : 1;
	bool grouped = !is_one(it, u);
	enum vg_rc rc = VG_OK;

	if (grouped)
		rc = open_group(it, VG_MATCH_ANY, err);
	for (unsigned i = 0; i < names && rc == VG_OK; i++)
		rc = add_unit(it, it->name[i], u, err);
	if (rc == VG_OK && u->null)
		rc = add_nulls(it, err);
	if (rc == VG_OK && grouped)
		vg_match_close(it->m);
	return rc;
}

/* The values, one after the other, of a scalar or a list of them. */
static const struct vg_yaml_node *first_value(const struct vg_yaml_node *n)
{
	return n->type == VG_YAML_LIST ? n->child : n;
}

static const struct vg_yaml_node *next_value(const struct vg_yaml_node *list,
					     const struct vg_yaml_node *n)
{
	return list->type == VG_YAML_LIST ? n->next : NULL;
}

static enum vg_rc read_value(const struct vg_sigma_item *it,
			     const struct vg_yaml_node *n, struct unit *u,
			     struct vg_err *err)
{
	if (n->type != VG_YAML_SCALAR)
		return vg_yaml_fail(it->in->y, n, err,
				    "a value must be a text, a number or null");
	return vg_sigma_value(it, n, u->text, &u->n, &u->null, err);
}

static enum vg_rc put_values(const struct vg_sigma_item *it,
			     const struct vg_yaml_node *values,
			     struct vg_err *err)
{
	size_t most = values->type == VG_YAML_LIST ? values->count : 1;
	struct unit u = {.n = 0};
	enum vg_rc rc = VG_OK;

	if (values->type == VG_YAML_MAP || most == 0 ||
	    most > VG_SIGMA_VALUES_MAX)
		return vg_yaml_fail(it->in->y, values, err,
				    "here must be a value, or a list of 1 to "
				    "%d",
				    (int)VG_SIGMA_VALUES_MAX);
	u.text = calloc(most * VG_SIGMA_SHIFTS, sizeof *u.text);
	if (u.text == NULL)
		return no_memory(err);
	for (const struct vg_yaml_node *n = first_value(values);
	     n != NULL && rc == VG_OK; n = next_value(values, n)) {
		rc = read_value(it, n, &u, err);
		if (rc != VG_OK || !it->all)
			continue;
		rc = put_unit(it, &u, err); /* each by itself */
		u.n = 0;
		u.null = false;
	}
	if (rc == VG_OK && !it->all)
		rc = put_unit(it, &u, err);
	free(u.text);
	return rc;
}

/* field|exists: true */
static enum vg_rc put_exists(const struct vg_sigma_item *it, struct vg_err *err)
{
	const struct vg_yaml_node *n = it->node;
	bool is_there = n->type == VG_YAML_SCALAR && !strcmp(n->text, "true");
	struct unit none = {.null = true};
	struct vg_err why = {0};
	enum vg_rc rc = VG_OK;

	if (n->type != VG_YAML_SCALAR ||
	    (!is_there && strcmp(n->text, "false") != 0))
		return vg_yaml_fail(it->in->y, n, err,
				    "`exists` takes true or false");
	if (!is_there)
		return put_unit(it, &none, err);
	rc = open_group(it, VG_MATCH_ANY, err);
	for (unsigned i = 0; i < it->n_name && rc == VG_OK; i++)
		rc = placed(it, vg_match_add_exists(it->m, it->name[i], &why),
			    &why, err);
	if (rc == VG_OK)
		vg_match_close(it->m);
	return rc;
}

enum vg_rc vg_sigma_item(const struct vg_rule_input *in, struct vg_match *m,
			 const struct vg_yaml_node *item, struct vg_err *err)
{
	struct vg_sigma_item it = {
		.in = in, .node = item, .m = m, .form = VG_GLOB_WHOLE};
	enum vg_rc rc = vg_sigma_modifiers(&it, err);

	if (rc == VG_OK && it.negated)
		rc = open_group(&it, VG_MATCH_NOT, err);
	if (rc != VG_OK)
		return rc;
	if (it.n_name == 0)
		it.form = VG_GLOB_CONTAINS;
	rc = it.how == VG_SIGMA_EXISTS ? put_exists(&it, err)
				       : put_values(&it, item, err);
	if (rc == VG_OK && it.negated)
		vg_match_close(m);
	return rc;
}

enum vg_rc vg_sigma_keywords(const struct vg_rule_input *in, struct vg_match *m,
			     const struct vg_yaml_node *list,
			     struct vg_err *err)
{
	const struct vg_sigma_item it = {
		.in = in, .node = list, .m = m, .form = VG_GLOB_CONTAINS};

	return put_values(&it, list, err);
}
