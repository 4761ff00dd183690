/*
 * query_run - private to query: one query while it is being summed.
 *
 * query.c checks and finishes, query_read.c brings the tables of some time
 * steps (from the view, or from Redis), query_sum.c adds them up.
 *
 * Owner:   a run owns what it allocates until it moves to the result.
 * Threads: one.
 */
#ifndef VG_AGGREGATE_QUERY_RUN_H
#define VG_AGGREGATE_QUERY_RUN_H

#include "aggregate/cells.h"
#include "aggregate/query.h"
#include "core/arena.h"

struct vg_query_run {
	const struct vg_query *q;
	struct vg_view *view;
	const struct vg_part_env *env;
	unsigned agg, n_dims;	    /* fields of the aggregate      */
	unsigned by[VG_QUERY_DIMS]; /* place of each among them     */
	unsigned where[VG_QUERY_DIMS];
	struct vg_buf where_raw[VG_QUERY_DIMS]; /* as it stands in a field */
	/* One capped value asked for by name: its hash, and the steps in which
	 * some of it may be in the rest, so that its sum is not known. */
	bool is_named, *unknown;
	uint64_t named_hash;
	int64_t from_ms, step_ms;
	size_t n_times;
	int64_t points; /* rows times steps so far */

	struct vg_table *visible; /* audience key -> {number, label} */
	size_t n_visible;
	uint64_t *bound, *part_bound; /* of each visible audience */
	bool *part_folded;

	struct vg_table *index; /* packed key -> number of the row */
	struct vg_arena *arena; /* rows' keys and values           */
	struct vg_query_row *row;
	size_t n_rows, cap;
	int marking;
	size_t visited; /* cells the viewer may see */
	size_t walked;	/* all, since the lock was last let go */
	struct vg_buf key;
};

/* Add up time step `i`: `table` holds, for each partition, its bucket or
 * NULL. */
enum vg_rc vg_query_sum(struct vg_query_run *r, size_t i,
			struct vg_table *const *table, size_t n,
			struct vg_err *err) VG_MUST_CHECK;

/* The row of the packed key in r->key, made with zeros when new; NULL when
 * memory is out or (VG_INVAL) there are too many. */
enum vg_rc vg_query_row_at(struct vg_query_run *r, struct vg_query_row **out,
			   struct vg_err *err) VG_MUST_CHECK;

/* Sum all steps from the view, under its read lock. */
enum vg_rc vg_query_read_view(struct vg_query_run *r,
			      struct vg_err *err) VG_MUST_CHECK;

/* Sum all steps from Redis. */
enum vg_rc vg_query_read_redis(struct vg_query_run *r, struct vg_store *store,
			       struct vg_err *err) VG_MUST_CHECK;

#endif
