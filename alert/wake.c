#include "alert/wake.h"

#include "alert/state.h"

#include <assert.h>
#include <stdlib.h>

struct vg_wake {
	struct vg_active **heap; /* the earliest first */
	size_t n, cap;
};

struct vg_wake *vg_wake_new(void)
{
	return calloc(1, sizeof(struct vg_wake));
}

void vg_wake_free(struct vg_wake *w)
{
	if (w == NULL)
		return;
	assert(w->n == 0);
	free(w->heap);
	free(w);
}

size_t vg_wake_count(const struct vg_wake *w)
{
	return w->n;
}

static void put(struct vg_wake *w, size_t i, struct vg_active *a)
{
	w->heap[i] = a;
	a->wake_index = i + 1;
}

static void rise(struct vg_wake *w, size_t i)
{
	struct vg_active *a = w->heap[i];

	while (i > 0 && w->heap[(i - 1) / 2]->wake_ms > a->wake_ms) {
		put(w, i, w->heap[(i - 1) / 2]);
		i = (i - 1) / 2;
	}
	put(w, i, a);
}

static void sink(struct vg_wake *w, size_t i)
{
	struct vg_active *a = w->heap[i];

	for (;;) {
		size_t k = 2 * i + 1;

		if (k + 1 < w->n &&
		    w->heap[k + 1]->wake_ms < w->heap[k]->wake_ms)
			k++;
		if (k >= w->n || w->heap[k]->wake_ms >= a->wake_ms)
			break;
		put(w, i, w->heap[k]);
		i = k;
	}
	put(w, i, a);
}

bool vg_wake_at(struct vg_wake *w, struct vg_active *a, int64_t at_ms)
{
	if (a->wake_index != 0) {
		if (at_ms < a->wake_ms) {
			a->wake_ms = at_ms;
			rise(w, a->wake_index - 1);
		}
		return true;
	}
	if (w->n == w->cap) {
		size_t cap = w->cap == 0 ? 64 : w->cap * 2;
		struct vg_active **heap = realloc(w->heap, cap * sizeof *heap);

		if (heap == NULL)
			return false;
		w->heap = heap;
		w->cap = cap;
	}
	a->wake_ms = at_ms;
	w->heap[w->n++] = a;
	rise(w, w->n - 1);
	return true;
}

void vg_wake_drop(struct vg_wake *w, struct vg_active *a)
{
	size_t i = a->wake_index;

	if (i-- == 0)
		return;
	assert(w->heap[i] == a);
	struct vg_active *last = w->heap[--w->n];
	a->wake_index = 0;
	if (last == a)
		return;
	put(w, i, last);
	sink(w, i);
	rise(w, last->wake_index - 1);
}

struct vg_active *vg_wake_next(struct vg_wake *w, int64_t log_ms)
{
	struct vg_active *a = w->n > 0 ? w->heap[0] : NULL;

	if (a == NULL || a->wake_ms > log_ms)
		return NULL;
	vg_wake_drop(w, a);
	return a;
}
