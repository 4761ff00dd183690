/*
 * parse - private to the parser: its state and its halves.
 *
 * Threads: one.
 */
#ifndef VG_PROMQL_PARSE_H
#define VG_PROMQL_PARSE_H

#include "promql/lex.h"
#include "promql/tree.h"

struct vg_pq_parser {
	struct vg_pq_tree *tree;
	struct vg_pq_lexer lexer;
	struct vg_pq_token now;
	unsigned depth;
	struct vg_err *err;
	enum vg_rc rc; /* of the first fault */
};

/* Note a fault at the token at hand; false. */
bool vg_pq_refuse(struct vg_pq_parser *p, const char *fmt, ...) VG_PRINTF(2, 3);

/* "unexpected X in CONTEXT"; false. */
bool vg_pq_unexpected(struct vg_pq_parser *p, const char *context);

/* Go on to the next token. */
bool vg_pq_step(struct vg_pq_parser *p);

/* True when the token at hand is that sign, or that word in any case. */
bool vg_pq_is(const struct vg_pq_parser *p, const char *text);

/* Step over it, or refuse. */
bool vg_pq_need(struct vg_pq_parser *p, const char *text, const char *context);

/* A new node at the token at hand, zeroed; NULL when memory is out. */
struct vg_pq_node *vg_pq_node(struct vg_pq_parser *p, enum vg_pq_kind kind);

/* A selector that starts at the token at hand: a name, braces, a range. */
struct vg_pq_node *vg_pq_selector(struct vg_pq_parser *p);

/* `offset` and `@` behind selector `n`. */
bool vg_pq_modifiers(struct vg_pq_parser *p, struct vg_pq_node *n);

/* by (...) or without (...) at the token at hand, if it is there. */
bool vg_pq_grouping(struct vg_pq_parser *p, struct vg_pq_node *n, bool *found);

/* The function, aggregation or operator of that name; the _FUNCS, _FOLDS, _OPS
 * of its enum when there is none. */
enum vg_pq_func vg_pq_func_of(struct vg_slice name);
enum vg_pq_fold vg_pq_fold_of(struct vg_slice name);
enum vg_pq_op vg_pq_op_of(struct vg_slice sign);

/* True for what Prometheus knows by that name and this has not. */
bool vg_pq_is_other_func(struct vg_slice name);
bool vg_pq_is_other_fold(struct vg_slice name);

#endif
