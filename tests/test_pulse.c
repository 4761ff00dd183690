/* Below which instant the tracks of all partitions may be swept. */
#include "ingest/pulse.h"
#include "part_fix.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <poll.h>
#include <stdatomic.h>

enum { STEPS = 200, STEP_MS = 10 };

#define NOW	  (T0 + INT64_C(10) * DAY_MS)
#define YEAR_9999 INT64_C(253370764800000)

static struct part_fix f;
static struct vg_pulse *pulse;
static _Atomic int64_t below_ms;

static _Atomic int64_t later_ms; /* all looks at the clock but the first */
static atomic_bool looked;

static int64_t now(void *ctx)
{
	(void)ctx;
	return NOW + (atomic_exchange(&looked, true) ? later_ms : 0);
}

static void start(void)
{
	part_fix_open(&f);
}

static void start_with_rules(void)
{
	start();
	f.cfg.rule_wait_ms = HOUR_MS;
}

static void finish(void)
{
	vg_pulse_free(pulse);
	part_fix_close(&f);
}

TestSuite(law2_pulse, .init = start_with_rules, .fini = finish, .timeout = 60);
TestSuite(pulse, .init = start, .fini = finish, .timeout = 60);

static void set(const char *key, const char *field, int64_t v)
{
	char text[24];
	struct vg_err err = {0};

	snprintf(text, sizeof text, "%lld", (long long)v);
	cr_assert(vg_store_callf(f.store, NULL, &err, "HSET", key, field, text,
				 (char *)NULL) == VG_OK,
		  "%s", err.text);
}

/* A partition of MA: counted up to 10, with its log time, and the end that a
 * heartbeat saw just now. */
static void put(int p, int64_t log_ms, int64_t end)
{
	char name[32], key[64];

	snprintf(name, sizeof name, "alerts.ma:%d", p);
	(void)part_fix_ask(&f, "SADD", "vg:{vg}:parts", name);
	snprintf(key, sizeof key, "vg:{%s}:o", name);
	set(key, "off", 10);
	set(key, "lt", log_ms);
	snprintf(key, sizeof key, "vg:{%s}:s", name);
	set(key, "hw", end);
	set(key, "at", NOW);
}

/* What the evaluators have said, at `at_ms`. */
static void put_judged(int64_t to_ms, int64_t at_ms)
{
	set("vg:{vg}:lease", "judged", to_ms);
	set("vg:{vg}:lease", "judged_at", at_ms);
}

/* What the first whole look finds; waits for more than INT64_MIN for a second
 * or so. */
static int64_t front(void)
{
	struct vg_err err = {0};
	const struct vg_pulse_opts o = {.env = &f.env,
					.clock = {.now_ms = now},
					.tracks_below_ms = &below_ms};

	cr_assert(vg_pulse_new(&pulse, &o, &err) == VG_OK, "%s", err.text);
	vg_pulse_set(pulse, NULL, 0, true);
	for (int i = 0; i < STEPS && atomic_load(&below_ms) == INT64_MIN; i++)
		(void)poll(NULL, 0, STEP_MS);
	return atomic_load(&below_ms);
}

Test(pulse, holds_the_sweep_at_the_partition_that_is_behind)
{
	put(0, T0 + 5000, 11); /* one record is unread */
	put(1, T0 + 9000, 10);
	cr_assert(eq(i64, front(), T0 + 5000));
}

Test(pulse, is_not_held_by_a_partition_that_is_read_to_its_end)
{
	put(0, T0 + 5000, 10);
	put(1, T0 + 9000, 10);
	cr_assert(eq(i64, front(), T0 + 9000));
}

Test(pulse, runs_no_more_than_a_day_ahead_of_the_wall_clock)
{
	put(0, NOW, 10);
	put(1, YEAR_9999, 10);
	cr_assert(eq(i64, front(), NOW + DAY_MS));
}

Test(pulse, sweeps_nothing_while_a_partition_was_never_opened)
{
	put(0, T0 + 9000, 10);
	(void)part_fix_ask(&f, "SADD", "vg:{vg}:parts", "alerts.ma:1");
	(void)front();
	/* Long enough for two looks at what stands in Redis. */
	atomic_store(&below_ms, 0);
	for (int i = 0; i < STEPS && atomic_load(&below_ms) == 0; i++)
		(void)poll(NULL, 0, STEP_MS);
	cr_assert(eq(i64, atomic_load(&below_ms), INT64_MIN));
}

Test(pulse, follows_a_log_up_to_a_day_ahead)
{
	put(0, NOW + DAY_MS - 1, 10);
	cr_assert(eq(i64, front(), NOW + DAY_MS - 1));
}

Test(pulse, is_not_held_by_one_who_has_left_and_whom_nobody_reads)
{
	put(0, T0 + 5000, 10);
	put(1, T0 + 9000, 10);
	(void)part_fix_ask(&f, "SADD", "vg:{vg}:parts", "alerts.il:0");
	f.partner[1].has_until = true;
	f.partner[1].until_ms = NOW;
	cr_assert(eq(i64, front(), T0 + 9000));
}

/* Whether the pulse finds Redis behind `ours` within some beats, when offset 10
 * and 2 commits that left it there are stored under epoch 3. */
static bool is_behind(struct vg_part_place ours)
{
	struct vg_beat beat = {
		.partner = &f.cfg.partners[0], .high = 10, .place = ours};
	bool is = false;

	set("vg:{alerts.ma:0}:o", "epoch", 3);
	set("vg:{alerts.ma:0}:o", "fill", 2);
	put(0, T0, 0);
	(void)front();
	vg_pulse_set(pulse, &beat, 1, true);
	/* What says that a beat went out: the log's end. */
	for (int i = 0; i < STEPS && !is; i++) {
		(void)poll(NULL, 0, STEP_MS);
		is = vg_pulse_take_behind(pulse, &beat);
	}
	cr_assert(
		eq(str,
		   (char *)part_fix_ask(&f, "HGET", "vg:{alerts.ma:0}:s", "hw"),
		   "10"));
	cr_assert(not(vg_pulse_take_behind(pulse, &beat)));
	return is;
}

Test(pulse, finds_that_redis_lost_an_offset)
{
	cr_assert(is_behind((struct vg_part_place){3, 11, 0}));
}

Test(pulse, finds_that_redis_lost_an_opening)
{
	cr_assert(is_behind((struct vg_part_place){4, 10, 2}));
}

Test(pulse, finds_that_redis_lost_a_back_fill)
{
	cr_assert(is_behind((struct vg_part_place){3, 10, 3}));
}

Test(pulse, takes_what_is_stored_further_for_progress)
{
	cr_assert(not(is_behind((struct vg_part_place){3, 9, 5})));
}

Test(pulse, takes_another_owner_for_progress)
{
	cr_assert(not(is_behind((struct vg_part_place){2, 11, 5})));
}

Test(pulse, asks_nothing_of_a_partition_whose_batch_is_in_work)
{
	cr_assert(not(is_behind((struct vg_part_place){0})));
}

Test(law2_pulse, holds_the_sweep_at_what_the_rules_have_judged)
{
	put(0, T0 + 9000, 10);
	put_judged(T0 + 4000, NOW - HOUR_MS + 1);
	cr_assert(eq(i64, front(), T0 + 4000));
	cr_assert(eq(i64, vg_metric_get(f.env.metrics, VG_M_UNJUDGED), 0));
}

Test(law2_pulse, rules_that_are_ahead_do_not_move_the_sweep)
{
	put(0, T0 + 9000, 10);
	put_judged(T0 + 10000, NOW);
	cr_assert(eq(i64, front(), T0 + 9000));
}

Test(law2_pulse, waits_for_the_first_evaluator_to_come)
{
	put(0, T0 + 9000, 10);
	(void)front();
	cr_assert(eq(i64, atomic_load(&below_ms), INT64_MIN));
}

Test(law2_pulse,
     goes_on_and_says_so_when_no_evaluator_got_further_for_rule_wait)
{
	put(0, T0 + 9000, 10);
	put_judged(T0 + 4000, NOW - HOUR_MS);
	/* Since it began itself it would wait as long. */
	later_ms = HOUR_MS;
	cr_assert(eq(i64, front(), T0 + 9000));
	cr_assert(eq(i64, vg_metric_get(f.env.metrics, VG_M_UNJUDGED), 1));
}
