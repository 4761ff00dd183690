#include "aggregate/cells.h"

#include "aggregate/table.h"
#include "core/hash.h"

#include <assert.h>
#include <stdlib.h>

enum { SLOTS_FIRST = 64 };

struct slot {
	struct vg_bucket_id id;
	struct vg_table *table; /* NULL: free */
};

struct vg_cells {
	struct slot *slot;
	size_t count, cap; /* cap: a power of two, or 0 */
	size_t bytes;	   /* of all tables, which keep it up */
	uint64_t seed;
};

static bool same(struct vg_bucket_id a, struct vg_bucket_id b)
{
	return a.agg == b.agg && a.res == b.res && a.start_ms == b.start_ms;
}

static size_t home_of(const struct vg_cells *c, struct vg_bucket_id id)
{
	uint64_t word[2] = {(uint64_t)id.start_ms,
			    (uint64_t)id.agg << 8 | id.res};

	return vg_hash_table(word, sizeof word, c->seed) & (c->cap - 1);
}

/* The slot of `id`, or the free one where it would go. */
static size_t find(const struct vg_cells *c, struct vg_bucket_id id)
{
	size_t i = home_of(c, id);

	while (c->slot[i].table != NULL && !same(c->slot[i].id, id))
		i = (i + 1) & (c->cap - 1);
	return i;
}

struct vg_cells *vg_cells_new(uint64_t seed)
{
	struct vg_cells *c = calloc(1, sizeof *c);

	if (c != NULL)
		c->seed = seed;
	return c;
}

void vg_cells_free(struct vg_cells *c)
{
	if (c == NULL)
		return;
	for (size_t i = 0; i < c->cap; i++)
		vg_table_free(c->slot[i].table);
	assert(c->bytes == 0);
	free(c->slot);
	free(c);
}

static bool grow(struct vg_cells *c)
{
	struct slot *old = c->slot;
	size_t n = c->cap, cap = n ? n * 2 : SLOTS_FIRST;
	struct slot *slot = calloc(cap, sizeof *slot);

	if (slot == NULL)
		return false;
	c->slot = slot;
	c->cap = cap;
	for (size_t i = 0; i < n; i++)
		if (old[i].table != NULL)
			slot[find(c, old[i].id)] = old[i];
	free(old);
	return true;
}

struct vg_table *vg_cells_at(struct vg_cells *c, struct vg_bucket_id id,
			     bool *is_new)
{
	size_t i = 0;

	if (is_new != NULL)
		*is_new = false;
	if (c->cap > 0) {
		i = find(c, id);
		if (c->slot[i].table != NULL)
			return c->slot[i].table;
	}
	if ((c->count + 1) * 4 > c->cap * 3) {
		if (!grow(c))
			return NULL;
		i = find(c, id);
	}
	c->slot[i].table = vg_table_new(vg_cell_width(id.agg), c->seed);
	if (c->slot[i].table == NULL)
		return NULL;
	vg_table_charge(c->slot[i].table, &c->bytes);
	c->slot[i].id = id;
	c->count++;
	if (is_new != NULL)
		*is_new = true;
	return c->slot[i].table;
}

struct vg_table *vg_cells_get(const struct vg_cells *c, struct vg_bucket_id id)
{
	return c->count > 0 ? c->slot[find(c, id)].table : NULL;
}

void vg_cells_drop(struct vg_cells *c, struct vg_bucket_id id)
{
	size_t mask = c->cap - 1, hole, i;

	if (c->count == 0)
		return;
	hole = find(c, id);
	if (c->slot[hole].table == NULL)
		return;
	vg_table_free(c->slot[hole].table);
	c->slot[hole].table = NULL;
	c->count--;
	for (i = (hole + 1) & mask; c->slot[i].table != NULL;
	     i = (i + 1) & mask) {
		size_t home = home_of(c, c->slot[i].id);

		if (((i - home) & mask) < ((i - hole) & mask))
			continue;
		c->slot[hole] = c->slot[i];
		c->slot[i].table = NULL;
		hole = i;
	}
}

bool vg_cells_next(const struct vg_cells *c, size_t *pos,
		   struct vg_bucket_id *id, struct vg_table **t)
{
	for (; *pos < c->cap; (*pos)++) {
		if (c->slot[*pos].table == NULL)
			continue;
		*id = c->slot[*pos].id;
		*t = c->slot[*pos].table;
		(*pos)++;
		return true;
	}
	return false;
}

size_t vg_cells_bytes(const struct vg_cells *c)
{
	return c->bytes + sizeof *c + c->cap * sizeof *c->slot;
}
