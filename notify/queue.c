#include "notify/queue.h"

#include "core/hash.h"

#include <stdlib.h>

static size_t place_of(const struct vg_queue *q, const char *id)
{
	size_t from = 0, to = q->n;

	while (from < to) {
		size_t mid = from + (to - from) / 2;

		if (strcmp(q->w[mid].id, id) < 0)
			from = mid + 1;
		else
			to = mid;
	}
	return from;
}

struct vg_waiting *vg_queue_find(const struct vg_queue *q, const char *id)
{
	size_t i = place_of(q, id);

	return i < q->n && strcmp(q->w[i].id, id) == 0 ? &q->w[i] : NULL;
}

static bool grow(struct vg_queue *q)
{
	size_t cap = q->cap == 0 ? 16 : 2 * q->cap;
	struct vg_waiting *p;

	if (q->n < q->cap)
		return true;
	p = realloc(q->w, cap * sizeof *p);
	if (p == NULL)
		return false;
	q->w = p;
	q->cap = cap;
	return true;
}

bool vg_queue_add(struct vg_queue *q, const char *id, struct vg_slice body,
		  int64_t tries)
{
	size_t i = place_of(q, id), n = strlen(id) + 1;

	if (i < q->n && strcmp(q->w[i].id, id) == 0)
		return true;
	struct vg_waiting new = {.id = malloc(n),
				 .body = malloc(body.n + 1),
				 .body_len = body.n,
				 .tries = tries};
	if (new.id == NULL || new.body == NULL || !grow(q)) {
		free(new.id);
		free(new.body);
		return false;
	}
	memcpy(new.id, id, n);
	memcpy(new.body, body.p, body.n);
	new.body[body.n] = '\0';
	memmove(&q->w[i + 1], &q->w[i], (q->n - i) * sizeof q->w[0]);
	q->w[i] = new;
	q->n++;
	return true;
}

static bool same_stream(const char *a, const char *b)
{
	return strncmp(a, b, VG_STREAM_HASH) == 0;
}

struct vg_waiting *vg_queue_next(const struct vg_queue *q, int64_t now_ms)
{
	struct vg_waiting *best = NULL;

	for (size_t i = 0; i < q->n; i++) {
		struct vg_waiting *w = &q->w[i];

		if (i > 0 && same_stream(q->w[i - 1].id, w->id))
			continue;
		if (w->due_ms <= now_ms &&
		    (best == NULL || w->due_ms < best->due_ms))
			best = w;
	}
	return best;
}

bool vg_queue_has_stream(const struct vg_queue *q, const char *hash)
{
	size_t i = place_of(q, hash);

	return i < q->n && same_stream(q->w[i].id, hash);
}

void vg_waiting_later(struct vg_waiting *w, int64_t now_ms, int64_t least_ms)
{
	int64_t wait_ms = VG_BACKOFF_MS;

	for (int64_t i = 0; i < w->tries && wait_ms < VG_BACKOFF_MAX_MS; i++)
		wait_ms *= 2;
	if (wait_ms > VG_BACKOFF_MAX_MS)
		wait_ms = VG_BACKOFF_MAX_MS;
	w->tries++;
	/* Half of it is certain, half a matter of chance. */
	uint64_t dice = vg_hash_table(w->id, strlen(w->id), (uint64_t)w->tries);
	wait_ms = wait_ms / 2 + (int64_t)(dice % (uint64_t)(wait_ms / 2 + 1));
	w->due_ms = now_ms + (wait_ms > least_ms ? wait_ms : least_ms);
}

void vg_queue_drop(struct vg_queue *q, const char *id)
{
	size_t i = place_of(q, id);

	if (i == q->n || strcmp(q->w[i].id, id) != 0)
		return;
	free(q->w[i].id);
	free(q->w[i].body);
	q->n--;
	memmove(&q->w[i], &q->w[i + 1], (q->n - i) * sizeof q->w[0]);
}

void vg_queue_term(struct vg_queue *q)
{
	for (size_t i = 0; i < q->n; i++) {
		free(q->w[i].id);
		free(q->w[i].body);
	}
	free(q->w);
	memset(q, 0, sizeof *q);
}
