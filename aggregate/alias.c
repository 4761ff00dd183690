#include "aggregate/alias.h"

#include "aggregate/match.h"
#include "core/buf.h"

#include <assert.h>

static bool passes(const struct vg_match *when, const struct vg_event *e,
		   struct vg_slice partner)
{
	char scratch[VG_FIELD_SCRATCH];
	struct vg_field_values v;

	v.scratch = scratch;
	return vg_match_test(when, e, partner, &v);
}

/* The values from `at` on that are there before are one. */
static void drop_equal(struct vg_field_values *out, unsigned at)
{
	unsigned kept = at;

	for (unsigned i = at; i < out->n; i++) {
		unsigned k = 0;

		while (k < kept && !vg_slice_eq(out->v[k], out->v[i]))
			k++;
		if (k == kept)
			out->v[kept++] = out->v[i];
	}
	out->n = kept;
}

void vg_alias_read(const struct vg_field_alias *a, const struct vg_event *e,
		   struct vg_slice partner, struct vg_field_values *out)
{
	assert(a->n <= VG_ALIAS_MAX);
	for (unsigned i = 0; i < a->n; i++) {
		unsigned before = out->n;

		assert(a->of[i].field.alias == NULL);
		vg_field_read_more(&a->of[i].field, e, partner, out);
		/* The cheap question first: most fields are not there. */
		if (out->n > before && a->of[i].when != NULL &&
		    !passes(a->of[i].when, e, partner))
			out->n = before;
		drop_equal(out, before);
	}
}

bool vg_alias_number(const struct vg_field_alias *a, const struct vg_event *e,
		     double *out)
{
	for (unsigned i = 0; i < a->n; i++)
		if (vg_field_number(&a->of[i].field, e, out))
			return true;
	return false;
}

void vg_alias_print(const struct vg_field_alias *a, struct vg_buf *out)
{
	for (unsigned i = 0; i < a->n; i++) {
		vg_buf_printf(out, "|%u:", (unsigned)a->of[i].field.name.n);
		vg_buf_add(out, a->of[i].field.name.p, a->of[i].field.name.n);
		if (a->of[i].when != NULL) {
			vg_buf_str(out, "(");
			vg_match_print(a->of[i].when, out);
			vg_buf_str(out, ")");
		}
	}
}
