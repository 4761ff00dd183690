/*
 * completeness - who is heard at a time: "7 of 9 partners current; IL silent
 * 42 min". Each member's state is shown to all members, to the minute.
 *
 * Threads: as handlers; takes the view's read lock.
 */
#ifndef VG_API_COMPLETENESS_H
#define VG_API_COMPLETENESS_H

#include "api/service.h"

/* Write it as one JSON object. */
void vg_completeness_write(struct vg_jout *j, const struct vg_service *s,
			   int64_t now_ms);

#endif
