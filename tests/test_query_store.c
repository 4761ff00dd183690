/* Hours and days, which queries read from a real Redis. */
#include "view_fix.h"

#include "aggregate/query.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>

#define HOUR INT64_C(3600000)
#define DAY  (24 * HOUR)
#define MA                                                                     \
	"G*\x1f"                                                               \
	"MA"

static struct fix fix;
static struct vg_view *view;
static struct vg_err err;
/* Hours before this are in their buckets; the tests move it. */
static int64_t rolled;

static void open_view(void)
{
	fix_init(&fix, true);
	rolled = 1000 * DAY;
	cr_assert(eq(int, vg_view_new(&view, &fix.env, NULL, NULL), VG_OK));
}

static void close_view(void)
{
	vg_view_free(view);
	fix_term(&fix);
}

TestSuite(query_store, .init = open_view, .fini = close_view);

static void commit(int partition, const char *bucket, const char *field,
		   const char *cell)
{
	struct fix_cell c = {bucket, field, cell};

	fix_commit(&fix, &(struct fix_batch){.topic = "alerts.ma",
					     .partition = partition,
					     .prev = -1,
					     .off = 10,
					     .lt = 3 * DAY,
					     .roll = rolled,
					     .cell = &c,
					     .n = 1});
	fix_beat(&fix, "alerts.ma", partition, 10, 3 * DAY);
}

static enum vg_rc ask(enum vg_res step, int64_t to_ms,
		      struct vg_query_result *r)
{
	struct vg_query q = {
		.viewer = FIX_US,
		.n_by = 1,
		.by = {vg_slice_of("country")},
		.step = step,
		.to_ms = to_ms,
		.now_ms = 3 * DAY,
	};

	return vg_query_series(r, &q, view, fix.store, &err);
}

static void step(void)
{
	size_t applied;

	cr_assert(eq(int,
		     vg_view_step(view, fix.store, 3 * DAY, 0, &applied, &err),
		     VG_OK));
}

Test(query_store, sums_hours_and_days_over_partitions)
{
	struct vg_query_result r;

	commit(0, "c:country:1h:3600000", MA, "5,1");
	commit(1, "c:country:1h:3600000", MA, "6,2");
	commit(1, "c:country:1h:3600000",
	       "R0\x1f"
	       "MA",
	       "100,1");
	commit(1, "c:country:1d:86400000", MA, "7,3");
	step();
	cr_assert(eq(int, ask(VG_RES_1H, 3 * HOUR, &r), VG_OK));
	cr_assert(eq(sz, r.n_rows, 1));
	cr_assert(eq(i64, r.row[0].value[0], 0));
	cr_assert(eq(i64, r.row[0].value[1], 11));
	cr_assert(eq(i64, r.row[0].value[2], 0));
	cr_assert(eq(int, r.marking, VG_TLP_GREEN));
	vg_query_result_term(&r);
	cr_assert(eq(int, ask(VG_RES_1D, 2 * DAY, &r), VG_OK));
	cr_assert(eq(i64, r.row[0].value[1], 7));
	vg_query_result_term(&r);
}

Test(query_store, reads_ranges_longer_than_one_round)
{
	struct vg_query_result r;
	char bucket[64];

	for (int i = 0; i < 600; i += 100) {
		snprintf(bucket, sizeof bucket, "c:country:1h:%lld",
			 (long long)(i * HOUR));
		commit(i / 100 % 3, bucket, MA, "1,1");
	}
	step();
	cr_assert(eq(int, ask(VG_RES_1H, 600 * HOUR, &r), VG_OK));
	cr_assert(eq(i64, r.row[0].total, 6));
	for (int i = 0; i < 600; i++)
		cr_assert(eq(int, r.row[0].value[i] > 0, i % 100 == 0));
	vg_query_result_term(&r);
}

Test(query_store, says_when_redis_is_away_and_touches_nothing)
{
	struct vg_query_result r = {.n_rows = 77};

	commit(0, "c:country:1h:0", MA, "5,1");
	step();
	test_redis_stop(&fix.redis);
	cr_assert(eq(int, ask(VG_RES_1H, HOUR, &r), VG_RETRY));
	cr_assert(eq(sz, r.n_rows, 77));
	/* Minutes need no Redis. */
	cr_assert(eq(int, ask(VG_RES_1M, HOUR, &r), VG_OK));
	vg_query_result_term(&r);
}

Test(query_store, a_cell_that_is_no_number_is_not_guessed)
{
	struct vg_query_result r;

	commit(0, "c:country:1h:0", MA, "5;1");
	commit(1, "c:country:1h:3600000", MA, "6,1");
	step();
	cr_assert(eq(int, ask(VG_RES_1H, HOUR, &r), VG_INVAL));
	/* The other answers were taken: the next query has its own. */
	fix_do(&fix, (const char *[]){"DEL", "vg:{alerts.ma:0}:c:country:1h:0"},
	       2);
	cr_assert(eq(int, ask(VG_RES_1H, 2 * HOUR, &r), VG_OK));
	cr_assert(eq(i64, r.row[0].total, 6));
	vg_query_result_term(&r);
}

static int64_t sum(enum vg_res res, int64_t to_ms)
{
	struct vg_query_result r;
	int64_t total;

	cr_assert(eq(int, ask(res, to_ms, &r), VG_OK), "%s", err.text);
	total = r.n_rows == 0 ? 0 : r.row[0].total;
	vg_query_result_term(&r);
	return total;
}

Test(query_store, an_hour_is_its_minutes_until_it_is_rolled)
{
	rolled = HOUR;
	commit(0, "c:country:1m:0", MA, "1000,1"); /* in the hour's bucket */
	commit(0, "c:country:1h:0", MA, "2,2");
	commit(0, "c:country:1m:3600000", MA, "3,1");
	commit(0, "c:country:1m:7140000", MA, "4,1");
	commit(0, "c:country:1h:3600000", MA, "1000,1"); /* not yet */
	step();
	cr_assert(eq(i64, sum(VG_RES_1H, HOUR), 2));
	cr_assert(eq(i64, sum(VG_RES_1H, 2 * HOUR), 9));
}

Test(query_store, a_day_is_its_bucket_and_the_hours_still_open)
{
	rolled = 23 * HOUR;
	commit(0, "c:country:1d:0", MA, "10,1");
	commit(0, "c:country:1m:79200000", MA, "1000,1"); /* of hour 22 */
	commit(0, "c:country:1m:82800000", MA, "4,1");	  /* of hour 23 */
	rolled = 0;
	commit(1, "c:country:1m:0", MA, "1,1");
	commit(1, "c:country:1m:86400000", MA, "100,1"); /* tomorrow */
	step();
	cr_assert(eq(i64, sum(VG_RES_1D, DAY), 15));
	cr_assert(eq(i64, sum(VG_RES_1D, 2 * DAY), 115));
}

/* Redis rolled an hour that the view, behind, still has as minutes. */
Test(query_store, an_hour_that_moved_under_the_query_counts_once)
{
	rolled = 0;
	commit(0, "c:country:1m:0", MA, "5,1");
	step();
	rolled = HOUR;
	commit(0, "c:country:1h:0", MA, "5,1");
	commit(0, "c:country:1d:0", MA, "5,1");
	cr_assert(eq(i64, sum(VG_RES_1H, HOUR), 5));
	cr_assert(eq(i64, sum(VG_RES_1D, DAY), 5));
	/* The first place it asks Redis about is older than Redis'. */
	step();
	step(); /* the entry does not follow: read again */
	cr_assert(eq(i64, sum(VG_RES_1H, HOUR), 5));
	rolled = 2 * HOUR;
	commit(0, "c:country:1h:3600000", MA, "7,1");
	commit(0, "c:country:1d:0", MA, "12,2");
	cr_assert(eq(i64, sum(VG_RES_1D, DAY), 12));
	cr_assert(eq(i64, sum(VG_RES_1H, 2 * HOUR), 12));
}

Test(query_store, a_redis_that_fell_back_is_not_mixed_with_the_view)
{
	struct vg_query_result r;

	rolled = 2 * HOUR;
	commit(0, "c:country:1d:0", MA, "12,2");
	step();
	rolled = HOUR;
	fix_do(&fix,
	       (const char *[]){"HSET", "vg:{alerts.ma:0}:o", "roll",
				"3600000"},
	       4);
	cr_assert(eq(int, ask(VG_RES_1D, DAY, &r), VG_RETRY));
}

Test(query_store, open_hours_need_no_redis)
{
	rolled = 0;
	commit(0, "c:country:1m:0", MA, "5,1");
	step();
	test_redis_stop(&fix.redis);
	cr_assert(eq(i64, sum(VG_RES_1H, HOUR), 5));
}

Test(query_store, bad_cells_leave_no_answer_for_the_next_query)
{
	struct vg_query_result r;

	for (int p = 0; p < 4; p++) {
		commit(p, "c:country:1h:0", MA, "5;1");
		commit(p, "c:country:1d:0", MA, "7,1");
	}
	step();
	cr_assert(eq(int, ask(VG_RES_1H, HOUR, &r), VG_INVAL));
	cr_assert(eq(i64, sum(VG_RES_1D, DAY), 28));
}
