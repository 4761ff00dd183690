/*
 * compare_joined - cells of the members from a time on, when whoever joined
 * then is no longer in the configuration.
 *
 * The recount, by the configuration of now, has them under the audience of
 * those who had joined before; so does every reader. What is stored under the
 * old name is added to what is stored under that one, and compared as one.
 *
 * Lists of steps are taken apart here, so that each time is compared.
 */
#include "verify/compare.h"

#include "aggregate/cells.h"
#include "aggregate/steps.h"
#include "verify/recount_parts.h"

/* The field as the configuration names its audience, into `out`; false when it
 * does so already, or does not know it. */
static bool rename_field(const struct vg_audiences *aud, struct vg_slice field,
			 struct vg_buf *out)
{
	struct vg_slice key, values;
	uint16_t a;

	if (!vg_field_audience(field, &key, &values) ||
	    !vg_audience_find(aud, key, &a) ||
	    vg_slice_eq(key, vg_slice_of(vg_audience_key(aud, a))))
		return false;
	vg_buf_reset(out);
	vg_buf_str(out, vg_audience_key(aud, a));
	vg_buf_add(out, field.p + key.n, field.n - key.n);
	return true;
}

static bool has_any(const struct vg_audiences *aud, const struct vg_reply *r,
		    struct vg_buf *name)
{
	for (size_t i = 0; i + 1 < vg_reply_count(r); i += 2)
		if (rename_field(aud, vg_reply_text(vg_reply_at(r, i)), name))
			return true;
	return false;
}

static void merge(struct vg_bucket_id id, int64_t *into, const int64_t *v,
		  bool is_new)
{
	if (vg_cell_width(id.agg) == 4) {
		vg_recount_widen(into, is_new, v[0], v[1]);
		vg_recount_widen(into, false, v[2], v[3]);
		return;
	}
	for (unsigned i = 0; i < vg_cell_width(id.agg); i++)
		into[i] += v[i];
}

/* Put what a list of steps says into the table, each time as a field. */
static bool take_list(const struct vg_compare *c, struct vg_bucket_id id,
		      struct vg_table *t, const struct vg_slice cell[2],
		      struct vg_buf *name)
{
	int64_t window =
		vg_plan_track(c->env->plan, vg_agg_track(id.agg))->window_ms;
	struct vg_steps_reader r = vg_steps_read(cell[1]);
	struct vg_steps_field f;
	struct vg_step step;
	int got;

	if (!vg_steps_parse(cell[0], window, &f))
		return false;
	while ((got = vg_steps_next(&r, &step)) > 0) {
		const int64_t v[2] = {step.events, step.reports};

		if (!rename_field(c->env->aud, f.head, name)) {
			vg_buf_reset(name);
			vg_buf_add(name, f.head.p, f.head.n);
		}
		vg_buf_printf(name, "%c%s%lld", VG_FIELD_SEP,
			      f.rounded ? "~" : "",
			      (long long)(f.at_ms + step.at_ms));
		int64_t *into =
			name->failed ? NULL
				     : vg_table_at(t,
						   (struct vg_slice){
							   name->p,
							   (uint32_t)name->n},
						   NULL);
		if (into == NULL)
			return false;
		merge(id, into, v, false);
	}
	return got == 0;
}

/* False when a cell is no number: it is then compared as it stands. */
static bool take_cell(const struct vg_compare *c, struct vg_bucket_id id,
		      struct vg_table *t, const struct vg_slice cell[2],
		      struct vg_buf *name)
{
	struct vg_slice field = cell[0];
	int64_t v[VG_CELL_WIDTH_MAX] = {0};
	bool is_new = false;

	if (id.agg >= VG_AGG_STEPS_0)
		return take_list(c, id, t, cell, name);
	if (!vg_cell_parse(cell[1], v, vg_cell_width(id.agg)))
		return false;
	if (rename_field(c->env->aud, field, name))
		field = (struct vg_slice){name->p, (uint32_t)name->n};
	int64_t *into = vg_table_at(t, field, &is_new);
	if (into == NULL || name->failed)
		return false;
	merge(id, into, v, is_new);
	return true;
}

struct vg_table *vg_compare_joined(const struct vg_compare *c,
				   struct vg_bucket_id id,
				   const struct vg_reply *r)
{
	struct vg_buf name = {0};
	struct vg_table *t = NULL;

	if (id.agg >= VG_AGG_STEPS_0 ||
	    (id.agg != VG_AGG_ACCOUNT && has_any(c->env->aud, r, &name)))
		t = vg_table_new(vg_cell_width(id.agg), c->env->table_seed);
	for (size_t i = 0; t != NULL && i + 1 < vg_reply_count(r); i += 2) {
		const struct vg_slice cell[2] = {
			vg_reply_text(vg_reply_at(r, i)),
			vg_reply_text(vg_reply_at(r, i + 1))};

		if (take_cell(c, id, t, cell, &name))
			continue;
		vg_table_free(t);
		t = NULL;
	}
	vg_buf_term(&name);
	return t;
}
