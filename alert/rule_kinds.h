/*
 * rule_kinds - what a rule can ask of its window, as a table. Private.
 *
 * A kind reads its own keys, fills the rule's conditions and adds the tracks
 * that they need to the plan. A new kind is a new row.
 */
#ifndef VG_ALERT_RULE_KINDS_H
#define VG_ALERT_RULE_KINDS_H

#include "alert/rule_read.h"

struct vg_rule_kind {
	const char *name; /* the value of `type` */
	/* Read `condition` and the kind's own keys. */
	enum vg_rc (*read)(struct vg_rule_input *in, struct vg_err *err);
};

/* The kind of the rule: by `type`, or the short form without one. */
enum vg_rc vg_rule_kind_of(const struct vg_rule_input *in,
			   const struct vg_rule_kind **out,
			   struct vg_err *err) VG_MUST_CHECK;

#endif
