/*
 * thrd_shim - C11 threads as POSIX ones, for ThreadSanitizer.
 *
 * Preloaded. librdkafka uses thrd_create(), mtx_lock() and the like; glibc has
 * them beside pthread_create(), out of ThreadSanitizer's sight, which then ends
 * at the first memory that such a thread frees. glibc's types are the same.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <threads.h>

_Static_assert(sizeof(mtx_t) == sizeof(pthread_mutex_t), "one type");
_Static_assert(sizeof(cnd_t) == sizeof(pthread_cond_t), "one type");

#define M(m) ((pthread_mutex_t *)(void *)(m))
#define C(c) ((pthread_cond_t *)(void *)(c))

struct begin {
	thrd_start_t run;
	void *arg;
};

static int answer(int e)
{
	return e == 0		? thrd_success
	       : e == ETIMEDOUT ? thrd_timedout
	       : e == EBUSY	? thrd_busy
				: thrd_error;
}

static void *run(void *arg)
{
	struct begin b = *(struct begin *)arg;

	free(arg);
	return (void *)(intptr_t)b.run(b.arg);
}

int thrd_create(thrd_t *t, thrd_start_t start, void *arg)
{
	struct begin *b = malloc(sizeof *b);

	if (b == NULL)
		return thrd_nomem;
	*b = (struct begin){start, arg};
	return answer(pthread_create(t, NULL, run, b));
}

void call_once(once_flag *flag, void (*once)(void))
{
	(void)pthread_once((pthread_once_t *)(void *)flag, once);
}

int thrd_join(thrd_t t, int *result)
{
	void *r = NULL;
	int e = pthread_join(t, &r);

	if (result != NULL)
		*result = (int)(intptr_t)r;
	return answer(e);
}

int thrd_detach(thrd_t t)
{
	return answer(pthread_detach(t));
}

int mtx_init(mtx_t *m, int type)
{
	pthread_mutexattr_t a;

	pthread_mutexattr_init(&a);
	if (type & mtx_recursive)
		pthread_mutexattr_settype(&a, PTHREAD_MUTEX_RECURSIVE);
	int e = pthread_mutex_init(M(m), &a);
	pthread_mutexattr_destroy(&a);
	return answer(e);
}

void mtx_destroy(mtx_t *m)
{
	pthread_mutex_destroy(M(m));
}

int mtx_lock(mtx_t *m)
{
	return answer(pthread_mutex_lock(M(m)));
}

int mtx_trylock(mtx_t *m)
{
	return answer(pthread_mutex_trylock(M(m)));
}

int mtx_unlock(mtx_t *m)
{
	return answer(pthread_mutex_unlock(M(m)));
}

int cnd_init(cnd_t *c)
{
	return answer(pthread_cond_init(C(c), NULL));
}

void cnd_destroy(cnd_t *c)
{
	pthread_cond_destroy(C(c));
}

int cnd_signal(cnd_t *c)
{
	return answer(pthread_cond_signal(C(c)));
}

int cnd_broadcast(cnd_t *c)
{
	return answer(pthread_cond_broadcast(C(c)));
}

int cnd_wait(cnd_t *c, mtx_t *m)
{
	return answer(pthread_cond_wait(C(c), M(m)));
}

int cnd_timedwait(cnd_t *c, mtx_t *m, const struct timespec *until)
{
	return answer(pthread_cond_timedwait(C(c), M(m), until));
}
