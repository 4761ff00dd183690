/*
 * taxii_entries - the objects of a viewer's collection, by when they were
 * added, and the page of them that a request asks for.
 *
 * Owner:   the caller; freed with vg_taxii_term().
 * Threads: as handlers: takes the book's lock, then that of people.
 */
#ifndef VG_API_TAXII_ENTRIES_H
#define VG_API_TAXII_ENTRIES_H

#include "alert/book.h"
#include "api/service.h"

struct cJSON;

enum { VG_TAXII_CURSOR = 128 };

/* An object, and when it was added. */
struct vg_taxii_entry {
	const struct cJSON *o;
	int64_t added_ms;
	const char *id, *version;
};

struct vg_taxii_entries {
	struct cJSON *list; /* owns the objects */
	struct vg_taxii_entry *at;
	size_t n, cap;
	bool failed;
};

/* What match[...], added_after, next and limit ask for. */
struct vg_taxii_filter {
	struct vg_slice id, type, version, spec, next;
	int64_t after_ms, limit;
};

/* True when an analyst said that the alert is true. The book's lock is held. */
bool vg_taxii_is_confirmed(struct vg_service *s,
			   const struct vg_book_alert *alert);

/* Everything that the asker may see, what was taken back too. */
void vg_taxii_gather(struct vg_service *s, const struct vg_request *r,
		     struct vg_taxii_entries *e);

/* Leave the entries of the page alone; *more: there are others. */
void vg_taxii_choose(struct vg_taxii_entries *e,
		     const struct vg_taxii_filter *f, bool *more);

/* The cursor behind `e`: "<added>.<id>". */
void vg_taxii_cursor(const struct vg_taxii_entry *e, char out[VG_TAXII_CURSOR]);

/* Free what `e` owns. */
void vg_taxii_term(struct vg_taxii_entries *e);

#endif
