/*
 * write - what every request that writes does: name the action, see whether it
 * was made before, hand it to the log, answer.
 *
 * Threads: as handlers.
 */
#ifndef VG_API_WRITE_H
#define VG_API_WRITE_H

#include "alert/action.h"
#include "api/service.h"

/* Fill in who, when and which: the id follows from the header Idempotency-Key
 * when there is one, else it is drawn. False, with a problem, when that header
 * is not fit. */
bool vg_write_sign(struct vg_service *s, const struct vg_request *r,
		   struct vg_answer *a, struct vg_action *action);

/* What is stored: the entry that `action` made, or without `alert` the silence
 * that it is about; empty when there is none. False, with a problem, when
 * Redis does not answer. */
bool vg_write_stored(struct vg_service *s, const struct vg_request *r,
		     struct vg_answer *a, const struct vg_action *action,
		     struct vg_buf *out);

/* Write `action` to the log and answer 202 with `id`, or 503. */
void vg_write_send(struct vg_service *s, const struct vg_request *r,
		   struct vg_answer *a, const struct vg_action *action,
		   const char *id);

/* Answer 200: it was applied before, under `id`. */
void vg_write_known(struct vg_answer *a, const char *id);

/* Answer 422: the same Idempotency-Key, and another request. */
void vg_write_conflict(struct vg_answer *a, const struct vg_request *r);

#endif
