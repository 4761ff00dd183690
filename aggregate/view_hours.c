#include "aggregate/cap.h"
#include "aggregate/view_parts.h"

#define HOUR_MS vg_res_ms(VG_RES_1H)

bool vg_view_add_hour(struct vg_cells *cells, struct vg_bucket_id id,
		      struct vg_slice field, const int64_t by[2])
{
	struct vg_table *t;
	int64_t *v;

	if (id.agg >= VG_AGG_SERIES_N || id.res != VG_RES_1M)
		return true;
	id.start_ms = vg_bucket_floor(id.start_ms, HOUR_MS);
	if (vg_cap_applies(id.agg) && vg_cap_is_rest(field)) {
		id.res = VG_VIEW_FOLDED_HOUR;
		if (vg_cells_at(cells, id, NULL) == NULL)
			return false;
	}
	id.res = VG_RES_1H;
	t = vg_cells_at(cells, id, NULL);
	v = t != NULL ? vg_table_at(t, field, NULL) : NULL;
	if (v == NULL)
		return false;
	v[0] += by[0];
	v[1] += by[1];
	if (v[1] == 0)
		vg_table_remove(t, field);
	return true;
}
