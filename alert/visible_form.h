/*
 * visible_form - the episodes of a rule of any kind, as one class sees them.
 *
 * Threads: one at a time, with the evaluator.
 */
#ifndef VG_ALERT_VISIBLE_FORM_H
#define VG_ALERT_VISIBLE_FORM_H

#include "alert/visible.h"

/* The set of classes that the value of a track with classes says, bit i for
 * class i: decimal text, as aggregate/plan.h has it. */
uint64_t vg_visible_classes(struct vg_slice text);

struct vg_form_answer {
	struct vg_episode *episode; /* by start; freed by the caller */
	size_t n;
	int64_t again_ms; /* log time at which it may change without any
			   * event; INT64_MAX: never */
};

/* The episodes up to the log's clock, without those spans whose partner is
 * `but` (64: none). VG_FATAL when memory is out; *out is then empty. */
enum vg_rc vg_visible_form(const struct vg_visible *v, uint32_t but,
			   struct vg_form_answer *out,
			   struct vg_err *err) VG_MUST_CHECK;

#endif
