/*
 * evaluate - one group, all rules and classes that can concern it.
 *
 * Threads: one at a time, with the evaluator.
 */
#ifndef VG_ALERT_EVALUATE_H
#define VG_ALERT_EVALUATE_H

#include "alert/state.h"

/* Bring the alerts of `g` in line with its spans and clear its marks; `settle`
 * also writes what was put off. VG_FATAL when memory is out. */
enum vg_rc vg_evaluate(struct vg_evaluator *e, struct vg_group *g, bool settle,
		       struct vg_err *err) VG_MUST_CHECK;

#endif
