/*
 * native_find - members of a record by path, and their scalars, for the
 * native decoders (native.h has the whole).
 *
 * A token is an index into the document or VG_ABSENT, which every function
 * takes for a member that is not there.
 *
 * Threads: one at a time a reading.
 */
#ifndef VG_INGEST_NATIVE_FIND_H
#define VG_INGEST_NATIVE_FIND_H

#include "ingest/record.h"

#define VG_ABSENT UINT32_MAX

/* Note the names of the document's root, so that those it has not are not
 * looked for; vg_native_run() does. */
void vg_native_note_keys(struct vg_reading *r);

/* The value at `path` below object `obj`, e.g. "rule.name". At each level a
 * member with the literal rest ("rule.name": as many exporters write it) goes
 * before a nested one. VG_ABSENT when it is not there, null, or `obj` is no
 * object. */
uint32_t vg_native_at(const struct vg_reading *r, uint32_t obj,
		      const char *path);

/* As vg_native_at() of one member, by its exact name, dots and all. */
uint32_t vg_native_member(const struct vg_reading *r, uint32_t obj,
			  const char *name);

/* The first element of a list (VG_ABSENT when empty), else `tok` itself. */
uint32_t vg_native_first(const struct vg_reading *r, uint32_t tok);

/* Call `take` for each element of a list, or for `tok` itself when it is
 * something else; stops at the first false and returns it. */
bool vg_native_each(struct vg_reading *r, uint32_t tok,
		    bool (*take)(struct vg_reading *r, uint32_t tok));

/* True when `tok` is an object. */
bool vg_native_is_object(const struct vg_reading *r, uint32_t tok);

/* True when `tok` is the string `word`, case counting. */
bool vg_native_is(struct vg_reading *r, uint32_t tok, const char *word);

/* The text of a scalar: a string unescaped, a number or boolean as written; of
 * a list its first element. False (with *out untouched) when there is none or
 * it is empty. */
bool vg_native_text(struct vg_reading *r, uint32_t tok, struct vg_slice *out);

/* A whole number, given as one or as text ("42"). False when it is none. */
bool vg_native_int(struct vg_reading *r, uint32_t tok, int64_t *out);

/* A number, given as one or as text. False when it is none. */
bool vg_native_double(struct vg_reading *r, uint32_t tok, double *out);

#endif
