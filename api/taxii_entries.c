#include "api/taxii_entries.h"

#include "api/alert_out.h"
#include "api/omitted.h"
#include "api/people_out.h"
#include "api/stix.h"
#include "api/tree.h"
#include "api/viewer.h"
#include "core/defect.h"

#include <cjson/cJSON.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* A turn ends before the alert that may take it past the first. */
enum { ENTRIES_MAX = 50000, ENTRIES_OF_ALERT = 2000 };

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
		.id = vg_tree_text(o, "id"),
		.version = vg_tree_text(o, cJSON_HasObjectItem(o, "modified")
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

static int64_t added_of(const struct vg_book_alert *alert)
{
	return alert->updated_ms > 0 ? alert->updated_ms : alert->start_ms;
}

static void add_alert(struct vg_service *s, struct vg_taxii_entries *e,
		      const struct vg_book_alert *alert)
{
	cJSON *own = cJSON_CreateArray(), *o;

	e->failed |=
		!vg_stix_alert(own, alert, vg_taxii_is_confirmed(s, alert));
	while ((o = cJSON_DetachItemFromArray(own, 0)) != NULL) {
		if (!cJSON_AddItemToArray(e->list, o)) {
			cJSON_Delete(o);
			e->failed = true;
			continue;
		}
		add_entry(e, o, added_of(alert));
	}
	cJSON_Delete(own);
}

static int compare(int64_t a_ms, const char *a, int64_t b_ms, const char *b)
{
	return a_ms != b_ms ? (a_ms < b_ms ? -1 : 1) : strcmp(a, b);
}

static int by_change(const void *a, const void *b)
{
	const struct vg_book_alert *x = *(const struct vg_book_alert *const *)a,
				   *y = *(const struct vg_book_alert *const *)b;

	return compare(added_of(x), x->id, added_of(y), y->id);
}

/* All that the asker may see, oldest change first; freed by the caller. */
static const struct vg_book_alert **
seen_locked(struct vg_service *s, const struct vg_request *r, size_t *n)
{
	const char *viewer = vg_viewer_name(s->env->cfg, r->viewer);
	size_t all = vg_book_count(s->book);
	const struct vg_book_alert **list = calloc(all + 1, sizeof(*list));

	*n = 0;
	for (size_t i = 0; list != NULL && i < all; i++) {
		const struct vg_book_alert *alert = vg_book_at(s->book, i);

		if (!alert->shadow &&
		    (vg_alert_sees(alert, viewer) || VG_DEFECT("taxii-class")))
			list[(*n)++] = alert;
	}
	if (*n > 1)
		qsort(list, *n, sizeof(*list), by_change);
	return list;
}

/* Where the turn of `f` begins. Without a cursor, those in which nothing was
 * added late enough are passed over. */
static size_t turn_of(const struct vg_book_alert *const *list, size_t n,
		      const struct vg_taxii_filter *f)
{
	size_t i = 0;

	if (f->has_turn) {
		while (i < n && compare(added_of(list[i]), list[i]->id,
					f->turn.at_ms, f->turn.id) < 0)
			i++;
		return i;
	}
	while (i + VG_TAXII_TURN < n &&
	       added_of(list[i + VG_TAXII_TURN - 1]) <= f->after_ms)
		i += VG_TAXII_TURN;
	return i;
}

static struct vg_taxii_place place_of(const struct vg_book_alert *alert)
{
	struct vg_taxii_place p = {.at_ms = added_of(alert)};

	(void)snprintf(p.id, sizeof p.id, "%s", alert->id);
	return p;
}

void vg_taxii_gather(struct vg_service *s, const struct vg_request *r,
		     const struct vg_taxii_filter *f,
		     struct vg_taxii_entries *e)
{
	const struct vg_book_alert **list;
	size_t n, from, i;

	*e = (struct vg_taxii_entries){.list = cJSON_CreateArray()};
	vg_book_read_lock(s->book);
	list = seen_locked(s, r, &n);
	e->failed = list == NULL;
	i = from = turn_of(list, n, f);
	if (from < n)
		e->turn = place_of(list[from]);
	while (i < n && i - from < VG_TAXII_TURN &&
	       e->n + ENTRIES_OF_ALERT <= ENTRIES_MAX)
		add_alert(s, e, list[i++]);
	e->has_next = i < n;
	if (e->has_next)
		e->next = place_of(list[i]);
	vg_book_unlock(s->book);
	free(list);
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
	       lists(f->type, vg_tree_text(e->o, "type")) &&
	       has_version(f->version, e->version) && lists(f->spec, "2.1");
}

void vg_taxii_cursor(const struct vg_taxii_entries *e,
		     const struct vg_taxii_filter *f, bool more,
		     char out[VG_TAXII_CURSOR])
{
	const struct vg_taxii_entry *last = more ? &e->at[e->n - 1] : NULL;
	const struct vg_taxii_place *turn = more ? &e->turn : &e->next;
	int n = snprintf(out, VG_TAXII_CURSOR, "%08" PRIx32 "~%lld.%s~",
			 f->question, (long long)turn->at_ms, turn->id);

	if (last != NULL)
		(void)snprintf(out + n, VG_TAXII_CURSOR - (size_t)n, "%lld.%s",
			       (long long)last->added_ms, last->id);
}

static bool read_place(struct vg_slice text, struct vg_taxii_place *p)
{
	const char *dot = memchr(text.p, '.', text.n);
	size_t digits = dot != NULL ? (size_t)(dot - text.p) : 0,
	       n = text.n - digits - 1;
	char number[24], *end;

	if (digits == 0 || digits >= sizeof number || n >= sizeof p->id ||
	    text.p[0] < '0' || text.p[0] > '9')
		return false;
	memcpy(number, text.p, digits);
	number[digits] = '\0';
	p->at_ms = strtoll(number, &end, 10);
	memcpy(p->id, dot + 1, n);
	p->id[n] = '\0';
	return *end == '\0';
}

bool vg_taxii_read_cursor(struct vg_slice text, struct vg_taxii_filter *f)
{
	const char *mark;
	struct vg_slice turn, read;
	char question[16];

	(void)snprintf(question, sizeof question, "%08" PRIx32 "~",
		       f->question);
	if (text.n < 9 || memcmp(text.p, question, 9) != 0)
		return false;
	turn = (struct vg_slice){text.p + 9, text.n - 9};
	text = turn;
	mark = memchr(text.p, '~', text.n);
	if (mark == NULL)
		return false;
	turn.n = (uint32_t)(mark - text.p);
	read = (struct vg_slice){mark + 1, text.n - turn.n - 1};
	f->has_turn = true;
	f->has_read = read.n > 0;
	return read_place(turn, &f->turn) &&
	       (!f->has_read || read_place(read, &f->read));
}

static bool was_read(const struct vg_taxii_filter *f,
		     const struct vg_taxii_entry *e)
{
	return f->has_read &&
	       compare(e->added_ms, e->id, f->read.at_ms, f->read.id) <= 0;
}

void vg_taxii_choose(struct vg_taxii_entries *e,
		     const struct vg_taxii_filter *f, bool *more)
{
	size_t n = 0;

	*more = false;
	for (size_t i = 0; i < e->n; i++) {
		if (was_read(f, &e->at[i]) || !passes(f, &e->at[i]))
			continue;
		if (n == (size_t)f->limit) {
			*more = true;
			break;
		}
		e->at[n++] = e->at[i];
	}
	e->n = n;
}
