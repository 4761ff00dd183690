/* recount_open - making a recount, keeping records, and looking at it. */
#include "verify/recount_parts.h"

#include "aggregate/cells.h"
#include "verify/hear.h"

#include <stdlib.h>
#include <string.h>

static int64_t names_kept(const struct vg_config *cfg,
			  const struct vg_partner *p)
{
	bool own = p->has_identifiers_kept &&
		   p->identifiers_kept_ms < cfg->keep_1d_ms;

	return own ? p->identifiers_kept_ms : cfg->keep_1d_ms;
}

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
	r->heard = vg_hear_new(env->cfg->sensors_max,
			       names_kept(env->cfg, partner), env->table_seed);
	r->a.scratch = malloc(VG_FIELD_SCRATCH);
	r->b.scratch = malloc(VG_FIELD_SCRATCH);
	r->state = (struct vg_recount_state){.watermark_ms = INT64_MIN,
					     .log_ms = INT64_MIN,
					     .last_offset = -1};
	r->rolled_ms = INT64_MAX;
	r->quota = vg_quota_count_new(env, partner);
	r->sign = 1;
	if (r->cells == NULL || r->ids == NULL || r->heard == NULL ||
	    r->a.scratch == NULL || r->b.scratch == NULL) {
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
	vg_quota_count_free(r->quota);
	vg_cells_free(r->cells);
	vg_table_free(r->ids);
	vg_hear_free(r->heard);
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

const struct vg_hear *vg_recount_heard(const struct vg_recount *r)
{
	return r->heard;
}

struct vg_recount_state vg_recount_state(const struct vg_recount *r)
{
	return r->state;
}

const struct vg_part_env *vg_recount_env(const struct vg_recount *r)
{
	return r->env;
}

/* Room for one more: what no recall reaches any more goes first. */
static void make_room(struct vg_recount *r, int64_t offset)
{
	const struct vg_config *cfg = r->env->cfg;
	int64_t below = offset - vg_config_recall_span(cfg, r->partner) -
			vg_config_dedup_span(cfg, r->partner);
	size_t n = 0;

	if (r->n_kept < r->cap_kept)
		return;
	while (n < r->n_kept && r->kept[n].offset < below)
		free(r->kept[n++].value);
	r->n_kept -= n;
	if (n > 0)
		memmove(r->kept, r->kept + n, r->n_kept * sizeof *r->kept);
	if (r->n_kept * 2 < r->cap_kept)
		return;
	r->cap_kept = r->cap_kept ? r->cap_kept * 2 : 1024;
	r->kept = realloc(r->kept, r->cap_kept * sizeof *r->kept);
	if (r->kept == NULL)
		abort();
}

void vg_recount_keep(struct vg_recount *r, int64_t offset, int64_t ts_ms,
		     const struct vg_slice *value)
{
	make_room(r, offset);
	struct vg_kept *k = &r->kept[r->n_kept++];
	*k = (struct vg_kept){.offset = offset, .ts_ms = ts_ms};
	if (value == NULL)
		return;
	k->n = value->n;
	k->marks = (struct vg_marks){r->second.event.sensor_past,
				     r->second.event.actors_past,
				     r->second.event.n_indicator};
	k->value = malloc(value->n + 1u);
	if (k->value == NULL)
		abort();
	memcpy(k->value, value->p, value->n);
}
