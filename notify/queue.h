/*
 * queue - the notifications that wait for one receiver, and whose turn it is.
 *
 * Those of one stream go in order; one that failed waits, doubling each time
 * and with a jitter that depends on its id alone, and holds back only its
 * stream.
 *
 * Owner:   the queue owns its texts. Time: ms, an argument. Threads: one.
 */
#ifndef VG_NOTIFY_QUEUE_H
#define VG_NOTIFY_QUEUE_H

#include "core/slice.h"

#include <stddef.h>

enum {
	VG_BACKOFF_MS = 1000,
	VG_BACKOFF_MAX_MS = 300000,
	VG_STREAM_HASH = 16 /* first bytes of an id: the stream's */
};

struct vg_waiting {
	char *id, *body;
	size_t body_len;
	int64_t tries, due_ms;
};

struct vg_queue {
	struct vg_waiting *w; /* by id: per stream, oldest first */
	size_t n, cap;
};

/* Add one; one of the same id is there once. False when memory is out. */
bool vg_queue_add(struct vg_queue *q, const char *id, struct vg_slice body,
		  int64_t tries);

/* The next whose turn it is at `now_ms`, NULL when there is none. */
struct vg_waiting *vg_queue_next(const struct vg_queue *q, int64_t now_ms);

/* The one called `id`, or NULL. */
struct vg_waiting *vg_queue_find(const struct vg_queue *q, const char *id);

/* True when one of the stream with this hash waits. */
bool vg_queue_has_stream(const struct vg_queue *q, const char *hash);

/* It failed at `now_ms`: let it wait, at least `least_ms`. */
void vg_waiting_later(struct vg_waiting *w, int64_t now_ms, int64_t least_ms);

/* Take `id` out. */
void vg_queue_drop(struct vg_queue *q, const char *id);

/* Free all. */
void vg_queue_term(struct vg_queue *q);

#endif
