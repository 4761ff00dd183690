#include "ingest/quota_set.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST = 64 };

void vg_quota_set_term(struct vg_quota_set *s)
{
	free(s->list);
	free(s->slot);
	*s = (struct vg_quota_set){.list = NULL};
}

void vg_quota_set_reset(struct vg_quota_set *s)
{
	if (s->n > 0)
		memset(s->slot, 0, s->slots * sizeof *s->slot);
	s->n = 0;
}

/* The slot of `hash`, or the free one where it goes. The hash is keyed, so its
 * low bits are as good as any. */
static uint32_t find(const struct vg_quota_set *s, uint64_t hash)
{
	uint32_t i = (uint32_t)hash & (s->slots - 1);

	while (s->slot[i] != 0 && s->list[s->slot[i] - 1] != hash)
		i = (i + 1) & (s->slots - 1);
	return i;
}

static bool grow(struct vg_quota_set *s)
{
	uint32_t cap = s->cap > 0 ? 2 * s->cap : FIRST;
	uint64_t *list = realloc(s->list, cap * sizeof *list);
	uint32_t *slot;

	if (list == NULL)
		return false;
	s->list = list;
	slot = calloc(2 * (size_t)cap, sizeof *slot);
	if (slot == NULL)
		return false;
	free(s->slot);
	s->slot = slot;
	s->slots = 2 * cap;
	s->cap = cap;
	for (uint32_t i = 0; i < s->n; i++)
		s->slot[find(s, s->list[i])] = i + 1;
	return true;
}

enum vg_quota_say vg_quota_set_add(struct vg_quota_set *s, uint64_t hash,
				   int64_t max)
{
	uint32_t i = s->slots > 0 ? find(s, hash) : 0;

	if (s->slots > 0 && s->slot[i] != 0)
		return VG_QUOTA_HAD;
	if (s->n >= max)
		return VG_QUOTA_PAST;
	if (s->n == s->cap) {
		if (!grow(s))
			return VG_QUOTA_MEMORY;
		i = find(s, hash);
	}
	assert(s->n < s->cap);
	s->list[s->n] = hash;
	s->slot[i] = ++s->n;
	return VG_QUOTA_NEW;
}
