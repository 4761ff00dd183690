/*
 * sigma_item - one line of a Sigma selection: a field with its modifiers and
 * values, or keywords, as tests of a predicate. Private to alert.
 *
 * Threads: pure. Errors: VG_INVAL with "file:line: what; remedy".
 */
#ifndef VG_ALERT_SIGMA_ITEM_H
#define VG_ALERT_SIGMA_ITEM_H

#include "alert/rule_read.h"

/* Add what member `item` of a map asks: its key is `field|modifier...`, where
 * the field may be left out for keywords. All of it must pass. */
enum vg_rc vg_sigma_item(const struct vg_rule_input *in, struct vg_match *m,
			 const struct vg_yaml_node *item,
			 struct vg_err *err) VG_MUST_CHECK;

/* Add "one of these keywords is in the event": the scalars of `list`, or it. */
enum vg_rc vg_sigma_keywords(const struct vg_rule_input *in, struct vg_match *m,
			     const struct vg_yaml_node *list,
			     struct vg_err *err) VG_MUST_CHECK;

#endif
