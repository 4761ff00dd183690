/*
 * fmt_stix - the objects of one STIX bundle and how they hang together.
 * Private to the STIX decoder.
 *
 * Threads: one at a time a bundle.
 */
#ifndef VG_INGEST_FMT_STIX_H
#define VG_INGEST_FMT_STIX_H

#include "ingest/native.h"

enum { VG_STIX_OBJECTS = 256 };

enum vg_stix_kind {
	VG_STIX_OTHER,
	VG_STIX_SIGHTING,
	VG_STIX_RELATIONSHIP,
	VG_STIX_INDICATOR,
	VG_STIX_MARKING,
	VG_STIX_ACTOR,
	VG_STIX_PATTERN,
	VG_STIX_MALWARE,
	VG_STIX_TRAFFIC,
	VG_STIX_OBSERVABLE
};

struct vg_stix_object {
	uint32_t tok;
	struct vg_slice id; /* as it is written */
	enum vg_stix_kind kind;
	bool is_sighted; /* by a sighting of its own */
	bool is_marked;	 /* sighted, or related to what is */
	bool is_target;	 /* an address that traffic went to */
};

struct vg_stix {
	struct vg_reading r; /* first: a reading of a bundle is its bundle */
	struct vg_stix_object object[VG_STIX_OBJECTS];
	unsigned n, n_sightings;
	uint32_t sighting; /* the first that counts */
	int64_t total;
	bool has_bad_time;
};

/* Add the object at `tok`; what is no object, or has no id, is left out. */
void vg_stix_list(struct vg_stix *x, uint32_t tok,
		  const struct vg_native_word *kinds);

/* The object that the reference at token `ref` names, or VG_ABSENT. */
uint32_t vg_stix_token(const struct vg_stix *x, uint32_t ref);

/* Mark what the reference names as sighted. */
void vg_stix_mark(struct vg_stix *x, uint32_t ref);

/* Mark what relationships tie to the sighted, two steps far; and the
 * addresses that traffic went to as targets. */
void vg_stix_spread(struct vg_stix *x);

/* Narrow the event's label by the markings of the object at `tok`. A marking
 * that is no TLP label and not in the bundle is RED. */
void vg_stix_label(struct vg_stix *x, uint32_t tok);

/* Indicators from an indicator's pattern: its comparisons with = and IN. */
void vg_stix_pattern(struct vg_stix *x, uint32_t tok);

/* An indicator from an observable object. */
void vg_stix_observable(struct vg_stix *x, uint32_t tok);

/* The ATT&CK id among an attack pattern's external references. */
void vg_stix_technique(struct vg_stix *x, uint32_t tok);

#endif
