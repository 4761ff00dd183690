#include "alert/rules.h"

#include "aggregate/match.h"
#include "alert/rule_kinds.h"
#include "core/buf.h"
#include "core/hash.h"
#include "core/limits.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

struct vg_rules {
	struct vg_arena arena; /* names that rules point to */
	const struct vg_lexicon *lexicon;
	struct vg_buf warnings;
	struct vg_rule **rule;
	size_t n, cap;
};

static const char *const keys[] = {
	"id",	      "title",		"description", "match",
	"group_by",   "window",		"condition",   "severity",
	"type",	      "resolve_after",	"distinct",    "tags",
	"references", "false_positives"};

enum { KEYS = sizeof keys / sizeof keys[0] };

static enum vg_rc no_memory(struct vg_err *err)
{
	return vg_err_set(err, VG_FATAL, "rules: out of memory");
}

static enum vg_rc read_id(struct vg_rule_input *in, struct vg_err *err)
{
	const struct vg_yaml_node *n = NULL;
	enum vg_rc rc =
		vg_rule_need(in, "id", "id: cross-border-actor", &n, err);

	if (rc != VG_OK)
		return rc;
	if (n->type != VG_YAML_SCALAR || n->text_len < 1 || n->text_len > 64 ||
	    strspn(n->text, "abcdefghijklmnopqrstuvwxyz0123456789-") !=
		    n->text_len)
		return vg_yaml_fail(in->y, n, err,
				    "`id` must be 1 to 64 of a-z, 0-9 and -");
	memcpy(in->rule->id, n->text, n->text_len + 1);
	return VG_OK;
}

static enum vg_rc read_title(struct vg_rule_input *in, struct vg_err *err)
{
	const struct vg_yaml_node *n = NULL;
	enum vg_rc rc =
		vg_rule_need(in, "title", "title: what it means", &n, err);

	if (rc != VG_OK)
		return rc;
	if (n->type != VG_YAML_SCALAR || n->text_len < 1 || n->text_len > 256)
		return vg_yaml_fail(in->y, n, err,
				    "`title` must be 1 to 256 bytes of text");
	memcpy(in->rule->title, n->text, n->text_len + 1);
	return VG_OK;
}

static enum vg_rc read_group(struct vg_rule_input *in, struct vg_err *err)
{
	struct vg_rule *r = in->rule;
	const struct vg_yaml_node *n = NULL;
	enum vg_rc rc =
		vg_rule_need(in, "group_by", "group_by: [actor]", &n, err);

	if (rc == VG_OK &&
	    (n->type != VG_YAML_LIST || n->count > VG_TRACK_GROUP_MAX))
		rc = vg_yaml_fail(in->y, n, err,
				  "`group_by` must be a list of at most %d "
				  "fields; write [actor]",
				  (int)VG_TRACK_GROUP_MAX);
	if (rc != VG_OK)
		return rc;
	for (const struct vg_yaml_node *f = n->child; f != NULL; f = f->next) {
		struct vg_slice *name = &r->group[r->n_group];

		rc = vg_rule_field(in, f, f->text, name, err);
		if (rc != VG_OK)
			return rc;
		for (unsigned i = 0; i < r->n_group; i++)
			if (vg_slice_eq(r->group[i], *name))
				return vg_yaml_fail(in->y, f, err,
						    "`%.64s` is in group_by "
						    "twice; remove one",
						    f->text);
		r->n_group++;
	}
	return VG_OK;
}

static enum vg_rc read_times(struct vg_rule_input *in, struct vg_err *err)
{
	static const int64_t day = 86400000;
	const int64_t window[2] = {1, 31 * day}, after[2] = {0, 366 * day};
	const struct vg_yaml_node *n = NULL;
	enum vg_rc rc = vg_rule_need(in, "window", "window: 6h", &n, err);

	if (rc == VG_OK)
		rc = vg_rule_duration(in->y, n, window, &in->rule->window_ms,
				      err);
	if (rc != VG_OK)
		return rc;
	in->rule->resolve_after_ms = in->rule->window_ms;
	n = vg_yaml_get(in->node, "resolve_after");
	if (n == NULL)
		return VG_OK;
	return vg_rule_duration(in->y, n, after, &in->rule->resolve_after_ms,
				err);
}

static enum vg_rc read_severity(struct vg_rule_input *in, struct vg_err *err)
{
	const int64_t range[2] = {1, 10};
	const struct vg_yaml_node *n = NULL;
	int64_t v = 0;
	enum vg_rc rc = vg_rule_need(in, "severity", "severity: 8", &n, err);

	if (rc == VG_OK)
		rc = vg_rule_int(in->y, n, range, &v, err);
	if (rc == VG_OK)
		in->rule->severity = (int)v;
	return rc;
}

static bool is_text_list(const struct vg_yaml_node *n)
{
	if (n->type == VG_YAML_SCALAR)
		return n->text_len <= VG_RULE_TEXT_MAX;
	if (n->type != VG_YAML_LIST || n->count > VG_RULE_LIST_MAX)
		return false;
	for (const struct vg_yaml_node *c = n->child; c != NULL; c = c->next)
		if (c->type != VG_YAML_SCALAR)
			return false;
	return true;
}

/* What people read in the file alone: only its form is checked. */
static enum vg_rc check_notes(const struct vg_rule_input *in,
			      struct vg_err *err)
{
	static const char *const notes[] = {"description", "tags", "references",
					    "false_positives"};

	for (size_t i = 0; i < sizeof notes / sizeof notes[0]; i++) {
		const struct vg_yaml_node *n = vg_yaml_get(in->node, notes[i]);

		if (n != NULL && !is_text_list(n))
			return vg_yaml_fail(in->y, n, err,
					    "`%s` must be text or a list of "
					    "texts",
					    notes[i]);
	}
	return VG_OK;
}

/* The rule in one canonical text, hashed: it changes with the rule and not
 * with how the file is laid out. */
static enum vg_rc hash_rule(struct vg_rule_input *in, struct vg_err *err)
{
	struct vg_rule *r = in->rule;
	struct vg_buf b = {0};
	char hex[65];
	bool failed = false;

	vg_buf_printf(&b, "%s\n%s\n%d\n%" PRId64 "\n%" PRId64, r->id, r->title,
		      r->severity, r->window_ms, r->resolve_after_ms);
	for (unsigned i = 0; i < r->n_condition; i++)
		vg_buf_printf(
			&b, "\n%s %.*s %" PRId64,
			vg_plan_track(in->plan, r->condition[i].track)->id,
			(int)r->condition[i].field.n, r->condition[i].field.p,
			r->condition[i].at_least);
	failed = b.failed;
	if (!failed)
		vg_sha256_hex(hex, b.p, b.n);
	vg_buf_term(&b);
	if (failed)
		return no_memory(err);
	assert(r->n_condition > 0);
	memcpy(r->hash, hex, 16);
	r->hash[16] = '\0';
	return VG_OK;
}

static enum vg_rc read_rule(struct vg_rule_input *in, struct vg_err *err)
{
	const struct vg_rule_kind *kind = NULL;
	enum vg_rc rc = vg_rule_keys(in->y, in->node, keys, KEYS, err);

	if (rc == VG_OK)
		rc = read_id(in, err);
	if (rc == VG_OK)
		rc = read_title(in, err);
	if (rc == VG_OK)
		rc = read_group(in, err);
	if (rc == VG_OK)
		rc = read_times(in, err);
	if (rc == VG_OK)
		rc = read_severity(in, err);
	if (rc == VG_OK)
		rc = check_notes(in, err);
	if (rc == VG_OK)
		rc = vg_rule_kind_of(in, &kind, err);
	if (rc == VG_OK)
		rc = kind->read(in, err);
	return rc == VG_OK ? hash_rule(in, err) : rc;
}

static enum vg_rc check_unique(const struct vg_rules *set,
			       const struct vg_rule_input *in,
			       struct vg_err *err)
{
	for (size_t i = 0; i < set->n; i++) {
		const struct vg_rule *r = set->rule[i];

		if (strcmp(r->id, in->rule->id) == 0)
			return vg_yaml_fail(in->y, in->node, err,
					    "rule `%s` is already at %.80s:%d; "
					    "rename one",
					    r->id, r->file, r->line);
	}
	return VG_OK;
}

static enum vg_rc keep(struct vg_rules *set, struct vg_rule *rule,
		       struct vg_err *err)
{
	if (set->n == set->cap) {
		size_t cap = set->cap == 0 ? 16 : set->cap * 2;
		struct vg_rule **r = realloc(set->rule, cap * sizeof *r);

		if (r == NULL)
			return no_memory(err);
		set->rule = r;
		set->cap = cap;
	}
	set->rule[set->n++] = rule;
	return VG_OK;
}

static enum vg_rc add_rule(struct vg_rules *set, struct vg_plan *plan,
			   const struct vg_yaml *y,
			   const struct vg_yaml_node *node, struct vg_err *err)
{
	enum vg_rc rc = VG_OK;
	struct vg_rule *rule = NULL;

	if (node->type != VG_YAML_MAP)
		return vg_yaml_fail(y, node, err,
				    "a rule must be a map; start it with `id: "
				    "...`");
	if (set->n == VG_RULES_MAX)
		return vg_yaml_fail(y, node, err, "more than %d rules",
				    (int)VG_RULES_MAX);
	rule = calloc(1, sizeof *rule);
	if (rule == NULL)
		return no_memory(err);
	struct vg_rule_input in = {.y = y,
				   .node = node,
				   .rule = rule,
				   .plan = plan,
				   .arena = &set->arena,
				   .lexicon = set->lexicon,
				   .warnings = &set->warnings};
	snprintf(rule->file, sizeof rule->file, "%s", vg_yaml_name(y));
	rule->line = node->line;
	rc = read_rule(&in, err);
	if (rc == VG_OK)
		rc = check_unique(set, &in, err);
	if (rc == VG_OK)
		rc = keep(set, rule, err);
	if (rc == VG_OK)
		rule = NULL; /* now the set's */
	free(rule);
	return rc;
}

static enum vg_rc add_file(struct vg_rules *set, struct vg_plan *plan,
			   const struct vg_yaml *y, struct vg_err *err)
{
	const struct vg_yaml_node *doc;
	enum vg_rc rc = VG_OK;
	size_t before = set->n;

	for (size_t i = 0; rc == VG_OK && (doc = vg_yaml_doc(y, i)) != NULL;
	     i++) {
		if (doc->type != VG_YAML_LIST) {
			rc = add_rule(set, plan, y, doc, err);
			continue;
		}
		for (const struct vg_yaml_node *n = doc->child;
		     n != NULL && rc == VG_OK; n = n->next)
			rc = add_rule(set, plan, y, n, err);
	}
	if (rc == VG_OK && set->n == before)
		rc = vg_err_set(err, VG_INVAL,
				"%.150s:1: the file holds no rule; add one or "
				"take the file out of the configuration",
				vg_yaml_name(y));
	return rc == VG_OK && set->warnings.failed ? no_memory(err) : rc;
}

enum vg_rc vg_rules_load(struct vg_rules **out, struct vg_plan *plan,
			 const struct vg_lexicon *lexicon, char *const *files,
			 size_t n, struct vg_err *err)
{
	struct vg_rules *set = calloc(1, sizeof *set);
	enum vg_rc rc = VG_OK;

	if (set == NULL)
		return no_memory(err);
	set->lexicon = lexicon;
	for (size_t i = 0; i < n && rc == VG_OK; i++) {
		struct vg_yaml *y = NULL;

		rc = vg_yaml_load(&y, files[i], VG_RULE_FILE_MAX, err);
		if (rc == VG_OK)
			rc = add_file(set, plan, y, err);
		vg_yaml_free(y);
	}
	if (rc == VG_OK) {
		*out = set;
		set = NULL; /* now the caller's */
	}
	vg_rules_free(set);
	return rc;
}

enum vg_rc vg_rules_parse(struct vg_rules **out, struct vg_plan *plan,
			  const char *name, const char *text, size_t len,
			  struct vg_err *err)
{
	struct vg_rules *set = calloc(1, sizeof *set);
	struct vg_yaml *y = NULL;
	enum vg_rc rc = VG_OK;

	if (set == NULL)
		return no_memory(err);
	rc = vg_yaml_parse(&y, name, text, len, err);
	if (rc == VG_OK)
		rc = add_file(set, plan, y, err);
	if (rc == VG_OK) {
		*out = set;
		set = NULL; /* now the caller's */
	}
	vg_yaml_free(y);
	vg_rules_free(set);
	return rc;
}

void vg_rules_free(struct vg_rules *r)
{
	if (r == NULL)
		return;
	for (size_t i = 0; i < r->n; i++)
		free(r->rule[i]);
	free(r->rule);
	vg_arena_term(&r->arena);
	vg_buf_term(&r->warnings);
	free(r);
}

size_t vg_rules_count(const struct vg_rules *r)
{
	return r->n;
}

const struct vg_rule *vg_rule_at(const struct vg_rules *r, size_t i)
{
	assert(i < r->n);
	return r->rule[i];
}

const char *vg_rules_warnings(const struct vg_rules *r)
{
	return r->warnings.n > 0 ? r->warnings.p : "";
}
