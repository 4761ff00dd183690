/*
 * kind - what a rule asks of the events of one group, as pure functions.
 *
 * A rule is one or several leaves (an aggregate over a sliding window and the
 * bounds it must keep) under a tree of all, any and not. Every aggregate is a
 * step function of time that changes only where an event enters or leaves a
 * window, so all is exact to the millisecond; nothing depends on the order of
 * arrival, nor on where the samples came from: a file or tracks.
 *
 * Threads: pure. Time: ms; the window at t is (t - W, t]; intervals are
 *          [start, end), INT64_MAX: without end.
 */
#ifndef VG_ALERT_KIND_H
#define VG_ALERT_KIND_H

#include "alert/sample.h"
#include "core/err.h"

#include <stdbool.h>

enum vg_kind {
	VG_KIND_DISTINCT,
	VG_KIND_EVENT_COUNT,
	VG_KIND_SUM,
	VG_KIND_AVG,
	VG_KIND_PERCENTILE,
	VG_KIND_TEMPORAL,
	VG_KIND_TEMPORAL_ORDERED,
	VG_KIND_SPIKE,
	VG_KIND_NEW_VALUE,
	VG_KIND_SILENCE,
	VG_KIND_RATIO,
	VG_KIND_BASELINE,
	VG_KIND_SHARE,
	VG_KIND_N
};

enum {
	VG_STAGES_MAX = 16,
	VG_STAGE_EVENTS_MAX = 256, /* events that all stages need together */
	VG_LEAVES_MAX = 8,
	VG_NODES_MAX = 24,
	VG_WEEKS_MAX = 12
};

/* gt gte lt lte eq neq, those whose bit (1 << enum vg_bound_op) is set. */
enum vg_bound_op {
	VG_BOUND_GT,
	VG_BOUND_GTE,
	VG_BOUND_LT,
	VG_BOUND_LTE,
	VG_BOUND_EQ,
	VG_BOUND_NEQ,
	VG_BOUND_N
};

struct vg_bounds {
	unsigned used;
	double bound[VG_BOUND_N];
};

enum { VG_UP = 1, VG_DOWN = 2 };

struct vg_stage {
	uint32_t count; /* events that it needs; 1 */
	bool absent;
};

struct vg_leaf {
	enum vg_kind kind;
	struct vg_bounds bounds; /* of the value; ratio: what is allowed */
	int64_t window_ms;
	int64_t reference_ms;	      /* spike */
	int64_t history_ms, learn_ms; /* new_value; baseline: learn */
	int64_t min_reference, min_current, min_denominator;
	int64_t min_per_value; /* distinct: events that a value needs; 1 */
	double percentile, height;
	unsigned direction; /* spike, baseline: VG_UP | VG_DOWN */
	unsigned weeks;	    /* baseline: how many of the past */
	bool by_value;	    /* spike, baseline: of different values */
	bool breaks;	    /* temporal_ordered: has `until` */
	unsigned n_stage;
	struct vg_stage stage[VG_STAGES_MAX];
};

/* all, any and not over leaves; node 0 is the root. */
enum vg_node_type { VG_NODE_LEAF, VG_NODE_ALL, VG_NODE_ANY, VG_NODE_NOT };

struct vg_node {
	enum vg_node_type type;
	unsigned leaf;	      /* of VG_NODE_LEAF */
	unsigned first, next; /* child, sibling; 0: none */
};

struct vg_form {
	struct vg_leaf leaf[VG_LEAVES_MAX];
	unsigned n_leaf;
	struct vg_node node[VG_NODES_MAX]; /* of n_node 0: leaf 0 alone */
	unsigned n_node;
};

/* Where the rule holds, or an episode. */
struct vg_stretch {
	int64_t start_ms, end_ms;
	double peak; /* largest value of leaf 0 where the rule holds */
	int64_t peak_at_ms;
	uint32_t value; /* new_value: which */
};

struct vg_stretches {
	struct vg_stretch *v;
	size_t n, cap;
};

/* True when `v` is within all of `b`. */
bool vg_bounds_hold(const struct vg_bounds *b, double v);

/* True when the rule has a peak to show. */
bool vg_kind_has_peak(enum vg_kind kind);

/* Append to *out the maximal stretches, by start, that begin at or before
 * `clock_ms` (INT64_MAX: all there are). `in`: the samples of each leaf. */
enum vg_rc vg_kind_stretches(struct vg_stretches *out,
			     const struct vg_form *form,
			     const struct vg_samples *in, int64_t clock_ms,
			     struct vg_err *err) VG_MUST_CHECK;

/* What a test is at an instant. */
struct vg_leaf_state {
	bool has; /* a value */
	double value;
	bool holds;
};

/* What each leaf is at `at_ms`, in `state`, and whether the rule holds. */
enum vg_rc vg_kind_at(const struct vg_form *form, const struct vg_samples *in,
		      int64_t at_ms, struct vg_leaf_state *state, bool *holds,
		      struct vg_err *err) VG_MUST_CHECK;

/* For new_value: an instant a new value. The group began at first_ms. */
struct vg_new_since {
	int64_t first_ms, clock_ms;
};
enum vg_rc vg_kind_new_values(struct vg_stretches *out,
			      const struct vg_leaf *leaf,
			      const struct vg_samples *in,
			      const struct vg_new_since *since,
			      struct vg_err *err) VG_MUST_CHECK;

#endif
