#include "api/sse_parts.h"

#include "api/tokens.h"
#include "api/viewer.h"
#include "core/text.h"

#include <assert.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

enum { FILL = 16384 /* bytes made ready at once */ };

static size_t viewers_of(const struct vg_config *cfg, struct vg_ring *ring)
{
	size_t n = 0;

	for (unsigned slot = 0; slot <= VG_SLOT_COALITION; slot++) {
		const char *name = vg_viewer_name(cfg, slot);

		if (name == NULL)
			continue;
		if (ring != NULL) {
			ring[n].viewer = slot;
			ring[n].name = name;
			/* 0 is the id before the first. */
			ring[n].first = ring[n].next = 1;
		}
		n++;
	}
	return n;
}

enum vg_rc vg_sse_hub_new(struct vg_sse_hub **out, struct vg_service *service,
			  size_t max, struct vg_err *err)
{
	struct vg_sse_hub *s = calloc(1, sizeof *s);

	if (s == NULL)
		return vg_err_set(err, VG_FATAL, "api: out of memory");
	s->service = service;
	s->max = max;
	randombytes_buf(&s->epoch, sizeof s->epoch);
	s->n_rings = viewers_of(service->env->cfg, NULL);
	s->ring = calloc(s->n_rings, sizeof *s->ring);
	s->left_ms = INT64_MIN / 2; /* nobody was there */
	if (s->ring == NULL || pthread_mutex_init(&s->mutex, NULL) != 0 ||
	    pthread_mutex_init(&s->looking, NULL) != 0) {
		free(s->ring);
		free(s);
		return vg_err_set(err, VG_FATAL, "api: out of memory");
	}
	(void)viewers_of(service->env->cfg, s->ring);
	*out = s;
	return VG_OK;
}

void vg_sse_hub_free(struct vg_sse_hub *s)
{
	if (s == NULL)
		return;
	assert(s->n == 0 && s->counter == NULL);
	for (size_t r = 0; r < s->n_rings; r++)
		for (size_t i = 0; i < VG_SSE_KEPT; i++)
			free(s->ring[r].event[i]);
	free(s->ring);
	vg_table_free(s->seen);
	vg_buf_term(&s->exercise);
	(void)pthread_mutex_destroy(&s->looking);
	(void)pthread_mutex_destroy(&s->mutex);
	free(s);
}

void vg_sse_wake(struct vg_sse *t)
{
	if (!t->asleep)
		return;
	t->asleep = false;
	if (t->wake != NULL)
		t->wake(t->ctx);
}

static void drop_first(struct vg_ring *ring)
{
	char **event = &ring->event[ring->first % VG_SSE_KEPT];

	ring->bytes -= strlen(*event);
	free(*event);
	*event = NULL;
	ring->first++;
}

void vg_ring_add(struct vg_sse_hub *s, struct vg_ring *ring, const char *kind,
		 const struct vg_buf *data)
{
	struct vg_buf b = {0};

	vg_buf_printf(&b, "id: %016" PRIx64 "-%" PRId64 "\nevent: %s\ndata: ",
		      s->epoch, ring->next, kind);
	vg_buf_add(&b, data->p, data->n);
	vg_buf_str(&b, "\n\n");
	if (b.failed || data->failed) {
		vg_buf_term(&b);
		return;
	}
	if (ring->next - ring->first == VG_SSE_KEPT)
		drop_first(ring);
	ring->event[ring->next++ % VG_SSE_KEPT] = b.p;
	ring->bytes += b.n;
	while (ring->bytes > VG_SSE_KEPT_BYTES && ring->first + 1 < ring->next)
		drop_first(ring);
	vg_metric_add(s->service->env->metrics, VG_M_STREAM_EVENTS, 1);
}

void vg_ring_forget(struct vg_ring *ring)
{
	while (ring->first < ring->next)
		drop_first(ring);
	ring->first = ++ring->next;
}

/* Say why, and end. */
static void drop(struct vg_sse *t, const char *reason)
{
	if (t->ended)
		return;
	vg_buf_printf(&t->out, "event: dropped\ndata: {\"reason\":\"%s\"}\n\n",
		      reason);
	t->ended = true;
	vg_metric_add(t->all->service->env->metrics, VG_M_STREAMS_DROPPED, 1);
}

/* The number in an id of this process; false when it is of another. */
static bool own_id(const struct vg_sse_hub *s, struct vg_slice id,
		   int64_t *number)
{
	char epoch[20];

	(void)snprintf(epoch, sizeof epoch, "%016" PRIx64 "-", s->epoch);
	return id.n > 17 && memcmp(id.p, epoch, 17) == 0 &&
	       vg_text_number(id.p + 17, id.n - 17, 15, number);
}

/* Find its place, and say what the reader needs to know of it. */
static void begin(struct vg_sse_hub *s, struct vg_sse *t,
		  struct vg_slice last_id)
{
	int64_t number = 0, next = t->ring != NULL ? t->ring->next : 0;
	bool own = own_id(s, last_id, &number);

	t->at = next;
	vg_buf_printf(&t->out, "retry: 2000\n");
	if (t->ring != NULL && own && number < next &&
	    number + 1 >= t->ring->first)
		t->at = number + 1;
	else if (last_id.n > 0)
		vg_buf_printf(&t->out,
			      "event: gap\ndata: {\"reason\":\"%s\"}\n",
			      own ? "too old" : "not of this process");
	/* The last one before: to come back with if nothing else comes. */
	vg_buf_printf(&t->out, "id: %016" PRIx64 "-%" PRId64 "\n", s->epoch,
		      t->at > 0 ? t->at - 1 : 0);
	vg_buf_str(&t->out, "\n");
}

static struct vg_counter *counter_of(struct vg_sse_hub *s,
				     const struct vg_sse_ask *ask)
{
	struct vg_counter *c = s->counter;

	while (c != NULL && (c->viewer != ask->viewer ||
			     strcmp(c->target, ask->counters) != 0))
		c = c->next;
	if (c == NULL) {
		c = calloc(1, sizeof *c);
		if (c == NULL)
			return NULL;
		c->target = strdup(ask->counters);
		if (c->target == NULL) {
			free(c);
			return NULL;
		}
		c->viewer = ask->viewer;
		c->step = ask->step;
		c->looked_ms = INT64_MIN;
		c->next = s->counter;
		s->counter = c;
	}
	c->streams++;
	return c;
}

static void leave_counter(struct vg_sse_hub *s, struct vg_counter *c)
{
	struct vg_counter **at = &s->counter;

	if (c == NULL || --c->streams > 0)
		return;
	while (*at != c)
		at = &(*at)->next;
	*at = c->next;
	free(c->target);
	vg_buf_term(&c->text);
	free(c);
}

static struct vg_ring *ring_of(struct vg_sse_hub *s, unsigned viewer)
{
	for (size_t i = 0; i < s->n_rings; i++)
		if (s->ring[i].viewer == viewer)
			return &s->ring[i];
	return NULL;
}

static void stream_free(struct vg_sse *t)
{
	if (t == NULL)
		return;
	free(t->authorization);
	vg_buf_term(&t->out);
	free(t);
}

static void link_locked(struct vg_sse_hub *s, struct vg_sse *t)
{
	t->next = s->first;
	if (t->next != NULL)
		t->next->prev = t;
	s->first = t;
	s->n++;
	s->n_listen += t->ring != NULL;
	vg_metric_set(s->service->env->metrics, VG_M_STREAMS, (int64_t)s->n);
}

enum vg_rc vg_sse_open(struct vg_sse_hub *s, struct vg_sse **out,
		       const struct vg_sse_ask *ask, struct vg_err *err)
{
	struct vg_sse *t = calloc(1, sizeof *t);
	enum vg_rc rc = VG_OK;

	if (t != NULL)
		t->authorization = strdup(ask->authorization);
	if (t == NULL || t->authorization == NULL) {
		stream_free(t);
		return vg_err_set(err, VG_FATAL, "api: out of memory");
	}
	t->all = s;
	t->viewer = ask->viewer;
	t->spoke_ms = ask->now_ms;
	if (ask->alerts)
		vg_sse_prime(s, ask->now_ms);
	(void)pthread_mutex_lock(&s->mutex);
	if (s->n >= s->max || s->over)
		rc = vg_err_set(err, VG_RETRY, "%zu streams are open", s->n);
	if (rc == VG_OK && ask->counters != NULL) {
		t->counter = counter_of(s, ask);
		if (t->counter == NULL)
			rc = vg_err_set(err, VG_FATAL, "api: out of memory");
	}
	if (rc == VG_OK) {
		t->ring = ask->alerts ? ring_of(s, ask->viewer) : NULL;
		/* That none is on need not be said. */
		t->exercise = s->exercise_on ? 0 : s->exercise_version;
		begin(s, t, ask->last_id);
		link_locked(s, t);
		*out = t;
		t = NULL; /* now the caller's */
	}
	(void)pthread_mutex_unlock(&s->mutex);
	stream_free(t);
	return rc;
}

void vg_sse_sleeper(struct vg_sse *t, void (*sleep)(void *ctx),
		    void (*wake)(void *ctx), void *ctx)
{
	t->sleep = sleep;
	t->wake = wake;
	t->ctx = ctx;
}

bool vg_sse_has_news(const struct vg_sse *t)
{
	return t->heart || t->exercise != t->all->exercise_version ||
	       t->ending != NULL ||
	       (t->ring != NULL && t->at < t->ring->next) ||
	       (t->counter != NULL && t->version != t->counter->version);
}

/* Of counters and exercises, the newest that was not told. */
static void fill_newest(struct vg_sse *t)
{
	const struct vg_sse_hub *s = t->all;

	if (t->counter != NULL && t->version != t->counter->version) {
		vg_buf_add(&t->out, t->counter->text.p, t->counter->text.n);
		t->version = t->counter->version;
	}
	if (t->exercise != s->exercise_version) {
		vg_buf_add(&t->out, s->exercise.p, s->exercise.n);
		t->exercise = s->exercise_version;
	}
}

/* Make the next bytes ready. */
static void fill(struct vg_sse *t)
{
	if (t->ending != NULL)
		drop(t, t->ending);
	if (t->ring != NULL && t->at < t->ring->first)
		drop(t, "slow");
	while (!t->ended && t->ring != NULL && t->at < t->ring->next &&
	       t->out.n < FILL)
		vg_buf_str(&t->out, t->ring->event[t->at++ % VG_SSE_KEPT]);
	if (!t->ended)
		fill_newest(t);
	if (!t->ended && t->heart && t->out.n == 0)
		vg_buf_str(&t->out, ":\n\n");
	t->heart = false;
}

long vg_sse_read(struct vg_sse *t, char *buf, size_t cap)
{
	struct vg_sse_hub *s = t->all;
	long got = 0;

	(void)pthread_mutex_lock(&s->mutex);
	if (t->sent == t->out.n && !t->ended && vg_sse_has_news(t)) {
		vg_buf_reset(&t->out);
		t->sent = 0;
		fill(t);
	}
	if (t->out.failed || (t->sent == t->out.n && t->ended)) {
		got = -1;
	} else if (t->sent < t->out.n) {
		size_t n = t->out.n - t->sent < cap ? t->out.n - t->sent : cap;

		memcpy(buf, t->out.p + t->sent, n);
		t->sent += n;
		t->spoke_ms = s->now_ms > t->spoke_ms ? s->now_ms : t->spoke_ms;
		got = (long)n;
	} else {
		t->asleep = true;
		if (t->sleep != NULL)
			t->sleep(t->ctx);
	}
	(void)pthread_mutex_unlock(&s->mutex);
	return got;
}

void vg_sse_close(struct vg_sse *t)
{
	struct vg_sse_hub *s;

	if (t == NULL)
		return;
	s = t->all;
	(void)pthread_mutex_lock(&s->mutex);
	if (t->prev != NULL)
		t->prev->next = t->next;
	else
		s->first = t->next;
	if (t->next != NULL)
		t->next->prev = t->prev;
	s->n--;
	if (t->ring != NULL) {
		s->n_listen--;
		s->left_ms = s->now_ms > s->left_ms ? s->now_ms : s->left_ms;
	}
	leave_counter(s, t->counter);
	vg_metric_set(s->service->env->metrics, VG_M_STREAMS, (int64_t)s->n);
	(void)pthread_mutex_unlock(&s->mutex);
	stream_free(t);
}

size_t vg_sse_hub_count(struct vg_sse_hub *s)
{
	size_t n;

	(void)pthread_mutex_lock(&s->mutex);
	n = s->n;
	(void)pthread_mutex_unlock(&s->mutex);
	return n;
}
