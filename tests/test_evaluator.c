#include "aggregate/steps.h"
#include "alert_fix.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>

enum { MIN = 60000 };

static struct alert_fix f;
static struct vg_buf out;

static void start(void)
{
	alert_fix_start(&f, FIX_RULE(3, ""));
}

static void finish(void)
{
	vg_buf_term(&out);
	alert_fix_stop(&f);
}

TestSuite(evaluator, .init = start, .fini = finish, .timeout = 60);

/* An event that all may see, of partner `part`, from its own country. */
static void see(int64_t t, unsigned part)
{
	const char *id = f.partner[part].id;
	const struct fix_event ev = {t, part, "A*", "x", id, id};

	alert_fix_event(&f, &ev);
}

static void expect(const char *class_name, const char *want)
{
	alert_fix_brief(&f, class_name, &out);
	cr_assert(eq(str, out.p, (char *)want));
}

static void has(const char *want)
{
	cr_assert(strstr(out.p, want) != NULL, "%s\nlacks\n%s", out.p, want);
}

static void lacks(const char *want)
{
	cr_assert(strstr(out.p, want) == NULL, "%s\nhas\n%s", out.p, want);
}

static void raise_one(void)
{
	see(0, FIX_MA);
	see(1 * MIN, FIX_IL);
	see(2 * MIN, FIX_AE);
	alert_fix_tick(&f, 1);
}

Test(evaluator, raises_one_alert_for_each_class_that_sees_it)
{
	raise_one();
	expect("coalition", "x coalition 120000 3600000 3\n");
	expect("MA", "x MA 120000 3600000 3\n");
	cr_assert(eq(i64, alert_fix_writes(&f), 6));
	alert_fix_tick(&f, 5000);
	cr_assert(eq(i64, alert_fix_writes(&f), 6));
}

Test(evaluator, raises_nothing_below_the_threshold)
{
	see(0, FIX_MA);
	see(1 * MIN, FIX_IL);
	see(FIX_W, FIX_AE); /* exactly a window after the first */
	alert_fix_settle(&f);
	cr_assert(eq(i64, alert_fix_writes(&f), 0));
}

Test(evaluator, writes_a_document_that_says_who_saw_what)
{
	raise_one();
	alert_fix_docs(&f, "coalition", true, &out);
	has("\"rule\":\"r1\"");
	has("\"title\":\"T\",\"severity\":8,\"viewers\":[\"coalition\"],"
	    "\"class\":\"coalition\"");
	has("\"group\":{\"actor\":\"x\"}");
	has("\"start\":\"2023-11-14T22:15:20.000Z\"");
	has("\"values\":{\"country\":[\"AE\",\"IL\",\"MA\"],"
	    "\"origin\":[\"AE\",\"IL\",\"MA\"]}");
	has("\"countries\":[\"AE\",\"IL\",\"MA\"]");
	has("\"partners\":[\"MA\",\"IL\",\"AE\"]");
	has("{\"field\":\"country\",\"value\":\"IL\",\"partner\":\"IL\","
	    "\"first\":\"2023-11-14T22:14:20.000Z\","
	    "\"last\":\"2023-11-14T22:14:20.000Z\"}");
	has("\"tipping\":{\"partner\":\"AE\","
	    "\"time\":\"2023-11-14T22:15:20.000Z\",\"field\":\"country\","
	    "\"value\":\"AE\"}");
	has("\"without\":[{\"partner\":\"MA\",\"holds\":false},"
	    "{\"partner\":\"IL\",\"holds\":false},"
	    "{\"partner\":\"AE\",\"holds\":false}]");
	has("\"marking\":\"AMBER\"");
	has("\"window_ms\":3600000,\"resolve_after_ms\":3600000,"
	    "\"revision\":0");
	has("--rules rules/r.yaml --rule r1 --group 'actor=x'");
	lacks("late_by_ms");
	lacks("offset");
}

Test(evaluator, says_without_whom_it_would_hold)
{
	raise_one();
	see(3 * MIN, FIX_US);
	alert_fix_tick(&f, 10);
	alert_fix_docs(&f, "coalition", true, &out);
	has("{\"partner\":\"US\",\"holds\":true}");
	has("{\"partner\":\"MA\",\"holds\":true}");
	has("\"peak\":4");
	has("\"revision\":0");
}

Test(evaluator, puts_off_the_end_alone_until_it_is_quiet)
{
	raise_one();
	see(10 * MIN, FIX_MA);
	alert_fix_tick(&f, 100);
	see(11 * MIN, FIX_MA);
	alert_fix_tick(&f, 100);
	cr_assert(eq(i64, alert_fix_writes(&f), 6));
	alert_fix_tick(&f, 999);
	cr_assert(eq(i64, alert_fix_writes(&f), 6));
	alert_fix_tick(&f, 1);
	cr_assert(eq(i64, alert_fix_writes(&f), 12));
	expect("coalition", "x coalition 120000 3660000 3\n");
	alert_fix_docs(&f, "coalition", true, &out);
	has("\"revision\":0");
}

Test(evaluator, writes_the_end_when_the_log_reaches_the_stored_one)
{
	raise_one();
	see(10 * MIN, FIX_MA);
	f.world.log_ms = FIX_T0 + FIX_W - 1;
	alert_fix_tick(&f, 10);
	expect("coalition", "x coalition 120000 3600000 3\n");
	f.world.log_ms = FIX_T0 + FIX_W;
	alert_fix_tick(&f, 10);
	expect("coalition", "x coalition 120000 3660000 3\n");
}

Test(evaluator, numbers_a_revision_when_a_late_event_moves_the_start)
{
	see(0, FIX_MA);
	see(10 * MIN, FIX_IL);
	see(20 * MIN, FIX_AE);
	alert_fix_tick(&f, 0);
	see(5 * MIN, FIX_BH);
	alert_fix_tick(&f, 10);
	expect("MA", "x MA 600000 3900000 4\n");
	alert_fix_docs(&f, "MA", true, &out);
	has("\"revision\":1,\"late_by_ms\":900000");
	has("-1700001200000\""); /* the start as first known */
	cr_assert(eq(i64, vg_metric_get(&f.metrics, VG_M_REVISIONS), 6));
}

Test(evaluator, numbers_an_alert_that_a_late_event_raises)
{
	see(0, FIX_MA);
	see(20 * MIN, FIX_IL);
	alert_fix_tick(&f, 0);
	see(5 * MIN, FIX_AE);
	alert_fix_tick(&f, 10);
	expect("MA", "x MA 1200000 3600000 3\n");
	alert_fix_docs(&f, "MA", true, &out);
	has("\"revision\":1,\"late_by_ms\":900000");
}

Test(evaluator, joins_two_alerts_that_a_late_event_connects)
{
	raise_one(); /* ends at 60 min; joins until 120 */
	see(125 * MIN, FIX_MA);
	see(126 * MIN, FIX_IL);
	see(127 * MIN, FIX_AE);
	alert_fix_tick(&f, 10);
	expect("MA", "x MA 120000 3600000 3\nx MA 7620000 11100000 3\n");
	see(10 * MIN, FIX_MA);
	alert_fix_settle(&f);
	expect("MA", "x MA 120000 3660000 3\nx MA 7620000 11100000 3\n");
	see(30 * MIN, FIX_MA);
	see(30 * MIN, FIX_IL);
	see(30 * MIN, FIX_AE);
	alert_fix_settle(&f);
	expect("MA", "x MA 120000 11100000 3\n");
	alert_fix_docs(&f, "MA", true, &out);
	has("\"merged_into\":");
}

Test(evaluator, keeps_the_oldest_alert_when_it_joins)
{
	see(125 * MIN, FIX_MA);
	see(126 * MIN, FIX_IL);
	see(127 * MIN, FIX_AE);
	alert_fix_tick(&f, 10);
	raise_one();
	see(30 * MIN, FIX_MA);
	see(30 * MIN, FIX_IL);
	see(30 * MIN, FIX_AE);
	alert_fix_tick(&f, 10);
	alert_fix_docs(&f, "MA", false, &out);
	has("-1700007620000\""); /* raised first, though it starts later */
	expect("MA", "x MA 120000 11100000 3\n");
}

Test(evaluator, goes_on_with_stored_alerts_after_a_restart)
{
	raise_one();
	see(10 * MIN, FIX_MA);
	alert_fix_settle(&f);
	alert_fix_docs(&f, "", true, &out);
	char *before = strdup(out.p);
	int64_t writes = alert_fix_writes(&f);

	vg_evaluator_free(f.e);
	f.e = alert_fix_evaluator(&f, "one");
	alert_fix_hand(&f, f.e);
	alert_fix_settle(&f);
	cr_assert(eq(i64, alert_fix_writes(&f), writes));
	alert_fix_docs(&f, "", true, &out);
	cr_assert(eq(str, out.p, before));
	free(before);

	see(12 * MIN, FIX_BH);
	alert_fix_settle(&f);
	expect("MA", "x MA 120000 3720000 4\n");
	alert_fix_docs(&f, "MA", true, &out);
	has("-1700000120000\"");
}

Test(evaluator, never_withdraws_what_was_swept)
{
	raise_one();
	see(50 * MIN, FIX_MA);
	see(51 * MIN, FIX_IL);
	see(52 * MIN, FIX_AE);
	alert_fix_settle(&f);
	expect("MA", "x MA 120000 6600000 3\n");

	/* The log goes on; the evaluator starts anew and finds nothing. */
	vg_evaluator_free(f.e);
	f.e = alert_fix_evaluator(&f, "one");
	f.n_cell = 0;
	alert_fix_log(&f, 200 * MIN);
	see(160 * MIN, FIX_MA);
	see(161 * MIN, FIX_IL);
	see(162 * MIN, FIX_AE);
	see(163 * MIN, FIX_US);
	alert_fix_settle(&f);
	expect("MA", "x MA 120000 13260000 4\n");
	alert_fix_docs(&f, "MA", true, &out);
	has("\"tipping\":{\"partner\":\"AE\","
	    "\"time\":\"2023-11-14T22:15:20.000Z\"");
	lacks("withdrawn");
}

Test(evaluator, withdraws_what_no_longer_holds_where_it_can_tell)
{
	struct vg_track_sink sink = vg_evaluator_sink(f.e);

	raise_one();
	f.world.log_ms = FIX_T0;
	for (size_t i = 0; i < f.n_cell; i++)
		if (f.cell[i].part == FIX_AE)
			sink.gone(sink.ctx, f.cell[i].track, f.cell[i].part,
				  f.cell[i].sub_ms,
				  vg_slice_of(f.cell[i].field));
	alert_fix_settle(&f);
	expect("", "");
	alert_fix_docs(&f, "MA", true, &out);
	has("\"withdrawn\":true");
}

Test(evaluator, takes_a_reload_of_the_same_for_no_news)
{
	struct vg_track_sink sink = vg_evaluator_sink(f.e);

	raise_one();
	alert_fix_settle(&f);
	int64_t writes = alert_fix_writes(&f);
	for (size_t p = 0; p < FIX_PARTNERS; p++)
		sink.reset(sink.ctx, p);
	f.world.ready = false;
	alert_fix_tick(&f, 10);
	alert_fix_hand(&f, f.e);
	f.world.ready = true;
	alert_fix_settle(&f);
	cr_assert(eq(i64, alert_fix_writes(&f), writes));
}

Test(evaluator, sees_all_that_one_tick_brings_however_far_the_log_runs)
{
	raise_one();
	alert_fix_settle(&f);
	/* A day in one tick: what ends long before the log clock counts. */
	for (int64_t h = 10; h < 34; h += 8) {
		see(h * 60 * MIN, FIX_MA);
		see(h * 60 * MIN, FIX_IL);
		see(h * 60 * MIN, FIX_AE);
	}
	alert_fix_log(&f, 40 * 60 * MIN);
	alert_fix_settle(&f);
	alert_fix_tick(&f, 2000);
	expect("MA", "x MA 120000 3600000 3\nx MA 36000000 39600000 3\n"
		     "x MA 64800000 68400000 3\nx MA 93600000 97200000 3\n");
	cr_assert(eq(sz, vg_groups_count(f.e->groups), 0));
}

Test(evaluator, waits_for_a_partition_that_is_far_behind_the_others)
{
	see(0, FIX_MA);
	see(1 * MIN, FIX_IL);
	alert_fix_settle(&f);
	/* The log ran ahead; the store has swept nothing. */
	f.world.log_ms = FIX_T0 + 100 * FIX_W;
	f.world.slowest_ms = FIX_T0;
	f.e->was_swept = true;
	alert_fix_tick(&f, 2000);
	see(2 * MIN, FIX_AE);
	alert_fix_settle(&f);
	expect("MA", "x MA 120000 3600000 3\n");
	alert_fix_tick(&f, 2000);
	see(3 * MIN, FIX_US);
	alert_fix_settle(&f);
	expect("MA", "x MA 120000 3660000 4\n");

	/* One that is silent for a month holds nothing back. */
	f.world.log_ms = FIX_T0 + 31 * 24 * INT64_C(3600000);
	f.e->was_swept = true;
	alert_fix_tick(&f, 2000);
	cr_assert(eq(sz, vg_groups_count(f.e->groups), 0));
}

Test(evaluator, without_the_lease_writes_nothing)
{
	struct vg_evaluator *second = alert_fix_evaluator(&f, "two"), *first;

	raise_one();
	int64_t writes = alert_fix_writes(&f);
	first = f.e;
	f.e = second;
	see(3 * MIN, FIX_US);
	alert_fix_hand(&f, second);
	alert_fix_tick(&f, 0);
	cr_assert(not(second->leader));
	cr_assert(eq(i64, alert_fix_writes(&f), writes));
	f.e = first;
	vg_evaluator_free(second);
}

Test(evaluator, of_an_old_lease_is_refused_by_the_script)
{
	struct vg_evaluator *second = alert_fix_evaluator(&f, "two"), *first;
	struct vg_err err = {0};

	raise_one();
	cr_assert(eq(int,
		     vg_store_callf(f.store, NULL, &err, "HSET", VG_KEY_LEASE,
				    "until", "0", (char *)NULL),
		     VG_OK));
	first = f.e;
	f.e = second;
	alert_fix_hand(&f, second);
	alert_fix_tick(&f, 0);
	cr_assert(second->leader);
	int64_t writes = alert_fix_writes(&f);

	/* The first has not asked for its lease since. */
	f.e = first;
	see(3 * MIN, FIX_US);
	alert_fix_tick(&f, 0);
	cr_assert(eq(i64, alert_fix_writes(&f), writes));
	cr_assert(not(first->leader));
	expect("MA", "x MA 120000 3600000 3\n");
	vg_evaluator_free(second);
}

Test(evaluator, writes_again_what_redis_forgot)
{
	struct vg_err err = {0};

	raise_one();
	cr_assert(eq(
		int,
		vg_store_callf(f.store, NULL, &err, "FLUSHALL", (char *)NULL),
		VG_OK));
	alert_fix_tick(&f, 5000);
	alert_fix_settle(&f);
	expect("MA", "x MA 120000 3600000 3\n");
}

Test(evaluator, stops_at_a_key_of_the_wrong_type_before_it_writes)
{
	struct vg_err err = {0};

	cr_assert(eq(int,
		     vg_store_callf(f.store, NULL, &err, "SET", VG_KEY_ASTREAM,
				    "x", (char *)NULL),
		     VG_OK));
	see(0, FIX_MA);
	see(1, FIX_IL);
	see(2, FIX_AE);
	cr_assert(eq(int, vg_evaluator_run(f.e, &f.world, f.store, &err),
		     VG_INVAL));
	cr_assert(eq(i64, alert_fix_writes(&f), 0));
	alert_fix_ask(&f, &out, "EXISTS", VG_KEY_ALERTS, NULL);
	cr_assert(eq(str, out.p, "0"));
}

Test(evaluator, removes_alerts_that_are_older_than_they_are_kept)
{
	raise_one();
	f.cfg.alerts_kept_ms = 24 * 60 * MIN;
	f.world.log_ms = FIX_T0 + FIX_W + 24 * 60 * MIN;
	alert_fix_tick(&f, 2000);
	expect("MA", "x MA 120000 3600000 3\n");
	f.world.log_ms++;
	alert_fix_tick(&f, 2000);
	expect("", "");
	alert_fix_ask(&f, &out, "DBSIZE", NULL, NULL);
	cr_assert(eq(str, out.p, "3")); /* lease, stream, its number */
}

Test(evaluator, keeps_a_history_of_what_changed)
{
	raise_one();
	see(3 * MIN, FIX_US);
	alert_fix_tick(&f, 10);
	see(30 * 1000, FIX_BH);
	alert_fix_settle(&f);
	struct vg_err err = {0};
	struct vg_reply *ids = NULL;
	cr_assert(eq(int,
		     vg_store_callf(f.store, &ids, &err, "ZRANGE",
				    VG_KEY_ALERTS, "0", "0", (char *)NULL),
		     VG_OK));
	char key[96];
	struct vg_slice id = vg_reply_text(vg_reply_at(ids, 0));
	snprintf(key, sizeof key, VG_KEY_ALERT "%.*s:h", (int)id.n, id.p);
	vg_reply_free(ids);
	alert_fix_ask(&f, &out, "LLEN", key, NULL);
	cr_assert(eq(str, out.p, "3"));
	alert_fix_ask(&f, &out, "LINDEX", key, "0");
	has("\"change\":\"raised\"");
	alert_fix_ask(&f, &out, "LINDEX", key, "1");
	has("\"change\":\"updated\"");
	alert_fix_ask(&f, &out, "LINDEX", key, "2");
	has("\"change\":\"revised\"");
	has("\"late_by_ms\":150000");
}

Test(evaluator, holds_a_group_and_value_in_128_bytes)
{
	struct vg_track_sink sink = vg_evaluator_sink(f.e);
	static const char *const country[] = {"MA", "IL"};
	const int64_t v[4] = {0, 0, 5, 1};
	char field[64];

	for (int i = 0; i < 100000; i++) {
		for (size_t c = 0; c < 2; c++) {
			snprintf(field, sizeof field,
				 "A*\x1fipv4:10.%d.%d.%d\x1f%s\x1fMA", i >> 16,
				 i >> 8 & 255, i & 255, country[c]);
			sink.span(sink.ctx, 0, 0, FIX_T0 - FIX_T0 % FIX_W,
				  vg_slice_of(field), v);
		}
	}
	cr_assert(eq(sz, vg_groups_count(f.e->groups), 100000));
	cr_assert(le(sz, vg_groups_bytes(f.e->groups), 2 * 100000 * 128));
}

/* A counting rule, whose cells are steps. */
static const char many[] = "id: many\ntitle: T\ntype: event_count\n"
			   "group_by: [actor]\nwindow: 1h\nseverity: 5\n"
			   "condition: {gte: 3}\n";

static void start_many(void)
{
	alert_fix_start(&f, many);
	alert_fix_log(&f, 2 * MIN);
}

TestSuite(evaluator_steps, .init = start_many, .fini = finish, .timeout = 60);

/* The slice of that time has this list alone. */
static void count_at(int64_t at_ms, int64_t n)
{
	const struct vg_rule *r = vg_rule_at(f.rules, 0);
	struct vg_track_sink sink = vg_evaluator_sink(f.e);
	size_t track = r->condition[0].track;
	int64_t w = vg_plan_track(f.plan, track)->window_ms;
	int64_t sub = FIX_T0 + at_ms, slice = vg_steps_slice(w);
	const struct vg_step step = {(uint32_t)(sub % w % slice), n, n};
	struct vg_buf field = {0}, list = {0};

	sub -= sub % w;
	vg_buf_str(&field, "A*\x1fx");
	vg_steps_pack(&field, FIX_T0 + at_ms - sub, slice, false);
	vg_steps_add(&list, -1, &step);
	sink.steps(sink.ctx, track, FIX_MA, sub,
		   (struct vg_slice){.p = field.p, .n = (uint32_t)field.n},
		   (struct vg_slice){.p = list.p, .n = (uint32_t)list.n});
	vg_buf_term(&field);
	vg_buf_term(&list);
}

Test(evaluator_steps, bug_a_recalled_step_counted_on)
{
	count_at(0, 1);
	count_at(60000, 2);
	alert_fix_settle(&f);
	expect("MA", "x MA 60000 3600000 3\n");
	count_at(0, 0); /* the only one of its time is recalled */
	alert_fix_settle(&f);
	expect("", "");
	alert_fix_docs(&f, "MA", true, &out);
	has("\"withdrawn\":true");
}
