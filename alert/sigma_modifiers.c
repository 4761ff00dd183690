/* The key of a line in a Sigma selection: `field|modifier|modifier`. */
#include "alert/sigma_item_parts.h"
#include "alert/sigma_names.h"

#include <stdio.h>

enum { WORD_MAX = 32 };

/* Modifiers act in the order in which they are written; there is one order in
 * which they make sense. */
enum rank { ANY_PLACE, DASHES, WIDE, ENCODE, PLACE, TEST, FLAG };

struct row {
	const char *name;
	enum rank rank;
	int value;
	void (*set)(struct vg_sigma_item *it, int value);
};

static void set_all(struct vg_sigma_item *it, int value)
{
	(void)value;
	it->all = true;
}

static void set_negated(struct vg_sigma_item *it, int value)
{
	(void)value;
	it->negated = true;
}

static void set_cased(struct vg_sigma_item *it, int value)
{
	(void)value;
	it->cased = true;
}

static void set_dashes(struct vg_sigma_item *it, int value)
{
	(void)value;
	it->dashes = true;
}

static void set_wide(struct vg_sigma_item *it, int value)
{
	it->wide = (enum vg_sigma_wide)value;
}

static void set_base64(struct vg_sigma_item *it, int value)
{
	it->base64 = true;
	it->shifted = value != 0;
}

static void set_form(struct vg_sigma_item *it, int value)
{
	it->form = (enum vg_glob_form)value;
}

static void set_how(struct vg_sigma_item *it, int value)
{
	it->how = (enum vg_sigma_how)value;
}

static void set_op(struct vg_sigma_item *it, int value)
{
	it->how = VG_SIGMA_COMPARE;
	it->op = (enum vg_match_op)value;
}

static void set_flag(struct vg_sigma_item *it, int value)
{
	size_t n = strlen(it->flags);

	if (strchr(it->flags, value) == NULL && n + 1 < sizeof it->flags)
		it->flags[n] = (char)value;
}

static const struct row rows[] = {
	{"all", ANY_PLACE, 0, set_all},
	{"neq", ANY_PLACE, 0, set_negated},
	{"cased", ANY_PLACE, 0, set_cased},
	{"windash", DASHES, 0, set_dashes},
	{"wide", WIDE, VG_SIGMA_WIDE_LE, set_wide},
	{"utf16le", WIDE, VG_SIGMA_WIDE_LE, set_wide},
	{"utf16be", WIDE, VG_SIGMA_WIDE_BE, set_wide},
	{"utf16", WIDE, VG_SIGMA_WIDE_BOM, set_wide},
	{"base64", ENCODE, 0, set_base64},
	{"base64offset", ENCODE, 1, set_base64},
	{"contains", PLACE, VG_GLOB_CONTAINS, set_form},
	{"startswith", PLACE, VG_GLOB_PREFIX, set_form},
	{"endswith", PLACE, VG_GLOB_SUFFIX, set_form},
	{"fieldref", TEST, VG_SIGMA_FIELDREF, set_how},
	{"re", TEST, VG_SIGMA_REGEX, set_how},
	{"cidr", TEST, VG_SIGMA_CIDR, set_how},
	{"exists", TEST, VG_SIGMA_EXISTS, set_how},
	{"gt", TEST, VG_OP_GT, set_op},
	{"gte", TEST, VG_OP_GTE, set_op},
	{"lt", TEST, VG_OP_LT, set_op},
	{"lte", TEST, VG_OP_LTE, set_op},
	{"i", FLAG, 'i', set_flag},
	{"ignorecase", FLAG, 'i', set_flag},
	{"m", FLAG, 'm', set_flag},
	{"multiline", FLAG, 'm', set_flag},
	{"s", FLAG, 's', set_flag},
	{"dotall", FLAG, 's', set_flag},
};

/* Modifiers that there are and that are refused, with the reason. */
static const struct {
	const char *name, *why;
} refused[] = {
	{"expand", "placeholders are not filled in; write the values, or a "
		   "native rule with in_file"},
	{"minute", "no part of a time is taken out of a field"},
	{"hour", "no part of a time is taken out of a field"},
	{"day", "no part of a time is taken out of a field"},
	{"week", "no part of a time is taken out of a field"},
	{"month", "no part of a time is taken out of a field"},
	{"year", "no part of a time is taken out of a field"},
};

static enum vg_rc unknown(const struct vg_sigma_item *it, const char *word,
			  struct vg_err *err)
{
	for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
		if (strcmp(word, refused[i].name) == 0)
			return vg_yaml_fail(it->in->y, it->node, err,
					    "modifier `%s`: %s", word,
					    refused[i].why);
	return vg_yaml_fail(it->in->y, it->node, err,
			    "`%s` is no modifier; docs/sigma.md lists them",
			    word);
}

static enum vg_rc check_order(const struct vg_sigma_item *it,
			      const struct row *r, struct vg_err *err)
{
	bool is_regex = it->how == VG_SIGMA_REGEX;

	if (r->rank == FLAG && !is_regex)
		return vg_yaml_fail(it->in->y, it->node, err,
				    "modifier `%s` must come after `re`",
				    r->name);
	if (r->rank == PLACE && it->how == VG_SIGMA_FIELDREF &&
	    it->form == VG_GLOB_WHOLE)
		return VG_OK; /* fieldref|startswith is as startswith|fieldref
			       */
	if (r->rank == TEST && it->rank >= DASHES &&
	    (it->rank != PLACE || strcmp(r->name, "fieldref") != 0))
		return vg_yaml_fail(it->in->y, it->node, err,
				    "modifier `%s` takes values as they stand; "
				    "remove what comes before it",
				    r->name);
	if (r->rank != ANY_PLACE && r->rank != FLAG && r->rank <= it->rank)
		return vg_yaml_fail(it->in->y, it->node, err,
				    "modifier `%s` does not go behind those "
				    "before it; the order is windash, wide, "
				    "base64, contains",
				    r->name);
	return VG_OK;
}

static enum vg_rc read_one(struct vg_sigma_item *it, const char *text, size_t n,
			   struct vg_err *err)
{
	char word[WORD_MAX + 1];

	snprintf(word, sizeof word, "%.*s", n > WORD_MAX ? WORD_MAX : (int)n,
		 text);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		if (strcmp(word, rows[i].name) != 0)
			continue;
		enum vg_rc rc = check_order(it, &rows[i], err);
		if (rc != VG_OK)
			return rc;
		rows[i].set(it, rows[i].value);
		if (rows[i].rank > it->rank)
			it->rank = rows[i].rank;
		return VG_OK;
	}
	return unknown(it, word, err);
}

static enum vg_rc check_together(const struct vg_sigma_item *it,
				 struct vg_err *err)
{
	if (it->wide != VG_SIGMA_WIDE_NO && !it->base64)
		return vg_yaml_fail(it->in->y, it->node, err,
				    "UTF-16 is in no event as such; put base64 "
				    "or base64offset behind it");
	if (it->n_name == 0 && it->how != VG_SIGMA_TEXTS)
		return vg_yaml_fail(it->in->y, it->node, err,
				    "this modifier needs a field before it");
	if (it->cased && it->how != VG_SIGMA_TEXTS &&
	    it->how != VG_SIGMA_FIELDREF)
		return vg_yaml_fail(it->in->y, it->node, err,
				    "`cased` is for texts; remove it");
	return VG_OK;
}

static enum vg_rc read_field(struct vg_sigma_item *it, size_t n,
			     struct vg_err *err)
{
	const char *other;
	enum vg_rc rc;

	if (n == 0)
		return VG_OK;
	char *name = vg_arena_copy(it->in->arena, it->node->key, n);
	if (name == NULL)
		return vg_err_set(err, VG_FATAL, "rules: out of memory");
	rc = vg_rule_field(it->in, it->node, name, &it->name[0], err);
	if (rc != VG_OK)
		return rc;
	it->n_name = 1;
	other = vg_sigma_other_name(it->name[0]);
	if (other != NULL)
		it->name[it->n_name++] = vg_slice_of(other);
	return VG_OK;
}

enum vg_rc vg_sigma_modifiers(struct vg_sigma_item *it, struct vg_err *err)
{
	const char *key = it->node->key;
	size_t n = strcspn(key, "|");
	enum vg_rc rc = read_field(it, n, err);

	while (rc == VG_OK && key[n] == '|') {
		key += n + 1;
		n = strcspn(key, "|");
		rc = read_one(it, key, n, err);
	}
	return rc == VG_OK ? check_together(it, err) : rc;
}
