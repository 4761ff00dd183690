#include "alert/campaign.h"
#include "core/config.h"
#include "core/timefmt.h"
#include "notify/routes_read.h"
#include "notify/words.h"

#include <stdio.h>
#include <stdlib.h>

static int receiver_of(const struct vg_config *cfg, const char *name)
{
	for (size_t i = 0; i < cfg->n_receivers; i++)
		if (strcmp(cfg->receivers[i].name, name) == 0)
			return (int)i;
	return -1;
}

/* The receiver that node `n` names, else its parent's. */
static enum vg_rc find_receiver(const struct vg_routes_read *r,
				const struct vg_yaml_node *n, int parent,
				int *out)
{
	const char *name = NULL;
	enum vg_rc rc = vg_routes_read_text(r, n, "receiver", &name);

	if (rc != VG_OK)
		return rc;
	*out = parent >= 0 ? r->to->route[parent].receiver : -1;
	if (name != NULL)
		*out = receiver_of(r->to->cfg, name);
	if (*out >= 0)
		return VG_OK;
	return vg_yaml_fail(r->yaml, n, r->err,
			    "receiver %.32s is not there; name one of "
			    "`receivers`",
			    name != NULL ? name : "(none)");
}

static enum vg_rc read_duration(const struct vg_routes_read *r,
				const struct vg_yaml_node *n, const char *key,
				int64_t *out)
{
	const char *text = NULL;
	int64_t ms = 0;
	enum vg_rc rc = vg_routes_read_text(r, n, key, &text);

	if (rc != VG_OK || text == NULL)
		return rc;
	if (!vg_duration_parse(vg_slice_of(text), &ms) ||
	    (ms < 100 && strcmp(key, "group_wait") != 0))
		return vg_yaml_fail(r->yaml, vg_yaml_get(n, key), r->err,
				    "%.20s is not a duration of at least "
				    "100ms; write 30s or 5m",
				    text);
	*out = ms;
	return VG_OK;
}

static enum vg_rc read_flag(const struct vg_routes_read *r,
			    const struct vg_yaml_node *n, const char *key,
			    bool *out)
{
	const char *text = NULL;
	enum vg_rc rc = vg_routes_read_text(r, n, key, &text);

	if (rc != VG_OK || text == NULL)
		return rc;
	if (strcmp(text, "true") != 0 && strcmp(text, "false") != 0)
		return vg_yaml_fail(r->yaml, n, r->err,
				    "%s: %.20s is neither true nor false", key,
				    text);
	*out = text[0] == 't';
	return VG_OK;
}

static enum vg_rc read_group_by(const struct vg_routes_read *r,
				const struct vg_yaml_node *n,
				struct vg_route *to)
{
	const struct vg_yaml_node *list = vg_yaml_get(n, "group_by");
	struct vg_buf names = {0};
	enum vg_rc rc = VG_OK;

	if (list == NULL)
		return VG_OK;
	if (list->type != VG_YAML_LIST)
		return vg_yaml_fail(r->yaml, list, r->err,
				    "group_by is not a list; write [rule]");
	vg_buf_str(&names, "");
	for (const struct vg_yaml_node *e = list->child; e != NULL;
	     e = e->next) {
		vg_buf_str(&names, e->type == VG_YAML_SCALAR ? e->text : "");
		vg_buf_str(&names, ",");
	}
	if (names.failed || !vg_route_group(to, names.p))
		rc = vg_yaml_fail(r->yaml, list, r->err,
				  "more than %d labels; name fewer",
				  VG_ROUTE_LABELS_MAX);
	vg_buf_term(&names);
	return rc;
}

static enum vg_rc read_language(const struct vg_routes_read *r,
				const struct vg_yaml_node *n,
				struct vg_route *to)
{
	const char *text = NULL;
	enum vg_rc rc = vg_routes_read_text(r, n, "language", &text);

	if (rc != VG_OK || text == NULL)
		return rc;
	if (!vg_word_knows(text))
		return vg_yaml_fail(r->yaml, vg_yaml_get(n, "language"), r->err,
				    "%.20s is not en, fr, ar or he", text);
	(void)snprintf(to->language, sizeof to->language, "%s", text);
	return VG_OK;
}

static enum vg_rc read_stages(const struct vg_routes_read *r,
			      const struct vg_yaml_node *n, unsigned *to)
{
	const char *text = NULL;
	enum vg_rc rc = vg_routes_read_text(r, n, "send_stages", &text);

	if (rc != VG_OK || text == NULL || vg_stages_parse(text, to))
		return rc;
	return vg_yaml_fail(
		r->yaml, vg_yaml_get(n, "send_stages"), r->err,
		"%.60s is not a list of stages; they are " VG_STAGES, text);
}

/* What a node changes of its receiver's settings. */
static enum vg_rc read_settings(const struct vg_routes_read *r,
				const struct vg_yaml_node *n,
				struct vg_route *to)
{
	struct vg_tempo *t = &to->tempo;
	enum vg_rc rc =
		vg_routes_read_matchers(r, vg_yaml_get(n, "match"), &to->on);

	if (rc == VG_OK)
		rc = read_flag(r, n, "continue", &to->goes_on);
	if (rc == VG_OK)
		rc = read_flag(r, n, "send_resolved", &t->send_resolved);
	if (rc == VG_OK)
		rc = read_stages(r, n, &t->stages);
	if (rc == VG_OK)
		rc = read_duration(r, n, "group_wait", &t->group_wait_ms);
	if (rc == VG_OK)
		rc = read_duration(r, n, "group_interval",
				   &t->group_interval_ms);
	if (rc == VG_OK)
		rc = read_duration(r, n, "repeat_interval",
				   &t->repeat_interval_ms);
	if (rc == VG_OK)
		rc = read_group_by(r, n, to);
	if (rc == VG_OK)
		rc = read_language(r, n, to);
	if (rc == VG_OK)
		rc = vg_routes_read_when(r, n, &to->when);
	return rc;
}

/* Its path names a node in Redis: that of its parent, and its own name, or its
 * receiver and which of the children it is. */
static enum vg_rc name_node(const struct vg_routes_read *r,
			    const struct vg_yaml_node *n, int i, size_t nth)
{
	struct vg_route *to = &r->to->route[i];
	const char *name = NULL;
	enum vg_rc rc = vg_routes_read_text(r, n, "name", &name);
	int w;

	if (rc != VG_OK || to->parent < 0)
		return rc;
	const char *above = r->to->route[to->parent].path;
	if (name != NULL)
		w = snprintf(to->path, sizeof to->path, "%s/%s", above, name);
	else
		w = snprintf(to->path, sizeof to->path, "%s/%s.%zu", above,
			     r->to->cfg->receivers[to->receiver].name, nth);
	if (w < 0 || (size_t)w >= sizeof to->path)
		return vg_yaml_fail(r->yaml, n, r->err,
				    "the names down to here are longer than "
				    "%zu bytes; shorten them",
				    sizeof to->path - 1);
	for (int k = 0; k < i; k++)
		if (strcmp(r->to->route[k].path, to->path) == 0)
			return vg_yaml_fail(r->yaml, n, r->err,
					    "%.64s is there twice; choose "
					    "another name",
					    to->path);
	return VG_OK;
}

static enum vg_rc read_node(const struct vg_routes_read *r,
			    const struct vg_yaml_node *n, int parent,
			    size_t nth, int depth)
{
	static const char *const keys[] = {
		"name",		  "receiver",	     "match",	    "continue",
		"group_by",	  "group_wait",	     "hours",	    "days",
		"group_interval", "repeat_interval", "calendar",    "routes",
		"send_resolved",  "language",	     "send_stages", NULL};
	int receiver = -1, i = (int)r->to->n_route;
	const struct vg_yaml_node *below;
	enum vg_rc rc = vg_routes_read_keys(r, n, keys);

	if (rc == VG_OK)
		rc = find_receiver(r, n, parent, &receiver);
	if (rc != VG_OK)
		return rc;
	if (depth > VG_ROUTE_DEPTH_MAX ||
	    vg_routes_add(r->to, parent, receiver) == NULL)
		return vg_yaml_fail(r->yaml, n, r->err,
				    "more than %d routes, or deeper than %d",
				    VG_ROUTES_MAX, VG_ROUTE_DEPTH_MAX);
	rc = read_settings(r, n, &r->to->route[i]);
	if (rc == VG_OK)
		rc = name_node(r, n, i, nth);
	below = vg_yaml_get(n, "routes");
	if (rc == VG_OK && below != NULL && below->type != VG_YAML_LIST)
		return vg_yaml_fail(r->yaml, below, r->err,
				    "routes is not a list; begin each with -");
	nth = 0;
	for (const struct vg_yaml_node *c = below != NULL ? below->child : NULL;
	     c != NULL && rc == VG_OK; c = c->next)
		rc = read_node(r, c, i, nth++, depth + 1);
	return rc;
}

enum vg_rc vg_routes_read_tree(const struct vg_routes_read *r,
			       const struct vg_yaml_node *root)
{
	return read_node(r, root, -1, 0, 0);
}
