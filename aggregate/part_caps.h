/*
 * part_caps - which values of one bucket stay, when an audience has too many
 * (aggregate/cap.h says which).
 *
 * Counting is all it costs until a set meets its limit; only then is the set
 * walked once, to know its largest hash and what of it is exempt. A set that
 * has let a value go never takes one beyond its largest again, even when the
 * limit is raised later: that value's earlier part is in the rest already.
 *
 * Tracks use the same choice, without a rest.
 *
 * Owner:   the live bucket. Threads: one at a time.
 */
#ifndef VG_AGGREGATE_PART_CAPS_H
#define VG_AGGREGATE_PART_CAPS_H

#include "aggregate/cap.h"
#include "aggregate/cells.h"

struct vg_caps;

enum vg_caps_say {
	VG_CAPS_KEEP,
	VG_CAPS_REFUSE, /* beyond the largest that stays */
	VG_CAPS_MEMORY
};

struct vg_caps_opts {
	const uint8_t *key; /* VG_HASH_KEY bytes, borrowed */
	unsigned agg;
	unsigned n_group;		  /* steps: fields of a group */
	size_t max;			  /* values an audience, at least 1 */
	const struct vg_lexicon *lexicon; /* borrowed, NULL: none is exempt */
};

/* Sets without values; NULL when memory is out. */
struct vg_caps *vg_caps_new(const struct vg_caps_opts *opts);
void vg_caps_free(struct vg_caps *c);

/* Note a field found in Redis. False when memory is out. */
bool vg_caps_load(struct vg_caps *c, uint16_t audience, struct vg_slice field);

/* May `field`, which is not in `t` yet, be added? KEEP has counted it. */
enum vg_caps_say vg_caps_admit(struct vg_caps *c, const struct vg_table *t,
			       uint16_t audience, struct vg_slice field);

/* The next field of `audience` to let go, until the set is within its limit;
 * false when it is. Valid until the next call. */
bool vg_caps_over(struct vg_caps *c, uint16_t audience, struct vg_slice *field);

#endif
