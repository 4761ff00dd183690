#include "alert/shapes.h"

#include "aggregate/keys.h"

#include <assert.h>
#include <stdlib.h>

enum vg_rc vg_shapes_init(struct vg_shapes *s, struct vg_values *values,
			  struct vg_err *err)
{
	memset(s, 0, sizeof *s);
	s->values = values;
	for (unsigned i = 0; i < VG_TRACK_GROUP_MAX; i++) {
		s->read[i].scratch = malloc(VG_FIELD_SCRATCH);
		if (s->read[i].scratch == NULL) {
			vg_shapes_term(s);
			return vg_err_set(err, VG_FATAL,
					  "rules: out of memory");
		}
	}
	return VG_OK;
}

void vg_shapes_term(struct vg_shapes *s)
{
	for (unsigned i = 0; i < VG_TRACK_GROUP_MAX; i++)
		free(s->read[i].scratch);
	for (size_t i = 0; i < s->n; i++) {
		free(s->shape[i]->tuple);
		free(s->shape[i]);
	}
	free(s->shape);
	vg_buf_term(&s->key);
	memset(s, 0, sizeof *s);
}

static bool is_of(const struct vg_shape *shape,
		  const struct vg_field_ref *field, unsigned n)
{
	if (shape->n_field != n)
		return false;
	for (unsigned i = 0; i < n; i++)
		if (!vg_slice_eq(shape->field[i].name, field[i].name) ||
		    shape->field[i].alias != field[i].alias)
			return false;
	return true;
}

struct vg_shape *vg_shapes_find(struct vg_shapes *s,
				const struct vg_field_ref *field, unsigned n)
{
	struct vg_shape **grown, *shape;

	assert(n <= VG_TRACK_GROUP_MAX);
	for (size_t i = 0; i < s->n; i++)
		if (is_of(s->shape[i], field, n))
			return s->shape[i];
	grown = realloc(s->shape, (s->n + 1) * sizeof(*grown));
	if (grown == NULL)
		return NULL;
	s->shape = grown;
	shape = calloc(1, sizeof *shape);
	if (shape == NULL)
		return NULL;
	if (n > 0)
		memcpy(shape->field, field, n * sizeof *field);
	shape->n_field = n;
	s->shape[s->n++] = shape;
	return shape;
}

void vg_shapes_next(struct vg_shapes *s, const struct vg_event *e,
		    struct vg_slice partner)
{
	s->event++;
	s->e = e;
	s->partner = partner;
}

static bool add_tuple(struct vg_shapes *s, struct vg_shape *shape)
{
	if (shape->n == shape->cap) {
		size_t cap = shape->cap == 0 ? 8 : shape->cap * 2;
		uint32_t *grown = realloc(shape->tuple, cap * sizeof *grown);

		if (grown == NULL)
			return false;
		shape->tuple = grown;
		shape->cap = cap;
	}
	/* Of no field there is one tuple, which has no text. */
	const struct vg_slice key = {s->key.n > 0 ? s->key.p : "",
				     (uint32_t)s->key.n};
	uint32_t id =
		s->key.failed ? VG_VALUE_NONE : vg_values_hold(s->values, key);
	if (id == VG_VALUE_NONE)
		return false;
	shape->tuple[shape->n++] = id;
	return true;
}

/* Step `at` to the next choice of values; false after the last. */
static bool next_choice(const struct vg_shapes *s, unsigned n, unsigned *at)
{
	for (unsigned i = n; i-- > 0;) {
		if (++at[i] < s->read[i].n)
			return true;
		at[i] = 0;
	}
	return false;
}

bool vg_shapes_read(struct vg_shapes *s, struct vg_shape *shape)
{
	unsigned at[VG_TRACK_GROUP_MAX] = {0};

	if (shape->event == s->event)
		return true;
	shape->event = s->event;
	shape->n = 0;
	for (unsigned i = 0; i < shape->n_field; i++) {
		vg_field_read(&shape->field[i], s->e, s->partner, &s->read[i]);
		if (s->read[i].n == 0)
			return true;
	}
	do {
		vg_buf_reset(&s->key);
		for (unsigned i = 0; i < shape->n_field; i++)
			vg_field_pack(&s->key, s->read[i].v[at[i]]);
		if (!add_tuple(s, shape))
			return false;
	} while (next_choice(s, shape->n_field, at));
	return true;
}
