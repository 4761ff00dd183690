#include "aggregate/steps.h"

#include "core/defect.h"

#include <assert.h>
#include <stdlib.h>

enum { G_BOUND, G_STATE, G_TIMES, GROUP_N };
enum { S_BOUNDED, S_COUNTED, S_ROUNDED };

struct vg_steps {
	unsigned n_group;
	int64_t window_ms, step_ms;
	struct vg_table *group; /* group -> bound, state, different times */
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

int64_t vg_steps_slice(int64_t window_ms)
{
	int64_t slice = vg_steps_step(window_ms) * VG_STEPS_A_SLICE;

	return slice > VG_STEPS_SLICE_MIN ? slice : VG_STEPS_SLICE_MIN;
}

void vg_steps_pack(struct vg_buf *field, int64_t at_ms, int64_t slice_ms,
		   bool rounded)
{
	assert(at_ms >= 0 && slice_ms >= 1 && field->n > 0);
	vg_buf_add(field, &(char){VG_FIELD_SEP}, 1);
	if (rounded)
		vg_buf_add(field, "~", 1);
	vg_buf_i64(field, at_ms - at_ms % slice_ms);
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
	return read_time(time, window_ms, &out->at_ms) &&
	       out->at_ms % vg_steps_slice(window_ms) == 0;
}

struct vg_slice vg_steps_group(struct vg_slice field, unsigned n_group)
{
	uint32_t i = 0;

	for (unsigned n = 0; i < field.n; i++)
		if (field.p[i] == VG_FIELD_SEP && n++ == n_group)
			break;
	return (struct vg_slice){.p = field.p, .n = i};
}

struct vg_steps_reader vg_steps_read(struct vg_slice list)
{
	return (struct vg_steps_reader){.p = list.p,
					.end = list.n > 0 ? list.p + list.n
							  : list.p,
					.at_ms = -1};
}

/* A count: at most what a sum may be. */
static bool read_count(struct vg_steps_reader *r, int64_t *out)
{
	uint64_t v;

	if (!vg_varint_read(&r->p, r->end, &v) || v > INT64_MAX)
		return false;
	*out = (int64_t)v;
	return true;
}

int vg_steps_next(struct vg_steps_reader *r, struct vg_step *out)
{
	uint64_t v;

	if (r->p == r->end)
		return 0;
	if (!vg_varint_read(&r->p, r->end, &v) || v / 2 > UINT32_MAX)
		return -1;
	int64_t at = (int64_t)(v / 2) + (r->at_ms < 0 ? 0 : r->at_ms);
	if (at <= r->at_ms || at > UINT32_MAX)
		return -1;
	*out = (struct vg_step){(uint32_t)at, 1, 1};
	if (v % 2 == 0 &&
	    (!read_count(r, &out->events) || !read_count(r, &out->reports) ||
	     (out->events == 1 && out->reports == 1)))
		return -1;
	r->at_ms = at;
	return 1;
}

bool vg_steps_check(struct vg_slice list, int64_t slice_ms, uint32_t *n,
		    uint32_t *last_ms)
{
	struct vg_steps_reader r = vg_steps_read(list);
	struct vg_step step = {.at_ms = 0};
	int got;

	*n = 0;
	while ((got = vg_steps_next(&r, &step)) > 0)
		++*n;
	*last_ms = step.at_ms;
	return got == 0 && *n > 0 && step.at_ms < slice_ms;
}

void vg_steps_add(struct vg_buf *list, int64_t last_ms,
		  const struct vg_step *step)
{
	bool one = step->events == 1 && step->reports == 1;
	uint64_t by = step->at_ms - (last_ms < 0 ? 0 : (uint64_t)last_ms);

	assert(step->at_ms > last_ms && step->events >= 0 &&
	       step->reports >= 0);
	vg_buf_varint(list, by * 2 + one);
	if (one)
		return;
	vg_buf_varint(list, (uint64_t)step->events);
	vg_buf_varint(list, (uint64_t)step->reports);
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

enum vg_steps_say vg_steps_take(struct vg_steps *s, struct vg_slice field,
				size_t times)
{
	struct vg_steps_field f;
	int64_t *g;

	if (s->step_ms == 1 || !vg_steps_parse(field, s->window_ms, &f))
		return VG_STEPS_EXACT;
	g = vg_table_at(s->group, vg_steps_group(field, s->n_group), NULL);
	if (g == NULL)
		return VG_STEPS_MEMORY;
	if (f.rounded)
		g[G_STATE] = S_ROUNDED;
	g[G_BOUND] += (int64_t)times;
	if (g[G_STATE] == S_ROUNDED)
		return VG_STEPS_ROUNDED;
	return g[G_BOUND] > VG_STEPS_TIMES_MAX ? VG_STEPS_MANY : VG_STEPS_EXACT;
}

bool vg_steps_begin(struct vg_steps *s, struct vg_slice field)
{
	int64_t *g = vg_table_get(s->group, vg_steps_group(field, s->n_group));

	if (g == NULL || g[G_STATE] != S_BOUNDED)
		return false;
	g[G_STATE] = S_COUNTED;
	return true;
}

/* Note the time of the group; *is_new when it had none like it. */
static bool note_time(struct vg_steps *s, struct vg_slice group, int64_t at_ms,
		      bool *is_new)
{
	vg_buf_reset(&s->key);
	vg_buf_add(&s->key, group.p, group.n);
	vg_buf_add(&s->key, &(char){VG_FIELD_SEP}, 1);
	vg_buf_i64(&s->key, at_ms);
	return !s->key.failed &&
	       vg_table_at(s->time,
			   (struct vg_slice){.p = s->key.p,
					     .n = (uint32_t)s->key.n},
			   is_new) != NULL;
}

enum vg_steps_say vg_steps_count(struct vg_steps *s, struct vg_slice field,
				 int64_t at_ms)
{
	struct vg_slice group = vg_steps_group(field, s->n_group);
	int64_t *g = vg_table_get(s->group, group);
	bool is_new = false;

	assert(g != NULL && g[G_STATE] != S_BOUNDED);
	if (g[G_STATE] == S_ROUNDED)
		return VG_STEPS_ROUNDED;
	if (!note_time(s, group, at_ms, &is_new))
		return VG_STEPS_MEMORY;
	g[G_TIMES] += is_new;
	if (g[G_TIMES] <= VG_STEPS_TIMES_MAX || VG_DEFECT("steps-unbounded"))
		return VG_STEPS_MANY;
	g[G_STATE] = S_ROUNDED;
	return VG_STEPS_ROUNDED;
}
