#include "aggregate/query_run.h"

#include "aggregate/cap.h"
#include "core/config.h"
#include "core/defect.h"

#include <assert.h>
#include <stdlib.h>

enum { VALUES_MAX = 4000000 /* of one answer: 32 MB */ };

/* One cell's field, taken apart. */
struct cell {
	struct vg_slice values; /* without the audience */
	struct vg_slice part[VG_QUERY_DIMS];
	size_t visible; /* number of its audience */
	int label;
};

/* Read a field; false when the viewer may not see it, or it is not one of this
 * aggregate. */
static bool read_cell(const struct vg_query_run *r, struct vg_slice field,
		      struct cell *c)
{
	struct vg_slice audience;
	const int64_t *seen;

	if (!vg_field_audience(field, &audience, &c->values))
		return false;
	seen = vg_table_get(r->visible, audience);
	if (seen == NULL)
		return false;
	c->visible = (size_t)seen[0];
	c->label = (int)seen[1];
	if (vg_field_split(c->values, c->part, VG_QUERY_DIMS) != r->n_dims)
		return false;
	/* A real value of that text is shown with the rest. */
	if (vg_slice_eq(c->part[0], vg_slice_of("\x1b\xbeother")) ||
	    vg_slice_eq(c->part[0], vg_slice_of(VG_PAST)))
		c->part[0] = vg_slice_of(VG_OTHER);
	return true;
}

/* Vocabulary, which no partition folds. */
static bool is_exempt(const struct vg_query_run *r, const struct cell *c)
{
	return vg_cap_exempt(r->env->cfg->lexicon, r->agg, c->values);
}

/* The bound of each audience's set in one partition: the largest hash kept,
 * where something was folded. */
static void bound_part(struct vg_query_run *r, const struct vg_table *t)
{
	struct vg_slice field;
	struct cell c;
	int64_t *v;
	bool any = false;

	memset(r->part_folded, 0, r->n_visible * sizeof *r->part_folded);
	memset(r->part_bound, 0, r->n_visible * sizeof *r->part_bound);
	for (size_t pos = 0; vg_table_next(t, &pos, &field, &v);)
		if (read_cell(r, field, &c) && vg_cap_is_other(c.values))
			any = r->part_folded[c.visible] = true;
	for (size_t pos = 0; any && vg_table_next(t, &pos, &field, &v);) {
		uint64_t h;

		if (!read_cell(r, field, &c) || vg_cap_is_other(c.values))
			continue;
		h = vg_cap_hash(r->env->hash_key, r->agg, c.values);
		if (h > r->part_bound[c.visible] && !is_exempt(r, &c))
			r->part_bound[c.visible] = h;
	}
	for (size_t a = 0; any && a < r->n_visible; a++)
		if (r->part_folded[a] && r->part_bound[a] < r->bound[a])
			r->bound[a] = r->part_bound[a];
}

/* True when table `p` is one of the partner with `slot`. */
static bool is_of(const struct vg_query_tables *q, size_t p, unsigned slot)
{
	return q->at[p].table != NULL &&
	       (q->at[p].slot == slot || VG_DEFECT("fold-others"));
}

/* The bounds of one partner, whose partitions share out its names. */
static void find_bounds(struct vg_query_run *r, size_t i,
			const struct vg_query_tables *q, unsigned slot)
{
	for (size_t a = 0; a < r->n_visible; a++)
		r->bound[a] = UINT64_MAX;
	for (size_t p = 0; p < q->n; p++)
		if (is_of(q, p, slot))
			bound_part(r, q->at[p].table);
	for (size_t a = 0; r->is_named && a < r->n_visible; a++)
		if (r->named_hash > r->bound[a])
			r->unknown[i] = true;
}

/* Above the smallest bound of the partner some partition of it folded the
 * value, and what another still has of it would be a part that looks whole.
 * True when the cell is in the rest, or belongs there. */
static bool fold(const struct vg_query_run *r, struct cell *c)
{
	if (vg_cap_is_other(c->values) || vg_cap_is_past(c->values))
		return true;
	if (r->bound[c->visible] == UINT64_MAX || VG_DEFECT("fold-off"))
		return false;
	if (vg_cap_hash(r->env->hash_key, r->agg, c->values) <=
		    r->bound[c->visible] ||
	    is_exempt(r, c))
		return false;
	c->part[0] = vg_slice_of(VG_OTHER);
	return true;
}

/* True when the cell has what `where` wants of the fields from `first` on. */
static bool passes(const struct vg_query_run *r, const struct cell *c,
		   unsigned first)
{
	for (unsigned i = 0; i < r->q->n_where; i++) {
		const struct vg_buf *want = &r->where_raw[i];
		struct vg_slice w = {.p = want->p, .n = (uint32_t)want->n};

		if (r->where[i] >= first &&
		    !vg_slice_eq(c->part[r->where[i]], w))
			return false;
	}
	return true;
}

static bool grow_rows(struct vg_query_run *r)
{
	size_t cap = r->cap ? r->cap * 2 : 64;
	struct vg_query_row *grown;

	if (r->n_rows < r->cap)
		return true;
	grown = realloc(r->row, cap * sizeof *grown);
	if (grown == NULL)
		return false;
	r->row = grown;
	r->cap = cap;
	return true;
}

/* Unescape the parts of the packed key into the arena. */
static bool name_row(struct vg_query_run *r, struct vg_query_row *row)
{
	struct vg_slice packed = {.p = r->key.p, .n = (uint32_t)r->key.n};
	struct vg_slice part[VG_QUERY_DIMS];
	struct vg_buf text = {.n = 0};
	bool ok = true;

	if (r->q->n_by == 0)
		return true;
	vg_field_split(packed, part, VG_QUERY_DIMS);
	for (unsigned i = 0; ok && i < r->q->n_by; i++) {
		vg_buf_reset(&text);
		vg_field_unescape(&text, part[i]);
		row->key[i].n = (uint32_t)text.n;
		row->key[i].p = vg_arena_copy(
			r->arena, text.p != NULL ? text.p : "", text.n);
		ok = row->key[i].p != NULL && !text.failed;
	}
	vg_buf_term(&text);
	return ok;
}

enum vg_rc vg_query_row_at(struct vg_query_run *r, struct vg_query_row **out,
			   struct vg_err *err)
{
	struct vg_slice key = {.p = r->key.p, .n = (uint32_t)r->key.n};
	size_t values = r->q->totals ? 0 : r->n_times;
	struct vg_query_row row = {.total = 0};
	bool is_new;
	int64_t *at = vg_table_at(r->index, key, &is_new);

	if (at != NULL && !is_new) {
		*out = &r->row[*at];
		return VG_OK;
	}
	r->points += values > 0 ? (int64_t)values : 1;
	if (r->points > VALUES_MAX)
		return vg_err_set(err, VG_INVAL,
				  "the answer has more than %d values: narrow "
				  "the time, or take a longer step",
				  VALUES_MAX);
	if (values > 0)
		row.value =
			vg_arena_alloc(r->arena, values * sizeof *row.value);
	if (at == NULL || (values > 0 && row.value == NULL) ||
	    !name_row(r, &row) || !grow_rows(r))
		return vg_err_set(err, VG_FATAL, "query: out of memory");
	if (values > 0)
		memset(row.value, 0, values * sizeof *row.value);
	*at = (int64_t)r->n_rows;
	r->row[r->n_rows] = row;
	*out = &r->row[r->n_rows++];
	return VG_OK;
}

/* The row that a cell counts in; the answer is marked as the cell is. */
static enum vg_rc row_of(struct vg_query_run *r, const struct cell *c,
			 struct vg_query_row **out, struct vg_err *err)
{
	vg_buf_reset(&r->key);
	for (unsigned k = 0; k < r->q->n_by; k++) {
		const struct vg_slice *part = &c->part[r->by[k]];

		if (k > 0)
			vg_buf_add(&r->key, &(char){VG_FIELD_SEP}, 1);
		vg_buf_add(&r->key, part->p, part->n);
	}
	enum vg_rc rc = vg_query_row_at(r, out, err);
	if (rc == VG_OK && c->label > r->marking)
		r->marking = c->label;
	return rc;
}

static void add(const struct vg_query_run *r, struct vg_query_row *row,
		size_t i, int64_t by)
{
	assert(i < r->n_times);
	if (row->value != NULL)
		row->value[i] += by;
	row->total += by;
}

static enum vg_rc add_cell(struct vg_query_run *r, size_t i,
			   const struct cell *c, const int64_t *v,
			   struct vg_err *err)
{
	struct vg_query_row *row;
	enum vg_rc rc = row_of(r, c, &row, err);

	if (rc == VG_OK)
		add(r, row, i, v[r->q->reports ? 1 : 0]);
	return rc;
}

enum vg_rc vg_query_too_much(const struct vg_query_run *r, int64_t cells,
			     struct vg_err *err)
{
	if (r->q->cost != NULL)
		*r->q->cost = cells;
	return vg_err_set(err, VG_INVAL,
			  "more than %d cells to add up: narrow the time, or "
			  "take a longer step",
			  VG_QUERY_CELLS_MAX);
}

/* One more cell. Past the limit, what the whole would cost is told
 * from the steps so far. */
static enum vg_rc charge(struct vg_query_run *r, struct vg_err *err)
{
	/* Hidden cells must not decide whether a query is too large: only
	 * visible ones count. */
	if (++r->visited <= VG_QUERY_CELLS_MAX)
		return VG_OK;
	return vg_query_too_much(
		r, (int64_t)(r->visited * r->n_times / (r->step + 1)), err);
}

size_t vg_query_count(const struct vg_query_run *r, const struct vg_table *t)
{
	struct vg_slice field;
	struct cell c;
	size_t n = 0;
	int64_t *v;

	for (size_t pos = 0; vg_table_next(t, &pos, &field, &v);)
		n += read_cell(r, field, &c) ? 1 : 0;
	return n;
}

enum vg_rc vg_query_charge(struct vg_query_run *r, const struct vg_table *t,
			   struct vg_err *err)
{
	enum vg_rc rc = VG_OK;
	struct vg_slice field;
	struct cell c;
	int64_t *v;

	for (size_t pos = 0; rc == VG_OK && vg_table_next(t, &pos, &field, &v);)
		if (read_cell(r, field, &c))
			rc = charge(r, err);
	return rc;
}

/* Add up one table of step `i`. */
static enum vg_rc sum_table(struct vg_query_run *r, size_t i,
			    const struct vg_query_table *at, bool charged,
			    struct vg_err *err)
{
	const struct vg_table *t = at->table;
	enum vg_rc rc = VG_OK;
	struct vg_slice field;
	struct cell c;
	int64_t *v;

	for (size_t pos = 0; rc == VG_OK && vg_table_next(t, &pos, &field, &v);
	     r->walked++) {
		if (!read_cell(r, field, &c))
			continue;
		if (charged)
			rc = charge(r, err);
		/* What recalls took back wholly says nothing to anyone. */
		if (v[1] == 0)
			continue;
		/* Of a pair the second half is never folded. */
		if (fold(r, &c) && passes(r, &c, 1)) {
			r->folded |= UINT64_C(1) << at->slot;
			r->unknown[i] |=
				r->is_named && vg_cap_is_past(c.values);
		}
		if (rc == VG_OK && passes(r, &c, 0))
			rc = add_cell(r, i, &c, v, err);
	}
	return rc;
}

static enum vg_rc sum_field(struct vg_query_run *r, int64_t first_step,
			    const struct vg_pack *pack, size_t k,
			    struct vg_err *err)
{
	struct vg_query_row *row = NULL;
	enum vg_rc rc = VG_OK;
	struct cell c;

	if (!read_cell(r, pack->field[k], &c))
		return VG_OK;
	const bool wanted = passes(r, &c, 0);
	for (size_t n = pack->first[k]; n < pack->first[k + 1]; n++) {
		const int64_t i = first_step + pack->minute[n];
		const uint32_t *v = &pack->v[2 * n];

		if (i < 0 || i >= (int64_t)r->n_times)
			continue;
		rc = charge(r, err);
		if (rc == VG_OK && row == NULL && wanted && v[1] != 0)
			rc = row_of(r, &c, &row, err);
		if (rc != VG_OK)
			return rc;
		if (row != NULL && v[1] != 0)
			add(r, row, (size_t)i, v[r->q->reports ? 1 : 0]);
	}
	return VG_OK;
}

enum vg_rc vg_query_sum_pack(struct vg_query_run *r, int64_t first_step,
			     const struct vg_pack *pack, struct vg_err *err)
{
	enum vg_rc rc = VG_OK;

	r->step = first_step < 0 ? 0 : (size_t)first_step;
	for (size_t k = 0; rc == VG_OK && k < pack->n_fields; k++) {
		rc = sum_field(r, first_step, pack, k, err);
		r->walked += pack->first[k + 1] - pack->first[k];
	}
	return rc;
}

/* Add up the tables of one partner. */
static enum vg_rc sum_partner(struct vg_query_run *r, size_t i,
			      const struct vg_query_tables *q, unsigned slot,
			      struct vg_err *err)
{
	enum vg_rc rc = VG_OK;

	find_bounds(r, i, q, slot);
	for (size_t p = 0; rc == VG_OK && p < q->n; p++)
		if (is_of(q, p, slot))
			rc = sum_table(r, i, &q->at[p], p < q->n_charged, err);
	return rc;
}

enum vg_rc vg_query_sum(struct vg_query_run *r, size_t i,
			const struct vg_query_tables *q, struct vg_err *err)
{
	bool capped = vg_cap_applies(r->agg);
	enum vg_rc rc = VG_OK;
	uint64_t done = 0; /* slots */

	assert(i < r->n_times && q->n_charged <= q->n);
	r->step = i;
	for (size_t a = 0; a < r->n_visible; a++)
		r->bound[a] = UINT64_MAX;
	for (size_t p = 0; rc == VG_OK && p < q->n; p++) {
		const struct vg_query_table *at = &q->at[p];

		assert(at->slot <= VG_SLOT_PUBLIC);
		if (at->table == NULL || (done >> at->slot & 1) != 0)
			continue;
		if (!capped) {
			rc = sum_table(r, i, at, p < q->n_charged, err);
			continue;
		}
		rc = sum_partner(r, i, q, at->slot, err);
		done |= VG_DEFECT("fold-others") ? UINT64_MAX
						 : UINT64_C(1) << at->slot;
	}
	return rc;
}
