/*
 * sse - changes as they happen: Server-Sent Events without sockets.
 *
 * Each viewer has a ring of the alert events that it may see, numbered for it
 * alone, so that a number tells of nothing hidden (law 3). A stream is a place
 * in its viewer's ring: any number of them cost no copy. Beside that it may
 * have counters, of which it is told the newest; streams that ask the same
 * share them.
 *
 * A stream whose place has left the ring was too slow: it is told so, and ends.
 * One that comes back with the id of its last event goes on from there, or is
 * told of a gap. While nobody listens, and for VG_SSE_LINGER_MS nobody did,
 * nothing is looked at and what was kept is gone: that is a gap too.
 *
 * Owner:   the service. Threads: one steps; any number open, read and close.
 *          The mutex guards all; wake and sleep are called under it.
 * Time:    the wall clock handed in.
 */
#ifndef VG_API_SSE_H
#define VG_API_SSE_H

#include "aggregate/plan.h"
#include "api/service.h"

enum {
	VG_SSE_KEPT = 4096,	     /* alert events of one viewer         */
	VG_SSE_KEPT_BYTES = 4 << 20, /* the same, in bytes                 */
	VG_SSE_LINGER_MS = 600000,   /* kept for after the last one left   */
	VG_SSE_HEART_MS = 15000,     /* silence before a heartbeat         */
	VG_SSE_COUNT_MS = 1000,	     /* between two looks at counters      */
	VG_SSE_ID = 40		     /* bytes of an event's id and its NUL */
};

struct vg_sse_hub;
struct vg_sse;

/* Streams over `service`, at most `max` at once; freed with _free() (NULL is
 * allowed) when none is left. */
enum vg_rc vg_sse_hub_new(struct vg_sse_hub **out, struct vg_service *service,
			  size_t max, struct vg_err *err) VG_MUST_CHECK;
void vg_sse_hub_free(struct vg_sse_hub *s);

/* Look at what changed and wake who waits for it. */
void vg_sse_hub_step(struct vg_sse_hub *s, int64_t now_ms);

/* Let every stream end, saying `reason` (a constant), and open none until
 * vg_sse_hub_begin(). No reader sleeps from then on. */
void vg_sse_hub_end(struct vg_sse_hub *s, const char *reason);
void vg_sse_hub_begin(struct vg_sse_hub *s);

/* How many there are. */
size_t vg_sse_hub_count(struct vg_sse_hub *s);

struct vg_sse_ask {
	unsigned viewer;
	bool alerts;
	const char *counters;	   /* target of a series; NULL: none      */
	enum vg_res step;	   /* of it: its last two are told        */
	struct vg_slice last_id;   /* n == 0: from now on                 */
	const char *authorization; /* looked at again with each heartbeat */
	int64_t now_ms;
};

/* Open one; VG_RETRY when there are too many. */
enum vg_rc vg_sse_open(struct vg_sse_hub *s, struct vg_sse **out,
		       const struct vg_sse_ask *ask,
		       struct vg_err *err) VG_MUST_CHECK;

/* How its reader sleeps and is woken. */
void vg_sse_sleeper(struct vg_sse *t, void (*sleep)(void *ctx),
		    void (*wake)(void *ctx), void *ctx);

/* Up to `cap` bytes that are due: their number; -1 at the end; 0 when there are
 * none, after sleep(ctx) was called. */
long vg_sse_read(struct vg_sse *t, char *buf, size_t cap);

/* Close it; NULL is allowed. */
void vg_sse_close(struct vg_sse *t);

#endif
