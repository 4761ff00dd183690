/*
 * deadline - no connection outlives a deadline without finishing a request.
 *
 * The HTTP library's time-out is one of inactivity: a byte a second keeps a
 * connection for ever. Here each connection has the time of its last finished
 * request (or of its opening); one that is older than the deadline is shut
 * down, from a thread of this object, whether it is still sending its request
 * or slow to take its answer.
 *
 * Threads: any; the mutex guards the table. A connection leaves the table
 * before its descriptor is closed, and is shut down under the mutex, so a
 * reused descriptor is never hit.
 * Time:    the monotonic clock handed in.
 */
#ifndef VG_API_DEADLINE_H
#define VG_API_DEADLINE_H

#include "core/clock.h"
#include "core/err.h"
#include "core/metric.h"

#include <stddef.h>

struct vg_deadlines;
struct vg_deadline; /* one connection */

/* Make a table and start its thread; `metrics` counts what is shut down. */
enum vg_rc vg_deadlines_new(struct vg_deadlines **out, int64_t limit_ms,
			    struct vg_clock clock, struct vg_metrics *metrics,
			    struct vg_err *err) VG_MUST_CHECK;

/* Stop the thread and free; no connection is left. NULL is allowed. */
void vg_deadlines_free(struct vg_deadlines *d);

/* A connection opened on descriptor `fd`; NULL when memory is out. */
struct vg_deadline *vg_deadline_open(struct vg_deadlines *d, int fd);

/* It finished a request. */
void vg_deadline_touch(struct vg_deadlines *d, struct vg_deadline *c);

/* Its request goes on for as long as it likes: a stream, whose reader the HTTP
 * library cuts when it takes nothing. */
void vg_deadline_exempt(struct vg_deadlines *d, struct vg_deadline *c);

/* It is about to be closed; `c` is freed. NULL is allowed. */
void vg_deadline_close(struct vg_deadlines *d, struct vg_deadline *c);

/* Shut down what is past the deadline at `now_ms`; how many were. Called by the
 * thread, and by tests. */
size_t vg_deadlines_sweep(struct vg_deadlines *d, int64_t now_ms);

#endif
