/*
 * take - what of an event a leaf of a rule counts: the step from events to
 * samples, as data.
 *
 * An event counts when `match` passes and every field of `value` and `need` is
 * there; with parts, also when one of them passes, unless all do (`whole`).
 *
 * Owner:   names and predicates are the rule set's. Threads: immutable, any.
 */
#ifndef VG_ALERT_TAKE_H
#define VG_ALERT_TAKE_H

#include "aggregate/plan.h"
#include "alert/kind.h"

enum vg_take_what {
	VG_TAKE_NOTHING, /* that it happened */
	VG_TAKE_VALUE,	 /* the tuple of `value`, each of its values */
	VG_TAKE_NUMBER,	 /* the number of value[0] */
	VG_TAKE_MASK,	 /* which parts pass */
	VG_TAKE_WEIGHT,	 /* what its partner weighs */
	VG_TAKE_ALERTS	 /* nothing of events: starts of others' alerts */
};

struct vg_weight {
	struct vg_slice partner;
	double weight; /* of partners that are not named it is 1 */
};

struct vg_take {
	enum vg_take_what what;
	const struct vg_match *match;		    /* NULL: every event */
	const struct vg_match *part[VG_STAGES_MAX]; /* NULL: every event */
	unsigned n_part;
	const struct vg_match *breaker; /* of `until`, when has_breaker */
	bool has_breaker;
	bool whole; /* counted though no part passes */
	struct vg_field_ref value[VG_TRACK_GROUP_MAX];
	unsigned n_value;
	struct vg_field_ref need[VG_LEAVES_MAX];
	unsigned n_need;
	const struct vg_weight *weight;
	unsigned n_weight;
};

#endif
