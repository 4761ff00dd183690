/*
 * exercise_mark - which exercise is on, as all processes see it: the hash
 * vg:{vg}:exercise beside what is real, and the only trace of one there.
 *
 * Threads: one at a time, with its store (of the real database).
 * Time: wall clock, an argument.
 */
#ifndef VG_CMD_EXERCISE_MARK_H
#define VG_CMD_EXERCISE_MARK_H

#include "aggregate/store.h"
#include "core/exercise.h"

enum { VG_EXERCISE_TITLE_MAX = 199, VG_EXERCISE_BEAT_MS = 1000 };

struct vg_exercise_mark {
	char id[VG_EXERCISE_ID_MAX + 1]; /* "": none is on */
	char title[VG_EXERCISE_TITLE_MAX + 1];
	char state[16];	  /* playing, held, purging */
	int64_t since_ms; /* wall clock of its start */
	int64_t start_ms; /* the time of its offset 0 */
	int64_t sent;	  /* records so far */
	int64_t beat_ms;  /* when its process was last there */
};

/* What is on. */
enum vg_rc vg_exercise_mark_read(struct vg_store *s,
				 struct vg_exercise_mark *out,
				 struct vg_err *err) VG_MUST_CHECK;

/* Begin `m`: VG_INVAL when another one is on. */
enum vg_rc vg_exercise_mark_claim(struct vg_store *s,
				  const struct vg_exercise_mark *m,
				  struct vg_err *err) VG_MUST_CHECK;

/* Say how it stands. */
enum vg_rc vg_exercise_mark_write(struct vg_store *s,
				  const struct vg_exercise_mark *m,
				  struct vg_err *err) VG_MUST_CHECK;

/* None is on any more. */
enum vg_rc vg_exercise_mark_end(struct vg_store *s,
				struct vg_err *err) VG_MUST_CHECK;

/* True while the process that plays it is there. */
bool vg_exercise_mark_lives(const struct vg_exercise_mark *m, int64_t now_ms);

#endif
