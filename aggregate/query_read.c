#include "aggregate/query_run.h"

#include "aggregate/view_parts.h"

#include <assert.h>
#include <stdlib.h>

enum {
	WALK_LOCKED = 200000, /* cells, before the view's writer may go on */
	COUNTED = 4	      /* times the limit: further is not counted   */
};

struct vg_bucket_id vg_query_bucket(const struct vg_query_run *r, size_t i)
{
	return (struct vg_bucket_id){
		.agg = (uint16_t)r->agg,
		.res = (uint8_t)r->q->step,
		.start_ms = r->from_ms + (int64_t)i * r->step_ms,
	};
}

void vg_query_breathe(struct vg_query_run *r)
{
	if (r->walked < WALK_LOCKED)
		return;
	vg_view_unlock(r->view);
	r->walked = 0;
	vg_view_read_lock(r->view);
}

/* Do `what` with each table of the query, as long as it is true. */
static bool each_table(struct vg_query_run *r,
		       bool (*what)(struct vg_query_run *r,
				    const struct vg_table *t, int64_t *sum),
		       int64_t *sum)
{
	for (size_t i = 0; i < r->n_times; i++)
		for (size_t p = 0; p < vg_view_parts(r->view); p++) {
			const struct vg_table *t =
				vg_cells_get(vg_view_part(r->view, p)->cells,
					     vg_query_bucket(r, i));

			if (t != NULL && !what(r, t, sum))
				return false;
		}
	return true;
}

static bool add_all(struct vg_query_run *r, const struct vg_table *t,
		    int64_t *sum)
{
	(void)r;
	*sum += (int64_t)vg_table_count(t);
	return *sum <= VG_QUERY_CELLS_MAX;
}

static bool add_visible(struct vg_query_run *r, const struct vg_table *t,
			int64_t *sum)
{
	size_t n = vg_query_count(r, t);

	*sum += (int64_t)n;
	r->walked += n;
	vg_query_breathe(r);
	return *sum <= COUNTED * (int64_t)VG_QUERY_CELLS_MAX;
}

/* What the query will visit, before it does: all that there is, and only when
 * that is too much, what of it the viewer sees. The lock is held. */
static enum vg_rc estimate_locked(struct vg_query_run *r, struct vg_err *err)
{
	int64_t all = 0, visible = 0;

	if (each_table(r, add_all, &all))
		return VG_OK;
	(void)each_table(r, add_visible, &visible);
	return visible > VG_QUERY_CELLS_MAX ? vg_query_too_much(r, visible, err)
					    : VG_OK;
}

/* Each step is summed from one moment's state; between steps the lock is let
 * go now and then, so that a long query does not hold up the alerts. */
enum vg_rc vg_query_read_view(struct vg_query_run *r, struct vg_err *err)
{
	struct vg_query_table *at = calloc(VG_PARTITIONS_MAX, sizeof *at);
	enum vg_rc rc = VG_OK;

	if (at == NULL)
		return vg_err_set(err, VG_FATAL, "query: out of memory");
	vg_view_read_lock(r->view);
	rc = estimate_locked(r, err);
	for (size_t i = 0; rc == VG_OK && i < r->n_times; i++) {
		size_t n = vg_view_parts(r->view);

		assert(n <= VG_PARTITIONS_MAX);
		for (size_t p = 0; p < n; p++) {
			const struct vg_view_part *v = vg_view_part(r->view, p);

			at[p] = (struct vg_query_table){
				.table = vg_cells_get(v->cells,
						      vg_query_bucket(r, i)),
				.slot = v->partner->slot};
		}
		rc = vg_query_sum(r, i,
				  &(struct vg_query_tables){
					  .at = at,
					  .n = n,
					  .n_charged = n,
				  },
				  err);
		r->walked += n;
		vg_query_breathe(r);
	}
	vg_view_unlock(r->view);
	free(at);
	return rc;
}
