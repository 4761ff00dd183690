#include "aggregate/query_run.h"

#include "aggregate/view_parts.h"

#include <assert.h>
#include <stdlib.h>

enum { WALK_LOCKED = 200000 /* cells, before the view's writer may go on */ };

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

/* Each step is summed from one moment's state; between steps the lock is let
 * go now and then, so that a long query does not hold up the alerts. */
enum vg_rc vg_query_read_view(struct vg_query_run *r, struct vg_err *err)
{
	struct vg_query_table *at = calloc(VG_PARTITIONS_MAX, sizeof *at);
	enum vg_rc rc = VG_OK;

	if (at == NULL)
		return vg_err_set(err, VG_FATAL, "query: out of memory");
	vg_view_read_lock(r->view);
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
