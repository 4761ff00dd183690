/*
 * desk_own - what partners keep of their own, at the desk. Private to alert.
 *
 * A field of vg:{vg}:own is "<viewer> <kind> <id>", its value the entry: who
 * and when, first and last, and the document.
 *
 * Threads: one at a time, with the store.
 */
#ifndef VG_ALERT_DESK_OWN_H
#define VG_ALERT_DESK_OWN_H

#include "alert/desk.h"

enum { VG_DESK_FIELD = VG_ACTION_TARGET + 48 };

/* What the script is to do: filled by vg_desk_plan_own(). */
struct vg_desk_plan {
	const char **what;
	char *field; /* VG_DESK_FIELD bytes */
	struct vg_buf *text;
};

/* Plan a VG_ACT_KEEP or VG_ACT_DROP. */
enum vg_rc vg_desk_plan_own(struct vg_store *s, const struct vg_action *a,
			    const struct vg_desk_plan *out,
			    struct vg_err *err) VG_MUST_CHECK;

#endif
