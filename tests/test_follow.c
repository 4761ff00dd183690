/* A view that follows real parts, and what queries make of it. */
#include "part_fix.h"

#include "aggregate/cells.h"
#include "aggregate/query.h"
#include "aggregate/view.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { EVENTS = 600, PARTS = 2, ACTORS = 30, BATCH = 25, VALUES = 5 };

struct sample {
	int64_t time_ms;
	const char *country;
	char actor[8];
	int64_t count;
};

static struct part_fix fix;
static struct sample sample[PARTS][EVENTS];
static struct vg_part *part[PARTS];
static struct vg_view *view;
static int64_t now;
static struct vg_err err;

static void open_fix(void)
{
	static const char *const country[] = {"MA", "IL", "AE"};
	unsigned seed = 5;

	part_fix_open(&fix);
	fix.cfg.values_max = VALUES;
	now = T0;
	cr_assert(eq(int, vg_view_new(&view, &fix.env, NULL, NULL), VG_OK));
	for (int p = 0; p < PARTS; p++)
		for (int i = 0; i < EVENTS; i++) {
			struct sample *s = &sample[p][i];

			s->time_ms = T0 + rand_r(&seed) % (3 * MIN_MS);
			s->country = country[rand_r(&seed) % 3];
			s->count = rand_r(&seed) % 4 + 1;
			snprintf(s->actor, sizeof s->actor, "x%d",
				 rand_r(&seed) % ACTORS);
		}
}

static void close_fix(void)
{
	for (int p = 0; p < PARTS; p++)
		vg_part_free(part[p]);
	vg_view_free(view);
	part_fix_close(&fix);
}

TestSuite(follow, .init = open_fix, .fini = close_fix);

static void step(struct vg_view *v)
{
	size_t applied;

	now += 2000;
	cr_assert(eq(int, vg_view_step(v, fix.store, now, 0, &applied, &err),
		     VG_OK),
		  "%s", err.text);
}

/* Take samples first to last of partition `p` as its records of these
 * offsets, and commit. */
static void take(int p, int first, int last)
{
	for (int i = first; i < last; i++) {
		const struct sample *s = &sample[p][i];
		struct vg_event e =
			part_event(&fix, s->time_ms, s->country, s->actor);

		e.count = s->count;
		part_fix_take(part[p], &e, i, T0 + 3 * MIN_MS);
	}
	cr_assert(eq(int, part_fix_commit(part[p], last, T0 + 3 * MIN_MS, &err),
		     VG_OK),
		  "%s", err.text);
}

static void open_parts(void)
{
	for (int p = 0; p < PARTS; p++)
		part[p] = part_fix_part(&fix, fix.store, p);
}

static uint64_t digest(const struct vg_view *v)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < vg_view_parts(v); i++) {
		const struct vg_view_part *p = vg_view_part(v, i);
		struct vg_bucket_id id;
		struct vg_table *t;

		for (size_t pos = 0; vg_cells_next(p->cells, &pos, &id, &t);) {
			struct vg_slice f;
			int64_t *c;

			for (size_t k = 0; vg_table_next(t, &k, &f, &c);)
				sum += vg_hash_table(f.p, f.n,
						     (uint64_t)(id.start_ms +
								id.agg * 7 +
								id.res +
								p->partition)) *
				       (uint64_t)(c[0] + 1);
		}
	}
	return sum;
}

static struct vg_query_result ask(enum vg_res res, const char *by)
{
	struct vg_query q = {
		.viewer = VG_SLOT_COALITION,
		.n_by = by != NULL,
		.by = {vg_slice_of(by != NULL ? by : "")},
		.step = res,
		.from_ms = T0,
		.to_ms = T0 + 3 * MIN_MS,
		.now_ms = now,
	};
	struct vg_query_result r;

	cr_assert(
		eq(int, vg_query_series(&r, &q, view, fix.store, &err), VG_OK),
		"%s", err.text);
	return r;
}

static int64_t total(enum vg_res res, const char *by)
{
	struct vg_query_result r = ask(res, by);
	int64_t sum = 0;

	for (size_t i = 0; i < r.n_rows; i++)
		sum += r.row[i].total;
	vg_query_result_term(&r);
	return sum;
}

static int64_t truth(void)
{
	int64_t sum = 0;

	for (int p = 0; p < PARTS; p++)
		for (int i = 0; i < EVENTS; i++)
			sum += sample[p][i].count;
	return sum;
}

static void take_all(void)
{
	open_parts();
	for (int i = 0; i < EVENTS; i += BATCH)
		for (int p = 0; p < PARTS; p++) {
			take(p, i, i + BATCH);
			if (i / BATCH % 3 == p)
				step(view);
		}
	step(view);
}

Test(follow, law1_the_view_is_what_redis_holds)
{
	struct vg_view *fresh = NULL;

	take_all();
	cr_assert(eq(int, vg_view_new(&fresh, &fix.env, NULL, NULL), VG_OK));
	step(fresh);
	cr_assert(eq(u64, digest(view), digest(fresh)));
	cr_assert(eq(i64, vg_metric_get(&fix.metrics, VG_M_VIEW_RELOADS), 0));
	cr_assert(gt(i64, vg_metric_get(&fix.metrics, VG_M_FOLDED), 0));
	vg_view_free(fresh);
}

Test(follow, law5_a_cap_makes_no_sum_smaller)
{
	static const char *const by[] = {NULL,	     "country",	 "actor",
					 "category", "severity", "partner",
					 "sensor"};

	take_all();
	for (size_t i = 0; i < sizeof by / sizeof *by; i++) {
		cr_expect(eq(i64, total(VG_RES_1M, by[i]), truth()), "1m %s",
			  by[i]);
		cr_expect(eq(i64, total(VG_RES_1H, by[i]), truth()), "1h %s",
			  by[i]);
		cr_expect(eq(i64, total(VG_RES_1D, by[i]), truth()), "1d %s",
			  by[i]);
	}
	cr_expect(eq(i64, total(VG_RES_10S, "country"), truth()));
}

/* All rows of an answer as text. */
static char *print(enum vg_res res, const char *by)
{
	struct vg_query_result r = ask(res, by);
	struct vg_buf b = {.n = 0};

	for (size_t i = 0; i < r.n_rows; i++) {
		vg_buf_add(&b, r.row[i].key[0].p, r.row[i].key[0].n);
		for (size_t k = 0; k < r.n_times; k++)
			vg_buf_printf(&b, " %" PRId64, r.row[i].value[k]);
		vg_buf_str(&b, "\n");
	}
	vg_query_result_term(&r);
	return b.p;
}

static void shuffle(struct sample *s, unsigned seed)
{
	for (int i = EVENTS - 1; i > 0; i--) {
		int k = rand_r(&seed) % (i + 1);
		struct sample t = s[i];

		s[i] = s[k];
		s[k] = t;
	}
}

Test(follow, law2_any_order_and_speed_gives_the_same_answers)
{
	char *first[2], *second[2];

	take_all();
	first[0] = print(VG_RES_1M, "actor");
	first[1] = print(VG_RES_1H, "actor");
	for (int p = 0; p < PARTS; p++)
		vg_part_free(part[p]);
	memset(part, 0, sizeof part);
	vg_view_free(view);
	view = NULL;
	part_fix_close(&fix);

	open_fix();
	open_parts();
	for (int p = PARTS - 1; p >= 0; p--) {
		shuffle(sample[p], 77);
		for (int i = 0; i < EVENTS; i += 4 * BATCH)
			take(p, i, i + 4 * BATCH);
		step(view);
	}
	second[0] = print(VG_RES_1M, "actor");
	second[1] = print(VG_RES_1H, "actor");
	for (int i = 0; i < 2; i++) {
		cr_assert(eq(str, first[i], second[i]));
		cr_assert(strstr(first[i], "~other") != NULL);
		free(first[i]);
		free(second[i]);
	}
}

/* Names that nobody else uses, from the other partner. */
static void flood(struct vg_part *p, int first, int n)
{
	char name[24];

	for (int i = first; i < first + n; i++) {
		snprintf(name, sizeof name, "flood%d", i);
		struct vg_event e =
			part_event(&fix, T0 + i % 3 * MIN_MS, "IL", name);

		part_fix_take(p, &e, i, T0 + 3 * MIN_MS);
	}
	cr_assert(eq(int, part_fix_commit(p, first + n, T0 + 3 * MIN_MS, &err),
		     VG_OK),
		  "%s", err.text);
	step(view);
}

/* The lines of `text` that are of names in the samples. */
static char *without_flood(const char *text)
{
	struct vg_buf b = {.n = 0};

	for (const char *p = text, *end; *p != '\0'; p = end + 1) {
		end = strchr(p, '\n');
		if (strncmp(p, "flood", 5) != 0 && strncmp(p, "~other", 6) != 0)
			vg_buf_add(&b, p, (size_t)(end - p) + 1);
	}
	return b.p;
}

Test(follow, law5_a_flood_of_one_partner_changes_no_row_of_another)
{
	static const enum vg_res RES[] = {VG_RES_1M, VG_RES_1H, VG_RES_1D};
	struct vg_part *other = NULL;
	char *before[3], *after, *rows;

	fix.cfg.values_max = ACTORS;
	take_all();
	for (int i = 0; i < 3; i++) {
		before[i] = print(RES[i], "actor");
		cr_assert(strstr(before[i], "~other") == NULL);
	}
	cr_assert(eq(int,
		     vg_part_open(&other, &fix.env, fix.store, &fix.partner[1],
				  0, &err),
		     VG_OK));
	flood(other, 0, ACTORS);
	flood(other, ACTORS, 20 * ACTORS);
	for (int i = 0; i < 3; i++) {
		struct vg_query_result r = ask(RES[i], "actor");

		cr_expect(
			eq(u64, r.folded, UINT64_C(1) << fix.partner[1].slot));
		vg_query_result_term(&r);
		after = print(RES[i], "actor");
		cr_expect(strstr(after, "~other") != NULL);
		rows = without_flood(after);
		cr_expect(eq(str, rows, before[i]));
		free(before[i]);
		free(after);
		free(rows);
	}
	cr_expect(eq(i64, total(VG_RES_1D, "actor"), truth() + 21 * ACTORS));
	vg_part_free(other);
}

Test(follow, a_partner_at_its_limit_is_not_marked_and_one_past_it_is)
{
	struct vg_query_result r;
	struct vg_part *p = part_fix_part(&fix, fix.store, 0);

	flood(p, 0, 3 * VALUES); /* over three minutes */
	r = ask(VG_RES_1M, "actor");
	cr_expect(eq(u64, r.folded, 0));
	vg_query_result_term(&r);
	flood(p, 3 * VALUES, 1);
	r = ask(VG_RES_1M, "actor");
	cr_expect(eq(u64, r.folded, 1));
	vg_query_result_term(&r);
	vg_part_free(p);
}

/* Redis went away within a load, and the process with it. */
Test(follow, bug_a_load_that_redis_refuses_half_way_is_an_error_and_no_crash)
{
	struct vg_part *p = part_fix_part(&fix, fix.store, 0);
	struct vg_view *fresh = NULL;
	size_t applied;

	flood(p, 0, 1);
	cr_assert(eq(int,
		     vg_store_callf(fix.store, NULL, &err, "ACL", "SETUSER",
				    "default", "-hgetall", (char *)NULL),
		     VG_OK));
	cr_assert(eq(int, vg_view_new(&fresh, &fix.env, NULL, NULL), VG_OK));
	cr_assert(ne(int,
		     vg_view_step(fresh, fix.store, now, 0, &applied, &err),
		     VG_OK));
	cr_assert(strstr(err.text, "NOPERM") != NULL, "%s", err.text);
	vg_view_free(fresh);
	vg_part_free(p);
}
