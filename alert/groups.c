#include "alert/groups_private.h"

#include "core/hash.h"

#include <assert.h>
#include <stdlib.h>

struct vg_groups *vg_groups_new(uint64_t seed)
{
	struct vg_groups *g = calloc(1, sizeof *g);

	if (g == NULL)
		return NULL;
	g->seed = seed;
	g->n_slot = 1024;
	g->slot = calloc(g->n_slot, sizeof(struct vg_group *));
	g->values = vg_values_new(seed);
	if (g->slot == NULL || g->values == NULL) {
		vg_groups_free(g);
		return NULL;
	}
	return g;
}

void vg_groups_free(struct vg_groups *g)
{
	if (g == NULL)
		return;
	for (size_t i = 0; g->slot != NULL && i < g->n_slot; i++) {
		if (g->slot[i] == NULL)
			continue;
		assert(g->slot[i]->active == NULL);
		free(g->slot[i]->span);
		free(g->slot[i]);
	}
	free(g->slot);
	free(g->run);
	vg_values_free(g->values);
	free(g);
}

static uint32_t hash_of(const struct vg_groups *g, unsigned family,
			struct vg_slice key)
{
	return (uint32_t)vg_hash_table(key.p, key.n, g->seed + family);
}

static size_t probe(const struct vg_groups *g, unsigned family,
		    struct vg_slice key, uint32_t hash)
{
	size_t mask = g->n_slot - 1, i = hash & mask;

	for (; g->slot[i] != NULL; i = (i + 1) & mask) {
		const struct vg_group *x = g->slot[i];

		if (x->hash == hash && x->family == family &&
		    x->key_len == key.n &&
		    (key.n == 0 || memcmp(x->key, key.p, key.n) == 0))
			break;
	}
	return i;
}

static bool grow(struct vg_groups *g)
{
	size_t n = g->n_slot * 2;

	if ((g->used + 1) * 4 <= g->n_slot * 3)
		return true;
	struct vg_group **slot = calloc(n, sizeof(struct vg_group *));
	if (slot == NULL)
		return false;
	for (size_t i = 0; i < g->n_slot; i++) {
		if (g->slot[i] == NULL)
			continue;
		size_t j = g->slot[i]->hash & (n - 1);
		while (slot[j] != NULL)
			j = (j + 1) & (n - 1);
		slot[j] = g->slot[i];
	}
	free(g->slot);
	g->slot = slot;
	g->n_slot = n;
	return true;
}

struct vg_group *vg_groups_find(const struct vg_groups *g, unsigned family,
				struct vg_slice key)
{
	return g->slot[probe(g, family, key, hash_of(g, family, key))];
}

struct vg_group *vg_groups_make(struct vg_groups *g, unsigned family,
				struct vg_slice key)
{
	uint32_t hash = hash_of(g, family, key);
	struct vg_group *x = g->slot[probe(g, family, key, hash)];

	assert(key.n <= VG_GROUP_KEY_MAX);
	if (x != NULL)
		return x;
	if (!grow(g))
		return NULL;
	x = calloc(1, sizeof *x + key.n);
	if (x == NULL)
		return NULL;
	x->hash = hash;
	x->family = (uint16_t)family;
	x->key_len = (uint16_t)key.n;
	if (key.n > 0)
		memcpy(x->key, key.p, key.n);
	g->slot[probe(g, family, key, hash)] = x;
	g->used++;
	g->bytes += sizeof *x + key.n;
	return x;
}

/* Empty slot `i` and move back what probed past it. */
static void vacate(struct vg_groups *g, size_t i)
{
	size_t mask = g->n_slot - 1, j = i;

	for (;;) {
		j = (j + 1) & mask;
		if (g->slot[j] == NULL)
			break;
		size_t home = g->slot[j]->hash & mask;
		if (((j - home) & mask) < ((j - i) & mask))
			continue;
		g->slot[i] = g->slot[j];
		i = j;
	}
	g->slot[i] = NULL;
}

void vg_groups_drop(struct vg_groups *g, struct vg_group *group)
{
	struct vg_slice key = {group->key, group->key_len};
	size_t i = probe(g, group->family, key, group->hash);

	assert(g->slot[i] == group);
	assert(!group->dirty && group->active == NULL);
	for (uint32_t k = 0; k < group->n; k++)
		vg_values_drop(g->values, vg_span_value(&group->span[k]));
	vacate(g, i);
	g->used--;
	g->bytes -= sizeof *group + group->key_len +
		    group->cap * sizeof *group->span;
	free(group->span);
	free(group);
}

struct vg_group *vg_groups_next(const struct vg_groups *g, size_t *pos)
{
	/* Downwards: what a drop moves back into the emptied slot has been
	 * seen, unless it comes around from the start of the table. */
	while (*pos < g->n_slot) {
		struct vg_group *x = g->slot[g->n_slot - 1 - *pos];

		(*pos)++;
		if (x != NULL)
			return x;
	}
	return NULL;
}

size_t vg_groups_count(const struct vg_groups *g)
{
	return g->used;
}

size_t vg_groups_bytes(const struct vg_groups *g)
{
	return g->bytes + g->n_slot * sizeof(struct vg_group *);
}

struct vg_values *vg_groups_values(const struct vg_groups *g)
{
	return g->values;
}

uint32_t vg_span_place(const struct vg_span_key *k)
{
	assert(k->track < 2048 && k->audience < 2048 && k->part < 1024);
	return k->track << 21 | k->audience << 10 | k->part;
}

static int order(const struct vg_gspan *s, uint32_t place, uint32_t value,
		 int64_t sub_ms)
{
	if (vg_span_track(s) != place >> 21)
		return vg_span_track(s) < place >> 21 ? -1 : 1;
	if (vg_span_value(s) != value)
		return vg_span_value(s) < value ? -1 : 1;
	if (s->place != place)
		return s->place < place ? -1 : 1;
	return (vg_span_sub(s) > sub_ms) - (vg_span_sub(s) < sub_ms);
}

uint32_t vg_group_seek(const struct vg_group *group, uint32_t place,
		       uint32_t value, int64_t sub_ms, bool *is_there)
{
	uint32_t low = 0, high = group->n;

	*is_there = false;
	while (low < high) {
		uint32_t mid = low + (high - low) / 2;
		int o = order(&group->span[mid], place, value, sub_ms);

		if (o == 0) {
			*is_there = true;
			return mid;
		}
		if (o < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

bool vg_group_room(struct vg_groups *g, struct vg_group *group, size_t more)
{
	uint32_t cap = group->cap;

	if (more > UINT32_MAX / 2 - group->n)
		return false;
	while (cap < group->n + more)
		cap = cap < 4 ? cap + 2 : cap + cap / 2;
	if (cap == group->cap)
		return true;
	struct vg_gspan *span = realloc(group->span, cap * sizeof *span);
	if (span == NULL)
		return false;
	g->bytes += (cap - group->cap) * sizeof *span;
	group->span = span;
	group->cap = cap;
	return true;
}

void vg_span_put(struct vg_gspan *s, int64_t sub_ms,
		 const int64_t first_last[2])
{
	assert(first_last[0] >> VG_SPAN_BITS == 0 &&
	       first_last[1] >> VG_SPAN_BITS == 0);
	s->sub_high = sub_ms * 256 + (first_last[0] >> 32) * 16 +
		      (first_last[1] >> 32);
	s->first = (uint32_t)first_last[0];
	s->last = (uint32_t)first_last[1];
}

int vg_span_change(struct vg_gspan *s, const int64_t first_last[2])
{
	uint32_t marks = s->value_marks & ~(uint32_t)VG_SPAN_STALE;
	struct vg_gspan to = *s;

	vg_span_put(&to, vg_span_sub(s), first_last);
	if (to.first != s->first || (to.sub_high ^ s->sub_high) >> 4 != 0)
		marks |= VG_SPAN_NEW_FIRST;
	if (to.last != s->last || ((to.sub_high ^ s->sub_high) & 15) != 0)
		marks |= VG_SPAN_NEW_LAST;
	bool same = to.first == s->first && to.last == s->last &&
		    to.sub_high == s->sub_high;
	to.value_marks = marks;
	*s = to;
	return same ? 0 : 1;
}

int vg_group_set(struct vg_groups *g, struct vg_group *group,
		 struct vg_span_key key, struct vg_slice value,
		 const int64_t first_last[2])
{
	assert(key.step || first_last[0] <= first_last[1]);
	uint32_t place = vg_span_place(&key);
	bool is_there = false;
	uint32_t id = vg_values_find(g->values, value);

	if (id != VG_VALUE_NONE) {
		uint32_t i =
			vg_group_seek(group, place, id, key.sub_ms, &is_there);
		if (is_there)
			return vg_span_change(&group->span[i], first_last);
	}
	if (!vg_group_room(g, group, 1))
		return -1;
	id = vg_values_hold(g->values, value);
	if (id == VG_VALUE_NONE)
		return -1;
	uint32_t at = vg_group_seek(group, place, id, key.sub_ms, &is_there);
	assert(!is_there);
	memmove(&group->span[at + 1], &group->span[at],
		(group->n - at) * sizeof *group->span);
	group->span[at] = (struct vg_gspan){
		.value_marks = id << 4 | VG_SPAN_NEW_FIRST | VG_SPAN_NEW_LAST |
			       (key.step ? VG_SPAN_STEP : 0u),
		.place = place};
	vg_span_put(&group->span[at], key.sub_ms, first_last);
	group->n++;
	return 1;
}

struct one_span {
	uint32_t place, value;
	int64_t sub_ms, until_ms;
	bool step;
	uint32_t rounded_ms;
};

static bool is_one(const void *ctx, const struct vg_gspan *s)
{
	const struct one_span *o = ctx;

	if (!o->step)
		return order(s, o->place, o->value, o->sub_ms) == 0;
	return order(s, o->place, o->value, o->sub_ms) >= 0 &&
	       order(s, o->place, o->value, o->until_ms) < 0 &&
	       s->last == o->rounded_ms;
}

bool vg_group_unset(struct vg_groups *g, struct vg_group *group,
		    struct vg_span_key key)
{
	const struct one_span one = {
		vg_span_place(&key), key.value, key.sub_ms,
		key.until_ms,	     key.step,	key.rounded_ms};

	return vg_group_prune(g, group, is_one, &one) > 0;
}

size_t vg_group_prune(struct vg_groups *g, struct vg_group *group,
		      bool (*gone)(const void *ctx, const struct vg_gspan *s),
		      const void *ctx)
{
	uint32_t kept = 0, n = group->n;

	for (uint32_t i = 0; i < n; i++) {
		if (gone(ctx, &group->span[i]))
			vg_values_drop(g->values,
				       vg_span_value(&group->span[i]));
		else
			group->span[kept++] = group->span[i];
	}
	assert(kept <= n && n <= group->cap);
	group->n = kept;
	return n - kept;
}
