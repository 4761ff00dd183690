#include "notify/mute.h"

#include "core/defect.h"

#include <stdlib.h>

bool vg_silence_acts(const struct vg_silence *s, const struct vg_labels *l,
		     int64_t at_ms)
{
	int64_t to_ms = VG_DEFECT("silence-end") ? s->to_ms + 1 : s->to_ms;

	return at_ms >= s->from_ms && at_ms < to_ms &&
	       vg_matchers_hold(&s->on, l);
}

void vg_silence_term(struct vg_silence *s)
{
	vg_matchers_term(&s->on);
	free(s->id);
	free(s->author);
	free(s->reason);
	memset(s, 0, sizeof *s);
}

bool vg_inhibit_acts(const struct vg_inhibit *r, const struct vg_labels *l,
		     const struct vg_labels *by)
{
	if (!vg_matchers_hold(&r->target, l) ||
	    !vg_matchers_hold(&r->source, by))
		return false;
	if (vg_matchers_hold(&r->source, l) &&
	    vg_matchers_hold(&r->target, by) && !VG_DEFECT("inhibit-self"))
		return false;
	for (size_t i = 0; i < r->n_equal; i++)
		if (!vg_labels_same(l, by, r->equal[i]))
			return false;
	return true;
}

bool vg_inhibit_equal(struct vg_inhibit *r, const char *name)
{
	size_t n = strlen(name) + 1;
	char **p = realloc(r->equal, (r->n_equal + 1) * sizeof *p);

	if (p == NULL)
		return false;
	r->equal = p;
	p[r->n_equal] = malloc(n);
	if (p[r->n_equal] == NULL)
		return false;
	memcpy(p[r->n_equal++], name, n);
	return true;
}

void vg_inhibit_term(struct vg_inhibit *r)
{
	vg_matchers_term(&r->source);
	vg_matchers_term(&r->target);
	for (size_t i = 0; i < r->n_equal; i++)
		free(r->equal[i]);
	free(r->equal);
	memset(r, 0, sizeof *r);
}
