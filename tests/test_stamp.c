/* What an answer hangs on: changes by bucket and audience, and marks. */
#include "aggregate/changes.h"
#include "aggregate/stamp.h"
#include "view_fix.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>

#define MIN  INT64_C(60000)
#define HOUR (60 * MIN)
#define DAY  (24 * HOUR)
#define LOG  (3 * DAY)

static struct vg_bucket_id at_minute(int64_t minute)
{
	return (struct vg_bucket_id){.agg = VG_AGG_ACTOR,
				     .res = VG_RES_1M,
				     .start_ms = minute * MIN};
}

Test(changes, knows_the_earliest_bucket_that_changed_since)
{
	struct vg_changes *c = vg_changes_new(3);
	struct vg_bucket_id id = at_minute(0);
	uint64_t first = vg_changes_now(c), second, third;

	vg_changes_note(c, at_minute(10), 1);
	second = vg_changes_now(c);
	vg_changes_note(c, at_minute(20), 1);
	third = vg_changes_now(c);
	cr_assert(vg_changes_for(c, id, 1, 11 * MIN, first));
	cr_assert(not(vg_changes_for(c, id, 1, 10 * MIN, first)));
	cr_assert(not(vg_changes_for(c, id, 1, 20 * MIN, second)));
	cr_assert(vg_changes_for(c, id, 1, 21 * MIN, second));
	cr_assert(not(vg_changes_for(c, id, 1, 99 * MIN, third)));
	/* Neither another audience, nor another aggregate or resolution. */
	cr_assert(not(vg_changes_for(c, id, 0, 99 * MIN, first)));
	id.res = VG_RES_10S;
	cr_assert(not(vg_changes_for(c, id, 1, 99 * MIN, first)));
	id = at_minute(0);
	id.agg = VG_AGG_COUNTRY;
	cr_assert(not(vg_changes_for(c, id, 1, 99 * MIN, first)));
	vg_changes_free(c);
	vg_changes_free(NULL);
}

Test(changes, law6_past_its_limit_it_says_changed_and_never_unchanged)
{
	struct vg_changes *c = vg_changes_new(1);
	uint64_t moment[40];
	int64_t minute[40];

	srand(3);
	for (int i = 0; i < 40; i++) {
		moment[i] = vg_changes_now(c);
		minute[i] = i < 20 ? i : rand() % 60;
		vg_changes_note(c, at_minute(minute[i]), 0);
		for (int since = 0; since <= i; since++)
			for (int to = 0; to < 60; to += 7) {
				bool changed = false;

				for (int k = since; k <= i; k++)
					changed |= minute[k] < to;
				if (changed)
					cr_assert(vg_changes_for(
						c, at_minute(0), 0, to * MIN,
						moment[since]));
			}
	}
	/* The newest it knows exactly. */
	cr_assert(not(vg_changes_for(c, at_minute(0), 0, minute[39] * MIN,
				     moment[39])));
	vg_changes_free(c);
}

Test(changes, tells_everyone_of_what_is_everyones)
{
	struct vg_changes *c = vg_changes_new(2);
	uint64_t first = vg_changes_now(c), second;

	vg_changes_note(c, at_minute(5), 2); /* past the audiences: all */
	cr_assert(vg_changes_common(c, at_minute(0), 6 * MIN, first));
	cr_assert(not(vg_changes_common(c, at_minute(0), 5 * MIN, first)));
	second = vg_changes_now(c);
	vg_changes_expired(c, at_minute(7));
	cr_assert(vg_changes_common(c, at_minute(7), 99 * MIN, second));
	cr_assert(not(vg_changes_common(c, at_minute(8), 99 * MIN, second)));
	second = vg_changes_now(c);
	vg_changes_all(c);
	cr_assert(vg_changes_common(c, at_minute(8), 9 * MIN, second));
	vg_changes_free(c);
}

static struct fix fix;
static struct vg_view *view;
static struct vg_err err;
static int64_t offset = -1;

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

TestSuite(stamp, .init = open_view, .fini = close_view);

static void commit(const char *bucket, const char *field, const char *cell)
{
	struct fix_cell c = {bucket, field, cell};
	struct fix_batch b = {.topic = "alerts.ma",
			      .prev = offset,
			      .off = offset + 1,
			      .wm = LOG,
			      .lt = LOG,
			      .roll = DAY,
			      .cell = &c,
			      .n = 1};

	fix_commit(&fix, &b);
	offset++;
}

static void step(int64_t beat_ms)
{
	size_t applied;

	fix_beat(&fix, "alerts.ma", 0, offset, beat_ms);
	for (int i = 0; i < 2; i++)
		cr_assert(eq(int,
			     vg_view_step(view, fix.store, beat_ms + i * 1000,
					  0, &applied, &err),
			     VG_OK));
}

static struct vg_query query(enum vg_res res, int64_t from_ms, int64_t to_ms)
{
	return (struct vg_query){
		.viewer = FIX_US,
		.n_by = 1,
		.by = {vg_slice_of("country")},
		.step = res,
		.from_ms = from_ms,
		.to_ms = to_ms,
		.now_ms = LOG,
	};
}

/* Does what was asked before `change` stand after it? */
static bool stands_after(struct vg_query q, const char *bucket,
			 const char *field, const char *cell)
{
	struct vg_query_stamp s;

	cr_assert(vg_query_stamp(&s, &q, view));
	cr_assert(vg_query_stands(&s, view, LOG));
	if (bucket != NULL)
		commit(bucket, field, cell);
	step(LOG);
	return vg_query_stands(&s, view, LOG);
}

#define ALL_MA                                                                 \
	"G*\x1f"                                                               \
	"MA"
#define MA_ALONE                                                               \
	"R0\x1f"                                                               \
	"MA"

Test(stamp, stands_until_a_visible_cell_of_its_range_changes)
{
	struct vg_query q = query(VG_RES_1M, LOG - 2 * HOUR, LOG - HOUR);
	char inside[64], later[64];

	snprintf(inside, sizeof inside, "c:country:1m:%lld",
		 (long long)(LOG - HOUR - MIN));
	snprintf(later, sizeof later, "c:country:1m:%lld",
		 (long long)(LOG - HOUR));
	commit(later, ALL_MA, "1,1");
	step(LOG);
	/* A closed bucket is not touched by what comes after it. */
	cr_assert(stands_after(q, later, ALL_MA, "2,2"));
	cr_assert(not(stands_after(q, inside, ALL_MA, "2,2")));
	/* The same value again is no change. */
	cr_assert(stands_after(q, inside, ALL_MA, "2,2"));
	cr_assert(not(stands_after(q, inside, ALL_MA, NULL)));
	cr_assert(stands_after(q, "c:actor:1m:0", ALL_MA, "1,1"));
}

Test(stamp, law3_stands_when_what_its_viewer_may_not_see_changes)
{
	struct vg_query q = query(VG_RES_1M, LOG - 2 * HOUR, LOG + HOUR);
	char bucket[64];

	snprintf(bucket, sizeof bucket, "c:country:1m:%lld", (long long)LOG);
	commit(bucket, ALL_MA, "1,1");
	step(LOG);
	cr_assert(stands_after(q, bucket, MA_ALONE, "5,5"));
	q.viewer = FIX_MA;
	cr_assert(not(stands_after(q, bucket, MA_ALONE, "6,6")));
}

Test(stamp, of_hours_falls_with_their_minutes_and_with_what_redis_has)
{
	struct vg_query q = query(VG_RES_1H, 0, LOG);
	char bucket[64];

	commit("c:country:1h:3600000", ALL_MA, "1,1");
	step(LOG);
	snprintf(bucket, sizeof bucket, "c:country:1m:%lld",
		 (long long)(LOG - HOUR));
	cr_assert(not(stands_after(q, bucket, ALL_MA, "2,2")));
	cr_assert(stands_after(q, bucket, MA_ALONE, "5,5"));
	cr_assert(not(stands_after(q, "c:country:1h:7200000", ALL_MA, "2,2")));
	q.to_ms = HOUR;
	cr_assert(stands_after(q, "c:country:1h:7200000", ALL_MA, "3,3"));
}

Test(stamp, falls_when_a_step_turns_from_no_data_to_none)
{
	struct vg_query q = query(VG_RES_1M, LOG - HOUR, LOG + HOUR);
	struct vg_query_stamp s, by;
	char bucket[64];

	snprintf(bucket, sizeof bucket, "c:country:1m:%lld", (long long)LOG);
	commit(bucket, ALL_MA, "1,1");
	step(LOG + 1000);
	cr_assert(vg_query_stamp(&s, &q, view));
	q.by[0] = vg_slice_of("partner");
	cr_assert(vg_query_stamp(&by, &q, view));
	step(LOG + 2000);
	cr_assert(vg_query_stands(&s, view, LOG));
	cr_assert(vg_query_stands(&by, view, LOG));
	step(LOG + MIN + 1);
	cr_assert(not(vg_query_stands(&s, view, LOG)));
	cr_assert(not(vg_query_stands(&by, view, LOG)));
}

Test(stamp, falls_when_a_partition_is_read_again)
{
	struct vg_query q = query(VG_RES_1M, LOG - HOUR, LOG);

	commit("c:country:1m:0", ALL_MA, "1,1");
	step(LOG);
	offset += 5; /* an entry is missing */
	cr_assert(not(stands_after(q, "c:country:1m:0", ALL_MA, "1,1")));
}

Test(stamp, is_of_an_aggregate_and_a_range_that_there_are)
{
	struct vg_query q = query(VG_RES_1M, 0, 0);
	struct vg_query_stamp s;

	cr_assert(not(vg_query_stamp(&s, &q, view)));
	q = query(VG_RES_1M, 0, HOUR);
	q.by[0] = vg_slice_of("nothing");
	cr_assert(not(vg_query_stamp(&s, &q, view)));
}
