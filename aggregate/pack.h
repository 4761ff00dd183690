/*
 * pack - an hour of one series in one partition, by value instead of by minute.
 *
 * The view keeps a table a minute. A question over a day by the minute asks
 * 1,440 of them for the same few values, and looks each up anew. A pack has the
 * hour's fields once, each with its minutes: 9 bytes a cell. It is made when an
 * hour is asked for a second time since it last changed, and forgotten when a
 * cell of it changes; answers are the same with it and without.
 *
 * An hour is not packed while some of its values are folded into a rest, as
 * where the rest begins is then a matter of each minute, nor where a number is
 * 2^32 or more.
 *
 * Owner:   the view's feed. Threads: _find() and _get() any that hold the
 * view's read lock; the rest its writer, under the write lock.
 */
#ifndef VG_AGGREGATE_PACK_H
#define VG_AGGREGATE_PACK_H

#include "aggregate/cells.h"

#include <stdatomic.h>

/* Field k has the cells from first[k] to first[k + 1]. */
struct vg_pack {
	size_t n_fields;
	const struct vg_slice *field;
	const uint32_t *first; /* n_fields + 1 */
	const uint8_t *minute; /* of each cell, 0 to 59, in no order */
	const uint32_t *v;     /* of each cell: events, reports */
};

struct vg_packs;

/* None yet. `bytes` counts what is held, over all feeds of a view; at `max` no
 * more are made. NULL when memory is out; freed with _free(), NULL allowed. */
struct vg_packs *vg_packs_new(_Atomic size_t *bytes, size_t max, uint64_t seed);
void vg_packs_free(struct vg_packs *p);

/* The pack of series `agg` in the hour from `hour_ms` on. NULL when there is
 * none; then read the minutes. It stays while the read lock is held. _get()
 * makes it of `cells` when it is asked for again. `p` may be NULL. */
const struct vg_pack *vg_packs_find(struct vg_packs *p, unsigned agg,
				    int64_t hour_ms);
const struct vg_pack *vg_packs_get(struct vg_packs *p,
				   const struct vg_cells *cells, unsigned agg,
				   int64_t hour_ms);

/* A cell of bucket `id` changes: its hour is packed no more. */
void vg_packs_forget(struct vg_packs *p, struct vg_bucket_id id);

/* All cells change. */
void vg_packs_clear(struct vg_packs *p);

#endif
