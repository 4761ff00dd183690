#include "notify/item.h"

#include "alert/doc_public.h"
#include "core/timefmt.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>

static const cJSON *get(const cJSON *o, const char *name)
{
	return cJSON_GetObjectItemCaseSensitive(o, name);
}

static bool take_time(const cJSON *o, const char *name, int64_t *out)
{
	const char *s = cJSON_GetStringValue(get(o, name));

	return s != NULL && vg_time_parse(vg_slice_of(s), out);
}

/* What there are too many of is left out: a route may then not match, and the
 * document still has it. */
static void label(struct vg_item *i, const char *name, const cJSON *value)
{
	char digits[32];

	if (cJSON_IsString(value)) {
		(void)vg_labels_add(&i->labels, vg_slice_of(name),
				    vg_slice_of(value->valuestring));
	} else if (cJSON_IsNumber(value)) {
		snprintf(digits, sizeof digits, "%.15g", value->valuedouble);
		(void)vg_labels_add(&i->labels, vg_slice_of(name),
				    vg_slice_of(digits));
	}
}

static void label_each(struct vg_item *i, const char *name, const cJSON *list)
{
	const cJSON *one;

	cJSON_ArrayForEach(one, list) label(i, name, one);
}

static void label_all(struct vg_item *i, const cJSON *doc)
{
	static const char *const single[] = {"rule", "severity", "title",
					     "marking"};
	const cJSON *one;

	for (size_t k = 0; k < sizeof single / sizeof *single; k++)
		label(i, single[k], get(doc, single[k]));
	label_each(i, "viewer", get(doc, "viewers"));
	label_each(i, "country", get(doc, "countries"));
	label_each(i, "partner", get(doc, "partners"));
	cJSON_ArrayForEach(one, get(doc, "group")) label(i, one->string, one);
}

/* Null: it is open, and nobody knows when it will end. */
static bool take_end(const cJSON *doc, int64_t *out)
{
	*out = INT64_MAX;
	return cJSON_IsNull(get(doc, "end")) || take_time(doc, "end", out);
}

static bool fill(struct vg_item *i, cJSON *doc)
{
	const char *id = cJSON_GetStringValue(get(doc, "id"));
	const cJSON *after = get(doc, "resolve_after_ms");
	int64_t end_ms = 0;

	if (id == NULL || !take_time(doc, "start", &i->start_ms) ||
	    !take_end(doc, &end_ms) || !cJSON_IsNumber(after))
		return false;
	if (!take_time(doc, "detected_at", &i->detected_ms))
		i->detected_ms = i->start_ms;
	i->over_ms = end_ms == INT64_MAX ? end_ms
					 : end_ms + (int64_t)after->valuedouble;
	i->gone = get(doc, "merged_into") != NULL ||
		  cJSON_IsTrue(get(doc, "withdrawn")) ||
		  cJSON_IsTrue(get(doc, "shadow"));
	vg_doc_public(doc);
	label_all(i, doc);
	i->json = cJSON_PrintUnformatted(doc);
	i->id = malloc(strlen(id) + 1);
	if (i->id == NULL || i->json == NULL)
		return false;
	memcpy(i->id, id, strlen(id) + 1);
	i->json_len = strlen(i->json);
	return true;
}

enum vg_rc vg_item_read(struct vg_item **out, struct vg_slice doc,
			struct vg_err *err)
{
	cJSON *root = cJSON_ParseWithLength(doc.p, doc.n);
	struct vg_item *i = calloc(1, sizeof *i);
	enum vg_rc rc = VG_OK;

	if (i == NULL)
		rc = vg_err_set(err, VG_FATAL, "notify: out of memory");
	else if (!cJSON_IsObject(root) || !fill(i, root))
		rc = vg_err_set(err, VG_DROP, "notify: not an alert document");
	cJSON_Delete(root);
	if (rc != VG_OK) {
		vg_item_free(i);
		return rc;
	}
	*out = i;
	return VG_OK;
}

void vg_item_free(struct vg_item *i)
{
	if (i == NULL)
		return;
	vg_labels_term(&i->labels);
	cJSON_free(i->json);
	free(i->id);
	free(i);
}

static size_t place_of(const struct vg_items *s, const char *id, bool *found)
{
	size_t from = 0, to = s->n;

	while (from < to) {
		size_t mid = from + (to - from) / 2;

		if (strcmp(s->item[mid]->id, id) < 0)
			from = mid + 1;
		else
			to = mid;
	}
	*found = from < s->n && strcmp(s->item[from]->id, id) == 0;
	return from;
}

struct vg_item *vg_items_find(const struct vg_items *s, const char *id)
{
	bool found = false;
	size_t i = place_of(s, id, &found);

	return found ? s->item[i] : NULL;
}

bool vg_items_add(struct vg_items *s, struct vg_item *item)
{
	bool found = false;
	size_t i = place_of(s, item->id, &found);

	if (s->n == s->cap) {
		size_t cap = s->cap == 0 ? 64 : 2 * s->cap;
		struct vg_item **p = realloc(s->item, cap * sizeof(*p));

		if (p == NULL)
			return false;
		s->item = p;
		s->cap = cap;
	}
	memmove(&s->item[i + 1], &s->item[i], (s->n - i) * sizeof s->item[0]);
	s->item[i] = item;
	s->n++;
	return true;
}

void vg_items_drop(struct vg_items *s, const char *id)
{
	bool found = false;
	size_t i = place_of(s, id, &found);

	if (!found)
		return;
	vg_item_free(s->item[i]);
	s->n--;
	memmove(&s->item[i], &s->item[i + 1], (s->n - i) * sizeof s->item[0]);
}

void vg_items_term(struct vg_items *s)
{
	for (size_t i = 0; i < s->n; i++)
		vg_item_free(s->item[i]);
	free(s->item);
	memset(s, 0, sizeof *s);
}
