/*
 * rule_judge - what a rule that can be read hardly means: conditions that
 * never or always hold, and groups without number. Private to alert.
 */
#ifndef VG_ALERT_RULE_JUDGE_H
#define VG_ALERT_RULE_JUDGE_H

#include "alert/rule_read.h"

/* Warn (alert/rule_warn.h) of the rule that has been read. */
void vg_rule_judge(const struct vg_rule_input *in);

/* Warn of what would have a group, or a value, for each address there is. */
void vg_rule_judge_cost(const struct vg_rule_input *in);

#endif
