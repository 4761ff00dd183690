/*
 * rules_private - a set of rules, from inside. Private to alert/rules*.
 */
#ifndef VG_ALERT_RULES_PRIVATE_H
#define VG_ALERT_RULES_PRIVATE_H

#include "alert/rule_read.h"
#include "core/buf.h"

struct vg_rules {
	struct vg_arena arena; /* names that rules point to */
	const struct vg_lexicon *lexicon;
	struct vg_buf warnings;
	struct vg_match **match; /* predicates that no plan owns */
	size_t n_match, cap_match;
	struct vg_rule_lists *lists; /* while files are read */
	struct vg_rule **rule;
	size_t n, cap;
	size_t n_shared; /* those before partners' own */
	struct vg_value_list **list;
	size_t n_list;
	struct fault {
		size_t doc;
		char *why;
	} * fault;
	size_t n_fault;
};

#endif
