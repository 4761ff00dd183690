/* A Sigma correlation as a map of ours: the keys that a person would write. */
#include "alert/sigma_writer.h"

#include <assert.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

static const struct vg_yaml_node *get(const struct vg_sigma_writer *w,
				      const char *key)
{
	return vg_yaml_get(w->r->doc->correlation, key);
}

static enum vg_rc fail(const struct vg_sigma_writer *w,
		       const struct vg_yaml_node *n, struct vg_err *err,
		       const char *what)
{
	return vg_sigma_fail(w->r->doc, n != NULL ? n : w->r->doc->correlation,
			     err, "%s", what);
}

/* A name that the rule groups by or counts. */
static enum vg_rc put_name(struct vg_sigma_writer *w,
			   struct vg_sigma_made *list, const char *key,
			   const struct vg_yaml_node *n, struct vg_err *err)
{
	if (n->type != VG_YAML_SCALAR || n->text_len == 0)
		return fail(w, n, err, "here must be the name of a field");
	vg_sigma_put_node(w, list, key, n);
	return vg_sigma_alias(w->r, n, n->text, err);
}

static enum vg_rc put_group(struct vg_sigma_writer *w, struct vg_sigma_made *m,
			    struct vg_err *err)
{
	const struct vg_yaml_node *n = get(w, "group-by");
	struct vg_sigma_made list = vg_sigma_start(
		w, n != NULL ? n : w->r->doc->correlation, VG_YAML_LIST);
	enum vg_rc rc = VG_OK;

	if (n != NULL && n->type == VG_YAML_MAP)
		return fail(w, n, err, "`group-by` must be a list of fields");
	if (n != NULL && n->type == VG_YAML_SCALAR)
		rc = put_name(w, &list, NULL, n, err);
	for (const struct vg_yaml_node *c = n != NULL ? n->child : NULL;
	     c != NULL && rc == VG_OK; c = c->next)
		rc = put_name(w, &list, NULL, c, err);
	vg_sigma_hang(m, "group_by", list.node);
	return rc;
}

/* timespan: 10m; weeks are 7d, and a month is of no fixed length. */
static enum vg_rc put_window(struct vg_sigma_writer *w, struct vg_sigma_made *m,
			     struct vg_err *err)
{
	const struct vg_yaml_node *n = get(w, "timespan");
	char text[24];
	char *end = NULL;

	if (n == NULL)
		n = get(w, "timeframe");
	if (n == NULL || n->type != VG_YAML_SCALAR || n->text_len < 2 ||
	    n->text_len > 9 || !isdigit((unsigned char)n->text[0]))
		return fail(w, n, err,
			    "`timespan` must be a number and s, m, h or d; "
			    "write timespan: 10m");
	long v = strtol(n->text, &end, 10);
	if (strcmp(end, "w") == 0)
		snprintf(text, sizeof text, "%ldd", 7 * v);
	else if (strlen(end) == 1 && strchr("smhd", *end) != NULL)
		snprintf(text, sizeof text, "%ld%c", v, *end);
	else
		return fail(w, n, err,
			    strcmp(end, "M") == 0 || strcmp(end, "y") == 0
				    ? "a month and a year are of no fixed "
				      "length; write days"
				    : "`timespan` is in s, m, h, d or w; write "
				      "timespan: 10m");
	vg_sigma_put_text(w, m, "window", n, text);
	return VG_OK;
}

/* The bounds of the condition, without its field and percentile. */
static enum vg_rc put_bounds(struct vg_sigma_writer *w, struct vg_sigma_made *m,
			     bool needed, struct vg_err *err)
{
	const struct vg_yaml_node *n = get(w, "condition");
	struct vg_sigma_made map;

	if (n == NULL && !needed)
		return VG_OK;
	if (n == NULL || n->type != VG_YAML_MAP)
		return fail(w, n, err,
			    "`condition` must be a map; write condition: {gte: "
			    "10}");
	map = vg_sigma_start(w, n, VG_YAML_MAP);
	for (const struct vg_yaml_node *c = n->child; c != NULL; c = c->next)
		if (strcmp(c->key, "field") != 0 &&
		    strcmp(c->key, "percentile") != 0)
			vg_sigma_put_node(w, &map, c->key, c);
	vg_sigma_hang(m, "condition", map.node);
	return VG_OK;
}

/* Names of the rules counted, by which `match` finds them. */
static void put_rules(struct vg_sigma_writer *w, struct vg_sigma_made *m,
		      const char *key, const struct vg_sigma_doc *const *of,
		      unsigned n)
{
	struct vg_sigma_made list =
		vg_sigma_start(w, w->r->doc->correlation, VG_YAML_LIST);

	for (unsigned i = 0; i < n; i++)
		vg_sigma_put_text(w, &list, NULL, w->r->doc->correlation,
				  of[i]->uid != NULL ? of[i]->uid
						     : of[i]->name);
	vg_sigma_hang(m, key, list.node);
}

static enum vg_rc put_field(struct vg_sigma_writer *w, struct vg_sigma_made *m,
			    const char *key, struct vg_err *err)
{
	const struct vg_yaml_node *n =
		vg_yaml_get(get(w, "condition"), "field");
	bool is_list = n != NULL && n->type == VG_YAML_LIST;
	struct vg_sigma_made list;
	enum vg_rc rc = VG_OK;

	if (n == NULL || n->type == VG_YAML_MAP)
		return fail(w, n, err,
			    "this type needs the field that it counts; write "
			    "condition: {field: User, gte: 10}");
	if (!is_list)
		return put_name(w, m, key, n, err);
	if (strcmp(key, "field") == 0)
		return fail(w, n, err, "numbers are of one field");
	list = vg_sigma_start(w, n, VG_YAML_LIST);
	for (const struct vg_yaml_node *c = n->child; c != NULL && rc == VG_OK;
	     c = c->next)
		rc = put_name(w, &list, NULL, c, err);
	vg_sigma_hang(m, key, list.node);
	return rc;
}

static const struct vg_sigma_doc *const *
rules_of(const struct vg_sigma_writer *w)
{
	return (const struct vg_sigma_doc *const *)w->r->of;
}

static enum vg_rc put_counted(struct vg_sigma_writer *w,
			      struct vg_sigma_made *m, struct vg_err *err)
{
	put_rules(w, m, "match", rules_of(w), w->r->n_of);
	return put_bounds(w, m, true, err);
}

static enum vg_rc write_count(struct vg_sigma_writer *w,
			      struct vg_sigma_made *m, struct vg_err *err)
{
	return put_counted(w, m, err);
}

static enum vg_rc write_values(struct vg_sigma_writer *w,
			       struct vg_sigma_made *m, struct vg_err *err)
{
	enum vg_rc rc = put_field(w, m, "distinct", err);

	return rc == VG_OK ? put_counted(w, m, err) : rc;
}

static enum vg_rc write_number(struct vg_sigma_writer *w,
			       struct vg_sigma_made *m, struct vg_err *err)
{
	enum vg_rc rc = put_field(w, m, "field", err);

	return rc == VG_OK ? put_counted(w, m, err) : rc;
}

static enum vg_rc write_percentile(struct vg_sigma_writer *w,
				   struct vg_sigma_made *m, struct vg_err *err)
{
	const struct vg_yaml_node *p =
		vg_yaml_get(get(w, "condition"), "percentile");

	if (p != NULL)
		vg_sigma_put_node(w, m, "percentile", p);
	return write_number(w, m, err);
}

/* What `aliases` calls field `name` in the alerts of `d`. */
static const struct vg_yaml_node *name_in(const struct vg_sigma_writer *w,
					  const struct vg_sigma_doc *d,
					  const char *name)
{
	const struct vg_yaml_node *alias = vg_yaml_get(get(w, "aliases"), name);
	const struct vg_yaml_node *n = NULL;

	if (d->uid != NULL)
		n = vg_yaml_get(alias, d->uid);
	return n == NULL && d->name != NULL ? vg_yaml_get(alias, d->name) : n;
}

/* {rule: id, group_by: [...]}: its alerts, by the names of its own. */
static void put_alerts(struct vg_sigma_writer *w, struct vg_sigma_made *list,
		       const struct vg_sigma_doc *d,
		       const struct vg_yaml_node *group)
{
	struct vg_sigma_made map =
		vg_sigma_start(w, w->r->doc->correlation, VG_YAML_MAP);
	struct vg_sigma_made names =
		vg_sigma_start(w, w->r->doc->correlation, VG_YAML_LIST);

	vg_sigma_put_text(w, &map, "rule", w->r->doc->correlation, d->id);
	for (const struct vg_yaml_node *n = group->child; n != NULL;
	     n = n->next) {
		const struct vg_yaml_node *own = name_in(w, d, n->text);

		vg_sigma_put_node(w, &names, NULL, own != NULL ? own : n);
	}
	vg_sigma_hang(&map, "group_by", names.node);
	vg_sigma_hang(list, NULL, map.node);
}

/* Rules that are correlations, too, count by their alerts. */
static enum vg_rc write_chain(struct vg_sigma_writer *w,
			      struct vg_sigma_made *m, bool ordered,
			      struct vg_err *err)
{
	struct vg_sigma_made list =
		vg_sigma_start(w, w->r->doc->correlation, VG_YAML_LIST);
	const struct vg_yaml_node *group = vg_yaml_get(m->node, "group_by");

	if (w->failed)
		return VG_OK; /* said by the caller */
	for (unsigned i = 0; i < w->r->n_of; i++) {
		const struct vg_sigma_doc *d = w->r->of[i];
		struct vg_sigma_made map;

		if (d->correlation != NULL) {
			put_alerts(w, &list, d, group);
			continue;
		}
		map = vg_sigma_start(w, w->r->doc->correlation, VG_YAML_MAP);
		put_rules(w, &map, "match", &rules_of(w)[i], 1);
		vg_sigma_hang(&list, NULL, map.node);
	}
	vg_sigma_hang(m, "rules", list.node);
	if (ordered)
		vg_sigma_put_text(w, m, "ordered", w->r->doc->correlation,
				  "true");
	return put_bounds(w, m, false, err);
}

static enum vg_rc write_stages(struct vg_sigma_writer *w,
			       struct vg_sigma_made *m, bool ordered,
			       struct vg_err *err)
{
	struct vg_sigma_made list =
		vg_sigma_start(w, w->r->doc->correlation, VG_YAML_LIST);
	struct vg_sigma_made match =
		vg_sigma_start(w, w->r->doc->correlation, VG_YAML_MAP);

	if (w->r->n_chained > 0)
		return write_chain(w, m, ordered, err);
	for (unsigned i = 0; i < w->r->n_of; i++) {
		struct vg_sigma_made stage =
			vg_sigma_start(w, w->r->doc->correlation, VG_YAML_MAP);
		const struct vg_sigma_doc *d = w->r->of[i];

		vg_sigma_put_text(w, &stage, "name", w->r->doc->correlation,
				  d->name != NULL ? d->name : d->uid);
		put_rules(w, &stage, "match", &rules_of(w)[i], 1);
		vg_sigma_hang(&list, NULL, stage.node);
	}
	vg_sigma_hang(&match, "stages", list.node);
	vg_sigma_hang(m, "match", match.node);
	return put_bounds(w, m, false, err);
}

static enum vg_rc write_temporal(struct vg_sigma_writer *w,
				 struct vg_sigma_made *m, struct vg_err *err)
{
	return write_stages(w, m, false, err);
}

static enum vg_rc write_ordered(struct vg_sigma_writer *w,
				struct vg_sigma_made *m, struct vg_err *err)
{
	return write_stages(w, m, true, err);
}

static const struct row {
	const char *sigma, *ours;
	enum vg_rc (*write)(struct vg_sigma_writer *w, struct vg_sigma_made *m,
			    struct vg_err *err);
	bool chains; /* counts alerts as well as events */
} types[] = {
	{"event_count", "event_count", write_count, false},
	{"value_count", "distinct", write_values, false},
	{"value_sum", "sum", write_number, false},
	{"value_avg", "avg", write_number, false},
	{"value_percentile", "percentile", write_percentile, false},
	{"value_median", "percentile", write_number, false},
	{"temporal", "temporal", write_temporal, true},
	{"temporal_ordered", "temporal_ordered", write_ordered, true},
};

static enum vg_rc find_type(const struct vg_sigma_writer *w,
			    const struct row **out, struct vg_err *err)
{
	const struct vg_yaml_node *n = get(w, "type");

	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
		if (n == NULL || n->type != VG_YAML_SCALAR ||
		    strcmp(n->text, types[i].sigma) != 0)
			continue;
		*out = &types[i];
		if (w->r->n_chained > 0 && !types[i].chains)
			return fail(w, n, err,
				    "only temporal and temporal_ordered count "
				    "the alerts of other correlations");
		return VG_OK;
	}
	return fail(w, n, err,
		    "`type` must be event_count, value_count, value_sum, "
		    "value_avg, value_percentile, temporal or "
		    "temporal_ordered");
}

static enum vg_rc check_keys(const struct vg_sigma_writer *w,
			     struct vg_err *err)
{
	static const char *const known[] = {
		"type",	     "rules",	"group-by",  "timespan",
		"timeframe", "aliases", "condition", "generate"};

	return vg_rule_keys(w->r->doc->y, w->r->doc->correlation, known,
			    sizeof known / sizeof known[0], err);
}

enum vg_rc vg_sigma_write(struct vg_sigma_rule *r,
			  const struct vg_yaml_node **out, struct vg_err *err)
{
	struct vg_sigma_writer w = {.r = r, .arena = r->in->arena};
	struct vg_sigma_made m = vg_sigma_start(&w, r->doc->node, VG_YAML_MAP);
	const struct row *type = NULL;
	enum vg_rc rc = check_keys(&w, err);

	if (rc == VG_OK)
		rc = find_type(&w, &type, err);
	if (rc == VG_OK)
		rc = vg_sigma_put_head(&w, &m, r->doc, err);
	if (rc == VG_OK)
		rc = put_group(&w, &m, err);
	if (rc == VG_OK)
		rc = put_window(&w, &m, err);
	if (rc != VG_OK)
		return rc;
	vg_sigma_put_text(&w, &m, "type", r->doc->correlation,
			  r->n_chained > 0 ? "chain" : type->ours);
	rc = type->write(&w, &m, err);
	if (rc == VG_OK && w.failed)
		rc = vg_err_set(err, VG_FATAL, "rules: out of memory");
	*out = m.node;
	return rc;
}

enum vg_rc vg_sigma_write_base(struct vg_sigma_rule *r,
			       const struct vg_sigma_doc *base,
			       const struct vg_yaml_node **out,
			       struct vg_err *err)
{
	struct vg_sigma_writer w = {.r = r, .arena = r->in->arena};
	struct vg_sigma_made m = vg_sigma_start(&w, base->node, VG_YAML_MAP);
	struct vg_sigma_made bounds =
		vg_sigma_start(&w, base->node, VG_YAML_MAP);
	const struct vg_sigma_doc *const of[1] = {base};
	enum vg_rc rc = VG_OK;

	if (base->id[0] == '\0')
		return vg_sigma_fail(base, base->node, err,
				     "a detection that raises alerts (its "
				     "correlation says `generate`) needs `id` "
				     "or `name`");
	rc = vg_sigma_put_head(&w, &m, base, err);
	if (rc == VG_OK)
		rc = put_group(&w, &m, err);
	if (rc == VG_OK)
		rc = put_window(&w, &m, err);
	if (rc != VG_OK)
		return rc;
	vg_sigma_put_text(&w, &m, "type", base->node, "event_count");
	put_rules(&w, &m, "match", of, 1);
	vg_sigma_put_text(&w, &bounds, "gte", base->node, "1");
	vg_sigma_hang(&m, "condition", bounds.node);
	*out = m.node;
	return w.failed ? vg_err_set(err, VG_FATAL, "rules: out of memory")
			: VG_OK;
}
