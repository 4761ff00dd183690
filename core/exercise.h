/*
 * exercise - the configuration of an exercise, made from the real one.
 *
 * An exercise is counted by the same code as what is real, and apart from it
 * twice over: in topics of its own, by a consumer group of its own, into a
 * database of its own; and in audiences whose keys the real list does not know
 * and whose only viewer is the exercise (slot 62).
 *
 * Threads: any.
 */
#ifndef VG_CORE_EXERCISE_H
#define VG_CORE_EXERCISE_H

#include "core/config.h"

enum { VG_EXERCISE_ID_MAX = 24 };

/* Turn `c` into the configuration of the exercise called `id`: the partners
 * speak the canonical format, unsigned, on topics exercise.<id>.<partner>; no
 * sensor is waited for, and silence raises no alert. VG_INVAL when the
 * configuration allows no exercises, or `id` is no name: 1 to
 * VG_EXERCISE_ID_MAX of a-z, 0-9 and -. */
enum vg_rc vg_config_exercise(struct vg_config *c, const char *id,
			      struct vg_err *err) VG_MUST_CHECK;

#endif
