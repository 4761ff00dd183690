#include "api/taxii_entries.h"

#include "api/alert_out.h"
#include "api/people_out.h"
#include "api/stix.h"
#include "api/viewer.h"
#include "core/defect.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>

enum { ALERTS_MAX = 1000, ENTRIES_MAX = 50000 };

static const char *text_of(const cJSON *o, const char *name)
{
	const char *s =
		cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(o, name));

	return s != NULL ? s : "";
}

bool vg_taxii_is_confirmed(struct vg_service *s,
			   const struct vg_book_alert *alert)
{
	const struct vg_word *w;
	struct vg_people_ids ids;
	bool yes;

	if (s->people == NULL)
		return false;
	vg_people_read_lock(s->people);
	vg_people_ids(&ids, s->people, s->book, alert);
	w = vg_people_word(s->people, &ids, VG_ACT_VERDICT);
	yes = w != NULL && w->verdict == 't';
	vg_people_unlock(s->people);
	return yes;
}

static void add_entry(struct vg_taxii_entries *e, const cJSON *o,
		      int64_t added_ms)
{
	if (e->n == e->cap) {
		size_t cap = e->cap > 0 ? 2 * e->cap : 256;
		struct vg_taxii_entry *grown =
			realloc(e->at, cap * sizeof *grown);

		if (grown == NULL) {
			e->failed = true;
			return;
		}
		e->at = grown;
		e->cap = cap;
	}
	e->at[e->n++] = (struct vg_taxii_entry){
		.o = o,
		.added_ms = added_ms,
		.id = text_of(o, "id"),
		.version = text_of(o, cJSON_HasObjectItem(o, "modified")
					      ? "modified"
					      : "created")};
}

static int by_id(const void *a, const void *b)
{
	const struct vg_taxii_entry *x = a, *y = b;
	int c = strcmp(x->id, y->id);

	if (c == 0)
		c = strcmp(x->version, y->version);
	return c != 0 ? c
		      : (x->added_ms > y->added_ms) -
				(x->added_ms < y->added_ms);
}

static int by_added(const void *a, const void *b)
{
	const struct vg_taxii_entry *x = a, *y = b;

	if (x->added_ms != y->added_ms)
		return x->added_ms < y->added_ms ? -1 : 1;
	return strcmp(x->id, y->id);
}

/* Each version of an object once, as first added; in the order of that. */
static void settle(struct vg_taxii_entries *e)
{
	size_t n = 0;

	if (e->n > 1)
		qsort(e->at, e->n, sizeof *e->at, by_id);
	for (size_t i = 0; i < e->n; i++)
		if (n == 0 || strcmp(e->at[n - 1].id, e->at[i].id) != 0 ||
		    strcmp(e->at[n - 1].version, e->at[i].version) != 0)
			e->at[n++] = e->at[i];
	e->n = n;
	if (n > 1)
		qsort(e->at, n, sizeof *e->at, by_added);
}

static void add_alert(struct vg_service *s, struct vg_taxii_entries *e,
		      const struct vg_book_alert *alert)
{
	cJSON *own = cJSON_CreateArray(), *o;
	int64_t added =
		alert->updated_ms > 0 ? alert->updated_ms : alert->start_ms;

	e->failed |=
		!vg_stix_alert(own, alert, vg_taxii_is_confirmed(s, alert));
	while ((o = cJSON_DetachItemFromArray(own, 0)) != NULL) {
		if (e->n >= ENTRIES_MAX || !cJSON_AddItemToArray(e->list, o)) {
			cJSON_Delete(o);
			continue;
		}
		add_entry(e, o, added);
	}
	cJSON_Delete(own);
}

void vg_taxii_gather(struct vg_service *s, const struct vg_request *r,
		     struct vg_taxii_entries *e)
{
	const char *viewer = vg_viewer_name(s->env->cfg, r->viewer);
	size_t n = 0;

	*e = (struct vg_taxii_entries){.list = cJSON_CreateArray()};
	vg_book_read_lock(s->book);
	for (size_t i = 0; i < vg_book_count(s->book) && n < ALERTS_MAX; i++) {
		const struct vg_book_alert *alert = vg_book_at(s->book, i);

		if (alert->shadow || (!vg_alert_sees(alert, viewer) &&
				      !VG_DEFECT("taxii-class")))
			continue;
		add_alert(s, e, alert);
		n++;
	}
	vg_book_unlock(s->book);
	settle(e);
}

void vg_taxii_term(struct vg_taxii_entries *e)
{
	cJSON_Delete(e->list);
	free(e->at);
}

/* True when the comma-separated `list` is empty or has `word`. */
static bool lists(struct vg_slice list, const char *word)
{
	size_t len = strlen(word);

	if (list.n == 0)
		return true;
	for (uint32_t at = 0; at <= list.n;) {
		const char *comma = memchr(list.p + at, ',', list.n - at);
		size_t n = comma != NULL ? (size_t)(comma - list.p) - at
					 : list.n - at;

		if (n == len && memcmp(list.p + at, word, n) == 0)
			return true;
		at += (uint32_t)n + 1;
	}
	return false;
}

/* There is one version of an object, which is its first and its last. */
static bool has_version(struct vg_slice list, const char *version)
{
	return lists(list, version) || lists(list, "all") ||
	       lists(list, "last") || lists(list, "first");
}

static bool passes(const struct vg_taxii_filter *f,
		   const struct vg_taxii_entry *e)
{
	return e->added_ms > f->after_ms && lists(f->id, e->id) &&
	       lists(f->type, text_of(e->o, "type")) &&
	       has_version(f->version, e->version) && lists(f->spec, "2.1");
}

void vg_taxii_cursor(const struct vg_taxii_entry *e, char out[VG_TAXII_CURSOR])
{
	(void)snprintf(out, VG_TAXII_CURSOR, "%lld.%s", (long long)e->added_ms,
		       e->id);
}

void vg_taxii_choose(struct vg_taxii_entries *e,
		     const struct vg_taxii_filter *f, bool *more)
{
	bool waiting = f->next.n > 0;
	char cursor[128];
	size_t n = 0;

	*more = false;
	for (size_t i = 0; i < e->n; i++) {
		if (waiting) {
			vg_taxii_cursor(&e->at[i], cursor);
			waiting = !vg_slice_eq(f->next, vg_slice_of(cursor));
			continue;
		}
		if (!passes(f, &e->at[i]))
			continue;
		if (n == (size_t)f->limit) {
			*more = true;
			break;
		}
		e->at[n++] = e->at[i];
	}
	e->n = n;
}
