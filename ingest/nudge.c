#include "ingest/nudge.h"

#include "core/thread.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>

enum { ANSWER_MS = 1000 };

struct vg_nudge {
	rd_kafka_t *rk;
	pthread_t thread;
	pthread_mutex_t lock; /* guards what follows */
	pthread_cond_t asked;
	const char *topic; /* NULL: nothing to do */
	int32_t partition;
	bool ending;
};

static void *run(void *arg)
{
	struct vg_nudge *n = arg;

	pthread_mutex_lock(&n->lock);
	while (!n->ending) {
		int64_t low = 0, high = 0;

		if (n->topic == NULL) {
			pthread_cond_wait(&n->asked, &n->lock);
			continue;
		}
		pthread_mutex_unlock(&n->lock);
		/* The asking is the point; nobody needs the answer. */
		(void)rd_kafka_query_watermark_offsets(
			n->rk, n->topic, n->partition, &low, &high, ANSWER_MS);
		pthread_mutex_lock(&n->lock);
		n->topic = NULL;
	}
	pthread_mutex_unlock(&n->lock);
	return NULL;
}

enum vg_rc vg_nudge_new(struct vg_nudge **out, rd_kafka_t *rk,
			struct vg_err *err)
{
	struct vg_nudge *n = calloc(1, sizeof *n);

	assert(rk != NULL);
	if (n == NULL)
		return vg_err_set(err, VG_FATAL, "nudge: out of memory");
	n->rk = rk;
	pthread_mutex_init(&n->lock, NULL);
	pthread_cond_init(&n->asked, NULL);
	if (!vg_thread_start(&n->thread, "ingest-nudge", run, n)) {
		pthread_cond_destroy(&n->asked);
		pthread_mutex_destroy(&n->lock);
		free(n);
		return vg_err_set(err, VG_FATAL, "nudge: cannot start");
	}
	*out = n;
	return VG_OK;
}

void vg_nudge_free(struct vg_nudge *n)
{
	if (n == NULL)
		return;
	pthread_mutex_lock(&n->lock);
	n->ending = true;
	pthread_cond_signal(&n->asked);
	pthread_mutex_unlock(&n->lock);
	pthread_join(n->thread, NULL);
	pthread_cond_destroy(&n->asked);
	pthread_mutex_destroy(&n->lock);
	free(n);
}

void vg_nudge_ask(struct vg_nudge *n, const char *topic, int32_t partition)
{
	assert(topic != NULL && partition >= 0);
	/* `topic` is NULL again once the thread is done with it. */
	pthread_mutex_lock(&n->lock);
	if (n->topic == NULL) {
		n->topic = topic;
		n->partition = partition;
		pthread_cond_signal(&n->asked);
	}
	pthread_mutex_unlock(&n->lock);
}
