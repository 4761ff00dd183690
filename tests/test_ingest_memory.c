/* A group member whose workers run out of memory for a while. */
#define _GNU_SOURCE /* pthread_getname_np() */
#include "ingest_world.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdatomic.h>
#include <string.h>

#define MA "alerts.ma"

/* Allocations of workers that fail from now on; the linker leads here what the
 * libraries under test ask for (--wrap). */
static atomic_int scarce;

/* Counts down to the one of the test's own thread that fails; 0: none. */
static _Thread_local int until_own;

static bool is_refused(void)
{
	char name[16] = "";

	if (until_own > 0)
		return --until_own == 0;
	if (atomic_load(&scarce) <= 0 ||
	    pthread_getname_np(pthread_self(), name, sizeof name) != 0 ||
	    strcmp(name, "ingest-worker") != 0)
		return false;
	return atomic_fetch_sub(&scarce, 1) > 0;
}

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);

void *__wrap_malloc(size_t n)
{
	return is_refused() ? NULL : __real_malloc(n);
}

void *__wrap_calloc(size_t n, size_t size)
{
	return is_refused() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t n)
{
	return is_refused() ? NULL : __real_realloc(p, n);
}

static struct ingest_world w;

static void open_world(void)
{
	ingest_world_open(&w, 1);
}

static void close_world(void)
{
	ingest_world_close(&w);
}

TestSuite(ingest_memory, .init = open_world, .fini = close_world,
	  .timeout = 120);

static int64_t metric(enum vg_metric_id m)
{
	return vg_metric_get(&w.member.metrics, m);
}

Test(ingest_memory, bug_a_partition_without_memory_is_tried_again)
{
	ingest_world_events(&w, 0, 40);
	atomic_store(&scarce, 5);
	ingest_member_start(&w, &w.member, false);
	ingest_world_await(&w, MA, 40);
	cr_expect(
		eq(i64, ingest_world_account(&w, MA, VG_VERDICT_COUNTED), 40));
	cr_expect(eq(int, atomic_load(&scarce) <= 0, 1));
	cr_expect(gt(i64, metric(VG_M_NO_MEMORY), 0));
	cr_expect(eq(i64, metric(VG_M_STOPPED), 0));
	ingest_world_await_log(&w, "no_memory topic=");
	cr_expect(eq(int, ingest_world_logged(&w, "partition_held"), 0));
}

/* Begin with the `nth` allocation refused; true when there were fewer. */
static bool begins_without(int nth)
{
	struct ingest_member *m = &w.member;
	struct vg_ingest *g = NULL;
	struct vg_ingest_opts opts = {
		.env = &m->env, .log = &w.log, .clock = vg_clock_system()};

	until_own = nth;
	enum vg_rc rc = vg_ingest_new(&g, &opts, &m->err);
	bool is_past = until_own > 0;

	until_own = 0;
	/* What is only asked for, such as topics, may be done without. */
	cr_assert(rc == VG_OK || rc == VG_FATAL, "%d: %s", rc, m->err.text);
	cr_assert(eq(int, g != NULL, rc == VG_OK));
	vg_ingest_free(g);
	return is_past;
}

Test(ingest_memory, bug_a_member_that_could_not_begin_is_let_go_whole)
{
	int nth = 1;

	w.member.env = w.fix.env;
	w.member.env.metrics = &w.member.metrics;
	while (!begins_without(nth))
		nth++;
	cr_assert(gt(int, nth, 10), "little was refused");
}
