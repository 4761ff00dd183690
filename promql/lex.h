/*
 * lex - the tokens of a PromQL expression.
 *
 * Owner:   tokens borrow the text; a string's value is the arena's.
 * Threads: one at a time.
 */
#ifndef VG_PROMQL_LEX_H
#define VG_PROMQL_LEX_H

#include "core/arena.h"
#include "core/err.h"
#include "core/slice.h"

enum vg_pq_token_kind {
	VG_PQ_END,
	VG_PQ_NUM,
	VG_PQ_DURATION,
	VG_PQ_TEXT,
	VG_PQ_WORD, /* a name or a keyword */
	VG_PQ_SIGN  /* an operator or a bracket: tell by its text */
};

struct vg_pq_token {
	enum vg_pq_token_kind kind;
	struct vg_slice text; /* as it stands; of a string: its value */
	size_t at;	      /* where it starts, bytes               */
	double number;
	int64_t ms; /* of a duration */
};

struct vg_pq_lexer {
	struct vg_slice text;
	size_t at;
	struct vg_arena *arena;
};

/* The next token. VG_INVAL with "line:column: parse error: what". */
enum vg_rc vg_pq_next(struct vg_pq_lexer *l, struct vg_pq_token *out,
		      struct vg_err *err) VG_MUST_CHECK;

/* Fill `err` with the place of byte `at` and what is wrong there; VG_INVAL. */
enum vg_rc vg_pq_fault(struct vg_err *err, struct vg_slice text, size_t at,
		       const char *fmt, ...) VG_PRINTF(4, 5);

/* "5m", "1h30m", "1w": units descend, each once. False when it is none, or
 * longer than 100 years. */
bool vg_pq_duration(struct vg_slice s, int64_t *ms);

#endif
