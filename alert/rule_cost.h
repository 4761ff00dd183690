/*
 * rule_cost - what a rule costs at most: how many groups, and how many numbers
 * a group is kept as.
 *
 * A number (a span, or a step) is 24 bytes of the evaluator and a field of a
 * hash in Redis; there is one for each audience and partition that has it.
 *
 * Threads: pure.
 */
#ifndef VG_ALERT_RULE_COST_H
#define VG_ALERT_RULE_COST_H

#include "alert/rules.h"

enum {
	VG_COST_CELL = 24,   /* bytes of a number, in the evaluator         */
	VG_COST_GROUP = 160, /* of a group beside them: its name, its place */
	VG_COST_STORED = 110 /* bytes of a number, in Redis: dev/bench rules */
};

struct vg_rule_cost {
	int64_t groups; /* 0: one for each value there is, without bound */
	struct vg_slice open; /* the field that has no bound */
	int64_t cells;	      /* of one group; 0: without bound, as above */
	struct vg_slice open_value;
	/* Of a rule that learns: groups whose first event time is kept for as
	 * long as the rule is there, a number each. */
	bool has_firsts;
	int64_t firsts; /* 0: one for each value there is, without bound */
	struct vg_slice open_first;
};

/* How many different values the field can have; 0: no bound. */
int64_t vg_rule_values_most(struct vg_slice field);

/* True when the rule groups by `field`. */
bool vg_rule_groups_by(const struct vg_rule *r, struct vg_slice field);

/* The bounds of `r`. */
struct vg_rule_cost vg_rule_cost_of(const struct vg_rule *r);

#endif
