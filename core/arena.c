#include "core/arena.h"

#include <assert.h>
#include <stdalign.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { ALIGN = 16, BLOCK_FIRST = 4096, BLOCK_MAX = 1 << 20 };

struct vg_arena_block {
	struct vg_arena_block *next;
	size_t cap;
	alignas(ALIGN) char data[];
};

static bool grow(struct vg_arena *a, size_t n)
{
	size_t cap = a->head == NULL ? BLOCK_FIRST : a->head->cap * 2;

	if (cap > BLOCK_MAX)
		cap = BLOCK_MAX;
	if (cap < n)
		cap = n;
	struct vg_arena_block *b = malloc(sizeof *b + cap);
	if (b == NULL)
		return false;
	b->next = a->head;
	b->cap = cap;
	a->head = b;
	a->used = 0;
	a->total += cap;
	return true;
}

void *vg_arena_alloc(struct vg_arena *a, size_t n)
{
	if (n > SIZE_MAX / 2)
		return NULL;
	n = (n + ALIGN - 1) / ALIGN * ALIGN;
	if ((a->head == NULL || n > a->head->cap - a->used) && !grow(a, n))
		return NULL;

	void *p = a->head->data + a->used;
	a->used += n;
	assert(a->used <= a->head->cap);
	assert((uintptr_t)p % ALIGN == 0);
	return p;
}

char *vg_arena_copy(struct vg_arena *a, const void *p, size_t n)
{
	if (n > SIZE_MAX / 2)
		return NULL;
	char *copy = vg_arena_alloc(a, n + 1);
	if (copy == NULL)
		return NULL;
	if (n > 0)
		memcpy(copy, p, n);
	copy[n] = '\0';
	return copy;
}

static void free_from(struct vg_arena_block *b)
{
	while (b != NULL) {
		struct vg_arena_block *next = b->next;
		free(b);
		b = next;
	}
}

void vg_arena_reset(struct vg_arena *a)
{
	if (a->head == NULL)
		return;
	free_from(a->head->next);
	a->head->next = NULL;
	a->used = 0;
	a->total = a->head->cap;
}

void vg_arena_term(struct vg_arena *a)
{
	free_from(a->head);
	*a = (struct vg_arena){0};
}
