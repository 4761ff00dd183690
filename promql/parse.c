#include "promql/parse.h"

#include <assert.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

enum { SHOWN = 40 /* bytes of a token in a message */ };

/* How tightly an operator binds. */
enum { SETS = 1, COMPARE, SUM, PRODUCT, POWER };

static struct vg_pq_node *expression(struct vg_pq_parser *p, int least);

bool vg_pq_refuse(struct vg_pq_parser *p, const char *fmt, ...)
{
	char text[160];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	p->rc = vg_pq_fault(p->err, p->lexer.text, p->now.at, "%s", text);
	return false;
}

bool vg_pq_unexpected(struct vg_pq_parser *p, const char *context)
{
	struct vg_slice t = p->now.text;

	if (p->now.kind == VG_PQ_END)
		return vg_pq_refuse(p, "unexpected end of input in %s",
				    context);
	return vg_pq_refuse(p, "unexpected %s\"%.*s\" in %s",
			    p->now.kind == VG_PQ_WORD ? "identifier " : "",
			    t.n < SHOWN ? (int)t.n : SHOWN, t.p, context);
}

bool vg_pq_step(struct vg_pq_parser *p)
{
	p->rc = vg_pq_next(&p->lexer, &p->now, p->err);
	return p->rc == VG_OK;
}

bool vg_pq_is(const struct vg_pq_parser *p, const char *text)
{
	size_t n = strlen(text);

	return (p->now.kind == VG_PQ_SIGN || p->now.kind == VG_PQ_WORD) &&
	       p->now.text.n == n && strncasecmp(p->now.text.p, text, n) == 0;
}

bool vg_pq_need(struct vg_pq_parser *p, const char *text, const char *context)
{
	if (!vg_pq_is(p, text))
		return vg_pq_unexpected(p, context);
	return vg_pq_step(p);
}

struct vg_pq_node *vg_pq_node(struct vg_pq_parser *p, enum vg_pq_kind kind)
{
	struct vg_pq_node *n = vg_arena_alloc(&p->tree->arena, sizeof *n);

	if (n == NULL) {
		p->rc = vg_err_set(p->err, VG_FATAL, "promql: out of memory");
		return NULL;
	}
	*n = (struct vg_pq_node){.kind = kind, .at = p->now.at};
	return n;
}

/* Fill `n` with a refusal unless `arg` is of type `want`. */
static bool is_typed(struct vg_pq_parser *p, const struct vg_pq_node *arg,
		     enum vg_pq_type want, const char *where)
{
	if (arg->type == want)
		return true;
	p->rc = vg_pq_fault(p->err, p->lexer.text, arg->at,
			    "expected type %s in %s, got %s",
			    vg_pq_type_name(want), where,
			    vg_pq_type_name(arg->type));
	return false;
}

static struct vg_pq_node *call(struct vg_pq_parser *p, struct vg_pq_node *n)
{
	char where[64];
	struct vg_slice name = p->now.text;

	n->func = vg_pq_func_of(name);
	n->type = VG_PQ_VECTOR;
	if (!vg_pq_step(p) || !vg_pq_need(p, "(", "call, expected ("))
		return NULL;
	n->left = expression(p, SETS);
	if (n->left == NULL)
		return NULL;
	(void)snprintf(where, sizeof where, "call to function \"%.*s\"",
		       (int)name.n, name.p);
	if (!vg_pq_need(p, ")", "call, expected one argument and )") ||
	    !is_typed(p, n->left, VG_PQ_MATRIX, where))
		return NULL;
	return n;
}

static bool fold_arguments(struct vg_pq_parser *p, struct vg_pq_node *n)
{
	bool has_k = n->fold == VG_PQ_TOPK || n->fold == VG_PQ_BOTTOMK;

	if (!vg_pq_need(p, "(", "aggregation, expected ("))
		return false;
	if (has_k) {
		n->right = expression(p, SETS);
		if (n->right == NULL ||
		    !is_typed(p, n->right, VG_PQ_SCALAR,
			      "aggregation parameter") ||
		    !vg_pq_need(p, ",", "aggregation, expected ,"))
			return false;
	}
	n->left = expression(p, SETS);
	return n->left != NULL &&
	       vg_pq_need(p, ")", "aggregation, expected )") &&
	       is_typed(p, n->left, VG_PQ_VECTOR, "aggregation expression");
}

static struct vg_pq_node *fold(struct vg_pq_parser *p, struct vg_pq_node *n)
{
	bool before, after;

	n->fold = vg_pq_fold_of(p->now.text);
	n->type = VG_PQ_VECTOR;
	if (!vg_pq_step(p) || !vg_pq_grouping(p, n, &before) ||
	    !fold_arguments(p, n))
		return NULL;
	if (!before && !vg_pq_grouping(p, n, &after))
		return NULL;
	return n;
}

/* "Inf" and "NaN". */
static struct vg_pq_node *word_number(struct vg_pq_parser *p)
{
	struct vg_pq_node *n = vg_pq_node(p, VG_PQ_NUMBER);

	if (n == NULL)
		return NULL;
	n->number = vg_pq_is(p, "inf") ? HUGE_VAL : nan("");
	return vg_pq_step(p) ? n : NULL;
}

/* A name that is none of ours: what Prometheus has besides, or nobody. */
static bool check_word(struct vg_pq_parser *p, bool called)
{
	struct vg_slice name = p->now.text;
	int shown = name.n < SHOWN ? (int)name.n : SHOWN;

	if (vg_pq_is_other_fold(name) || (called && vg_pq_is_other_func(name)))
		return vg_pq_refuse(p, "%.*s is not supported", shown, name.p);
	return !called || vg_pq_refuse(p, "unknown function with name \"%.*s\"",
				       shown, name.p);
}

/* A word: number, aggregation, function or the name of a metric. */
static struct vg_pq_node *word(struct vg_pq_parser *p)
{
	struct vg_slice name = p->now.text;
	struct vg_pq_lexer ahead = p->lexer;
	struct vg_pq_token next;
	struct vg_pq_node *n;
	bool called;

	p->rc = vg_pq_next(&ahead, &next, p->err);
	if (p->rc != VG_OK)
		return NULL;
	called = next.kind == VG_PQ_SIGN && next.text.p[0] == '(';
	if (vg_pq_is(p, "inf") || vg_pq_is(p, "nan"))
		return word_number(p);
	if (vg_pq_fold_of(name) != VG_PQ_FOLDS) {
		n = vg_pq_node(p, VG_PQ_GROUP);
		return n != NULL ? fold(p, n) : NULL;
	}
	if (called && vg_pq_func_of(name) != VG_PQ_NO_FUNC) {
		n = vg_pq_node(p, VG_PQ_CALL);
		return n != NULL ? call(p, n) : NULL;
	}
	return check_word(p, called) ? vg_pq_selector(p) : NULL;
}

static struct vg_pq_node *literal(struct vg_pq_parser *p)
{
	bool is_text = p->now.kind == VG_PQ_TEXT;
	struct vg_pq_node *n =
		vg_pq_node(p, is_text ? VG_PQ_LITERAL : VG_PQ_NUMBER);

	if (n == NULL)
		return NULL;
	n->type = is_text ? VG_PQ_STRING : VG_PQ_SCALAR;
	n->text = p->now.text;
	n->number = p->now.number;
	return vg_pq_step(p) ? n : NULL;
}

static struct vg_pq_node *operand(struct vg_pq_parser *p)
{
	struct vg_pq_node *n = NULL;

	if (p->now.kind == VG_PQ_NUM || p->now.kind == VG_PQ_TEXT) {
		n = literal(p);
	} else if (p->now.kind == VG_PQ_WORD) {
		n = word(p);
	} else if (vg_pq_is(p, "{")) {
		n = vg_pq_selector(p);
	} else if (vg_pq_is(p, "(")) {
		if (vg_pq_step(p))
			n = expression(p, SETS);
		if (n != NULL && !vg_pq_need(p, ")", "paren expression"))
			return NULL;
	} else {
		(void)vg_pq_unexpected(p, "expression");
	}
	if (n != NULL && vg_pq_is(p, "[")) {
		(void)vg_pq_refuse(p, "ranges are only allowed for vector "
				      "selectors: subqueries are not "
				      "supported");
		return NULL;
	}
	return n != NULL && vg_pq_modifiers(p, n) ? n : NULL;
}

/* An operand with its signs: they bind less than ^. */
static struct vg_pq_node *unary(struct vg_pq_parser *p)
{
	struct vg_pq_node *n, *arg;

	if (!vg_pq_is(p, "-") && !vg_pq_is(p, "+"))
		return operand(p);
	n = vg_pq_node(p, VG_PQ_NEGATE);
	if (n == NULL)
		return NULL;
	n->wants_bool = vg_pq_is(p, "+"); /* nothing to do */
	if (!vg_pq_step(p))
		return NULL;
	arg = expression(p, POWER);
	if (arg == NULL)
		return NULL;
	if (arg->type != VG_PQ_SCALAR && arg->type != VG_PQ_VECTOR) {
		(void)vg_pq_refuse(p,
				   "unary expression only allowed on "
				   "scalar or instant vector, got %s",
				   vg_pq_type_name(arg->type));
		return NULL;
	}
	if (n->wants_bool)
		return arg;
	n->left = arg;
	n->type = arg->type;
	return n;
}

static int binding(enum vg_pq_op op)
{
	if (op >= VG_PQ_EQL)
		return COMPARE;
	if (op == VG_PQ_POW)
		return POWER;
	return op <= VG_PQ_SUB ? SUM : PRODUCT;
}

static bool check_binary(struct vg_pq_parser *p, const struct vg_pq_node *n)
{
	const struct vg_pq_node *side[2] = {n->left, n->right};

	for (int i = 0; i < 2; i++)
		if (side[i]->type != VG_PQ_SCALAR &&
		    side[i]->type != VG_PQ_VECTOR)
			return vg_pq_refuse(p, "binary expression must "
					       "contain only scalar and "
					       "instant vector types");
	if (n->op >= VG_PQ_EQL && n->type == VG_PQ_SCALAR && !n->wants_bool)
		return vg_pq_refuse(p, "comparisons between scalars must use "
				       "BOOL modifier");
	return true;
}

/* What may stand behind an operator in Prometheus and not here. */
static bool check_modifiers(struct vg_pq_parser *p)
{
	static const char *const others[] = {"on", "ignoring", "group_left",
					     "group_right"};

	for (int i = 0; i < 4; i++)
		if (vg_pq_is(p, others[i]))
			return vg_pq_refuse(p,
					    "%s is not supported: vectors "
					    "match on identical labels",
					    others[i]);
	return true;
}

static struct vg_pq_node *binary(struct vg_pq_parser *p,
				 struct vg_pq_node *left, enum vg_pq_op op)
{
	struct vg_pq_node *n = vg_pq_node(p, VG_PQ_BINARY);
	int binds = binding(op);

	if (n == NULL || !vg_pq_step(p))
		return NULL;
	n->op = op;
	n->left = left;
	n->at = left->at;
	if (vg_pq_is(p, "bool")) {
		if (op < VG_PQ_EQL) {
			(void)vg_pq_refuse(p, "bool modifier can only be used "
					      "on comparison operators");
			return NULL;
		}
		n->wants_bool = true;
		if (!vg_pq_step(p))
			return NULL;
	}
	if (!check_modifiers(p))
		return NULL;
	n->right = expression(p, op == VG_PQ_POW ? binds : binds + 1);
	if (n->right == NULL)
		return NULL;
	n->type = left->type == VG_PQ_SCALAR && n->right->type == VG_PQ_SCALAR
			  ? VG_PQ_SCALAR
			  : VG_PQ_VECTOR;
	return check_binary(p, n) ? n : NULL;
}

static struct vg_pq_node *operators(struct vg_pq_parser *p, int least)
{
	static const char *const sets[] = {"and", "or", "unless", "atan2"};
	struct vg_pq_node *left = unary(p);

	while (left != NULL) {
		enum vg_pq_op op = VG_PQ_OPS;

		for (int i = 0; i < 4; i++)
			if (vg_pq_is(p, sets[i])) {
				(void)vg_pq_refuse(p, "%s is not supported",
						   sets[i]);
				return NULL;
			}
		if (p->now.kind == VG_PQ_SIGN)
			op = vg_pq_op_of(p->now.text);
		if (op == VG_PQ_OPS || binding(op) < least)
			return left;
		left = binary(p, left, op);
	}
	return NULL;
}

static struct vg_pq_node *expression(struct vg_pq_parser *p, int least)
{
	struct vg_pq_node *n = NULL;

	if (++p->depth > VG_PQ_DEPTH_MAX)
		(void)vg_pq_refuse(p, "nested more than %d deep",
				   VG_PQ_DEPTH_MAX);
	else
		n = operators(p, least);
	p->depth--;
	return n;
}

enum vg_rc vg_pq_parse(struct vg_pq_tree *out, struct vg_slice text,
		       struct vg_err *err)
{
	struct vg_pq_parser p = {.tree = out, .err = err};

	*out = (struct vg_pq_tree){.root = NULL};
	if (text.n > VG_PQ_TEXT_MAX)
		return vg_err_set(err, VG_INVAL,
				  "parse error: longer than %d bytes",
				  VG_PQ_TEXT_MAX);
	p.lexer = (struct vg_pq_lexer){.text = text, .arena = &out->arena};
	if (!vg_pq_step(&p))
		return p.rc;
	if (p.now.kind == VG_PQ_END)
		return vg_err_set(err, VG_INVAL,
				  "unknown position: parse error: no "
				  "expression found in input");
	out->root = expression(&p, SETS);
	if (out->root != NULL && p.now.kind != VG_PQ_END)
		(void)vg_pq_unexpected(&p, "expression, expected an operator "
					   "or the end");
	assert(out->root != NULL || p.rc != VG_OK);
	return p.rc;
}

enum vg_rc vg_pq_parse_selector(struct vg_pq_tree *out, struct vg_slice text,
				struct vg_err *err)
{
	enum vg_rc rc = vg_pq_parse(out, text, err);

	if (rc != VG_OK)
		return rc;
	if (out->root->kind != VG_PQ_SELECT ||
	    out->root->type != VG_PQ_VECTOR || out->root->offset_ms != 0 ||
	    out->root->at_kind != VG_PQ_AT_NONE)
		return vg_pq_fault(err, text, 0,
				   "expected a vector selector alone");
	return VG_OK;
}

void vg_pq_tree_term(struct vg_pq_tree *t)
{
	for (size_t i = 0; i < t->n_re; i++)
		vg_regex_free(t->re[i]);
	free(t->re);
	vg_arena_term(&t->arena);
	*t = (struct vg_pq_tree){.root = NULL};
}
