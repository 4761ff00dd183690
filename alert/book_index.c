#include "alert/book_index.h"

#include "alert/book_country.h"
#include "alert/episodes.h"
#include "alert/release.h"
#include "core/defect.h"
#include "core/timefmt.h"

#include <assert.h>
#include <cjson/cJSON.h>
#include <stdlib.h>

/* The entry and, behind it, the texts that its pointers mean. */
struct entry {
	struct vg_book_alert pub;
	struct vg_book_country country[]; /* then the texts */
};

static const char *text_of(const cJSON *root, const char *name)
{
	const cJSON *m = cJSON_GetObjectItemCaseSensitive(root, name);

	return cJSON_IsString(m) ? m->valuestring : NULL;
}

static int64_t number_of(const cJSON *root, const char *name)
{
	const cJSON *m = cJSON_GetObjectItemCaseSensitive(root, name);

	if (!cJSON_IsNumber(m) || m->valuedouble < 0 ||
	    m->valuedouble > 9007199254740992.0)
		return 0;
	return (int64_t)m->valuedouble;
}

static bool time_of(const cJSON *root, const char *name, int64_t *out)
{
	const char *s = text_of(root, name);

	return s != NULL && vg_time_parse(vg_slice_of(s), out);
}

static const char *keep(char **at, const char *text, size_t n)
{
	char *p = *at;

	memcpy(p, text, n);
	p[n] = '\0';
	*at = p + n + 1;
	return p;
}

enum { TEXTS = 5 };

static bool end_of(const cJSON *root, int64_t *out)
{
	*out = VG_EPISODE_OPEN;
	return cJSON_IsNull(cJSON_GetObjectItemCaseSensitive(root, "end")) ||
	       time_of(root, "end", out);
}

enum vg_rc vg_book_entry(struct vg_book_alert **out, struct vg_slice doc,
			 bool keeps_doc, struct vg_err *err)
{
	static const char *const name[TEXTS] = {"id", "rule", "fingerprint",
						"class", "merged_into"};
	cJSON *root = cJSON_ParseWithLength(doc.p, doc.n);
	struct entry *e = NULL;
	const char *text[TEXTS], *kept[TEXTS] = {NULL};
	int64_t start_ms = 0, end_ms = 0;
	int64_t detected_ms = 0, updated_ms = 0;
	struct vg_book_country country[VG_BOOK_COUNTRIES];
	const struct vg_slice own = {doc.p, keeps_doc ? doc.n : 0};
	size_t room = (size_t)own.n + 1;
	enum vg_rc rc = VG_OK;

	for (size_t i = 0; i < TEXTS; i++) {
		text[i] = text_of(root, name[i]);
		room += text[i] != NULL ? strlen(text[i]) + 1 : 0;
	}
	if (text[0] == NULL || text[1] == NULL || text[2] == NULL ||
	    text[3] == NULL || !time_of(root, "start", &start_ms) ||
	    !end_of(root, &end_ms)) {
		rc = vg_err_set(err, VG_DROP, "book: not an alert document");
		goto out;
	}
	(void)time_of(root, "detected_at", &detected_ms);
	(void)time_of(root, "updated_at", &updated_ms);
	size_t n = vg_book_countries(country, root, start_ms);
	e = malloc(sizeof *e + n * sizeof *country + room);
	if (e == NULL) {
		rc = vg_err_set(err, VG_FATAL, "book: out of memory");
		goto out;
	}
	if (n > 0)
		memcpy(e->country, country, n * sizeof *country);
	char *at = (char *)(e->country + n);
	for (size_t i = 0; i < TEXTS; i++)
		if (text[i] != NULL)
			kept[i] = keep(&at, text[i], strlen(text[i]));
	e->pub = (struct vg_book_alert){
		.id = kept[0],
		.rule = kept[1],
		.fingerprint = kept[2],
		.class_name = kept[3],
		.merged_into = kept[4],
		.start_ms = start_ms,
		.end_ms = end_ms,
		.resolve_after_ms = number_of(root, "resolve_after_ms"),
		.window_ms = number_of(root, "window_ms"),
		.country = e->country,
		.n_country = n,
		.detected_ms = detected_ms,
		.updated_ms = updated_ms,
		.severity = (int)number_of(root, "severity"),
		.withdrawn = cJSON_IsTrue(
			cJSON_GetObjectItemCaseSensitive(root, "withdrawn")),
		.shadow = cJSON_IsTrue(
			cJSON_GetObjectItemCaseSensitive(root, "shadow")),
		.is_copy = vg_release_is(root),
		.json = keep(&at, own.p, own.n),
		.json_len = own.n};
	assert(at <= (char *)(e->country + n) + room);
	*out = &e->pub;
out:
	cJSON_Delete(root);
	return rc;
}

void vg_book_entry_free(struct vg_book_alert *a)
{
	free(a); /* `pub` is the entry's first member */
}

static int by_id(const void *a, const void *b)
{
	const struct vg_book_alert *x = *(struct vg_book_alert *const *)a;
	const struct vg_book_alert *y = *(struct vg_book_alert *const *)b;

	return strcmp(x->id, y->id);
}

static int by_start(const void *a, const void *b)
{
	const struct vg_book_alert *x = *(struct vg_book_alert *const *)a;
	const struct vg_book_alert *y = *(struct vg_book_alert *const *)b;

	if (x->start_ms != y->start_ms)
		return x->start_ms > y->start_ms ? -1 : 1;
	return strcmp(x->id, y->id);
}

/* First place in a sorted list whose entry is not before `a`. */
static size_t place(struct vg_book_alert *const *list, size_t n,
		    const struct vg_book_alert *a,
		    int (*order)(const void *a, const void *b))
{
	size_t low = 0, high = n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (order(&list[mid], &a) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static enum vg_rc make_room(struct vg_book_index *x, struct vg_err *err)
{
	if (x->n < x->cap)
		return VG_OK;
	size_t cap = x->cap == 0 ? 64 : x->cap * 2;
	struct vg_book_alert **id = realloc(x->by_id, cap * sizeof *id);
	if (id == NULL)
		return vg_err_set(err, VG_FATAL, "book: out of memory");
	x->by_id = id;
	struct vg_book_alert **start =
		realloc(x->by_start, cap * sizeof *start);
	if (start == NULL)
		return vg_err_set(err, VG_FATAL, "book: out of memory");
	x->by_start = start;
	x->cap = cap;
	return VG_OK;
}

static void insert(struct vg_book_alert **list, size_t n, size_t at,
		   struct vg_book_alert *a)
{
	memmove(&list[at + 1], &list[at],
		(n - at) * sizeof(struct vg_book_alert *));
	list[at] = a;
}

static void cut(struct vg_book_alert **list, size_t n, size_t at)
{
	memmove(&list[at], &list[at + 1],
		(n - at - 1) * sizeof(struct vg_book_alert *));
}

static void drop_at(struct vg_book_index *x, size_t i)
{
	struct vg_book_alert *a = x->by_id[i];
	size_t j = place(x->by_start, x->n, a, by_start);

	assert(j < x->n && x->by_start[j] == a);
	cut(x->by_id, x->n, i);
	cut(x->by_start, x->n, j);
	x->n--;
	vg_book_entry_free(a);
}

enum vg_rc vg_book_index_put(struct vg_book_index *x, struct vg_book_alert *a,
			     struct vg_err *err)
{
	enum vg_rc rc = make_room(x, err);

	if (rc != VG_OK)
		return rc;
	size_t i = place(x->by_id, x->n, a, by_id);
	if (i < x->n && strcmp(x->by_id[i]->id, a->id) == 0)
		drop_at(x, i);
	insert(x->by_id, x->n, i, a);
	insert(x->by_start, x->n, place(x->by_start, x->n, a, by_start), a);
	x->n++;
	return VG_OK;
}

enum vg_rc vg_book_index_append(struct vg_book_index *x,
				struct vg_book_alert *a, struct vg_err *err)
{
	enum vg_rc rc = make_room(x, err);

	if (rc != VG_OK)
		return rc;
	x->by_id[x->n] = x->by_start[x->n] = a;
	x->n++;
	return VG_OK;
}

void vg_book_index_sort(struct vg_book_index *x)
{
	if (x->n == 0)
		return;
	qsort(x->by_id, x->n, sizeof(struct vg_book_alert *), by_id);
	qsort(x->by_start, x->n, sizeof(struct vg_book_alert *), by_start);
}

static int order_id(struct vg_slice id, const char *text)
{
	int o = strncmp(id.p, text, id.n);

	if (o != 0)
		return o;
	return text[id.n] == '\0' ? 0 : -1;
}

size_t vg_book_index_first(const struct vg_book_index *x,
			   struct vg_slice prefix)
{
	size_t low = 0, high = x->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (strncmp(x->by_id[mid]->id, prefix.p, prefix.n) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/* Place of `id`, or x->n. */
static size_t find(const struct vg_book_index *x, struct vg_slice id)
{
	size_t low = 0, high = x->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int o = order_id(id, x->by_id[mid]->id);

		if (o == 0)
			return mid;
		if (o > 0)
			low = mid + 1;
		else
			high = mid;
	}
	return x->n;
}

void vg_book_index_drop(struct vg_book_index *x, struct vg_slice id)
{
	size_t i = find(x, id);

	if (i < x->n)
		drop_at(x, i);
}

struct vg_book_alert *vg_book_index_find(const struct vg_book_index *x,
					 struct vg_slice id)
{
	size_t i = find(x, id);

	return i < x->n ? x->by_id[i] : NULL;
}

void vg_book_index_term(struct vg_book_index *x)
{
	for (size_t i = 0; i < x->n; i++)
		vg_book_entry_free(x->by_id[i]);
	free(x->by_id);
	free(x->by_start);
	memset(x, 0, sizeof *x);
}

bool vg_alert_is_listed(const struct vg_book_alert *alert, bool shadow)
{
	return alert->merged_into == NULL && !alert->withdrawn &&
	       (alert->shadow == shadow || VG_DEFECT("api-shadow-listed"));
}
