/* Two members of one group, and partitions that move between them. */
#include "ingest_world.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <poll.h>
#include <signal.h>

enum { PARTITIONS = 4 };

static struct ingest_world w;
static struct ingest_member second;

static void open_world(void)
{
	ingest_world_open(&w, PARTITIONS);
}

static void close_world(void)
{
	ingest_member_stop(&second);
	ingest_world_close(&w);
}

TestSuite(ingest_group, .init = open_world, .fini = close_world,
	  .timeout = 180);

static int64_t owned(struct ingest_member *m)
{
	return vg_metric_get(&m->metrics, VG_M_ASSIGNED);
}

static void await_owned(int64_t first, int64_t other)
{
	for (int i = 0;
	     i < 3000 && (owned(&w.member) != first || owned(&second) != other);
	     i++)
		poll(NULL, 0, 20);
	cr_assert(eq(i64, owned(&w.member), first));
	cr_assert(eq(i64, owned(&second), other));
}

static void law1_holds(int64_t events)
{
	ingest_world_await(&w, "alerts.ma", events);
	cr_assert(eq(i64,
		     ingest_world_account(&w, "alerts.ma", VG_VERDICT_COUNTED),
		     events));
	cr_assert(
		eq(i64,
		   ingest_world_account(&w, "alerts.ma", VG_VERDICT_DUPLICATE),
		   0));
}

Test(ingest_group, law1_partitions_move_and_nothing_is_counted_twice)
{
	ingest_member_start(&w, &w.member, false);
	ingest_world_events(&w, 0, 500);
	await_owned(2 * PARTITIONS, 0);
	ingest_member_start(&w, &second, false);
	ingest_world_events(&w, 500, 1000); /* while they change */
	await_owned(PARTITIONS, PARTITIONS);
	ingest_world_events(&w, 1000, 1500);
	law1_holds(1500);
	cr_expect(gt(i64, vg_metric_get(&second.metrics, VG_M_COUNTED), 0));

	ingest_member_stop(&w.member); /* leaves: the other takes all */
	ingest_world_events(&w, 1500, 2000);
	law1_holds(2000);
}

static int64_t steady_ms(void)
{
	const struct vg_clock clock = vg_clock_system();

	return vg_mono_ms(&clock);
}

/* 128 lanes on one worker, each of which would wait half a second. */
Test(ingest_group, lets_go_of_many_lanes_soon_though_redis_hangs)
{
	ingest_world_close(&w);
	ingest_world_open(&w, 64);
	w.fix.cfg.ingest_workers = 1;
	kill(w.fix.redis.pid, SIGSTOP);
	ingest_member_start(&w, &w.member, false);
	ingest_world_await_log(&w, "event=redis_away topic=");
	int64_t start_ms = steady_ms();
	ingest_member_stop(&w.member);
	int64_t took_ms = steady_ms() - start_ms;
	kill(w.fix.redis.pid, SIGCONT);
	cr_assert(lt(i64, took_ms, 15000));
	/* What was left undone is no news of Redis. */
	cr_assert(lt(int, ingest_world_logged(&w, "event=redis_away"), 64));
}
