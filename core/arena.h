/*
 * arena - bump allocation that is freed all at once.
 *
 * Owner:   the caller embeds it; zero bytes are a valid empty one.
 * Threads: one at a time.
 */
#ifndef VG_CORE_ARENA_H
#define VG_CORE_ARENA_H

#include <stddef.h>

struct vg_arena_block;

struct vg_arena {
	struct vg_arena_block *head;
	size_t used, total; /* bytes in the head block; in all blocks */
};

/* `n` bytes aligned to 16, or NULL when memory is out. Not zeroed. */
void *vg_arena_alloc(struct vg_arena *a, size_t n);

/* A copy of `n` bytes and a NUL behind them, or NULL. */
char *vg_arena_copy(struct vg_arena *a, const void *p, size_t n);

/* Forget all, keep the newest block for reuse. */
void vg_arena_reset(struct vg_arena *a);

/* Free all; `a` is then a valid empty one. */
void vg_arena_term(struct vg_arena *a);

#endif
