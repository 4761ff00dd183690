/*
 * lists - byte strings by number: the lists of the steps of one bucket, whose
 * table holds their numbers.
 *
 * Owner:   a lists object owns its strings. Threads: one at a time.
 * Errors:  false or NULL means out of memory; nothing has changed then.
 */
#ifndef VG_AGGREGATE_LISTS_H
#define VG_AGGREGATE_LISTS_H

#include "core/slice.h"

#include <stdbool.h>
#include <stddef.h>

struct vg_lists;

/* No strings yet; freed with _free(), NULL allowed. `*total` is kept up by the
 * bytes held, until then. */
struct vg_lists *vg_lists_new(size_t *total);
void vg_lists_free(struct vg_lists *l);

/* Make `s` the string of *number; 0 is none, and is given one. `s` must be no
 * part of `l`. */
bool vg_lists_put(struct vg_lists *l, int64_t *number, struct vg_slice s);

/* Append `s` to the string of `number`. */
bool vg_lists_append(struct vg_lists *l, int64_t number, struct vg_slice s);

/* The string of a number that has one; valid until the next change. */
struct vg_slice vg_lists_get(const struct vg_lists *l, int64_t number);

/* Forget the string of `number`, which may be given again; 0 is allowed. */
void vg_lists_drop(struct vg_lists *l, int64_t number);

#endif
