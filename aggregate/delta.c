#include "aggregate/delta.h"

#include <assert.h>

static void add_slice(struct vg_buf *out, struct vg_slice s)
{
	vg_buf_varint(out, s.n);
	vg_buf_add(out, s.p, s.n);
}

/* A length and that many bytes; false when they pass the end. */
static bool read_slice(struct vg_delta_reader *r, struct vg_slice *out)
{
	const char *p = r->p;
	uint64_t n;

	if (!vg_varint_read(&p, r->end, &n) || n > (uint64_t)(r->end - p))
		return false;
	if (n > UINT32_MAX)
		return false;
	*out = (struct vg_slice){.p = p, .n = (uint32_t)n};
	r->p = p + n;
	return true;
}

void vg_delta_bucket(struct vg_buf *out, struct vg_slice name, uint64_t n)
{
	assert(name.n > 0);
	add_slice(out, name);
	vg_buf_varint(out, n);
}

void vg_delta_field(struct vg_buf *out, struct vg_slice field,
		    struct vg_slice cell)
{
	assert(field.n > 0);
	add_slice(out, field);
	add_slice(out, cell);
}

struct vg_delta_reader vg_delta_read(struct vg_slice payload)
{
	return (struct vg_delta_reader){
		.p = payload.p,
		.end = payload.n > 0 ? payload.p + payload.n : payload.p,
	};
}

int vg_delta_next(struct vg_delta_reader *r, struct vg_slice *name, uint64_t *n)
{
	struct vg_delta_reader at = *r;
	struct vg_slice s;
	uint64_t count;

	if (at.left != 0)
		return -1;
	if (at.p == at.end)
		return 0;
	if (!read_slice(&at, &s) || s.n == 0)
		return -1;
	if (!vg_varint_read(&at.p, at.end, &count))
		return -1;
	/* A field takes at least two bytes: a count beyond that is a lie, and
	 * is found before anyone reserves memory by it. */
	if (count > (uint64_t)(at.end - at.p) / 2)
		return -1;
	at.left = count;
	*r = at;
	*name = s;
	*n = count;
	return 1;
}

int vg_delta_next_field(struct vg_delta_reader *r, struct vg_slice *field,
			struct vg_slice *cell)
{
	struct vg_delta_reader at = *r;
	struct vg_slice f, c;

	if (at.left == 0)
		return 0;
	if (!read_slice(&at, &f) || f.n == 0 || !read_slice(&at, &c))
		return -1;
	at.left--;
	*r = at;
	*field = f;
	*cell = c;
	return 1;
}
