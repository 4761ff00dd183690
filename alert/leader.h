/*
 * leader - the evaluator's dealings with Redis: lease, loading, writing.
 *
 * Whatever goes wrong on the way (no answer, a refusal, a Redis that fell
 * back), the leader forgets the alerts it knew, loads them again and looks at
 * every group again: what is stored decides, memory never does.
 *
 * Threads: one at a time, with the evaluator.
 */
#ifndef VG_ALERT_LEADER_H
#define VG_ALERT_LEADER_H

#include "alert/state.h"

/* Take or renew the lease when it is time. */
enum vg_rc vg_leader_keep(struct vg_evaluator *e, struct vg_store *store,
			  struct vg_err *err) VG_MUST_CHECK;

/* Load the stored alerts, if that is still to do. */
enum vg_rc vg_leader_load(struct vg_evaluator *e, struct vg_store *store,
			  struct vg_err *err) VG_MUST_CHECK;

/* Room for one more alert to be written, its texts empty; it is one when
 * e->n_put is raised. NULL when memory is out. */
struct vg_put *vg_leader_room(struct vg_evaluator *e);

/* Let an alert wait to be written, with an entry for its history unless
 * `change` is NULL; VG_FATAL when memory is out. */
enum vg_rc vg_leader_queue(struct vg_evaluator *e, const struct vg_group *g,
			   const struct vg_slot *slot, const struct vg_alert *a,
			   const char *change,
			   struct vg_err *err) VG_MUST_CHECK;

/* Write what waits. When it is refused, e->loaded is false afterwards. */
enum vg_rc vg_leader_flush(struct vg_evaluator *e, struct vg_store *store,
			   struct vg_err *err) VG_MUST_CHECK;

/* Forget all alerts in memory and what waits to be written. */
void vg_leader_forget(struct vg_evaluator *e);

/* Remove a few of the alerts that are older than they are kept. */
enum vg_rc vg_leader_expire(struct vg_evaluator *e, struct vg_store *store,
			    struct vg_err *err) VG_MUST_CHECK;

#endif
