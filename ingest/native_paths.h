/*
 * native_paths - one walk over a record for formats whose members have names
 * of several parts, nested ({"source": {"ip": ..}}), dotted ("source.ip") or
 * a mixture of both. Lists of objects have no part of their own in a path.
 *
 *     static const struct vg_path rows[] = {
 *             VG_PATH("source.ip", vg_path_ip, "source.ip"),
 *             VG_PATH_SLOT("time", SLOT_TIME),
 *     };
 *
 * Rows are in the order of their bytes, and no name goes on with a byte before
 * the point; a test looks. Members that no row
 * names are passed over, so nothing is kept that a table does not list. A row
 * takes a whole value: a list of scalars comes as one token.
 *
 * Threads: one at a time a walk.
 */
#ifndef VG_INGEST_NATIVE_PATHS_H
#define VG_INGEST_NATIVE_PATHS_H

#include "ingest/native.h"

enum { VG_SLOTS = 32 };

struct vg_walk {
	struct vg_reading r;	 /* first: a reading of a walk is its walk */
	uint32_t slot[VG_SLOTS]; /* the first token of each, or VG_ABSENT */
};

struct vg_path;

/* Take token `tok`, never null. False when the record is refused. */
typedef bool vg_path_take(struct vg_walk *w, const struct vg_path *row,
			  uint32_t tok);

struct vg_path {
	const char *path;
	uint32_t len;
	vg_path_take *take;
	const char *name; /* of the field, or NULL */
	int slot;
};

#define VG_PATH(path_, take_, name_)                                           \
	{                                                                      \
		.path = (path_), .len = sizeof(path_) - 1, .take = (take_),    \
		.name = (name_)                                                \
	}
#define VG_PATH_SLOT(path_, slot_)                                             \
	{                                                                      \
		.path = (path_), .len = sizeof(path_) - 1,                     \
		.take = vg_path_slot, .slot = (slot_)                          \
	}

/* Take what the `n` rows name from the object at token 0. */
bool vg_paths_walk(struct vg_walk *w, const struct vg_path *rows, size_t n);

/* The first slot of a list of slots, ended by -1, that has a token. */
uint32_t vg_slot_first(const struct vg_walk *w, const int *slots);

/* Takers for rows. A field: the first of its name stays. */
bool vg_path_slot(struct vg_walk *w, const struct vg_path *row, uint32_t tok);
bool vg_path_field(struct vg_walk *w, const struct vg_path *row, uint32_t tok);

/* Of lists every element. Addresses: as indicators alone, of the source and
 * of the target (vg_native_source(), vg_native_target()). */
bool vg_path_ip(struct vg_walk *w, const struct vg_path *row, uint32_t tok);
bool vg_path_source(struct vg_walk *w, const struct vg_path *row, uint32_t tok);
bool vg_path_target(struct vg_walk *w, const struct vg_path *row, uint32_t tok);

/* Indicators: domains (a field too when the row names one), URLs, hashes, mail
 * addresses. */
bool vg_path_domain(struct vg_walk *w, const struct vg_path *row, uint32_t tok);
bool vg_path_url(struct vg_walk *w, const struct vg_path *row, uint32_t tok);
bool vg_path_hash(struct vg_walk *w, const struct vg_path *row, uint32_t tok);
bool vg_path_email(struct vg_walk *w, const struct vg_path *row, uint32_t tok);

/* ATT&CK techniques, actors, a label: each narrows the event's. */
bool vg_path_technique(struct vg_walk *w, const struct vg_path *row,
		       uint32_t tok);
bool vg_path_actor(struct vg_walk *w, const struct vg_path *row, uint32_t tok);
bool vg_path_tlp(struct vg_walk *w, const struct vg_path *row, uint32_t tok);

/* The source's country: a code, else a name in English. */
bool vg_path_source_country(struct vg_walk *w, const struct vg_path *row,
			    uint32_t tok);

#endif
