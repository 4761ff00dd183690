/*
 * delta - the payload `b` of a stream entry: new absolute values by bucket.
 *
 * Form, all lengths varints: repeat { name length, bucket name, count n, then
 * n times { field length, field, cell length, cell text } }. A cell of length
 * 0 means "this field is gone"; n = 0 means "this bucket is gone". Only 10 s
 * and 1 min series, tracks and the account travel; 1 h and 1 d stay in Redis.
 *
 * Threads: pure.
 */
#ifndef VG_AGGREGATE_DELTA_H
#define VG_AGGREGATE_DELTA_H

#include "core/buf.h"
#include "core/slice.h"

struct vg_delta_reader {
	const char *p, *end;
	uint64_t left; /* fields left in the current bucket */
};

/* Append a bucket's head; `n` fields must follow. */
void vg_delta_bucket(struct vg_buf *out, struct vg_slice name, uint64_t n);

/* Append one field; an empty `cell` says it is gone. */
void vg_delta_field(struct vg_buf *out, struct vg_slice field,
		    struct vg_slice cell);

/* Start reading a payload. */
struct vg_delta_reader vg_delta_read(struct vg_slice payload);

/* Next bucket (any unread fields must have been read): 1 with name and count,
 * 0 at the end, -1 when malformed. */
int vg_delta_next(struct vg_delta_reader *r, struct vg_slice *name,
		  uint64_t *n);

/* Next field of the current bucket: as vg_delta_next(). */
int vg_delta_next_field(struct vg_delta_reader *r, struct vg_slice *field,
			struct vg_slice *cell);

#endif
