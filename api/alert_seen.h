/*
 * alert_seen - the alert that a path names, if its reader may know of it.
 *
 * Threads: as handlers.
 */
#ifndef VG_API_ALERT_SEEN_H
#define VG_API_ALERT_SEEN_H

#include "api/service.h"

/* True when r->id is an alert that the asker sees. One not visible is answered
 * exactly as one that never was: false, with a 404. */
bool vg_alert_seen(struct vg_service *s, const struct vg_request *r,
		   struct vg_answer *a);

/* That 404; always false. */
bool vg_alert_unseen(const struct vg_request *r, struct vg_answer *a);

#endif
