#include "alert/rules_private.h"

#include "aggregate/match.h"
#include "aggregate/value_list.h"
#include "alert/own_scope.h"
#include "alert/rule_kinds.h"
#include "alert/rule_list.h"
#include "alert/sigma.h"
#include "core/buf.h"
#include "core/limits.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

static enum vg_rc no_memory(struct vg_err *err)
{
	return vg_err_set(err, VG_FATAL, "rules: out of memory");
}

static enum vg_rc check_unique(const struct vg_rules *set,
			       const struct vg_rule_input *in,
			       struct vg_err *err)
{
	static const char *const BUILT_IN[] = {VG_SILENCE_RULE,
					       VG_WATCHDOG_RULE, VG_DEAD_RULE};

	for (size_t i = 0; i < sizeof BUILT_IN / sizeof *BUILT_IN; i++)
		if (strcmp(in->rule->id, BUILT_IN[i]) == 0)
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
	rule->index = set->n;
	set->rule[set->n++] = rule;
	return VG_OK;
}

/* Where rules go, and for which use. */
struct target {
	struct vg_rules *set;
	struct vg_plan *plan;
	const struct vg_lexicon *lexicon;
	struct vg_sigma *sigma; /* documents of all files */
	bool offline;
	struct vg_rule_files *files;
	const struct vg_config *cfg; /* NULL: partners have none of their own */
	const struct vg_own_docs *own;
};

static struct vg_rule_input input_of(const struct target *to)
{
	struct vg_rules *set = to->set;

	return (struct vg_rule_input){.plan = to->plan,
				      .arena = &set->arena,
				      .set = set,
				      .offline = to->offline,
				      .lexicon = set->lexicon,
				      .warnings = &set->warnings,
				      .lists = set->lists};
}

enum vg_rc vg_rules_add(const struct vg_rule_input *from, struct vg_err *err)
{
	struct vg_rule_input in = *from;
	struct vg_rules *set = in.set;
	struct vg_rule *rule = NULL;
	enum vg_rc rc = VG_OK;

	if (set->n == VG_RULES_MAX && in.own == NULL)
		return vg_yaml_fail(in.y, in.node, err, "more than %d rules",
				    (int)VG_RULES_MAX);
	rule = calloc(1, sizeof *rule);
	if (rule == NULL)
		return no_memory(err);
	in.rule = rule;
	snprintf(rule->file, sizeof rule->file, "%s", vg_yaml_name(in.y));
	rule->line = in.node->line;
	rule->own_of =
		in.own != NULL ? (uint8_t)(1 + in.own->partner->slot) : 0;
	rc = vg_rule_read(&in, err);
	if (rc == VG_OK)
		rc = check_unique(set, &in, err);
	if (rc == VG_OK)
		rc = keep(set, rule, err);
	if (rc == VG_OK)
		rule = NULL; /* now the set's */
	free(rule);
	return rc;
}

static enum vg_rc add_node(struct target *to, const struct vg_yaml *y,
			   const struct vg_yaml_node *node, struct vg_err *err)
{
	struct vg_rule_input in = input_of(to);

	in.y = y;
	in.node = node;
	if (node->type != VG_YAML_MAP)
		return vg_yaml_fail(y, node, err,
				    "a rule must be a map; start it with `id: "
				    "...`");
	if (vg_sigma_is(node))
		return vg_sigma_add(&to->sigma, y, node, err);
	return vg_rules_add(&in, err);
}

static enum vg_rc add_file(struct target *to, const struct vg_yaml *y,
			   struct vg_err *err)
{
	const struct vg_yaml_node *doc = vg_yaml_doc(y, 0);
	enum vg_rc rc = VG_OK;
	bool empty = true;

	for (size_t i = 0; rc == VG_OK && (doc = vg_yaml_doc(y, i)) != NULL;
	     i++) {
		const struct vg_yaml_node *n =
			doc->type == VG_YAML_LIST ? doc->child : doc;

		for (; n != NULL && rc == VG_OK;
		     n = doc->type == VG_YAML_LIST ? n->next : NULL) {
			rc = add_node(to, y, n, err);
			empty = false;
		}
	}
	if (rc == VG_OK && empty)
		rc = vg_err_set(err, VG_INVAL,
				"%.150s:1: the file holds no rule; add one or "
				"take the file out of the configuration",
				vg_yaml_name(y));
	return rc == VG_OK && to->set->warnings.failed ? no_memory(err) : rc;
}

static enum vg_rc take_sigma(void *arg, const struct vg_rule_input *in,
			     struct vg_err *err)
{
	(void)arg;
	return vg_rules_add(in, err);
}

/* The documents of Sigma, when all are known. */
static enum vg_rc add_sigma(struct target *to, struct vg_err *err)
{
	const struct vg_rule_input in = input_of(to);

	if (to->sigma == NULL)
		return VG_OK;
	return vg_sigma_rules(to->sigma, &in, take_sigma, to->set, err);
}

/* Read the shared files; those with documents of Sigma stay in y[] until these
 * are rules. */
static enum vg_rc read_files(struct target *to, struct vg_yaml **y,
			     struct vg_err *err)
{
	const struct vg_rule_file *file;
	enum vg_rc rc = VG_OK;

	for (size_t i = 0;
	     rc == VG_OK && (file = vg_rule_file(to->files, i)) != NULL; i++) {
		size_t before = vg_sigma_count(to->sigma);

		if (file->own_of != 0)
			continue;
		rc = vg_yaml_parse(&y[i], file->name, file->text, file->len,
				   err);
		if (rc == VG_OK)
			rc = add_file(to, y[i], err);
		if (vg_sigma_count(to->sigma) > before)
			continue;
		vg_yaml_free(y[i]);
		y[i] = NULL;
	}
	return rc;
}

/* What partners have of their own, behind all that is shared. */
static enum vg_rc add_own(const struct target *to, struct vg_err *err)
{
	const struct vg_rule_input in = input_of(to);
	const struct vg_own_input own = {
		.in = &in, .cfg = to->cfg, .files = to->files, .docs = to->own};

	to->set->n_shared = to->set->n;
	if (to->cfg == NULL)
		return VG_OK;
	vg_plan_seal(to->plan);
	return vg_own_add(&own, err);
}

/* Make the set from the files, or from the text `y`. */
static enum vg_rc make(struct vg_rules **out, struct target to,
		       struct vg_yaml *text, struct vg_err *err)
{
	size_t n = 0;
	struct vg_yaml **y;
	enum vg_rc rc = VG_OK;

	while (text == NULL && vg_rule_file(to.files, n) != NULL)
		n++;
	y = calloc(n + 1, sizeof(*y));
	to.set = calloc(1, sizeof *to.set);
	if (to.set == NULL || y == NULL) {
		rc = no_memory(err);
		goto out;
	}
	to.set->lexicon = to.lexicon;
	to.set->lists = text == NULL ? vg_rule_files_lists(to.files) : NULL;
	rc = text != NULL ? add_file(&to, text, err) : read_files(&to, y, err);
	if (rc == VG_OK)
		rc = add_sigma(&to, err);
	if (rc == VG_OK)
		rc = add_own(&to, err);
	to.set->lists = NULL; /* predicates hold what they need */
	if (rc == VG_OK) {
		*out = to.set;
		to.set = NULL; /* now the caller's */
	}
out:
	vg_sigma_free(to.sigma);
	for (size_t i = 0; y != NULL && i < n; i++)
		vg_yaml_free(y[i]);
	free(y);
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
		rc = make(out, to, y, err);
	vg_yaml_free(y);
	return rc;
}

enum vg_rc vg_rules_make(struct vg_rules **out, struct vg_plan *plan,
			 const struct vg_rules_from *from, struct vg_err *err)
{
	const struct target to = {.plan = plan,
				  .lexicon = from->lexicon,
				  .files = from->files,
				  .cfg = from->cfg,
				  .own = from->own};

	return make(out, to, NULL, err);
}

static enum vg_rc load(struct vg_rules **out, struct target to,
		       char *const *files, size_t n, struct vg_err *err)
{
	enum vg_rc rc = vg_rule_files_named(&to.files, files, n, err);

	if (rc == VG_OK)
		rc = make(out, to, NULL, err);
	vg_rule_files_drop(to.files);
	return rc;
}

enum vg_rc vg_rules_load(struct vg_rules **out, struct vg_plan *plan,
			 const struct vg_lexicon *lexicon, char *const *files,
			 size_t n, struct vg_err *err)
{
	const struct target to = {.plan = plan, .lexicon = lexicon};

	return load(out, to, files, n, err);
}

enum vg_rc vg_rules_load_offline(struct vg_rules **out, struct vg_plan *plan,
				 const struct vg_lexicon *lexicon,
				 char *const *files, size_t n,
				 struct vg_err *err)
{
	const struct target to = {
		.plan = plan, .lexicon = lexicon, .offline = true};

	return load(out, to, files, n, err);
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
