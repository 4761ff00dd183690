#include "api/kept.h"

#include "alert/book.h"
#include "api/service.h"
#include "core/defect.h"
#include "core/hash.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>

struct entry {
	uint64_t hash;
	char *key; /* NULL: free */
	size_t key_n, bytes;
	uint64_t used; /* the larger, the later */
	struct vg_kept_claim claim;
	const char *content_type;
	struct vg_answer_header header[VG_ANSWER_HEADERS_MAX];
	unsigned n_headers;
	struct vg_buf values;		/* as in struct vg_answer */
	struct vg_buf body[VG_CODINGS]; /* of VG_CODING_NONE: as it is */
};

struct vg_kept {
	pthread_mutex_t mutex;
	uint64_t uses;
	size_t bytes, hand; /* hand: the set that gives next when full */
	struct entry entry[VG_KEPT_SETS][VG_KEPT_WAYS];
};

enum vg_rc vg_kept_new(struct vg_kept **out, struct vg_err *err)
{
	struct vg_kept *k = calloc(1, sizeof *k);

	if (k == NULL || pthread_mutex_init(&k->mutex, NULL) != 0) {
		free(k);
		return vg_err_set(err, VG_FATAL, "api: out of memory");
	}
	*out = k;
	return VG_OK;
}

static void entry_term(struct vg_kept *k, struct entry *e)
{
	vg_buf_term(&e->values);
	for (int c = 0; c < VG_CODINGS; c++)
		vg_buf_term(&e->body[c]);
	free(e->key);
	assert(k->bytes >= e->bytes);
	k->bytes -= e->bytes;
	*e = (struct entry){0};
}

void vg_kept_free(struct vg_kept *k)
{
	if (k == NULL)
		return;
	for (size_t i = 0; i < VG_KEPT_SETS; i++)
		for (size_t w = 0; w < VG_KEPT_WAYS; w++)
			entry_term(k, &k->entry[i][w]);
	(void)pthread_mutex_destroy(&k->mutex);
	free(k);
}

void vg_kept_claim_term(struct vg_kept_claim *c)
{
	vg_buf_term(&c->key);
}

static struct entry *find_locked(struct vg_kept *k,
				 const struct vg_kept_claim *c)
{
	uint64_t h = vg_hash_table(c->key.p, c->key.n, 0);
	struct entry *set = k->entry[h % VG_KEPT_SETS];

	for (size_t w = 0; w < VG_KEPT_WAYS; w++)
		if (set[w].key != NULL && set[w].hash == h &&
		    set[w].key_n == c->key.n &&
		    memcmp(set[w].key, c->key.p, c->key.n) == 0)
			return &set[w];
	return NULL;
}

/* Viewer, format and range before the target, so that no target can be taken
 * for another's. */
static void make_key(struct vg_kept_claim *c, const struct vg_request *r,
		     enum vg_format format, const int64_t range[2])
{
	int64_t head[4] = {r->viewer, format, range[0], range[1]};

	vg_buf_reset(&c->key);
	vg_buf_add(&c->key, head, sizeof head);
	vg_buf_str(&c->key, r->target);
	if (VG_DEFECT("kept-viewer"))
		memset(c->key.p, 0, sizeof head[0]);
}

/* Are its cells as they were? */
static bool cells_stand(struct vg_service *s, struct vg_kept_claim *c,
			int64_t now_ms)
{
	uint64_t tick = vg_view_tick(s->view);

	if (c->tick == tick)
		return true;
	for (unsigned i = 0; i < c->n; i++)
		if (!vg_query_stands(&c->stamp[i], s->view, now_ms))
			return false;
	c->tick = tick;
	return true;
}

/* Sets *held when it is given though its cells have changed. */
static bool stands(struct vg_service *s, struct entry *e, int64_t now_ms,
		   bool *held)
{
	struct vg_kept_claim *c = &e->claim;

	*held = false;
	if (now_ms >= c->until_ms || now_ms < c->until_ms - VG_KEPT_MS ||
	    (c->has_alerts && c->book != vg_book_tick(s->book)))
		return false;
	*held = !cells_stand(s, c, now_ms);
	return !*held ||
	       (now_ms < c->hold_ms && now_ms >= c->hold_ms - VG_KEPT_HOLD_MS);
}

void vg_kept_hang(struct vg_kept_claim *whole, const struct vg_kept_claim *part)
{
	for (unsigned i = 0; i < part->n; i++) {
		if (whole->n == VG_KEPT_STAMPS)
			whole->spoilt = true;
		else
			whole->stamp[whole->n++] = part->stamp[i];
	}
	whole->spoilt |= part->spoilt;
	whole->tick = part->tick;
	whole->hold_ms = part->hold_ms;
	whole->fresh = part->fresh;
}

/* What the claim of an answer that was found is to know. */
static void take_claim(struct vg_kept_claim *c, const struct entry *e,
		       bool held)
{
	const struct vg_kept_claim *old = &e->claim;

	memcpy(c->tag, old->tag, sizeof c->tag);
	memcpy(c->stamp, old->stamp, old->n * sizeof *c->stamp);
	memcpy(c->note, old->note, sizeof c->note);
	c->n = old->n;
	c->tick = old->tick;
	c->hold_ms = old->hold_ms;
	c->fresh = old->fresh;
	c->held = held;
	c->found = true;
}

/* Does the asker have it? The tag that it would get is the one to compare. */
static bool has_already(const struct vg_request *r, const struct entry *e)
{
	return r->if_none_match != NULL &&
	       vg_answer_has_tag(r, e->claim.tag, e->body[VG_CODING_NONE].n);
}

static void copy_out(const struct vg_request *r, struct vg_answer *a,
		     const struct entry *e)
{
	const struct vg_buf *body = &e->body[VG_CODING_NONE];

	a->status = 200;
	a->content_type = e->content_type;
	a->body_n = body->n;
	for (unsigned i = 0; i < e->n_headers; i++)
		vg_answer_header(a, e->header[i].name,
				 e->values.p + e->header[i].at);
	if (!has_already(r, e))
		vg_buf_add(&a->body, body->p, body->n);
}

bool vg_kept_find(struct vg_service *s, const struct vg_request *r,
		  struct vg_answer *a, enum vg_format format,
		  const int64_t range[2])
{
	struct vg_kept_claim *c = r->claim;
	struct entry *e;
	bool held = false;

	if (s->kept == NULL || c == NULL)
		return false;
	make_key(c, r, format, range);
	c->tick = vg_view_tick(s->view);
	c->book = vg_book_tick(s->book);
	c->until_ms = r->now_ms + VG_KEPT_MS;
	if (c->key.failed)
		return false;
	(void)pthread_mutex_lock(&s->kept->mutex);
	e = find_locked(s->kept, c);
	if (e != NULL && !stands(s, e, r->now_ms, &held)) {
		entry_term(s->kept, e);
		e = NULL;
	}
	if (e != NULL) {
		e->used = ++s->kept->uses;
		take_claim(c, e, held);
		copy_out(r, a, e);
	}
	(void)pthread_mutex_unlock(&s->kept->mutex);
	return e != NULL;
}

void vg_kept_note(struct vg_service *s, const struct vg_request *r,
		  const struct vg_query *q)
{
	struct vg_kept_claim *c = r->claim;

	if (c == NULL || c->key.n == 0)
		return;
	if (c->n == VG_KEPT_STAMPS ||
	    !vg_query_stamp(&c->stamp[c->n], q, s->view))
		c->spoilt = true;
	else
		c->n++;
}

/* What says how fresh an answer is, is of the moment. */
static bool is_of_the_moment(const char *name)
{
	return strncmp(name, "Vigie-", 6) == 0 &&
	       (strcmp(name + 6, "As-Of") == 0 ||
		strcmp(name + 6, "Complete-To") == 0 ||
		strcmp(name + 6, "Stale") == 0);
}

static bool fill(struct entry *e, const struct vg_kept_claim *c,
		 const struct vg_answer *a)
{
	e->key = malloc(c->key.n);
	if (e->key == NULL)
		return false;
	memcpy(e->key, c->key.p, c->key.n);
	e->key_n = c->key.n;
	e->claim = *c;
	e->claim.key = (struct vg_buf){0};
	e->content_type = a->content_type;
	vg_buf_add(&e->body[VG_CODING_NONE], a->body.p, a->body.n);
	for (unsigned i = 0; i < a->n_headers; i++) {
		const char *value = vg_answer_value(a, i);

		if (is_of_the_moment(a->header[i].name))
			continue;
		e->header[e->n_headers++] = (struct vg_answer_header){
			.name = a->header[i].name, .at = e->values.n};
		vg_buf_add(&e->values, value, strlen(value) + 1);
	}
	return !e->body[VG_CODING_NONE].failed && !e->values.failed;
}

/* Count `n` bytes for `e`; others go when there are too many. */
static void charge_locked(struct vg_kept *k, struct entry *e, size_t n)
{
	e->bytes += n;
	k->bytes += n;
	while (k->bytes > VG_KEPT_BYTES) {
		struct entry *set = k->entry[k->hand++ % VG_KEPT_SETS];

		for (size_t w = 0; w < VG_KEPT_WAYS; w++)
			if (&set[w] != e && set[w].key != NULL)
				entry_term(k, &set[w]);
	}
}

static struct entry *choose_locked(struct vg_kept *k, uint64_t hash)
{
	struct entry *set = k->entry[hash % VG_KEPT_SETS], *oldest = &set[0];

	for (size_t w = 1; w < VG_KEPT_WAYS; w++)
		if (set[w].used < oldest->used)
			oldest = &set[w];
	return oldest;
}

void vg_kept_put(struct vg_service *s, const struct vg_request *r,
		 const struct vg_answer *a)
{
	const struct vg_kept_claim *c = r->claim;
	struct vg_kept *k = s->kept;
	struct entry *e;

	if (k == NULL || c == NULL || c->key.n == 0 || c->key.failed ||
	    c->found || c->spoilt || c->n == 0 || a->body.failed ||
	    a->body.n > VG_KEPT_ONE_MAX)
		return;
	(void)pthread_mutex_lock(&k->mutex);
	e = find_locked(k, c);
	if (e == NULL)
		e = choose_locked(k, vg_hash_table(c->key.p, c->key.n, 0));
	entry_term(k, e);
	if (fill(e, c, a)) {
		e->hash = vg_hash_table(c->key.p, c->key.n, 0);
		e->used = ++k->uses;
		charge_locked(k, e, e->key_n + a->body.n + sizeof *e);
	} else {
		entry_term(k, e);
	}
	(void)pthread_mutex_unlock(&k->mutex);
}

/* The entry that the request's answer is of, as long as it is the same. */
static struct entry *same_locked(struct vg_kept *k,
				 const struct vg_kept_claim *c)
{
	struct entry *e = find_locked(k, c);

	return e != NULL && strcmp(e->claim.tag, c->tag) == 0 ? e : NULL;
}

void vg_kept_code(struct vg_service *s, const struct vg_request *r,
		  enum vg_coding coding, const struct vg_buf *body)
{
	struct vg_kept *k = s->kept;
	struct entry *e;

	if (k == NULL || r->claim == NULL || r->claim->key.n == 0)
		return;
	(void)pthread_mutex_lock(&k->mutex);
	e = same_locked(k, r->claim);
	if (e != NULL && e->body[coding].n == 0) {
		vg_buf_add(&e->body[coding], body->p, body->n);
		if (e->body[coding].failed)
			vg_buf_term(&e->body[coding]);
		else
			charge_locked(k, e, body->n);
	}
	(void)pthread_mutex_unlock(&k->mutex);
}

bool vg_kept_coded(struct vg_service *s, const struct vg_request *r,
		   enum vg_coding coding, struct vg_buf *out)
{
	struct vg_kept *k = s->kept;
	struct entry *e;
	bool found;

	if (k == NULL || r->claim == NULL || r->claim->key.n == 0)
		return false;
	(void)pthread_mutex_lock(&k->mutex);
	e = same_locked(k, r->claim);
	found = e != NULL && e->body[coding].n > 0;
	if (found)
		vg_buf_add(out, e->body[coding].p, e->body[coding].n);
	(void)pthread_mutex_unlock(&k->mutex);
	return found && !out->failed;
}
