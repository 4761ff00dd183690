/*
 * silence_parts - the built-in alerts that are open, for the files that raise
 * them: silence.c and deaf.c. Private.
 *
 * Threads: one at a time, with the evaluator.
 */
#ifndef VG_ALERT_SILENCE_PARTS_H
#define VG_ALERT_SILENCE_PARTS_H

#include "alert/silence_doc.h"
#include "alert/state.h"
#include "core/arena.h"

struct vg_silence {
	const struct vg_part_env *env;
	struct vg_silent *open; /* as stored */
	size_t n, cap;
	int64_t looked_ms; /* wall clock of the last look */
	bool looked;
	struct vg_arena words; /* names of classes, until they are written */
};

/* Room for one more that is open; NULL when memory is out. */
struct vg_silent *vg_silence_add(struct vg_silence *s);

/* Give `a` its id, by what it is about and its start. False when memory is out.
 */
bool vg_silence_name(const struct vg_evaluator *e, struct vg_silent *a);

/* Let `a` wait to be written, as changed now. */
enum vg_rc vg_silence_queue(struct vg_evaluator *e, struct vg_silent *a,
			    const char *change,
			    struct vg_err *err) VG_MUST_CHECK;

#endif
