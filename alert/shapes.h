/*
 * shapes - the tuples of field values that rules group by or count, each read
 * from an event once, however many rules ask for it. Private to alert.
 *
 * An event has one tuple of a shape for each way to choose one value of each
 * field, and none when a field is missing. A tuple is a number: that of its
 * packed text (aggregate/keys.h), which is also the group's key in Redis.
 *
 * Owner:   the caller, who also owns the values. Threads: one at a time.
 */
#ifndef VG_ALERT_SHAPES_H
#define VG_ALERT_SHAPES_H

#include "aggregate/plan.h"
#include "alert/values.h"
#include "core/buf.h"

struct vg_shape {
	struct vg_field_ref field[VG_TRACK_GROUP_MAX];
	unsigned n_field;
	uint64_t event; /* that the tuples are of */
	uint32_t *tuple;
	size_t n, cap;
};

struct vg_shapes {
	struct vg_values *values;
	struct vg_shape **shape;
	size_t n;
	uint64_t event; /* counts them */
	const struct vg_event *e;
	struct vg_slice partner;
	struct vg_field_values read[VG_TRACK_GROUP_MAX];
	struct vg_buf key;
};

/* An empty set over `values`. */
enum vg_rc vg_shapes_init(struct vg_shapes *s, struct vg_values *values,
			  struct vg_err *err) VG_MUST_CHECK;
void vg_shapes_term(struct vg_shapes *s);

/* The shape of `n` fields, made when it is new. NULL when memory is out. */
struct vg_shape *vg_shapes_find(struct vg_shapes *s,
				const struct vg_field_ref *field, unsigned n);

/* From now on this event is read; it must outlive the reading. */
void vg_shapes_next(struct vg_shapes *s, const struct vg_event *e,
		    struct vg_slice partner);

/* Read the event's tuples into `shape`; false when memory is out. */
bool vg_shapes_read(struct vg_shapes *s, struct vg_shape *shape);

#endif
