#include "ingest/dedup.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>

static struct vg_dedup *table(int64_t span)
{
	struct vg_dedup *d = NULL;

	cr_assert(eq(int, vg_dedup_new(&d, span, NULL), VG_OK));
	return d;
}

static bool note(struct vg_dedup *d, int64_t offset, uint64_t id)
{
	bool seen = false;

	cr_assert(eq(int,
		     vg_dedup_note(d, offset, (struct vg_hash128){id, id},
				   &seen, NULL),
		     VG_OK));
	return seen;
}

static uint64_t next(uint64_t *s)
{
	*s ^= *s << 13;
	*s ^= *s >> 7;
	*s ^= *s << 17;
	return *s;
}

Test(dedup, knows_an_id_exactly_the_span_ago)
{
	struct vg_dedup *d = table(10);

	cr_assert(not(note(d, 5, 1)));
	cr_assert(note(d, 15, 1));
	vg_dedup_free(d);
}

Test(dedup, has_forgotten_an_id_one_past_the_span)
{
	struct vg_dedup *d = table(10);

	cr_assert(not(note(d, 5, 1)));
	cr_assert(not(note(d, 16, 1)));
	vg_dedup_free(d);
}

Test(dedup, counts_the_span_from_the_newest_sighting)
{
	struct vg_dedup *d = table(10);

	cr_assert(not(note(d, 0, 1)));
	cr_assert(note(d, 9, 1));
	cr_assert(note(d, 19, 1));
	cr_assert(not(note(d, 30, 1)));
	cr_assert(note(d, 31, 1));
	vg_dedup_free(d);
}

Test(dedup, tells_ids_apart_by_all_128_bits)
{
	struct vg_dedup *d = table(10);
	bool seen = true;

	cr_assert(
		eq(int,
		   vg_dedup_note(d, 0, (struct vg_hash128){1, 7}, &seen, NULL),
		   VG_OK));
	cr_assert(
		eq(int,
		   vg_dedup_note(d, 1, (struct vg_hash128){2, 7}, &seen, NULL),
		   VG_OK));
	cr_assert(not(seen));
	cr_assert(
		eq(int,
		   vg_dedup_note(d, 2, (struct vg_hash128){1, 7}, &seen, NULL),
		   VG_OK));
	cr_assert(seen);
	vg_dedup_free(d);
}

Test(dedup, holds_the_id_of_zero_bits_at_offset_zero)
{
	struct vg_dedup *d = table(1);

	cr_assert(not(note(d, 0, 0)));
	cr_assert(note(d, 1, 0));
	vg_dedup_free(d);
}

Test(dedup, refuses_an_offset_that_does_not_follow)
{
	struct vg_dedup *d = table(10);
	struct vg_err err = {0};
	bool seen = true;

	note(d, 5, 1);
	cr_assert(
		eq(int,
		   vg_dedup_note(d, 5, (struct vg_hash128){1, 1}, &seen, &err),
		   VG_INVAL));
	cr_assert(seen, "the output moved on failure");
	cr_assert(ne(str, err.text, ""));
	cr_assert(note(d, 6, 1));
	vg_dedup_free(d);
}

Test(dedup, takes_a_span_of_1_and_up_to_its_limit)
{
	struct vg_dedup *d = NULL;

	cr_assert(eq(int, vg_dedup_new(&d, 0, NULL), VG_INVAL));
	cr_assert(eq(int, vg_dedup_new(&d, -1, NULL), VG_INVAL));
	cr_assert(eq(int, vg_dedup_new(&d, VG_DEDUP_SPAN_MAX + 1, NULL),
		     VG_INVAL));
	cr_assert(d == NULL);
	d = table(VG_DEDUP_SPAN_MAX); /* untouched pages cost nothing */
	vg_dedup_free(d);
	vg_dedup_free(NULL);
}

Test(dedup, never_holds_more_than_two_thirds_of_its_slots)
{
	static const int64_t spans[] = {1, 2, 3, 4, 1000, 1024, 1025};

	for (size_t s = 0; s < sizeof spans / sizeof spans[0]; s++) {
		struct vg_dedup *d = table(spans[s]);
		size_t slots = vg_dedup_slots(d);
		uint64_t seed = 7;

		for (int64_t o = 0; o < 200000; o++) {
			note(d, o, next(&seed));
			cr_assert(3 * vg_dedup_held(d) <= 2 * slots,
				  "span %lld at %lld", (long long)spans[s],
				  (long long)o);
		}
		cr_assert(eq(sz, vg_dedup_slots(d), slots));
		vg_dedup_free(d);
	}
}

/* The model remembers, for each of few ids, its newest offset. The low bits of
 * the hashes collide on purpose, so that removals move long runs. */
static void compare_with_model(int64_t span, uint64_t ids, uint64_t gap)
{
	struct vg_dedup *d = table(span);
	int64_t *newest = malloc(ids * sizeof *newest);
	uint64_t seed = 99 + ids;
	unsigned hits = 0;
	int64_t o = 0;

	for (uint64_t i = 0; i < ids; i++)
		newest[i] = -1;
	for (int k = 0; k < 100000; k++) {
		uint64_t id = next(&seed) % ids;
		struct vg_hash128 h = {.hi = id, .lo = id % 16 * 3};
		bool want = newest[id] >= 0 && o - newest[id] <= span;
		bool got = !want;

		cr_assert(eq(int, vg_dedup_note(d, o, h, &got, NULL), VG_OK));
		cr_assert(got == want, "span %lld offset %lld", (long long)span,
			  (long long)o);
		hits += want;
		newest[id] = o;
		o += 1 + (int64_t)(next(&seed) % gap);
	}
	cr_assert(hits > 1000 && hits < 99000);
	free(newest);
	vg_dedup_free(d);
}

Test(dedup, agrees_with_a_naive_model_over_100000_random_ids)
{
	compare_with_model(64, 100, 1);
	compare_with_model(100, 150, 3);
	compare_with_model(256, 1000, 1);
	compare_with_model(3, 5, 2);
}

Test(dedup, agrees_with_the_model_when_ids_scatter)
{
	struct vg_dedup *d = table(4096);
	int64_t *newest = calloc(20000, sizeof *newest);
	uint64_t seed = 5;

	for (int64_t o = 1; o <= 100000; o++) {
		uint64_t id = next(&seed) % 20000;
		bool want = newest[id] > 0 && o - newest[id] <= 4096;

		cr_assert(note(d, o, id * UINT64_C(0x9e3779b97f4a7c15)) ==
			  want);
		newest[id] = o;
	}
	free(newest);
	vg_dedup_free(d);
}
