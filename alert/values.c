#include "alert/values.h"

#include "aggregate/keys.h"
#include "core/hash.h"

#include <assert.h>
#include <stdlib.h>

enum { PIECES_MAX = VG_TRACK_GROUP_MAX };

struct text {
	uint32_t users, hash, n;
	uint32_t n_piece; /* 0: no tuple */
	uint32_t piece[PIECES_MAX];
	char p[];
};

struct vg_values {
	uint64_t seed;
	struct text **by_id; /* [0] unused; NULL where free */
	uint32_t *free_id;   /* a stack of numbers to use again */
	uint32_t *slot;	     /* open addressing: numbers, 0 is empty */
	uint32_t n_id, cap_id, n_free;
	uint32_t n_slot, used;
};

struct vg_values *vg_values_new(uint64_t seed)
{
	struct vg_values *v = calloc(1, sizeof *v);

	if (v == NULL)
		return NULL;
	v->seed = seed;
	v->n_id = 1;
	v->n_slot = 64;
	v->slot = calloc(v->n_slot, sizeof *v->slot);
	if (v->slot == NULL) {
		free(v);
		return NULL;
	}
	return v;
}

void vg_values_free(struct vg_values *v)
{
	if (v == NULL)
		return;
	for (uint32_t i = 1; i < v->n_id; i++)
		free(v->by_id[i]);
	free(v->by_id);
	free(v->free_id);
	free(v->slot);
	free(v);
}

static uint32_t hash_of(const struct vg_values *v, struct vg_slice text)
{
	return (uint32_t)vg_hash_table(text.p, text.n, v->seed);
}

/* The slot that holds `text`, or the empty one where it would go. */
static uint32_t probe(const struct vg_values *v, struct vg_slice text,
		      uint32_t hash)
{
	uint32_t mask = v->n_slot - 1, i = hash & mask;

	while (v->slot[i] != VG_VALUE_NONE) {
		const struct text *t = v->by_id[v->slot[i]];

		if (t->hash == hash && t->n == text.n &&
		    memcmp(t->p, text.p, text.n) == 0)
			break;
		i = (i + 1) & mask;
	}
	return i;
}

static bool grow_slots(struct vg_values *v)
{
	uint32_t n = v->n_slot * 2, *slot = NULL;

	if ((v->used + 1) * 4ULL <= v->n_slot * 3ULL)
		return true;
	slot = calloc(n, sizeof *slot);
	if (slot == NULL)
		return false;
	for (uint32_t i = 0; i < v->n_slot; i++) {
		if (v->slot[i] == VG_VALUE_NONE)
			continue;
		uint32_t j = v->by_id[v->slot[i]]->hash & (n - 1);
		while (slot[j] != VG_VALUE_NONE)
			j = (j + 1) & (n - 1);
		slot[j] = v->slot[i];
	}
	free(v->slot);
	v->slot = slot;
	v->n_slot = n;
	return true;
}

static bool grow_ids(struct vg_values *v)
{
	if (v->n_free > 0 || v->n_id < v->cap_id)
		return true;
	uint32_t cap = v->cap_id == 0 ? 64 : v->cap_id * 2;
	if (cap > VG_VALUE_ID_MAX)
		return false;
	struct text **by_id = realloc(v->by_id, cap * sizeof(struct text *));
	if (by_id == NULL)
		return false;
	v->by_id = by_id;
	uint32_t *free_id = realloc(v->free_id, cap * sizeof *free_id);
	if (free_id == NULL)
		return false;
	v->free_id = free_id;
	v->cap_id = cap;
	return true;
}

/* A new text without pieces, with one user; VG_VALUE_NONE when memory is out.
 */
static uint32_t add(struct vg_values *v, struct vg_slice text, uint32_t hash)
{
	if (!grow_slots(v) || !grow_ids(v))
		return VG_VALUE_NONE;
	struct text *t = malloc(sizeof *t + text.n);
	if (t == NULL)
		return VG_VALUE_NONE;
	*t = (struct text){.users = 1, .hash = hash, .n = text.n};
	memcpy(t->p, text.p, text.n);
	uint32_t id = v->n_free > 0 ? v->free_id[--v->n_free] : v->n_id++;
	v->by_id[id] = t;
	v->slot[probe(v, text, hash)] = id;
	v->used++;
	return id;
}

static uint32_t hold_one(struct vg_values *v, struct vg_slice text)
{
	uint32_t hash = hash_of(v, text), i = probe(v, text, hash);

	if (v->slot[i] == VG_VALUE_NONE)
		return add(v, text, hash);
	v->by_id[v->slot[i]]->users++;
	return v->slot[i];
}

/* Hold the pieces of the tuple `id`; false when memory is out. */
static bool hold_pieces(struct vg_values *v, uint32_t id, struct vg_slice text)
{
	struct vg_slice piece[PIECES_MAX];
	unsigned n = vg_field_split(text, piece, PIECES_MAX);

	for (unsigned k = 0; n > 1 && k < n; k++) {
		uint32_t held = hold_one(v, piece[k]);

		if (held == VG_VALUE_NONE)
			return false;
		v->by_id[id]->piece[k] = held;
		v->by_id[id]->n_piece++;
	}
	return true;
}

uint32_t vg_values_hold(struct vg_values *v, struct vg_slice text)
{
	uint32_t id = hold_one(v, text);

	if (id == VG_VALUE_NONE || v->by_id[id]->users > 1 ||
	    hold_pieces(v, id, text))
		return id;
	vg_values_drop(v, id);
	return VG_VALUE_NONE;
}

void vg_values_hold_more(struct vg_values *v, uint32_t id, size_t n)
{
	assert(id != VG_VALUE_NONE && id < v->n_id && v->by_id[id] != NULL);
	v->by_id[id]->users += (uint32_t)n;
}

uint32_t vg_values_piece(const struct vg_values *v, uint32_t id, unsigned k)
{
	assert(id != VG_VALUE_NONE && id < v->n_id && v->by_id[id] != NULL);
	const struct text *t = v->by_id[id];

	return k < t->n_piece ? t->piece[k] : id;
}

uint32_t vg_values_find(const struct vg_values *v, struct vg_slice text)
{
	return v->slot[probe(v, text, hash_of(v, text))];
}

/* Empty slot `i` and move back what probed past it. */
static void vacate(struct vg_values *v, uint32_t i)
{
	uint32_t mask = v->n_slot - 1, j = i;

	for (;;) {
		j = (j + 1) & mask;
		if (v->slot[j] == VG_VALUE_NONE)
			break;
		uint32_t home = v->by_id[v->slot[j]]->hash & mask;
		if (((j - home) & mask) < ((j - i) & mask))
			continue;
		v->slot[i] = v->slot[j];
		i = j;
	}
	v->slot[i] = VG_VALUE_NONE;
}

static void drop_one(struct vg_values *v, uint32_t id)
{
	struct text *t = v->by_id[id];

	if (--t->users > 0)
		return;
	vacate(v, probe(v, (struct vg_slice){t->p, t->n}, t->hash));
	v->by_id[id] = NULL;
	v->free_id[v->n_free++] = id;
	v->used--;
	free(t);
}

void vg_values_drop(struct vg_values *v, uint32_t id)
{
	assert(id != VG_VALUE_NONE && id < v->n_id && v->by_id[id] != NULL);
	struct text t = *v->by_id[id];

	drop_one(v, id);
	for (uint32_t k = 0; t.users == 1 && k < t.n_piece; k++)
		drop_one(v, t.piece[k]);
}

struct vg_slice vg_values_text(const struct vg_values *v, uint32_t id)
{
	assert(id != VG_VALUE_NONE && id < v->n_id && v->by_id[id] != NULL);
	return (struct vg_slice){v->by_id[id]->p, v->by_id[id]->n};
}

size_t vg_values_count(const struct vg_values *v)
{
	return v->used;
}
