/*
 * nudge - keep the client fetching while there is something to fetch. Private
 * to ingest.
 *
 * librdkafka 2.0.2 stops fetching when its queue is over
 * queued.max.messages.kbytes, and then looks again only when its broker thread
 * wakes, at most once a second (issues 2879 and 3553 there; later versions
 * have fetch.queue.backoff.ms). A queue that holds less than a second of work
 * so runs dry. Any request to that broker wakes the thread: this asks for a
 * partition's bounds, from a thread of its own, when the queue runs low.
 *
 * Owner:   the caller; the client must outlive it. Threads: vg_nudge_ask() by
 *          one thread, which it never blocks.
 */
#ifndef VG_INGEST_NUDGE_H
#define VG_INGEST_NUDGE_H

#include "core/err.h"
#include "core/slice.h"

#include <librdkafka/rdkafka.h>

struct vg_nudge;

/* Start the thread. Freed with _free(); NULL is allowed. */
enum vg_rc vg_nudge_new(struct vg_nudge **out, rd_kafka_t *rk,
			struct vg_err *err) VG_MUST_CHECK;
void vg_nudge_free(struct vg_nudge *n);

/* Wake the broker that leads this partition; nothing while an earlier one is
 * under way. `topic` lives as long as `n`. */
void vg_nudge_ask(struct vg_nudge *n, const char *topic, int32_t partition);

#endif
