#include "notify/routes.h"

#include "alert/campaign.h"
#include "core/config.h"
#include "core/defect.h"
#include "notify/routes_read.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

static char *copy_text(const char *p, size_t n)
{
	char *out = malloc(n + 1);

	if (out == NULL)
		return NULL;
	memcpy(out, p, n);
	out[n] = '\0';
	return out;
}

static void clear_group(struct vg_route *route)
{
	while (route->n_group > 0)
		free(route->group_by[--route->n_group]);
}

bool vg_route_group(struct vg_route *route, const char *names)
{
	clear_group(route);
	for (const char *p = names; *p != '\0';) {
		size_t n = strcspn(p, ",");

		if (n > 0) {
			if (route->n_group == VG_ROUTE_LABELS_MAX)
				return false;
			char *name = copy_text(p, n);
			if (name == NULL)
				return false;
			route->group_by[route->n_group++] = name;
		}
		p += n;
		p += strspn(p, ", ");
	}
	return true;
}

/* An alertmanager groups by itself: it is told at once, again and again, so
 * that stages need no turn of their own. */
static void set_tempo(struct vg_tempo *t, const struct vg_receiver *to)
{
	bool am = strcmp(to->type, "alertmanager") == 0;
	unsigned stages = 0;

	if (!am) /* checked: notify/kinds.h */
		(void)vg_stages_parse(to->send_stages, &stages);

	*t = (struct vg_tempo){
		.group_wait_ms = am ? 0 : to->group_wait_ms,
		.group_interval_ms = am ? 1000 : to->group_interval_ms,
		.repeat_interval_ms =
			am ? to->resend_ms - 1 : to->repeat_interval_ms,
		.send_resolved = am || to->send_resolved,
		.stages = stages};
}

struct vg_route *vg_routes_add(struct vg_routes *to, int parent, int receiver)
{
	struct vg_route *p;
	int i = (int)to->n_route, at;

	if (to->n_route == VG_ROUTES_MAX)
		return NULL;
	p = realloc(to->route, (to->n_route + 1) * sizeof *p);
	if (p == NULL)
		return NULL;
	to->route = p;
	p[i] = (struct vg_route){.parent = parent,
				 .first = -1,
				 .next = -1,
				 .receiver = receiver,
				 .when = {.calendar = -1}};
	to->n_route++;
	if (parent >= 0 && p[parent].first < 0) {
		p[parent].first = i;
	} else if (parent >= 0) {
		for (at = p[parent].first; p[at].next >= 0;)
			at = p[at].next;
		p[at].next = i;
	}
	const struct vg_receiver *conf = &to->cfg->receivers[receiver];
	set_tempo(&p[i].tempo, conf);
	(void)snprintf(p[i].path, sizeof p[i].path, "%s", conf->name);
	if (!vg_route_group(&p[i], strcmp(conf->type, "alertmanager") == 0
					   ? ""
					   : conf->group_by))
		return NULL;
	return &p[i];
}

static enum vg_rc default_tree(struct vg_routes *r, struct vg_err *err)
{
	for (size_t i = 0; i < r->cfg->n_receivers; i++) {
		struct vg_route *route =
			vg_routes_add(r, i == 0 ? -1 : 0, (int)i);

		if (route == NULL)
			return vg_err_set(err, VG_INVAL,
					  "receivers: too many labels in "
					  "group_by; name at most %d",
					  VG_ROUTE_LABELS_MAX);
		route->goes_on = true;
	}
	/* The root takes what no child does: it is not one of them. */
	if (r->n_route > 1) {
		if (vg_routes_add(r, 0, 0) == NULL)
			return vg_err_set(err, VG_FATAL,
					  "notify: out of memory");
		r->route[r->n_route - 1].goes_on = true;
	}
	return VG_OK;
}

static enum vg_rc read_all(struct vg_routes *r, const struct vg_yaml *yaml,
			   struct vg_err *err)
{
	static const char *const keys[] = {"route", "inhibit", "calendars",
					   "maintenance", NULL};
	const struct vg_routes_read read = {.to = r, .yaml = yaml, .err = err};
	const struct vg_yaml_node *root = vg_yaml_doc(yaml, 0);

	if (root == NULL || vg_yaml_doc(yaml, 1) != NULL)
		return vg_err_set(err, VG_INVAL,
				  "%.128s: not one document; write one map "
				  "with `route`",
				  vg_yaml_name(yaml));
	enum vg_rc rc = vg_routes_read_keys(&read, root, keys);
	if (rc == VG_OK)
		rc = vg_routes_read_calendars(&read, root);
	if (rc == VG_OK)
		rc = vg_routes_read_maintenance(&read, root);
	if (rc == VG_OK)
		rc = vg_routes_read_inhibit(&read, root);
	if (rc == VG_OK && vg_yaml_get(root, "route") == NULL)
		rc = default_tree(r, err);
	else if (rc == VG_OK)
		rc = vg_routes_read_tree(&read, vg_yaml_get(root, "route"));
	return rc;
}

static enum vg_rc make(struct vg_routes **out, const struct vg_config *cfg,
		       const struct vg_yaml *yaml, struct vg_err *err)
{
	struct vg_routes *r = calloc(1, sizeof *r);
	enum vg_rc rc;

	if (r == NULL)
		return vg_err_set(err, VG_FATAL, "notify: out of memory");
	r->cfg = cfg;
	rc = yaml != NULL ? read_all(r, yaml, err) : default_tree(r, err);
	if (rc != VG_OK) {
		vg_routes_free(r);
		return rc;
	}
	*out = r;
	return VG_OK;
}

enum vg_rc vg_routes_load(struct vg_routes **out, const struct vg_config *cfg,
			  struct vg_err *err)
{
	struct vg_yaml *yaml = NULL;
	enum vg_rc rc = VG_OK;

	if (cfg->notify_file != NULL && cfg->notify_file[0] != '\0')
		rc = vg_yaml_load(&yaml, cfg->notify_file, VG_NOTIFY_FILE_MAX,
				  err);
	if (rc == VG_OK)
		rc = make(out, cfg, yaml, err);
	vg_yaml_free(yaml);
	return rc;
}

enum vg_rc vg_routes_parse(struct vg_routes **out, const struct vg_config *cfg,
			   struct vg_slice text, struct vg_err *err)
{
	struct vg_yaml *yaml = NULL;
	enum vg_rc rc = vg_yaml_parse(&yaml, "routes", text.p, text.n, err);

	if (rc == VG_OK)
		rc = make(out, cfg, yaml, err);
	vg_yaml_free(yaml);
	return rc;
}

void vg_routes_free(struct vg_routes *r)
{
	if (r == NULL)
		return;
	for (size_t i = 0; i < r->n_route; i++) {
		vg_matchers_term(&r->route[i].on);
		clear_group(&r->route[i]);
	}
	for (size_t i = 0; i < r->n_inhibit; i++)
		vg_inhibit_term(&r->inhibit[i]);
	for (size_t i = 0; i < r->n_calendar; i++)
		vg_calendar_term(&r->calendar[i]);
	for (size_t i = 0; i < r->n_maintenance; i++)
		vg_matchers_term(&r->maintenance[i].on);
	free(r->route);
	free(r->inhibit);
	free(r->calendar);
	free(r->maintenance);
	free(r);
}

const char *vg_route_viewer(const struct vg_routes *r, int i)
{
	const struct vg_receiver *to = &r->cfg->receivers[r->route[i].receiver];

	return vg_receiver_viewer(to);
}

struct walk {
	const struct vg_routes *r;
	const struct vg_labels *l;
	int *out;
	size_t n, cap;
};

static bool may_see(const struct walk *w, int i)
{
	if (VG_DEFECT("notify-viewer"))
		return true;
	return vg_labels_has(w->l, "viewer",
			     vg_slice_of(vg_route_viewer(w->r, i)));
}

/* True when node `i` or one below it took the alert. The depth is bounded. */
static bool walk_down(struct walk *w, int i, int depth)
{
	const struct vg_route *node = &w->r->route[i];
	bool taken = false;

	assert(depth <= VG_ROUTE_DEPTH_MAX);
	if (!vg_matchers_hold(&node->on, w->l))
		return false;
	for (int c = node->first; c >= 0; c = w->r->route[c].next) {
		bool took = walk_down(w, c, depth + 1);

		taken = taken || took;
		if (took && !w->r->route[c].goes_on)
			return true;
	}
	if (taken || !may_see(w, i) || w->n == w->cap)
		return taken;
	w->out[w->n++] = i;
	return true;
}

size_t vg_routes_take(const struct vg_routes *r, const struct vg_labels *l,
		      int *out, size_t cap)
{
	struct walk w = {.r = r, .l = l, .out = out, .cap = cap};

	if (r->n_route > 0)
		(void)walk_down(&w, 0, 0);
	return w.n;
}

void vg_route_key(const struct vg_route *route, const struct vg_labels *l,
		  struct vg_buf *out)
{
	for (size_t i = 0; i < route->n_group; i++) {
		vg_labels_value(l, route->group_by[i], out);
		vg_buf_add(out, "\x1f", 1);
	}
}

bool vg_when_is(const struct vg_routes *r, const struct vg_when *w,
		int64_t at_ms)
{
	return !w->any ||
	       vg_hours_have(&w->hours,
			     w->calendar >= 0 ? &r->calendar[w->calendar]
					      : NULL,
			     at_ms);
}

bool vg_routes_maintained(const struct vg_routes *r, const struct vg_labels *l,
			  int64_t at_ms)
{
	for (size_t i = 0; i < r->n_maintenance; i++) {
		const struct vg_maintenance *m = &r->maintenance[i];

		if (at_ms >= m->from_ms && at_ms < m->to_ms &&
		    vg_when_is(r, &m->when, at_ms) &&
		    vg_matchers_hold(&m->on, l))
			return true;
	}
	return false;
}
