/*
 * part_sensors - private to a part: its sensor table, loaded and committed.
 *
 * Owner, threads: as part.
 */
#ifndef VG_AGGREGATE_PART_SENSORS_H
#define VG_AGGREGATE_PART_SENSORS_H

#include "aggregate/part_private.h"

/* Make the sensor table of what Redis has of it. */
enum vg_rc vg_part_sensors_load(struct vg_part *p,
				struct vg_err *err) VG_MUST_CHECK;

/* Add commands and delta for what the batch changed in it. False when memory is
 * out. */
bool vg_part_sensors_tell(struct vg_part *p, int64_t log_ms);

#endif
