#include "api/page.h"

#include "core/timefmt.h"

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
