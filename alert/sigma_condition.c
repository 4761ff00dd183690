#include "alert/sigma_condition.h"

#include "aggregate/glob.h"

#include <assert.h>
#include <string.h>
#include <strings.h>

/* What a message shows of a word. */
enum { SHOWN = 48, WORD_MAX = 128 };

struct token {
	const char *p;
	size_t n; /* 0 at the end */
};

struct parse {
	const struct vg_yaml *y;
	const struct vg_yaml_node *condition, *detection;
	struct vg_arena *arena;
	struct vg_err *err;
	const char *at; /* what is not read yet */
	struct token token;
	unsigned nodes, depth;
};

static enum vg_rc parse_or(struct parse *p, struct vg_sigma_node **out);

static bool is_name(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') ||
	       (c != '\0' && strchr("_-.*?", c) != NULL);
}

static void next(struct parse *p)
{
	p->at += strspn(p->at, " \t\r\n");
	p->token = (struct token){.p = p->at};
	while (is_name(p->at[p->token.n]))
		p->token.n++;
	if (p->token.n == 0 && *p->at != '\0')
		p->token.n = 1;
	p->at += p->token.n;
}

static bool is_word(const struct parse *p, const char *word)
{
	return p->token.n == strlen(word) &&
	       strncasecmp(p->token.p, word, p->token.n) == 0;
}

static enum vg_rc fail(const struct parse *p, const char *what)
{
	int n = p->token.n < SHOWN ? (int)p->token.n : SHOWN;

	if (p->token.n == 0)
		return vg_yaml_fail(p->y, p->condition, p->err,
				    "the condition ends too soon: %s", what);
	return vg_yaml_fail(p->y, p->condition, p->err,
			    "the condition at column %d, `%.*s`: %s",
			    (int)(p->token.p - p->condition->text) + 1, n,
			    p->token.p, what);
}

static enum vg_rc add(struct parse *p, enum vg_sigma_node_type type,
		      struct vg_sigma_node **out)
{
	struct vg_sigma_node *n = NULL;

	if (p->nodes++ == VG_SIGMA_NODES_MAX)
		return fail(p, "it has too many parts; split the rule");
	n = vg_arena_alloc(p->arena, sizeof *n);
	if (n == NULL)
		return vg_err_set(p->err, VG_FATAL, "rules: out of memory");
	*n = (struct vg_sigma_node){.type = type};
	*out = n;
	return VG_OK;
}

static enum vg_rc add_selection(struct parse *p,
				const struct vg_yaml_node *selection,
				struct vg_sigma_node **out)
{
	enum vg_rc rc = add(p, VG_SIGMA_ONE, out);

	if (rc == VG_OK)
		(*out)->selection = selection;
	return rc;
}

static bool is_selection(const struct vg_yaml_node *n)
{
	return strcmp(n->key, "condition") != 0 &&
	       strcmp(n->key, "timeframe") != 0;
}

static bool is_meant(const struct vg_yaml_node *n, struct vg_slice glob,
		     bool hidden)
{
	return is_selection(n) && (hidden || n->key[0] != '_') &&
	       vg_glob_fits(glob, vg_slice_of(n->key), false);
}

/* The selections that `them` or a pattern means, under one node. */
static enum vg_rc parse_pattern(struct parse *p, enum vg_sigma_node_type type,
				struct vg_sigma_node **out)
{
	struct vg_slice text = {p->token.p, (uint32_t)p->token.n};
	struct vg_sigma_node **link = NULL;
	char glob[WORD_MAX + 2];
	enum vg_rc rc;

	if (text.n == 0 || text.n > WORD_MAX || !is_name(text.p[0]))
		return fail(p, "after `of` comes `them` or a name with *");
	bool hidden = text.p[0] == '_';
	if (is_word(p, "them"))
		text = vg_slice_of("*");
	const struct vg_slice want = {
		glob,
		(uint32_t)vg_glob_compile(glob, text, VG_GLOB_WILDCARD, false)};
	rc = add(p, type, out);
	if (rc != VG_OK)
		return rc;
	link = &(*out)->child;
	for (const struct vg_yaml_node *n = p->detection->child;
	     n != NULL && rc == VG_OK; n = n->next) {
		if (!is_meant(n, want, hidden))
			continue;
		rc = add_selection(p, n, link);
		if (rc == VG_OK)
			link = &(*link)->next;
	}
	if (rc == VG_OK && (*out)->child == NULL)
		return fail(p, "no selection is called so");
	next(p);
	return rc;
}

static enum vg_rc parse_name(struct parse *p, struct vg_sigma_node **out)
{
	const struct vg_yaml_node *n = p->detection->child;

	while (n != NULL && !(is_selection(n) && strlen(n->key) == p->token.n &&
			      memcmp(n->key, p->token.p, p->token.n) == 0))
		n = n->next;
	if (n == NULL)
		return fail(p, "no selection is called so");
	next(p);
	return add_selection(p, n, out);
}

static bool is_keyword(const struct parse *p)
{
	return is_word(p, "and") || is_word(p, "or") || is_word(p, "not") ||
	       is_word(p, "of");
}

/* A name, or how many of several. */
static enum vg_rc parse_word(struct parse *p, struct vg_sigma_node **out)
{
	const struct token first = p->token;
	const char *at = p->at;
	bool all = is_word(p, "all");
	bool one = is_word(p, "1") || is_word(p, "any");

	if (is_keyword(p) || p->token.n == 0)
		return fail(p, "here must be a selection, or a bracket");
	if (!is_name(p->token.p[0]))
		return fail(p, p->token.p[0] == '|'
				       ? "counting after | is no more in "
					 "Sigma; write a correlation"
				       : "names, and, or, not, brackets and "
					 "`1 of` are all that there is");
	next(p);
	if (is_word(p, "of")) {
		next(p);
		if (all || one)
			return parse_pattern(
				p, all ? VG_SIGMA_ALL : VG_SIGMA_ANY, out);
		p->token = first;
		return fail(p, "only `1 of`, `any of` and `all of` are known");
	}
	p->token = first;
	p->at = at;
	return parse_name(p, out);
}

static enum vg_rc parse_one(struct parse *p, struct vg_sigma_node **out)
{
	enum vg_rc rc;

	if (!is_word(p, "("))
		return parse_word(p, out);
	next(p);
	rc = parse_or(p, out);
	if (rc == VG_OK && !is_word(p, ")"))
		return fail(p, "here must be )");
	if (rc == VG_OK)
		next(p);
	return rc;
}

static enum vg_rc parse_not(struct parse *p, struct vg_sigma_node **out)
{
	enum vg_rc rc;

	if (p->depth == VG_SIGMA_NEST_MAX)
		return fail(p, "brackets and `not` nest too deep");
	p->depth++;
	if (is_word(p, "not")) {
		next(p);
		rc = add(p, VG_SIGMA_NOT, out);
		if (rc == VG_OK)
			rc = parse_not(p, &(*out)->child);
	} else {
		rc = parse_one(p, out);
	}
	p->depth--;
	return rc;
}

typedef enum vg_rc part(struct parse *p, struct vg_sigma_node **out);

/* `one` (word `one`)*, one node for all. */
static enum vg_rc parse_list(struct parse *p, const char *word,
			     enum vg_sigma_node_type type, part *one,
			     struct vg_sigma_node **out)
{
	struct vg_sigma_node *all = NULL, **link;
	enum vg_rc rc = one(p, out);

	if (rc != VG_OK || !is_word(p, word))
		return rc;
	rc = add(p, type, &all);
	if (rc != VG_OK)
		return rc;
	all->child = *out;
	link = &(*out)->next;
	*out = all;
	while (rc == VG_OK && is_word(p, word)) {
		next(p);
		rc = one(p, link);
		if (rc == VG_OK)
			link = &(*link)->next;
	}
	return rc;
}

static enum vg_rc parse_and(struct parse *p, struct vg_sigma_node **out)
{
	return parse_list(p, "and", VG_SIGMA_ALL, parse_not, out);
}

static enum vg_rc parse_or(struct parse *p, struct vg_sigma_node **out)
{
	return parse_list(p, "or", VG_SIGMA_ANY, parse_and, out);
}

enum vg_rc vg_sigma_condition(struct vg_sigma_node **out,
			      const struct vg_yaml *y,
			      const struct vg_yaml_node *condition,
			      const struct vg_yaml_node *detection,
			      struct vg_arena *arena, struct vg_err *err)
{
	struct parse p = {.y = y,
			  .condition = condition,
			  .detection = detection,
			  .arena = arena,
			  .err = err};
	enum vg_rc rc;

	if (condition->type != VG_YAML_SCALAR || condition->text_len == 0)
		return vg_yaml_fail(y, condition, err,
				    "a condition must be text; write "
				    "condition: selection");
	if (condition->text_len > VG_SIGMA_CONDITION_MAX)
		return vg_yaml_fail(y, condition, err,
				    "the condition has more than %d bytes",
				    (int)VG_SIGMA_CONDITION_MAX);
	p.at = condition->text;
	next(&p);
	rc = parse_or(&p, out);
	assert(p.depth == 0 || rc != VG_OK);
	if (rc == VG_OK && p.token.n > 0)
		return fail(&p, "nothing is expected here; is an `and` "
				"missing?");
	return rc;
}
