/* What partners have of their own, made part of a set. */
#include "alert/own_scope.h"

#include "aggregate/keep.h"
#include "aggregate/plan.h"
#include "aggregate/value_list.h"
#include "alert/rule_judge.h"
#include "alert/sigma.h"
#include "core/buf.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>

#define WATCH "watch-"

/* One partner's turn. */
struct turn {
	const struct vg_own_input *o;
	struct vg_own_scope scope;
	struct vg_yaml *file[VG_OWN_FILES_MAX];
	size_t n_file;
	bool watch; /* the rule being read is a watchlist's */
	bool wire;  /* what is read came over it: it names no files */
};

static struct vg_rule_input input_of(struct turn *t, const struct vg_yaml *y,
				     const struct vg_yaml_node *node)
{
	struct vg_rule_input in = *t->o->in;

	in.own = &t->scope;
	if (t->wire)
		in.lists = NULL;
	in.y = y;
	in.node = node;
	return in;
}

static bool is_list(const struct vg_yaml_node *n)
{
	return vg_yaml_get(n, "watchlist") != NULL;
}

static bool is_chain(const struct vg_yaml_node *n)
{
	return vg_yaml_get(n, "rules") != NULL;
}

/* What the last rule costs its owner, and the store. */
static enum vg_rc check_cost(struct turn *t, const struct vg_rule_input *from,
			     struct vg_err *err)
{
	struct vg_rule_input in = *from;
	size_t n = vg_rules_count(in.set);
	struct vg_rule rule = *vg_rule_at(in.set, n - 1);
	struct vg_buf warnings = {0};
	enum vg_rc rc = VG_OK;

	in.rule = &rule;
	in.warnings = &warnings;
	vg_rule_judge_cost(&in);
	if (warnings.failed)
		rc = vg_err_set(err, VG_FATAL, "rules: out of memory");
	else if (warnings.n > 0)
		rc = vg_err_set(err, VG_INVAL, "%.*s",
				(int)strcspn(warnings.p, "\n"), warnings.p);
	vg_buf_term(&warnings);
	if (rc == VG_OK && t->scope.n_track > VG_OWN_TRACKS_MAX)
		rc = vg_yaml_fail(in.y, in.node, err,
				  "the rules of one partner need more than %d "
				  "tracks; take one away",
				  (int)VG_OWN_TRACKS_MAX);
	const struct vg_part_env env = {.cfg = t->o->cfg, .plan = in.plan};
	struct vg_err why;
	if (rc == VG_OK && vg_keep_check(&env, &why) != VG_OK)
		rc = vg_yaml_fail(in.y, in.node, err,
				  "the window is longer than what it counts "
				  "is kept for; make it shorter");
	return rc;
}

/* Read the rule `node`: all of it, or nothing. */
static enum vg_rc add_rule(struct turn *t, const struct vg_yaml *y,
			   const struct vg_yaml_node *node, struct vg_err *err)
{
	const struct vg_rule_input in = input_of(t, y, node);
	size_t tracks = vg_plan_tracks(in.plan), had = t->scope.n_track;
	enum vg_rc rc = VG_OK;

	if (t->scope.n_rule == VG_OWN_RULES_MAX && !t->watch)
		return vg_yaml_fail(y, node, err,
				    "more than %d rules of one partner",
				    (int)VG_OWN_RULES_MAX);
	rc = vg_rules_add(&in, err);
	if (rc == VG_OK) {
		t->scope.n_track += vg_plan_tracks(in.plan) - tracks;
		rc = check_cost(t, &in, err);
		if (rc != VG_OK)
			vg_rules_pop(in.set);
	}
	if (rc != VG_OK) {
		vg_plan_cut(in.plan, tracks);
		t->scope.n_track = had;
		return rc;
	}
	t->scope.n_rule += !t->watch;
	return VG_OK;
}

static enum vg_rc check_node(const struct vg_yaml *y,
			     const struct vg_yaml_node *n, struct vg_err *err)
{
	const struct vg_yaml_node *id = vg_yaml_get(n, "id");

	if (n->type == VG_YAML_MAP && vg_sigma_is(n))
		return vg_yaml_fail(y, n, err,
				    "documents of Sigma are for all, as they "
				    "name others by what all call them; write "
				    "it as a rule of vigie, `id: ...`");
	if (n->type != VG_YAML_MAP)
		return vg_yaml_fail(y, n, err,
				    "a partner's own is a rule, `id: ...`, or "
				    "a watchlist, `watchlist: ...`");
	if (id != NULL && id->type == VG_YAML_SCALAR &&
	    strncmp(id->text, WATCH, sizeof WATCH - 1) == 0)
		return vg_yaml_fail(y, id, err,
				    "`" WATCH "...` are the rules of "
				    "watchlists; rename the rule");
	return VG_OK;
}

/* In three rounds: watchlists, rules, and the chains that name these. */
enum round { LISTS, RULES, CHAINS, ROUNDS };

static enum vg_rc add_node(struct turn *t, const struct vg_yaml *y,
			   const struct vg_yaml_node *n, enum round round,
			   size_t doc, struct vg_err *err)
{
	enum vg_rc rc = check_node(y, n, err);

	if (rc != VG_OK)
		return rc;
	if (is_list(n) && round == LISTS) {
		const struct vg_rule_input in = input_of(t, y, n);

		return vg_own_read_list(&in, &t->scope, doc, err);
	}
	if (!is_list(n) && round == (is_chain(n) ? CHAINS : RULES))
		return add_rule(t, y, n, err);
	return VG_OK;
}

static enum vg_rc add_file(struct turn *t, const struct vg_yaml *y,
			   enum round round, struct vg_err *err)
{
	const struct vg_yaml_node *doc;
	enum vg_rc rc = VG_OK;

	for (size_t i = 0; rc == VG_OK && (doc = vg_yaml_doc(y, i)) != NULL;
	     i++) {
		bool many = doc->type == VG_YAML_LIST;
		const struct vg_yaml_node *n = many ? doc->child : doc;

		for (; n != NULL && rc == VG_OK; n = many ? n->next : NULL)
			rc = add_node(t, y, n, round, SIZE_MAX, err);
	}
	return rc;
}

/* A document that is bad is its owner's to mend: the rest goes on. */
static enum vg_rc noted(struct turn *t, size_t doc, enum vg_rc rc,
			const struct vg_err *why, struct vg_err *err)
{
	if (rc == VG_INVAL)
		return vg_rules_note(t->o->in->set, doc, why->text, err);
	return rc == VG_OK ? rc : vg_err_set(err, rc, "%s", why->text);
}

/* It calls itself what it is stored as. */
static enum vg_rc check_name(const struct vg_yaml *y,
			     const struct vg_own_doc *d, struct vg_err *err)
{
	const struct vg_yaml_node *n = vg_yaml_doc(y, 0), *id;

	id = vg_yaml_get(n, d->kind == VG_OWN_RULE ? "id" : "watchlist");
	if (id == NULL || id->type != VG_YAML_SCALAR ||
	    strcmp(id->text, d->id) != 0)
		return vg_err_set(err, VG_INVAL, "this is no %s `%s`",
				  vg_own_kind_name(d->kind), d->id);
	return VG_OK;
}

static enum vg_rc add_doc(struct turn *t, size_t i, enum round round,
			  struct vg_err *err)
{
	const struct vg_own_doc *d = &t->o->docs->doc[i];
	char name[VG_OWN_ID_MAX + 8];
	struct vg_yaml *y = NULL;
	struct vg_err why = {0};

	(void)snprintf(name, sizeof name, "%.*s.json", VG_OWN_ID_MAX, d->id);
	enum vg_rc rc = vg_yaml_parse(&y, name, d->text, strlen(d->text), &why);
	if (rc == VG_OK)
		rc = check_name(y, d, &why);
	t->wire = true;
	if (rc == VG_OK)
		rc = add_node(t, y, vg_yaml_doc(y, 0), round, i, &why);
	t->wire = false;
	vg_yaml_free(y);
	return noted(t, i, rc, &why, err);
}

/* The rule of a watchlist: a hit is an alert. */
static enum vg_rc print_watch(struct vg_buf *out, const struct vg_own_list *l,
			      struct vg_err *err)
{
	const char *count =
		strcmp(l->field, "country") == 0 ? "partner" : "country";
	cJSON *title = cJSON_CreateString(l->title);
	char *text = title != NULL ? cJSON_PrintUnformatted(title) : NULL;
	char *field;

	cJSON_Delete(title);
	title = cJSON_CreateString(l->field);
	field = title != NULL ? cJSON_PrintUnformatted(title) : NULL;
	cJSON_Delete(title);
	if (text != NULL && field != NULL)
		vg_buf_printf(out,
			      "{\"id\":\"" WATCH "%s\",\"title\":%s,"
			      "\"group_by\":[%s],\"window\":\"1d\","
			      "\"severity\":%d,\"match\":{%s:{\"in_watchlist\":"
			      "\"%s\"}},\"condition\":{\"%s\":{\"distinct\":"
			      "1}}}",
			      l->name, text, field, l->severity, field, l->name,
			      count);
	bool failed = text == NULL || field == NULL || out->failed;
	cJSON_free(text);
	cJSON_free(field);
	return failed ? vg_err_set(err, VG_FATAL, "rules: out of memory")
		      : VG_OK;
}

static enum vg_rc add_watch(struct turn *t, const struct vg_own_list *l,
			    struct vg_err *err)
{
	struct vg_rules *set = t->o->in->set;
	struct vg_buf text = {0};
	struct vg_yaml *y = NULL;
	enum vg_rc rc = print_watch(&text, l, err);

	if (rc == VG_OK)
		rc = vg_yaml_parse(&y, l->name, text.p, text.n, err);
	t->watch = true;
	if (rc == VG_OK)
		rc = add_rule(t, y, vg_yaml_doc(y, 0), err);
	t->watch = false;
	if (rc == VG_OK)
		vg_rules_only(set, l->list);
	vg_yaml_free(y);
	vg_buf_term(&text);
	return rc;
}

static enum vg_rc add_watches(struct turn *t, struct vg_err *err)
{
	enum vg_rc rc = VG_OK;

	for (size_t i = 0; i < t->scope.n_list && rc == VG_OK; i++) {
		const struct vg_own_list *l = &t->scope.list[i];
		struct vg_err why = {0};

		if (l->severity == 0)
			continue;
		rc = add_watch(t, l, &why);
		if (l->doc != SIZE_MAX)
			rc = noted(t, l->doc, rc, &why, err);
		else if (rc != VG_OK)
			rc = vg_err_set(err, rc, "%s", why.text);
	}
	return rc;
}

static enum vg_rc open_files(struct turn *t, struct vg_err *err)
{
	const struct vg_rule_file *f;
	enum vg_rc rc = VG_OK;

	for (size_t i = 0;
	     rc == VG_OK && (f = vg_rule_file(t->o->files, i)) != NULL; i++)
		if (f->own_of == 1 + t->scope.partner->slot)
			rc = vg_yaml_parse(&t->file[t->n_file++], f->name,
					   f->text, f->len, err);
	return rc;
}

static enum vg_rc add_round(struct turn *t, enum round round,
			    struct vg_err *err)
{
	const struct vg_own_docs *docs = t->o->docs;
	enum vg_rc rc = VG_OK;

	for (size_t i = 0; i < t->n_file && rc == VG_OK; i++)
		rc = add_file(t, t->file[i], round, err);
	for (size_t i = 0; docs != NULL && i < docs->n && rc == VG_OK; i++)
		if (strcmp(docs->doc[i].viewer, t->scope.partner->id) == 0 &&
		    vg_rules_fault(t->o->in->set, i) == NULL)
			rc = add_doc(t, i, round, err);
	return rc;
}

static enum vg_rc add_partner(const struct vg_own_input *o,
			      const struct vg_partner *p, struct vg_err *err)
{
	struct turn *t = calloc(1, sizeof *t);
	enum vg_rc rc = VG_OK;
	size_t i = 0;

	if (t == NULL)
		return vg_err_set(err, VG_FATAL, "rules: out of memory");
	t->o = o;
	t->scope.partner = p;
	for (; p->id[i] != '\0'; i++)
		t->scope.prefix[i] = p->id[i] >= 'A' && p->id[i] <= 'Z'
					     ? (char)(p->id[i] - 'A' + 'a')
					     : p->id[i];
	t->scope.prefix[i] = '.';
	rc = open_files(t, err);
	for (int r = LISTS; r < ROUNDS && rc == VG_OK; r++) {
		rc = add_round(t, (enum round)r, err);
		if (rc == VG_OK && r == RULES)
			rc = add_watches(t, err);
	}
	for (i = 0; i < t->n_file; i++)
		vg_yaml_free(t->file[i]);
	for (i = 0; i < t->scope.n_list; i++)
		vg_value_list_free(t->scope.list[i].list);
	free(t);
	return rc;
}

enum vg_rc vg_own_add(const struct vg_own_input *o, struct vg_err *err)
{
	enum vg_rc rc = VG_OK;

	for (size_t i = 0; i < o->cfg->n_partners && rc == VG_OK; i++)
		rc = add_partner(o, &o->cfg->partners[i], err);
	return rc;
}
