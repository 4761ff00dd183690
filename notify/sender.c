#include "notify/sender.h"

#include "core/buf.h"
#include "core/thread.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

enum state { IDLE, BUSY, DONE };

struct vg_sender {
	struct vg_sender_opts o;
	const struct vg_receiver_kind *kind;
	struct vg_way way; /* the thread's */
	pthread_t thread;
	pthread_mutex_t lock; /* guards state, body and sent */
	pthread_cond_t changed;
	enum state state;
	struct vg_buf body;
	struct vg_sent sent;
	_Atomic bool stop;
};

static void deliver(struct vg_sender *s)
{
	const struct vg_sending what = {
		.id = s->sent.id,
		.body = {s->body.p, (uint32_t)s->body.n},
		.now_ms = vg_now_ms(&s->o.clock)};

	s->way.wait_ms = 0;
	s->sent.err.text[0] = '\0';
	s->sent.rc = s->kind->send(&s->way, &what, &s->sent.err);
	s->sent.wait_ms = s->way.wait_ms;
}

static void *run(void *arg)
{
	struct vg_sender *s = arg;

	(void)pthread_mutex_lock(&s->lock);
	while (!atomic_load(&s->stop)) {
		if (s->state != BUSY) {
			(void)pthread_cond_wait(&s->changed, &s->lock);
			continue;
		}
		/* While BUSY, body and sent are this thread's. */
		(void)pthread_mutex_unlock(&s->lock);
		deliver(s);
		(void)pthread_mutex_lock(&s->lock);
		s->state = DONE;
	}
	(void)pthread_mutex_unlock(&s->lock);
	return NULL;
}

enum vg_rc vg_sender_new(struct vg_sender **out, const struct vg_sender_opts *o,
			 struct vg_err *err)
{
	struct vg_sender *s = calloc(1, sizeof *s);

	if (s == NULL)
		return vg_err_set(err, VG_FATAL, "notify: out of memory");
	s->o = *o;
	s->kind = vg_receiver_kind(o->to->type);
	assert(s->kind != NULL); /* vg_receivers_check() has seen it */
	s->way = (struct vg_way){.to = o->to,
				 .viewer = o->viewer,
				 .topics = o->topics,
				 .stop = &s->stop};
	if (pthread_mutex_init(&s->lock, NULL) != 0 ||
	    pthread_cond_init(&s->changed, NULL) != 0 ||
	    !vg_thread_start(&s->thread, "notify-send", run, s)) {
		free(s);
		return vg_err_set(err, VG_FATAL,
				  "notify: cannot start a thread");
	}
	*out = s;
	return VG_OK;
}

void vg_sender_free(struct vg_sender *s)
{
	if (s == NULL)
		return;
	atomic_store(&s->stop, true);
	(void)pthread_mutex_lock(&s->lock);
	(void)pthread_cond_signal(&s->changed);
	(void)pthread_mutex_unlock(&s->lock);
	(void)pthread_join(s->thread, NULL);
	(void)pthread_cond_destroy(&s->changed);
	(void)pthread_mutex_destroy(&s->lock);
	vg_way_term(&s->way);
	vg_buf_term(&s->body);
	free(s);
}

bool vg_sender_is_idle(struct vg_sender *s)
{
	(void)pthread_mutex_lock(&s->lock);
	bool idle = s->state == IDLE;
	(void)pthread_mutex_unlock(&s->lock);
	return idle;
}

enum vg_rc vg_sender_give(struct vg_sender *s, const char *id,
			  struct vg_slice body, struct vg_err *err)
{
	enum vg_rc rc = VG_OK;

	(void)pthread_mutex_lock(&s->lock);
	assert(s->state == IDLE);
	vg_buf_reset(&s->body);
	vg_buf_add(&s->body, body.p, body.n);
	(void)snprintf(s->sent.id, sizeof s->sent.id, "%s", id);
	if (s->body.failed) {
		rc = vg_err_set(err, VG_FATAL, "notify: out of memory");
	} else {
		s->state = BUSY;
		(void)pthread_cond_signal(&s->changed);
	}
	(void)pthread_mutex_unlock(&s->lock);
	return rc;
}

bool vg_sender_take(struct vg_sender *s, struct vg_sent *out)
{
	(void)pthread_mutex_lock(&s->lock);
	bool done = s->state == DONE;
	if (done) {
		*out = s->sent;
		s->state = IDLE;
	}
	(void)pthread_mutex_unlock(&s->lock);
	return done;
}
