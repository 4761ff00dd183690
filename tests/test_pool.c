#include "api/pool.h"
#include "api_fixture.h"
#include "fake_world.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

static struct api_fixture f;
static struct vg_pool *pool;
static struct vg_store *a, *b;
static struct vg_err err;

static void start(void)
{
	api_fixture_init(&f);
	pool = f.service.pool;
}

static void finish(void)
{
	api_fixture_term(&f);
}

TestSuite(pool, .init = start, .fini = finish);

Test(pool, opens_a_store_only_when_none_is_free)
{
	cr_assert(eq(int, vg_pool_take(pool, 0, &a, &err), VG_OK));
	cr_assert(eq(int, vg_pool_take(pool, 0, &b, &err), VG_OK));
	cr_assert(ne(ptr, a, b));
	vg_pool_give(pool, a, VG_OK, 0);
	vg_pool_give(pool, b, VG_OK, 0);
	cr_assert(eq(int, vg_pool_take(pool, 0, &a, &err), VG_OK));
	vg_pool_give(pool, a, VG_INVAL, 0);
	cr_assert(eq(int, vg_pool_take(pool, 0, &a, &err), VG_OK));
	vg_pool_give(pool, a, VG_OK, 0);
	cr_assert(eq(uint, fake_world()->n_stores, 2));
}

Test(pool, refuses_for_a_second_after_a_store_was_away)
{
	struct vg_store *untouched = NULL;

	cr_assert(eq(int, vg_pool_take(pool, 5000, &a, &err), VG_OK));
	vg_pool_give(pool, a, VG_RETRY, 5000);
	cr_assert(
		eq(int, vg_pool_take(pool, 5000, &untouched, &err), VG_RETRY));
	cr_assert(
		eq(int, vg_pool_take(pool, 5999, &untouched, &err), VG_RETRY));
	cr_assert(untouched == NULL);
	cr_assert(eq(int, vg_pool_take(pool, 6000, &a, &err), VG_OK));
	vg_pool_give(pool, a, VG_OK, 6000);
	cr_assert(eq(int, vg_pool_take(pool, 6000, &a, &err), VG_OK));
	vg_pool_give(pool, a, VG_OK, 6000);
}

Test(pool, does_not_wait_longer_when_the_clock_steps_back)
{
	cr_assert(eq(int, vg_pool_take(pool, 5000, &a, &err), VG_OK));
	vg_pool_give(pool, a, VG_RETRY, 5000);
	cr_assert(eq(int, vg_pool_take(pool, 4999, &a, &err), VG_OK));
	vg_pool_give(pool, a, VG_OK, 4999);
}
