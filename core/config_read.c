#include "core/config_read.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

enum { WHAT_MAX = 256 };

enum vg_rc vg_config_fail(const struct vg_config_read *r,
			  const struct vg_yaml_node *n, const char *name,
			  const char *fmt, ...)
{
	char what[WHAT_MAX];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(what, sizeof what, fmt, ap);
	va_end(ap);
	return vg_yaml_fail(r->yaml, n, r->err, "%.64s: %s", name, what);
}

enum vg_rc vg_config_fail_option(const struct vg_config_read *r,
				 const char *name, const char *fmt, ...)
{
	char what[WHAT_MAX];
	size_t i = 0;
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(what, sizeof what, fmt, ap);
	va_end(ap);
	const struct vg_option *o = vg_option_find(name, &i);
	assert(o != NULL);
	if (r->line[i] == VG_LINE_SET)
		return vg_err_set(r->err, VG_INVAL, "--set %.64s: %s", o->name,
				  what);
	const struct vg_yaml_node at = {.line = r->line[i]};
	return vg_config_fail(r, r->line[i] != 0 ? &at : r->root, o->name, "%s",
			      what);
}

enum vg_rc vg_config_unknown(const struct vg_config_read *r,
			     const struct vg_yaml_node *n, const char *name)
{
	char near[64];

	if (vg_option_nearest(name, near, sizeof near) == NULL)
		return vg_config_fail(r, n, name,
				      "no such option; `vigie help config` "
				      "lists all");
	return vg_config_fail(r, n, name, "no such option; did you mean %s?",
			      near);
}

static bool is_null(const struct vg_yaml_node *n)
{
	return !n->quoted &&
	       (strcmp(n->text, "~") == 0 || strcmp(n->text, "null") == 0 ||
		strcmp(n->text, "Null") == 0 || strcmp(n->text, "NULL") == 0);
}

enum vg_rc vg_config_scalar(const struct vg_config_read *r,
			    const struct vg_yaml_node *n,
			    const struct vg_option *o, const char **text)
{
	if (n->type != VG_YAML_SCALAR)
		return vg_config_fail(r, n, o->name,
				      "a %s where one value belongs; write one "
				      "(%s)",
				      n->type == VG_YAML_LIST ? "list" : "map",
				      o->unit);
	if (is_null(n))
		return vg_config_fail(r, n, o->name,
				      "null is no value; leave the option out "
				      "for its default");
	if (n->quoted && o->type == VG_OPT_NUMBER)
		return vg_config_fail(r, n, o->name,
				      "a text where a number belongs; remove "
				      "the quotes");
	*text = n->text;
	return VG_OK;
}

/* `name:` with nothing behind it, as when all entries are commented out. */
static bool is_blank(const struct vg_yaml_node *n)
{
	return n->type == VG_YAML_SCALAR && !n->quoted && n->text_len == 0;
}

enum vg_rc vg_config_list(const struct vg_config_read *r, const char *name,
			  const struct vg_yaml_node **list)
{
	size_t i = 0, count = 0;
	const struct vg_option *o = vg_option_find(name, &i);
	const struct vg_yaml_node *n = vg_yaml_get(r->root, name);

	assert(o != NULL && o->type == VG_OPT_LIST);
	if (n != NULL && n->type != VG_YAML_LIST && !is_blank(n))
		return vg_config_fail(r, n, name, "not a list; write a %s",
				      o->unit);
	if (n != NULL)
		count = n->count;
	if (count < (size_t)o->min)
		return vg_config_fail(r, n != NULL ? n : r->root, name,
				      "is missing; give at least one entry");
	if (count > (size_t)o->max)
		return vg_config_fail(r, n, name,
				      "%zu entries, and at most %lld; remove "
				      "some",
				      count, (long long)o->max);
	*list = count > 0 ? n : NULL;
	return VG_OK;
}

static enum vg_rc check_members(const struct vg_config_read *r,
				const struct vg_yaml_node *entry,
				const struct vg_config_members *m)
{
	if (entry->type != VG_YAML_MAP)
		return vg_config_fail(r, entry, m->list,
				      "an entry is not a map; write %s",
				      m->form);
	for (const struct vg_yaml_node *n = entry->child; n != NULL;
	     n = n->next) {
		size_t i = 0;
		char name[96];

		while (i < m->n && strcmp(n->key, m->member[i].key) != 0)
			i++;
		(void)snprintf(name, sizeof name, "%s.%s", m->list, n->key);
		if (i == m->n)
			return vg_config_unknown(r, n, name);
	}
	return VG_OK;
}

enum vg_rc vg_config_members(const struct vg_config_read *r,
			     const struct vg_yaml_node *entry,
			     const struct vg_config_members *m, void *out)
{
	enum vg_rc rc = check_members(r, entry, m);

	for (size_t i = 0; i < m->n && rc == VG_OK; i++) {
		const struct vg_yaml_node *n =
			vg_yaml_get(entry, m->member[i].key);
		size_t row = 0;
		const struct vg_option *o =
			vg_option_find(m->member[i].option, &row);
		const char *text = NULL;

		assert(o != NULL);
		if (n == NULL && o->initial == NULL)
			return vg_config_fail(r, entry, o->name,
					      "is missing; set it");
		if (n == NULL)
			continue;
		rc = vg_config_scalar(r, n, o, &text);
		if (rc == VG_OK)
			rc = m->member[i].read(r, n, o, text, out);
	}
	return rc;
}
