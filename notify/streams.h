/*
 * streams - every stream of notifications, and their form in Redis.
 *
 * A stream's name is its route's path, then the values it groups by, each
 * followed by the byte 0x1f.
 *
 * Owner:   the set owns its streams. Threads: one at a time.
 */
#ifndef VG_NOTIFY_STREAMS_H
#define VG_NOTIFY_STREAMS_H

#include "notify/routes.h"
#include "notify/stream.h"

enum { VG_STREAMS_MAX = 100000 };

struct vg_note_stream {
	char *name;
	int route; /* index, or -1: there is no such route any more */
	struct vg_stream s;
	/* As stored: what was in it, and of that what is owed. */
	struct vg_ids was_in, was_owed;
	bool changed;	 /* since it was written to Redis */
	int64_t idle_ms; /* when it last had something to say */
};

struct vg_note_streams {
	struct vg_note_stream **at; /* by name */
	size_t n, cap;
};

/* The stream called `name`, made when absent and `route` is not -1; past
 * VG_STREAMS_MAX new groups of a route share one. NULL when memory is out or
 * it is absent. */
struct vg_note_stream *vg_streams_get(struct vg_note_streams *set,
				      const struct vg_routes *r, int route,
				      struct vg_slice name);

/* Append the stream as JSON. */
void vg_stream_write(const struct vg_note_stream *n, struct vg_buf *out);

/* Take in what Redis has under `name`; what is no stream is passed over.
 * VG_FATAL when memory is out. */
enum vg_rc vg_stream_read(struct vg_note_streams *set,
			  const struct vg_routes *r, struct vg_slice name,
			  struct vg_slice text,
			  struct vg_err *err) VG_MUST_CHECK;

/* All that was stored has been taken in: forget what was in the streams. */
void vg_streams_settled(struct vg_note_streams *set);

/* Let stream number `i` go. */
void vg_streams_drop(struct vg_note_streams *set, size_t i);

/* Free all. */
void vg_streams_term(struct vg_note_streams *set);

#endif
