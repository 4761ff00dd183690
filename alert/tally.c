#include "alert/tally.h"

#include <assert.h>
#include <stdlib.h>

static size_t place(const struct vg_tally *t, uint32_t value)
{
	size_t at = (size_t)((value * UINT64_C(0x9e3779b97f4a7c15)) >> 32);

	assert(t->n < t->cap);
	for (at &= t->cap - 1; t->row[at].used && t->row[at].value != value;)
		at = (at + 1) & (t->cap - 1);
	return at;
}

static bool grow(struct vg_tally *t)
{
	struct vg_tally wide = {.n = t->n,
				.cap = t->cap == 0 ? 16 : t->cap * 2};

	wide.row = calloc(wide.cap, sizeof *wide.row);
	if (wide.row == NULL)
		return false;
	for (size_t i = 0; i < t->cap; i++)
		if (t->row[i].used)
			wide.row[place(&wide, t->row[i].value)] = t->row[i];
	free(t->row);
	*t = wide;
	return true;
}

struct vg_tally_row *vg_tally_row(struct vg_tally *t, uint32_t value)
{
	if (t->n * 2 >= t->cap && !grow(t))
		return NULL;
	struct vg_tally_row *row = &t->row[place(t, value)];
	if (!row->used) {
		*row = (struct vg_tally_row){.value = value, .used = true};
		t->n++;
	}
	return row;
}

void vg_tally_term(struct vg_tally *t)
{
	free(t->row);
	*t = (struct vg_tally){.n = 0};
}
