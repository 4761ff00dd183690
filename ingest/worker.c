#include "ingest/worker.h"

#include "core/thread.h"
#include "ingest/backfill.h"
#include "ingest/count.h"
#include "ingest/log_reader.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct worker {
	struct vg_workers *pool;
	pthread_t thread;
	struct vg_lane *first, **last; /* the queue: under the pool's lock */
	pthread_cond_t given;
	struct vg_store *store;
	struct vg_counter counter;
	bool started;
};

struct vg_workers {
	struct vg_workers_env env;
	struct worker *worker;
	size_t n;
	/* Guards every queue, the done list and `ending`. */
	pthread_mutex_t lock;
	pthread_cond_t done_one;
	struct vg_lane *done, **done_last;
	bool ending;
	atomic_bool hurry;
};

static struct vg_lane *next_lane(struct worker *w)
{
	struct vg_workers *pool = w->pool;

	pthread_mutex_lock(&pool->lock);
	while (w->first == NULL && !pool->ending)
		pthread_cond_wait(&w->given, &pool->lock);
	struct vg_lane *lane = w->first;
	if (lane != NULL) {
		w->first = lane->next;
		if (w->first == NULL)
			w->last = &w->first;
	}
	pthread_mutex_unlock(&pool->lock);
	return lane;
}

static void put_done(struct vg_workers *pool, struct vg_lane *lane)
{
	pthread_mutex_lock(&pool->lock);
	lane->next = NULL;
	*pool->done_last = lane;
	pool->done_last = &lane->next;
	pthread_cond_signal(&pool->done_one);
	pthread_mutex_unlock(&pool->lock);
}

static void free_working(struct vg_lane *lane)
{
	for (size_t i = 0; i < lane->working.n; i++)
		rd_kafka_message_destroy(lane->working.m[i]);
	lane->working.n = lane->working.bytes = 0;
}

static void do_job(struct worker *w, struct vg_lane *lane)
{
	lane->err = (struct vg_err){.rc = VG_OK};
	lane->refusal = VG_REFUSAL_NONE;
	lane->from_kafka = false;
	if (lane->job != VG_LANE_CLOSE && atomic_load(&w->pool->hurry)) {
		lane->rc = vg_err_set(&lane->err, VG_DROP, "left undone");
		free_working(lane);
		return;
	}
	if (lane->job == VG_LANE_OPEN) {
		lane->rc =
			vg_lane_open(lane, &w->pool->env, w->store, &lane->err);
		return;
	}
	if (lane->job == VG_LANE_CLOSE) {
		lane->rc = VG_OK;
		vg_lane_close(lane);
		return;
	}
	lane->rc = lane->job == VG_LANE_FILL
			   ? vg_backfill_step(&w->counter, lane, &lane->err)
			   : vg_count_batch(&w->counter, lane, &lane->err);
	if (lane->rc != VG_OK)
		lane->refusal = vg_part_refusal(lane->part);
	if (lane->job == VG_LANE_FILL)
		return;
	free_working(lane);
}

static void *run(void *arg)
{
	struct worker *w = arg;
	struct vg_lane *lane;

	while ((lane = next_lane(w)) != NULL) {
		do_job(w, lane);
		put_done(w->pool, lane);
	}
	return NULL;
}

static enum vg_rc start_one(struct vg_workers *pool, struct worker *w,
			    struct vg_err *err)
{
	w->pool = pool;
	w->last = &w->first;
	w->counter.env = &pool->env;
	pthread_cond_init(&w->given, NULL);
	enum vg_rc rc = vg_scratch_new(&w->counter.scratch, err);
	if (rc == VG_OK)
		rc = vg_store_new(&w->store, pool->env.part->cfg,
				  pool->env.part->metrics, err);
	if (rc == VG_OK &&
	    !vg_thread_start(&w->thread, "ingest-worker", run, w))
		rc = vg_err_set(err, VG_FATAL, "cannot start a worker");
	w->started = rc == VG_OK;
	return rc;
}

enum vg_rc vg_workers_new(struct vg_workers **out,
			  const struct vg_workers_env *env, size_t n,
			  struct vg_err *err)
{
	enum vg_rc rc = VG_OK;
	pthread_condattr_t steady;
	struct vg_workers *pool = calloc(1, sizeof *pool);

	if (pool != NULL)
		pool->worker = calloc(n, sizeof *pool->worker);
	if (pool == NULL || pool->worker == NULL) {
		free(pool);
		return vg_err_set(err, VG_FATAL, "workers: out of memory");
	}
	pool->env = *env;
	pool->done_last = &pool->done;
	pthread_mutex_init(&pool->lock, NULL);
	/* Not the wall clock: set back, it would hold up the poller. */
	pthread_condattr_init(&steady);
	pthread_condattr_setclock(&steady, CLOCK_MONOTONIC);
	pthread_cond_init(&pool->done_one, &steady);
	pthread_condattr_destroy(&steady);
	for (; pool->n < n && rc == VG_OK; pool->n++)
		rc = start_one(pool, &pool->worker[pool->n], err);
	if (rc != VG_OK) {
		vg_workers_free(pool);
		return rc;
	}
	*out = pool;
	return VG_OK;
}

void vg_workers_free(struct vg_workers *pool)
{
	if (pool == NULL)
		return;
	pthread_mutex_lock(&pool->lock);
	pool->ending = true;
	for (size_t i = 0; i < pool->n; i++)
		pthread_cond_signal(&pool->worker[i].given);
	pthread_mutex_unlock(&pool->lock);
	for (size_t i = 0; i < pool->n; i++) {
		struct worker *w = &pool->worker[i];

		if (w->started)
			(void)pthread_join(w->thread, NULL);
		vg_store_free(w->store);
		vg_log_reader_free(w->counter.reader);
		vg_scratch_free(w->counter.scratch);
		pthread_cond_destroy(&w->given);
	}
	pthread_cond_destroy(&pool->done_one);
	pthread_mutex_destroy(&pool->lock);
	free(pool->worker);
	free(pool);
}

void vg_workers_plan(struct vg_workers *pool, const struct vg_part_env *part)
{
	pool->env.part = part;
}

void vg_workers_hurry(struct vg_workers *pool, bool on)
{
	atomic_store(&pool->hurry, on);
}

void vg_workers_give(struct vg_workers *pool, struct vg_lane *lane,
		     enum vg_lane_job job)
{
	struct worker *w = &pool->worker[lane->worker % pool->n];

	lane->busy = true;
	lane->job = job;
	pthread_mutex_lock(&pool->lock);
	lane->next = NULL;
	*w->last = lane;
	w->last = &lane->next;
	pthread_cond_signal(&w->given);
	pthread_mutex_unlock(&pool->lock);
}

/* The instant `ms` from now, on the clock of `done_one`. */
static struct timespec deadline(int64_t ms)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_sec += ms / 1000;
	t.tv_nsec += ms % 1000 * 1000000;
	if (t.tv_nsec >= 1000000000) {
		t.tv_sec++;
		t.tv_nsec -= 1000000000;
	}
	return t;
}

struct vg_lane *vg_workers_take(struct vg_workers *pool, int64_t wait_ms)
{
	struct timespec end = deadline(wait_ms);

	pthread_mutex_lock(&pool->lock);
	while (pool->done == NULL && wait_ms > 0 &&
	       pthread_cond_timedwait(&pool->done_one, &pool->lock, &end) == 0)
		;
	struct vg_lane *lane = pool->done;
	if (lane != NULL) {
		pool->done = lane->next;
		if (pool->done == NULL)
			pool->done_last = &pool->done;
		lane->busy = false;
	}
	pthread_mutex_unlock(&pool->lock);
	return lane;
}
