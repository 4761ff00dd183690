/*
 * rule_list - lists of values and networks in files that rules name: what is
 * known to be benign, or what to watch for. Private to alert.
 *
 * One entry a line; lines that are empty or start with # are none. A path is
 * relative to the rule file. A list is read when rules are, once for all rules
 * that name it; what it holds is part of their tracks, so that a changed list
 * is a changed rule.
 *
 * Threads: one, while rules are loaded.
 */
#ifndef VG_ALERT_RULE_LIST_H
#define VG_ALERT_RULE_LIST_H

#include "aggregate/value_list.h"
#include "alert/rule_read.h"

enum {
	VG_RULE_LISTS_MAX = 256,	 /* different lists of one set */
	VG_RULE_LIST_FILE_MAX = 16 << 20 /* bytes of a list file      */
};

/* The lists read so far; a zeroed one is empty. */
struct vg_rule_lists {
	struct {
		char *name; /* path, and the field when its names resolve */
		struct vg_value_list *list;
	} row[VG_RULE_LISTS_MAX];
	size_t n;
};

/* Release them all. */
void vg_rule_lists_term(struct vg_rule_lists *lists);

/* The list in the file that node `n` names, for `field`; it is held by
 * in->lists. */
enum vg_rc vg_rule_list(const struct vg_rule_input *in,
			const struct vg_yaml_node *n, struct vg_slice field,
			struct vg_value_list **out,
			struct vg_err *err) VG_MUST_CHECK;

#endif
