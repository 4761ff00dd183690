#include "core/config_read.h"
#include "core/limits.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

/* Slots of "MA+US" in any order; VG_INVAL when a name is unknown or twice. */
static enum vg_rc read_slots(const struct vg_config_read *r,
			     const struct vg_yaml_node *n, const char *text,
			     uint64_t *out)
{
	uint64_t slots = 0;
	const char *p = text;

	for (bool more = true; more;) {
		size_t len = strcspn(p, "+");
		struct vg_slice name = {.p = p, .n = (uint32_t)len};
		int slot = vg_config_viewer(r->cfg, name);
		if (slot < 0)
			return vg_config_fail(r, n, "caveats",
					      "%.40s: %.*s is not a partner's "
					      "id; declare it under partners "
					      "or correct it",
					      text, len > 16 ? 16 : (int)len,
					      p);
		if ((slots >> slot & 1) != 0)
			return vg_config_fail(r, n, "caveats",
					      "%.40s: %.*s is there twice; "
					      "keep one",
					      text, (int)len, p);
		slots |= UINT64_C(1) << slot;
		more = p[len] == '+';
		p += len + 1;
	}
	if ((slots & (slots - 1)) == 0)
		return vg_config_fail(r, n, "caveats",
				      "%.40s names one viewer, and each "
				      "originator alone is always there; name "
				      "two or more, or remove it",
				      text);
	*out = slots;
	return VG_OK;
}

/* Name a caveat in the order of slots, however it was written: the name is in
 * stored keys, and US+MA must find what MA+US counted. */
static bool name_caveat(const struct vg_config *cfg, struct vg_caveat *c)
{
	size_t n = 0;

	for (unsigned slot = 0; slot <= VG_SLOT_COALITION; slot++) {
		if ((c->slots >> slot & 1) == 0)
			continue;
		const struct vg_partner *p = vg_config_slot(cfg, slot);
		int w = snprintf(c->name + n, sizeof c->name - n, "%s%s",
				 n > 0 ? "+" : "",
				 p != NULL ? p->id : "COALITION");
		if (w < 0 || (size_t)w >= sizeof c->name - n)
			return false;
		n += (size_t)w;
	}
	return true;
}

static enum vg_rc add_caveat(struct vg_config_read *r,
			     const struct vg_yaml_node *n,
			     const struct vg_option *row)
{
	struct vg_config *cfg = r->cfg;
	struct vg_caveat c = {0};
	const char *text = NULL;

	enum vg_rc rc = vg_config_scalar(r, n, row, &text);
	if (rc == VG_OK)
		rc = read_slots(r, n, text, &c.slots);
	if (rc != VG_OK)
		return rc;
	if (!name_caveat(cfg, &c))
		return vg_config_fail(r, n, "caveats",
				      "%.40s... is longer than %zu bytes; name "
				      "fewer partners",
				      text, sizeof c.name - 1);
	for (size_t i = 0; i < cfg->n_caveats; i++) {
		if (cfg->caveats[i].slots == c.slots)
			return vg_config_fail(r, n, "caveats",
					      "%.72s is there twice; keep one",
					      c.name);
	}
	if (1 + cfg->n_partners + cfg->n_caveats >= VG_AUDIENCE_SETS_MAX)
		return vg_config_fail(r, n, "caveats",
				      "more than %d audience sets (everyone, "
				      "each partner, each caveat); declare "
				      "fewer caveats",
				      VG_AUDIENCE_SETS_MAX);
	cfg->caveats[cfg->n_caveats++] = c;
	return VG_OK;
}

static enum vg_rc read_caveats(struct vg_config_read *r)
{
	const struct vg_yaml_node *list = NULL;
	size_t row = 0;
	const struct vg_option *o = vg_option_find("caveats", &row);

	enum vg_rc rc = vg_config_list(r, "caveats", &list);
	if (rc != VG_OK || list == NULL)
		return rc;
	r->cfg->caveats = calloc(list->count, sizeof *r->cfg->caveats);
	if (r->cfg->caveats == NULL)
		return vg_err_set(r->err, VG_FATAL, "caveats: out of memory");
	for (const struct vg_yaml_node *n = list->child;
	     n != NULL && rc == VG_OK; n = n->next)
		rc = add_caveat(r, n, o);
	return rc;
}

void vg_paths_free(char **path, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(path[i]);
	free(path);
}

/* Paths as they are read: option `name`'s, whose row is `row`. */
struct paths {
	const char *name;
	const struct vg_option *row;
	char **path;
	size_t n;
};

static enum vg_rc add_path(const struct vg_config_read *r,
			   const struct vg_yaml_node *n, struct paths *p)
{
	const char *text = NULL;

	enum vg_rc rc = vg_config_scalar(r, n, p->row, &text);
	if (rc != VG_OK)
		return rc;
	if (text[0] == '\0')
		return vg_config_fail(r, n, p->name,
				      "an empty path; name a file");
	char *path = vg_path_join(r->dir, text);
	if (path == NULL)
		return vg_err_set(r->err, VG_FATAL, "%s: out of memory",
				  p->name);
	for (size_t i = 0; i < p->n; i++) {
		if (strcmp(p->path[i], path) == 0) {
			free(path);
			return vg_config_fail(r, n, p->name,
					      "%.64s is there twice; keep one",
					      text);
		}
	}
	p->path[p->n++] = path;
	return VG_OK;
}

/* The paths of `list`: on failure none. */
static enum vg_rc read_paths(const struct vg_config_read *r,
			     const struct vg_yaml_node *list, struct paths *p)
{
	size_t row = 0;
	enum vg_rc rc = VG_OK;

	p->row = vg_option_find(p->name, &row);
	p->path = calloc(list->count + 1, sizeof *p->path);
	if (p->path == NULL)
		return vg_err_set(r->err, VG_FATAL, "%s: out of memory",
				  p->name);
	for (const struct vg_yaml_node *n = list->child;
	     n != NULL && rc == VG_OK; n = n->next)
		rc = add_path(r, n, p);
	if (rc != VG_OK)
		vg_paths_free(p->path, p->n);
	return rc;
}

enum vg_rc vg_config_own_rules(const struct vg_config_read *r,
			       const struct vg_yaml_node *partner,
			       struct vg_partner *p)
{
	const struct vg_yaml_node *list = vg_yaml_get(partner, "own_rules");
	struct paths paths = {.name = "partners.own_rules"};

	if (list == NULL)
		return VG_OK;
	if (list->type != VG_YAML_LIST)
		return vg_config_fail(r, list, paths.name,
				      "not a list; write a list of paths");
	if (list->count > VG_OWN_FILES_MAX)
		return vg_config_fail(r, list, paths.name,
				      "%zu entries, and at most %d; join some",
				      list->count, VG_OWN_FILES_MAX);
	enum vg_rc rc = read_paths(r, list, &paths);
	if (rc == VG_OK) {
		p->own_files = paths.path;
		p->n_own_files = paths.n;
	}
	return rc;
}

static enum vg_rc read_rules(struct vg_config_read *r)
{
	const struct vg_yaml_node *list = NULL;
	struct paths paths = {.name = "rules"};

	enum vg_rc rc = vg_config_list(r, paths.name, &list);
	if (rc != VG_OK || list == NULL)
		return rc;
	rc = read_paths(r, list, &paths);
	if (rc == VG_OK) {
		r->cfg->rule_files = paths.path;
		r->cfg->n_rule_files = paths.n;
	}
	return rc;
}

enum vg_rc vg_config_lists(struct vg_config_read *r)
{
	enum vg_rc rc = vg_config_partners(r);

	assert(rc != VG_OK || r->cfg->n_partners > 0);
	if (rc == VG_OK)
		rc = read_caveats(r);
	if (rc == VG_OK)
		rc = read_rules(r);
	if (rc == VG_OK)
		rc = vg_config_receivers(r);
	return rc;
}
