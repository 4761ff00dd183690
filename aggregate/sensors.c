#include "aggregate/sensors.h"

#include "aggregate/cells.h"
#include "aggregate/overlap.h"
#include "core/limits.h"

#include <assert.h>
#include <stdlib.h>

enum { FIELD_MAX = VG_OVERLAP_FIELD_MAX };

_Static_assert((int)FIELD_MAX >= VG_OVERLAP_HEAD + VG_SENSOR_MAX, "room");

/* A sensor, and the round in which it was last noted. */
enum { MARK = VG_SENSOR_NUMBERS, WIDTH };

struct vg_sensors {
	struct vg_sensors_opts o;
	struct vg_table *table;
	size_t n_named, n_overlap; /* of its fields such */
	int64_t round;
	int64_t next_ms;	   /* nothing has to go before this log time */
	struct vg_buf noted, gone; /* fields, each behind its length         */
};

struct vg_sensors *vg_sensors_new(const struct vg_sensors_opts *o)
{
	struct vg_sensors *t = calloc(1, sizeof *t);

	assert(o->max > 0 && o->keep_ms > 0);
	if (t == NULL)
		return NULL;
	t->o = *o;
	t->round = 1;
	t->next_ms = INT64_MAX;
	t->table = vg_table_new(WIDTH, o->seed);
	if (t->table == NULL) {
		free(t);
		return NULL;
	}
	return t;
}

void vg_sensors_free(struct vg_sensors *t)
{
	if (t == NULL)
		return;
	vg_table_free(t->table);
	vg_buf_term(&t->noted);
	vg_buf_term(&t->gone);
	free(t);
}

bool vg_sensors_name(struct vg_slice field, struct vg_slice *name)
{
	uint32_t n = sizeof VG_SENSORS_PREFIX - 1;

	if (field.n <= n || memcmp(field.p, VG_SENSORS_PREFIX, n) != 0)
		return false;
	*name = (struct vg_slice){.p = field.p + n, .n = field.n - n};
	return true;
}

static bool is_named(struct vg_slice field)
{
	struct vg_slice name;

	return vg_sensors_name(field, &name);
}

static void append(struct vg_buf *list, struct vg_slice field)
{
	vg_buf_varint(list, field.n);
	vg_buf_add(list, field.p, field.n);
}

static bool next_in(const struct vg_buf *list, size_t *pos,
		    struct vg_slice *field)
{
	const char *p = list->p + *pos;
	uint64_t n = 0;

	if (*pos >= list->n || !vg_varint_read(&p, list->p + list->n, &n))
		return false;
	*field = (struct vg_slice){.p = p, .n = (uint32_t)n};
	*pos = (size_t)(p - list->p) + n;
	return true;
}

/* The number that bounds how many fields of this kind there are; NULL: they are
 * few. */
static size_t *number_of(struct vg_sensors *t, struct vg_slice field)
{
	int64_t end_ms;

	if (is_named(field))
		return &t->n_named;
	return vg_overlap_end(field, &end_ms) ? &t->n_overlap : NULL;
}

/* The log time at which an entry goes: INT64_MAX: never. */
static int64_t end_of(const struct vg_sensors *t, struct vg_slice field,
		      int64_t last_ms)
{
	int64_t end_ms = INT64_MAX;

	if (vg_overlap_end(field, &end_ms) || !is_named(field))
		return end_ms;
	return last_ms > INT64_MAX - t->o.keep_ms ? INT64_MAX
						  : last_ms + t->o.keep_ms;
}

static void watch(struct vg_sensors *t, struct vg_slice field, int64_t last_ms)
{
	int64_t end_ms = end_of(t, field, last_ms);

	if (end_ms < t->next_ms)
		t->next_ms = end_ms;
}

static struct vg_sensor *sensor_of(int64_t *v)
{
	return (struct vg_sensor *)(void *)v;
}

/* List in `gone` what has to go at `log_ms`, and note when the next one will.
 */
static void list_ended(struct vg_sensors *t, int64_t log_ms)
{
	struct vg_slice field;
	int64_t *v;

	t->next_ms = INT64_MAX;
	for (size_t pos = 0; vg_table_next(t->table, &pos, &field, &v);) {
		if (end_of(t, field, sensor_of(v)->last_ms) <= log_ms)
			append(&t->gone, field);
		else
			watch(t, field, sensor_of(v)->last_ms);
	}
}

bool vg_sensors_expire(struct vg_sensors *t, int64_t log_ms)
{
	size_t pos = t->gone.n;
	struct vg_slice field;

	log_ms = vg_sensor_time(log_ms);
	if (log_ms < t->next_ms)
		return true;
	list_ended(t, log_ms);
	if (t->gone.failed)
		return false;
	while (next_in(&t->gone, &pos, &field)) {
		size_t *n = number_of(t, field);

		assert(n != NULL && *n > 0);
		vg_table_remove(t->table, field);
		--*n;
	}
	return true;
}

/* The entry of `field`, which is written with the batch; NULL when memory is
 * out. */
static struct vg_sensor *touch(struct vg_sensors *t, struct vg_slice field,
			       bool *is_new)
{
	int64_t *v = vg_table_at(t->table, field, is_new);
	size_t *n = number_of(t, field);

	if (v == NULL)
		return NULL;
	if (*is_new && n != NULL)
		++*n;
	if (v[MARK] != t->round)
		append(&t->noted, field);
	v[MARK] = t->round;
	return t->noted.failed ? NULL : sensor_of(v);
}

static enum vg_hearing note(struct vg_sensors *t, struct vg_slice field,
			    const struct vg_heard *h)
{
	bool is_new = false;
	struct vg_sensor *s = touch(t, field, &is_new);

	if (s == NULL)
		return VG_HEARD_NO_MEMORY;
	vg_sensor_learn(s, h->record_ms, h->event_ms);
	if (is_new)
		watch(t, field, s->last_ms);
	return VG_HEARD;
}

bool vg_sensors_canary(struct vg_sensors *t, int64_t record_ms, int64_t sent_ms)
{
	bool is_new = false;
	struct vg_sensor *s = touch(t, vg_slice_of(VG_SENSORS_CANARY), &is_new);

	if (s != NULL)
		vg_sensor_canary(s, record_ms, sent_ms);
	return s != NULL;
}

/* Note what may overlap with another sensor's. */
static enum vg_hearing note_attack(struct vg_sensors *t,
				   const struct vg_heard *h)
{
	char text[VG_OVERLAP_FIELD_MAX];
	const struct vg_heard at = {.record_ms = h->event_ms,
				    .event_ms = h->event_ms};
	struct vg_slice field = {.p = text};

	field.n = vg_overlap_field(text, h->attack, h->event_ms, h->log_ms,
				   h->sensor);
	if (field.n == 0)
		return VG_HEARD;
	if (t->n_overlap >= VG_OVERLAPS_MAX &&
	    vg_table_get(t->table, field) == NULL)
		field = vg_slice_of(VG_OVERLAP_REST);
	return note(t, field, &at);
}

enum vg_hearing vg_sensors_hear(struct vg_sensors *t, const struct vg_heard *h)
{
	char text[FIELD_MAX] = VG_SENSORS_PREFIX;
	uint32_t n = sizeof VG_SENSORS_PREFIX - 1;
	struct vg_slice field = {.p = text, .n = n + h->sensor.n};
	enum vg_hearing heard;

	assert(h->sensor.n > 0 && h->sensor.n <= VG_SENSOR_MAX);
	memcpy(text + n, h->sensor.p, h->sensor.n);
	if (!vg_sensors_expire(t, h->log_ms))
		return VG_HEARD_NO_MEMORY;
	heard = note(t, vg_slice_of(VG_SENSORS_ALL), h);
	if (heard == VG_HEARD)
		heard = note_attack(t, h);
	if (heard != VG_HEARD)
		return heard;
	if (t->n_named < t->o.max || vg_table_get(t->table, field) != NULL)
		return note(t, field, h);
	heard = note(t, vg_slice_of(VG_OTHER), h);
	return heard == VG_HEARD ? VG_HEARD_FOLDED : heard;
}

bool vg_sensors_gone(const struct vg_sensors *t, size_t *pos,
		     struct vg_slice *field)
{
	return next_in(&t->gone, pos, field);
}

bool vg_sensors_noted(const struct vg_sensors *t, size_t *pos,
		      struct vg_slice *field, const struct vg_sensor **s)
{
	while (next_in(&t->noted, pos, field)) {
		*s = vg_sensors_get(t, *field);
		if (*s != NULL)
			return true;
	}
	return false;
}

void vg_sensors_settle(struct vg_sensors *t)
{
	vg_buf_reset(&t->noted);
	vg_buf_reset(&t->gone);
	t->round++;
}

enum vg_rc vg_sensors_set(struct vg_sensors *t, struct vg_slice field,
			  struct vg_slice text)
{
	struct vg_sensor s;
	size_t *n = number_of(t, field);
	bool is_new = false;
	int64_t *v;

	if (text.n == 0) {
		if (n != NULL && vg_table_get(t->table, field) != NULL)
			--*n;
		vg_table_remove(t->table, field);
		return VG_OK;
	}
	if (field.n > FIELD_MAX || !vg_sensor_parse(text, &s) || s.records < 1)
		return VG_DROP;
	v = vg_table_at(t->table, field, &is_new);
	if (v == NULL)
		return VG_FATAL;
	*sensor_of(v) = s;
	if (n != NULL)
		*n += is_new;
	watch(t, field, s.last_ms);
	return VG_OK;
}

size_t vg_sensors_count(const struct vg_sensors *t)
{
	return vg_table_count(t->table);
}

const struct vg_sensor *vg_sensors_get(const struct vg_sensors *t,
				       struct vg_slice field)
{
	int64_t *v = vg_table_get(t->table, field);

	return v != NULL ? sensor_of(v) : NULL;
}

bool vg_sensors_next(const struct vg_sensors *t, size_t *pos,
		     struct vg_slice *field, const struct vg_sensor **s)
{
	int64_t *v = NULL;

	if (!vg_table_next(t->table, pos, field, &v))
		return false;
	*s = sensor_of(v);
	return true;
}
