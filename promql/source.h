/*
 * source - where an evaluation gets its series from.
 *
 * A counter comes as the counts of equal buckets of time, a gauge as its values
 * at given instants. Which labels a counter has is the asker's choice: an
 * aggregate is kept for some sets of labels, and one of these is asked for.
 *
 * Owner:   the source lends its table for as long as it lives; what read()
 *          gives lies in the arena handed to it.
 */
#ifndef VG_PROMQL_SOURCE_H
#define VG_PROMQL_SOURCE_H

#include "core/err.h"
#include "promql/tree.h"
#include "promql/value.h"

struct vg_pq_metric {
	const char *name, *help;
	bool is_counter;
	const char *labels; /* "a b c": those it can have */
};

struct vg_pq_ask {
	const struct vg_pq_metric *metric;
	const struct vg_pq_matcher *matcher; /* __name__'s among them */
	unsigned n_matchers;
	struct vg_slice label[VG_PQ_MATCHERS_MAX + VG_PQ_LABELS_MAX];
	unsigned n_labels; /* of a counter: the labels to split by */
	/* Of a counter: buckets that start in [from, to); every instant that
	 * will be looked at is a multiple of grid (0: of nothing). */
	int64_t from_ms, to_ms, grid_ms, range_ms;
	struct vg_pq_times times; /* of a gauge */
};

struct vg_pq_block {
	int64_t first_ms, width_ms; /* of a counter's buckets */
	size_t n;		    /* buckets, or instants   */
	struct vg_pq_set set;	    /* __name__ is not among the labels */
	uint32_t done; /* bit: the matcher with that number is fulfilled */
};

struct vg_pq_source {
	void *ctx;
	const struct vg_pq_metric *metric;
	size_t n_metrics;
	/* VG_INVAL: no such labels; VG_DROP: it costs too much; VG_RETRY: the
	 * store is away. */
	enum vg_rc (*read)(void *ctx, const struct vg_pq_ask *ask,
			   struct vg_arena *arena, struct vg_pq_block *out,
			   struct vg_err *err);
};

#endif
