/*
 * part_kept - what admission wants stored with the offset: fields of `:q`,
 * which a commit writes as they are and opening brings back.
 *
 * Owner, threads: as part. Errors: memory that runs out fails the commit.
 */
#ifndef VG_AGGREGATE_PART_KEPT_H
#define VG_AGGREGATE_PART_KEPT_H

#include "aggregate/part.h"
#include "core/slice.h"

/* Field number `i` as loaded, until the first commit; false past the end. */
bool vg_part_kept(const struct vg_part *p, size_t i, struct vg_slice *field,
		  struct vg_slice *value);

/* Set a field with the current batch; or remove it. */
void vg_part_keep(struct vg_part *p, struct vg_slice field,
		  struct vg_slice value);
void vg_part_unkeep(struct vg_part *p, struct vg_slice field);

/* Add the commands for that to the commit under way, whose key number `key` is
 * `:q`. */
void vg_part_tell_kept(struct vg_part *p, uint32_t key);

#endif
