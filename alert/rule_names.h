/*
 * rule_names - what a rule's author calls things, as events have them: an
 * actor by any of its names, a country in any spelling, a label with or
 * without "TLP:". Private to alert.
 *
 * A name that no event can have is legal (a feed may say it tomorrow) and
 * warned of; so is an actor's name that belongs to several.
 */
#ifndef VG_ALERT_RULE_NAMES_H
#define VG_ALERT_RULE_NAMES_H

#include "alert/rule_read.h"

/* `value` of canonical field `field` as events have it, as it stands for any
 * other field. The result borrows from `value`, the lexicon or constants. */
struct vg_slice vg_rule_name(const struct vg_rule_input *in,
			     const struct vg_yaml_node *n,
			     struct vg_slice field, struct vg_slice value);

/* True when values of `field` may be called by several names. */
bool vg_rule_has_names(struct vg_slice field);

#endif
