#include "alert/rules.h"

#include "aggregate/match.h"
#include "alert/rule_judge.h"
#include "alert/rule_kinds.h"
#include "alert/rule_list.h"
#include "core/buf.h"
#include "core/limits.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

struct vg_rules {
	struct vg_arena arena; /* names that rules point to */
	const struct vg_lexicon *lexicon;
	struct vg_buf warnings;
	struct vg_match **match; /* predicates that no plan owns */
	size_t n_match, cap_match;
	struct vg_rule_lists *lists; /* while files are read */
	struct vg_rule **rule;
	size_t n, cap;
};

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

static const int64_t day_ms = 86400000;

static enum vg_rc read_window(struct vg_rule_input *in, const char *key,
			      int64_t most_ms, struct vg_err *err)
{
	const int64_t window[2] = {1, most_ms};
	const struct vg_yaml_node *n = NULL;
	char form[32];

	snprintf(form, sizeof form, "%s: 6h", key);
	enum vg_rc rc = vg_rule_need(in, key, form, &n, err);
	if (rc == VG_OK)
		rc = vg_rule_duration(in->y, n, window, &in->rule->window_ms,
				      err);
	in->rule->resolve_after_ms = in->rule->window_ms;
	return rc;
}

/* resolve_after, for and keep_firing, where they are given. */
static enum vg_rc read_times(struct vg_rule_input *in, struct vg_err *err)
{
	const int64_t range[2] = {0, 366 * day_ms};
	struct vg_rule *r = in->rule;
	const struct {
		const char *key;
		int64_t *out;
	} time[] = {{"resolve_after", &r->resolve_after_ms},
		    {"for", &r->for_ms},
		    {"keep_firing", &r->keep_firing_ms}};
	enum vg_rc rc = VG_OK;

	for (size_t i = 0; i < sizeof time / sizeof time[0]; i++) {
		const struct vg_yaml_node *n =
			vg_yaml_get(in->node, time[i].key);

		if (n != NULL && rc == VG_OK)
			rc = vg_rule_duration(in->y, n, range, time[i].out,
					      err);
	}
	return rc;
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

static enum vg_rc read_rule(struct vg_rule_input *in, struct vg_err *err)
{
	const struct vg_rule_kind *kind = NULL;
	enum vg_rc rc = vg_rule_kind_of(in, &kind, err);

	if (rc == VG_OK)
		rc = vg_rule_kind_keys(in, kind, err);
	if (rc == VG_OK)
		rc = read_id(in, err);
	if (rc == VG_OK)
		rc = read_title(in, err);
	if (rc == VG_OK)
		rc = read_group(in, err);
	if (rc == VG_OK)
		rc = read_window(in, kind->window, kind->longest_days * day_ms,
				 err);
	if (rc == VG_OK)
		rc = read_times(in, err);
	if (rc == VG_OK)
		rc = read_severity(in, err);
	if (rc == VG_OK)
		rc = check_notes(in, err);
	if (rc == VG_OK)
		rc = kind->read(in, err);
	if (rc == VG_OK)
		vg_rule_judge(in);
	if (rc == VG_OK && in->rule->n_condition == 0 && !in->offline)
		rc = vg_rule_add_tracks(in, err);
	return rc == VG_OK ? vg_rule_hash(in, err) : rc;
}

static enum vg_rc check_unique(const struct vg_rules *set,
			       const struct vg_rule_input *in,
			       struct vg_err *err)
{
	if (strcmp(in->rule->id, VG_SILENCE_RULE) == 0)
		return vg_yaml_fail(in->y, in->node, err,
				    "`%s` is built in; rename the rule",
				    in->rule->id);
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

/* Where rules go, and for which use. */
struct target {
	struct vg_rules *set;
	struct vg_plan *plan;
	const struct vg_lexicon *lexicon;
	bool offline;
};

static enum vg_rc add_rule(const struct target *to, const struct vg_yaml *y,
			   const struct vg_yaml_node *node, struct vg_err *err)
{
	struct vg_rules *set = to->set;
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
				   .plan = to->plan,
				   .arena = &set->arena,
				   .set = set,
				   .offline = to->offline,
				   .lexicon = set->lexicon,
				   .warnings = &set->warnings,
				   .lists = set->lists};
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

static enum vg_rc add_file(const struct target *to, const struct vg_yaml *y,
			   struct vg_err *err)
{
	struct vg_rules *set = to->set;
	const struct vg_yaml_node *doc;
	enum vg_rc rc = VG_OK;
	size_t before = set->n;

	for (size_t i = 0; rc == VG_OK && (doc = vg_yaml_doc(y, i)) != NULL;
	     i++) {
		if (doc->type != VG_YAML_LIST) {
			rc = add_rule(to, y, doc, err);
			continue;
		}
		for (const struct vg_yaml_node *n = doc->child;
		     n != NULL && rc == VG_OK; n = n->next)
			rc = add_rule(to, y, n, err);
	}
	if (rc == VG_OK && set->n == before)
		rc = vg_err_set(err, VG_INVAL,
				"%.150s:1: the file holds no rule; add one or "
				"take the file out of the configuration",
				vg_yaml_name(y));
	return rc == VG_OK && set->warnings.failed ? no_memory(err) : rc;
}

/* Make the set from the `n` files, or from the text `y` of which n is 0. */
static enum vg_rc make(struct vg_rules **out, struct target to,
		       char *const *files, size_t n, struct vg_yaml *text,
		       struct vg_err *err)
{
	struct vg_rule_lists lists = {.n = 0};
	enum vg_rc rc = VG_OK;

	to.set = calloc(1, sizeof *to.set);
	if (to.set == NULL)
		return no_memory(err);
	to.set->lexicon = to.lexicon;
	to.set->lists = text == NULL ? &lists : NULL;
	if (text != NULL)
		rc = add_file(&to, text, err);
	for (size_t i = 0; i < n && rc == VG_OK; i++) {
		struct vg_yaml *y = NULL;

		rc = vg_yaml_load(&y, files[i], VG_RULE_FILE_MAX, err);
		if (rc == VG_OK)
			rc = add_file(&to, y, err);
		vg_yaml_free(y);
	}
	to.set->lists = NULL; /* predicates hold what they need */
	vg_rule_lists_term(&lists);
	if (rc == VG_OK) {
		*out = to.set;
		to.set = NULL; /* now the caller's */
	}
	vg_rules_free(to.set);
	return rc;
}

static enum vg_rc parse(struct vg_rules **out, struct target to,
			const char *name, struct vg_slice text,
			struct vg_err *err)
{
	struct vg_yaml *y = NULL;
	enum vg_rc rc = vg_yaml_parse(&y, name, text.p, text.n, err);

	if (rc == VG_OK)
		rc = make(out, to, NULL, 0, y, err);
	vg_yaml_free(y);
	return rc;
}

enum vg_rc vg_rules_load(struct vg_rules **out, struct vg_plan *plan,
			 const struct vg_lexicon *lexicon, char *const *files,
			 size_t n, struct vg_err *err)
{
	const struct target to = {.plan = plan, .lexicon = lexicon};

	return make(out, to, files, n, NULL, err);
}

enum vg_rc vg_rules_load_offline(struct vg_rules **out, struct vg_plan *plan,
				 const struct vg_lexicon *lexicon,
				 char *const *files, size_t n,
				 struct vg_err *err)
{
	const struct target to = {
		.plan = plan, .lexicon = lexicon, .offline = true};

	return make(out, to, files, n, NULL, err);
}

enum vg_rc vg_rules_parse(struct vg_rules **out, struct vg_plan *plan,
			  const char *name, const char *text, size_t len,
			  struct vg_err *err)
{
	const struct target to = {.plan = plan};

	return parse(out, to, name, (struct vg_slice){text, (uint32_t)len},
		     err);
}

enum vg_rc vg_rules_parse_offline(struct vg_rules **out, struct vg_plan *plan,
				  const char *name, const char *text,
				  size_t len, struct vg_err *err)
{
	const struct target to = {.plan = plan, .offline = true};

	return parse(out, to, name, (struct vg_slice){text, (uint32_t)len},
		     err);
}

enum vg_rc vg_rules_keep(struct vg_rules *set, struct vg_match *match,
			 struct vg_err *err)
{
	if (set->n_match == set->cap_match) {
		size_t cap = set->cap_match == 0 ? 16 : set->cap_match * 2;
		struct vg_match **m = realloc(set->match, cap * sizeof(*m));

		if (m == NULL) {
			vg_match_free(match);
			return no_memory(err);
		}
		set->match = m;
		set->cap_match = cap;
	}
	set->match[set->n_match++] = match;
	return VG_OK;
}

void vg_rules_free(struct vg_rules *r)
{
	if (r == NULL)
		return;
	for (size_t i = 0; i < r->n; i++)
		free(r->rule[i]);
	free(r->rule);
	for (size_t i = 0; i < r->n_match; i++)
		vg_match_free(r->match[i]);
	free(r->match);
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
