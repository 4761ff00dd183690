/*
 * rule_files - the rule files of a configuration as they were read: those that
 * all share, and each partner's own. Sets are made of them again when a
 * partner's own rules change, without a look at the disk, where an operator
 * may be half way through a change.
 *
 * Owner:   counted: freed by the last who lets go.
 * Threads: any; the lists that files name are read by the first set made of
 *          them, and found by all others.
 */
#ifndef VG_ALERT_RULE_FILES_H
#define VG_ALERT_RULE_FILES_H

#include "core/config.h"

struct vg_rule_files;
struct vg_rule_lists;

struct vg_rule_file {
	char *name, *text;
	size_t len;
	unsigned own_of; /* 0: shared; else 1 + slot of its partner */
};

/* Read the files that `c` names, held once. VG_INVAL with the place. */
enum vg_rc vg_rule_files_read(struct vg_rule_files **out,
			      const struct vg_config *c,
			      struct vg_err *err) VG_MUST_CHECK;

/* The same of shared files by name alone. */
enum vg_rc vg_rule_files_named(struct vg_rule_files **out, char *const *name,
			       size_t n, struct vg_err *err) VG_MUST_CHECK;

/* Hold them once more; let go (NULL is allowed). */
struct vg_rule_files *vg_rule_files_hold(struct vg_rule_files *f);
void vg_rule_files_drop(struct vg_rule_files *f);

/* File number `i`; NULL past the end. */
const struct vg_rule_file *vg_rule_file(const struct vg_rule_files *f,
					size_t i);

/* The lists that they name. */
struct vg_rule_lists *vg_rule_files_lists(struct vg_rule_files *f);

#endif
