#include "api/page.h"

#include "api/params.h"
#include "core/timefmt.h"

#include <stdlib.h>

static bool is_one_of(struct vg_slice name, bool pinned)
{
	return vg_slice_eq(name, vg_slice_of("after")) ||
	       (pinned && (vg_slice_eq(name, vg_slice_of("from")) ||
			   vg_slice_eq(name, vg_slice_of("to"))));
}

static void add_pair(struct vg_buf *b, struct vg_slice name,
		     struct vg_slice value)
{
	vg_request_encode(b, name);
	vg_buf_str(b, "=");
	vg_request_encode(b, value);
	vg_buf_str(b, "&");
}

static void add_instant(struct vg_buf *b, const char *name, int64_t ms)
{
	char text[VG_TIME_TEXT];

	vg_time_print(text, ms);
	add_pair(b, vg_slice_of(name), vg_slice_of(text));
}

void vg_page_link(const struct vg_request *r, struct vg_answer *a,
		  const struct vg_buf *cursor, const int64_t range[2])
{
	struct vg_buf b = {0};

	vg_buf_printf(&b, "<%s?", r->instance);
	for (unsigned i = 0; i < r->n_params; i++)
		if (!is_one_of(r->param[i].name, range != NULL))
			add_pair(&b, r->param[i].name, r->param[i].value);
	if (range != NULL) {
		add_instant(&b, "from", range[0]);
		add_instant(&b, "to", range[1]);
	}
	vg_buf_str(&b, "after=");
	vg_request_encode(&b, (struct vg_slice){.p = cursor->p,
						.n = (uint32_t)cursor->n});
	vg_buf_str(&b, ">; rel=\"next\"");
	if (b.failed)
		a->body.failed = true;
	else
		vg_answer_header(a, "Link", b.p);
	vg_buf_term(&b);
}

static bool parse_place(struct vg_slice v, struct vg_pager *p)
{
	const char *dot = memchr(v.p, '.', v.n);
	size_t n = dot == NULL ? 0 : (size_t)(dot - v.p);
	char digits[24], *end;

	if (n == 0 || n >= sizeof digits || v.p[0] == ' ' || v.p[0] == '+')
		return false;
	memcpy(digits, v.p, n);
	digits[n] = '\0';
	p->after_ms = strtoll(digits, &end, 10);
	p->after_id =
		(struct vg_slice){.p = dot + 1, .n = v.n - (uint32_t)n - 1};
	p->has_after = *end == '\0';
	return p->has_after;
}

bool vg_pager_read(struct vg_pager *p, const struct vg_request *r,
		   struct vg_answer *a, int64_t usual)
{
	const int64_t limits[2] = {1, VG_PAGE_MAX};
	struct vg_slice v;

	*p = (struct vg_pager){.limit = usual};
	if (!vg_param_int(r, a, "limit", limits, &p->limit))
		return false;
	if (!vg_request_param(r, "after", &v) || parse_place(v, p))
		return true;
	return vg_answer_fail(a, r, 400, "bad-parameter",
			      "after is not a cursor of this list; take it "
			      "from `next` of the page before");
}

bool vg_pager_is_past(const struct vg_pager *p, int64_t ms, const char *id)
{
	if (!p->has_after)
		return true;
	if (ms != p->after_ms)
		return ms < p->after_ms;
	return vg_slice_cmp(p->after_id, vg_slice_of(id)) < 0;
}

bool vg_pager_has_room(struct vg_pager *p)
{
	p->has_more = p->n == p->limit;
	return !p->has_more;
}

void vg_pager_add(struct vg_pager *p, int64_t ms, const char *id)
{
	p->n++;
	p->last_ms = ms;
	vg_buf_reset(&p->last_id);
	vg_buf_str(&p->last_id, id);
}

void vg_pager_end(struct vg_pager *p, const struct vg_request *r,
		  struct vg_answer *a, struct vg_jout *j)
{
	struct vg_buf cursor = {0};

	if (p->has_more) {
		vg_buf_i64(&cursor, p->last_ms);
		vg_buf_str(&cursor, ".");
		vg_buf_add(&cursor, p->last_id.p, p->last_id.n);
		if (j != NULL) {
			vg_jout_name(j, "next");
			vg_jout_text(j, cursor.p);
		}
		vg_page_link(r, a, &cursor, NULL);
		a->body.failed |= cursor.failed || p->last_id.failed;
	}
	vg_buf_term(&cursor);
	vg_buf_term(&p->last_id);
}
