#include "core/clock.h"
#include "core/metric.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <pthread.h>
#include <string.h>

static struct vg_metrics m;

Test(metric, names_every_metric_once)
{
	for (size_t i = 0; i < VG_M_COUNT; i++) {
		const struct vg_metric_info *a = vg_metric_info(i);
		cr_assert(eq(int, strncmp(a->name, "vigie_", 6), 0));
		cr_assert(a->kind == 'c' || a->kind == 'g');
		cr_assert(gt(sz, strlen(a->help), 0));
		for (size_t k = 0; k < i; k++)
			cr_assert(ne(str, (char *)vg_metric_info(k)->name,
				     (char *)a->name));
	}
	cr_assert(eq(ptr, (void *)vg_metric_info(VG_M_COUNT), NULL));
}

Test(metric, adds_and_sets_one_value_alone)
{
	vg_metric_add(&m, VG_M_COUNTED, 3);
	vg_metric_add(&m, VG_M_COUNTED, 4);
	vg_metric_set(&m, VG_M_STOPPED, 9);
	vg_metric_set(&m, VG_M_STOPPED, 2);
	cr_assert(eq(i64, vg_metric_get(&m, VG_M_COUNTED), 7));
	cr_assert(eq(i64, vg_metric_get(&m, VG_M_STOPPED), 2));
	cr_assert(eq(i64, vg_metric_get(&m, VG_M_RECORDS), 0));
}

Test(metric, takes_no_metrics_as_silence)
{
	vg_metric_add(NULL, VG_M_COUNTED, 1);
	vg_metric_set(NULL, VG_M_STOPPED, 1);
}

static void *add_many(void *ctx)
{
	for (int i = 0; i < 100000; i++)
		vg_metric_add(ctx, VG_M_RECORDS, 1);
	return NULL;
}

Test(metric, loses_no_addition_between_threads)
{
	pthread_t t[3];

	for (int i = 0; i < 3; i++)
		cr_assert(
			eq(int, pthread_create(&t[i], NULL, add_many, &m), 0));
	for (int i = 0; i < 3; i++)
		pthread_join(t[i], NULL);
	cr_assert(eq(i64, vg_metric_get(&m, VG_M_RECORDS), 300000));
}

Test(clock, reads_this_century_and_never_goes_back)
{
	struct vg_clock c = vg_clock_system();
	int64_t before = vg_mono_ms(&c);

	cr_assert(gt(i64, vg_now_ms(&c), INT64_C(1700000000000)));
	cr_assert(ge(i64, vg_mono_ms(&c), before));
}
