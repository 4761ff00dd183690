#include "alert/ties.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

bool vg_ties_add(struct vg_ties *t, uint32_t mask, uint64_t n)
{
	if (mask == 0)
		return true;
	for (size_t i = 0; i < t->n; i++) {
		if (t->row[i].mask == mask) {
			t->row[i].n += n;
			return true;
		}
	}
	if (t->n == t->cap) {
		size_t cap = t->cap == 0 ? 8 : t->cap * 2;
		struct vg_tie *row = realloc(t->row, cap * sizeof *row);

		if (row == NULL)
			return false;
		t->row = row;
		t->cap = cap;
	}
	t->row[t->n++] = (struct vg_tie){.mask = mask, .n = n};
	return true;
}

void vg_ties_clear(struct vg_ties *t)
{
	t->n = 0;
}

void vg_ties_term(struct vg_ties *t)
{
	free(t->row);
	*t = (struct vg_ties){.n = 0};
}

void vg_ties_begin(struct vg_ties *t)
{
	memset(t->by_step, 0, sizeof t->by_step);
	for (size_t i = 0; i < t->n; i++)
		t->row[i].used = 0;
}

/* A search for an augmenting path: a row is looked at once in it. */
struct search {
	struct vg_ties *t;
	const unsigned *stage;
	unsigned from, to; /* steps that are served */
};

static bool serve(const struct search *s, unsigned step);

/* Make room in row `r`: another row serves one of its steps. */
static bool make_room(const struct search *s, size_t r)
{
	struct vg_ties *t = s->t;

	for (unsigned k = s->from; k <= s->to; k++) {
		if (t->by_step[k] != r + 1 || !serve(s, k))
			continue;
		t->row[r].used--;
		return true;
	}
	return false;
}

static bool serve(const struct search *s, unsigned step)
{
	struct vg_ties *t = s->t;

	for (size_t r = 0; r < t->n; r++) {
		struct vg_tie *row = &t->row[r];

		if (row->visited || (row->mask >> s->stage[step - 1] & 1) == 0)
			continue;
		row->visited = true;
		if (row->used == row->n && !make_room(s, r))
			continue;
		row->used++;
		assert(row->used <= row->n);
		t->by_step[step] = r + 1;
		return true;
	}
	return false;
}

bool vg_ties_match(struct vg_ties *t, const unsigned *stage, unsigned from,
		   unsigned j)
{
	const struct search s = {t, stage, from, j - 1};

	assert(from <= j && j <= VG_STAGE_EVENTS_MAX);
	for (size_t i = 0; i < t->n; i++)
		t->row[i].visited = false;
	return serve(&s, j);
}

void vg_ties_release(struct vg_ties *t, unsigned i)
{
	if (t->by_step[i] == 0)
		return;
	assert(t->row[t->by_step[i] - 1].used > 0);
	t->row[t->by_step[i] - 1].used--;
	t->by_step[i] = 0;
}
