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

/* How many steps the hour of step `i` has from there on. */
static size_t rest_of_hour(const struct vg_query_run *r, size_t i)
{
	const int64_t start_ms = vg_query_bucket(r, i).start_ms;
	const int64_t hour_ms = vg_res_ms(VG_RES_1H);
	size_t n = (size_t)((vg_bucket_floor(start_ms, hour_ms) + hour_ms -
			     start_ms) /
			    r->step_ms);

	return n < r->n_times - i ? n : r->n_times - i;
}

static int64_t hour_of(const struct vg_query_run *r, size_t i)
{
	return vg_bucket_floor(vg_query_bucket(r, i).start_ms,
			       vg_res_ms(VG_RES_1H));
}

/* Partition `p` of the hour of step `i`, when it is packed. */
static const struct vg_pack *find_pack(const struct vg_query_run *r, size_t i,
				       size_t p)
{
	return r->q->step == VG_RES_1M ? vg_packs_find(r->view->feed[p]->packs,
						       r->agg, hour_of(r, i))
				       : NULL;
}

static bool each_step(struct vg_query_run *r, size_t i, size_t n, size_t p,
		      bool (*what)(struct vg_query_run *r,
				   const struct vg_table *t, int64_t *sum),
		      int64_t *sum)
{
	for (size_t end = i + n; i < end; i++) {
		const struct vg_table *t = vg_cells_get(
			vg_view_part(r->view, p)->cells, vg_query_bucket(r, i));

		if (t != NULL && !what(r, t, sum))
			return false;
	}
	return true;
}

/* Do `what` with each table of the query, as long as it is true. Where `packs`
 * say how many there are, they are not looked at. */
static bool each_table(struct vg_query_run *r, bool packs,
		       bool (*what)(struct vg_query_run *r,
				    const struct vg_table *t, int64_t *sum),
		       int64_t *sum)
{
	for (size_t i = 0, n; i < r->n_times; i += n) {
		n = rest_of_hour(r, i);
		for (size_t p = 0; p < vg_view_parts(r->view); p++) {
			const struct vg_pack *pack =
				packs ? find_pack(r, i, p) : NULL;

			if (pack != NULL)
				*sum += pack->first[pack->n_fields];
			else if (!each_step(r, i, n, p, what, sum))
				return false;
		}
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

	if (each_table(r, true, add_all, &all))
		return VG_OK;
	(void)each_table(r, false, add_visible, &visible);
	return visible > VG_QUERY_CELLS_MAX ? vg_query_too_much(r, visible, err)
					    : VG_OK;
}

/* The view's tables of step `i`. */
static size_t tables_of(const struct vg_query_run *r, size_t i,
			struct vg_query_table *at)
{
	size_t n = vg_view_parts(r->view);

	assert(n <= VG_PARTITIONS_MAX);
	for (size_t p = 0; p < n; p++) {
		const struct vg_view_part *v = vg_view_part(r->view, p);

		at[p] = (struct vg_query_table){
			.table = vg_cells_get(v->cells, vg_query_bucket(r, i)),
			.slot = v->partner->slot};
	}
	return n;
}

/* The hour of step `i` as it is packed in every partition, into `pack`; false
 * when it is not in one: the hour is then read by the minute. */
static bool find_packs(const struct vg_query_run *r, size_t i,
		       const struct vg_pack **pack)
{
	const struct vg_view *view = r->view;

	if (r->q->step != VG_RES_1M)
		return false;
	for (size_t p = 0; p < view->n_parts; p++) {
		pack[p] =
			vg_packs_get(view->feed[p]->packs, view->feed[p]->cells,
				     r->agg, hour_of(r, i));
		if (pack[p] == NULL)
			return false;
	}
	return true;
}

/* Sum the `n` steps from `i` on, which are one hour's. */
static enum vg_rc read_hour(struct vg_query_run *r, size_t i, size_t n,
			    struct vg_query_table *at, struct vg_err *err)
{
	const struct vg_pack *pack[VG_PARTITIONS_MAX];
	enum vg_rc rc = VG_OK;

	if (find_packs(r, i, pack)) {
		const int64_t minute =
			vg_query_bucket(r, i).start_ms / r->step_ms % 60;

		for (size_t p = 0; rc == VG_OK && p < r->view->n_parts; p++)
			rc = vg_query_sum_pack(r, (int64_t)i - minute, pack[p],
					       err);
		vg_query_breathe(r);
		return rc;
	}
	for (size_t end = i + n; rc == VG_OK && i < end; i++) {
		const size_t parts = tables_of(r, i, at);
		const struct vg_query_tables tables = {
			.at = at, .n = parts, .n_charged = parts};

		rc = vg_query_sum(r, i, &tables, err);
		r->walked += parts;
		vg_query_breathe(r);
	}
	return rc;
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
	for (size_t i = 0, n; rc == VG_OK && i < r->n_times; i += n) {
		n = rest_of_hour(r, i);
		rc = read_hour(r, i, n, at, err);
	}
	vg_view_unlock(r->view);
	free(at);
	return rc;
}
