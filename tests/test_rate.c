#include "api/rate.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

#define NOW_MS INT64_C(1772366400500)

static struct vg_rates *table;
static const uint8_t A[VG_RATE_KEY] = {1}, B[VG_RATE_KEY] = {2};
static const struct vg_rate_limit FIVE = {.rate = 2, .burst = 5};

static void start(void)
{
	struct vg_err err;

	cr_assert(eq(int, vg_rates_new(&table, 7, &err), VG_OK));
}

static void finish(void)
{
	vg_rates_free(table);
}

TestSuite(rate, .init = start, .fini = finish);

static struct vg_rate_state take(const uint8_t *key, int64_t after_ms)
{
	return vg_rates_take(table, key, &FIVE, NOW_MS + after_ms);
}

Test(rate, gives_the_burst_and_not_one_more)
{
	struct vg_rate_state s;

	for (int i = 4; i >= 0; i--) {
		s = take(A, 0);
		cr_assert(s.ok);
		cr_assert(eq(int, (int)s.left, i));
	}
	cr_assert(eq(int, (int)s.more_s, 1)); /* 0.5 */
	s = take(A, 0);
	cr_assert(not(s.ok));
	cr_assert(eq(int, (int)s.retry_s, 1));
	cr_assert(take(B, 0).ok, "each has his own");
}

Test(rate, fills_with_time)
{
	for (int i = 0; i < 5; i++)
		(void)take(A, 0);
	cr_assert(not(take(A, 499).ok));
	cr_assert(take(A, 500).ok);
	cr_assert(not(take(A, 500).ok));
	cr_assert(eq(int, (int)take(A, 60000).left, 4));
}

Test(rate, counts_no_refused_request)
{
	for (int i = 0; i < 100; i++)
		(void)take(A, 0);
	cr_assert(take(A, 500).ok);
}

Test(rate, shuts_nobody_out_when_the_clock_is_set_back)
{
	for (int i = 0; i < 5; i++)
		(void)take(A, 3600000);
	cr_assert(not(take(A, 0).ok));
	cr_assert(take(A, 500).ok);
}

Test(rate, holds_the_largest_limit)
{
	const struct vg_rate_limit most = {.rate = VG_RATE_MOST,
					   .burst = VG_RATE_MOST};
	int64_t n = 0;

	while (vg_rates_take(table, A, &most, NOW_MS).ok)
		n++;
	cr_assert(eq(int, (int)n, VG_RATE_MOST));
	cr_assert(eq(int, (int)vg_rate_window_s(&most), 1));
}

/* More askers than the table has room for: bounded, and each new one is let
 * in. */
Test(rate, is_bounded_and_lets_new_askers_in)
{
	for (int i = 0; i < 4 * VG_RATE_SETS * VG_RATE_WAYS; i++) {
		uint8_t key[VG_RATE_KEY] = {0};

		memcpy(key, &i, sizeof i);
		cr_assert(take(key, 0).ok);
	}
}
