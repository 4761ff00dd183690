/*
 * alias - one name for what several fields of an event hold.
 *
 * It has the values of each of its fields, in order, equal ones once; a field
 * may count only for events that pass a predicate (the alias of a Sigma
 * correlation: this field of what one rule finds, that of what another does).
 * A predicate without an answer is one that does not pass.
 *
 * Owner:   the rule set owns aliases, their names and predicates.
 * Threads: immutable, any.
 */
#ifndef VG_AGGREGATE_ALIAS_H
#define VG_AGGREGATE_ALIAS_H

#include "aggregate/field.h"

enum { VG_ALIAS_MAX = 16 }; /* fields of one alias */

struct vg_buf;
struct vg_match;

struct vg_field_alias {
	struct {
		const struct vg_match *when; /* NULL: every event    */
		struct vg_field_ref field;   /* itself without alias */
	} of[VG_ALIAS_MAX];
	unsigned n;
};

/* The values of the alias, behind those that `out` holds. */
void vg_alias_read(const struct vg_field_alias *a, const struct vg_event *e,
		   struct vg_slice partner, struct vg_field_values *out);

/* The first number among its fields; false when there is none. Predicates are
 * not asked for numbers: the event has passed them, or is not counted. */
bool vg_alias_number(const struct vg_field_alias *a, const struct vg_event *e,
		     double *out);

/* A canonical text of what it stands for, for hashing. */
void vg_alias_print(const struct vg_field_alias *a, struct vg_buf *out);

#endif
