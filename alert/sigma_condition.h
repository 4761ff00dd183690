/*
 * sigma_condition - the condition of a Sigma detection as a tree. Private.
 *
 *   or     := and ("or" and)*
 *   and    := not ("and" not)*
 *   not    := "not" not | one
 *   one    := "(" or ")" | ("1" | "any" | "all") "of" ("them" | pattern) | name
 *
 * `them` is every selection whose name does not begin with _; so is a pattern
 * with *, unless it begins with _ itself. Words are small or capital.
 *
 * Threads: pure. Errors: VG_INVAL with "file:line: what; remedy".
 */
#ifndef VG_ALERT_SIGMA_CONDITION_H
#define VG_ALERT_SIGMA_CONDITION_H

#include "core/arena.h"
#include "core/yaml.h"

enum {
	VG_SIGMA_NEST_MAX = 32,	       /* brackets and nots in each other */
	VG_SIGMA_CONDITION_MAX = 4096, /* bytes of a condition            */
	VG_SIGMA_NODES_MAX = 512       /* parts of one                    */
};

enum vg_sigma_node_type {
	VG_SIGMA_ALL,
	VG_SIGMA_ANY,
	VG_SIGMA_NOT, /* of its one child */
	VG_SIGMA_ONE  /* a selection      */
};

struct vg_sigma_node {
	enum vg_sigma_node_type type;
	struct vg_sigma_node *child, *next;
	const struct vg_yaml_node *selection;
};

/* Read the text of `condition`, whose names are members of map `detection`;
 * the tree is the arena's. */
enum vg_rc vg_sigma_condition(struct vg_sigma_node **out,
			      const struct vg_yaml *y,
			      const struct vg_yaml_node *condition,
			      const struct vg_yaml_node *detection,
			      struct vg_arena *arena,
			      struct vg_err *err) VG_MUST_CHECK;

#endif
