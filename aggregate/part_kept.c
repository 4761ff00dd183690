#include "aggregate/part_kept.h"

#include "aggregate/part_call.h"
#include "aggregate/part_private.h"

/* Fields wait in p->kept, each as two lengths and their bytes; a removal has
 * this for the second. */
static const uint32_t REMOVED = UINT32_MAX;

bool vg_part_kept(const struct vg_part *p, size_t i, struct vg_slice *field,
		  struct vg_slice *value)
{
	if (p->loaded_kept == NULL ||
	    2 * i + 1 >= vg_reply_count(p->loaded_kept))
		return false;
	*field = vg_reply_text(vg_reply_at(p->loaded_kept, 2 * i));
	*value = vg_reply_text(vg_reply_at(p->loaded_kept, 2 * i + 1));
	return true;
}

static void add(struct vg_part *p, struct vg_slice field, uint32_t n)
{
	uint32_t head[2] = {field.n, n};

	vg_buf_add(&p->kept, head, sizeof head);
	vg_buf_add(&p->kept, field.p, field.n);
}

void vg_part_keep(struct vg_part *p, struct vg_slice field,
		  struct vg_slice value)
{
	add(p, field, value.n);
	vg_buf_add(&p->kept, value.p, value.n);
}

void vg_part_unkeep(struct vg_part *p, struct vg_slice field)
{
	add(p, field, REMOVED);
}

/* The fields to set, or those to remove. */
static void tell(struct vg_part *p, uint32_t key, bool removed)
{
	bool begun = false;
	uint32_t head[2];

	for (size_t at = 0; at < p->kept.n;) {
		const char *field = p->kept.p + at + sizeof head;

		memcpy(head, p->kept.p + at, sizeof head);
		at += sizeof head + head[0];
		at += head[1] != REMOVED ? head[1] : 0;
		if ((head[1] == REMOVED) != removed)
			continue;
		if (!begun)
			vg_call_begin(p->call, removed ? "HDEL" : "HSET", key);
		begun = true;
		vg_call_str(p->call, field, head[0]);
		if (!removed)
			vg_call_str(p->call, field + head[0], head[1]);
	}
}

void vg_part_tell_kept(struct vg_part *p, uint32_t key)
{
	tell(p, key, false);
	tell(p, key, true);
	p->call->failed |= p->kept.failed;
}
