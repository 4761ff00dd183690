/*
 * rule_ops - one test of one field in a rule's `match`: a value, a list of
 * them, or operators as a table. Private to alert.
 *
 * Threads: pure. Errors: VG_INVAL with "file:line: what; remedy".
 */
#ifndef VG_ALERT_RULE_OPS_H
#define VG_ALERT_RULE_OPS_H

#include "alert/rule_read.h"

struct vg_match;

/* Add what `test`, a member of a map, asks of the field that is its key. */
enum vg_rc vg_rule_test(const struct vg_rule_input *in,
			const struct vg_yaml_node *test, struct vg_match *m,
			struct vg_err *err) VG_MUST_CHECK;

/* `rc` again; a VG_INVAL of a module that knows no files gets its place. */
enum vg_rc vg_rule_placed(const struct vg_rule_input *in,
			  const struct vg_yaml_node *n, enum vg_rc rc,
			  const struct vg_err *why,
			  struct vg_err *err) VG_MUST_CHECK;

#endif
