#include "api/deadline.h"

#include "core/thread.h"

#include <assert.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

struct vg_deadline {
	int fd;
	bool is_shut;
	int64_t since_ms;
	struct vg_deadline *prev, *next;
};

struct vg_deadlines {
	int64_t limit_ms;
	struct vg_clock clock;
	struct vg_metrics *metrics;
	pthread_t thread;
	pthread_mutex_t lock; /* guards all below */
	pthread_cond_t wake;
	struct vg_deadline *first;
	bool stop;
};

size_t vg_deadlines_sweep(struct vg_deadlines *d, int64_t now_ms)
{
	size_t n = 0;

	(void)pthread_mutex_lock(&d->lock);
	for (struct vg_deadline *c = d->first; c != NULL; c = c->next) {
		if (c->is_shut || c->since_ms == INT64_MAX ||
		    now_ms - c->since_ms < d->limit_ms)
			continue;
		(void)shutdown(c->fd, SHUT_RDWR);
		c->is_shut = true;
		n++;
	}
	(void)pthread_mutex_unlock(&d->lock);
	vg_metric_add(d->metrics, VG_M_HTTP_CUT, (int64_t)n);
	return n;
}

/* Wait a quarter of the limit, at most a second, or until told to stop. */
static bool is_stopped_after_pause(struct vg_deadlines *d)
{
	int64_t pause_ms = d->limit_ms / 4 < 1000 ? d->limit_ms / 4 : 1000;
	struct timespec until;
	bool stop;

	(void)clock_gettime(CLOCK_REALTIME, &until);
	until.tv_nsec += (long)(pause_ms % 1000 + 1) * 1000000L;
	until.tv_sec += (time_t)(pause_ms / 1000) + until.tv_nsec / 1000000000L;
	until.tv_nsec %= 1000000000L;
	(void)pthread_mutex_lock(&d->lock);
	if (!d->stop)
		(void)pthread_cond_timedwait(&d->wake, &d->lock, &until);
	stop = d->stop;
	(void)pthread_mutex_unlock(&d->lock);
	return stop;
}

static void *run(void *arg)
{
	struct vg_deadlines *d = arg;

	while (!is_stopped_after_pause(d))
		(void)vg_deadlines_sweep(d, vg_mono_ms(&d->clock));
	return NULL;
}

enum vg_rc vg_deadlines_new(struct vg_deadlines **out, int64_t limit_ms,
			    struct vg_clock clock, struct vg_metrics *metrics,
			    struct vg_err *err)
{
	struct vg_deadlines *d = calloc(1, sizeof *d);

	assert(limit_ms > 0);
	if (d == NULL)
		return vg_err_set(err, VG_FATAL, "api: out of memory");
	d->limit_ms = limit_ms;
	d->clock = clock;
	d->metrics = metrics;
	if (pthread_mutex_init(&d->lock, NULL) != 0 ||
	    pthread_cond_init(&d->wake, NULL) != 0 ||
	    !vg_thread_start(&d->thread, "api-deadline", run, d)) {
		free(d);
		return vg_err_set(err, VG_FATAL,
				  "api: no thread for "
				  "deadlines");
	}
	*out = d;
	return VG_OK;
}

void vg_deadlines_free(struct vg_deadlines *d)
{
	if (d == NULL)
		return;
	(void)pthread_mutex_lock(&d->lock);
	d->stop = true;
	(void)pthread_cond_signal(&d->wake);
	(void)pthread_mutex_unlock(&d->lock);
	(void)pthread_join(d->thread, NULL);
	assert(d->first == NULL);
	(void)pthread_cond_destroy(&d->wake);
	(void)pthread_mutex_destroy(&d->lock);
	free(d);
}

struct vg_deadline *vg_deadline_open(struct vg_deadlines *d, int fd)
{
	struct vg_deadline *c = calloc(1, sizeof *c);

	if (c == NULL)
		return NULL;
	c->fd = fd;
	c->since_ms = vg_mono_ms(&d->clock);
	(void)pthread_mutex_lock(&d->lock);
	c->next = d->first;
	if (c->next != NULL)
		c->next->prev = c;
	d->first = c;
	(void)pthread_mutex_unlock(&d->lock);
	return c;
}

void vg_deadline_touch(struct vg_deadlines *d, struct vg_deadline *c)
{
	int64_t now_ms = vg_mono_ms(&d->clock);

	(void)pthread_mutex_lock(&d->lock);
	c->since_ms = now_ms;
	(void)pthread_mutex_unlock(&d->lock);
}

void vg_deadline_exempt(struct vg_deadlines *d, struct vg_deadline *c)
{
	(void)pthread_mutex_lock(&d->lock);
	c->since_ms = INT64_MAX;
	(void)pthread_mutex_unlock(&d->lock);
}

void vg_deadline_close(struct vg_deadlines *d, struct vg_deadline *c)
{
	if (c == NULL)
		return;
	(void)pthread_mutex_lock(&d->lock);
	if (c->prev != NULL)
		c->prev->next = c->next;
	else
		d->first = c->next;
	if (c->next != NULL)
		c->next->prev = c->prev;
	(void)pthread_mutex_unlock(&d->lock);
	free(c);
}
