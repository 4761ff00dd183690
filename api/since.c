#include "api/since.h"

#include "core/hash.h"
#include "core/text.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>

/* Steps that ended less than this ago, and the last two, still change. */
enum { SETTLE_MS = 60000 };

static bool bad_cursor(const struct vg_request *r, struct vg_answer *a)
{
	return vg_answer_fail(a, r, 400, "bad-parameter",
			      "since is not a cursor of this path; take it "
			      "from `cursor` of the answer before, or send "
			      "since= to begin");
}

/* The digits before the next dot of *v, taken from it. */
static bool take_number(struct vg_slice *v, int64_t *out)
{
	const char *dot = memchr(v->p, '.', v->n);
	size_t n = dot != NULL ? (size_t)(dot - v->p) : 0;

	if (!vg_text_number(v->p, n, 15, out))
		return false;
	v->p += n + 1;
	v->n -= (uint32_t)n + 1;
	return true;
}

static bool read_hash(struct vg_slice v, uint64_t *out)
{
	uint64_t h = 0;

	for (uint32_t i = 0; i < v.n && v.n == 16; i++) {
		int digit = vg_text_hex(v.p[i]);

		if (digit < 0)
			return false;
		h = h << 4 | (uint64_t)digit;
	}
	*out = h;
	return v.n == 16;
}

bool vg_since_read(const struct vg_request *r, struct vg_answer *a,
		   int64_t step_ms, struct vg_since *out)
{
	struct vg_since s = {.asked = true};
	struct vg_slice v;

	*out = (struct vg_since){0};
	if (!vg_request_param(r, "since", &v))
		return true;
	if (v.n > 0) {
		s.is_set = true;
		if (!take_number(&v, &s.from_ms) ||
		    !take_number(&v, &s.open_ms) || !read_hash(v, &s.hash) ||
		    s.from_ms > s.open_ms)
			return bad_cursor(r, a);
		/* Of other steps: nothing of it is of use. */
		if (s.from_ms % step_ms != 0 || s.open_ms % step_ms != 0)
			s.is_set = false;
	}
	*out = s;
	return true;
}

int64_t vg_since_open(const struct vg_query *q, int64_t now_ms)
{
	int64_t step = vg_res_ms(q->step), settle = 2 * step;
	int64_t open;

	settle = settle < SETTLE_MS ? SETTLE_MS : settle;
	open = now_ms - settle;
	open -= open % step;
	open = open < q->from_ms ? q->from_ms : open;
	return open > q->to_ms ? q->to_ms : open;
}

static void add_slice(struct vg_buf *b, struct vg_slice s)
{
	vg_buf_varint(b, s.n);
	vg_buf_add(b, s.p, s.n);
}

/* What is asked, so that a cursor is of one question. */
static void add_question(struct vg_buf *b, const struct vg_query *q)
{
	vg_buf_printf(b, "series %u %d %d %u %u ", q->viewer, (int)q->step,
		      (int)q->reports, q->n_by, q->n_where);
	for (unsigned i = 0; i < q->n_by; i++)
		add_slice(b, q->by[i]);
	for (unsigned i = 0; i < q->n_where; i++) {
		add_slice(b, q->where_field[i]);
		add_slice(b, q->where_value[i]);
	}
}

/* The row's values of steps first to before end; a row of zeros adds nothing,
 * as one that only comes up later would not be there. */
static void add_row(struct vg_buf *b, const struct vg_query *q,
		    const struct vg_query_row *row, size_t first, size_t end)
{
	size_t i = first;

	while (i < end && row->value[i] == 0)
		i++;
	if (i == end)
		return;
	for (unsigned k = 0; k < q->n_by; k++)
		add_slice(b, row->key[k]);
	vg_buf_add(b, row->value + first, (end - first) * sizeof row->value[0]);
}

bool vg_since_hash(const struct vg_service *s, const struct vg_query *q,
		   const struct vg_query_result *res, struct vg_since *at)
{
	struct vg_buf b = {0};
	size_t first = 0, end = 0;
	bool ok;

	while (first < res->n_times && res->time[first] < at->from_ms)
		first++;
	for (end = first; end < res->n_times && res->time[end] < at->open_ms;)
		end++;
	add_question(&b, q);
	for (size_t i = 0; i < res->n_rows; i++)
		add_row(&b, q, &res->row[i], first, end);
	ok = !b.failed;
	if (ok)
		at->hash = vg_hash64(s->env->hash_key, b.p, b.n);
	vg_buf_term(&b);
	return ok;
}

void vg_since_print(char out[VG_CURSOR_TEXT], const struct vg_since *at)
{
	(void)snprintf(out, VG_CURSOR_TEXT,
		       "%" PRId64 ".%" PRId64 ".%016" PRIx64, at->from_ms,
		       at->open_ms, at->hash);
}
