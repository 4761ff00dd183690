#include "alert/state.h"
#include "alert/wake.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

enum { N = 500 };

static struct vg_wake *w;
static struct vg_active a[N];

static void nobody_waits(void)
{
	w = vg_wake_new();
	cr_assert(w != NULL);
}

static void all_go(void)
{
	while (vg_wake_next(w, INT64_MAX) != NULL)
		;
	vg_wake_free(w);
}

TestSuite(wake, .init = nobody_waits, .fini = all_go);

Test(wake, gives_nobody_before_their_time)
{
	cr_assert(vg_wake_at(w, &a[0], 100));
	cr_assert(eq(ptr, vg_wake_next(w, 99), NULL));
	cr_assert(eq(ptr, vg_wake_next(w, 100), &a[0]));
	cr_assert(eq(ptr, vg_wake_next(w, INT64_MAX), NULL));
}

Test(wake, keeps_the_earliest_time_that_was_asked_for)
{
	cr_assert(vg_wake_at(w, &a[0], 100));
	cr_assert(vg_wake_at(w, &a[0], 200));
	cr_assert(vg_wake_at(w, &a[1], 150));
	cr_assert(eq(ptr, vg_wake_next(w, 100), &a[0]));
	cr_assert(vg_wake_at(w, &a[1], 50));
	cr_assert(eq(ptr, vg_wake_next(w, 50), &a[1]));
	cr_assert(eq(sz, vg_wake_count(w), 0));
}

static uint32_t dice(uint32_t *state)
{
	*state = *state * 1664525u + 1013904223u;
	return *state >> 8;
}

Test(wake, gives_them_in_the_order_of_time_whoever_is_taken_out)
{
	uint32_t r = 5;
	int64_t last = INT64_MIN;
	size_t n = 0;
	struct vg_active *x;

	for (int i = 0; i < N; i++)
		cr_assert(vg_wake_at(w, &a[i], dice(&r) % 1000));
	for (int i = 0; i < N; i += 3) {
		vg_wake_drop(w, &a[i]);
		vg_wake_drop(w, &a[i]);
	}
	for (int i = 1; i < N; i += 7)
		cr_assert(vg_wake_at(w, &a[i], dice(&r) % 1000));
	while ((x = vg_wake_next(w, 1000)) != NULL) {
		cr_assert(ge(i64, x->wake_ms, last));
		last = x->wake_ms;
		n++;
	}
	cr_assert(ge(sz, n, N - (N + 2) / 3));
}
