#include "api/span.h"

#include "api/params.h"
#include "api/rows.h"
#include "core/limits.h"

#include <assert.h>
#include <stdlib.h>

/* True when buckets of `res` reach back `back` times the range. */
static bool is_kept(const struct vg_service *s, const struct vg_query *q,
		    enum vg_res res, int back)
{
	int64_t from = q->to_ms - back * (q->to_ms - q->from_ms);

	return from >= q->now_ms - vg_select_kept_ms(s->env->cfg, res);
}

static enum vg_res choose_res(const struct vg_service *s,
			      const struct vg_query *q, int back)
{
	for (int i = VG_RES_1D; i >= VG_RES_10S; i--) {
		int64_t width = vg_res_ms((enum vg_res)i);

		if (q->from_ms % width == 0 && q->to_ms % width == 0 &&
		    vg_select_has_res(q, (enum vg_res)i) &&
		    is_kept(s, q, (enum vg_res)i, back))
			return (enum vg_res)i;
	}
	for (int i = VG_RES_10S; i < VG_RES_1D; i++) {
		int64_t points =
			(q->to_ms - q->from_ms) / vg_res_ms((enum vg_res)i);

		if (vg_select_has_res(q, (enum vg_res)i) &&
		    is_kept(s, q, (enum vg_res)i, back) &&
		    points < VG_QUERY_POINTS_MAX)
			return (enum vg_res)i;
	}
	return VG_RES_1D;
}

bool vg_span_fit(struct vg_service *s, const struct vg_request *r,
		 struct vg_answer *a, struct vg_query *q, int back)
{
	assert(back >= 1);
	q->totals = true;
	return vg_select_step(r, a, q, choose_res(s, q, back));
}

bool vg_span_read(struct vg_service *s, const struct vg_request *r,
		  struct vg_answer *a, struct vg_query *q, int back)
{
	q->to_ms = r->now_ms;
	q->from_ms = r->now_ms - VG_SELECT_DEFAULT_MS;
	return vg_param_range(r, a, &q->from_ms, &q->to_ms) &&
	       vg_span_fit(s, r, a, q, back);
}

static int compare_keys(const struct vg_slice *a, const struct vg_slice *b)
{
	int c = vg_slice_cmp(a[0], b[0]);

	return c != 0 ? c : vg_slice_cmp(a[1], b[1]);
}

static int by_value(const void *a, const void *b)
{
	const struct vg_span_row *x = a, *y = b;

	if (x->value != y->value)
		return x->value < y->value ? 1 : -1;
	return compare_keys(x->key, y->key);
}

int64_t vg_span_shift(const struct vg_span_row *row)
{
	int64_t change = row->value - row->before;

	return change < 0 ? -change : change;
}

static int by_change(const void *a, const void *b)
{
	int64_t x = vg_span_shift(a), y = vg_span_shift(b);

	if (x != y)
		return x < y ? 1 : -1;
	return compare_keys(((const struct vg_span_row *)a)->key,
			    ((const struct vg_span_row *)b)->key);
}

/* Rows of both are in the order of their keys. */
static bool join(struct vg_span_pair *p)
{
	const struct vg_query_row *x = p->now.row, *y = p->then.row;
	size_t nx = p->now.n_rows, ny = p->then.n_rows;

	p->row = calloc(nx + ny + 1, sizeof *p->row);
	if (p->row == NULL)
		return false;
	while (nx + ny > 0) {
		struct vg_span_row *out = &p->row[p->n++];
		int c = nx == 0	  ? 1
			: ny == 0 ? -1
				  : compare_keys(x->key, y->key);
		const struct vg_query_row *named = c <= 0 ? x : y;

		memcpy(out->key, named->key, sizeof out->key);
		if (c <= 0) {
			out->value = x->total;
			x++;
			nx--;
		}
		if (c >= 0) {
			out->before = y->total;
			y++;
			ny--;
		}
		p->total += out->value;
		p->total_before += out->before;
	}
	return true;
}

bool vg_span_compare(struct vg_service *s, const struct vg_request *r,
		     struct vg_answer *a, const struct vg_query *q,
		     struct vg_span_pair *out, bool is_stale)
{
	struct vg_query then = *q;

	*out = (struct vg_span_pair){.marking = -1};
	then.to_ms = q->from_ms;
	then.from_ms = q->from_ms - (q->to_ms - q->from_ms);
	if (then.from_ms < 0)
		return vg_answer_fail(a, r, 400, "bad-range",
				      "there is no such span before this "
				      "range; ask for a later one");
	out->before_kept = then.from_ms >=
			   r->now_ms - vg_select_kept_ms(s->env->cfg, q->step);
	if (!vg_select_run(s, r, a, q, &out->now, is_stale))
		return false;
	if (!vg_select_run(s, r, a, &then, &out->then, is_stale)) {
		vg_span_pair_term(out);
		return false;
	}
	out->marking = out->now.marking > out->then.marking ? out->now.marking
							    : out->then.marking;
	out->folded = out->now.folded | out->then.folded;
	if (!join(out)) {
		a->body.failed = true;
	} else if (out->n > 0) {
		qsort(out->row, out->n, sizeof *out->row, by_value);
	}
	return true;
}

void vg_span_by_change(struct vg_span_pair *p)
{
	if (p->n > 0)
		qsort(p->row, p->n, sizeof *p->row, by_change);
}

bool vg_span_milli(int64_t part, int64_t whole, int64_t *out)
{
	if (whole == 0)
		return false;
	*out = part < INT64_MAX / 1000 ? part * 1000 / whole
				       : part / (whole / 1000 + 1);
	return true;
}

static void write_milli(struct vg_jout *j, const char *name, int64_t part,
			int64_t whole)
{
	int64_t milli;

	vg_jout_name(j, name);
	if (vg_span_milli(part, whole, &milli))
		vg_jout_milli(j, milli);
	else
		vg_jout_null(j);
}

void vg_span_write(struct vg_jout *j, const struct vg_span_pair *p,
		   const struct vg_span_row *row)
{
	vg_jout_name(j, "value");
	vg_jout_i64(j, row->value);
	vg_jout_name(j, "before");
	vg_jout_i64(j, row->before);
	vg_jout_name(j, "change");
	vg_jout_i64(j, row->value - row->before);
	write_milli(j, "ratio", row->value, row->before);
	write_milli(j, "share", row->value, p->total);
	write_milli(j, "share_before", row->before, p->total_before);
}

void vg_span_pair_term(struct vg_span_pair *p)
{
	free(p->row);
	vg_query_result_term(&p->now);
	vg_query_result_term(&p->then);
	*p = (struct vg_span_pair){.marking = -1};
}
