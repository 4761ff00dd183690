/*
 * rule_warn - what a rule file says that is legal and hardly meant: kept as
 * lines for those who load it. Private to alert.
 */
#ifndef VG_ALERT_RULE_WARN_H
#define VG_ALERT_RULE_WARN_H

#include "alert/rule_read.h"

enum { VG_RULE_WARNINGS_MAX = 100 }; /* lines; more are counted in the last */

/* Note "file:line: <formatted>" about node `n`. Memory that is out shows when
 * the set is complete. */
void vg_rule_warn(const struct vg_rule_input *in, const struct vg_yaml_node *n,
		  const char *fmt, ...) VG_PRINTF(3, 4);

#endif
