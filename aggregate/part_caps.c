#include "aggregate/part_caps.h"

#include "core/arena.h"
#include "core/defect.h"

#include <assert.h>
#include <stdlib.h>

struct item {
	uint64_t hash;
	struct vg_slice field;
};

/* The values of one audience. `heap` has the largest hash first, and is empty
 * until it is wanted. */
struct set {
	uint16_t audience;
	bool folded, has_heap;
	size_t n; /* values; exempt ones, too, until there is a heap */
	struct item *heap;
	size_t n_heap, cap_heap;
	struct vg_arena text;
};

struct vg_caps {
	struct vg_caps_opts opts;
	struct set *set;
	size_t n, cap;
};

struct vg_caps *vg_caps_new(const struct vg_caps_opts *opts)
{
	struct vg_caps *c = calloc(1, sizeof *c);

	assert(opts->max >= 1);
	if (c != NULL)
		c->opts = *opts;
	return c;
}

void vg_caps_free(struct vg_caps *c)
{
	if (c == NULL)
		return;
	for (size_t i = 0; i < c->n; i++) {
		free(c->set[i].heap);
		vg_arena_term(&c->set[i].text);
	}
	free(c->set);
	free(c);
}

static struct set *set_at(struct vg_caps *c, uint16_t audience)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->set[i].audience == audience)
			return &c->set[i];
	if (c->n == c->cap) {
		size_t cap = c->cap ? c->cap * 2 : 4;
		struct set *set = realloc(c->set, cap * sizeof *set);

		if (set == NULL)
			return NULL;
		c->set = set;
		c->cap = cap;
	}
	c->set[c->n] = (struct set){.audience = audience};
	return &c->set[c->n++];
}

/* What stands behind the audience key; empty when there is none. */
static struct vg_slice values_of(struct vg_slice field)
{
	struct vg_slice audience, values = {.p = field.p + field.n, .n = 0};

	(void)vg_field_audience(field, &audience, &values);
	return values;
}

static uint64_t hash_of(const struct vg_caps *c, struct vg_slice field)
{
	struct vg_slice values = values_of(field);

	if (c->opts.agg < VG_AGG_SERIES_N)
		return vg_cap_hash(c->opts.key, c->opts.agg, values);
	if (c->opts.agg >= VG_AGG_STEPS_0)
		return vg_cap_steps_hash(c->opts.key, values, c->opts.n_group);
	return vg_hash64(c->opts.key, values.p, values.n);
}

static bool is_exempt(const struct vg_caps *c, struct vg_slice field)
{
	return c->opts.agg < VG_AGG_SERIES_N &&
	       vg_cap_exempt(c->opts.lexicon, c->opts.agg, values_of(field));
}

/* Ties are as good as impossible; the text decides them all the same. */
static bool less(const struct item *a, const struct item *b)
{
	uint32_t n = a->field.n < b->field.n ? a->field.n : b->field.n;
	int cmp;

	if (a->hash != b->hash)
		return a->hash < b->hash;
	cmp = memcmp(a->field.p, b->field.p, n);
	return cmp != 0 ? cmp < 0 : a->field.n < b->field.n;
}

static void swap(struct item *a, struct item *b)
{
	struct item t = *a;

	*a = *b;
	*b = t;
}

static bool push(struct set *s, struct item it)
{
	size_t i = s->n_heap;

	if (i == s->cap_heap) {
		size_t cap = s->cap_heap ? s->cap_heap * 2 : 64;
		struct item *heap = realloc(s->heap, cap * sizeof *heap);

		if (heap == NULL)
			return false;
		s->heap = heap;
		s->cap_heap = cap;
	}
	it.field.p = vg_arena_copy(&s->text, it.field.p, it.field.n);
	if (it.field.p == NULL)
		return false;
	s->heap[s->n_heap++] = it;
	for (; i > 0 && less(&s->heap[(i - 1) / 2], &s->heap[i]);
	     i = (i - 1) / 2)
		swap(&s->heap[i], &s->heap[(i - 1) / 2]);
	return true;
}

static struct item pop(struct set *s)
{
	struct item top = s->heap[0];
	size_t i = 0;

	assert(s->n_heap > 0);
	s->heap[0] = s->heap[--s->n_heap];
	for (;;) {
		size_t k = 2 * i + 1;

		if (k >= s->n_heap)
			return top;
		if (k + 1 < s->n_heap && less(&s->heap[k], &s->heap[k + 1]))
			k++;
		if (!less(&s->heap[i], &s->heap[k]))
			return top;
		swap(&s->heap[i], &s->heap[k]);
		i = k;
	}
}

bool vg_caps_load(struct vg_caps *c, uint16_t audience, struct vg_slice field)
{
	struct set *s = set_at(c, audience);

	if (s == NULL)
		return false;
	if (vg_cap_is_other(values_of(field)) && c->opts.agg < VG_AGG_SERIES_N)
		s->folded = true;
	else
		s->n++;
	return true;
}

/* Walk the table for the fields of the audience that `like` has. */
static bool build(struct vg_caps *c, struct set *s, const struct vg_table *t,
		  struct vg_slice like)
{
	size_t pos = 0, n = (size_t)(values_of(like).p - like.p);
	size_t n_exempt = 0;
	struct vg_slice f;
	int64_t *v;

	while (vg_table_next(t, &pos, &f, &v)) {
		if (f.n < n || memcmp(f.p, like.p, n) != 0)
			continue;
		if (c->opts.agg < VG_AGG_SERIES_N &&
		    vg_cap_is_other(values_of(f)))
			continue;
		if (is_exempt(c, f))
			n_exempt++;
		else if (!push(s, (struct item){hash_of(c, f), f}))
			return false;
	}
	assert(s->n_heap + n_exempt == s->n);
	s->n = s->n_heap;
	s->has_heap = true;
	return true;
}

enum vg_caps_say vg_caps_admit(struct vg_caps *c, const struct vg_table *t,
			       uint16_t audience, struct vg_slice field)
{
	struct set *s = set_at(c, audience);
	struct item it;

	if (s == NULL)
		return VG_CAPS_MEMORY;
	if (!s->has_heap && !s->folded && s->n < c->opts.max) {
		s->n++;
		return VG_CAPS_KEEP;
	}
	if (VG_DEFECT("cap-arrival"))
		return VG_CAPS_REFUSE;
	if (!s->has_heap && !build(c, s, t, field))
		return VG_CAPS_MEMORY;
	if (is_exempt(c, field))
		return VG_CAPS_KEEP;
	it = (struct item){hash_of(c, field), field};
	if ((s->folded || s->n >= c->opts.max) &&
	    (s->n_heap == 0 || less(&s->heap[0], &it))) {
		s->folded = true;
		return VG_CAPS_REFUSE;
	}
	if (!push(s, it))
		return VG_CAPS_MEMORY;
	s->n++;
	return VG_CAPS_KEEP;
}

bool vg_caps_over(struct vg_caps *c, uint16_t audience, struct vg_slice *field)
{
	struct set *s = set_at(c, audience);

	if (s == NULL || s->n <= c->opts.max || !s->has_heap)
		return false;
	*field = pop(s).field;
	s->n--;
	s->folded = true;
	return true;
}
