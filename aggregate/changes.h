/*
 * changes - which buckets changed since a moment, by who may see the change.
 *
 * For each aggregate, resolution and audience: of the changes after a moment,
 * the earliest bucket. Kept as the suffix minima of the changes, at most
 * VG_CHANGES_KEPT of them; past that two are taken for one, which may say
 * "changed" of what did not, never the other way round. Moments are numbers of
 * this process and go to nobody: they count what a viewer may not see.
 *
 * Owner:   the view. Threads: noted under its write lock, asked under its read
 *          lock.
 */
#ifndef VG_AGGREGATE_CHANGES_H
#define VG_AGGREGATE_CHANGES_H

#include "aggregate/keys.h"

#include <stddef.h>

enum { VG_CHANGES_KEPT = 8 };

struct vg_changes;

/* For `audiences` audiences; freed with _free() (NULL is allowed). NULL when
 * memory is out. */
struct vg_changes *vg_changes_new(size_t audiences);
void vg_changes_free(struct vg_changes *c);

/* Bucket `id` of a series changed for `audience`; for everyone when that is not
 * below the number of audiences. */
void vg_changes_note(struct vg_changes *c, struct vg_bucket_id id,
		     size_t audience);

/* Bucket `id` is older than what is kept, and gone. */
void vg_changes_expired(struct vg_changes *c, struct vg_bucket_id id);

/* Anything may have changed. */
void vg_changes_all(struct vg_changes *c);

/* The moment now: what is noted later is after it. */
uint64_t vg_changes_now(const struct vg_changes *c);

/* True when all may have changed after `moment`, or a bucket of `id`'s
 * aggregate and resolution for everyone that starts before `to_ms`, or that
 * expired and starts at id's start or later. */
bool vg_changes_common(const struct vg_changes *c, struct vg_bucket_id id,
		       int64_t to_ms, uint64_t moment);

/* True when a bucket that starts before `to_ms` changed for `audience`. */
bool vg_changes_for(const struct vg_changes *c, struct vg_bucket_id id,
		    size_t audience, int64_t to_ms, uint64_t moment);

#endif
