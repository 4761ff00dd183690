#include "aggregate/table.h"

#include "core/hash.h"

#include <assert.h>
#include <stdlib.h>

enum { SLOTS_FIRST = 4, ARENA_FIRST = 128, ALIGN = 8 };

struct slot {
	uint32_t tag; /* of the key's hash; its low bits choose the slot */
	uint32_t ref; /* record's place in units of ALIGN, plus 1; 0 = free */
};

struct vg_table {
	struct slot *slot;
	char *arena;
	size_t arena_n, arena_cap, arena_dead;
	uint32_t count, cap; /* cap: slots, a power of two, or 0 */
	uint8_t width;
	uint64_t seed;
	size_t *total; /* bytes of all tables of a cells object, or NULL */
};

struct record {
	int64_t *v;
	char *key;
	uint32_t n;
};

static size_t record_size(const struct vg_table *t, uint32_t key_n)
{
	size_t n = t->width * sizeof(int64_t) + sizeof key_n + key_n;

	return (n + ALIGN - 1) / ALIGN * ALIGN;
}

static struct record record_at(const struct vg_table *t, uint32_t ref)
{
	char *p = t->arena + (size_t)(ref - 1) * ALIGN;
	struct record r = {.v = (int64_t *)(void *)p};

	assert(ref != 0 && (size_t)(ref - 1) * ALIGN < t->arena_n);
	p += t->width * sizeof(int64_t);
	memcpy(&r.n, p, sizeof r.n);
	r.key = p + sizeof r.n;
	return r;
}

static void charge(struct vg_table *t, size_t before)
{
	if (t->total != NULL)
		*t->total = *t->total - before + vg_table_bytes(t);
}

struct vg_table *vg_table_new(unsigned width, uint64_t seed)
{
	struct vg_table *t = calloc(1, sizeof *t);

	assert(width >= 1 && width <= VG_CELL_WIDTH_MAX);
	if (t == NULL)
		return NULL;
	t->width = (uint8_t)width;
	t->seed = seed;
	return t;
}

void vg_table_free(struct vg_table *t)
{
	if (t == NULL)
		return;
	if (t->total != NULL)
		*t->total -= vg_table_bytes(t);
	free(t->slot);
	free(t->arena);
	free(t);
}

void vg_table_charge(struct vg_table *t, size_t *total)
{
	assert(t->total == NULL);
	t->total = total;
	*total += vg_table_bytes(t);
}

size_t vg_table_count(const struct vg_table *t)
{
	return t->count;
}

size_t vg_table_bytes(const struct vg_table *t)
{
	return sizeof *t + t->cap * sizeof *t->slot + t->arena_cap;
}

static uint32_t tag_of(const struct vg_table *t, struct vg_slice field)
{
	return (uint32_t)vg_hash_table(field.p, field.n, t->seed);
}

/* The slot that holds `field`, or the free one where it would go. */
static uint32_t find(const struct vg_table *t, struct vg_slice field,
		     uint32_t tag)
{
	uint32_t mask = t->cap - 1, i = tag & mask;

	for (; t->slot[i].ref != 0; i = (i + 1) & mask) {
		struct record r;

		if (t->slot[i].tag != tag)
			continue;
		r = record_at(t, t->slot[i].ref);
		if (vg_slice_eq((struct vg_slice){r.key, r.n}, field))
			break;
	}
	return i;
}

static bool grow_slots(struct vg_table *t)
{
	uint32_t cap = t->cap ? t->cap * 2 : SLOTS_FIRST, mask = cap - 1;
	struct slot *slot = calloc(cap, sizeof *slot);

	if (slot == NULL)
		return false;
	for (uint32_t i = 0; i < t->cap; i++) {
		uint32_t k = t->slot[i].tag & mask;

		if (t->slot[i].ref == 0)
			continue;
		while (slot[k].ref != 0)
			k = (k + 1) & mask;
		slot[k] = t->slot[i];
	}
	free(t->slot);
	t->slot = slot;
	t->cap = cap;
	return true;
}

/* Move to an arena of `cap` bytes, leaving removed records behind. */
static bool move_arena(struct vg_table *t, size_t cap)
{
	char *arena;
	size_t n = 0;

	if (t->arena_dead == 0) {
		arena = realloc(t->arena, cap);
		if (arena == NULL)
			return false;
		t->arena = arena;
		t->arena_cap = cap;
		return true;
	}
	arena = malloc(cap);
	if (arena == NULL)
		return false;
	for (uint32_t i = 0; i < t->cap; i++) {
		struct record r;
		size_t size;

		if (t->slot[i].ref == 0)
			continue;
		r = record_at(t, t->slot[i].ref);
		size = record_size(t, r.n);
		memcpy(arena + n, r.v, size);
		t->slot[i].ref = (uint32_t)(n / ALIGN + 1);
		n += size;
	}
	assert(n == t->arena_n - t->arena_dead);
	free(t->arena);
	t->arena = arena;
	t->arena_n = n;
	t->arena_cap = cap;
	t->arena_dead = 0;
	return true;
}

static bool reserve(struct vg_table *t, size_t size)
{
	size_t need = t->arena_n - t->arena_dead + size;
	size_t cap = t->arena_cap ? t->arena_cap : ARENA_FIRST;

	if (t->arena_n + size <= t->arena_cap)
		return true;
	if (need / ALIGN >= UINT32_MAX)
		return false;
	/* With less than a quarter dead, compacting alone would soon have to
	 * be done again. */
	while (cap < need + need / 4)
		cap += cap / 2;
	cap = cap / ALIGN * ALIGN;
	return move_arena(t, cap);
}

/* Put a zeroed record of `field` at the end of the arena. */
static uint32_t append(struct vg_table *t, struct vg_slice field)
{
	char *p = t->arena + t->arena_n;
	uint32_t ref = (uint32_t)(t->arena_n / ALIGN + 1);

	memset(p, 0, t->width * sizeof(int64_t));
	p += t->width * sizeof(int64_t);
	memcpy(p, &field.n, sizeof field.n);
	if (field.n > 0)
		memcpy(p + sizeof field.n, field.p, field.n);
	t->arena_n += record_size(t, field.n);
	return ref;
}

int64_t *vg_table_at(struct vg_table *t, struct vg_slice field, bool *is_new)
{
	uint32_t tag = tag_of(t, field), i = 0;
	size_t before = vg_table_bytes(t);
	bool grown;

	if (t->cap > 0) {
		i = find(t, field, tag);
		if (t->slot[i].ref != 0) {
			if (is_new != NULL)
				*is_new = false;
			return record_at(t, t->slot[i].ref).v;
		}
	}
	grown = (t->count + 1) * 4ull > t->cap * 3ull;
	if ((grown && !grow_slots(t)) || !reserve(t, record_size(t, field.n))) {
		charge(t, before);
		return NULL;
	}
	charge(t, before);
	if (grown)
		i = find(t, field, tag);
	t->slot[i] = (struct slot){.tag = tag, .ref = append(t, field)};
	t->count++;
	if (is_new != NULL)
		*is_new = true;
	return record_at(t, t->slot[i].ref).v;
}

int64_t *vg_table_get(const struct vg_table *t, struct vg_slice field)
{
	uint32_t i;

	if (t->count == 0)
		return NULL;
	i = find(t, field, tag_of(t, field));
	return t->slot[i].ref != 0 ? record_at(t, t->slot[i].ref).v : NULL;
}

void vg_table_remove(struct vg_table *t, struct vg_slice field)
{
	uint32_t mask = t->cap - 1, hole, i;

	if (t->count == 0)
		return;
	hole = find(t, field, tag_of(t, field));
	if (t->slot[hole].ref == 0)
		return;
	t->arena_dead += record_size(t, record_at(t, t->slot[hole].ref).n);
	t->slot[hole].ref = 0;
	t->count--;
	/* Close the gap, so that no probe ends early and no tombstone stays. */
	for (i = (hole + 1) & mask; t->slot[i].ref != 0; i = (i + 1) & mask) {
		uint32_t home = t->slot[i].tag & mask;

		if (((i - home) & mask) < ((i - hole) & mask))
			continue;
		t->slot[hole] = t->slot[i];
		t->slot[i].ref = 0;
		hole = i;
	}
}

/* While nothing was removed the arena has the records one after the other:
 * reading it from end to end misses no cache as the slots' order would. */
static bool next_in_arena(const struct vg_table *t, size_t *pos,
			  struct vg_slice *field, int64_t **v)
{
	struct record r;

	if (*pos >= t->arena_n)
		return false;
	r = record_at(t, (uint32_t)(*pos / ALIGN + 1));
	*field = (struct vg_slice){.p = r.key, .n = r.n};
	*v = r.v;
	*pos += record_size(t, r.n);
	return true;
}

bool vg_table_next(const struct vg_table *t, size_t *pos,
		   struct vg_slice *field, int64_t **v)
{
	if (t->arena_dead == 0)
		return next_in_arena(t, pos, field, v);
	for (; *pos < t->cap; (*pos)++) {
		struct record r;

		if (t->slot[*pos].ref == 0)
			continue;
		r = record_at(t, t->slot[*pos].ref);
		*field = (struct vg_slice){.p = r.key, .n = r.n};
		*v = r.v;
		(*pos)++;
		return true;
	}
	return false;
}
