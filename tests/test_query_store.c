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

static void open_view(void)
{
	fix_init(&fix, true);
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
