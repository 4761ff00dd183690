/* One attack, several sensors of one partner. */
#include "aggregate/overlap.h"

#include "aggregate/cells.h"
#include "aggregate/event.h"
#include "aggregate/sensors.h"
#include "core/limits.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#define MIN_MS INT64_C(60000)
#define DAY_MS INT64_C(86400000)
#define T0     (INT64_C(19676) * DAY_MS)

enum { PARTS = 2 };

static struct vg_sensors *part[PARTS];
static struct vg_table *counts;
static int64_t rest;

static void start(void)
{
	const struct vg_sensors_opts o = {
		.max = 100, .keep_ms = DAY_MS, .seed = 7};

	for (int i = 0; i < PARTS; i++)
		part[i] = vg_sensors_new(&o);
}

static void finish(void)
{
	for (int i = 0; i < PARTS; i++)
		vg_sensors_free(part[i]);
	vg_table_free(counts);
}

TestSuite(overlap, .init = start, .fini = finish);

/* Sensor `name`, in partition `i`, saw attack `attack` at `at_ms`; by log time
 * `log_ms`. */
static void see_at(int i, const char *name, uint64_t attack, int64_t at_ms,
		   int64_t log_ms)
{
	const struct vg_heard h = {.sensor = vg_slice_of(name),
				   .record_ms = log_ms,
				   .event_ms = at_ms,
				   .log_ms = log_ms,
				   .attack = attack};

	cr_assert(eq(int, vg_sensors_hear(part[i], &h), VG_HEARD));
}

static void see(int i, const char *name, uint64_t attack, int64_t at_ms)
{
	see_at(i, name, attack, at_ms, T0 + 60 * MIN_MS);
}

static int64_t count(const char *name)
{
	const struct vg_sensors *const all[PARTS] = {part[0], part[1]};
	int64_t *n;

	vg_table_free(counts);
	counts = vg_table_new(1, 1);
	rest = 0;
	cr_assert(vg_overlap_count(all, PARTS, counts, &rest));
	n = vg_table_get(counts, vg_slice_of(name));
	return n != NULL ? *n : 0;
}

Test(overlap, one_sensor_alone_overlaps_with_nobody)
{
	see(0, "a", 7, T0);
	see(0, "a", 7, T0 + MIN_MS);
	see(1, "a", 7, T0 + MIN_MS); /* it moved to another partition */
	cr_assert(eq(i64, count("a"), 0));
}

Test(overlap, two_sensors_of_one_attack_do_whatever_their_partitions)
{
	see(0, "a", 7, T0);
	see(0, "a", 7, T0 + MIN_MS);
	see(1, "b", 7, T0 + 2 * MIN_MS);
	see(0, "c", 8, T0 + 2 * MIN_MS); /* another attack */
	cr_assert(eq(i64, count("a"), 2));
	cr_assert(eq(i64, count("b"), 1));
	cr_assert(eq(i64, count("c"), 0));
	cr_assert(eq(i64, rest, 0));
}

Test(overlap, law2_order_does_not_matter)
{
	see(1, "b", 7, T0 + 2 * MIN_MS);
	see(0, "a", 7, T0 + MIN_MS);
	see(0, "a", 7, T0);
	cr_assert(eq(i64, count("a"), 2));
	cr_assert(eq(i64, count("b"), 1));
}

Test(overlap, five_minutes_are_near_and_one_more_is_not)
{
	see(0, "a", 7, T0 + 4 * MIN_MS);
	see(1, "b", 7, T0 + 9 * MIN_MS);
	cr_assert(eq(i64, count("a"), 1));
	cr_assert(eq(i64, count("b"), 1));
	see(0, "a", 8, T0 + 4 * MIN_MS);
	see(1, "b", 8, T0 + 9 * MIN_MS + 1);
	cr_assert(eq(i64, count("a"), 1));
	cr_assert(eq(i64, count("b"), 1));
}

Test(overlap, a_chain_goes_on)
{
	for (int m = 0; m <= 20; m += 4)
		see(m % 8 == 0, m % 8 == 0 ? "a" : "b", 7, T0 + m * MIN_MS);
	cr_assert(eq(i64, count("a") + count("b"), 6));
}

Test(overlap, is_forgotten_two_hours_behind_its_five_minutes)
{
	see_at(0, "a", 7, T0, T0);
	see_at(1, "b", 7, T0, T0);
	cr_assert(vg_sensors_expire(part[0], T0 + 125 * MIN_MS - 1));
	cr_assert(eq(i64, count("a"), 1));
	cr_assert(vg_sensors_expire(part[0], T0 + 125 * MIN_MS));
	cr_assert(eq(i64, count("a"), 0));
	/* One that comes so late is not compared at all. */
	see_at(0, "a", 7, T0, T0 + 125 * MIN_MS);
	cr_assert(eq(i64, count("a"), 0));
}

Test(overlap, law5_what_is_past_the_limit_is_counted_and_not_compared)
{
	for (uint64_t k = 1; k <= VG_OVERLAPS_MAX; k++)
		see(0, "a", k, T0);
	(void)count("a");
	cr_assert(eq(i64, rest, 0));
	see(0, "b", 1, T0);
	(void)count("a");
	cr_assert(eq(i64, rest, 1));
	see(0, "a", 1, T0); /* one that is known already is not */
	(void)count("a");
	cr_assert(eq(i64, rest, 1));
}

static struct vg_event event_of(const char *from, const char *to, int category)
{
	struct vg_event e = {.category = category, .n_field = 2};

	e.field[0] = (struct vg_field){.name = vg_slice_of("source.ip"),
				       .text = vg_slice_of(from)};
	e.field[1] = (struct vg_field){.name = vg_slice_of("destination.ip"),
				       .text = vg_slice_of(to)};
	return e;
}

Test(overlap, an_attack_is_its_two_addresses_and_its_category)
{
	static const uint8_t key[VG_HASH_KEY] = {1};
	struct vg_event e = event_of("192.0.2.1", "198.51.100.1", 3);
	struct vg_event same = e;
	struct vg_event other = event_of("192.0.2.11", "98.51.100.1", 3);
	struct vg_event category = event_of("192.0.2.1", "198.51.100.1", 4);

	cr_assert(ne(u64, vg_overlap_attack(key, &e), 0));
	cr_assert(eq(u64, vg_overlap_attack(key, &e),
		     vg_overlap_attack(key, &same)));
	cr_assert(ne(u64, vg_overlap_attack(key, &e),
		     vg_overlap_attack(key, &other)));
	cr_assert(ne(u64, vg_overlap_attack(key, &e),
		     vg_overlap_attack(key, &category)));
	e.n_field = 1;
	cr_assert(eq(u64, vg_overlap_attack(key, &e), 0));
	same.category = -1;
	cr_assert(eq(u64, vg_overlap_attack(key, &same), 0));
}

static int64_t hour_has(int64_t hour_ms)
{
	const struct vg_sensors *const all[PARTS] = {part[0], part[1]};
	int64_t n = 0;

	cr_assert(vg_overlap_hours(all, PARTS, hour_ms, &n, 1));
	return n;
}

Test(overlap, is_counted_in_the_hour_of_its_events)
{
	see_at(0, "a", 7, T0 + 59 * MIN_MS, T0 + 60 * MIN_MS);
	see_at(1, "b", 7, T0 + 60 * MIN_MS, T0 + 60 * MIN_MS);
	see_at(1, "b", 7, T0 + 61 * MIN_MS, T0 + 61 * MIN_MS);
	see_at(1, "alone", 8, T0 + 61 * MIN_MS, T0 + 61 * MIN_MS);
	cr_assert(eq(i64, hour_has(T0), 1));
	cr_assert(eq(i64, hour_has(T0 + 60 * MIN_MS), 2));
	cr_assert(eq(i64, hour_has(T0 + 120 * MIN_MS), 0));
	cr_assert(eq(i64, hour_has(T0 - 60 * MIN_MS), 0));
}

Test(overlap, an_hour_is_known_until_its_first_entry_may_be_gone)
{
	cr_assert(vg_overlap_knows(T0, T0 + 125 * MIN_MS - 1));
	cr_assert(not(vg_overlap_knows(T0, T0 + 125 * MIN_MS)));
	cr_assert(vg_overlap_knows(T0, T0 - DAY_MS));
	cr_assert(not(vg_overlap_knows(T0, INT64_MIN)));
}
