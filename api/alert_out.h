/*
 * alert_out - an alert as stored, made fit to be read: state at a time added,
 * members whose name starts with "_" (the evaluator's own) left out.
 *
 * Threads: pure.
 */
#ifndef VG_API_ALERT_OUT_H
#define VG_API_ALERT_OUT_H

#include "alert/book.h"
#include "api/json_out.h"

enum vg_alert_state {
	VG_ALERT_PENDING, /* comes with rules that have `for` */
	VG_ALERT_FIRING,
	VG_ALERT_RECOVERING,
	VG_ALERT_RESOLVED
};

/* The states in the order of the enum, for vg_param_word(). */
#define VG_ALERT_STATES "pending firing recovering resolved"

/* State of `alert` at `now_ms`: firing before its end, recovering for
 * resolve_after from there, then resolved. */
enum vg_alert_state vg_alert_state(const struct vg_book_alert *alert,
				   int64_t now_ms);

/* Its name, as in VG_ALERT_STATES. */
const char *vg_alert_state_name(enum vg_alert_state s);

/* True when `viewer` ("MA") is one of the viewers of `class_name` ("IL+MA"). */
bool vg_alert_class_has(const char *class_name, const char *viewer);

/* *marking rises to the document's label. */
void vg_alert_marking(const struct vg_book_alert *alert, int *marking);

/* True when `viewer` (NULL: nobody) may read `alert`. */
bool vg_alert_sees(const struct vg_book_alert *alert, const char *viewer);

/* What is added to a document, as JSON text; NULL or "" adds nothing. */
struct vg_alert_more {
	const char *history;	  /* an array: what the evaluator wrote  */
	const char *entries;	  /* an array: what people did, into it  */
	const char *people;	  /* an object: the last word of a kind  */
	const char *campaign;	  /* an object                          */
	const char *completeness; /* an object: who is heard */
};

/* Write `alert` as one JSON value, with `more` (may be NULL).
 * *marking rises to the document's label. False when the stored text is no
 * JSON object: nothing is written then. */
bool vg_alert_write(struct vg_jout *j, const struct vg_book_alert *alert,
		    const struct vg_alert_more *more, int64_t now_ms,
		    int *marking);

/* Write what a list on a wall shows of `alert`: who, what, since when, not its
 * evidence. As vg_alert_write() else. */
bool vg_alert_write_brief(struct vg_jout *j, const struct vg_book_alert *alert,
			  int64_t now_ms, int *marking);

#endif
