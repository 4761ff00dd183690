/* Hours kept by value: the same answers, and forgotten when a cell changes. */
#include "aggregate/cap.h"
#include "aggregate/pack.h"
#include "aggregate/query.h"
#include "view_fix.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>

enum { MIN = 60000, HOURS = 4, CASES = 300 };
#define HOUR  INT64_C(3600000)
#define AUD_G "G*\x1f"

static struct fix fix;
static struct vg_view *view;
static _Atomic size_t bytes;
static uint64_t state = 88172645463325252u;

static unsigned rnd(unsigned n)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (unsigned)(state % n);
}

static void start(void)
{
	fix_init(&fix, true);
	cr_assert(vg_view_new(&view, &fix.env, NULL, NULL) == VG_OK);
}

static void finish(void)
{
	vg_view_free(view);
	fix_term(&fix);
}

TestSuite(pack, .init = start, .fini = finish, .timeout = 120);

static struct vg_bucket_id minute(unsigned agg, int i)
{
	return (struct vg_bucket_id){(uint16_t)agg, VG_RES_1M,
				     (int64_t)i * MIN};
}

/* A partition whose hours may be packed, up to `max` bytes. */
static struct vg_view_feed *feed(const char *partner, size_t max)
{
	struct vg_view_feed *f = fix_feed(view, partner);

	f->packs = vg_packs_new(&bytes, max, 7);
	cr_assert(f->packs != NULL);
	return f;
}

static const struct vg_pack *get(struct vg_view_feed *f, int64_t hour_ms)
{
	return vg_packs_get(f->packs, f->cells, VG_AGG_COUNTRY, hour_ms);
}

Test(pack, is_made_when_an_hour_is_asked_for_again)
{
	struct vg_view_feed *f = feed("MA", SIZE_MAX);

	fix_set(f, minute(VG_AGG_COUNTRY, 0), AUD_G "MA", 5, 1);
	fix_set(f, minute(VG_AGG_COUNTRY, 59), AUD_G "MA", 7, 2);
	fix_set(f, minute(VG_AGG_COUNTRY, 60), AUD_G "IL", 9, 9);
	cr_assert(get(f, 0) == NULL);
	cr_assert(vg_packs_find(f->packs, VG_AGG_COUNTRY, 0) == NULL);
	const struct vg_pack *pack = get(f, 0);
	cr_assert(pack != NULL);
	cr_assert(pack == vg_packs_find(f->packs, VG_AGG_COUNTRY, 0));
	cr_assert(eq(sz, pack->n_fields, 1));
	cr_assert(vg_slice_eq(pack->field[0], vg_slice_of(AUD_G "MA")));
	cr_assert(eq(u32, pack->first[1], 2));
	cr_assert(eq(u32, pack->minute[0] + pack->minute[1], 59));
	cr_assert(eq(u32, pack->v[0] + pack->v[2], 12));
	cr_assert(eq(u32, pack->v[1] + pack->v[3], 3));
}

Test(pack, of_an_hour_without_cells_keeps_nothing)
{
	struct vg_view_feed *f = feed("MA", SIZE_MAX);

	for (int64_t h = 0; h < 10000; h++)
		cr_assert(eq(sz, get(f, h * HOUR)->n_fields, 0));
	cr_assert(vg_packs_find(f->packs, VG_AGG_COUNTRY, 0) == NULL);
	cr_assert(eq(sz, bytes, 0));
}

Test(pack, is_not_made_of_a_rest_nor_of_what_needs_more_than_32_bits)
{
	struct vg_view_feed *f = feed("MA", SIZE_MAX);

	fix_set(f, minute(VG_AGG_COUNTRY, 0), AUD_G VG_OTHER, 5, 1);
	fix_set(f, minute(VG_AGG_COUNTRY, 60), AUD_G "MA", UINT32_MAX, 1);
	fix_set(f, minute(VG_AGG_COUNTRY, 120), AUD_G "MA",
		INT64_C(1) + UINT32_MAX, 1);
	for (int i = 0; i < 3; i++)
		cr_assert(get(f, 0) == NULL);
	cr_assert(get(f, HOUR) == NULL);
	cr_assert(eq(u32, get(f, HOUR)->v[0], UINT32_MAX));
	for (int i = 0; i < 3; i++)
		cr_assert(get(f, 2 * HOUR) == NULL);
}

Test(pack, is_not_made_past_the_bound_and_gives_its_bytes_back)
{
	struct vg_view_feed *f = feed("MA", 1), *g = feed("IL", 1);

	fix_set(f, minute(VG_AGG_COUNTRY, 0), AUD_G "MA", 5, 1);
	fix_set(g, minute(VG_AGG_COUNTRY, 0), AUD_G "IL", 5, 1);
	(void)get(f, 0);
	cr_assert(get(f, 0) != NULL);
	cr_assert(gt(sz, bytes, 0));
	(void)get(g, 0);
	cr_assert(get(g, 0) == NULL);
	vg_packs_forget(f->packs, minute(VG_AGG_COUNTRY, 30));
	cr_assert(eq(sz, bytes, 0));
	cr_assert(get(g, 0) != NULL);
	vg_packs_clear(g->packs);
	cr_assert(eq(sz, bytes, 0));
	cr_assert(vg_packs_find(g->packs, VG_AGG_COUNTRY, 0) == NULL);
}

static const char *const audiences[] = {"G*", "R0", "A*", "S1"};
static const char *const values[] = {"MA", "IL", "AE", "US", "BH", VG_OTHER};

static void fill(void)
{
	static const char *const partner[] = {"MA", "IL", "MA"};

	for (int p = 0; p < 3; p++) {
		struct vg_view_feed *f = feed(partner[p], SIZE_MAX);

		for (int n = 0; n < 2000; n++) {
			const bool actor = rnd(2) == 0;
			/* Rests are rare, so that some hours have none. */
			const unsigned v = rnd(2000) == 0 ? 5 : rnd(5);
			char field[64];

			snprintf(field, sizeof field, "%s\x1f%s",
				 audiences[rnd(4)], values[v]);
			fix_set(f,
				minute(actor ? VG_AGG_ACTOR : VG_AGG_COUNTRY,
				       (int)rnd(HOURS * 60)),
				field, rnd(50), rnd(3));
		}
	}
}

static struct vg_query random_query(void)
{
	static const char *const fields[] = {"actor", "country"};
	const char *field = fields[rnd(2)];
	struct vg_query q = {.viewer = (int)rnd(3),
			     .step = VG_RES_1M,
			     .from_ms = (int64_t)rnd(HOURS * 60) * MIN,
			     .totals = rnd(2) == 0,
			     .reports = rnd(2) == 0,
			     .now_ms = 10 * HOUR};

	q.to_ms = q.from_ms + (1 + (int64_t)rnd(HOURS * 60)) * MIN;
	if (rnd(3) > 0) {
		q.by[q.n_by++] = vg_slice_of(field);
	} else {
		q.where_field[q.n_where] = vg_slice_of(field);
		q.where_value[q.n_where++] = vg_slice_of(values[rnd(6)]);
	}
	return q;
}

static void print(struct vg_buf *out, const struct vg_query *q)
{
	struct vg_query_result r = {.marking = -1};
	struct vg_err err = {0};

	vg_buf_reset(out);
	cr_assert(vg_query_series(&r, q, view, fix.store, &err) == VG_OK, "%s",
		  err.text);
	vg_buf_printf(out, "%d %llx %zu:", r.marking,
		      (unsigned long long)r.folded, r.n_times);
	for (size_t k = 0; k < r.n_rows; k++) {
		if (q->n_by > 0)
			vg_buf_add(out, r.row[k].key[0].p, r.row[k].key[0].n);
		vg_buf_printf(out, "=%lld", (long long)r.row[k].total);
		for (size_t i = 0; !q->totals && i < r.n_times; i++)
			vg_buf_printf(out, " %lld",
				      (long long)r.row[k].value[i]);
		vg_buf_str(out, ";");
	}
	vg_query_result_term(&r);
}

/* The hours in which some partition has a rest are read by the minute: both
 * ways meet in most answers. */
Test(pack, answers_are_the_same_with_it_and_without)
{
	struct vg_buf plain = {0}, packed = {0};

	int used = 0;

	fill();
	for (int n = 0; n < CASES; n++) {
		const struct vg_query q = random_query();

		for (size_t p = 0; p < view->n_parts; p++)
			vg_packs_clear(view->feed[p]->packs);
		print(&plain, &q);
		for (int again = 0; again < 2; again++) {
			print(&packed, &q);
			cr_assert(vg_slice_eq(
				(struct vg_slice){plain.p, (uint32_t)plain.n},
				(struct vg_slice){packed.p,
						  (uint32_t)packed.n}));
		}
		used += bytes > 0;
	}
	cr_assert(gt(int, used, CASES / 2));
	vg_buf_term(&plain);
	vg_buf_term(&packed);
}

static int64_t now = 1000000;

static void step(void)
{
	struct vg_err err = {0};
	size_t applied = 0;

	now += 2000; /* every look at Redis is due */
	cr_assert(vg_view_step(view, fix.store, now, 0, &applied, &err) ==
			  VG_OK,
		  "%s", err.text);
}

static void commit(int64_t prev, int64_t off, const char *field,
		   const char *cell)
{
	const struct fix_cell c = {"c:country:1m:0", field, cell};

	fix_commit(&fix, &(struct fix_batch){.topic = "alerts.ma",
					     .prev = prev,
					     .off = off,
					     .wm = 500,
					     .lt = 1000,
					     .cell = &c,
					     .n = 1});
	step();
}

/* MA's events in minute 0, asked so often that the hour is packed. */
static int64_t morocco(void)
{
	const struct vg_query q = {.viewer = FIX_MA,
				   .step = VG_RES_1M,
				   .to_ms = MIN,
				   .n_where = 1,
				   .where_field = {vg_slice_of("country")},
				   .where_value = {vg_slice_of("MA")},
				   .now_ms = now};
	int64_t total = -1;

	for (int i = 0; i < 3; i++) {
		struct vg_query_result r = {.marking = -1};
		struct vg_err err = {0};

		cr_assert(vg_query_series(&r, &q, view, fix.store, &err) ==
				  VG_OK,
			  "%s", err.text);
		cr_assert(i == 0 || r.row[0].total == total);
		total = r.row[0].total;
		vg_query_result_term(&r);
	}
	return total;
}

Test(pack, law1_is_forgotten_when_a_cell_changes_or_goes)
{
	commit(0, 2, AUD_G "MA", "3,1");
	cr_assert(eq(i64, morocco(), 3));
	cr_assert(gt(sz, *view->pack_bytes, 0));
	commit(2, 3, AUD_G "MA", "8,2");
	cr_assert(eq(i64, morocco(), 8));
	commit(3, 4, "R0\x1fMA", "1,1");
	cr_assert(eq(i64, morocco(), 9));
	commit(4, 5, AUD_G "MA", NULL);
	cr_assert(eq(i64, morocco(), 1));
	commit(5, 6, NULL, NULL);
	cr_assert(eq(i64, morocco(), 0));
	cr_assert(eq(sz, *view->pack_bytes, 0));
}

Test(pack, law1_is_forgotten_when_the_partition_is_loaded_again)
{
	commit(0, 2, AUD_G "MA", "3,1");
	cr_assert(eq(i64, morocco(), 3));
	commit(9, 10, AUD_G "MA", "5,1"); /* does not follow */
	step();
	cr_assert(eq(i64, morocco(), 5));
}

/* A reload of rules fills a second view, whose feeds the first takes over. */
Test(pack, law1_goes_with_the_feeds_that_another_view_takes_over)
{
	struct vg_view *first = view;

	commit(0, 2, AUD_G "MA", "3,1");
	cr_assert(eq(i64, morocco(), 3));
	cr_assert(vg_view_new(&view, &fix.env, NULL, NULL) == VG_OK);
	step();
	cr_assert(eq(i64, morocco(), 3));
	vg_view_take_over(first, view);
	vg_view_free(view);
	view = first;
	cr_assert(gt(sz, *view->pack_bytes, 0));
	cr_assert(eq(i64, morocco(), 3));
	commit(2, 3, AUD_G "MA", "8,2");
	cr_assert(eq(i64, morocco(), 8));
}
