/*
 * native - a record of another system's format, for the oracle.
 *
 * The second reading is of the canonical format alone: of the others only
 * ingest's own decoder knows what a record means, so for these the oracle
 * checks all that follows from the event, and not the decoding, which is held
 * by tests on real data.
 *
 * Threads: as struct vg_second.
 */
#ifndef VG_VERIFY_NATIVE_H
#define VG_VERIFY_NATIVE_H

#include "verify/read.h"

struct vg_part_env;
struct vg_partner;

/* Read the record at `offset` of a partition of `partner`'s, by its format. */
enum vg_second_kind vg_second_of(struct vg_second *s,
				 const struct vg_part_env *env,
				 const struct vg_partner *partner,
				 int64_t offset, struct vg_slice record);

#endif
