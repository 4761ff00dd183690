/*
 * own_scope - one partner's own rules and watchlists while a set is made.
 * Private to alert.
 *
 * Nothing that is written here depends on another partner's, and nothing that
 * all share depends on any of it: what does not fit is refused to its owner.
 *
 * Threads: one, while rules are loaded.
 */
#ifndef VG_ALERT_OWN_SCOPE_H
#define VG_ALERT_OWN_SCOPE_H

#include "alert/own.h"
#include "alert/rule_files.h"
#include "alert/rule_read.h"

struct vg_own_list {
	char name[VG_OWN_ID_MAX + 1], field[VG_FIELD_NAME_MAX + 1];
	char title[257];
	int severity; /* of the alert that a hit is; 0: none */
	struct vg_value_list *list;
	size_t doc; /* which it is of the documents; SIZE_MAX: a file's */
};

struct vg_own_scope {
	const struct vg_partner *partner;
	char prefix[20]; /* of the ids of its rules: "ma." */
	struct vg_own_list list[VG_OWN_WATCHLISTS_MAX];
	size_t n_list, n_rule, n_track;
};

struct vg_own_input {
	const struct vg_rule_input *in; /* what all rules are read with */
	const struct vg_config *cfg;
	const struct vg_rule_files *files;
	const struct vg_own_docs *docs; /* NULL: none */
};

/* Add what partners have of their own to o->in->set. VG_INVAL when a file is
 * bad; a document that is bad is noted and left out. */
enum vg_rc vg_own_add(const struct vg_own_input *o,
		      struct vg_err *err) VG_MUST_CHECK;

/* Read the map `node`, a watchlist, into the scope in->own points at; `doc` as
 * above. */
enum vg_rc vg_own_read_list(const struct vg_rule_input *in,
			    struct vg_own_scope *to, size_t doc,
			    struct vg_err *err) VG_MUST_CHECK;

/* The partner's watchlist that node `n` of a rule names; the scope's. */
enum vg_rc vg_own_watchlist(const struct vg_rule_input *in,
			    const struct vg_yaml_node *n,
			    struct vg_value_list **out,
			    struct vg_err *err) VG_MUST_CHECK;

#endif
