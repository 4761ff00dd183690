/*
 * compare_joined - cells of the members from a time on, when whoever joined
 * then is no longer in the configuration.
 *
 * The recount, by the configuration of now, has them under the audience of
 * those who had joined before; so does every reader. What is stored under the
 * old name is added to what is stored under that one, and compared as one.
 */
#include "verify/compare.h"

#include "aggregate/cells.h"
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

/* False when a cell is no number: it is then compared as it stands. */
static bool take_cell(const struct vg_compare *c, struct vg_bucket_id id,
		      struct vg_table *t, const struct vg_slice cell[2],
		      struct vg_buf *name)
{
	struct vg_slice field = cell[0];
	int64_t v[VG_CELL_WIDTH_MAX] = {0};
	bool is_new = false;

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

	if (id.agg != VG_AGG_ACCOUNT && has_any(c->env->aud, r, &name))
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
