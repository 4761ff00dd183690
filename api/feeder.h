/*
 * feeder - the HTTP library's side of streams: a thread that steps them, and
 * responses that sleep while there is nothing to send.
 *
 * A stream has no thread: its connection is suspended until it has news.
 *
 * Owner:   the server. Threads: one of its own; responses on the library's.
 */
#ifndef VG_API_FEEDER_H
#define VG_API_FEEDER_H

#include "api/sse.h"
#include "core/clock.h"

struct MHD_Connection;
struct MHD_Response;
struct vg_feeder;

/* Start stepping `streams` every VG_FEEDER_MS. */
enum { VG_FEEDER_MS = 20 };
enum vg_rc vg_feeder_new(struct vg_feeder **out, struct vg_sse_hub *streams,
			 struct vg_clock clock,
			 struct vg_err *err) VG_MUST_CHECK;

/* Let the streams end and stop stepping; NULL is allowed. */
void vg_feeder_free(struct vg_feeder *f);

/* A response that tells `stream` to `connection`, and closes it at the end;
 * NULL when memory is out: it is still the caller's. */
struct MHD_Response *vg_feeder_response(struct MHD_Connection *connection,
					struct vg_sse *stream);

#endif
