#include "ingest/native_paths.h"

#include <assert.h>

/* Rows `from` to `to`, whose first `len` bytes (a point at the end, but at the
 * top) are the path so far: only what follows is compared. */
struct range {
	const struct vg_path *rows;
	size_t from, to;
	uint32_t len;
};

/* As memcmp(), a beginning before what it begins. Most differ at once. */
static int compare(const struct vg_path *row, uint32_t len, struct vg_slice key)
{
	const char *rest = row->path + len;
	uint32_t n = row->len - len;
	uint32_t least = n < key.n ? n : key.n;

	for (uint32_t i = 0; i < least; i++) {
		if (rest[i] != key.p[i])
			return (unsigned char)rest[i] - (unsigned char)key.p[i];
	}
	return (n > key.n) - (n < key.n);
}

/* The first row of `g` that is not before `key`. */
static size_t lower_bound(const struct range *g, struct vg_slice key)
{
	size_t from = g->from, to = g->to;

	while (from < to) {
		size_t middle = from + (to - from) / 2;

		if (compare(&g->rows[middle], g->len, key) < 0)
			from = middle + 1;
		else
			to = middle;
	}
	return from;
}

/* The rows of `g` from `at` that lie below `key`. */
static struct range below(const struct range *g, size_t at, struct vg_slice key)
{
	uint32_t len = g->len + key.n;
	struct range out = {
		.rows = g->rows, .from = at, .to = at, .len = len + 1};

	while (out.to < g->to && g->rows[out.to].len > len &&
	       g->rows[out.to].path[len] == '.' &&
	       memcmp(g->rows[out.to].path + g->len, key.p, key.n) == 0)
		out.to++;
	return out;
}

static bool walk_object(struct vg_walk *w, const struct range *g, uint32_t obj);

/* A value below which there are rows. */
static bool walk_below(struct vg_walk *w, const struct range *g, uint32_t tok)
{
	const struct vg_json_tok *t = vg_tok(&w->r, tok);
	uint32_t i = tok + 1;

	if (t->type == VG_JSON_OBJECT)
		return walk_object(w, g, tok);
	if (t->type != VG_JSON_ARRAY)
		return true;
	for (uint32_t c = 0; c < t->count; c++) {
		if (vg_tok(&w->r, i)->type == VG_JSON_OBJECT &&
		    !walk_object(w, g, i))
			return false;
		i = vg_tok(&w->r, i)->next;
	}
	return true;
}

/* The member `key` of an object that `g` is about. */
static bool walk_member(struct vg_walk *w, const struct range *g,
			struct vg_slice key, uint32_t tok)
{
	size_t at = lower_bound(g, key);
	uint8_t type = vg_tok(&w->r, tok)->type;

	if (at == g->to || type == VG_JSON_NULL)
		return true;
	bool is_row = compare(&g->rows[at], g->len, key) == 0;
	if (is_row && type != VG_JSON_OBJECT)
		return g->rows[at].take(w, &g->rows[at], tok);
	struct range inner = below(g, is_row ? at + 1 : at, key);
	if (inner.from < inner.to)
		return walk_below(w, &inner, tok);
	return !is_row || g->rows[at].take(w, &g->rows[at], tok);
}

static bool walk_object(struct vg_walk *w, const struct range *g, uint32_t obj)
{
	struct vg_reading *r = &w->r;
	uint32_t n = vg_tok(r, obj)->count;
	uint32_t i = obj + 1;

	for (uint32_t c = 0; c < n; c++) {
		struct vg_slice key;

		if (!vg_read_raw(r, i, "member", &key) ||
		    !walk_member(w, g, key, i + 1))
			return false;
		i = vg_tok(r, i + 1)->next;
	}
	return true;
}

bool vg_paths_walk(struct vg_walk *w, const struct vg_path *rows, size_t n)
{
	struct range all = {.rows = rows, .to = n};

	for (size_t i = 0; i < VG_SLOTS; i++)
		w->slot[i] = VG_ABSENT;
	return walk_object(w, &all, 0);
}

uint32_t vg_slot_first(const struct vg_walk *w, const int *slots)
{
	for (; *slots >= 0; slots++) {
		assert(*slots < VG_SLOTS);
		if (w->slot[*slots] != VG_ABSENT)
			return w->slot[*slots];
	}
	return VG_ABSENT;
}
