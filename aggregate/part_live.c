#include "aggregate/part_live.h"

#include "aggregate/table.h"

#include <assert.h>
#include <stdlib.h>

enum { SLOTS_FIRST = 256 };

void vg_live_init(struct vg_live_set *s, uint64_t seed)
{
	*s = (struct vg_live_set){.seed = seed,
				  .next_series_ms = INT64_MAX,
				  .next_track_ms = INT64_MAX};
}

/* Take `b` out of the list of tables in memory. */
static void detach(struct vg_live_set *s, struct vg_live *b)
{
	*(b->newer ? &b->newer->older : &s->newest) = b->older;
	*(b->older ? &b->older->newer : &s->oldest) = b->newer;
	b->newer = b->older = NULL;
}

static void attach(struct vg_live_set *s, struct vg_live *b)
{
	b->older = s->newest;
	b->newer = NULL;
	if (s->newest != NULL)
		s->newest->newer = b;
	else
		s->oldest = b;
	s->newest = b;
}

void vg_live_close(struct vg_live_set *s, struct vg_live *b)
{
	if (b->cells == NULL)
		return;
	detach(s, b);
	vg_table_free(b->cells);
	vg_caps_free(b->caps);
	vg_steps_free(b->steps);
	vg_lists_free(b->lists);
	b->cells = NULL;
	b->lists = NULL;
	b->times = 0;
	b->rounded = false;
	b->caps = NULL;
	b->steps = NULL;
	b->whole = false;
}

void vg_live_term(struct vg_live_set *s)
{
	for (size_t i = 0; i < s->cap; i++) {
		if (s->slot[i] == NULL)
			continue;
		vg_live_close(s, s->slot[i]);
		free(s->slot[i]);
	}
	assert(s->bytes == 0);
	free(s->slot);
	free(s->orphan);
	vg_live_init(s, s->seed);
}

static bool same(struct vg_bucket_id a, struct vg_bucket_id b)
{
	return a.agg == b.agg && a.res == b.res && a.start_ms == b.start_ms;
}

static size_t home_of(const struct vg_live_set *s, struct vg_bucket_id id)
{
	uint64_t word[2] = {(uint64_t)id.start_ms,
			    (uint64_t)id.agg << 8 | id.res};

	return vg_hash_table(word, sizeof word, s->seed) & (s->cap - 1);
}

static size_t find(const struct vg_live_set *s, struct vg_bucket_id id)
{
	size_t i = home_of(s, id);

	while (s->slot[i] != NULL && !same(s->slot[i]->id, id))
		i = (i + 1) & (s->cap - 1);
	return i;
}

struct vg_live *vg_live_get(const struct vg_live_set *s, struct vg_bucket_id id)
{
	return s->n > 0 ? s->slot[find(s, id)] : NULL;
}

static bool grow(struct vg_live_set *s)
{
	struct vg_live **old = s->slot;
	size_t n = s->cap, cap = n ? n * 2 : SLOTS_FIRST;
	struct vg_live **slot = calloc(cap, sizeof(struct vg_live *));

	if (slot == NULL)
		return false;
	s->slot = slot;
	s->cap = cap;
	for (size_t i = 0; i < n; i++)
		if (old[i] != NULL)
			slot[find(s, old[i]->id)] = old[i];
	free(old);
	return true;
}

/* Keep the earliest expiry of each kind known. */
static void note_expiry(int64_t *next, int64_t expiry_ms)
{
	if (expiry_ms < *next)
		*next = expiry_ms;
}

struct vg_live *vg_live_add(struct vg_live_set *s, struct vg_bucket_id id,
			    int64_t expiry_ms)
{
	struct vg_live *b;

	assert(vg_live_get(s, id) == NULL);
	if ((s->n + 1) * 4 > s->cap * 3 && !grow(s))
		return NULL;
	b = calloc(1, sizeof *b);
	if (b == NULL)
		return NULL;
	b->id = id;
	b->expiry_ms = expiry_ms;
	s->slot[find(s, id)] = b;
	s->n++;
	note_expiry(id.agg >= VG_AGG_TRACK_0 ? &s->next_track_ms
					     : &s->next_series_ms,
		    expiry_ms);
	return b;
}

bool vg_live_add_orphan(struct vg_live_set *s, struct vg_slice name,
			int64_t expiry_ms)
{
	struct vg_orphan *o;

	assert(name.n <= VG_BUCKET_NAME_MAX);
	if (s->n_orphan == s->cap_orphan) {
		size_t cap = s->cap_orphan ? s->cap_orphan * 2 : 16;

		o = realloc(s->orphan, cap * sizeof *o);
		if (o == NULL)
			return false;
		s->orphan = o;
		s->cap_orphan = cap;
	}
	o = &s->orphan[s->n_orphan++];
	memcpy(o->name, name.p, name.n);
	o->name[name.n] = '\0';
	o->expiry_ms = expiry_ms;
	note_expiry(&s->next_track_ms, expiry_ms);
	return true;
}

void vg_live_remove(struct vg_live_set *s, struct vg_live *b)
{
	size_t mask = s->cap - 1, hole = find(s, b->id), i;

	assert(s->slot[hole] == b);
	vg_live_close(s, b);
	free(b);
	s->slot[hole] = NULL;
	s->n--;
	for (i = (hole + 1) & mask; s->slot[i] != NULL; i = (i + 1) & mask) {
		size_t home = home_of(s, s->slot[i]->id);

		if (((i - home) & mask) < ((i - hole) & mask))
			continue;
		s->slot[hole] = s->slot[i];
		s->slot[i] = NULL;
		hole = i;
	}
}

bool vg_live_open(struct vg_live_set *s, struct vg_live *b)
{
	assert(b->cells == NULL && b->caps == NULL);
	b->cells = vg_table_new(vg_cell_width(b->id.agg), s->seed);
	if (b->cells == NULL)
		return false;
	if (b->id.agg >= VG_AGG_STEPS_0)
		b->lists = vg_lists_new(&s->bytes);
	if (b->id.agg >= VG_AGG_STEPS_0 && b->lists == NULL) {
		vg_table_free(b->cells);
		b->cells = NULL;
		return false;
	}
	b->whole = !b->stored;
	b->total = 0;
	vg_table_charge(b->cells, &s->bytes);
	attach(s, b);
	return true;
}

void vg_live_touch(struct vg_live_set *s, struct vg_live *b)
{
	assert(b->cells != NULL);
	if (s->newest == b)
		return;
	detach(s, b);
	attach(s, b);
}

void vg_live_trim(struct vg_live_set *s, size_t max)
{
	while (s->bytes > max && s->oldest != NULL)
		vg_live_close(s, s->oldest);
}

struct vg_live *vg_live_next(const struct vg_live_set *s, size_t *pos)
{
	for (; *pos < s->cap; (*pos)++)
		if (s->slot[*pos] != NULL)
			return s->slot[(*pos)++];
	return NULL;
}
