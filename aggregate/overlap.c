#include "aggregate/overlap.h"

#include "aggregate/cells.h"
#include "aggregate/event.h"
#include "aggregate/sensors.h"
#include "core/defect.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { HASH_AT = 2, WINDOW_AT = 18, PACKED_MAX = 2 * VG_FIELD_VALUE_MAX + 8 };

struct entry {
	struct vg_slice field, sensor;
	const struct vg_sensor *seen;
};

struct entries {
	struct entry *v;
	size_t n, cap;
};

static struct vg_slice text_of(const struct vg_event *e, const char *name)
{
	for (unsigned i = 0; i < e->n_field; i++)
		if (e->field[i].type == VG_SCALAR_STRING &&
		    vg_slice_eq(e->field[i].name, vg_slice_of(name)))
			return e->field[i].text;
	return (struct vg_slice){.p = NULL, .n = 0};
}

uint64_t vg_overlap_attack(const uint8_t key[VG_HASH_KEY],
			   const struct vg_event *e)
{
	struct vg_slice from = text_of(e, "source.ip");
	struct vg_slice to = from.n > 0 ? text_of(e, "destination.ip") : from;
	char packed[PACKED_MAX];
	size_t n = 0;
	uint64_t hash;

	if (from.n == 0 || to.n == 0 || e->category < 0 ||
	    from.n > VG_FIELD_VALUE_MAX || to.n > VG_FIELD_VALUE_MAX)
		return 0;
	packed[n++] = (char)e->category;
	memcpy(packed + n, from.p, from.n);
	n += from.n;
	packed[n++] = '\0'; /* none has it within */
	memcpy(packed + n, to.p, to.n);
	hash = vg_hash64(key, packed, n + to.n);
	return hash != 0 ? hash : 1;
}

uint32_t vg_overlap_field(char out[VG_OVERLAP_FIELD_MAX], uint64_t attack,
			  int64_t event_ms, int64_t log_ms,
			  struct vg_slice sensor)
{
	int64_t window = event_ms / VG_OVERLAP_WINDOW_MS;

	if (attack == 0 || event_ms < 0 || window >= UINT32_MAX ||
	    VG_OVERLAP_HEAD + sensor.n > VG_OVERLAP_FIELD_MAX ||
	    (window + 1) * VG_OVERLAP_WINDOW_MS + VG_OVERLAP_KEPT_MS <= log_ms)
		return 0;
	(void)snprintf(out, VG_OVERLAP_FIELD_MAX, "o:%016" PRIx64 "%08" PRIx64,
		       attack, window);
	memcpy(out + VG_OVERLAP_HEAD, sensor.p, sensor.n);
	return VG_OVERLAP_HEAD + sensor.n;
}

static bool is_entry(struct vg_slice field)
{
	return field.n > VG_OVERLAP_HEAD && memcmp(field.p, "o:", 2) == 0;
}

static int64_t window_of(struct vg_slice field)
{
	int64_t window = 0;

	for (unsigned i = WINDOW_AT; i < VG_OVERLAP_HEAD; i++) {
		char c = field.p[i];

		window = window * 16 + (c <= '9' ? c - '0' : c - 'a' + 10);
	}
	return window;
}

bool vg_overlap_end(struct vg_slice field, int64_t *end_ms)
{
	if (!is_entry(field))
		return false;
	*end_ms = (window_of(field) + 1) * VG_OVERLAP_WINDOW_MS +
		  VG_OVERLAP_KEPT_MS;
	return true;
}

static bool add(struct entries *e, struct vg_slice field,
		const struct vg_sensor *seen)
{
	if (e->n == e->cap) {
		size_t cap = e->cap ? e->cap * 2 : 64;
		struct entry *v = realloc(e->v, cap * sizeof *v);

		if (v == NULL)
			return false;
		e->v = v;
		e->cap = cap;
	}
	e->v[e->n++] =
		(struct entry){.field = field,
			       .sensor = {.p = field.p + VG_OVERLAP_HEAD,
					  .n = field.n - VG_OVERLAP_HEAD},
			       .seen = seen};
	return true;
}

/* By attack, then by window. */
static int order(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	return memcmp(x->field.p, y->field.p, VG_OVERLAP_HEAD);
}

static bool same_attack(const struct entry *a, const struct entry *b)
{
	return memcmp(a->field.p + HASH_AT, b->field.p + HASH_AT,
		      WINDOW_AT - HASH_AT) == 0;
}

/* Two entries of one attack: of different sensors, and close to each other? */
static bool meet(const struct entry *a, const struct entry *b)
{
	bool other = !vg_slice_eq(a->sensor, b->sensor) ||
		     VG_DEFECT("overlap-alone");

	return other &&
	       a->seen->first_ms - b->seen->last_ms <= VG_OVERLAP_WINDOW_MS &&
	       b->seen->first_ms - a->seen->last_ms <= VG_OVERLAP_WINDOW_MS;
}

/* True when entry `i` meets one before or behind it. */
static bool overlaps(const struct entries *e, size_t i)
{
	const struct entry *x = &e->v[i];
	int64_t window = window_of(x->field);

	for (size_t k = i; k-- > 0 && same_attack(&e->v[k], x) &&
			   window_of(e->v[k].field) >= window - 1;)
		if (meet(&e->v[k], x))
			return true;
	for (size_t k = i + 1; k < e->n && same_attack(&e->v[k], x) &&
			       window_of(e->v[k].field) <= window + 1;
	     k++)
		if (meet(&e->v[k], x))
			return true;
	return false;
}

static bool gather(struct entries *e, const struct vg_sensors *t, int64_t *rest)
{
	const struct vg_sensor *s;
	struct vg_slice field;

	for (size_t pos = 0; vg_sensors_next(t, &pos, &field, &s);) {
		if (vg_slice_eq(field, vg_slice_of(VG_OVERLAP_REST)))
			*rest += s->records;
		else if (is_entry(field) && !add(e, field, s))
			return false;
	}
	return true;
}

/* Who takes what overlaps: an entry's records. */
struct taker {
	bool (*take)(const struct taker *t, const struct entry *e);
	struct vg_table *by_name;
	int64_t first_ms, *by_hour;
	size_t n_hours;
};

static bool take_name(const struct taker *t, const struct entry *e)
{
	int64_t *count = vg_table_at(t->by_name, e->sensor, NULL);

	if (count != NULL)
		*count += e->seen->records;
	return count != NULL;
}

static bool take_hour(const struct taker *t, const struct entry *e)
{
	int64_t ms = window_of(e->field) * VG_OVERLAP_WINDOW_MS - t->first_ms;

	if (ms >= 0 && ms / VG_OVERLAP_HOUR_MS < (int64_t)t->n_hours)
		t->by_hour[ms / VG_OVERLAP_HOUR_MS] += e->seen->records;
	return true;
}

static bool walk(const struct vg_sensors *const *part, size_t n,
		 const struct taker *t, int64_t *rest)
{
	struct entries e = {.n = 0};
	bool ok = true;

	for (size_t i = 0; i < n && ok; i++)
		ok = gather(&e, part[i], rest);
	if (ok && e.n > 1)
		qsort(e.v, e.n, sizeof *e.v, order);
	for (size_t i = 0; i < e.n && ok; i++)
		ok = !overlaps(&e, i) || t->take(t, &e.v[i]);
	free(e.v);
	return ok;
}

bool vg_overlap_count(const struct vg_sensors *const *part, size_t n,
		      struct vg_table *by_name, int64_t *rest)
{
	const struct taker t = {.take = take_name, .by_name = by_name};

	return walk(part, n, &t, rest);
}

bool vg_overlap_knows(int64_t hour_ms, int64_t log_ms)
{
	return log_ms != INT64_MIN &&
	       hour_ms + VG_OVERLAP_WINDOW_MS + VG_OVERLAP_KEPT_MS > log_ms;
}

bool vg_overlap_hours(const struct vg_sensors *const *part, size_t n,
		      int64_t first_ms, int64_t *by_hour, size_t n_hours)
{
	const struct taker t = {.take = take_hour,
				.first_ms = first_ms,
				.by_hour = by_hour,
				.n_hours = n_hours};
	int64_t rest = 0;

	return walk(part, n, &t, &rest);
}
