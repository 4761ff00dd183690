/*
 * cells - the live numbers of one partition: bucket -> field -> integers.
 *
 * Used by ingest (the absolute values it will write next) and by the view (the
 * absolute values it has read). Tables are open-addressing over bytes, keys in
 * an arena of their bucket, so that dropping a bucket is one free.
 *
 * Owner:   a cells object owns its buckets. Threads: one at a time.
 * Errors:  NULL means out of memory.
 */
#ifndef VG_AGGREGATE_CELLS_H
#define VG_AGGREGATE_CELLS_H

#include "aggregate/keys.h"

struct vg_table; /* one bucket: field bytes -> int64[width] */

/* An empty table of `width` integers a field (1 to VG_CELL_WIDTH_MAX), freed
 * with _free() (NULL is allowed); fields held; bytes held. */
struct vg_table *vg_table_new(unsigned width, uint64_t seed);
void vg_table_free(struct vg_table *t);
size_t vg_table_count(const struct vg_table *t);
size_t vg_table_bytes(const struct vg_table *t);

/* The integers of `field`, inserted as zeros when new (*is_new may be NULL).
 * Valid until the next insert or remove. */
int64_t *vg_table_at(struct vg_table *t, struct vg_slice field, bool *is_new);

/* The integers of `field`, or NULL. */
int64_t *vg_table_get(const struct vg_table *t, struct vg_slice field);

/* Remove `field` if present. */
void vg_table_remove(struct vg_table *t, struct vg_slice field);

/* Walk: start with *pos = 0; false at the end. No order, and no insert or
 * remove on the way. */
bool vg_table_next(const struct vg_table *t, size_t *pos,
		   struct vg_slice *field, int64_t **v);

struct vg_cells;

/* No buckets yet; freed with _free() (NULL is allowed). */
struct vg_cells *vg_cells_new(uint64_t seed);
void vg_cells_free(struct vg_cells *c);

/* The table of bucket `id`, made when absent (*is_new may be NULL). */
struct vg_table *vg_cells_at(struct vg_cells *c, struct vg_bucket_id id,
			     bool *is_new);

/* The table of bucket `id`, or NULL. */
struct vg_table *vg_cells_get(const struct vg_cells *c, struct vg_bucket_id id);

/* Free the bucket. */
void vg_cells_drop(struct vg_cells *c, struct vg_bucket_id id);

/* Walk the buckets: as vg_table_next(). */
bool vg_cells_next(const struct vg_cells *c, size_t *pos,
		   struct vg_bucket_id *id, struct vg_table **t);

/* Bytes held by all tables. */
size_t vg_cells_bytes(const struct vg_cells *c);

#endif
