/*
 * query_run - private to query: one query while it is being summed.
 *
 * query.c checks and finishes, query_read.c (from the view) and query_long.c
 * (hours and days, from the view and Redis) bring the tables of each time step,
 * query_sum.c adds them up.
 *
 * Owner:   a run owns what it allocates until it moves to the result.
 * Threads: one.
 */
#ifndef VG_AGGREGATE_QUERY_RUN_H
#define VG_AGGREGATE_QUERY_RUN_H

#include "aggregate/pack.h"
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
	 * some of it may be in a rest, so that none of it is not known. */
	bool is_named, *unknown;
	uint64_t named_hash;
	int64_t from_ms, step_ms;
	size_t n_times;
	int64_t points; /* rows times steps so far */

	struct vg_table *visible; /* audience key -> {number, label} */
	size_t n_visible;
	/* Of each visible audience, in the partner at hand. */
	uint64_t *bound, *part_bound;
	bool *part_folded;
	uint64_t folded; /* slots of those who have a rest in what was asked */

	struct vg_table *index; /* packed key -> number of the row */
	struct vg_arena *arena; /* rows' keys and values           */
	struct vg_query_row *row;
	size_t n_rows, cap;
	int marking;
	size_t step;	/* being summed             */
	size_t visited; /* cells the viewer may see */
	size_t walked;	/* all, since the lock was last let go */
	struct vg_buf key;
};

/* A table, and the slot of the partner whose topic it counts. */
struct vg_query_table {
	const struct vg_table *table; /* NULL: nothing */
	unsigned slot;
};

/* What one step is the sum of. Cells of the first n_charged count against the
 * limit of what a query may visit. */
struct vg_query_tables {
	struct vg_query_table *at;
	size_t n, n_charged;
};

/* The aggregate whose fields are those of by and where; -1: none. */
int vg_query_agg(const struct vg_query *q);

/* Buckets of `res` that end at or before this have been swept. The view's read
 * lock is held. */
int64_t vg_view_kept_from(const struct vg_view *view, enum vg_res res);

/* Add up time step `i`. */
enum vg_rc vg_query_sum(struct vg_query_run *r, size_t i,
			const struct vg_query_tables *tables,
			struct vg_err *err) VG_MUST_CHECK;

/* Add up an hour whose minute 0 is time step `first_step`, which may be below
 * 0, as far as it lies among the steps. */
enum vg_rc vg_query_sum_pack(struct vg_query_run *r, int64_t first_step,
			     const struct vg_pack *pack,
			     struct vg_err *err) VG_MUST_CHECK;

/* How many cells of `t` the viewer may see. */
size_t vg_query_count(const struct vg_query_run *r, const struct vg_table *t);

/* Refuse what would visit `cells`. */
enum vg_rc vg_query_too_much(const struct vg_query_run *r, int64_t cells,
			     struct vg_err *err);

/* Count the cells of `t` that the viewer may see against the limit. */
enum vg_rc vg_query_charge(struct vg_query_run *r, const struct vg_table *t,
			   struct vg_err *err) VG_MUST_CHECK;

/* The bucket of step `i`. */
struct vg_bucket_id vg_query_bucket(const struct vg_query_run *r, size_t i);

/* Let the view's writer in, when many cells were walked under the lock. */
void vg_query_breathe(struct vg_query_run *r);

/* The row of the packed key in r->key, made with zeros when new; NULL when
 * memory is out or (VG_INVAL) there are too many. */
enum vg_rc vg_query_row_at(struct vg_query_run *r, struct vg_query_row **out,
			   struct vg_err *err) VG_MUST_CHECK;

/* Sum all steps from the view, under its read lock. */
enum vg_rc vg_query_read_view(struct vg_query_run *r,
			      struct vg_err *err) VG_MUST_CHECK;

/* Sum all steps of hours or days. VG_RETRY when Redis is needed and away. */
enum vg_rc vg_query_read_long(struct vg_query_run *r, struct vg_store *store,
			      struct vg_err *err) VG_MUST_CHECK;

#endif
