#include "alert/book.h"

#include "alert/alert_store.h"
#include "alert/book_index.h"
#include "core/buf.h"
#include "core/text.h"

#include <assert.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

enum { ID_MAX = 48 };

struct vg_book {
	pthread_rwlock_t lock; /* guards `index` and `ready` */
	struct vg_book_index index;
	bool ready;
	bool is_spare; /* it keeps no documents */
	_Atomic uint64_t tick;
	/* Of the stepping thread alone: */
	char last_id[ID_MAX]; /* newest entry of the stream applied */
	int64_t seq;	      /* and its number                     */
	bool behind;	      /* it was not the last, and no entry came */
};

enum vg_rc vg_book_new(struct vg_book **out, struct vg_err *err)
{
	struct vg_book *b = calloc(1, sizeof *b);

	if (b == NULL || pthread_rwlock_init(&b->lock, NULL) != 0) {
		free(b);
		return vg_err_set(err, VG_FATAL, "book: out of memory");
	}
	*out = b;
	return VG_OK;
}

void vg_book_free(struct vg_book *b)
{
	if (b == NULL)
		return;
	vg_book_index_term(&b->index);
	(void)pthread_rwlock_destroy(&b->lock);
	free(b);
}

void vg_book_spare(struct vg_book *b)
{
	assert(!b->ready);
	b->is_spare = true;
}

static void write_lock(struct vg_book *b)
{
	int rc = pthread_rwlock_wrlock(&b->lock);

	assert(rc == 0);
	(void)rc;
	b->tick++; /* whoever writes changes something */
}

uint64_t vg_book_tick(const struct vg_book *b)
{
	return b->tick;
}

void vg_book_read_lock(struct vg_book *b)
{
	int rc = pthread_rwlock_rdlock(&b->lock);

	assert(rc == 0);
	(void)rc;
}

void vg_book_unlock(struct vg_book *b)
{
	int rc = pthread_rwlock_unlock(&b->lock);

	assert(rc == 0);
	(void)rc;
}

static enum vg_rc read_seq(struct vg_store *s, int64_t *out, struct vg_err *err)
{
	struct vg_reply *r = NULL;
	enum vg_rc rc =
		vg_store_callf(s, &r, err, "GET", VG_KEY_ASEQ, (char *)NULL);

	if (rc == VG_OK)
		*out = vg_reply_type(r) == VG_REPLY_NIL ? 0 : vg_reply_int(r);
	vg_reply_free(r);
	return rc;
}

static bool keep_id(char out[ID_MAX], struct vg_slice id)
{
	return snprintf(out, ID_MAX, "%.*s", (int)id.n, id.p) < ID_MAX;
}

/* Id of the stream's newest entry, "0-0" when there is none. */
static enum vg_rc read_end(struct vg_store *s, char out[ID_MAX],
			   struct vg_err *err)
{
	struct vg_reply *r = NULL;
	enum vg_rc rc = vg_store_callf(s, &r, err, "XREVRANGE", VG_KEY_ASTREAM,
				       "+", "-", "COUNT", "1", (char *)NULL);

	if (rc != VG_OK)
		return rc;
	snprintf(out, ID_MAX, "0-0");
	if (vg_reply_count(r) > 0 &&
	    !keep_id(out, vg_reply_text(vg_reply_at(vg_reply_at(r, 0), 0))))
		rc = vg_err_set(err, VG_INVAL, "book: a malformed stream id");
	vg_reply_free(r);
	return rc;
}

struct loading {
	struct vg_book_index *to;
	bool is_spare;
};

/* What is no alert document is passed over: it is not ours to judge. */
static enum vg_rc take_doc(void *ctx, struct vg_slice doc, struct vg_err *err)
{
	const struct loading *l = ctx;
	struct vg_book_alert *a = NULL;
	enum vg_rc rc = vg_book_entry(&a, doc, !l->is_spare, err);

	if (rc == VG_DROP)
		return VG_OK;
	if (rc == VG_OK)
		rc = vg_book_index_append(l->to, a, err);
	if (rc != VG_OK)
		vg_book_entry_free(a);
	return rc;
}

/* The end of the stream is noted before the documents are read: what changes
 * meanwhile comes again as an entry, which is harmless. */
static enum vg_rc load(struct vg_book *b, struct vg_store *s,
		       struct vg_err *err)
{
	struct vg_book_index fresh = {0}, old;
	struct loading l = {.to = &fresh, .is_spare = b->is_spare};
	const struct vg_doc_taker to = {.take = take_doc, .ctx = &l};
	char last_id[ID_MAX];
	int64_t seq = 0;
	enum vg_rc rc = read_seq(s, &seq, err);

	if (rc == VG_OK)
		rc = read_end(s, last_id, err);
	if (rc == VG_OK)
		rc = vg_alerts_each(s, &to, err);
	if (rc != VG_OK) {
		vg_book_index_term(&fresh);
		return rc;
	}
	vg_book_index_sort(&fresh);
	memcpy(b->last_id, last_id, sizeof last_id);
	b->seq = seq;
	write_lock(b);
	old = b->index;
	b->index = fresh;
	b->ready = true;
	vg_book_unlock(b);
	vg_book_index_term(&old);
	return VG_OK;
}

static void unload(struct vg_book *b)
{
	write_lock(b);
	b->ready = false;
	vg_book_unlock(b);
}

/* What a page of stream entries changes: the documents of its ids. */
struct changes {
	struct vg_book *b;
	struct vg_slice id[VG_GET_MAX];
	size_t n, taken;
};

static enum vg_rc change_index(void *ctx, struct vg_slice doc,
			       struct vg_err *err)
{
	struct changes *c = ctx;
	struct vg_slice id = c->id[c->taken++];
	struct vg_book_alert *a = NULL;
	enum vg_rc rc = VG_OK;

	if (doc.n > 0)
		rc = vg_book_entry(&a, doc, !c->b->is_spare, err);
	if (rc == VG_DROP)
		return VG_OK;
	if (rc != VG_OK)
		return rc;
	write_lock(c->b);
	if (a == NULL)
		vg_book_index_drop(&c->b->index, id);
	else
		rc = vg_book_index_put(&c->b->index, a, err);
	vg_book_unlock(c->b);
	if (rc != VG_OK)
		vg_book_entry_free(a);
	return rc;
}

/* Note the id of one entry; false when one is missing before it. */
static bool note(struct changes *c, const struct vg_reply *entry, int64_t *seq)
{
	const struct vg_reply *pairs = vg_reply_at(entry, 1);
	struct vg_slice id = vg_entry_field(pairs, "id");
	struct vg_slice number = vg_entry_field(pairs, "seq");
	int64_t n = 0;

	if (!vg_text_number(number.p, number.n, 16, &n) || id.n == 0 ||
	    n != *seq + 1)
		return false;
	*seq = n;
	/* One that changed again and again is read once, as it is now. */
	for (size_t i = 0; i < c->n; i++)
		if (vg_slice_eq(c->id[i], id))
			return true;
	c->id[c->n++] = id;
	return true;
}

/* Apply the entries of `list`: its documents as they are now, which is at
 * least as new. False in *follows when an entry is missing. */
static enum vg_rc apply(struct vg_book *b, struct vg_store *s,
			const struct vg_reply *list, bool *follows,
			struct vg_err *err)
{
	struct changes c = {.b = b};
	const struct vg_doc_taker to = {.take = change_index, .ctx = &c};
	size_t n = vg_reply_count(list);
	int64_t seq = b->seq;
	char last_id[ID_MAX];

	assert(n > 0 && n <= VG_GET_MAX);
	for (size_t i = 0; i < n; i++)
		if (!note(&c, vg_reply_at(list, i), &seq))
			*follows = false;
	*follows = *follows &&
		   keep_id(last_id, vg_reply_text(vg_reply_at(
					    vg_reply_at(list, n - 1), 0)));
	if (!*follows)
		return VG_OK;
	enum vg_rc rc = vg_alerts_get(s, c.id, c.n, &to, err);
	if (rc != VG_OK)
		return rc;
	b->seq = seq;
	memcpy(b->last_id, last_id, sizeof last_id);
	return VG_OK;
}

static enum vg_rc read_stream(struct vg_book *b, struct vg_store *s,
			      int64_t wait_ms, struct vg_reply **out,
			      struct vg_err *err)
{
	char count[24], block[24];

	snprintf(count, sizeof count, "%d", (int)VG_GET_MAX);
	snprintf(block, sizeof block, "%" PRId64, wait_ms);
	if (wait_ms <= 0) /* BLOCK 0 would wait for ever */
		return vg_store_callf(s, out, err, "XREAD", "COUNT", count,
				      "STREAMS", VG_KEY_ASTREAM, b->last_id,
				      (char *)NULL);
	return vg_store_callf(s, out, err, "XREAD", "COUNT", count, "BLOCK",
			      block, "STREAMS", VG_KEY_ASTREAM, b->last_id,
			      (char *)NULL);
}

/* Nothing new is right only if Redis holds no more writes than we know, and
 * no fewer: it may have fallen back. One write may have come between the two
 * questions; twice in a row, its entry is not in the stream. */
static enum vg_rc check_level(struct vg_book *b, struct vg_store *s,
			      struct vg_err *err)
{
	int64_t seq = 0;
	enum vg_rc rc = read_seq(s, &seq, err);

	if (rc != VG_OK)
		return rc;
	if (seq < b->seq || (seq > b->seq && b->behind))
		unload(b);
	b->behind = seq > b->seq;
	return VG_OK;
}

static enum vg_rc follow(struct vg_book *b, struct vg_store *s, int64_t wait_ms,
			 struct vg_err *err)
{
	struct vg_reply *r = NULL;
	bool follows = true;
	enum vg_rc rc = read_stream(b, s, wait_ms, &r, err);

	if (rc != VG_OK)
		return rc;
	/* One stream was asked for: nil, or [[its name, [entry, ...]]]. */
	const struct vg_reply *list =
		vg_reply_count(r) == 1 ? vg_reply_at(vg_reply_at(r, 0), 1) : r;
	size_t n = vg_reply_count(list);
	if (n > 0)
		rc = apply(b, s, list, &follows, err);
	vg_reply_free(r);
	if (rc == VG_OK && !follows)
		unload(b);
	if (rc == VG_OK && n == 0)
		return check_level(b, s, err);
	b->behind = false;
	return rc;
}

enum vg_rc vg_book_step(struct vg_book *b, struct vg_store *store,
			int64_t wait_ms, struct vg_err *err)
{
	/* `ready` is written by this thread alone. */
	return b->ready ? follow(b, store, wait_ms, err) : load(b, store, err);
}

bool vg_book_ready(const struct vg_book *b)
{
	return b->ready;
}

size_t vg_book_count(const struct vg_book *b)
{
	return b->index.n;
}

const struct vg_book_alert *vg_book_at(const struct vg_book *b, size_t i)
{
	assert(i < b->index.n);
	return b->index.by_start[i];
}

const struct vg_book_alert *vg_book_find(const struct vg_book *b,
					 struct vg_slice id)
{
	return vg_book_index_find(&b->index, id);
}

const struct vg_book_alert *vg_book_near(const struct vg_book *b,
					 struct vg_slice prefix, size_t k)
{
	size_t i = vg_book_index_first(&b->index, prefix);

	return k < b->index.n - i ? b->index.by_id[i + k] : NULL;
}
