/*
 * book_country - the countries of an alert's document, and when each was first
 * seen. Private to book.
 *
 * Threads: pure.
 */
#ifndef VG_ALERT_BOOK_COUNTRY_H
#define VG_ALERT_BOOK_COUNTRY_H

#include "alert/book.h"

struct cJSON;

enum { VG_BOOK_COUNTRIES = 256 };

/* Fill `out`, without order; a country of which no row says when was there
 * from `start_ms` on. Returns how many there are. */
size_t vg_book_countries(struct vg_book_country out[VG_BOOK_COUNTRIES],
			 const struct cJSON *doc, int64_t start_ms);

#endif
