#include "notify/routes_read.h"

#include "core/config.h"
#include "core/timefmt.h"

#include <stdio.h>
#include <stdlib.h>

#define ZONES "/usr/share/zoneinfo"

enum vg_rc vg_routes_read_keys(const struct vg_routes_read *r,
			       const struct vg_yaml_node *n,
			       const char *const *keys)
{
	if (n->type != VG_YAML_MAP)
		return vg_yaml_fail(r->yaml, n, r->err,
				    "not a map; write `name: value` lines");
	for (const struct vg_yaml_node *m = n->child; m != NULL; m = m->next) {
		size_t i = 0;

		while (keys[i] != NULL && strcmp(keys[i], m->key) != 0)
			i++;
		if (keys[i] == NULL)
			return vg_yaml_fail(r->yaml, m, r->err,
					    "%.40s is not known here; see "
					    "docs/notifications.md",
					    m->key);
	}
	return VG_OK;
}

enum vg_rc vg_routes_read_text(const struct vg_routes_read *r,
			       const struct vg_yaml_node *n, const char *key,
			       const char **out)
{
	const struct vg_yaml_node *m = vg_yaml_get(n, key);

	*out = NULL;
	if (m == NULL)
		return VG_OK;
	if (m->type != VG_YAML_SCALAR)
		return vg_yaml_fail(r->yaml, m, r->err,
				    "%.40s is not one value; write one", key);
	*out = m->text;
	return VG_OK;
}

static enum vg_rc too_many(const struct vg_routes_read *r,
			   const struct vg_yaml_node *n, int most)
{
	return vg_yaml_fail(r->yaml, n, r->err,
			    "more than %d, or out of memory; name fewer", most);
}

/* {gte: 7} or {not: value | [values]}; *values are the latter's. */
static enum vg_rc read_operator(const struct vg_routes_read *r,
				const struct vg_yaml_node *n,
				struct vg_matcher *m,
				const struct vg_yaml_node **values)
{
	const struct vg_yaml_node *op = n->child;
	char *end = NULL;

	*values = NULL;
	if (n->count == 1 && strcmp(op->key, "not") == 0) {
		m->not = true;
		*values = op;
		return VG_OK;
	}
	if (n->count != 1 || strcmp(op->key, "gte") != 0 ||
	    op->type != VG_YAML_SCALAR)
		return vg_yaml_fail(r->yaml, n, r->err,
				    "not a condition; write a value, a list, "
				    "{gte: 7} or {not: value}");
	m->has_least = true;
	m->least = strtoll(op->text, &end, 10);
	if (*end != '\0' || op->text[0] == '\0')
		return vg_yaml_fail(r->yaml, op, r->err,
				    "%.20s is not a whole number", op->text);
	return VG_OK;
}

static enum vg_rc read_values(const struct vg_routes_read *r,
			      const struct vg_yaml_node *n,
			      struct vg_matcher *m)
{
	const struct vg_yaml_node *v = n->type == VG_YAML_LIST ? n->child : n;

	for (; v != NULL; v = n->type == VG_YAML_LIST ? v->next : NULL) {
		if (v->type != VG_YAML_SCALAR)
			return vg_yaml_fail(r->yaml, v, r->err,
					    "not a value; write a text");
		if (!vg_matcher_value(
			    m,
			    (struct vg_slice){v->text, (uint32_t)v->text_len}))
			return too_many(r, v, VG_MATCH_VALUES_MAX);
	}
	return VG_OK;
}

enum vg_rc vg_routes_read_matchers(const struct vg_routes_read *r,
				   const struct vg_yaml_node *n,
				   struct vg_matchers *out)
{
	enum vg_rc rc = VG_OK;

	if (n == NULL)
		return VG_OK;
	if (n->type != VG_YAML_MAP)
		return vg_yaml_fail(r->yaml, n, r->err,
				    "not conditions; write {severity: {gte: "
				    "7}, country: [MA, AE]}");
	for (const struct vg_yaml_node *c = n->child; c != NULL && rc == VG_OK;
	     c = c->next) {
		struct vg_matcher *m = vg_matchers_add(out, c->key);
		const struct vg_yaml_node *values = c;

		if (m == NULL)
			return too_many(r, c, VG_MATCHERS_MAX);
		if (c->type == VG_YAML_MAP)
			rc = read_operator(r, c, m, &values);
		if (rc == VG_OK && values != NULL)
			rc = read_values(r, values, m);
	}
	return rc;
}

/* "08:00-18:30" */
static bool parse_hours(const char *text, struct vg_hours *out)
{
	int h = 0, m = 0, k = 0, l = 0, used = 0;

	if (sscanf(text, "%2d:%2d-%2d:%2d%n", &h, &m, &k, &l, &used) != 4 ||
	    text[used] != '\0')
		return false;
	out->from = h * 60 + m;
	out->to = k * 60 + l;
	return h >= 0 && k >= 0 && m >= 0 && l >= 0 && m < 60 && l < 60 &&
	       out->from <= 1440 && out->to <= 1440;
}

static unsigned weekday_of(const char *name)
{
	static const char *const days[] = {"mon", "tue", "wed", "thu",
					   "fri", "sat", "sun"};

	for (unsigned i = 0; i < 7; i++)
		if (strcmp(days[i], name) == 0)
			return 1U << i;
	return 0;
}

/* free, work, or names of days. */
static enum vg_rc read_days(const struct vg_routes_read *r,
			    const struct vg_yaml_node *n, struct vg_hours *out)
{
	const struct vg_yaml_node *v = n->type == VG_YAML_LIST ? n->child : n;

	out->named = 0;
	if (n->type == VG_YAML_SCALAR && strcmp(n->text, "free") == 0) {
		out->days = VG_DAYS_FREE;
		return VG_OK;
	}
	if (n->type == VG_YAML_SCALAR && strcmp(n->text, "work") == 0) {
		out->days = VG_DAYS_WORK;
		return VG_OK;
	}
	for (; v != NULL; v = n->type == VG_YAML_LIST ? v->next : NULL) {
		unsigned day =
			v->type == VG_YAML_SCALAR ? weekday_of(v->text) : 0;

		if (day == 0)
			return vg_yaml_fail(r->yaml, v, r->err,
					    "not days; write free, work, or "
					    "some of mon tue wed thu fri sat "
					    "sun");
		out->named |= day;
	}
	return VG_OK;
}

static enum vg_rc read_calendar_name(const struct vg_routes_read *r,
				     const struct vg_yaml_node *n, int *out)
{
	const char *name = NULL;
	enum vg_rc rc = vg_routes_read_text(r, n, "calendar", &name);

	if (rc != VG_OK || name == NULL)
		return rc;
	for (size_t i = 0; i < r->to->n_calendar; i++) {
		if (strcmp(r->to->calendar[i].name, name) == 0) {
			*out = (int)i;
			return VG_OK;
		}
	}
	return vg_yaml_fail(r->yaml, n, r->err,
			    "calendar %.32s is not there; add it to "
			    "`calendars`",
			    name);
}

enum vg_rc vg_routes_read_when(const struct vg_routes_read *r,
			       const struct vg_yaml_node *n,
			       struct vg_when *out)
{
	const struct vg_yaml_node *days = vg_yaml_get(n, "days");
	const char *hours = NULL;
	enum vg_rc rc = vg_routes_read_text(r, n, "hours", &hours);

	out->hours = (struct vg_hours){
		.days = VG_DAYS_NAMED, .named = 0x7f, .from = 0, .to = 1440};
	if (rc == VG_OK && hours != NULL && !parse_hours(hours, &out->hours))
		rc = vg_yaml_fail(r->yaml, vg_yaml_get(n, "hours"), r->err,
				  "%.20s are not hours; write 08:00-18:00",
				  hours);
	if (rc == VG_OK && days != NULL)
		rc = read_days(r, days, &out->hours);
	if (rc == VG_OK)
		rc = read_calendar_name(r, n, &out->calendar);
	out->any = hours != NULL || days != NULL;
	return rc;
}

/* Its weekend, and its holidays. */
static enum vg_rc read_free_days(const struct vg_routes_read *r,
				 const struct vg_yaml_node *n,
				 struct vg_calendar *c)
{
	const struct vg_yaml_node *weekend = vg_yaml_get(n, "weekend");
	const struct vg_yaml_node *holidays = vg_yaml_get(n, "holidays");
	struct vg_hours h = {.days = VG_DAYS_NAMED};
	struct vg_err why = {0};
	enum vg_rc rc = VG_OK;

	if (weekend != NULL) {
		rc = read_days(r, weekend, &h);
		c->weekend = h.named;
	}
	for (const struct vg_yaml_node *d = holidays != NULL ? holidays->child
							     : NULL;
	     d != NULL && rc == VG_OK; d = d->next) {
		if (d->type != VG_YAML_SCALAR)
			rc = vg_yaml_fail(r->yaml, d, r->err, "not a date");
		else if (vg_calendar_holiday(c, d->text, &why) != VG_OK)
			rc = vg_yaml_fail(r->yaml, d, r->err, "%s", why.text);
	}
	return rc;
}

static enum vg_rc read_calendar(const struct vg_routes_read *r,
				const struct vg_yaml_node *n)
{
	static const char *const keys[] = {"name",     "zone",	  "country",
					   "holidays", "weekend", NULL};
	struct vg_calendar *c = &r->to->calendar[r->to->n_calendar++];
	const char *name = NULL, *zone = NULL, *country = NULL;
	struct vg_err why = {0};
	enum vg_rc rc = vg_routes_read_keys(r, n, keys);

	*c = (struct vg_calendar){.weekend = vg_weekend_of("")};
	if (rc == VG_OK)
		rc = vg_routes_read_text(r, n, "name", &name);
	if (rc == VG_OK && (name == NULL || strlen(name) >= sizeof c->name))
		rc = vg_yaml_fail(r->yaml, n, r->err,
				  "a calendar needs a `name` of at most 31 "
				  "bytes");
	if (rc == VG_OK)
		rc = vg_routes_read_text(r, n, "zone", &zone);
	if (rc == VG_OK)
		rc = vg_routes_read_text(r, n, "country", &country);
	if (rc != VG_OK)
		return rc;
	(void)snprintf(c->name, sizeof c->name, "%s", name);
	if (country != NULL)
		c->weekend = vg_weekend_of(country);
	if (zone != NULL && vg_calendar_zone(c, ZONES, zone, &why) != VG_OK)
		return vg_yaml_fail(r->yaml, n, r->err, "%s", why.text);
	return read_free_days(r, n, c);
}

/* The list `name` of the root, with room for it made by the caller. */
static enum vg_rc list_of(const struct vg_routes_read *r,
			  const struct vg_yaml_node *root, const char *name,
			  size_t most, const struct vg_yaml_node **out)
{
	const struct vg_yaml_node *n = vg_yaml_get(root, name);

	*out = NULL;
	if (n == NULL || n->count == 0)
		return VG_OK;
	if (n->type != VG_YAML_LIST)
		return vg_yaml_fail(r->yaml, n, r->err,
				    "%s is not a list; begin each entry with -",
				    name);
	if (n->count > most)
		return too_many(r, n, (int)most);
	*out = n;
	return VG_OK;
}

enum vg_rc vg_routes_read_calendars(const struct vg_routes_read *r,
				    const struct vg_yaml_node *root)
{
	const struct vg_yaml_node *list = NULL;
	enum vg_rc rc = list_of(r, root, "calendars", VG_CALENDARS_MAX, &list);

	if (rc != VG_OK || list == NULL)
		return rc;
	r->to->calendar = calloc(list->count, sizeof *r->to->calendar);
	if (r->to->calendar == NULL)
		return too_many(r, list, VG_CALENDARS_MAX);
	for (const struct vg_yaml_node *n = list->child;
	     n != NULL && rc == VG_OK; n = n->next)
		rc = read_calendar(r, n);
	return rc;
}

static enum vg_rc read_instant(const struct vg_routes_read *r,
			       const struct vg_yaml_node *n, const char *key,
			       int64_t *out)
{
	const char *text = NULL;
	enum vg_rc rc = vg_routes_read_text(r, n, key, &text);

	if (rc == VG_OK && text != NULL &&
	    !vg_time_parse(vg_slice_of(text), out))
		rc = vg_yaml_fail(r->yaml, n, r->err,
				  "%s: %.40s is not an instant; write it as "
				  "2026-01-02T03:04:05Z",
				  key, text);
	return rc;
}

static enum vg_rc read_one_maintenance(const struct vg_routes_read *r,
				       const struct vg_yaml_node *n)
{
	static const char *const keys[] = {"name",     "match", "hours", "days",
					   "calendar", "from",	"to",	 NULL};
	struct vg_maintenance *m = &r->to->maintenance[r->to->n_maintenance++];
	const char *name = NULL;
	enum vg_rc rc = vg_routes_read_keys(r, n, keys);

	m->when.calendar = -1;
	m->from_ms = INT64_MIN;
	m->to_ms = INT64_MAX;
	if (rc == VG_OK)
		rc = vg_routes_read_text(r, n, "name", &name);
	if (rc == VG_OK)
		(void)snprintf(m->name, sizeof m->name, "%.63s",
			       name != NULL ? name : "");
	if (rc == VG_OK)
		rc = vg_routes_read_when(r, n, &m->when);
	if (rc == VG_OK)
		rc = read_instant(r, n, "from", &m->from_ms);
	if (rc == VG_OK)
		rc = read_instant(r, n, "to", &m->to_ms);
	if (rc == VG_OK && !m->when.any && m->to_ms == INT64_MAX)
		rc = vg_yaml_fail(r->yaml, n, r->err,
				  "a window without an end; set hours, days or "
				  "to");
	if (rc == VG_OK)
		rc = vg_routes_read_matchers(r, vg_yaml_get(n, "match"),
					     &m->on);
	return rc;
}

enum vg_rc vg_routes_read_maintenance(const struct vg_routes_read *r,
				      const struct vg_yaml_node *root)
{
	const struct vg_yaml_node *list = NULL;
	enum vg_rc rc =
		list_of(r, root, "maintenance", VG_MAINTENANCE_MAX, &list);

	if (rc != VG_OK || list == NULL)
		return rc;
	r->to->maintenance = calloc(list->count, sizeof *r->to->maintenance);
	if (r->to->maintenance == NULL)
		return too_many(r, list, VG_MAINTENANCE_MAX);
	for (const struct vg_yaml_node *n = list->child;
	     n != NULL && rc == VG_OK; n = n->next)
		rc = read_one_maintenance(r, n);
	return rc;
}

static enum vg_rc read_one_inhibit(const struct vg_routes_read *r,
				   const struct vg_yaml_node *n)
{
	static const char *const keys[] = {"source", "target", "equal", NULL};
	struct vg_inhibit *i = &r->to->inhibit[r->to->n_inhibit++];
	const struct vg_yaml_node *equal;
	enum vg_rc rc = vg_routes_read_keys(r, n, keys);

	if (rc == VG_OK && (vg_yaml_get(n, "source") == NULL ||
			    vg_yaml_get(n, "target") == NULL))
		rc = vg_yaml_fail(r->yaml, n, r->err,
				  "source or target is missing; set both");
	if (rc == VG_OK)
		rc = vg_routes_read_matchers(r, vg_yaml_get(n, "source"),
					     &i->source);
	if (rc == VG_OK)
		rc = vg_routes_read_matchers(r, vg_yaml_get(n, "target"),
					     &i->target);
	equal = vg_yaml_get(n, "equal");
	for (const struct vg_yaml_node *e = equal != NULL ? equal->child : NULL;
	     e != NULL && rc == VG_OK; e = e->next)
		if (e->type != VG_YAML_SCALAR || !vg_inhibit_equal(i, e->text))
			rc = vg_yaml_fail(r->yaml, e, r->err,
					  "not the name of a label");
	return rc;
}

enum vg_rc vg_routes_read_inhibit(const struct vg_routes_read *r,
				  const struct vg_yaml_node *root)
{
	const struct vg_yaml_node *list = NULL;
	enum vg_rc rc = list_of(r, root, "inhibit", VG_INHIBITS_MAX, &list);

	if (rc != VG_OK || list == NULL)
		return rc;
	r->to->inhibit = calloc(list->count, sizeof *r->to->inhibit);
	if (r->to->inhibit == NULL)
		return too_many(r, list, VG_INHIBITS_MAX);
	for (const struct vg_yaml_node *n = list->child;
	     n != NULL && rc == VG_OK; n = n->next)
		rc = read_one_inhibit(r, n);
	return rc;
}
