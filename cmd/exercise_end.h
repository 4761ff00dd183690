/*
 * exercise_end - the end of an exercise: what it came to, and then everything
 * of it removed: its database, its topics, and last the mark that it was on.
 *
 * Threads: one at a time.
 */
#ifndef VG_CMD_EXERCISE_END_H
#define VG_CMD_EXERCISE_END_H

#include "cmd/exercise_mark.h"
#include "cmd/world.h"
#include "core/clock.h"

#include <stdio.h>

struct vg_exercise_end {
	struct vg_world *world; /* of the exercise; nobody counts in it */
	struct vg_store *real;	/* where its mark is */
	struct vg_exercise_mark mark;
	FILE *out; /* the report */
	struct vg_clock clock;
};

/* Report and remove. Interrupted anywhere, it is begun again with the same
 * mark: what is left is reported and removed. */
enum vg_rc vg_exercise_finish(struct vg_exercise_end *e,
			      struct vg_err *err) VG_MUST_CHECK;

#endif
