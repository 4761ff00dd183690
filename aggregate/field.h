/*
 * field - reading an event by field name, for rules.
 *
 * Canonical names: country source_country partner sensor sensor_kind actor
 * category technique severity confidence sector origin indicator count tlp.
 * Any other name is looked up under `fields`, and so is `fields.NAME`, which
 * reaches a member that has a canonical name. `origin` is origin.partner or
 * origin.feed, else the topic's partner. `indicator` reads as "type:value".
 * Lists (actor, technique, indicator) have one value for each member. An
 * absent or empty value is missing.
 *
 * Threads: pure.
 */
#ifndef VG_AGGREGATE_FIELD_H
#define VG_AGGREGATE_FIELD_H

#include "aggregate/event.h"

enum { VG_FIELD_VALUES_MAX = 32, VG_FIELD_SCRATCH = 70000 };

struct vg_field_alias; /* aggregate/alias.h */

struct vg_field_ref {
	int canonical;	      /* index of a canonical name, or -1 */
	struct vg_slice name; /* the name, owned by the rule      */
	const struct vg_field_alias *alias; /* else NULL: what it stands for */
};

struct vg_field_values {
	struct vg_slice v[VG_FIELD_VALUES_MAX];
	unsigned n;
	char *scratch;	 /* VG_FIELD_SCRATCH bytes lent by the caller */
	size_t used;	 /* of scratch                                */
	bool is_limited; /* said by vg_match_test() alone           */
};

/* Resolve a name once; the result borrows from it. `fields.user` is `user`. */
struct vg_field_ref vg_field_ref(struct vg_slice name);

/* The canonical name that `name` is one letter away from; NULL when there is
 * none, or when it is a canonical name itself. */
const char *vg_field_nearest(struct vg_slice name);

/* All values of `f` in `e`, in place of what `out` held; `partner` is the
 * topic's partner id. Numbers read in their shortest decimal form. Values
 * borrow from the event and from the scratch: until the next read into it. */
void vg_field_read(const struct vg_field_ref *f, const struct vg_event *e,
		   struct vg_slice partner, struct vg_field_values *out);

/* As vg_field_read(), behind the values that `out` holds. */
void vg_field_read_more(const struct vg_field_ref *f, const struct vg_event *e,
			struct vg_slice partner, struct vg_field_values *out);

/* How many fields an event may be asked for, one after the other, to see all
 * its values: the canonical ones, then its own; and the i-th of them. */
unsigned vg_field_count(const struct vg_event *e);
struct vg_field_ref vg_field_nth(const struct vg_event *e, unsigned i);

/* The numeric value of `f`; false when it has none. */
bool vg_field_number(const struct vg_field_ref *f, const struct vg_event *e,
		     double *out);

#endif
