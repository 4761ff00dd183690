/*
 * exercise_watch - the exercise that is on, for the role api: followed while
 * it is, shown behind the gate (api/exercise.h), let go at its end.
 *
 * It follows a database of its own with rules, view and book of its own; what
 * goes wrong there is logged once and troubles nothing real.
 *
 * Owner:   the caller. Threads: step by one thread.
 * Time:    wall clock, an argument.
 */
#ifndef VG_CMD_EXERCISE_WATCH_H
#define VG_CMD_EXERCISE_WATCH_H

#include "api/exercise.h"
#include "cmd/world.h"
#include "core/log.h"

struct vg_exercise_watch;

/* Nothing is shown at first. `path` and `set` name the configuration as
 * vg_world_init() takes them. Freed with _free(), NULL allowed. */
enum vg_rc vg_exercise_watch_new(struct vg_exercise_watch **out,
				 const char *path,
				 const struct vg_world_set *set,
				 const struct vg_log *log,
				 struct vg_err *err) VG_MUST_CHECK;
void vg_exercise_watch_free(struct vg_exercise_watch *w);

/* Where the api finds what is shown. */
struct vg_exercise_gate *vg_exercise_watch_gate(struct vg_exercise_watch *w);

/* Look whether one is on, by `store` (of the real database), and follow it;
 * waits some 20 ms. VG_RETRY when that store is away. */
enum vg_rc vg_exercise_watch_step(struct vg_exercise_watch *w,
				  struct vg_store *store, int64_t now_ms,
				  struct vg_err *err) VG_MUST_CHECK;

#endif
