/*
 * rule_state - whether a rule serves, for handlers that show rules.
 *
 * Threads: any, with the view's read lock.
 */
#ifndef VG_API_RULE_STATE_H
#define VG_API_RULE_STATE_H

#include "aggregate/view.h"
#include "alert/ruleset.h"

/* True when nothing is missing in what `r` of `set` reads; a chain names rules
 * above it alone. */
bool vg_rule_serves_locked(const struct vg_view *v,
			   const struct vg_ruleset *set,
			   const struct vg_rule *r);

#endif
