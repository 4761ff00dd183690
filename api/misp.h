/*
 * misp - an alert as an event of MISP, and as its line in a feed's manifest.
 *
 * The id of an event is a UUIDv5 of the alert's, so that a feed that is read
 * again updates what was there: by its timestamp, when the alert last changed.
 * An event has the indicator and the actor that the alert is about, the
 * countries and the partners that saw it, and the label as a tag.
 *
 * Owner:   the caller owns what is returned; NULL when memory is out or the
 *          document is none.
 * Threads: pure.
 */
#ifndef VG_API_MISP_H
#define VG_API_MISP_H

#include "alert/book.h"

struct cJSON;

enum { VG_MISP_ID = 37 };

/* The id of its event. */
void vg_misp_id(const struct vg_book_alert *alert, char out[VG_MISP_ID]);

/* {"Event": {...}} */
struct cJSON *vg_misp_event(const struct vg_book_alert *alert);

/* What a manifest has under that id. */
struct cJSON *vg_misp_meta(const struct vg_book_alert *alert);

#endif
