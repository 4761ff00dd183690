/*
 * taxii_entries - the objects of a viewer's collection, by when they were
 * added, and the page of them that a request asks for.
 *
 * Pages are made of one turn of alerts after the other, oldest change first: a
 * turn is VG_TAXII_TURN alerts, or fewer of many objects. Within a turn each
 * version of an object is there once. A cursor says where its turn begins and
 * how far it was read, by times and ids, so that it stands while alerts change.
 *
 * Owner:   the caller; freed with vg_taxii_term().
 * Threads: as handlers: takes the book's lock, then that of people.
 */
#ifndef VG_API_TAXII_ENTRIES_H
#define VG_API_TAXII_ENTRIES_H

#include "alert/book.h"
#include "api/service.h"

struct cJSON;

enum { VG_TAXII_CURSOR = 256 };

/* An object, and when it was added. */
struct vg_taxii_entry {
	const struct cJSON *o;
	int64_t added_ms;
	const char *id, *version;
};

/* A place in the order of times, then ids. */
struct vg_taxii_place {
	int64_t at_ms;
	char id[96]; /* of an alert, of an object */
};

struct vg_taxii_entries {
	struct cJSON *list; /* owns the objects */
	struct vg_taxii_entry *at;
	size_t n, cap;
	bool failed;
	struct vg_taxii_place turn; /* where this one begins */
	bool has_next;		    /* another turn follows, which begins */
	struct vg_taxii_place next; /* here                               */
};

/* What match[...], added_after, next and limit ask for. */
struct vg_taxii_filter {
	struct vg_slice id, type, version, spec;
	int64_t after_ms, limit;
	uint32_t question; /* stands for all that is asked but limit and next */
	bool has_turn, has_read; /* of a cursor */
	struct vg_taxii_place turn, read;
};

/* True when an analyst said that the alert is true. The book's lock is held. */
bool vg_taxii_is_confirmed(struct vg_service *s,
			   const struct vg_book_alert *alert);

/* The objects of the turn that `f` asks for, of all that the asker may see,
 * what was taken back too. */
void vg_taxii_gather(struct vg_service *s, const struct vg_request *r,
		     const struct vg_taxii_filter *f,
		     struct vg_taxii_entries *e);

/* Leave the entries of the page alone; *more: the turn has others. */
void vg_taxii_choose(struct vg_taxii_entries *e,
		     const struct vg_taxii_filter *f, bool *more);

/* The cursor of the page of `f` behind: `more` in the turn, or the next
 * turn's. */
void vg_taxii_cursor(const struct vg_taxii_entries *e,
		     const struct vg_taxii_filter *f, bool more,
		     char out[VG_TAXII_CURSOR]);

/* Read one into `f`; false when it is none, or of another question. */
bool vg_taxii_read_cursor(struct vg_slice text, struct vg_taxii_filter *f);

/* Free what `e` owns. */
void vg_taxii_term(struct vg_taxii_entries *e);

#endif
