/*
 * exercise - the view of an exercise, for those who choose it.
 *
 * Every route that only reads stands under /exercise/ too, as
 * /exercise/v1/wall, and answers there from the view and the book of the
 * exercise that is on, read as its one viewer (slot 62). Whoever has a token
 * may play. What is outside /exercise/ never reads any of it. Each such answer
 * says `Vigie-Exercise: <its id>`.
 *
 * Owner:   the service borrows the gate; the gate borrows what is shown.
 * Threads: any; a lock guards what is shown.
 */
#ifndef VG_API_EXERCISE_H
#define VG_API_EXERCISE_H

#include "api/service.h"

enum { VG_EXERCISE_TITLE = 200 };

struct vg_exercise_gate;

/* What there is to read of an exercise. */
struct vg_exercise_show {
	const struct vg_part_env *env;
	struct vg_view *view;
	struct vg_book *book;
	struct vg_board *board;
	char id[32]; /* of a-z, 0-9 and - */
	char title[VG_EXERCISE_TITLE];
	char state[16]; /* "playing", "held" */
	int64_t since_ms;
};

/* A gate that shows nothing. Freed with _free(), NULL allowed, once nothing is
 * shown and nobody asks. */
enum vg_rc vg_exercise_gate_new(struct vg_exercise_gate **out,
				struct vg_err *err) VG_MUST_CHECK;
void vg_exercise_gate_free(struct vg_exercise_gate *g);

/* Show `what`, or (NULL) nothing: returns when nobody reads what was shown
 * before. */
enum vg_rc vg_exercise_gate_show(struct vg_exercise_gate *g,
				 const struct vg_exercise_show *what,
				 struct vg_err *err) VG_MUST_CHECK;

/* Cut /exercise off r's path; false when it does not begin so. */
bool vg_exercise_path(struct vg_request *r);

/* A service that reads what is shown, until vg_exercise_leave(); NULL, with a
 * problem, when nothing is. r's viewer becomes the exercise. */
struct vg_service *vg_exercise_enter(struct vg_exercise_gate *g,
				     struct vg_request *r, struct vg_answer *a);
void vg_exercise_leave(struct vg_exercise_gate *g);

/* Write the object that says whether an exercise is on, and which; `g` may be
 * NULL. True when one is. */
bool vg_exercise_write(struct vg_jout *j, struct vg_exercise_gate *g);

/* GET /v1/exercise */
void vg_get_exercise(struct vg_service *s, const struct vg_request *r,
		     struct vg_answer *a);

#endif
