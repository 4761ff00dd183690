/*
 * action_member - the table of what an action may hold. Private to action.
 *
 * Threads: pure.
 */
#ifndef VG_ALERT_ACTION_MEMBER_H
#define VG_ALERT_ACTION_MEMBER_H

#include "alert/action.h"

struct cJSON;

/* What a member is part of: a request, a record. */
enum { VG_IN_BODY = 1, VG_IN_RECORD = 2 };

/* Sets of kinds. */
#define VG_ACT_BIT(kind) (1U << (kind))
#define VG_ACT_OF_ALERTS (VG_ACT_BIT(VG_ACT_SILENCE) - 1)
#define VG_ACT_OF_SILENCES                                                     \
	(VG_ACT_BIT(VG_ACT_SILENCE) | VG_ACT_BIT(VG_ACT_UNSILENCE))

#define VG_ACT_OF_OWN (VG_ACT_BIT(VG_ACT_KEEP) | VG_ACT_BIT(VG_ACT_DROP))
#define VG_ACT_OF_RELEASES                                                     \
	(VG_ACT_BIT(VG_ACT_AGREE) | VG_ACT_BIT(VG_ACT_CONFIRM) |               \
	 VG_ACT_BIT(VG_ACT_REFUSE))

#define VG_ACT_OF_ANY (VG_ACT_BIT(VG_ACT_KINDS) - 1)

struct vg_action_member {
	const char *name;
	unsigned where, kinds, needed; /* kinds that take it, or must have it */
	/* Take the value: what is wrong with it, or NULL. */
	const char *(*take)(struct vg_action *a, const struct cJSON *v);
};

/* Row number `i` of the table; NULL past the end. */
const struct vg_action_member *vg_action_member(size_t i);

/* The row of `name` for a kind, as part of one of `where`; NULL: it does not
 * belong there. */
const struct vg_action_member *vg_action_member_find(const char *name,
						     unsigned where,
						     enum vg_action_kind kind);

#endif
