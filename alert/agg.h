/*
 * agg - one aggregate over a group's sliding windows. Private to alert.
 *
 * The driver tells an aggregate what crosses its edges, in the order of time:
 * each sample crosses edge 0 when it happens, edge l a lag later; then it asks
 * for the value. An aggregate never looks at a clock or at other samples.
 *
 * Owner: the driver, from new to free. Threads: one at a time.
 */
#ifndef VG_ALERT_AGG_H
#define VG_ALERT_AGG_H

#include "alert/kind.h"

enum { VG_LAGS_MAX = 2 * (VG_WEEKS_MAX + 1) };

struct vg_agg;

struct vg_agg_ops {
	/* Sample `s` crosses edge `lag`. False when memory is out. */
	bool (*cross)(struct vg_agg *a, const struct vg_sample *s,
		      unsigned lag);
	/* All that happens at `at_ms` has crossed; NULL: nothing to do. False
	 * when memory is out. */
	bool (*settle)(struct vg_agg *a, int64_t at_ms);
	/* The value at `at_ms`; false when there is none, or when what the
	 * kind asks beside the bounds does not hold. */
	bool (*read)(struct vg_agg *a, int64_t at_ms, double *value);
	void (*free)(struct vg_agg *a);
};

struct vg_agg {
	const struct vg_agg_ops *ops;
	const struct vg_leaf *leaf;
	int64_t lag_ms[VG_LAGS_MAX]; /* lag 0 is 0 */
	unsigned n_lag;
	int64_t from_ms, to_ms; /* where the group is considered */
};

/* The aggregate of a leaf over `in`; NULL when memory is out. Each sets its
 * lags when they are not just (0, W), and its span when it is not from the
 * first sample to the last and the largest lag. */
struct vg_agg *vg_agg_new_count(const struct vg_leaf *leaf,
				const struct vg_samples *in);
struct vg_agg *vg_agg_new_ratio(const struct vg_leaf *leaf,
				const struct vg_samples *in);
struct vg_agg *vg_agg_new_distinct(const struct vg_leaf *leaf,
				   const struct vg_samples *in);
struct vg_agg *vg_agg_new_share(const struct vg_leaf *leaf,
				const struct vg_samples *in);
struct vg_agg *vg_agg_new_spike(const struct vg_leaf *leaf,
				const struct vg_samples *in);
struct vg_agg *vg_agg_new_baseline(const struct vg_leaf *leaf,
				   const struct vg_samples *in);
struct vg_agg *vg_agg_new_sum(const struct vg_leaf *leaf,
			      const struct vg_samples *in);
struct vg_agg *vg_agg_new_percentile(const struct vg_leaf *leaf,
				     const struct vg_samples *in);
struct vg_agg *vg_agg_new_temporal(const struct vg_leaf *leaf,
				   const struct vg_samples *in);
struct vg_agg *vg_agg_new_ordered(const struct vg_leaf *leaf,
				  const struct vg_samples *in);

#endif
