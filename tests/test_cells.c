#include "aggregate/cells.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>

enum { SEED = 42, MANY = 20000 };

static struct vg_slice key(char buf[32], int i)
{
	return (struct vg_slice){
		buf, (uint32_t)snprintf(buf, 32, "G*\x1f%d", i * 7919)};
}

Test(table, a_new_field_is_zero_and_then_keeps_its_numbers)
{
	struct vg_table *t = vg_table_new(4, SEED);
	bool is_new = false;
	int64_t *v = vg_table_at(t, vg_slice_of("f"), &is_new);

	cr_assert(is_new);
	for (int i = 0; i < 4; i++) {
		cr_assert(eq(i64, v[i], 0));
		v[i] = i + 1;
	}
	v = vg_table_at(t, vg_slice_of("f"), &is_new);
	cr_assert(not(is_new));
	cr_assert(eq(i64, v[3], 4));
	cr_assert(eq(ptr, vg_table_get(t, vg_slice_of("f")), v));
	cr_assert(eq(ptr, vg_table_get(t, vg_slice_of("g")), NULL));
	vg_table_free(t);
}

Test(table, an_empty_one_answers_everything)
{
	struct vg_table *t = vg_table_new(1, SEED);
	struct vg_slice f;
	int64_t *v;
	size_t pos = 0;

	cr_assert(eq(ptr, vg_table_get(t, vg_slice_of("a")), NULL));
	vg_table_remove(t, vg_slice_of("a"));
	cr_assert(not(vg_table_next(t, &pos, &f, &v)));
	cr_assert(eq(sz, vg_table_count(t), 0));
	vg_table_free(t);
	vg_table_free(NULL);
}

Test(table, fields_are_bytes_also_empty_and_with_nul)
{
	struct vg_table *t = vg_table_new(1, SEED);
	struct vg_slice a = {"x\0y", 3}, b = {"x\0z", 3}, none = {NULL, 0};

	*vg_table_at(t, a, NULL) = 1;
	*vg_table_at(t, b, NULL) = 2;
	*vg_table_at(t, none, NULL) = 3;
	cr_assert(eq(i64, *vg_table_get(t, a), 1));
	cr_assert(eq(i64, *vg_table_get(t, b), 2));
	cr_assert(eq(i64, *vg_table_get(t, none), 3));
	vg_table_free(t);
}

/* Random inserts and removes against a plain array. */
Test(table, agrees_with_a_plain_array_under_random_changes)
{
	struct vg_table *t = vg_table_new(2, SEED);
	static int64_t truth[2000]; /* 0: absent */
	unsigned seed = 7;
	char buf[32];
	size_t count = 0, pos = 0, walked = 0;
	struct vg_slice f;
	int64_t *v, sum = 0, truth_sum = 0;

	for (int step = 1; step < 200000; step++) {
		int i = rand_r(&seed) % 2000;

		if (rand_r(&seed) % 3 == 0) {
			vg_table_remove(t, key(buf, i));
			count -= truth[i] != 0;
			truth[i] = 0;
		} else {
			bool is_new;

			v = vg_table_at(t, key(buf, i), &is_new);
			cr_assert(eq(int, is_new, truth[i] == 0));
			cr_assert(eq(i64, v[1], truth[i]));
			count += truth[i] == 0;
			truth[i] = v[1] = step;
		}
		cr_assert(eq(sz, vg_table_count(t), count));
	}
	for (int i = 0; i < 2000; i++) {
		v = vg_table_get(t, key(buf, i));
		cr_assert(eq(i64, v != NULL ? v[1] : 0, truth[i]));
		truth_sum += truth[i];
	}
	for (; vg_table_next(t, &pos, &f, &v); walked++)
		sum += v[1];
	cr_assert(eq(sz, walked, count));
	cr_assert(eq(i64, sum, truth_sum));
	/* Removed records are reused: 2,000 cells at most, not 130,000. */
	cr_assert(lt(sz, vg_table_bytes(t), 2000 * 150));
	vg_table_free(t);
}

Test(table, a_cell_costs_at_most_a_hundred_bytes)
{
	struct vg_table *t = vg_table_new(2, SEED);
	char name[40];

	for (int i = 0; i < MANY; i++) {
		snprintf(name, sizeof name, "G*\x1f%024d", i);
		cr_assert(vg_table_at(t, vg_slice_of(name), NULL) != NULL);
		if (i > 1000)
			cr_assert(le(sz, vg_table_bytes(t),
				     vg_table_count(t) * 100));
	}
	vg_table_free(t);
}

Test(cells, buckets_differ_by_aggregate_resolution_and_start)
{
	struct vg_cells *c = vg_cells_new(SEED);
	struct vg_bucket_id id[] = {
		{VG_AGG_COUNTRY, VG_RES_1M, 0},
		{VG_AGG_COUNTRY, VG_RES_10S, 0},
		{VG_AGG_PARTNER, VG_RES_1M, 0},
		{VG_AGG_COUNTRY, VG_RES_1M, 60000},
		{VG_AGG_COUNTRY, VG_RES_1M, -60000},
	};
	bool is_new;

	for (int i = 0; i < 5; i++) {
		struct vg_table *t = vg_cells_at(c, id[i], &is_new);

		cr_assert(is_new);
		*vg_table_at(t, vg_slice_of("f"), NULL) = i;
	}
	for (int i = 0; i < 5; i++)
		cr_assert(eq(i64,
			     *vg_table_get(vg_cells_at(c, id[i], &is_new),
					   vg_slice_of("f")),
			     i));
	cr_assert(not(is_new));
	vg_cells_free(c);
}

Test(cells, drop_frees_one_bucket_and_finds_the_others)
{
	struct vg_cells *c = vg_cells_new(SEED);
	struct vg_bucket_id id = {VG_AGG_ACTOR, VG_RES_1M, 0};
	struct vg_table *t;
	size_t pos = 0, n = 0, empty = vg_cells_bytes(c);

	vg_cells_drop(c, id);
	for (int i = 0; i < 5000; i++) {
		id.start_ms = i * 60000;
		t = vg_cells_at(c, id, NULL);
		*vg_table_at(t, vg_slice_of("f"), NULL) = i;
	}
	for (int i = 0; i < 5000; i += 2) {
		id.start_ms = i * 60000;
		vg_cells_drop(c, id);
	}
	for (int i = 0; i < 5000; i++) {
		id.start_ms = i * 60000;
		t = vg_cells_get(c, id);
		cr_assert(eq(int, t != NULL, i % 2));
		if (t != NULL)
			cr_assert(
				eq(i64, *vg_table_get(t, vg_slice_of("f")), i));
	}
	while (vg_cells_next(c, &pos, &id, &t))
		n++;
	cr_assert(eq(sz, n, 2500));
	for (int i = 1; i < 5000; i += 2) {
		id.start_ms = i * 60000;
		vg_cells_drop(c, id);
	}
	/* Only the index of buckets is left. */
	cr_assert(lt(sz, vg_cells_bytes(c), empty + 8192 * 32));
	vg_cells_free(c);
}

Test(cells, bytes_follow_what_the_tables_hold)
{
	struct vg_cells *c = vg_cells_new(SEED);
	struct vg_bucket_id id = {VG_AGG_ACTOR, VG_RES_1M, 0};
	struct vg_table *t = vg_cells_at(c, id, NULL);
	size_t before = vg_cells_bytes(c), table = vg_table_bytes(t);
	char buf[32];

	for (int i = 0; i < 1000; i++)
		vg_table_at(t, key(buf, i), NULL);
	cr_assert(
		eq(sz, vg_cells_bytes(c) - before, vg_table_bytes(t) - table));
	vg_cells_drop(c, id);
	cr_assert(eq(sz, vg_cells_bytes(c), before - table));
	vg_cells_free(c);
	vg_cells_free(NULL);
}
