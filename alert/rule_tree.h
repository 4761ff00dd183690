/*
 * rule_tree - conditions made of several tests: all, any, not. Private.
 *
 * A map is all of its members. A member is an operator (`all` and `any` over a
 * list of maps, `not` over one), `events: {gte: 100}`, or a test of a field:
 * {distinct: k or bounds, min_per_value: n, independent: true}, {max_share: x}
 * or {sum|avg|percentile: bounds}. An event counts for a test when it has its
 * field; the first test is the one whose largest value is the peak.
 */
#ifndef VG_ALERT_RULE_TREE_H
#define VG_ALERT_RULE_TREE_H

#include "alert/rule_read.h"

/* True when `condition` asks more than {field: {distinct: k}} can say. */
bool vg_rule_is_tree(const struct vg_yaml_node *condition);

/* Read it into the rule's form and takes. */
enum vg_rc vg_rule_read_tree(struct vg_rule_input *in,
			     const struct vg_yaml_node *condition,
			     struct vg_err *err) VG_MUST_CHECK;

/* The rule's `weights`: {MA: 2, US: 0.5}; none when it has none. */
enum vg_rc vg_rule_weights(struct vg_rule_input *in,
			   const struct vg_weight **out, unsigned *n,
			   struct vg_err *err) VG_MUST_CHECK;

/* Count each event as its partner weighs; of no weights, as one. */
void vg_rule_take_weights(struct vg_take *take, const struct vg_weight *weight,
			  unsigned n);

#endif
