#include "alert/kind.h"

#include "alert/tally.h"
#include "core/defect.h"

#include <assert.h>
#include <stdlib.h>

enum { LAST, SEEN }; /* of a row: when it was last there; whether it was */

static bool is_new(const struct vg_tally_row *row, int64_t t_ms,
		   int64_t history_ms)
{
	if (row->n[SEEN] == 0)
		return true;
	if (VG_DEFECT("history-closed"))
		return t_ms - row->n[LAST] > history_ms;
	/* The same ms is not the past: equal values there are one. */
	return t_ms != row->n[LAST] && t_ms - row->n[LAST] >= history_ms;
}

static bool add(struct vg_stretches *out, const struct vg_sample *s)
{
	if (out->n == out->cap) {
		size_t cap = out->cap == 0 ? 16 : out->cap * 2;
		struct vg_stretch *v = realloc(out->v, cap * sizeof *v);

		if (v == NULL)
			return false;
		out->v = v;
		out->cap = cap;
	}
	out->v[out->n++] = (struct vg_stretch){.start_ms = s->t_ms,
					       .end_ms = s->t_ms,
					       .peak_at_ms = s->t_ms,
					       .value = s->value};
	return true;
}

enum vg_rc vg_kind_new_values(struct vg_stretches *out,
			      const struct vg_leaf *leaf,
			      const struct vg_samples *in,
			      const struct vg_new_since *since,
			      struct vg_err *err)
{
	struct vg_tally seen = {.n = 0};
	bool failed = false;

	for (size_t i = 0; i < in->n && !failed; i++) {
		const struct vg_sample *s = &in->v[i];
		struct vg_tally_row *row;

		assert(i == 0 || in->v[i - 1].t_ms <= s->t_ms);
		if (s->t_ms > since->clock_ms)
			break;
		row = vg_tally_row(&seen, s->value);
		failed = row == NULL;
		if (failed)
			break;
		if (is_new(row, s->t_ms, leaf->history_ms) &&
		    s->t_ms >= since->first_ms + leaf->learn_ms)
			failed = !add(out, s);
		row->n[LAST] = s->t_ms;
		row->n[SEEN] = 1;
	}
	vg_tally_term(&seen);
	return failed ? vg_err_set(err, VG_FATAL, "rules: out of memory")
		      : VG_OK;
}
