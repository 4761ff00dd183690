/*
 * page - "there is more": the link to the next page (RFC 8288), and pages of
 * lists that are by time, newest first, then by id.
 *
 * A cursor of such a list is "<ms>.<id>", a place in its order and no entry of
 * it: a page is stable while others come and go before it, and whether there
 * is something at a place is told to nobody.
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

enum { VG_PAGE_MAX = 1000 }; /* entries on a page */

/* One page. Zeroed by vg_pager_read(); vg_pager_end() frees what it owns. */
struct vg_pager {
	int64_t limit, n; /* at most, and so far, on this page */
	bool has_after, has_more;
	int64_t after_ms; /* the last place of the page before */
	struct vg_slice after_id;
	int64_t last_ms; /* the last one of this */
	struct vg_buf last_id;
};

/* Read `limit`, which is `usual` unless it is given, and `after`. */
bool vg_pager_read(struct vg_pager *p, const struct vg_request *r,
		   struct vg_answer *a, int64_t usual);

/* Is the entry behind the page before? */
bool vg_pager_is_past(const struct vg_pager *p, int64_t ms, const char *id);

/* False, and there is a page behind this one, when another does not fit. */
bool vg_pager_has_room(struct vg_pager *p);

/* An entry is on the page. */
void vg_pager_add(struct vg_pager *p, int64_t ms, const char *id);

/* When there is more, add the member `next` to `j` (NULL: none) and the header
 * Link. */
void vg_pager_end(struct vg_pager *p, const struct vg_request *r,
		  struct vg_answer *a, struct vg_jout *j);

#endif
