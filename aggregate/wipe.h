/*
 * wipe - everything of vigie's in the database of exercises, removed.
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

#endif
