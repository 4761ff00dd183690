#include "alert/sigma_parts.h"

#include "alert/rule_warn.h"

#include <assert.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

static enum vg_rc no_memory(struct vg_err *err)
{
	return vg_err_set(err, VG_FATAL, "rules: out of memory");
}

bool vg_sigma_is(const struct vg_yaml_node *doc)
{
	return doc->type == VG_YAML_MAP &&
	       (vg_yaml_get(doc, "detection") != NULL ||
		vg_yaml_get(doc, "correlation") != NULL ||
		vg_yaml_get(doc, "filter") != NULL ||
		vg_yaml_get(doc, "logsource") != NULL);
}

struct vg_sigma_doc *vg_sigma_find(const struct vg_sigma *s, const char *text)
{
	for (size_t i = 0; i < s->n; i++) {
		struct vg_sigma_doc *d = &s->doc[i];

		if ((d->uid != NULL && strcmp(d->uid, text) == 0) ||
		    (d->name != NULL && strcmp(d->name, text) == 0))
			return d;
	}
	return NULL;
}

/* `id` or `name`, where it is given. */
static enum vg_rc read_word(const struct vg_sigma_doc *d, const char *key,
			    const char **out, struct vg_err *err)
{
	const struct vg_yaml_node *n = vg_yaml_get(d->node, key);

	if (n == NULL)
		return VG_OK;
	if (n->type != VG_YAML_SCALAR || n->text_len < 1 || n->text_len > 64)
		return vg_sigma_fail(d, n, err,
				     "`%s` must be 1 to 64 bytes of text", key);
	*out = n->text;
	return VG_OK;
}

/* The id of the rule: what Sigma calls it, in the letters of ours. */
static void make_id(struct vg_sigma_doc *d)
{
	const char *from = d->uid != NULL ? d->uid : d->name;
	size_t n = 0;

	for (; from != NULL && from[n] != '\0' && n + 1 < sizeof d->id; n++) {
		unsigned char c = (unsigned char)from[n];

		d->id[n] = isalnum(c) && c < 0x80 ? (char)tolower(c) : '-';
	}
	d->id[n] = '\0';
}

static enum vg_rc read_doc(struct vg_sigma_doc *d, struct vg_err *err)
{
	const struct vg_yaml_node *filter = vg_yaml_get(d->node, "filter");
	enum vg_rc rc;

	d->detection = vg_yaml_get(d->node, "detection");
	d->correlation = vg_yaml_get(d->node, "correlation");
	if (filter != NULL)
		return vg_sigma_fail(d, filter, err,
				     "Sigma filters are not read; write the "
				     "exception into the condition");
	if (d->detection != NULL && d->correlation != NULL)
		return vg_sigma_fail(d, d->correlation, err,
				     "a document has `detection` or "
				     "`correlation`; make two of it");
	if (d->detection == NULL && d->correlation == NULL)
		return vg_sigma_fail(d, d->node, err,
				     "a Sigma rule without `detection`; add "
				     "one");
	const struct vg_yaml_node *part =
		d->detection != NULL ? d->detection : d->correlation;
	if (part->type != VG_YAML_MAP)
		return vg_sigma_fail(d, part, err, "`%s` must be a map",
				     part->key);
	rc = read_word(d, "id", &d->uid, err);
	if (rc == VG_OK)
		rc = read_word(d, "name", &d->name, err);
	if (rc == VG_OK && d->correlation != NULL && d->uid == NULL &&
	    d->name == NULL)
		rc = vg_sigma_fail(d, d->node, err,
				   "a correlation needs `id` or `name`, which "
				   "its alerts are known by");
	make_id(d);
	return rc;
}

static enum vg_rc check_unique(const struct vg_sigma *s,
			       const struct vg_sigma_doc *d, struct vg_err *err)
{
	const char *word[2] = {d->uid, d->name};

	for (size_t i = 0; i < 2; i++) {
		const struct vg_sigma_doc *other =
			word[i] != NULL ? vg_sigma_find(s, word[i]) : NULL;

		if (other != NULL)
			return vg_sigma_fail(d, d->node, err,
					     "`%s` is already at %.80s:%d; "
					     "rename one",
					     word[i], vg_yaml_name(other->y),
					     other->node->line);
	}
	return VG_OK;
}

enum vg_rc vg_sigma_add(struct vg_sigma **s, const struct vg_yaml *y,
			const struct vg_yaml_node *doc, struct vg_err *err)
{
	struct vg_sigma_doc d = {.y = y, .node = doc};
	struct vg_sigma *set = *s;
	enum vg_rc rc;

	if (set == NULL)
		set = *s = calloc(1, sizeof *set);
	if (set == NULL)
		return no_memory(err);
	if (set->n == VG_SIGMA_DOCS_MAX)
		return vg_yaml_fail(y, doc, err,
				    "more than %d documents of Sigma",
				    (int)VG_SIGMA_DOCS_MAX);
	rc = read_doc(&d, err);
	if (rc == VG_OK)
		rc = check_unique(set, &d, err);
	if (rc != VG_OK)
		return rc;
	if (set->n == set->cap) {
		size_t cap = set->cap == 0 ? 16 : set->cap * 2;
		struct vg_sigma_doc *grown =
			realloc(set->doc, cap * sizeof *grown);

		if (grown == NULL)
			return no_memory(err);
		set->doc = grown;
		set->cap = cap;
	}
	set->doc[set->n++] = d;
	return VG_OK;
}

size_t vg_sigma_count(const struct vg_sigma *s)
{
	return s != NULL ? s->n : 0;
}

void vg_sigma_free(struct vg_sigma *s)
{
	if (s == NULL)
		return;
	free(s->doc);
	free(s);
}

/* Where rules go. */
struct giving {
	struct vg_sigma *s;
	const struct vg_rule_input *in;
	vg_sigma_take *take;
	void *arg;
};

static enum vg_rc give(const struct giving *g, const struct vg_sigma_rule *r,
		       const struct vg_sigma_doc *doc,
		       const struct vg_yaml_node *node, struct vg_err *err)
{
	struct vg_rule_input in = *g->in;

	in.y = doc->y;
	in.node = node;
	in.sigma = g->s;
	in.alias = r->alias;
	in.n_alias = r->n_alias;
	return g->take(g->arg, &in, err);
}

/* rules: [a, b], by id or name. */
static enum vg_rc find_rules(struct vg_sigma_rule *r, struct vg_err *err)
{
	const struct vg_yaml_node *list =
		vg_yaml_get(r->doc->correlation, "rules");

	if (list == NULL || list->type == VG_YAML_MAP ||
	    (list->type == VG_YAML_LIST &&
	     (list->count < 1 || list->count > VG_SIGMA_RULES_MAX)))
		return vg_sigma_fail(
			r->doc, list != NULL ? list : r->doc->correlation, err,
			"`rules` must be a list of 1 to %d rules",
			(int)VG_SIGMA_RULES_MAX);
	for (const struct vg_yaml_node *n =
		     list->type == VG_YAML_LIST ? list->child : list;
	     n != NULL; n = n == list ? NULL : n->next) {
		struct vg_sigma_doc *d = n->type == VG_YAML_SCALAR
						 ? vg_sigma_find(r->s, n->text)
						 : NULL;

		if (d == NULL)
			return vg_sigma_fail(r->doc, n, err,
					     "`%.64s` is the id or name of no "
					     "rule in these files; add it",
					     n->type == VG_YAML_SCALAR ? n->text
								       : "");
		d->used = true;
		r->n_chained += d->correlation != NULL;
		r->of[r->n_of++] = d;
	}
	return VG_OK;
}

/* generate: true, of the correlation or beside it. */
static enum vg_rc read_generate(const struct vg_sigma_doc *d, bool *out,
				struct vg_err *err)
{
	const struct vg_yaml_node *n = vg_yaml_get(d->correlation, "generate");

	if (n == NULL)
		n = vg_yaml_get(d->node, "generate");
	*out = n != NULL && n->type == VG_YAML_SCALAR &&
	       !strcmp(n->text, "true");
	if (n != NULL && !*out &&
	    (n->type != VG_YAML_SCALAR || strcmp(n->text, "false") != 0))
		return vg_sigma_fail(d, n, err,
				     "`generate` must be true or false");
	return VG_OK;
}

/* The detections of a correlation that raise alerts of their own. */
static enum vg_rc give_bases(const struct giving *g, struct vg_sigma_rule *r,
			     struct vg_err *err)
{
	bool wanted = false;
	enum vg_rc rc = read_generate(r->doc, &wanted, err);

	for (unsigned i = 0; wanted && i < r->n_of && rc == VG_OK; i++) {
		struct vg_sigma_doc *base = r->of[i];
		const struct vg_yaml_node *node = NULL;

		if (base->detection == NULL || base->taken)
			continue;
		base->taken = true;
		rc = vg_sigma_write_base(r, base, &node, err);
		if (rc == VG_OK)
			rc = give(g, r, base, node, err);
	}
	return rc;
}

static enum vg_rc give_doc(const struct giving *g, struct vg_sigma_doc *d,
			   struct vg_err *err);

/* Those that it names first: a chain counts rules that there are. */
static enum vg_rc give_parts(const struct giving *g, struct vg_sigma_rule *r,
			     struct vg_err *err)
{
	enum vg_rc rc = VG_OK;

	for (unsigned i = 0; i < r->n_of && rc == VG_OK; i++)
		if (r->of[i]->correlation != NULL)
			rc = give_doc(g, r->of[i], err);
	return rc;
}

static enum vg_rc give_doc(const struct giving *g, struct vg_sigma_doc *d,
			   struct vg_err *err)
{
	struct vg_rule_input in = *g->in;
	struct vg_sigma_rule r = {.s = g->s, .doc = d, .in = &in};
	const struct vg_yaml_node *node = NULL;
	enum vg_rc rc;

	if (d->taken)
		return VG_OK;
	if (d->visiting)
		return vg_sigma_fail(d, d->correlation, err,
				     "the correlation counts itself, through "
				     "`rules`; break the ring");
	d->visiting = true;
	in.y = d->y;
	in.node = d->node;
	rc = find_rules(&r, err);
	if (rc == VG_OK)
		rc = give_parts(g, &r, err);
	if (rc == VG_OK)
		rc = vg_sigma_check_aliases(&r, err);
	if (rc == VG_OK)
		rc = vg_sigma_write(&r, &node, err);
	if (rc == VG_OK)
		rc = give(g, &r, d, node, err);
	if (rc == VG_OK)
		rc = give_bases(g, &r, err);
	d->visiting = false;
	d->taken = true;
	return rc;
}

static void warn(const struct giving *g, const struct vg_sigma_doc *d)
{
	const struct vg_yaml_node *status = vg_yaml_get(d->node, "status");
	struct vg_rule_input in = *g->in;

	in.y = d->y;
	in.node = d->node;
	if (d->detection != NULL && !d->used)
		vg_rule_warn(&in, d->node,
			     "no correlation of these files counts this "
			     "detection, so it raises nothing");
	if (status != NULL && status->type == VG_YAML_SCALAR &&
	    (strcmp(status->text, "deprecated") == 0 ||
	     strcmp(status->text, "unsupported") == 0))
		vg_rule_warn(&in, status, "the rule says that it is %s",
			     status->text);
}

enum vg_rc vg_sigma_rules(struct vg_sigma *s, const struct vg_rule_input *in,
			  vg_sigma_take *take, void *arg, struct vg_err *err)
{
	struct vg_rule_input with = *in;
	const struct giving g = {.s = s, .in = &with, .take = take, .arg = arg};
	enum vg_rc rc = VG_OK;
	size_t rules = 0;

	with.sigma = s;
	for (size_t i = 0; i < s->n && rc == VG_OK; i++) {
		rules += s->doc[i].correlation != NULL;
		if (s->doc[i].correlation != NULL)
			rc = give_doc(&g, &s->doc[i], err);
	}
	if (rc == VG_OK && rules == 0)
		return vg_sigma_fail(&s->doc[0], s->doc[0].node, err,
				     "a Sigma detection alone: a single event "
				     "is no alert here; add a correlation that "
				     "counts it");
	for (size_t i = 0; i < s->n && rc == VG_OK; i++)
		warn(&g, &s->doc[i]);
	return rc;
}
