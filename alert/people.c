#include "alert/people.h"

#include "core/timefmt.h"

#include <assert.h>
#include <cjson/cJSON.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

struct vg_people {
	pthread_rwlock_t lock; /* guards the words */
	struct vg_word *word;  /* by alert, then kind */
	size_t n, cap;
	_Atomic uint64_t tick;
};

static enum vg_rc no_memory(struct vg_err *err)
{
	return vg_err_set(err, VG_FATAL, "people: out of memory");
}

enum vg_rc vg_people_new(struct vg_people **out, struct vg_err *err)
{
	struct vg_people *p = calloc(1, sizeof *p);

	if (p == NULL || pthread_rwlock_init(&p->lock, NULL) != 0) {
		free(p);
		return no_memory(err);
	}
	*out = p;
	return VG_OK;
}

static void forget(struct vg_people *p)
{
	for (size_t i = 0; i < p->n; i++)
		free(p->word[i].json);
	p->n = 0;
}

void vg_people_free(struct vg_people *p)
{
	if (p == NULL)
		return;
	forget(p);
	free(p->word);
	(void)pthread_rwlock_destroy(&p->lock);
	free(p);
}

void vg_people_read_lock(struct vg_people *p)
{
	int rc = p == NULL ? 0 : pthread_rwlock_rdlock(&p->lock);

	assert(rc == 0);
	(void)rc;
}

void vg_people_unlock(struct vg_people *p)
{
	int rc = p == NULL ? 0 : pthread_rwlock_unlock(&p->lock);

	assert(rc == 0);
	(void)rc;
}

/* Of `word` to the place (alert, kind). */
static int order(const struct vg_word *w, const char *alert, size_t n,
		 unsigned kind)
{
	int c = strncmp(w->alert, alert, n);

	if (c != 0)
		return c;
	if (w->alert[n] != '\0')
		return 1;
	return (w->kind > kind) - (w->kind < kind);
}

static size_t place_of(const struct vg_people *p, const char *alert, size_t n,
		       unsigned kind)
{
	size_t from = 0, to = p->n;

	while (from < to) {
		size_t mid = from + (to - from) / 2;

		if (order(&p->word[mid], alert, n, kind) < 0)
			from = mid + 1;
		else
			to = mid;
	}
	return from;
}

uint64_t vg_people_tick(const struct vg_people *p)
{
	return p == NULL ? 0 : p->tick;
}

size_t vg_people_first(const struct vg_people *p, struct vg_slice prefix)
{
	return p == NULL ? 0 : place_of(p, prefix.p, prefix.n, 0);
}

const struct vg_word *vg_people_at(const struct vg_people *p, size_t i)
{
	return p != NULL && i < p->n ? &p->word[i] : NULL;
}

/* "<alert> <kind>": false when it is something else. */
static bool read_field(struct vg_slice field, struct vg_word *w)
{
	const char *space = memchr(field.p, ' ', field.n);
	size_t n = space == NULL ? 0 : (size_t)(space - field.p);
	struct vg_slice kind = {.n = 0};

	if (n == 0 || n >= sizeof w->alert)
		return false;
	memcpy(w->alert, field.p, n);
	kind = (struct vg_slice){space + 1, field.n - (uint32_t)n - 1};
	for (unsigned k = 0; k < VG_ACT_KINDS; k++) {
		w->kind = (enum vg_action_kind)k;
		if (vg_slice_eq(kind, vg_slice_of(vg_action_name(w->kind))))
			return true;
	}
	return false;
}

/* What the entry itself says: a close or a reopen, and which verdict. */
static bool read_entry(const char *json, struct vg_word *w)
{
	cJSON *doc = cJSON_Parse(json);
	const char *change = cJSON_GetStringValue(
		cJSON_GetObjectItemCaseSensitive(doc, "change"));
	const char *verdict = cJSON_GetStringValue(
		cJSON_GetObjectItemCaseSensitive(doc, "verdict"));
	const char *at = cJSON_GetStringValue(
		cJSON_GetObjectItemCaseSensitive(doc, "at"));
	bool ok = change != NULL;

	w->reopened = ok && strcmp(change, vg_action_past(VG_ACT_REOPEN)) == 0;
	if (verdict != NULL)
		w->verdict = verdict[0];
	if (at == NULL || !vg_time_parse(vg_slice_of(at), &w->at_ms))
		w->at_ms = INT64_MAX;
	cJSON_Delete(doc);
	return ok;
}

static bool read_value(struct vg_slice value, struct vg_word *w)
{
	const char *brace = memchr(value.p, '{', value.n);
	size_t head = brace == NULL ? 0 : (size_t)(brace - value.p);

	if (head < 2 || head > 10 || value.p[head - 1] != ' ')
		return false;
	for (size_t i = 0; i + 1 < head; i++) {
		if (value.p[i] < '0' || value.p[i] > '9')
			return false;
		w->n = w->n * 10 + (value.p[i] - '0');
	}
	w->json = strndup(brace, value.n - head);
	return w->json != NULL && read_entry(w->json, w);
}

static bool make_room(struct vg_people *p)
{
	if (p->n < p->cap)
		return true;
	size_t cap = p->cap == 0 ? 64 : 2 * p->cap;
	struct vg_word *bigger = realloc(p->word, cap * sizeof *bigger);

	if (bigger == NULL)
		return false;
	p->word = bigger;
	p->cap = cap;
	return true;
}

/* Put `w` at its place; its text is ours when true. */
static bool put_locked(struct vg_people *p, const struct vg_word *w)
{
	size_t len = strlen(w->alert);
	size_t at = place_of(p, w->alert, len, w->kind);

	if (at < p->n && order(&p->word[at], w->alert, len, w->kind) == 0) {
		free(p->word[at].json);
		p->word[at] = *w;
		return true;
	}
	if (!make_room(p))
		return false;
	memmove(&p->word[at + 1], &p->word[at],
		(p->n - at) * sizeof p->word[0]);
	p->word[at] = *w;
	p->n++;
	return true;
}

static void write_lock(struct vg_people *p)
{
	int rc = pthread_rwlock_wrlock(&p->lock);

	assert(rc == 0);
	(void)rc;
}

enum vg_rc vg_people_put(struct vg_people *p, struct vg_slice field,
			 struct vg_slice value, struct vg_err *err)
{
	struct vg_word w = {.json = NULL};

	if (field.p == NULL || value.p == NULL || !read_field(field, &w) ||
	    !read_value(value, &w)) {
		free(w.json);
		return vg_err_set(err, VG_DROP, "people: no entry");
	}
	write_lock(p);
	bool ok = put_locked(p, &w);
	p->tick++;
	vg_people_unlock(p);
	if (!ok)
		free(w.json);
	return ok ? VG_OK : no_memory(err);
}

void vg_people_drop(struct vg_people *p, struct vg_slice field)
{
	struct vg_word w = {.json = NULL};
	size_t len, at;

	if (field.p == NULL || !read_field(field, &w))
		return;
	len = strlen(w.alert);
	write_lock(p);
	at = place_of(p, w.alert, len, w.kind);
	if (at < p->n && order(&p->word[at], w.alert, len, w.kind) == 0) {
		free(p->word[at].json);
		p->n--;
		memmove(&p->word[at], &p->word[at + 1],
			(p->n - at) * sizeof p->word[0]);
		p->tick++;
	}
	vg_people_unlock(p);
}

void vg_people_replace(struct vg_people *p, struct vg_people *by)
{
	struct vg_word *word;
	size_t n, cap;

	write_lock(p);
	word = p->word;
	n = p->n;
	cap = p->cap;
	p->word = by->word;
	p->n = by->n;
	p->cap = by->cap;
	p->tick++;
	vg_people_unlock(p);
	by->word = word;
	by->n = n;
	by->cap = cap;
}
