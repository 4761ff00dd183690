/*
 * reconcile - a class's episodes against its stored alerts (design:
 * "Identity").
 *
 * Spans of the far past are swept, so computed episodes may be cut off at the
 * left. From `exact_ms` on, what the spans say is all there is; before it a
 * stored alert is a fact, which can be joined and raised but never withdrawn
 * or shortened. An episode is what computed stretches and facts give when
 * joined as always.
 *
 * Threads: one at a time, with the evaluator.
 */
#ifndef VG_ALERT_RECONCILE_H
#define VG_ALERT_RECONCILE_H

#include "alert/model.h"
#include "alert/visible.h"

struct vg_reconcile {
	struct vg_evaluator *e;
	struct vg_group *group;
	struct vg_visible *seen;
	uint32_t rule_index, class_index;
	int64_t exact_ms;
	bool settle; /* write every difference, also of the end alone */
	/* Write one alert. `change` NULL: no entry in its history. */
	enum vg_rc (*write)(struct vg_evaluator *e, const struct vg_group *g,
			    const struct vg_slot *slot,
			    const struct vg_alert *a, const char *change,
			    struct vg_err *err);
};

/* Bring the alerts of (rule, group, class) in line. What is put off is noted
 * in the group's active part. */
enum vg_rc vg_reconcile(struct vg_reconcile *r,
			struct vg_err *err) VG_MUST_CHECK;

#endif
