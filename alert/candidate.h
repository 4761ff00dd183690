/*
 * candidate - an alert as it should read now, made of what its class sees and
 * of what is known of the past.
 *
 * Threads: one at a time, with the evaluator.
 */
#ifndef VG_ALERT_CANDIDATE_H
#define VG_ALERT_CANDIDATE_H

#include "alert/reconcile.h"

/* Fill the zeroed `out` from episode `e`: times, peak, rows, marking, tipping
 * event. VG_FATAL when memory is out; `out` may then be half filled. */
enum vg_rc vg_candidate_fill(struct vg_alert *out, const struct vg_reconcile *r,
			     const struct vg_alert *stored,
			     const struct vg_episode *e,
			     struct vg_err *err) VG_MUST_CHECK;

/* Fill holds_without: the partners in whose absence the rule would still have
 * held at some time of the episode. Costs a computation for each partner. */
enum vg_rc vg_candidate_without(struct vg_alert *out,
				const struct vg_reconcile *r,
				const struct vg_alert *stored,
				struct vg_err *err) VG_MUST_CHECK;

#endif
