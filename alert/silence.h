/*
 * silence - the built-in alert sensor-silent: who no longer speaks.
 *
 * A partner that is silent as a whole (aggregate/health.h) is one alert, which
 * all members see; else each of its sensors that is silent is one, for the
 * partner itself and the joint SOC. A sensor's alert is raised when its partner
 * has spoken since the sensor should have: when all are quiet, the partner is
 * what is silent. What is lagging, or judged on a stale view, raises nothing
 * and resolves nothing.
 *
 * It starts when the silence did and ends with the first record after it. An
 * alert that is open keeps its identity for as long as it is; like all alerts
 * they are the leader's, loaded with the lease and written under it.
 *
 * Owner:   the evaluator. Threads: one at a time, with it.
 */
#ifndef VG_ALERT_SILENCE_H
#define VG_ALERT_SILENCE_H

#include "alert/state.h"

struct vg_silence;

/* One that knows of no alert; NULL when memory is out. Freed with _free(), NULL
 * is allowed. */
struct vg_silence *vg_silence_new(const struct vg_part_env *env);
void vg_silence_free(struct vg_silence *s);

/* Forget the alerts, which will be loaded again. */
void vg_silence_forget(struct vg_silence *s);

/* Take a stored document of an open alert of this kind; others are left alone.
 * VG_FATAL when memory is out. */
enum vg_rc vg_silence_take(struct vg_silence *s, struct vg_slice doc,
			   struct vg_err *err) VG_MUST_CHECK;

/* Look who is silent, about once a second, and write what changed. The
 * evaluator leads and has loaded. */
enum vg_rc vg_silence_run(struct vg_evaluator *e, const struct vg_view *view,
			  struct vg_store *store,
			  struct vg_err *err) VG_MUST_CHECK;

#endif
