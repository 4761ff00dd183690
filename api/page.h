/*
 * page - "there is more": the link to the next page (RFC 8288).
 *
 * Threads: pure.
 */
#ifndef VG_API_PAGE_H
#define VG_API_PAGE_H

#include "api/answer.h"

/* Add the header Link: the same question, continued at `cursor`. `range` (may
 * be NULL) is what `from` and `to` were, so that later pages are of the same
 * range though the default moves. */
void vg_page_link(const struct vg_request *r, struct vg_answer *a,
		  const struct vg_buf *cursor, const int64_t range[2]);

#endif
