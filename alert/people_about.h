/*
 * people_about - what people said about an alert that is in the book.
 *
 * Words belong to an alert's id. When alerts were counted again from the log
 * an id may be another, as it holds the start as first known: words about an
 * id that is no alert's now are those of the alert of the same fingerprint
 * that has that start within it; words about one that was merged are also
 * those of the one that it is part of.
 *
 * Threads: pure; the book's and the people's locks are held.
 */
#ifndef VG_ALERT_PEOPLE_ABOUT_H
#define VG_ALERT_PEOPLE_ABOUT_H

#include "alert/book.h"
#include "alert/people.h"

enum { VG_PEOPLE_IDS_MAX = 16 };

/* The ids under which there are words about `alert`, its own first. */
struct vg_people_ids {
	char id[VG_PEOPLE_IDS_MAX][VG_ACTION_TARGET];
	size_t n;
};

/* Gather them; `p` may be NULL. */
void vg_people_ids(struct vg_people_ids *out, const struct vg_people *p,
		   const struct vg_book *book,
		   const struct vg_book_alert *alert);

/* The last word of a kind about `alert`, NULL when there is none. */
const struct vg_word *vg_people_word(const struct vg_people *p,
				     const struct vg_people_ids *ids,
				     enum vg_action_kind kind);

#endif
