/*
 * watchdog - whether everything that an alert depends on still moves: what the
 * dead-man's switch goes by (notify/beat.h).
 *
 * It moves when the view is as new as Redis, and each partition is read: a
 * heartbeat says so, and where records are unread the offset or the watermark
 * has changed. What stands still for `stuck_ms` is stuck.
 *
 * Owner:   the caller. Threads: one at a time; it takes the view's read lock.
 * Time:    ms of the wall clock, an argument.
 */
#ifndef VG_NOTIFY_WATCHDOG_H
#define VG_NOTIFY_WATCHDOG_H

#include "aggregate/view.h"

struct vg_watchdog;

/* One that has seen nothing yet; NULL when memory is out. Freed with _free(),
 * NULL allowed. */
struct vg_watchdog *vg_watchdog_new(int64_t stuck_ms);
void vg_watchdog_free(struct vg_watchdog *w);

/* NULL when all moves at `now_ms`, else what does not; `where` is then
 * "topic:partition", or "". */
const char *vg_watchdog_look(struct vg_watchdog *w, struct vg_view *view,
			     int64_t now_ms, char where[280]);

#endif
