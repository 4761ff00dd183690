#include "ingest/glue.h"

void vg_shape_learn(struct vg_shape *s, unsigned *at, struct vg_slice glue,
		    struct vg_slice name, uint16_t tag)
{
	struct vg_glue g = {.n = (uint8_t)glue.n,
			    .name_at = (uint8_t)(name.p - glue.p),
			    .name_n = (uint8_t)name.n,
			    .tag = tag};

	if (glue.n > VG_GLUE_MAX)
		return;
	if (s->n == VG_SHAPE_MAX)
		s->n = *at = 0;
	memcpy(g.text, glue.p, g.n);
	memmove(&s->glue[*at + 1], &s->glue[*at],
		(s->n - *at) * sizeof s->glue[0]);
	s->glue[(*at)++] = g;
	s->n++;
}
