/*
 * dedup - the ids of one partition's last `span` offsets.
 *
 * Open addressing in a table whose size is fixed at the start: the power of
 * two at or above 2 * span, 24 bytes a slot. An id ages by offset alone: one
 * seen more than `span` offsets ago is dead. Each insertion also sweeps a few
 * slots for dead ids, so that the table is never more than two thirds full and
 * never grows.
 *
 * Owner:   the caller. Threads: one at a time.
 */
#ifndef VG_INGEST_DEDUP_H
#define VG_INGEST_DEDUP_H

#include "core/hash.h"

#include <stdbool.h>

enum { VG_DEDUP_SPAN_MAX = 1 << 26 };

struct vg_dedup;

/* An empty table. VG_INVAL unless 1 <= span <= VG_DEDUP_SPAN_MAX; VG_FATAL
 * when memory is out. */
enum vg_rc vg_dedup_new(struct vg_dedup **out, int64_t span,
			struct vg_err *err) VG_MUST_CHECK;

/* Free `d`; NULL is allowed. */
void vg_dedup_free(struct vg_dedup *d);

/* Have the memory fetched where `id` belongs, for a note soon. */
void vg_dedup_warm(const struct vg_dedup *d, struct vg_hash128 id);

/* Note `id` at `offset`, which must be above every offset noted before
 * (VG_INVAL). *seen says whether it was noted among the preceding `span`
 * offsets. */
enum vg_rc vg_dedup_note(struct vg_dedup *d, int64_t offset,
			 struct vg_hash128 id, bool *seen,
			 struct vg_err *err) VG_MUST_CHECK;

/* Slots held by ids, living and dead; for tests and gauges. */
size_t vg_dedup_held(const struct vg_dedup *d);

/* Slots there are. */
size_t vg_dedup_slots(const struct vg_dedup *d);

#endif
