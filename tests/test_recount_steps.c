/* The recount's steps: exact, and rounded once in the end. */
#include "aggregate/cells.h"
#include "aggregate/plan.h"
#include "core/config.h"
#include "verify/recount.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>

#define T INT64_C(1700000000000)

enum { WINDOW = 3600000, STEP = 100, TIMES = 4096 };

static const uint8_t KEY[16] = "0123456789abcde";

static struct vg_config *cfg;
static struct vg_audiences *aud;
static struct vg_plan *plan;
static struct vg_part_env env;
static struct vg_recount *count;
static size_t track;

static void open_count(void)
{
	static const char text[] = "kafka: {brokers: \"127.0.0.1:9092\"}\n"
				   "hash_key_file: hash.key\n"
				   "partners:\n"
				   "  - {id: MA, country: MA, slot: 0}\n";
	struct vg_track t = {
		.kind = VG_TRACK_STEPS, .window_ms = WINDOW, .n_group = 1};

	cr_assert(eq(
		int,
		vg_config_parse(&cfg, "test.yaml", text, sizeof text - 1, NULL),
		VG_OK));
	cr_assert(eq(int, vg_audiences_new(&aud, cfg, NULL), VG_OK));
	cr_assert(eq(int, vg_plan_new(&plan, NULL), VG_OK));
	t.group[0] = vg_field_ref(vg_slice_of("actor"));
	cr_assert(eq(int, vg_plan_add_track(plan, &t, &track, NULL), VG_OK));
	env = (struct vg_part_env){.cfg = cfg,
				   .plan = plan,
				   .aud = aud,
				   .hash_key = KEY,
				   .table_seed = 42};
	cr_assert(eq(int, vg_recount_new(&count, &env, &cfg->partners[0], NULL),
		     VG_OK));
}

static void close_count(void)
{
	vg_recount_free(count);
	vg_plan_free(plan);
	vg_audiences_free(aud);
	vg_config_free(cfg);
}

TestSuite(recount_steps, .init = open_count, .fini = close_count);

static int64_t offset;

/* `n` events of `actor`, 1 ms apart from `from` on in the sub-window. */
static void take(const char *actor, int from, int n)
{
	char text[256];

	for (int i = from; i < from + n; i++) {
		int size = snprintf(
			text, sizeof text,
			"{\"id\":\"%lld\",\"time\":%lld,\"sensor\":\"s\","
			"\"category\":\"fraud\",\"actor\":\"%s\",\"count\":2}",
			(long long)offset, (long long)(T - T % WINDOW + i),
			actor);
		struct vg_slice value = {text, (uint32_t)size};

		cr_assert(eq(int,
			     vg_recount_take(count, offset, T, value, NULL),
			     VG_OK));
		offset++;
	}
}

static struct vg_table *table(void)
{
	return vg_cells_get(
		vg_recount_cells(count),
		(struct vg_bucket_id){.agg = (uint16_t)(VG_AGG_STEPS_0 + track),
				      .start_ms = T - T % WINDOW});
}

static int64_t at(const char *field)
{
	int64_t *v = vg_table_get(table(), vg_slice_of(field));

	return v != NULL ? v[0] : -1;
}

Test(recount_steps, has_each_event_time_of_a_group)
{
	take("x", 5, 2);
	take("x", 6, 1);
	cr_assert(eq(i64,
		     at("A*\x1fx\x1f"
			"5"),
		     2));
	cr_assert(eq(i64,
		     at("A*\x1fx\x1f"
			"6"),
		     4));
	cr_assert(eq(sz, vg_table_count(table()), 2));
}

Test(recount_steps, rounds_the_groups_with_more_than_4096_times)
{
	take("x", 0, TIMES);
	take("y", 0, TIMES + 1);
	cr_assert(eq(int, vg_recount_round(count, NULL), VG_OK));
	cr_assert(eq(sz, vg_table_count(table()), TIMES + TIMES / STEP + 1));
	cr_assert(eq(i64,
		     at("A*\x1fx\x1f"
			"4095"),
		     2));
	cr_assert(eq(i64,
		     at("A*\x1fy\x1f"
			"~0"),
		     2 * STEP));
	cr_assert(eq(i64,
		     at("A*\x1fy\x1f"
			"~4000"),
		     2 * 97));
}
