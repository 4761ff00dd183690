/* The group member from topic to counters, against a real redis-server. */
#include "ingest_world.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#define MA "alerts.ma"
#define IL "alerts.il"

static struct ingest_world w;

static void open_world(void)
{
	ingest_world_open(&w, 1);
}

static void close_world(void)
{
	ingest_world_close(&w);
}

TestSuite(ingest_run, .init = open_world, .fini = close_world, .timeout = 120);

static void start(void)
{
	ingest_member_start(&w, &w.member, false);
}

static int64_t counted(void)
{
	return ingest_world_account(&w, MA, VG_VERDICT_COUNTED);
}

static void law1_holds(int64_t events)
{
	ingest_world_await(&w, MA, events);
	cr_expect(eq(i64, counted(), events));
	cr_expect(eq(i64, ingest_world_account(&w, MA, VG_VERDICT_EVENTS),
		     events));
	cr_expect(
		eq(i64, ingest_world_account(&w, MA, VG_VERDICT_DUPLICATE), 0));
}

Test(ingest_run, counts_what_was_published)
{
	ingest_world_events(&w, 0, 100);
	ingest_world_publish(
		&w, IL,
		"{\"id\":\"1\",\"time\":1700006400,\"sensor\":\"x\","
		"\"category\":\"fraud\",\"count\":7}\n");
	start();
	law1_holds(100);
	ingest_world_await(&w, IL, 1);
	cr_assert(eq(i64, vg_metric_get(&w.member.metrics, VG_M_COUNTED), 101));
	cr_assert(eq(i64, vg_metric_get(&w.member.metrics, VG_M_ASSIGNED), 2));
}

Test(ingest_run, counts_what_comes_while_it_runs)
{
	start();
	for (int i = 0; i < 5; i++) {
		ingest_world_events(&w, i * 20, i * 20 + 20);
		ingest_world_await(&w, MA, i * 20 + 20);
	}
	law1_holds(100);
}

static void await_lag(int64_t records)
{
	for (int i = 0; i < 3000 && vg_metric_get(&w.member.metrics,
						  VG_M_UNREAD) != records;
	     i++)
		poll(NULL, 0, 20);
	cr_assert(eq(i64, vg_metric_get(&w.member.metrics, VG_M_UNREAD),
		     records));
}

Test(ingest_run, tells_how_many_records_it_has_yet_to_count)
{
	start();
	ingest_world_events(&w, 0, 50);
	ingest_world_await(&w, MA, 50);
	await_lag(0);
	kill(w.fix.redis.pid, SIGSTOP);
	ingest_world_events(&w, 50, 100);
	await_lag(50);
	/* Nor does it forget them when it gives up waiting. */
	ingest_world_await_log(&w, "redis_away topic=alerts.ma");
	await_lag(50);
	kill(w.fix.redis.pid, SIGCONT);
	law1_holds(100);
	await_lag(0);
}

Test(ingest_run, law1_goes_on_where_it_stopped)
{
	ingest_world_events(&w, 0, 50);
	start();
	ingest_world_await(&w, MA, 50);
	ingest_member_stop(&w.member);
	ingest_world_events(&w, 50, 100);
	start();
	law1_holds(100);
}

Test(ingest_run, knows_an_id_from_before_it_was_started)
{
	ingest_world_events(&w, 0, 10);
	start();
	ingest_world_await(&w, MA, 10);
	ingest_member_stop(&w.member);
	ingest_world_events(&w, 5, 15);
	start();
	ingest_world_await(&w, MA, 20);
	cr_assert(eq(i64, counted(), 15));
	cr_assert(
		eq(i64, ingest_world_account(&w, MA, VG_VERDICT_DUPLICATE), 5));
}

Test(ingest_run, law1_reads_again_what_redis_did_not_take)
{
	start();
	ingest_world_events(&w, 0, 50);
	ingest_world_await(&w, MA, 50);
	kill(w.fix.redis.pid, SIGSTOP);
	ingest_world_events(&w, 50, 100);
	ingest_world_await_log(&w, "redis_away topic=alerts.ma");
	test_redis_restart(&w.fix.redis,
			   (const char *const[]){"--appendonly", "yes", NULL});
	ingest_world_events(&w, 100, 110);
	law1_holds(110);
	cr_expect(gt(i64, vg_metric_get(&w.member.metrics, VG_M_REWINDS), 0));
	cr_expect(eq(int, ingest_world_logged(&w, "redis_back"),
		     ingest_world_logged(&w, "redis_away")));
}

/* Another primary takes over, as it was at the last keep_a_copy(). */
static void keep_a_copy(void)
{
	(void)part_fix_ask(&w.fix, "EVAL",
			   "for _, k in ipairs(redis.call('KEYS', '*')) do\n"
			   "  redis.call('COPY', k, k, 'DB', 1)\n"
			   "end",
			   "0");
}

static void fail_over_to_the_copy(void)
{
	(void)part_fix_ask(&w.fix, "SWAPDB", "0", "1");
}

Test(ingest_run, bug_a_failover_that_loses_commits_while_nothing_new_arrives)
{
	start();
	ingest_world_events(&w, 0, 30);
	ingest_world_await(&w, MA, 30);
	keep_a_copy();
	ingest_world_events(&w, 30, 50);
	ingest_world_await(&w, MA, 50);
	fail_over_to_the_copy();
	ingest_world_await_log(&w, "redis_behind topic=alerts.ma");
	law1_holds(50);
	cr_expect(gt(i64, vg_metric_get(&w.member.metrics, VG_M_REWINDS), 0));
	ingest_world_events(&w, 50, 60);
	law1_holds(60);
	/* Once is enough, and only where something was lost. */
	cr_expect(eq(int, ingest_world_logged(&w, "redis_behind"), 1));
}

Test(ingest_run, law1_asks_what_became_of_a_late_answer)
{
	start();
	ingest_world_events(&w, 0, 50);
	ingest_world_await(&w, MA, 50);
	kill(w.fix.redis.pid, SIGSTOP);
	ingest_world_events(&w, 50, 100);
	ingest_world_await_log(&w, "redis_away topic=alerts.ma");
	kill(w.fix.redis.pid, SIGCONT);
	law1_holds(100);
}

Test(ingest_run, waits_for_a_redis_that_is_away_at_the_start)
{
	kill(w.fix.redis.pid, SIGSTOP);
	ingest_world_events(&w, 0, 10);
	start();
	ingest_world_await_log(&w, "redis_away topic=alerts.ma");
	kill(w.fix.redis.pid, SIGCONT);
	law1_holds(10);
}

Test(ingest_run, ends_when_told_though_no_broker_answers)
{
	w.fix.cfg.kafka_brokers = "127.0.0.1:1";
	start();
	ingest_member_stop(&w.member);
}

Test(ingest_run, says_once_that_a_topic_keeps_the_producers_time)
{
	ingest_world_events(&w, 0, 10);
	start();
	ingest_world_await(&w, MA, 10);
	ingest_world_events(&w, 10, 20);
	ingest_world_await(&w, MA, 20);
	cr_assert(eq(int, ingest_world_logged(&w, "topic_not_log_append_time"),
		     1));
}

/* A record of MA on day `day`, one second before the next. */
static void publish_on_day(int day)
{
	char text[160];

	snprintf(text, sizeof text,
		 "{\"id\":\"d%d\",\"time\":%lld,\"sensor\":\"x\","
		 "\"category\":\"fraud\"}\n",
		 day, (long long)(T0 + day * INT64_C(86400000)));
	ingest_world_publish(&w, MA, text);
}

Test(ingest_run, says_when_log_time_leaps_by_more_than_a_day_at_once)
{
	publish_on_day(0);
	publish_on_day(1); /* exactly a day: not more */
	start();
	ingest_world_await(&w, MA, 2);
	cr_expect(eq(i64, vg_metric_get(&w.member.metrics, VG_M_JUMPS), 0));
	publish_on_day(1000);
	ingest_world_await(&w, MA, 3);
	publish_on_day(2); /* a step back is no leap */
	ingest_world_await(&w, MA, 4);
	ingest_member_stop(&w.member);
	cr_expect(eq(i64, vg_metric_get(&w.member.metrics, VG_M_JUMPS), 1));
	cr_expect(eq(int, ingest_world_logged(&w, "event=log_time_jump"), 1));
	cr_expect(eq(int,
		     ingest_world_logged(&w, "topic=alerts.ma partition=0 "
					     "from=2023-11-16T00:00:00.000Z "
					     "to=2026-08-11T"),
		     1));
}

/* Where it must not go on by itself. */

Test(ingest_run, law1_holds_a_partition_whose_topic_was_made_anew)
{
	ingest_world_events(&w, 0, 20);
	start();
	ingest_world_await(&w, MA, 20);
	ingest_member_stop(&w.member);
	ingest_world_new_broker(&w);
	ingest_world_events(&w, 100, 130);
	start();
	ingest_world_await_log(&w, "not the one that was counted");
	cr_assert(eq(i64, counted(), 20));
	cr_assert(eq(i64, vg_metric_get(&w.member.metrics, VG_M_STOPPED), 1));
}

Test(ingest_run, law1_holds_a_partition_whose_log_ends_before_its_offset)
{
	ingest_world_events(&w, 0, 20);
	start();
	ingest_world_await(&w, MA, 20);
	ingest_member_stop(&w.member);
	ingest_world_new_broker(&w);
	ingest_world_events(&w, 100, 105);
	start();
	ingest_world_await_log(&w, "past the log's end");
	cr_assert(eq(i64, counted(), 20));
}

/* More than the broker keeps, so that its log starts late: 7 MB that do not
 * compress. */
static void publish_a_cut_log(void)
{
	enum { LINES = 120, LENGTH = 60000 };
	char *text = malloc((size_t)LINES * (LENGTH + 1) + 1), *p = text;
	uint32_t x = 1;

	for (int line = 0; line < LINES; line++) {
		for (int i = 0; i < LENGTH; i++) {
			x = x * 1664525 + 1013904223;
			*p++ = (char)('!' + (x >> 24) % 90);
		}
		*p++ = '\n';
	}
	*p = '\0';
	ingest_world_publish(&w, MA, text);
	free(text);
}

Test(ingest_run, law1_does_not_start_within_a_cut_log_by_itself)
{
	publish_a_cut_log();
	ingest_world_publish(
		&w, IL,
		"{\"id\":\"1\",\"time\":1700006400,\"sensor\":\"x\","
		"\"category\":\"fraud\"}\n");
	start();
	ingest_world_await_log(&w, "--init");
	ingest_world_await(&w, IL, 1); /* the others go on */
	cr_assert(eq(i64, ingest_world_offset(&w, MA), 0));
	ingest_member_stop(&w.member);

	ingest_member_start(&w, &w.member, true);
	ingest_world_await(&w, MA, 120);
}

Test(ingest_run, holds_a_partition_whose_key_is_of_a_wrong_type)
{
	part_fix_ask(&w.fix, "SET", "vg:{alerts.ma:0}:o", "mine");
	ingest_world_events(&w, 0, 5);
	ingest_world_publish(
		&w, IL,
		"{\"id\":\"1\",\"time\":1700006400,\"sensor\":\"x\","
		"\"category\":\"fraud\"}\n");
	start();
	ingest_world_await_log(&w, "partition_held topic=alerts.ma");
	ingest_world_await(&w, IL, 1);
	cr_assert(eq(
		str,
		(char *)part_fix_ask(&w.fix, "GET", "vg:{alerts.ma:0}:o", NULL),
		"mine"));
}

static char *is_known(void)
{
	return (char *)part_fix_ask(&w.fix, "SISMEMBER", "vg:{vg}:parts",
				    MA ":0");
}

Test(ingest_run, tells_readers_of_a_partition_that_nobody_could_open)
{
	part_fix_ask(&w.fix, "SET", "vg:{alerts.ma:0}:o", "mine");
	start();
	for (int i = 0; i < 500 && *is_known() != '1'; i++)
		(void)poll(NULL, 0, 20);
	cr_assert(eq(str, is_known(), "1"));
}

Test(ingest_run, law1_lets_go_of_a_partition_that_another_owner_took)
{
	start();
	ingest_world_events(&w, 0, 10);
	ingest_world_await(&w, MA, 10);
	struct vg_part *other = part_fix_part(&w.fix, w.fix.store, 0);

	ingest_world_events(&w, 10, 20);
	ingest_world_await_log(&w, "partition_fenced topic=alerts.ma");
	cr_assert(eq(i64, counted(), 10));
	vg_part_free(other);
}

Test(ingest_run, law4_who_is_no_member_has_nothing_counted_or_kept)
{
	w.fix.partner[0].has_from = w.fix.partner[0].has_until = true;
	w.fix.partner[0].from_ms = T0 + 10 * 1000;
	w.fix.partner[0].until_ms = T0 + 30 * 1000;
	ingest_world_events(&w, 0, 40);
	ingest_world_publish(&w, MA, "{\"id\":17,\"time\":1700006440}\n");
	start();
	ingest_world_await(&w, MA, 41);
	cr_expect(eq(i64, counted(), 20));
	cr_expect(eq(i64, ingest_world_account(&w, MA, VG_VERDICT_NOT_MEMBER),
		     21));
	cr_expect(
		eq(i64, ingest_world_account(&w, MA, VG_VERDICT_RECEIVED), 41));
	cr_expect(eq(i64, vg_metric_get(&w.member.metrics, VG_M_DEAD_LETTERS),
		     0));
}
