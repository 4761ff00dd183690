#include "core/near.h"
#include "core/options.h"

#include <assert.h>
#include <stdio.h>

struct best {
	struct vg_near near;
	struct vg_slice shown; /* of an option's name */
};

static void consider(struct best *b, struct vg_slice word,
		     struct vg_slice shown)
{
	if (vg_near_is(&b->near, word))
		b->shown = shown;
}

const char *vg_option_nearest(const char *name, char *out, size_t cap)
{
	const struct vg_option *o;
	struct best b = {.near = vg_near_to(vg_slice_of(name))};

	assert(cap > 0);
	for (size_t i = 0; (o = vg_option_at(i)) != NULL; i++) {
		struct vg_slice whole = vg_slice_of(o->name), part = whole;
		const char *dot = strchr(o->name, '.');

		consider(&b, whole, whole);
		if (dot == NULL)
			continue;
		part.n = (uint32_t)(dot - o->name);
		consider(&b, part, part);
		/* The section forgotten: `workers` for `ingest.workers`. */
		consider(&b, vg_slice_of(dot + 1), whole);
	}
	if (b.shown.p == NULL)
		return NULL;
	(void)snprintf(out, cap, "%.*s", (int)b.shown.n, b.shown.p);
	return out;
}
