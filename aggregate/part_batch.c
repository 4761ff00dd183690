#include "aggregate/part_batch.h"

#include "core/hash.h"

#include <assert.h>
#include <stdlib.h>

enum {
	CELLS_FIRST = 4096,
	CELLS_KEPT = 1 << 18, /* a larger table is freed after the batch */
	BUCKETS_FIRST = 64,
};

#define MIX UINT64_C(0x9e3779b97f4a7c15)

void vg_batch_init(struct vg_batch *b, uint64_t seed)
{
	*b = (struct vg_batch){.seed = seed};
	memset(b->recent, 0xff, sizeof b->recent);
}

void vg_batch_term(struct vg_batch *b)
{
	uint64_t seed = b->seed;

	free(b->cell);
	free(b->bucket);
	free(b->step);
	free(b->cell_slot);
	free(b->bucket_slot);
	vg_arena_term(&b->fields);
	vg_batch_init(b, seed);
}

void vg_batch_reset(struct vg_batch *b)
{
	if (b->cell_cap > CELLS_KEPT) {
		vg_batch_term(b);
		return;
	}
	if (b->n_cell > 0)
		memset(b->cell_slot, 0, b->cell_cap * 2 * sizeof *b->cell_slot);
	if (b->n_bucket > 0)
		memset(b->bucket_slot, 0,
		       b->bucket_cap * 2 * sizeof *b->bucket_slot);
	b->n_cell = b->n_bucket = b->n_step = 0;
	memset(b->recent, 0xff, sizeof b->recent);
	vg_arena_reset(&b->fields);
}

static bool same(struct vg_bucket_id a, struct vg_bucket_id b)
{
	return a.agg == b.agg && a.res == b.res && a.start_ms == b.start_ms;
}

static uint32_t *bucket_slot(const struct vg_batch *b, struct vg_bucket_id id)
{
	uint32_t mask = b->bucket_cap * 2 - 1;
	uint64_t h = ((uint64_t)id.start_ms * MIX) ^
		     ((uint64_t)id.agg << 2 | id.res) * MIX;
	uint32_t i = (uint32_t)((h * MIX) >> 32) & mask;

	while (b->bucket_slot[i] != 0 &&
	       !same(b->bucket[b->bucket_slot[i] - 1].id, id))
		i = (i + 1) & mask;
	return &b->bucket_slot[i];
}

static uint32_t home_of(const struct vg_batch *b, uint32_t bucket,
			uint64_t hash)
{
	return (uint32_t)((hash ^ (bucket * MIX)) >> 20) &
	       (b->cell_cap * 2 - 1);
}

static uint64_t slot_of(uint32_t cell, uint64_t hash)
{
	return (hash & ~(uint64_t)UINT32_MAX) | (cell + 1);
}

static uint32_t cell_of(uint64_t slot)
{
	return (uint32_t)slot - 1;
}

/* The slot of the cell, or the free one where it would go. The tag spares
 * most looks at other cells. */
static uint64_t *cell_slot(const struct vg_batch *b, uint32_t bucket,
			   struct vg_slice field, uint64_t hash)
{
	uint32_t mask = b->cell_cap * 2 - 1, i = home_of(b, bucket, hash);

	for (; b->cell_slot[i] != 0; i = (i + 1) & mask) {
		const struct vg_batch_cell *c;

		if ((b->cell_slot[i] ^ hash) >> 32 != 0)
			continue;
		c = &b->cell[cell_of(b->cell_slot[i])];
		if (c->hash == hash && c->bucket == bucket && c->n == field.n &&
		    memcmp(c->field, field.p, c->n) == 0)
			break;
	}
	return &b->cell_slot[i];
}

uint64_t vg_batch_hash(const struct vg_batch *b, struct vg_slice field)
{
	return vg_hash_table(field.p, field.n, b->seed);
}

void vg_batch_warm_slot(const struct vg_batch *b, uint32_t bucket,
			uint64_t hash)
{
	if (b->cell_cap > 0)
		__builtin_prefetch(&b->cell_slot[home_of(b, bucket, hash)]);
}

void vg_batch_warm_cell(const struct vg_batch *b, uint32_t bucket,
			uint64_t hash)
{
	uint64_t slot;

	if (b->cell_cap == 0)
		return;
	slot = b->cell_slot[home_of(b, bucket, hash)];
	if (slot != 0)
		__builtin_prefetch(&b->cell[cell_of(slot)], 1);
}

static bool grow_buckets(struct vg_batch *b)
{
	uint32_t cap = b->bucket_cap ? b->bucket_cap * 2 : BUCKETS_FIRST;
	uint32_t *slot = calloc(cap * 2, sizeof *slot);
	struct vg_batch_bucket *bucket =
		realloc(b->bucket, cap * sizeof *bucket);

	if (bucket != NULL)
		b->bucket = bucket;
	if (slot == NULL || bucket == NULL) {
		free(slot);
		return false;
	}
	free(b->bucket_slot);
	b->bucket_slot = slot;
	b->bucket_cap = cap;
	for (uint32_t i = 0; i < b->n_bucket; i++)
		*bucket_slot(b, b->bucket[i].id) = i + 1;
	return true;
}

static bool grow_cells(struct vg_batch *b)
{
	uint32_t cap = b->cell_cap ? b->cell_cap * 2 : CELLS_FIRST;
	uint64_t *slot = calloc((size_t)cap * 2, sizeof *slot);
	struct vg_batch_cell *cell =
		realloc(b->cell, (size_t)cap * sizeof *cell);

	if (cell != NULL)
		b->cell = cell;
	if (slot == NULL || cell == NULL) {
		free(slot);
		return false;
	}
	free(b->cell_slot);
	b->cell_slot = slot;
	b->cell_cap = cap;
	for (uint32_t i = 0; i < b->n_cell; i++) {
		const struct vg_batch_cell *c = &b->cell[i];

		*cell_slot(b, c->bucket, vg_batch_field(c), c->hash) =
			slot_of(i, c->hash);
	}
	return true;
}

uint32_t vg_batch_bucket_at(struct vg_batch *b, struct vg_bucket_id id)
{
	unsigned way = (id.agg * 2u + (id.res == VG_RES_10S)) % VG_BATCH_CACHE;
	uint32_t at = b->recent[way], *slot;

	if (at != VG_BATCH_NONE && same(b->bucket[at].id, id))
		return at;
	if (b->n_bucket == b->bucket_cap && !grow_buckets(b))
		return VG_BATCH_NONE;
	slot = bucket_slot(b, id);
	if (*slot == 0) {
		b->bucket[b->n_bucket++] = (struct vg_batch_bucket){
			.id = id, .head = VG_BATCH_NONE};
		*slot = b->n_bucket;
	}
	b->recent[way] = *slot - 1;
	return *slot - 1;
}

/* The cell, whose field is `keep` when new (not copied again), or a copy. */
static uint32_t cell_at(struct vg_batch *b, uint32_t bucket,
			struct vg_slice field, uint64_t hash, const char *keep)
{
	uint64_t *slot;
	struct vg_batch_cell *c;

	assert(bucket < b->n_bucket);
	if (b->n_cell == b->cell_cap && !grow_cells(b))
		return VG_BATCH_NONE;
	slot = cell_slot(b, bucket, field, hash);
	if (*slot != 0)
		return cell_of(*slot);
	if (keep == NULL)
		keep = vg_arena_copy(&b->fields, field.p, field.n);
	if (keep == NULL)
		return VG_BATCH_NONE;
	c = &b->cell[b->n_cell];
	*c = (struct vg_batch_cell){.hash = hash,
				    .field = keep,
				    .n = field.n,
				    .bucket = bucket,
				    .next = b->bucket[bucket].head};
	b->bucket[bucket].head = b->n_cell++;
	b->bucket[bucket].n++;
	*slot = slot_of(b->n_cell - 1, hash);
	return b->n_cell - 1;
}

uint32_t vg_batch_cell_at(struct vg_batch *b, uint32_t bucket,
			  struct vg_slice field, bool *is_new)
{
	uint32_t before = b->n_cell;
	uint32_t at = cell_at(b, bucket, field, vg_batch_hash(b, field), NULL);

	if (is_new != NULL)
		*is_new = b->n_cell != before;
	return at;
}

uint32_t vg_batch_cell_hashed(struct vg_batch *b, uint32_t bucket,
			      struct vg_slice field, uint64_t hash)
{
	return cell_at(b, bucket, field, hash, NULL);
}

uint32_t vg_batch_find(const struct vg_batch *b, uint32_t bucket,
		       struct vg_slice field)
{
	if (b->n_cell == 0)
		return VG_BATCH_NONE;
	return cell_of(*cell_slot(b, bucket, field, vg_batch_hash(b, field)));
}

bool vg_batch_add(struct vg_batch *b, struct vg_bucket_id id,
		  struct vg_slice field, uint16_t audience, const int64_t v[2],
		  bool rest)
{
	uint32_t bucket = vg_batch_bucket_at(b, id), at = VG_BATCH_NONE;

	if (bucket != VG_BATCH_NONE)
		at = vg_batch_cell_at(b, bucket, field, NULL);
	if (at == VG_BATCH_NONE)
		return false;
	b->bucket[bucket].has_rest |= rest;
	b->cell[at].audience = audience;
	b->cell[at].v[0] += v[0];
	b->cell[at].v[1] += v[1];
	return true;
}

/* Add the cells of `from` to the bucket of resolution `res` around it. */
static bool roll_bucket(struct vg_batch *b, uint32_t from, enum vg_res res)
{
	struct vg_bucket_id id = b->bucket[from].id;
	uint32_t to, at;

	id.res = (uint8_t)res;
	id.start_ms = vg_bucket_floor(id.start_ms, vg_res_ms(res));
	to = vg_batch_bucket_at(b, id);
	if (to == VG_BATCH_NONE)
		return false;
	b->bucket[to].has_rest |= b->bucket[from].has_rest;
	for (uint32_t i = b->bucket[from].head; i != VG_BATCH_NONE;
	     i = b->cell[i].next) {
		struct vg_batch_cell c = b->cell[i];

		at = cell_at(b, to, vg_batch_field(&c), c.hash, c.field);
		if (at == VG_BATCH_NONE)
			return false;
		b->cell[at].audience = c.audience;
		b->cell[at].v[0] += c.v[0];
		b->cell[at].v[1] += c.v[1];
	}
	return true;
}

bool vg_batch_roll(struct vg_batch *b, int64_t below_ms)
{
	for (int res = VG_RES_1H; res <= VG_RES_1D; res++) {
		uint32_t n = b->n_bucket;

		for (uint32_t i = 0; i < n; i++) {
			struct vg_bucket_id id = b->bucket[i].id;

			if (id.agg < VG_AGG_SERIES_N && id.res == res - 1 &&
			    id.start_ms < below_ms &&
			    !roll_bucket(b, i, (enum vg_res)res))
				return false;
		}
	}
	return true;
}
