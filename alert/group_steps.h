/*
 * group_steps - the steps of a slice, as one run of a group's spans.
 *
 * Owner, threads: as groups.
 */
#ifndef VG_ALERT_GROUP_STEPS_H
#define VG_ALERT_GROUP_STEPS_H

#include "aggregate/steps.h"
#include "alert/groups.h"

/* What became of a group: 0 nothing, or a sum of these. */
enum { VG_GROUP_CHANGED = 1, VG_GROUP_LOST = 2 };

/* Set the steps of `key` to these `n`, in order and each once, whose times are
 * ms from key.sub_ms: what else was there goes. -1 when memory is out. */
int vg_group_set_steps(struct vg_groups *g, struct vg_group *group,
		       struct vg_span_key key, struct vg_slice value,
		       const struct vg_step *step, size_t n);

#endif
