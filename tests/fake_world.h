/*
 * fake_world - a view, a book and a store that hold what a test puts in them.
 *
 * Linked instead of aggregate's and alert's, at the functions that api calls.
 */
#ifndef VG_TESTS_FAKE_WORLD_H
#define VG_TESTS_FAKE_WORLD_H

#include "aggregate/query.h"
#include "alert/book.h"
#include "alert/own.h"

enum { FAKE_ALERTS = 5002, FAKE_ROWS = 4 };

struct fake_world {
	struct vg_view_part part[8];
	size_t n_parts;
	bool view_ready;
	bool fills; /* no track is whole */
	struct vg_view_freshness fresh;

	struct vg_book_alert alert[FAKE_ALERTS]; /* in the book's order */
	size_t n_alerts;
	bool book_ready;
	const char *history; /* of every alert */
	int64_t history_omitted;
	enum vg_rc history_rc;
	const char *entries; /* of what people did to every alert */
	const char *entry;   /* stored under every id, or NULL    */
	const char *silence_id, *silence; /* the only one */
	struct vg_own_docs own;		  /* what partners keep */

	enum vg_rc query_rc;
	const char *query_text; /* of the error */
	int64_t query_cost;	/* and what it would cost */
	int marking;
	uint64_t folded; /* slots */
	const char *row_key[FAKE_ROWS];
	int64_t row_value[FAKE_ROWS]; /* at every step; -1: no data */
	size_t n_rows;
	struct vg_query asked; /* the last query; slices are gone by then */
	unsigned n_queries, n_stores;
	unsigned n_book_reads;

	uint64_t tick;	 /* of the view, and of the book */
	bool has_fallen; /* no stamp stands any more */

	struct vg_account_row account[8];
	size_t n_account;
};

/* The one world; all zeros at first, as each test is a process of its own. */
struct fake_world *fake_world(void);

/* Handles to hand to the service. */
struct vg_view *fake_view(void);
struct vg_book *fake_book(void);

#endif
