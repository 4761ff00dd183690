/*
 * fmt_misp - what the attributes, tags and galaxies of a MISP event say.
 * Private to the MISP decoder.
 *
 * Threads: one at a time an event.
 */
#ifndef VG_INGEST_FMT_MISP_H
#define VG_INGEST_FMT_MISP_H

#include "ingest/native.h"

struct vg_misp {
	struct vg_reading r; /* first: a reading of an event is its event */
	int64_t n_sightings, n_false, n_verdicts;
	int64_t first_ms; /* of the sightings, or -1 */
	bool has_sightings;
	bool is_sighted;     /* the attribute being read */
	int tagged, implied; /* classes by a tag, by the rest, or -1 */
};

/* An indicator from the attribute at `tok`, and what its category implies. */
void vg_misp_attribute(struct vg_misp *m, uint32_t tok);

/* Labels, classes, actors and techniques from a list of tags. False when
 * refused. */
bool vg_misp_tags(struct vg_misp *m, uint32_t tags);

/* Actors, techniques and malware from a list of galaxies. False when
 * refused. */
bool vg_misp_galaxies(struct vg_misp *m, uint32_t galaxies);

/* Decide the event's class. */
void vg_misp_category(struct vg_misp *m);

#endif
