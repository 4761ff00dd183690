/*
 * heartbeat - the sign of life of a partition's owner, in `:s`, and what Redis
 * holds of the partition, read with it. Outside the exactly-once script: it is
 * said while nothing is counted, too.
 *
 * Threads: as the store.
 */
#ifndef VG_AGGREGATE_HEARTBEAT_H
#define VG_AGGREGATE_HEARTBEAT_H

#include "aggregate/store.h"

#include <stdbool.h>

/* How far a partition is stored; it only ever moves on, unless Redis loses what
 * it has acknowledged. */
struct vg_part_place {
	int64_t epoch, offset, fill; /* 0: none is stored */
};

struct vg_heartbeat {
	const char *topic;
	int32_t partition;
	int64_t high;	/* the broker's end offset   */
	int64_t now_ms; /* wall clock, ms since 1970 */
};

/* Write `b`, and read in the same round trip how far its partition is stored.
 * `stored` is untouched on failure: VG_RETRY as vg_store, VG_FATAL without
 * memory. */
enum vg_rc vg_heartbeat(struct vg_store *s, const struct vg_heartbeat *b,
			struct vg_part_place *stored,
			struct vg_err *err) VG_MUST_CHECK;

/* True when `stored` is what Redis holds of a partition that we have brought to
 * `ours`, and part of that is gone. */
bool vg_part_is_behind(const struct vg_part_place *stored,
		       const struct vg_part_place *ours);

#endif
