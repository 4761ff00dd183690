#include "aggregate/lists.h"

#include <assert.h>
#include <stdlib.h>

enum { FIRST = 16, OVERHEAD = 16 /* of an allocation, about */ };

struct string {
	char *p; /* NULL: the number is free, and `n` the next free one */
	uint32_t n, cap;
};

struct vg_lists {
	struct string *at;     /* by number less 1 */
	uint32_t n, cap, free; /* 0: no number is free */
	size_t *total;
};

struct vg_lists *vg_lists_new(size_t *total)
{
	struct vg_lists *l = calloc(1, sizeof *l);

	if (l != NULL)
		l->total = total;
	return l;
}

void vg_lists_free(struct vg_lists *l)
{
	if (l == NULL)
		return;
	for (uint32_t i = 0; i < l->n; i++)
		vg_lists_drop(l, (int64_t)i + 1);
	*l->total -= l->cap * sizeof *l->at;
	free(l->at);
	free(l);
}

static struct string *string_of(const struct vg_lists *l, int64_t number)
{
	assert(number >= 1 && number <= l->n);
	return &l->at[number - 1];
}

/* A number that is free; 0 when memory is out. */
static uint32_t next_free(struct vg_lists *l)
{
	if (l->free != 0)
		return l->free;
	if (l->n == l->cap) {
		uint32_t cap = l->cap ? l->cap * 2 : FIRST;
		struct string *at = realloc(l->at, cap * sizeof *at);

		if (at == NULL)
			return 0;
		*l->total += (cap - l->cap) * sizeof *at;
		l->at = at;
		l->cap = cap;
	}
	l->at[l->n] = (struct string){.p = NULL};
	l->free = ++l->n;
	return l->free;
}

/* Room for `need` bytes in `s`; what it holds stays. */
static bool make_room(struct vg_lists *l, struct string *s, uint32_t need)
{
	uint32_t cap = s->p == NULL ? 0 : s->cap, to = cap + cap / 2;
	char *p;

	if (need <= cap)
		return true;
	if (to < need)
		to = need < FIRST ? FIRST : need;
	p = realloc(s->p, to);
	if (p == NULL)
		return false;
	*l->total += to - cap + (cap == 0 ? OVERHEAD : 0);
	if (s->p == NULL) {
		l->free = s->n;
		s->n = 0;
	}
	s->p = p;
	s->cap = to;
	return true;
}

bool vg_lists_put(struct vg_lists *l, int64_t *number, struct vg_slice s)
{
	int64_t at = *number != 0 ? *number : (int64_t)next_free(l);
	struct string *to;

	assert(s.n > 0);
	if (at == 0)
		return false;
	to = string_of(l, at);
	if (!make_room(l, to, s.n))
		return false;
	memcpy(to->p, s.p, s.n);
	to->n = s.n;
	*number = at;
	return true;
}

bool vg_lists_append(struct vg_lists *l, int64_t number, struct vg_slice s)
{
	struct string *to = string_of(l, number);

	assert(to->p != NULL);
	if (s.n > UINT32_MAX - to->n || !make_room(l, to, to->n + s.n))
		return false;
	if (s.n > 0)
		memcpy(to->p + to->n, s.p, s.n);
	to->n += s.n;
	return true;
}

struct vg_slice vg_lists_get(const struct vg_lists *l, int64_t number)
{
	const struct string *s = string_of(l, number);

	assert(s->p != NULL);
	return (struct vg_slice){.p = s->p, .n = s->n};
}

void vg_lists_drop(struct vg_lists *l, int64_t number)
{
	struct string *s;

	if (number == 0)
		return;
	s = string_of(l, number);
	if (s->p == NULL)
		return;
	*l->total -= s->cap + (size_t)OVERHEAD;
	free(s->p);
	*s = (struct string){.p = NULL, .n = l->free};
	l->free = (uint32_t)number;
}
