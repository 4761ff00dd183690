#include "notify/streams.h"

#include <cjson/cJSON.h>
#include <stdlib.h>

static int order(const char *a, struct vg_slice b)
{
	size_t n = strlen(a), least = n < b.n ? n : b.n;
	int c = least > 0 ? memcmp(a, b.p, least) : 0;

	return c != 0 ? c : (n > b.n) - (n < b.n);
}

static size_t place_of(const struct vg_note_streams *set, struct vg_slice name)
{
	size_t from = 0, to = set->n;

	while (from < to) {
		size_t mid = from + (to - from) / 2;

		if (order(set->at[mid]->name, name) < 0)
			from = mid + 1;
		else
			to = mid;
	}
	return from;
}

static void free_one(struct vg_note_stream *n)
{
	if (n == NULL)
		return;
	vg_stream_term(&n->s);
	vg_ids_term(&n->was_in);
	vg_ids_term(&n->was_owed);
	free(n->name);
	free(n);
}

static bool grow(struct vg_note_streams *set)
{
	size_t cap = set->cap == 0 ? 64 : 2 * set->cap;
	struct vg_note_stream **p;

	if (set->n < set->cap)
		return true;
	p = realloc(set->at, cap * sizeof(*p));
	if (p == NULL)
		return false;
	set->at = p;
	set->cap = cap;
	return true;
}

static struct vg_note_stream *insert(struct vg_note_streams *set, size_t i,
				     int route, struct vg_slice name)
{
	struct vg_note_stream *n = calloc(1, sizeof *n);

	if (n != NULL)
		n->name = malloc(name.n + 1);
	if (n == NULL || n->name == NULL || !grow(set)) {
		free_one(n);
		return NULL;
	}
	memcpy(n->name, name.p, name.n);
	n->name[name.n] = '\0';
	n->route = route;
	memmove(&set->at[i + 1], &set->at[i], (set->n - i) * sizeof set->at[0]);
	set->at[i] = n;
	set->n++;
	return n;
}

/* The route whose path `name` begins with, or -1. */
static int route_of(const struct vg_routes *r, struct vg_slice name)
{
	const char *end = memchr(name.p, 0x1f, name.n);
	size_t n = end != NULL ? (size_t)(end - name.p) : name.n;

	for (size_t i = r->n_route; i-- > 0;)
		if (strlen(r->route[i].path) == n &&
		    memcmp(r->route[i].path, name.p, n) == 0)
			return (int)i;
	return -1;
}

struct vg_note_stream *vg_streams_get(struct vg_note_streams *set,
				      const struct vg_routes *r, int route,
				      struct vg_slice name)
{
	static const char rest[] = "\x1f~other\x1f";
	size_t i = place_of(set, name);
	struct vg_buf shared = {0};

	if (i < set->n && order(set->at[i]->name, name) == 0)
		return set->at[i];
	if (route < 0)
		return NULL;
	if (set->n < VG_STREAMS_MAX)
		return insert(set, i, route, name);
	vg_buf_str(&shared, r->route[route].path);
	vg_buf_str(&shared, rest);
	if (shared.failed)
		return NULL;
	name = (struct vg_slice){shared.p, (uint32_t)shared.n};
	i = place_of(set, name);
	struct vg_note_stream *n =
		i < set->n && order(set->at[i]->name, name) == 0
			? set->at[i]
			: insert(set, i, route, name);
	vg_buf_term(&shared);
	return n;
}

static cJSON *list_of(const struct vg_ids *ids)
{
	return cJSON_CreateStringArray((const char *const *)ids->id,
				       (int)ids->n);
}

static void add_members(cJSON *to, const struct vg_note_stream *n)
{
	cJSON *in = cJSON_AddArrayToObject(to, "in");
	cJSON *owed = cJSON_AddArrayToObject(to, "owed");

	for (size_t i = 0; i < n->s.n; i++) {
		const struct vg_stream_alert *a = &n->s.alert[i];

		(void)cJSON_AddItemToArray(in, cJSON_CreateString(a->id));
		if (a->owed)
			(void)cJSON_AddItemToArray(owed,
						   cJSON_CreateString(a->id));
	}
}

void vg_stream_write(const struct vg_note_stream *n, struct vg_buf *out)
{
	cJSON *root = cJSON_CreateObject();
	char *text;

	(void)cJSON_AddNumberToObject(root, "next", (double)n->s.next_ms);
	if (n->s.told.any)
		(void)cJSON_AddNumberToObject(root, "told",
					      (double)n->s.told.at_ms);
	(void)cJSON_AddItemToObject(root, "firing", list_of(&n->s.told.firing));
	(void)cJSON_AddItemToObject(root, "resolved",
				    list_of(&n->s.told.resolved));
	(void)cJSON_AddItemToObject(root, "stages", list_of(&n->s.told.stages));
	add_members(root, n);
	text = cJSON_PrintUnformatted(root);
	if (text != NULL)
		vg_buf_str(out, text);
	else
		out->failed = true;
	cJSON_free(text);
	cJSON_Delete(root);
}

static bool take_ids(const cJSON *root, const char *name, struct vg_ids *out)
{
	const cJSON *one;

	vg_ids_term(out);
	cJSON_ArrayForEach(one, cJSON_GetObjectItemCaseSensitive(root, name))
	{
		if (cJSON_IsString(one) &&
		    !vg_ids_add(out, vg_slice_of(one->valuestring)))
			return false;
	}
	return true;
}

enum vg_rc vg_stream_read(struct vg_note_streams *set,
			  const struct vg_routes *r, struct vg_slice name,
			  struct vg_slice text, struct vg_err *err)
{
	cJSON *root = cJSON_ParseWithLength(text.p, text.n);
	const cJSON *next = cJSON_GetObjectItemCaseSensitive(root, "next");
	const cJSON *told = cJSON_GetObjectItemCaseSensitive(root, "told");
	size_t i = place_of(set, name);
	struct vg_note_stream *n = NULL;
	enum vg_rc rc = VG_OK;

	if (!cJSON_IsNumber(next) || name.n == 0) {
		cJSON_Delete(root);
		return VG_OK;
	}
	n = i < set->n && order(set->at[i]->name, name) == 0
		    ? set->at[i]
		    : insert(set, i, route_of(r, name), name);
	if (n != NULL) {
		n->s.begun = true;
		n->s.next_ms = (int64_t)next->valuedouble;
		n->s.told.any = cJSON_IsNumber(told);
		n->s.told.at_ms =
			n->s.told.any ? (int64_t)told->valuedouble : 0;
		n->idle_ms = n->s.told.any ? n->s.told.at_ms : n->s.next_ms;
	}
	if (n == NULL || !take_ids(root, "firing", &n->s.told.firing) ||
	    !take_ids(root, "resolved", &n->s.told.resolved) ||
	    !take_ids(root, "stages", &n->s.told.stages) ||
	    !take_ids(root, "in", &n->was_in) ||
	    !take_ids(root, "owed", &n->was_owed))
		rc = vg_err_set(err, VG_FATAL, "notify: out of memory");
	cJSON_Delete(root);
	return rc;
}

void vg_streams_settled(struct vg_note_streams *set)
{
	for (size_t i = 0; i < set->n; i++) {
		vg_ids_term(&set->at[i]->was_in);
		vg_ids_term(&set->at[i]->was_owed);
	}
}

void vg_streams_drop(struct vg_note_streams *set, size_t i)
{
	free_one(set->at[i]);
	set->n--;
	memmove(&set->at[i], &set->at[i + 1], (set->n - i) * sizeof set->at[0]);
}

void vg_streams_term(struct vg_note_streams *set)
{
	for (size_t i = 0; i < set->n; i++)
		free_one(set->at[i]);
	free(set->at);
	memset(set, 0, sizeof *set);
}
