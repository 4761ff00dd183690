/*
 * book_index - alerts by id, and by start with the newest first. Private.
 *
 * Owner:   the index owns its entries. Threads: one at a time.
 */
#ifndef VG_ALERT_BOOK_INDEX_H
#define VG_ALERT_BOOK_INDEX_H

#include "alert/book.h"

struct vg_book_index {
	struct vg_book_alert **by_id, **by_start;
	size_t n, cap;
};

/* A new entry from a document, with its text or without; NULL in *out when it
 * is none: VG_DROP. */
enum vg_rc vg_book_entry(struct vg_book_alert **out, struct vg_slice doc,
			 bool keeps_doc, struct vg_err *err) VG_MUST_CHECK;

/* Free an entry; NULL is allowed. */
void vg_book_entry_free(struct vg_book_alert *a);

/* Take `a` in, instead of one of the same id. VG_FATAL when memory is out: it
 * is still the caller's. */
enum vg_rc vg_book_index_put(struct vg_book_index *x, struct vg_book_alert *a,
			     struct vg_err *err) VG_MUST_CHECK;

/* Take many in at once: `a` is appended, the order made by _sort(). No two may
 * have the same id. */
enum vg_rc vg_book_index_append(struct vg_book_index *x,
				struct vg_book_alert *a,
				struct vg_err *err) VG_MUST_CHECK;
void vg_book_index_sort(struct vg_book_index *x);

/* Remove the alert called `id`, if there. */
void vg_book_index_drop(struct vg_book_index *x, struct vg_slice id);

/* The alert called `id`, or NULL. */
struct vg_book_alert *vg_book_index_find(const struct vg_book_index *x,
					 struct vg_slice id);

/* The number, by id, of the first whose id is not before `prefix`. */
size_t vg_book_index_first(const struct vg_book_index *x,
			   struct vg_slice prefix);

/* Free all entries; `x` is then empty. */
void vg_book_index_term(struct vg_book_index *x);

#endif
