#include "api/place.h"

#include "api/page.h"

#include <stdlib.h>

static void write_keys(struct vg_buf *out, const struct vg_place_row *row)
{
	for (unsigned k = 0; k < row->n_keys; k++) {
		vg_buf_str(out, k > 0 ? "\x1f" : "");
		vg_buf_add(out, row->key[k].p, row->key[k].n);
	}
}

bool vg_place_read(const struct vg_request *r, struct vg_answer *a,
		   struct vg_place *out)
{
	struct vg_slice v;
	const char *dot;
	char digits[20], *end;
	size_t n;

	*out = (struct vg_place){.is_given = false};
	if (!vg_request_param(r, "after", &v))
		return true;
	dot = memchr(v.p, '.', v.n);
	n = dot == NULL ? 0 : (size_t)(dot - v.p);
	if (n > 0 && n < sizeof digits && v.p[0] >= '0' && v.p[0] <= '9') {
		memcpy(digits, v.p, n);
		digits[n] = '\0';
		out->number = strtoll(digits, &end, 10);
		out->keys = (struct vg_slice){dot + 1, v.n - (uint32_t)n - 1};
		out->is_given = *end == '\0';
	}
	return out->is_given ||
	       vg_answer_fail(a, r, 400, "bad-parameter",
			      "after is not a cursor of this list; take it "
			      "from `next` of the page before");
}

bool vg_place_is_past(const struct vg_place *p, const struct vg_place_row *row)
{
	struct vg_buf keys = {0};
	bool past;

	if (!p->is_given || row->number != p->number)
		return !p->is_given || row->number < p->number;
	write_keys(&keys, row);
	past = keys.failed ||
	       vg_slice_cmp((struct vg_slice){keys.p, (uint32_t)keys.n},
			    p->keys) > 0;
	vg_buf_term(&keys);
	return past;
}

void vg_place_next(const struct vg_request *r, struct vg_answer *a,
		   struct vg_jout *j, const struct vg_place_row *last,
		   const int64_t range[2])
{
	struct vg_buf cursor = {0};

	vg_buf_i64(&cursor, last->number);
	vg_buf_str(&cursor, ".");
	write_keys(&cursor, last);
	a->body.failed |= cursor.failed;
	if (j != NULL && !cursor.failed) {
		vg_jout_name(j, "next");
		vg_jout_slice(j,
			      (struct vg_slice){cursor.p, (uint32_t)cursor.n});
	}
	if (!cursor.failed)
		vg_page_link(r, a, &cursor, range);
	vg_buf_term(&cursor);
}
