/*
 * groups_private - the insides of a set of groups, for the files that make it
 * up.
 *
 * Owner, threads: as groups.
 */
#ifndef VG_ALERT_GROUPS_PRIVATE_H
#define VG_ALERT_GROUPS_PRIVATE_H

#include "alert/groups.h"

struct vg_groups {
	struct vg_group **slot; /* open addressing, NULL is empty */
	size_t n_slot, used, bytes;
	uint64_t seed;
	struct vg_values *values;
	struct vg_gspan *run; /* scratch of vg_group_set_steps() */
	size_t cap_run;
};

/* The `place` of a span. */
uint32_t vg_span_place(const struct vg_span_key *k);

/* Set the times of `s`, which starts at `sub_ms`; _change() marks what of them
 * is new, and says 1 when something is, else 0. */
void vg_span_put(struct vg_gspan *s, int64_t sub_ms,
		 const int64_t first_last[2]);
int vg_span_change(struct vg_gspan *s, const int64_t first_last[2]);

/* Where the span is or belongs; *is_there says which. */
uint32_t vg_group_seek(const struct vg_group *group, uint32_t place,
		       uint32_t value, int64_t sub_ms, bool *is_there);

/* Make room for `more` spans; false when memory is out. */
bool vg_group_room(struct vg_groups *g, struct vg_group *group, size_t more);

#endif
