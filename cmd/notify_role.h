/*
 * notify_role - the notifier with what it needs of the other folders.
 *
 * Owner: the caller. Threads: as notify/notifier.h.
 */
#ifndef VG_CMD_NOTIFY_ROLE_H
#define VG_CMD_NOTIFY_ROLE_H

#include "cmd/world.h"
#include "core/log.h"
#include "notify/notifier.h"

struct vg_notify_role;

/* Make it; NULL in *out when no receiver is configured. Freed with _free(),
 * NULL allowed. */
enum vg_rc vg_notify_role_new(struct vg_notify_role **out, struct vg_world *w,
			      struct vg_view *view, const struct vg_log *log,
			      const char *owner,
			      struct vg_err *err) VG_MUST_CHECK;
void vg_notify_role_free(struct vg_notify_role *r);

/* See vg_notifier_step(). */
enum vg_rc vg_notify_role_step(struct vg_notify_role *r, struct vg_store *store,
			       int64_t now_ms,
			       struct vg_err *err) VG_MUST_CHECK;

#endif
