#include "promql/value.h"

#include <math.h>
#include <stdlib.h>

/* Prometheus' own mark of a series that has ended: a NaN of its own. */
static const uint64_t ABSENT = UINT64_C(0x7ff0000000000002);

double vg_pq_absent(void)
{
	double v;

	memcpy(&v, &ABSENT, sizeof v);
	return v;
}

bool vg_pq_is_absent(double v)
{
	uint64_t bits;

	memcpy(&bits, &v, sizeof bits);
	/* Some arithmetic quietens a NaN. */
	return isnan(v) && (bits & 0xffff) == (ABSENT & 0xffff);
}

static int compare_label(const void *a, const void *b)
{
	const struct vg_pq_label *x = a, *y = b;

	return vg_slice_cmp(x->name, y->name);
}

static bool is_name(const struct vg_pq_label *l)
{
	return vg_slice_eq(l->name, vg_slice_of("__name__"));
}

struct vg_slice vg_pq_label_of(const struct vg_pq_series *s,
			       struct vg_slice name)
{
	for (unsigned i = 0; i < s->n_labels; i++)
		if (vg_slice_eq(s->label[i].name, name))
			return s->label[i].value;
	return (struct vg_slice){"", 0};
}

void vg_pq_labels_sort(struct vg_pq_series *s)
{
	unsigned n = 0;

	for (unsigned i = 0; i < s->n_labels; i++)
		if (s->label[i].value.n > 0)
			s->label[n++] = s->label[i];
	s->n_labels = n;
	if (n > 1)
		qsort(s->label, n, sizeof *s->label, compare_label);
}

/* The next label that counts, from *i on. */
static const struct vg_pq_label *next(const struct vg_pq_series *s, unsigned *i,
				      bool with_name)
{
	while (*i < s->n_labels) {
		const struct vg_pq_label *l = &s->label[(*i)++];

		if (with_name || !is_name(l))
			return l;
	}
	return NULL;
}

int vg_pq_labels_compare(const struct vg_pq_series *a,
			 const struct vg_pq_series *b, bool with_name)
{
	unsigned i = 0, k = 0;

	for (;;) {
		const struct vg_pq_label *x = next(a, &i, with_name);
		const struct vg_pq_label *y = next(b, &k, with_name);
		int c;

		if (x == NULL || y == NULL)
			return (x != NULL) - (y != NULL);
		c = vg_slice_cmp(x->name, y->name);
		if (c == 0)
			c = vg_slice_cmp(x->value, y->value);
		if (c != 0)
			return c;
	}
}

bool vg_pq_drop_name(struct vg_arena *arena, struct vg_pq_series *s)
{
	struct vg_pq_label *kept =
		vg_arena_alloc(arena, (s->n_labels + 1) * sizeof *kept);
	unsigned n = 0;

	if (kept == NULL)
		return false;
	for (unsigned i = 0; i < s->n_labels; i++)
		if (!is_name(&s->label[i]))
			kept[n++] = s->label[i];
	s->label = kept;
	s->n_labels = n;
	return true;
}
