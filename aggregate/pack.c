#include "aggregate/pack.h"

#include "aggregate/cap.h"
#include "aggregate/field.h"
#include "core/defect.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>

enum { MINUTES = 60, KEY = sizeof(uint32_t) + sizeof(int64_t) };

#define HOUR_MS vg_res_ms(VG_RES_1H)

/* What is known of an hour. */
struct hour {
	struct vg_pack pack; /* of `memory`; nothing while that is NULL */
	void *memory;
	size_t bytes;
	bool asked;  /* once: the next makes it */
	bool folded; /* it cannot be packed as it is */
};

struct vg_packs {
	pthread_mutex_t lock;  /* readers may make one at the same time */
	struct vg_table *hour; /* (series, hour) -> struct hour * */
	_Atomic size_t *bytes;
	size_t max;
	uint64_t seed;
};

struct vg_packs *vg_packs_new(_Atomic size_t *bytes, size_t max, uint64_t seed)
{
	struct vg_packs *p = calloc(1, sizeof *p);

	if (p == NULL)
		return NULL;
	p->hour = vg_table_new(1, seed);
	if (p->hour == NULL) {
		free(p);
		return NULL;
	}
	pthread_mutex_init(&p->lock, NULL);
	p->bytes = bytes;
	p->max = max;
	p->seed = seed;
	return p;
}

static void hour_free(struct vg_packs *p, struct hour *h)
{
	atomic_fetch_sub(p->bytes, h->bytes);
	free(h->memory);
	free(h);
}

static struct hour *hour_of(int64_t v)
{
	return (struct hour *)(intptr_t)v;
}

/* Every hour's; the table still names them. */
static void free_hours(struct vg_packs *p)
{
	struct vg_slice key;
	int64_t *v;

	for (size_t pos = 0; vg_table_next(p->hour, &pos, &key, &v);)
		hour_free(p, hour_of(*v));
}

void vg_packs_free(struct vg_packs *p)
{
	if (p == NULL)
		return;
	free_hours(p);
	vg_table_free(p->hour);
	pthread_mutex_destroy(&p->lock);
	free(p);
}

void vg_packs_clear(struct vg_packs *p)
{
	struct vg_slice key;
	int64_t *v;
	size_t pos = 0;

	if (p == NULL)
		return;
	while (vg_table_next(p->hour, &pos, &key, &v)) {
		hour_free(p, hour_of(*v));
		vg_table_remove(p->hour, key);
		pos = 0;
	}
}

static struct vg_slice key_of(char text[KEY], unsigned agg, int64_t hour_ms)
{
	const uint32_t a = agg;

	memcpy(text, &a, sizeof a);
	memcpy(text + sizeof a, &hour_ms, sizeof hour_ms);
	return (struct vg_slice){.p = text, .n = KEY};
}

void vg_packs_forget(struct vg_packs *p, struct vg_bucket_id id)
{
	char text[KEY];
	int64_t *v;

	if (p == NULL || id.res != VG_RES_1M || VG_DEFECT("pack-stays"))
		return;
	struct vg_slice key =
		key_of(text, id.agg, vg_bucket_floor(id.start_ms, HOUR_MS));
	v = vg_table_get(p->hour, key);
	if (v == NULL)
		return;
	hour_free(p, hour_of(*v));
	vg_table_remove(p->hour, key);
}

/* A pack under construction. */
struct making {
	const struct vg_cells *cells;
	struct vg_bucket_id id; /* of the first minute */
	struct vg_table *index; /* field -> its number, cells of it */
	size_t cells_n, text_n;
	uint32_t *next, *v; /* where the next cell of each field goes */
	uint8_t *minute;
};

/* Do `what` with each cell of the hour, as long as it is true. */
static bool each_cell(struct making *m,
		      bool (*what)(struct making *m, struct hour *h,
				   uint8_t minute, struct vg_slice field,
				   const int64_t *v),
		      struct hour *h)
{
	for (int i = 0; i < MINUTES; i++) {
		struct vg_bucket_id id = m->id;
		struct vg_slice field;
		int64_t *v;

		id.start_ms += i * vg_res_ms(VG_RES_1M);
		const struct vg_table *t = vg_cells_get(m->cells, id);
		for (size_t pos = 0;
		     t != NULL && vg_table_next(t, &pos, &field, &v);)
			if (!what(m, h, (uint8_t)i, field, v))
				return false;
	}
	return true;
}

static bool count_cell(struct making *m, struct hour *h, uint8_t minute,
		       struct vg_slice field, const int64_t *v)
{
	struct vg_slice audience, values;
	bool is_new;
	int64_t *n;

	(void)minute;
	if (!vg_field_audience(field, &audience, &values) ||
	    vg_cap_is_other(values) || vg_cap_is_past(values) || v[0] < 0 ||
	    v[1] < 0 || v[0] > UINT32_MAX || v[1] > UINT32_MAX) {
		h->folded = true;
		return false;
	}
	n = vg_table_at(m->index, field, &is_new);
	if (n == NULL)
		return false;
	if (is_new) {
		n[0] = (int64_t)vg_table_count(m->index) - 1;
		m->text_n += field.n;
	}
	n[1]++;
	m->cells_n++;
	return true;
}

static bool put_cell(struct making *m, struct hour *h, uint8_t minute,
		     struct vg_slice field, const int64_t *v)
{
	const int64_t *n = vg_table_get(m->index, field);

	(void)h;
	assert(n != NULL);
	const size_t at = m->next[n[0]]++;
	m->minute[at] = minute;
	m->v[2 * at] = (uint32_t)v[0];
	m->v[2 * at + 1] = (uint32_t)v[1];
	return true;
}

/* One piece of memory: fields, firsts, values, minutes, text. */
static bool lay_out(struct making *m, struct hour *h)
{
	const size_t n = vg_table_count(m->index);
	const size_t bytes =
		n * sizeof(struct vg_slice) + (n + 1) * sizeof(uint32_t) +
		m->cells_n * (2 * sizeof(uint32_t) + 1) + m->text_n;
	struct vg_slice *field = malloc(bytes + 1), key;
	int64_t *at;

	if (field == NULL)
		return false;
	uint32_t *first = (uint32_t *)(void *)(field + n);
	uint32_t *v = first + n + 1;
	uint8_t *minute = (uint8_t *)(v + 2 * m->cells_n);
	char *text = (char *)(minute + m->cells_n);
	for (size_t pos = 0; vg_table_next(m->index, &pos, &key, &at);) {
		field[at[0]] = (struct vg_slice){.p = text, .n = key.n};
		memcpy(text, key.p, key.n);
		text += key.n;
		first[at[0]] = (uint32_t)at[1];
	}
	/* Counts become places. */
	uint32_t sum = 0;
	for (size_t k = 0; k <= n; k++) {
		uint32_t own = k < n ? first[k] : 0;

		first[k] = sum;
		sum += own;
	}
	m->next = first;
	m->v = v;
	m->minute = minute;
	h->memory = field;
	h->bytes = bytes;
	h->pack = (struct vg_pack){.n_fields = n,
				   .field = field,
				   .first = first,
				   .minute = minute,
				   .v = v};
	return true;
}

static void make(struct vg_packs *p, const struct vg_cells *cells, unsigned agg,
		 int64_t hour_ms, struct hour *h)
{
	struct making m = {.cells = cells,
			   .id = {.agg = (uint16_t)agg,
				  .res = VG_RES_1M,
				  .start_ms = hour_ms},
			   .index = vg_table_new(2, p->seed)};

	if (m.index != NULL && each_cell(&m, count_cell, h) && lay_out(&m, h)) {
		(void)each_cell(&m, put_cell, h);
		/* Each is where the next field begins now. */
		memmove(m.next + 1, m.next, h->pack.n_fields * sizeof *m.next);
		m.next[0] = 0;
		atomic_fetch_add(p->bytes, h->bytes);
	}
	vg_table_free(m.index);
}

/* The hour's entry, made when absent; NULL when memory is out. */
static struct hour *entry(struct vg_packs *p, unsigned agg, int64_t hour_ms)
{
	char text[KEY];
	struct vg_slice key = key_of(text, agg, hour_ms);
	int64_t *v = vg_table_get(p->hour, key);

	if (v != NULL)
		return hour_of(*v);
	struct hour *h = calloc(1, sizeof *h);
	v = h != NULL ? vg_table_at(p->hour, key, NULL) : NULL;
	if (v == NULL) {
		free(h);
		return NULL;
	}
	*v = (int64_t)(intptr_t)h;
	return h;
}

static bool is_empty(const struct vg_cells *cells, unsigned agg,
		     int64_t hour_ms)
{
	struct vg_bucket_id id = {
		.agg = (uint16_t)agg, .res = VG_RES_1M, .start_ms = hour_ms};

	for (int i = 0; i < MINUTES; i++) {
		if (vg_cells_get(cells, id) != NULL)
			return false;
		id.start_ms += vg_res_ms(VG_RES_1M);
	}
	return true;
}

const struct vg_pack *vg_packs_find(struct vg_packs *p, unsigned agg,
				    int64_t hour_ms)
{
	const struct vg_pack *found = NULL;
	char text[KEY];

	if (p == NULL)
		return NULL;
	pthread_mutex_lock(&p->lock);
	int64_t *v = vg_table_get(p->hour, key_of(text, agg, hour_ms));
	if (v != NULL && hour_of(*v)->memory != NULL)
		found = &hour_of(*v)->pack;
	pthread_mutex_unlock(&p->lock);
	return found;
}

const struct vg_pack *vg_packs_get(struct vg_packs *p,
				   const struct vg_cells *cells, unsigned agg,
				   int64_t hour_ms)
{
	static const struct vg_pack nothing;
	const struct vg_pack *found = NULL;

	if (p == NULL)
		return NULL;
	/* No entry for what anybody may ask of any year. */
	if (is_empty(cells, agg, hour_ms))
		return &nothing;
	pthread_mutex_lock(&p->lock);
	struct hour *h = entry(p, agg, hour_ms);
	if (h != NULL && h->memory == NULL && h->asked && !h->folded &&
	    atomic_load(p->bytes) < p->max)
		make(p, cells, agg, hour_ms, h);
	if (h != NULL) {
		h->asked = true;
		found = h->memory != NULL ? &h->pack : NULL;
	}
	pthread_mutex_unlock(&p->lock);
	return found;
}
