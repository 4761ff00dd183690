/*
 * first - when groups began, for rules of new values that `learn`.
 *
 * What is new in a group is an alert of its own, so the value is part of the
 * rule's groups. When the group itself began is in spans of another family, of
 * a track of firsts (aggregate/plan.h): vg_visible_first_ms() reads them.
 *
 * Threads: as the evaluator.
 */
#ifndef VG_ALERT_FIRST_H
#define VG_ALERT_FIRST_H

#include "alert/rules.h"
#include "alert/state.h"

/* The group that has the firsts of group `g` of a rule that learns, or NULL. */
struct vg_group *vg_first_group(const struct vg_evaluator *e,
				const struct vg_rule *rule,
				const struct vg_group *g);

/* Have all groups looked at again whose first may have moved since the last
 * time: those of the groups that are dirty. */
void vg_first_spread(struct vg_evaluator *e);

#endif
