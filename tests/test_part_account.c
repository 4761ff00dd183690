/* Law 4: the account adds up, and is written with the counters. */
#include "part_fix.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>

static struct part_fix f;
static struct vg_part *part;
static struct vg_err err;

#define LOG (T0 + HOUR_MS)

static void open_part(void)
{
	part_fix_open(&f);
	part = part_fix_part(&f, f.store, 0);
}

static void close_part(void)
{
	vg_part_free(part);
	part_fix_close(&f);
}

TestSuite(account, .init = open_part, .fini = close_part, .timeout = 60);

static void tally(enum vg_verdict v, int64_t ref_ms, int64_t n)
{
	for (int64_t i = 0; i < n; i++)
		cr_assert(eq(int, vg_part_tally(part, v, ref_ms, 1, &err),
			     VG_OK));
}

static void commit(int64_t next)
{
	enum vg_rc rc = part_fix_commit(part, next, LOG, &err);

	cr_assert(rc == VG_OK, "%s", err.text);
}

static int64_t stored(int64_t hour, enum vg_verdict v)
{
	char bucket[64];

	snprintf(bucket, sizeof bucket, "a:%lld", (long long)hour);
	return atoll(part_fix_cell(&f, 0, bucket, vg_verdict_name(v)));
}

static void adds_up(int64_t hour)
{
	int64_t sum = 0;

	for (int v = 0; v < VG_VERDICT_N; v++)
		if (vg_verdict_kind((enum vg_verdict)v) != 'n')
			sum += stored(hour, (enum vg_verdict)v);
	cr_assert(eq(i64, stored(hour, VG_VERDICT_RECEIVED), sum));
}

Test(account, law4_received_is_the_sum_of_all_verdicts)
{
	int64_t n = 0;

	for (int round = 0; round < 3; round++) {
		for (int v = 0; v < VG_VERDICT_N; v++) {
			if (v == VG_VERDICT_RECEIVED)
				continue;
			tally((enum vg_verdict)v, LOG + v, v % 4 + 1);
			if (vg_verdict_kind((enum vg_verdict)v) != 'n')
				n += v % 4 + 1;
		}
		commit(round * 100 + 100);
	}
	cr_assert(eq(i64, stored(LOG, VG_VERDICT_RECEIVED), n));
	for (int v = 1; v < VG_VERDICT_N; v++)
		cr_assert(eq(i64, stored(LOG, (enum vg_verdict)v),
			     3 * (v % 4 + 1)),
			  "%s", vg_verdict_name((enum vg_verdict)v));
	adds_up(LOG);
}

Test(account, law4_each_record_is_in_the_hour_of_its_timestamp)
{
	tally(VG_VERDICT_DUPLICATE, LOG, 1);
	tally(VG_VERDICT_R_SYNTAX, LOG + HOUR_MS - 1, 2);
	tally(VG_VERDICT_COUNTED, LOG + HOUR_MS, 4);
	tally(VG_VERDICT_DUPLICATE, LOG, 8);
	commit(15);
	cr_assert(eq(i64, stored(LOG, VG_VERDICT_DUPLICATE), 9));
	cr_assert(eq(i64, stored(LOG, VG_VERDICT_R_SYNTAX), 2));
	cr_assert(eq(i64, stored(LOG + HOUR_MS, VG_VERDICT_COUNTED), 4));
	cr_assert(eq(i64, stored(LOG, VG_VERDICT_COUNTED), 0));
	adds_up(LOG);
	adds_up(LOG + HOUR_MS);
}

Test(account, law4_a_timestamp_before_1970_has_its_hour_too)
{
	tally(VG_VERDICT_R_EMPTY, -1, 1);
	cr_assert(eq(int, part_fix_commit(part, 1, -1, &err), VG_OK), "%s",
		  err.text);
	cr_assert(eq(i64, stored(-HOUR_MS, VG_VERDICT_R_EMPTY), 1));
	adds_up(-HOUR_MS);
}

Test(account, law4_goes_on_from_what_is_stored)
{
	tally(VG_VERDICT_DUPLICATE, LOG, 3);
	commit(3);
	vg_part_free(part);
	part = part_fix_part(&f, f.store, 0);
	tally(VG_VERDICT_DUPLICATE, LOG, 4);
	commit(7);
	cr_assert(eq(i64, stored(LOG, VG_VERDICT_DUPLICATE), 7));
	adds_up(LOG);
}

Test(account, law4_a_refused_batch_is_in_no_account)
{
	tally(VG_VERDICT_DUPLICATE, LOG, 3);
	commit(3);
	tally(VG_VERDICT_DUPLICATE, LOG, 4);
	cr_assert(eq(int,
		     vg_store_callf(f.store, NULL, &err, "HSET",
				    "vg:{alerts.ma:0}:o", "off", "99", NULL),
		     VG_OK));
	cr_assert(eq(int, part_fix_commit(part, 7, LOG, &err), VG_DROP));
	cr_assert(eq(i64, stored(LOG, VG_VERDICT_DUPLICATE), 3));
}

Test(account, counts_occurrences_beside_records)
{
	struct vg_event e = part_event(&f, LOG, "IL", NULL);

	e.count = 1000000;
	part_fix_take(part, &e, 0, LOG);
	part_fix_take(part, &e, 1, LOG);
	commit(2);
	cr_assert(eq(i64, stored(LOG, VG_VERDICT_EVENTS), 2000000));
	cr_assert(eq(i64, stored(LOG, VG_VERDICT_COUNTED), 2));
	cr_assert(eq(i64, stored(LOG, VG_VERDICT_RECEIVED), 2));
}
