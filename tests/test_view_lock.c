#include "aggregate/view_lock.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <sched.h>

static struct vg_view_mutex lock;
static char order[8]; /* who came in; written inside the lock only */
static unsigned came;

static void make_lock(void)
{
	cr_assert(vg_view_mutex_init(&lock));
	came = 0;
}

static void free_lock(void)
{
	vg_view_mutex_term(&lock);
}

TestSuite(view_lock, .init = make_lock, .fini = free_lock);

static void *write_once(void *arg)
{
	vg_view_mutex_write(&lock);
	order[came++] = 'w';
	vg_view_mutex_write_done(&lock);
	return arg;
}

static void *read_once(void *arg)
{
	vg_view_mutex_read(&lock);
	vg_view_mutex_read_done(&lock);
	return arg;
}

/* Wait until a writer stands at the door. */
static void await_writer(void)
{
	unsigned waiting = 0;

	while (waiting == 0) {
		pthread_mutex_lock(&lock.mutex);
		waiting = lock.waiting;
		pthread_mutex_unlock(&lock.mutex);
		sched_yield();
	}
}

Test(view_lock, lets_readers_in_together)
{
	pthread_t t;

	vg_view_mutex_read(&lock);
	cr_assert(eq(int, pthread_create(&t, NULL, read_once, NULL), 0));
	pthread_join(t, NULL); /* would hang if readers shut each other out */
	vg_view_mutex_read_done(&lock);
}

/* Readers that take turns without a pause would keep the writer out for ever
 * under a lock that prefers them. */
static void *poll_until_written(void *arg)
{
	bool written = false;

	while (!written) {
		vg_view_mutex_read(&lock);
		written = came > 0;
		sched_yield();
		vg_view_mutex_read_done(&lock);
	}
	return arg;
}

Test(view_lock, readers_that_poll_do_not_keep_the_writer_out, .timeout = 60)
{
	pthread_t reader[4], writer;

	for (int i = 0; i < 4; i++)
		cr_assert(eq(int,
			     pthread_create(&reader[i], NULL,
					    poll_until_written, NULL),
			     0));
	cr_assert(eq(int, pthread_create(&writer, NULL, write_once, NULL), 0));
	pthread_join(writer, NULL);
	for (int i = 0; i < 4; i++)
		pthread_join(reader[i], NULL);
	cr_assert(eq(chr, order[0], 'w'));
}

Test(view_lock, a_waiting_writer_stops_new_readers)
{
	pthread_t writer, reader;

	vg_view_mutex_read(&lock);
	cr_assert(eq(int, pthread_create(&writer, NULL, write_once, NULL), 0));
	await_writer();
	cr_assert(eq(int, pthread_create(&reader, NULL, read_once, NULL), 0));
	for (int i = 0; i < 100; i++)
		sched_yield();
	pthread_mutex_lock(&lock.mutex);
	cr_assert(eq(u32, lock.readers, 1)); /* still only us */
	pthread_mutex_unlock(&lock.mutex);
	vg_view_mutex_read_done(&lock);
	pthread_join(writer, NULL);
	pthread_join(reader, NULL);
	cr_assert(eq(u32, came, 1));
}
