/* What streams are told: alerts as the book changes, time goes on and people
 * speak, counters as the view does; heartbeats. */
#include "api/sse_parts.h"

#include "aggregate/stamp.h"
#include "alert/book.h"
#include "api/alert_out.h"
#include "api/exercise.h"
#include "api/handlers.h"
#include "api/people_out.h"
#include "core/hash.h"
#include "core/timefmt.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

enum { STATES_MS = 250 /* between two looks at what time alone changes */ };

/* What was seen of an alert. */
enum { UPDATED, END, STATE, GONE, PEOPLE, SEEN };

static bool is_gone(const struct vg_book_alert *alert)
{
	return !vg_alert_is_listed(alert, false);
}

/* What became of an alert; NULL: nothing. */
static const char *change_of(const int64_t *old, const int64_t now[SEEN],
			     const struct vg_book_alert *alert)
{
	if (now[GONE] != 0)
		return old == NULL || old[GONE] != 0 ? NULL
		       : alert->merged_into != NULL  ? "merged"
						     : "withdrawn";
	if (old == NULL || old[GONE] != 0)
		return "raised";
	if (old[STATE] != now[STATE])
		return vg_alert_state_name((enum vg_alert_state)now[STATE]);
	if (old[UPDATED] != now[UPDATED] || old[END] != now[END])
		return "changed";
	return old[PEOPLE] != now[PEOPLE] ? "people" : NULL;
}

/* A number that is another one when other words are said about `alert`; 0 when
 * nobody said anything. The book's and the people's locks are held. */
static int64_t people_of(const struct vg_service *sv,
			 const struct vg_book_alert *alert)
{
	const struct vg_word *word[VG_ACT_KINDS];
	uint64_t sum = 0;

	if (!vg_people_words(word, sv->people, sv->book, alert))
		return 0;
	for (unsigned k = 0; k < VG_ACT_KINDS; k++)
		if (word[k] != NULL)
			sum += vg_people_word_hash(sv->env->hash_key, word[k]);
	return (int64_t)sum;
}

static const char *kind_of(const char *change)
{
	if (strcmp(change, "people") == 0)
		return "people";
	return strcmp(change, "raised") == 0 || strcmp(change, "changed") == 0
		       ? "alert"
		       : "transition";
}

/* The member `people`, when somebody said something. */
static void add_people(struct vg_jout *j, const struct vg_service *sv,
		       const struct vg_book_alert *alert)
{
	struct vg_buf text = {0};
	struct vg_people_ids ids;

	vg_people_ids(&ids, sv->people, sv->book, alert);
	vg_people_write(&text, sv->people, &ids);
	if (text.n > 0 && !text.failed) {
		vg_jout_name(j, "people");
		vg_jout_raw(j, text.p, text.n);
	}
	vg_buf_term(&text);
}

static void tell(struct vg_sse_hub *s, const struct vg_book_alert *alert,
		 const char *change, int64_t now_ms)
{
	const char *kind = kind_of(change);
	struct vg_buf data = {0};
	struct vg_jout j = {.buf = &data};
	int marking = -1;

	vg_jout_open(&j, '{');
	vg_jout_name(&j, "change");
	vg_jout_text(&j, change);
	vg_jout_name(&j, "id");
	vg_jout_text(&j, alert->id);
	if (!is_gone(alert)) {
		vg_jout_name(&j, "alert");
		if (!vg_alert_write_brief(&j, alert, now_ms, &marking))
			vg_jout_null(&j);
		add_people(&j, s->service, alert);
	}
	vg_jout_close(&j, '}');
	(void)pthread_mutex_lock(&s->mutex);
	for (size_t i = 0; i < s->n_rings; i++)
		if (vg_alert_sees(alert, s->ring[i].name))
			vg_ring_add(s, &s->ring[i], kind, &data);
	(void)pthread_mutex_unlock(&s->mutex);
	vg_buf_term(&data);
}

/* Look at every alert; the book's and the people's read locks are held. Words
 * are looked at anew unless `still`: neither has changed since. NULL when
 * memory is out. */
static struct vg_table *look_locked(struct vg_sse_hub *s, int64_t now_ms,
				    bool still)
{
	const struct vg_service *sv = s->service;
	struct vg_table *seen = vg_table_new(SEEN, sv->env->table_seed);

	for (size_t i = 0; seen != NULL && i < vg_book_count(sv->book); i++) {
		const struct vg_book_alert *alert = vg_book_at(sv->book, i);
		struct vg_slice id = vg_slice_of(alert->id);
		int64_t *at = vg_table_at(seen, id, NULL), *old = NULL;
		const char *change;

		if (at == NULL) {
			vg_table_free(seen);
			return NULL;
		}
		if (s->seen != NULL)
			old = vg_table_get(s->seen, id);
		const int64_t now[SEEN] = {
			[UPDATED] = alert->updated_ms,
			[END] = alert->end_ms,
			[STATE] = vg_alert_state(alert, now_ms),
			[GONE] = is_gone(alert),
			[PEOPLE] = old != NULL && still ? old[PEOPLE]
							: people_of(sv, alert)};
		memcpy(at, now, sizeof now);
		change = change_of(old, now, alert);
		if (s->primed && change != NULL)
			tell(s, alert, change, now_ms);
	}
	return seen;
}

static void look(struct vg_sse_hub *s, int64_t now_ms)
{
	struct vg_book *book = s->service->book;
	uint64_t tick = vg_book_tick(book), words;
	struct vg_table *seen = NULL;

	if (s->primed && tick == s->book_tick && now_ms >= s->looked_ms &&
	    now_ms - s->looked_ms < STATES_MS)
		return;
	s->book_tick = tick;
	s->looked_ms = now_ms;
	vg_book_read_lock(book);
	vg_people_read_lock(s->service->people);
	words = vg_people_tick(s->service->people);
	if (vg_book_ready(book))
		seen = look_locked(s, now_ms,
				   s->primed && tick == s->seen_tick &&
					   words == s->seen_words);
	vg_people_unlock(s->service->people);
	vg_book_unlock(book);
	if (seen == NULL)
		return;
	vg_table_free(s->seen);
	s->seen = seen;
	s->seen_tick = tick;
	s->seen_words = words;
	s->primed = true;
}

static bool is_wanted(struct vg_sse_hub *s, int64_t now_ms)
{
	bool wanted;

	(void)pthread_mutex_lock(&s->mutex);
	if (s->n_listen > 0 || now_ms < s->left_ms)
		s->left_ms = now_ms;
	wanted = now_ms - s->left_ms < VG_SSE_LINGER_MS;
	(void)pthread_mutex_unlock(&s->mutex);
	return wanted;
}

/* Nobody comes back any more: forget. A number is left out in each ring, so
 * that who comes all the same is told of a gap. */
static void rest(struct vg_sse_hub *s)
{
	s->primed = false;
	vg_table_free(s->seen);
	s->seen = NULL;
	(void)pthread_mutex_lock(&s->mutex);
	for (size_t i = 0; i < s->n_rings; i++)
		vg_ring_forget(&s->ring[i]);
	(void)pthread_mutex_unlock(&s->mutex);
}

void vg_sse_alerts(struct vg_sse_hub *s, int64_t now_ms)
{
	(void)pthread_mutex_lock(&s->looking);
	if (is_wanted(s, now_ms))
		look(s, now_ms);
	else if (s->primed)
		rest(s);
	(void)pthread_mutex_unlock(&s->looking);
}

void vg_sse_prime(struct vg_sse_hub *s, int64_t now_ms)
{
	(void)pthread_mutex_lock(&s->mutex);
	if (now_ms > s->left_ms)
		s->left_ms = now_ms;
	(void)pthread_mutex_unlock(&s->mutex);
	(void)pthread_mutex_lock(&s->looking);
	if (!s->primed)
		look(s, now_ms);
	(void)pthread_mutex_unlock(&s->looking);
}

/* A counter that is due, copied: it is asked for without the mutex. */
struct due {
	unsigned viewer;
	enum vg_res step;
	char *target;
};

/* Its target with the range: the step of now, and the one before. */
static void add_range(struct vg_buf *b, const struct due *d, int64_t now_ms)
{
	int64_t width = vg_res_ms(d->step);
	char from[VG_TIME_TEXT], to[VG_TIME_TEXT];

	now_ms -= now_ms % width;
	vg_time_print(from, now_ms - width);
	vg_time_print(to, now_ms + width);
	vg_buf_printf(b, "%s&from=%s&to=%s", d->target, from, to);
}

static bool ask_series(struct vg_sse_hub *s, const struct due *d,
		       int64_t now_ms, struct vg_buf *out)
{
	struct vg_request r = {.memory = NULL};
	struct vg_answer a = {0};
	struct vg_buf target = {0};
	struct vg_err err;
	bool ok = false;

	add_range(&target, d, now_ms);
	if (!target.failed && vg_request_parse(&r, target.p, &err) == 0) {
		r.method = "GET";
		r.viewer = d->viewer;
		r.now_ms = now_ms;
		vg_get_series(s->service, &r, &a);
		ok = a.status == 200 && !a.body.failed;
	}
	if (ok) {
		vg_buf_str(out, "event: counters\ndata: ");
		vg_buf_add(out, a.body.p, a.body.n);
		vg_buf_str(out, "\n\n");
	}
	vg_answer_term(&a);
	vg_request_term(&r);
	vg_buf_term(&target);
	return ok && !out->failed;
}

/* Is there a counter that is due? */
static bool next_due_locked(struct vg_sse_hub *s, int64_t now_ms,
			    struct due *out)
{
	uint64_t tick = vg_view_tick(s->service->view);

	for (struct vg_counter *c = s->counter; c != NULL; c = c->next) {
		if (c->looked_ms != INT64_MIN && now_ms >= c->looked_ms &&
		    now_ms - c->looked_ms < VG_SSE_COUNT_MS)
			continue;
		c->looked_ms = now_ms;
		if (c->version > 0 && c->tick == tick)
			continue;
		c->tick = tick;
		*out = (struct due){.viewer = c->viewer,
				    .step = c->step,
				    .target = strdup(c->target)};
		return out->target != NULL;
	}
	return false;
}

/* Show `text` to those who asked for it, unless they have it. */
static void show_locked(struct vg_sse_hub *s, const struct due *d,
			struct vg_buf *text)
{
	struct vg_counter *c = s->counter;

	while (c != NULL &&
	       (c->viewer != d->viewer || strcmp(c->target, d->target) != 0))
		c = c->next;
	if (c == NULL || (c->version > 0 && c->text.n == text->n &&
			  memcmp(c->text.p, text->p, text->n) == 0))
		return;
	vg_buf_term(&c->text);
	c->text = *text;
	*text = (struct vg_buf){0};
	c->version++;
}

void vg_sse_counters(struct vg_sse_hub *s, int64_t now_ms)
{
	struct vg_buf text = {0};
	struct due d;

	(void)pthread_mutex_lock(&s->mutex);
	while (next_due_locked(s, now_ms, &d)) {
		bool ok;

		(void)pthread_mutex_unlock(&s->mutex);
		vg_buf_reset(&text);
		ok = ask_series(s, &d, now_ms, &text);
		(void)pthread_mutex_lock(&s->mutex);
		if (ok)
			show_locked(s, &d, &text);
		free(d.target);
	}
	(void)pthread_mutex_unlock(&s->mutex);
	vg_buf_term(&text);
}

/* Whether an exercise is on is told to all: at the beginning and at the end of
 * one, and when it is held. */
static void look_at_exercise(struct vg_sse_hub *s)
{
	struct vg_buf b = {0}, old;
	struct vg_jout j = {.buf = &b};
	bool is_on;

	vg_buf_str(&b, "event: exercise\ndata: ");
	is_on = vg_exercise_write(&j, s->service->exercise);
	vg_buf_str(&b, "\n\n");
	(void)pthread_mutex_lock(&s->mutex);
	old = s->exercise;
	if (!b.failed && (old.n != b.n || memcmp(old.p, b.p, b.n) != 0)) {
		s->exercise_version += is_on || old.n > 0;
		s->exercise_on = is_on;
		s->exercise = b;
		b = old;
	}
	(void)pthread_mutex_unlock(&s->mutex);
	vg_buf_term(&b);
}

static void look_at_streams(struct vg_sse_hub *s, int64_t now_ms)
{
	(void)pthread_mutex_lock(&s->mutex);
	s->now_ms = now_ms;
	for (struct vg_sse *t = s->first; t != NULL; t = t->next) {
		if (now_ms - t->spoke_ms >= VG_SSE_HEART_MS) {
			t->spoke_ms = now_ms;
			t->heart = true;
			if (!vg_service_admits(s->service, t->authorization,
					       t->viewer, now_ms))
				t->ending = "token";
		}
		if (vg_sse_has_news(t))
			vg_sse_wake(t);
	}
	(void)pthread_mutex_unlock(&s->mutex);
}

void vg_sse_hub_step(struct vg_sse_hub *s, int64_t now_ms)
{
	vg_sse_alerts(s, now_ms);
	vg_sse_counters(s, now_ms);
	look_at_exercise(s);
	look_at_streams(s, now_ms);
}

void vg_sse_hub_end(struct vg_sse_hub *s, const char *reason)
{
	(void)pthread_mutex_lock(&s->mutex);
	s->over = true;
	for (struct vg_sse *t = s->first; t != NULL; t = t->next) {
		t->ending = reason;
		vg_sse_wake(t);
	}
	(void)pthread_mutex_unlock(&s->mutex);
}

void vg_sse_hub_begin(struct vg_sse_hub *s)
{
	(void)pthread_mutex_lock(&s->mutex);
	s->over = false;
	(void)pthread_mutex_unlock(&s->mutex);
}
