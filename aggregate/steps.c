#include "aggregate/steps.h"

#include "core/defect.h"

#include <assert.h>
#include <stdlib.h>

enum { ROUNDED = 1, GROUP_N = 2, PARTS_MAX = 32 };

struct vg_steps {
	unsigned n_group;
	int64_t window_ms, step_ms;
	struct vg_table *group; /* group -> different times, ROUNDED */
	struct vg_table *time;	/* group and time -> 0: is there */
	struct vg_buf key;
};

int64_t vg_steps_step(int64_t window_ms)
{
	static const int64_t step[] = {600000, 60000, 10000, 1000, 100, 10};

	for (size_t i = 0; i < sizeof step / sizeof step[0]; i++)
		if (window_ms / step[i] >= VG_STEPS_TIMES_MAX)
			return step[i];
	return 1;
}

void vg_steps_pack(struct vg_buf *field, int64_t at_ms, int64_t step_ms)
{
	assert(at_ms >= 0 && step_ms >= 1 && field->n > 0);
	vg_buf_add(field, &(char){VG_FIELD_SEP}, 1);
	if (step_ms > 1)
		vg_buf_add(field, "~", 1);
	vg_buf_i64(field, at_ms - at_ms % step_ms);
}

/* The whole of `s` as a canonical decimal below `end`. */
static bool read_time(struct vg_slice s, int64_t end, int64_t *out)
{
	return s.n > 0 && s.p[0] != '-' && vg_cell_parse(s, out, 1) &&
	       *out < end;
}

bool vg_steps_parse(struct vg_slice field, int64_t window_ms,
		    struct vg_steps_field *out)
{
	struct vg_slice time = {.n = 0};
	uint32_t i = field.n;

	while (i > 0 && field.p[i - 1] != VG_FIELD_SEP)
		i--;
	if (i == 0)
		return false;
	time = (struct vg_slice){.p = field.p + i, .n = field.n - i};
	out->rounded = time.n > 0 && time.p[0] == '~';
	if (out->rounded) {
		time.p++;
		time.n--;
	}
	out->head = (struct vg_slice){.p = field.p, .n = i - 1};
	return read_time(time, window_ms, &out->at_ms);
}

struct vg_slice vg_steps_group(struct vg_slice field, unsigned n_group)
{
	uint32_t i = 0;

	for (unsigned n = 0; i < field.n; i++)
		if (field.p[i] == VG_FIELD_SEP && n++ == n_group)
			break;
	return (struct vg_slice){.p = field.p, .n = i};
}

struct vg_steps *vg_steps_new(unsigned n_group, int64_t window_ms,
			      uint64_t seed)
{
	struct vg_steps *s = calloc(1, sizeof *s);

	if (s == NULL)
		return NULL;
	s->n_group = n_group;
	s->window_ms = window_ms;
	s->step_ms = vg_steps_step(window_ms);
	s->group = vg_table_new(GROUP_N, seed);
	s->time = vg_table_new(1, seed);
	if (s->group == NULL || s->time == NULL) {
		vg_steps_free(s);
		return NULL;
	}
	return s;
}

void vg_steps_free(struct vg_steps *s)
{
	if (s == NULL)
		return;
	vg_table_free(s->group);
	vg_table_free(s->time);
	vg_buf_term(&s->key);
	free(s);
}

/* Note the time of the group; *is_new when it had none like it. */
static bool note_time(struct vg_steps *s, struct vg_slice group, int64_t at_ms,
		      bool *is_new)
{
	vg_buf_reset(&s->key);
	vg_buf_add(&s->key, group.p, group.n);
	vg_steps_pack(&s->key, at_ms, 1);
	return !s->key.failed &&
	       vg_table_at(s->time,
			   (struct vg_slice){.p = s->key.p,
					     .n = (uint32_t)s->key.n},
			   is_new) != NULL;
}

enum vg_steps_say vg_steps_take(struct vg_steps *s, struct vg_slice field)
{
	struct vg_slice group = vg_steps_group(field, s->n_group);
	struct vg_steps_field f;
	bool is_new = false;
	int64_t *g;

	if (s->step_ms == 1 || !vg_steps_parse(field, s->window_ms, &f))
		return VG_STEPS_EXACT;
	g = vg_table_at(s->group, group, NULL);
	if (g == NULL)
		return VG_STEPS_MEMORY;
	if (f.rounded)
		g[1] = ROUNDED;
	if (g[1] == ROUNDED)
		return VG_STEPS_ROUNDED;
	if (!note_time(s, group, f.at_ms, &is_new))
		return VG_STEPS_MEMORY;
	g = vg_table_get(s->group, group);
	g[0] += is_new;
	if (g[0] <= VG_STEPS_TIMES_MAX || VG_DEFECT("steps-unbounded"))
		return VG_STEPS_EXACT;
	g[1] = ROUNDED;
	return VG_STEPS_FULL;
}
