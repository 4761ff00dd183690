/*
 * event_role - what single events are called, read from the log for those who
 * may know it (api/evidence_events.h).
 *
 * Reading is bounded in time and one at a time: who asks meanwhile is told that
 * the log is away. An event is named only when the record at its place is one
 * whose audience has everybody that the cell's has, and of its time: what a
 * recreated topic holds there is not named.
 *
 * Owner:   who made it. Threads: vg_event_role_read() from any.
 * Time:    waits a bounded time for the brokers, by the monotonic clock.
 */
#ifndef VG_CMD_EVENT_ROLE_H
#define VG_CMD_EVENT_ROLE_H

#include "api/api.h"
#include "cmd/world.h"
#include "core/log.h"

struct vg_event_role;

/* Nothing is connected before it is used. Freed with _free(), NULL allowed. */
enum vg_rc vg_event_role_new(struct vg_event_role **out,
			     const struct vg_world *w, const struct vg_log *log,
			     struct vg_err *err) VG_MUST_CHECK;
void vg_event_role_free(struct vg_event_role *r);

/* Read the names of `n` events; `ctx` is the role. VG_RETRY when the brokers
 * are away, or somebody else is reading. */
enum vg_rc vg_event_role_read(void *ctx, const struct vg_event_ref *ref,
			      size_t n, struct vg_event_name *out,
			      struct vg_err *err) VG_MUST_CHECK;

#endif
