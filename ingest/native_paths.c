#include "ingest/native_paths.h"

#include <assert.h>

struct walker {
	struct vg_walk *w;
	const struct vg_path *rows;
	size_t n;
	char path[VG_PATH_MAX];
};

/* As memcmp(), a beginning before what it begins. */
static int compare(const struct vg_path *row, const char *path, size_t n)
{
	size_t least = row->len < n ? row->len : n;
	int c = memcmp(row->path, path, least);

	return c != 0 ? c : (row->len > n) - (row->len < n);
}

/* The first row that is not before `path`. */
static size_t lower_bound(const struct walker *k, size_t n)
{
	size_t from = 0, to = k->n;

	while (from < to) {
		size_t middle = from + (to - from) / 2;

		if (compare(&k->rows[middle], k->path, n) < 0)
			from = middle + 1;
		else
			to = middle;
	}
	return from;
}

static bool walk_object(struct walker *k, uint32_t obj, size_t len);

/* A value below which there are rows. */
static bool walk_below(struct walker *k, uint32_t tok, size_t len)
{
	const struct vg_json_tok *t = vg_tok(&k->w->r, tok);
	uint32_t i = tok + 1;

	if (t->type == VG_JSON_OBJECT)
		return walk_object(k, tok, len);
	if (t->type != VG_JSON_ARRAY)
		return true;
	for (uint32_t c = 0; c < t->count; c++) {
		if (vg_tok(&k->w->r, i)->type == VG_JSON_OBJECT &&
		    !walk_object(k, i, len))
			return false;
		i = vg_tok(&k->w->r, i)->next;
	}
	return true;
}

/* True when row `at` lies below the first `len` bytes of the path. */
static bool begins(const struct walker *k, size_t at, size_t len)
{
	return at < k->n && k->rows[at].len > len &&
	       k->rows[at].path[len] == '.' &&
	       memcmp(k->rows[at].path, k->path, len) == 0;
}

/* The member whose path has `len` bytes. */
static bool walk_member(struct walker *k, uint32_t tok, size_t len)
{
	size_t at = lower_bound(k, len);

	if (at == k->n || vg_tok(&k->w->r, tok)->type == VG_JSON_NULL)
		return true;
	const struct vg_path *row = &k->rows[at];
	bool is_object = vg_native_is_object(&k->w->r, tok);
	bool is_row = row->len == len && memcmp(row->path, k->path, len) == 0;
	if (is_row && !(is_object && begins(k, at + 1, len)))
		return row->take(k->w, row, tok);
	return !begins(k, is_row ? at + 1 : at, len) || walk_below(k, tok, len);
}

static bool walk_object(struct walker *k, uint32_t obj, size_t len)
{
	struct vg_reading *r = &k->w->r;
	uint32_t n = vg_tok(r, obj)->count;
	uint32_t i = obj + 1;

	assert(len < sizeof k->path);
	if (len > 0)
		k->path[len++] = '.';
	for (uint32_t c = 0; c < n; c++) {
		struct vg_slice key;

		if (!vg_read_raw(r, i, "member", &key))
			return false;
		if (key.n < sizeof k->path - len) {
			memcpy(k->path + len, key.p, key.n);
			if (!walk_member(k, i + 1, len + key.n))
				return false;
		}
		i = vg_tok(r, i + 1)->next;
	}
	return true;
}

bool vg_paths_walk(struct vg_walk *w, const struct vg_path *rows, size_t n)
{
	struct walker k = {.w = w, .rows = rows, .n = n};

	for (size_t i = 0; i < VG_SLOTS; i++)
		w->slot[i] = VG_ABSENT;
	return walk_object(&k, 0, 0);
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
