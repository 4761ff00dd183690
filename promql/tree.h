/*
 * tree - a PromQL expression once parsed.
 *
 * Owner:   the tree owns its nodes (in `arena`) and its compiled patterns;
 *          names borrow the expression's text, which must outlive it.
 * Threads: immutable once parsed: any.
 */
#ifndef VG_PROMQL_TREE_H
#define VG_PROMQL_TREE_H

#include "core/arena.h"
#include "core/regex.h"

enum {
	VG_PQ_TEXT_MAX = 8192, /* bytes of an expression           */
	VG_PQ_DEPTH_MAX = 64,  /* nested brackets and operators    */
	VG_PQ_MATCHERS_MAX = 16,
	VG_PQ_LABELS_MAX = 16 /* of one by() or without()         */
};

enum vg_pq_type { VG_PQ_SCALAR, VG_PQ_STRING, VG_PQ_VECTOR, VG_PQ_MATRIX };

enum vg_pq_kind {
	VG_PQ_NUMBER,
	VG_PQ_LITERAL, /* a string */
	VG_PQ_SELECT,
	VG_PQ_CALL,
	VG_PQ_GROUP,
	VG_PQ_BINARY,
	VG_PQ_NEGATE
};

enum vg_pq_match { VG_PQ_EQ, VG_PQ_NE, VG_PQ_RE, VG_PQ_NRE };

struct vg_pq_matcher {
	struct vg_slice name, value;
	enum vg_pq_match op;
	struct vg_regex *re; /* of RE and NRE: ties both ends */
};

enum vg_pq_at { VG_PQ_AT_NONE, VG_PQ_AT_TIME, VG_PQ_AT_START, VG_PQ_AT_END };

enum vg_pq_func {
	VG_PQ_RATE,
	VG_PQ_INCREASE,
	VG_PQ_SUM_OVER_TIME,
	VG_PQ_MAX_OVER_TIME,
	VG_PQ_AVG_OVER_TIME,
	VG_PQ_FUNCS,
	VG_PQ_NO_FUNC = VG_PQ_FUNCS
};

enum vg_pq_fold {
	VG_PQ_SUM,
	VG_PQ_MIN,
	VG_PQ_MAX,
	VG_PQ_AVG,
	VG_PQ_COUNT,
	VG_PQ_TOPK,
	VG_PQ_BOTTOMK,
	VG_PQ_FOLDS
};

enum vg_pq_op {
	VG_PQ_ADD,
	VG_PQ_SUB,
	VG_PQ_MUL,
	VG_PQ_DIV,
	VG_PQ_MOD,
	VG_PQ_POW,
	VG_PQ_EQL, /* comparisons from here on */
	VG_PQ_NEQ,
	VG_PQ_GTR,
	VG_PQ_LSS,
	VG_PQ_GTE,
	VG_PQ_LTE,
	VG_PQ_OPS
};

struct vg_pq_node {
	enum vg_pq_kind kind;
	enum vg_pq_type type;
	size_t at; /* where it starts in the text */
	double number;
	struct vg_slice text; /* of a string */

	struct vg_pq_matcher *matcher; /* of a selector, name and all */
	unsigned n_matchers;
	int64_t range_ms, offset_ms; /* range 0: instant */
	enum vg_pq_at at_kind;
	int64_t at_ms;

	enum vg_pq_func func;
	enum vg_pq_fold fold;
	enum vg_pq_op op;
	bool wants_bool;
	bool without;
	struct vg_slice label[VG_PQ_LABELS_MAX];
	unsigned n_labels;
	const struct vg_pq_node *left, *right; /* right: a fold's parameter */
};

struct vg_pq_tree {
	struct vg_arena arena;
	struct vg_pq_node *root;
	struct vg_regex **re; /* malloc'ed */
	size_t n_re;
};

/* Parse `text`. VG_INVAL with "line:column: parse error: what", which names
 * what is not supported; VG_FATAL when memory is out. Freed with
 * vg_pq_tree_term() whatever was answered. */
enum vg_rc vg_pq_parse(struct vg_pq_tree *out, struct vg_slice text,
		       struct vg_err *err) VG_MUST_CHECK;

/* As above for text that must be a vector selector alone, as in match[]. */
enum vg_rc vg_pq_parse_selector(struct vg_pq_tree *out, struct vg_slice text,
				struct vg_err *err) VG_MUST_CHECK;

/* Free; zero bytes are a valid empty one. */
void vg_pq_tree_term(struct vg_pq_tree *t);

/* "scalar", "string", "instant vector", "range vector". */
const char *vg_pq_type_name(enum vg_pq_type t);

/* True when a label's value (empty: no such label) is what `m` wants; *limit
 * is set when a pattern's answer was not found within its steps. */
bool vg_pq_matches(const struct vg_pq_matcher *m, struct vg_slice value,
		   bool *limit);

#endif
