/*
 * eval - an expression at each of some instants.
 *
 * Owner:   the result lies in the arena handed in.
 * Threads: one evaluation on one thread; the tree may be shared.
 * Time:    instants are arguments; now_ms only bounds what is ahead of it.
 */
#ifndef VG_PROMQL_EVAL_H
#define VG_PROMQL_EVAL_H

#include "promql/source.h"

enum {
	VG_PQ_SAMPLES_MAX = 4000000, /* held or walked by one evaluation */
	VG_PQ_AHEAD_MS = 300000 /* a value is shown as long after its time */
};

struct vg_pq_eval {
	const struct vg_pq_source *source;
	struct vg_arena *arena;
	struct vg_pq_times times; /* the instants */
	int64_t now_ms;
};

struct vg_pq_result {
	enum vg_pq_type type;
	double *scalar;	      /* one for each instant            */
	struct vg_slice text; /* of a string                     */
	struct vg_pq_set set; /* by labels; topk at one instant: by value */
	/* Of a range vector, which is asked for at one instant only. */
	struct vg_pq_times samples;
};

/* Compute. VG_INVAL: the question is wrong (no such labels, a range vector
 * over several instants); VG_DROP: it is right and has no answer (too many
 * samples, labels that are not unique); VG_RETRY: the store is away. */
enum vg_rc vg_pq_run(const struct vg_pq_eval *e, const struct vg_pq_tree *tree,
		     struct vg_pq_result *out,
		     struct vg_err *err) VG_MUST_CHECK;

#endif
