/* recount_open - making a recount, and looking at it. */
#include "verify/recount_parts.h"

#include "aggregate/cells.h"

#include <stdlib.h>

enum vg_rc vg_recount_new(struct vg_recount **out,
			  const struct vg_part_env *env,
			  const struct vg_partner *partner, struct vg_err *err)
{
	struct vg_recount *r = calloc(1, sizeof *r);

	if (r == NULL)
		return vg_err_set(err, VG_FATAL, "verify: out of memory");
	r->env = env;
	r->partner = partner;
	r->cells = vg_cells_new(env->table_seed);
	r->ids = vg_table_new(1, env->table_seed);
	r->a.scratch = malloc(VG_FIELD_SCRATCH);
	r->b.scratch = malloc(VG_FIELD_SCRATCH);
	r->state = (struct vg_recount_state){.watermark_ms = INT64_MIN,
					     .log_ms = INT64_MIN,
					     .last_offset = -1};
	r->rolled_ms = INT64_MAX;
	r->sign = 1;
	if (r->cells == NULL || r->ids == NULL || r->a.scratch == NULL ||
	    r->b.scratch == NULL) {
		vg_recount_free(r);
		return vg_err_set(err, VG_FATAL, "verify: out of memory");
	}
	*out = r;
	return VG_OK;
}

void vg_recount_free(struct vg_recount *r)
{
	if (r == NULL)
		return;
	vg_second_term(&r->second);
	vg_cells_free(r->cells);
	vg_table_free(r->ids);
	for (size_t i = 0; i < r->n_kept; i++)
		free(r->kept[i].value);
	free(r->kept);
	free(r->a.scratch);
	free(r->b.scratch);
	vg_buf_term(&r->field);
	free(r);
}

void vg_recount_rolled(struct vg_recount *r, int64_t rolled_ms)
{
	r->rolled_ms = rolled_ms;
}

const struct vg_cells *vg_recount_cells(const struct vg_recount *r)
{
	return r->cells;
}

struct vg_recount_state vg_recount_state(const struct vg_recount *r)
{
	return r->state;
}

const struct vg_part_env *vg_recount_env(const struct vg_recount *r)
{
	return r->env;
}
