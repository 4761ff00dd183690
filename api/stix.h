/*
 * stix - an alert as objects of STIX 2.1, for whom its document is.
 *
 * Ids are UUIDv5 of what an object stands for, so the same alert is the same
 * objects for every asker and after a restart. What is made of an alert: a
 * campaign when an analyst said that it is true, else a grouping; the actor as
 * an intrusion set; the indicator it is about; the countries; each partner as
 * an identity with its sighting; all with the label as TLP 2.0 has it.
 *
 * Owner:   the caller owns the list.
 * Threads: pure.
 */
#ifndef VG_API_STIX_H
#define VG_API_STIX_H

#include "alert/book.h"

struct cJSON;

enum { VG_STIX_ID = 80 };

/* Append the objects of `alert` to `list` (an array), each once in it.
 * `confirmed`: an analyst said so. False when memory is out or the document is
 * none. */
bool vg_stix_alert(struct cJSON *list, const struct vg_book_alert *alert,
		   bool confirmed);

/* "type--uuid" of what `name` stands for. */
void vg_stix_id(char out[VG_STIX_ID], const char *type, const char *name);

#endif
