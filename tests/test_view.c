#include "view_fix.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>

enum { T0 = 1000000 };

static struct fix fix;
static struct vg_view *view;
static int64_t now;

/* What the sink was told. */
static char told[4096];

static void tell(const char *what, size_t track, size_t part, int64_t start,
		 struct vg_slice field, int64_t first)
{
	size_t n = strlen(told);

	snprintf(told + n, sizeof told - n, "%s %zu %zu %lld %.*s %lld;", what,
		 track, part, (long long)start, (int)field.n,
		 field.n > 0 ? field.p : "", (long long)first);
}

static void on_span(void *ctx, size_t track, size_t part, int64_t start,
		    struct vg_slice field, const int64_t v[4])
{
	(void)ctx;
	tell("span", track, part, start, field, v[0]);
}

static void on_gone(void *ctx, size_t track, size_t part, int64_t start,
		    struct vg_slice field)
{
	(void)ctx;
	tell("gone", track, part, start, field, 0);
}

static void on_swept(void *ctx, size_t track, size_t part, int64_t start)
{
	(void)ctx;
	tell("swept", track, part, start, (struct vg_slice){.n = 0}, 0);
}

static void on_reset(void *ctx, size_t part)
{
	(void)ctx;
	tell("reset", 0, part, 0, (struct vg_slice){.n = 0}, 0);
}

static void on_steps(void *ctx, size_t track, size_t part, int64_t start,
		     struct vg_slice field, struct vg_slice list)
{
	(void)ctx;
	tell("steps", track, part, start, field, list.n);
}

static const struct vg_track_sink SINK = {NULL,	    on_span, on_gone, on_swept,
					  on_reset, NULL,    on_steps};

static void open_view(void)
{
	fix_init(&fix, true);
	now = T0;
	told[0] = '\0';
	cr_assert(eq(int, vg_view_new(&view, &fix.env, &SINK, NULL), VG_OK));
}

static void close_view(void)
{
	vg_view_free(view);
	fix_term(&fix);
}

TestSuite(view, .init = open_view, .fini = close_view);

static size_t step_of(struct vg_view *v)
{
	struct vg_err err = {.rc = VG_OK};
	size_t applied = 0;

	now += 2000; /* every look at Redis is due */
	cr_assert(eq(int, vg_view_step(v, fix.store, now, 0, &applied, &err),
		     VG_OK),
		  "%s", err.text);
	return applied;
}

static size_t step(void)
{
	return step_of(view);
}

static void commit(int64_t prev, int64_t off, const struct fix_cell *cell,
		   size_t n)
{
	fix_commit(&fix, &(struct fix_batch){.topic = "alerts.ma",
					     .prev = prev,
					     .off = off,
					     .wm = 500,
					     .lt = 1000,
					     .cell = cell,
					     .n = n});
}

static void commit_one(int64_t prev, int64_t off, const char *cell)
{
	struct fix_cell c = {"c:country:1m:0",
			     "G*\x1f"
			     "MA",
			     cell};

	commit(prev, off, &c, 1);
}

/* The first number of a cell of partition `i`, or -1. */
static int64_t cell_of(const struct vg_view *v, size_t i, unsigned agg,
		       uint8_t res, int64_t start, const char *field)
{
	struct vg_bucket_id id = {(uint16_t)agg, res, start};
	struct vg_table *t = vg_cells_get(vg_view_part(v, i)->cells, id);
	int64_t *at = t ? vg_table_get(t, vg_slice_of(field)) : NULL;

	return at != NULL ? at[0] : -1;
}

static int64_t morocco(void)
{
	return cell_of(view, 0, VG_AGG_COUNTRY, VG_RES_1M, 0,
		       "G*\x1f"
		       "MA");
}

static int64_t reloads(void)
{
	return vg_metric_get(&fix.metrics, VG_M_VIEW_RELOADS);
}

Test(view, is_not_ready_before_it_has_looked)
{
	cr_assert(not(vg_view_ready(view)));
	cr_assert(vg_view_freshness(view, now).stale);
	step();
	cr_assert(vg_view_ready(view)); /* there is nothing to load */
	cr_assert(eq(i64, vg_view_freshness(view, now).complete_to_ms, 0));
}

Test(view, loads_what_redis_holds_and_is_live)
{
	commit_one(-1, 10, "12,3");
	step();
	cr_assert(vg_view_ready(view));
	cr_assert(eq(sz, vg_view_parts(view), 1));
	cr_assert(eq(i64, morocco(), 12));
	cr_assert(eq(i64, vg_view_part(view, 0)->offset, 10));
	cr_assert(eq(i64, vg_view_part(view, 0)->watermark_ms, 500));
	cr_assert(eq(i64, vg_view_part(view, 0)->log_ms, 1000));
	cr_assert(eq(str, (char *)vg_view_part(view, 0)->partner->id, "MA"));
	cr_assert(eq(i64, vg_metric_get(&fix.metrics, VG_M_VIEW_CELLS), 1));
}

Test(view, follows_new_values_as_absolutes)
{
	commit_one(-1, 10, "12,3");
	step();
	commit_one(10, 20, "15,4");
	cr_assert(eq(sz, step(), 1));
	cr_assert(eq(i64, morocco(), 15));
	cr_assert(eq(i64, vg_view_part(view, 0)->offset, 20));
	cr_assert(eq(sz, step(), 0));
	cr_assert(eq(i64, reloads(), 0));
}

Test(view, keeps_what_is_short_and_sums_hours_itself)
{
	static const struct fix_cell c[] = {
		{"c:partner:10s:0",
		 "G*\x1f"
		 "MA",
		 "1,1"},
		{"c:partner:1m:0",
		 "G*\x1f"
		 "MA",
		 "2,1"},
		{"c:partner:1h:0",
		 "G*\x1f"
		 "MA",
		 "3,1"},
		{"c:partner:1d:0",
		 "G*\x1f"
		 "MA",
		 "4,1"},
		{"a:0", "counted", "5"},
	};
	static const char ma[] = "G*\x1f"
				 "MA";

	commit(-1, 10, c, 5);
	step();
	cr_assert(eq(i64, cell_of(view, 0, VG_AGG_PARTNER, 0, 0, ma), 1));
	cr_assert(eq(i64, cell_of(view, 0, VG_AGG_PARTNER, 1, 0, ma), 2));
	cr_assert(eq(i64, cell_of(view, 0, VG_AGG_PARTNER, 2, 0, ma), 2));
	cr_assert(eq(i64, cell_of(view, 0, VG_AGG_PARTNER, 3, 0, ma), -1));
	cr_assert(
		eq(i64, cell_of(view, 0, VG_AGG_ACCOUNT, 0, 0, "counted"), 5));
}

Test(view, forgets_fields_and_buckets_that_are_gone)
{
	static const struct fix_cell before[] = {
		{"c:actor:1m:0",
		 "G*\x1f"
		 "APT1",
		 "1,1"},
		{"c:actor:1m:0",
		 "G*\x1f"
		 "APT2",
		 "2,1"},
		{"c:actor:1m:60000",
		 "G*\x1f"
		 "APT1",
		 "3,1"},
	};
	static const struct fix_cell gone[] = {
		{"c:actor:1m:0",
		 "G*\x1f"
		 "APT1",
		 NULL},
		{"c:actor:1m:60000", NULL, NULL},
		{"c:actor:1m:120000", NULL, NULL}, /* never seen */
	};

	commit(-1, 10, before, 3);
	step();
	commit(10, 20, gone, 3);
	step();
	cr_assert(eq(i64,
		     cell_of(view, 0, VG_AGG_ACTOR, VG_RES_1M, 0,
			     "G*\x1f"
			     "APT1"),
		     -1));
	cr_assert(eq(i64,
		     cell_of(view, 0, VG_AGG_ACTOR, VG_RES_1M, 0,
			     "G*\x1f"
			     "APT2"),
		     2));
	cr_assert(eq(i64,
		     cell_of(view, 0, VG_AGG_ACTOR, VG_RES_1M, 60000,
			     "G*\x1f"
			     "APT1"),
		     -1));
	cr_assert(eq(i64, vg_metric_get(&fix.metrics, VG_M_VIEW_CELLS), 1));
}

Test(view, hands_tracks_to_the_sink_and_keeps_none)
{
	char bucket[64], expected[512];
	struct fix_cell c = {bucket,
			     "G*\x1f"
			     "APT1\x1f"
			     "MA",
			     "5,10,6,11"};

	snprintf(bucket, sizeof bucket, "c:t-%s:3600000", fix.track);
	commit(-1, 10, &c, 1);
	step();
	c.cell = "4,9,6,11";
	commit(10, 20, &c, 1);
	step();
	c.cell = NULL;
	commit(20, 30, &c, 1);
	c.field = NULL;
	commit(30, 40, &c, 1);
	step();
	snprintf(expected, sizeof expected,
		 "span 0 0 3600000 G*\x1f"
		 "APT1\x1fMA 5;"
		 "span 0 0 3600000 G*\x1f"
		 "APT1\x1fMA 4;"
		 "gone 0 0 3600000 G*\x1f"
		 "APT1\x1fMA 0;"
		 "swept 0 0 3600000  0;");
	cr_assert(eq(str, told, expected));
	cr_assert(eq(i64, vg_metric_get(&fix.metrics, VG_M_VIEW_CELLS), 0));
}

/* A bucket of a track of steps, of the sub-window at 1 h. */
static void name_steps(char bucket[64])
{
	struct vg_track t = {.kind = VG_TRACK_STEPS, .window_ms = 3600000};
	size_t index;

	cr_assert(
		eq(int, vg_plan_add_track(fix.plan, &t, &index, NULL), VG_OK));
	snprintf(bucket, 64, "c:t-%s:3600000",
		 vg_plan_track(fix.plan, index)->id);
}

Test(view, hands_lists_of_steps_to_the_sink_loaded_or_followed)
{
	char bucket[64];
	struct fix_cell c = {bucket,
			     "G*\x1f"
			     "10000",
			     "\x05"};

	name_steps(bucket);
	commit(-1, 10, &c, 1);
	step();
	c.cell = "\x05\x07";
	commit(10, 20, &c, 1);
	step();
	cr_assert(eq(str, told,
		     "steps 1 0 3600000 G*\x1f"
		     "10000 1;"
		     "steps 1 0 3600000 G*\x1f"
		     "10000 2;"));
	c.cell = "\x05\x01"; /* the same time again */
	commit(20, 30, &c, 1);
	cr_assert(eq(i64, reloads(), 0));
	(void)step();
	cr_assert(eq(i64, reloads(), 1));
}

Test(view, skips_tracks_of_rules_it_does_not_have)
{
	static const struct fix_cell c = {"c:t-0123456789abcdef:0",
					  "G*\x1f"
					  "x",
					  "1,1,1,1"};

	commit(-1, 10, &c, 1);
	step();
	commit(10, 20, &c, 1);
	cr_assert(eq(sz, step(), 1));
	cr_assert(eq(str, told, ""));
	cr_assert(eq(i64, reloads(), 0));
}

Test(view, loads_again_when_an_entry_does_not_follow)
{
	char bucket[64];
	struct fix_cell c = {bucket, "f", "5,10,6,11"};

	snprintf(bucket, sizeof bucket, "c:t-%s:0", fix.track);
	commit_one(-1, 10, "12,3");
	step();
	commit(30, 40, &c, 1); /* 10 to 30 was trimmed */
	step();
	cr_assert(eq(i64, reloads(), 1));
	step();
	cr_assert(vg_view_ready(view));
	cr_assert(eq(i64, vg_view_part(view, 0)->offset, 40));
	cr_assert(eq(str, told, "reset 0 0 0  0;span 0 0 0 f 5;"));
}

Test(view, applies_nothing_of_a_malformed_entry)
{
	struct fix_batch b = {
		.topic = "alerts.ma", .prev = 10, .off = 20, .lt = 9};
	struct vg_buf payload = {.n = 0};

	commit_one(-1, 10, "12,3");
	step();
	vg_buf_add(&payload,
		   "\x0e"
		   "c:country:1m:0"
		   "\x02\x05G*\x1f"
		   "MA\x04"
		   "99,9",
		   27);
	fix_entry(&fix, &b, (struct vg_slice){payload.p, (uint32_t)payload.n});
	step();
	cr_assert(eq(i64, reloads(), 1));
	cr_assert(eq(i64, morocco(), 12));
	cr_assert(not(vg_view_ready(view)));
	vg_buf_term(&payload);
}

Test(view, loads_again_when_redis_fell_back)
{
	commit_one(-1, 10, "12,3");
	commit_one(10, 20, "15,4");
	step();
	fix_do(&fix,
	       (const char *[]){"HSET", "vg:{alerts.ma:0}:o", "off", "10"}, 4);
	fix_do(&fix,
	       (const char *[]){"HSET", "vg:{alerts.ma:0}:c:country:1m:0",
				"G*\x1f"
				"MA",
				"12,3"},
	       4);
	fix_do(&fix, (const char *[]){"DEL", "vg:{alerts.ma:0}:d"}, 2);
	step();
	cr_assert(eq(i64, reloads(), 1));
	cr_assert(eq(i64, morocco(), 12));
	cr_assert(eq(i64, vg_view_part(view, 0)->offset, 10));
	cr_assert(vg_view_ready(view));
}

Test(view, loads_again_when_the_stream_was_lost)
{
	commit_one(-1, 10, "12,3");
	step();
	commit_one(10, 20, "15,4");
	fix_do(&fix, (const char *[]){"DEL", "vg:{alerts.ma:0}:d"}, 2);
	step(); /* :o is ahead: the entry may still come */
	cr_assert(eq(i64, reloads(), 0));
	step();
	cr_assert(eq(i64, reloads(), 1));
	cr_assert(eq(i64, morocco(), 15));
	cr_assert(vg_view_ready(view));
}

Test(view, a_partition_without_records_is_live_and_empty)
{
	fix_do(&fix, (const char *[]){"SADD", "vg:{vg}:parts", "alerts.ma:0"},
	       3);
	step();
	cr_assert(vg_view_ready(view));
	cr_assert(eq(i64, vg_view_part(view, 0)->offset, -1));
	commit_one(-1, 10, "12,3");
	step();
	cr_assert(eq(i64, morocco(), 12));
	cr_assert(eq(i64, reloads(), 0));
}

Test(view, leaves_out_partitions_it_cannot_know)
{
	fix_do(&fix,
	       (const char *[]){"SADD", "vg:{vg}:parts", "alerts.xx:0",
				"alerts.ma", "alerts.ma:", ":0", "",
				"alerts.ma:-1", "alerts.ma:2147483648",
				"alerts.ma:99999999999999999999"},
	       10);
	step();
	cr_assert(eq(sz, vg_view_parts(view), 0));
	fix_do(&fix,
	       (const char *[]){"SADD", "vg:{vg}:parts",
				"alerts.ma:2147483647"},
	       3);
	step();
	cr_assert(eq(sz, vg_view_parts(view), 1));
}

Test(view, says_when_redis_is_away_and_keeps_what_it_has)
{
	struct vg_err err;
	size_t applied = 77;

	commit_one(-1, 10, "12,3");
	step();
	cr_assert(not(vg_view_freshness(view, now + 2000).stale));
	cr_assert(vg_view_freshness(view, now + 2001).stale);
	test_redis_stop(&fix.redis);
	cr_assert(
		eq(int,
		   vg_view_step(view, fix.store, now + 2001, 0, &applied, &err),
		   VG_RETRY));
	cr_assert(eq(sz, applied, 77));
	cr_assert(eq(i64, morocco(), 12));
	cr_assert(eq(i64, vg_metric_get(&fix.metrics, VG_M_VIEW_STALE), 1));
}

Test(view, refuses_a_cell_that_is_no_number)
{
	struct vg_err err;
	size_t applied;

	commit_one(-1, 10, "twelve");
	cr_assert(eq(int, vg_view_step(view, fix.store, now, 0, &applied, &err),
		     VG_INVAL));
	cr_assert(not(vg_view_ready(view)));
}

Test(view, is_complete_to_the_heartbeat_only_when_read_to_the_end)
{
	struct vg_view_freshness f;

	commit_one(-1, 10, "12,3");
	step();
	f = vg_view_freshness(view, now);
	cr_assert(eq(i64, f.complete_to_ms, 0)); /* never heard of the end */
	fix_beat(&fix, "alerts.ma", 0, 10, 900000);
	step();
	f = vg_view_freshness(view, now);
	cr_assert(eq(i64, f.complete_to_ms, 900000));
	cr_assert(eq(i64, f.log_ms, 1000));
	cr_assert(eq(i64, f.as_of_ms, now));
	cr_assert(not(f.stale));
	fix_beat(&fix, "alerts.ma", 0, 11, 901000);
	step();
	f = vg_view_freshness(view, now);
	cr_assert(eq(i64, f.complete_to_ms, 1000)); /* the log's time */
}

Test(view, the_log_time_of_idle_partitions_does_not_hold_back)
{
	struct vg_view_feed *idle = fix_feed(view, "MA");
	struct vg_view_feed *busy = fix_feed(view, "US");

	idle->pub.log_ms = 1000;
	busy->pub.log_ms = 5000;
	busy->pub.high = 2; /* one record unread */
	cr_assert(eq(i64, vg_view_freshness(view, now).log_ms, 5000));
	idle->pub.high = 2;
	cr_assert(eq(i64, vg_view_freshness(view, now).log_ms, 1000));
	idle->pub.high = busy->pub.high = 1;
	cr_assert(eq(i64, vg_view_freshness(view, now).log_ms, 5000));
}

Test(view, drops_fine_buckets_that_are_older_than_kept)
{
	static const struct fix_cell c[] = {
		{"c:partner:10s:0",
		 "G*\x1f"
		 "MA",
		 "1,1"},
		{"c:partner:10s:10000",
		 "G*\x1f"
		 "MA",
		 "1,1"},
		{"c:partner:1m:0",
		 "G*\x1f"
		 "MA",
		 "1,1"},
		{"a:0", "counted", "1"},
	};
	static const char ma[] = "G*\x1f"
				 "MA";
	/* 2 h after the end of the first 10 s. */
	struct fix_batch b = {"alerts.ma", 0, -1, 10, 0, 7210000, c, 4, 0};

	fix_commit(&fix, &b);
	step();
	step();
	cr_assert(eq(i64, cell_of(view, 0, VG_AGG_PARTNER, 0, 0, ma), -1));
	cr_assert(eq(i64, cell_of(view, 0, VG_AGG_PARTNER, 0, 10000, ma), 1));
	cr_assert(eq(i64, cell_of(view, 0, VG_AGG_PARTNER, 1, 0, ma), 1));
	cr_assert(
		eq(i64, cell_of(view, 0, VG_AGG_ACCOUNT, 0, 0, "counted"), 1));
}

/* Every cell of `v`, summed with its place, so that two views compare. */
static uint64_t digest(const struct vg_view *v)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < vg_view_parts(v); i++) {
		struct vg_bucket_id id;
		struct vg_table *t;

		for (size_t pos = 0;
		     vg_cells_next(vg_view_part(v, i)->cells, &pos, &id, &t);) {
			struct vg_slice f;
			int64_t *cell;

			for (size_t p = 0; vg_table_next(t, &p, &f, &cell);)
				sum += vg_hash_table(f.p, f.n,
						     (uint64_t)id.start_ms +
							     id.agg + i) *
				       (uint64_t)(cell[0] + 1);
		}
	}
	return sum;
}

Test(view, law1_following_and_loading_say_the_same)
{
	unsigned seed = 3;
	int64_t off = -1, sum[5] = {0};

	for (int k = 0; k < 60; k++) {
		struct fix_cell c[5];
		static char bucket[5][32], cell[5][32];
		struct vg_view *fresh = NULL;

		for (int i = 0; i < 5; i++) {
			sum[i] += rand_r(&seed) % 5;
			snprintf(bucket[i], 32, "c:country:1m:%d", i * 60000);
			snprintf(cell[i], 32, "%lld,1", (long long)sum[i]);
			c[i] = (struct fix_cell){bucket[i],
						 "G*\x1f"
						 "MA",
						 cell[i]};
		}
		commit(off, off + 7, c, (size_t)(rand_r(&seed) % 5) + 1);
		off += 7;
		if (rand_r(&seed) % 3 != 0)
			continue;
		step();
		cr_assert(eq(int, vg_view_new(&fresh, &fix.env, NULL, NULL),
			     VG_OK));
		step_of(fresh);
		cr_assert(eq(u64, digest(view), digest(fresh)));
		vg_view_free(fresh);
	}
	cr_assert(eq(i64, reloads(), 0));
	cr_assert(gt(i64, vg_metric_get(&fix.metrics, VG_M_VIEW_ENTRIES), 20));
}

Test(view, law2_batches_seen_twice_change_nothing)
{
	char first[VG_VIEW_ID_MAX];
	uint64_t before;

	commit_one(-1, 10, "12,3");
	step();
	memcpy(first, view->feed[0]->last_id, sizeof first);
	commit_one(10, 20, "15,4");
	commit_one(20, 30, "16,5");
	step();
	before = digest(view);
	/* As after a load during which both were committed. */
	memcpy(view->feed[0]->last_id, first, sizeof first);
	view->feed[0]->pub.offset = 10;
	step();
	cr_assert(eq(u64, digest(view), before));
	cr_assert(eq(i64, morocco(), 16));
}

Test(view, waits_for_nobody_who_has_left)
{
	struct vg_view_feed *left = fix_feed(view, "IL");
	struct vg_view_feed *stays = fix_feed(view, "US");
	struct vg_partner *il = &fix.cfg->partners[FIX_IL];

	cr_assert(eq(str, il->id, "IL"));
	stays->pub.log_ms = 5000;
	stays->pub.high = 1;
	stays->pub.heartbeat_ms = 9000;
	/* Nobody reads its partition any more. */
	left->pub.log_ms = 1000;
	left->pub.high = -1;
	cr_assert(eq(i64, vg_view_freshness(view, now).complete_to_ms, 0));
	cr_assert(eq(i64, vg_view_freshness(view, now).log_ms, 1000));
	il->has_until = true;
	il->until_ms = now;
	cr_assert(eq(i64, vg_view_freshness(view, now).complete_to_ms, 9000));
	cr_assert(eq(i64, vg_view_freshness(view, now).log_ms, 5000));
	/* But what it had sent before, and is unread, is waited for. */
	left->pub.high = 2;
	cr_assert(eq(i64, vg_view_freshness(view, now).complete_to_ms, 1000));
	left->pub.log_ms = now;
	cr_assert(eq(i64, vg_view_freshness(view, now).complete_to_ms, 9000));
}
