/*
 * wipe - keys removed whole: all of an exercise's database, or one partition's.
 *
 * Threads: one at a time, with its store.
 */
#ifndef VG_AGGREGATE_WIPE_H
#define VG_AGGREGATE_WIPE_H

#include "aggregate/store.h"

struct vg_wipe { /* zeroed to begin with */
	uint64_t cursor;
	bool done;
	int64_t removed; /* keys so far */
};

/* One step of bounded size through the keys that begin with "vg:"; again until
 * w->done. VG_INVAL, and nothing is removed, when `s` is not of an exercise. */
enum vg_rc vg_wipe_step(struct vg_store *s, struct vg_wipe *w,
			struct vg_err *err) VG_MUST_CHECK;

/* The same of everything that is stored of one partition, whatever database it
 * is; nobody may be counting it. */
enum vg_rc vg_wipe_partition_step(struct vg_store *s, const char *topic,
				  int32_t partition, struct vg_wipe *w,
				  struct vg_err *err) VG_MUST_CHECK;

#endif
