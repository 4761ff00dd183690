/* Steps of a partition: exact, bounded, the same in any order and again. */
#include "aggregate/match.h"
#include "aggregate/part_recall.h"
#include "aggregate/steps.h"
#include "part_fix.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static struct part_fix f;
static struct vg_err err;
static size_t track;

#define LOG (T0 + HOUR_MS)

static size_t add_steps(const char *value, bool numeric)
{
	struct vg_track t = {.kind = VG_TRACK_STEPS,
			     .window_ms = HOUR_MS,
			     .n_group = 1,
			     .n_value = value != NULL ? 1 : 0,
			     .numeric = numeric};
	size_t index = 0;

	t.group[0] = vg_field_ref(vg_slice_of("actor"));
	if (value != NULL)
		t.value[0] = vg_field_ref(vg_slice_of(value));
	cr_assert(eq(int, vg_plan_add_track(f.plan, &t, &index, NULL), VG_OK));
	return index;
}

static void open_fix(void)
{
	part_fix_open(&f);
	track = add_steps(NULL, false);
}

static void close_fix(void)
{
	part_fix_close(&f);
}

TestSuite(part_steps, .init = open_fix, .fini = close_fix, .timeout = 120);

static void commit(struct vg_part *p, int64_t next)
{
	enum vg_rc rc = part_fix_commit(p, next, LOG, &err);

	cr_assert(rc == VG_OK, "%s", err.text);
}

/* How many times there are of a track. */
static int64_t cells(size_t i)
{
	struct vg_table *t = part_fix_steps(&f, 0, i, T0);
	size_t n = vg_table_count(t);

	vg_table_free(t);
	return (int64_t)n;
}

/* And how many fields. */
static int64_t fields(size_t i)
{
	char key[128];

	snprintf(key, sizeof key, "vg:{alerts.ma:0}:c:t-%s:%" PRId64,
		 vg_plan_track(f.plan, i)->id, T0);
	return strtoll(part_fix_ask(&f, "HLEN", key, NULL), NULL, 10);
}

Test(part_steps, an_event_counts_at_its_own_time)
{
	struct vg_part *p = part_fix_part(&f, f.store, 0);
	struct vg_event e = part_event(&f, T0 + 1500, "MA", "apt1");

	part_fix_take(p, &e, 0, LOG);
	e.count = 5;
	part_fix_take(p, &e, 1, LOG);
	e.time_ms = T0 + 1501;
	part_fix_take(p, &e, 2, LOG);
	commit(p, 3);
	cr_assert(eq(str,
		     (char *)part_fix_step(&f, 0, track, T0, "A*|apt1|1500"),
		     "6,2"));
	cr_assert(eq(str,
		     (char *)part_fix_step(&f, 0, track, T0, "A*|apt1|1501"),
		     "5,1"));
	vg_part_free(p);
}

Test(part_steps, a_slice_of_times_is_one_field)
{
	struct vg_part *p = part_fix_part(&f, f.store, 0);
	struct vg_event e = part_event(&f, T0, "MA", "apt1");

	for (int i = 0; i < 50; i++) {
		e.time_ms = T0 + 9999 - i * 7 % 50;
		part_fix_take(p, &e, i, LOG);
	}
	commit(p, 50);
	cr_assert(eq(i64, cells(track), 50));
	cr_assert(eq(i64, fields(track), 1));
	e.time_ms = T0 + VG_STEPS_SLICE_MIN;
	part_fix_take(p, &e, 50, LOG);
	e.time_ms = T0 + 4; /* before all that is there */
	part_fix_take(p, &e, 51, LOG);
	commit(p, 52);
	cr_assert(eq(i64, cells(track), 52));
	cr_assert(eq(i64, fields(track), 2));
	vg_part_free(p);
}

Test(part_steps, law6_values_at_the_same_times_are_no_more_times)
{
	size_t by = add_steps("country", false);
	struct vg_part *p = part_fix_part(&f, f.store, 0);
	int64_t offset = 0;

	for (int batch = 0; batch < 4; batch++) {
		for (int i = 0; i < VG_STEPS_TIMES_MAX; i++) {
			struct vg_event e =
				part_event(&f, T0 + (int64_t)i,
					   batch % 2 ? "MA" : "IL", "apt1");

			part_fix_take(p, &e, offset++, LOG);
		}
		commit(p, offset);
	}
	cr_assert(eq(i64, cells(by), 2 * VG_STEPS_TIMES_MAX));
	cr_assert(eq(i64, vg_metric_get(&f.metrics, VG_M_STEPS_ROUNDED), 0));
	struct vg_event e =
		part_event(&f, T0 + VG_STEPS_TIMES_MAX, "AE", "apt1");
	part_fix_take(p, &e, offset++, LOG);
	commit(p, offset);
	cr_assert(eq(i64, cells(by), 2 * 41 + 1));
	cr_assert(eq(str, (char *)part_fix_step(&f, 0, by, T0, "A*|apt1|IL|~0"),
		     "200,200"));
	vg_part_free(p);
}

Test(part_steps, only_numbers_count_where_numbers_are_summed)
{
	size_t sums = add_steps("bytes", true);
	struct vg_part *p = part_fix_part(&f, f.store, 0);
	struct vg_event e = part_event(&f, T0 + 7, "MA", "apt1");

	e.n_field = 1;
	e.field[0] = (struct vg_field){.name = vg_slice_of("bytes"),
				       .text = vg_slice_of("12"),
				       .type = VG_SCALAR_STRING};
	part_fix_take(p, &e, 0, LOG);
	e.field[0].type = VG_SCALAR_NUMBER;
	e.field[0].number = 12.5;
	part_fix_take(p, &e, 1, LOG);
	commit(p, 2);
	cr_assert(eq(i64, cells(sums), 1));
	cr_assert(eq(str,
		     (char *)part_fix_step(&f, 0, sums, T0, "A*|apt1|12.5|7"),
		     "1,1"));
	vg_part_free(p);
}

static struct vg_match *is_country(const char *country)
{
	struct vg_slice value = vg_slice_of(country);
	struct vg_match *m = NULL;

	cr_assert(eq(int, vg_match_new(&m, NULL), VG_OK));
	cr_assert(eq(
		int,
		vg_match_add_values(m, vg_slice_of("country"), &value, 1, NULL),
		VG_OK));
	return m;
}

static size_t add_classes(bool classless)
{
	struct vg_track t = {.kind = VG_TRACK_STEPS,
			     .window_ms = HOUR_MS,
			     .class_of = {is_country("MA"), NULL},
			     .n_class = 2,
			     .classless = classless};
	size_t index = 0;

	t.class_of[1] = classless ? is_country("AE") : NULL;
	cr_assert(eq(int, vg_plan_add_track(f.plan, &t, &index, NULL), VG_OK));
	return index;
}

Test(part_steps, an_event_of_two_classes_is_one_event)
{
	size_t two = add_classes(false);
	struct vg_part *p = part_fix_part(&f, f.store, 0);
	struct vg_event e = part_event(&f, T0 + 7, "MA", NULL);

	part_fix_take(p, &e, 0, LOG);
	e.country = vg_slice_of("IL");
	part_fix_take(p, &e, 1, LOG);
	commit(p, 2);
	cr_assert(eq(i64, cells(two), 2));
	cr_assert(eq(str, (char *)part_fix_step(&f, 0, two, T0, "A*|3|7"),
		     "1,1"));
	cr_assert(eq(str, (char *)part_fix_step(&f, 0, two, T0, "A*|2|7"),
		     "1,1"));
	vg_part_free(p);
}

Test(part_steps, what_is_of_no_class_counts_only_where_it_shall)
{
	size_t all = add_classes(true);
	struct vg_part *p = part_fix_part(&f, f.store, 0);
	struct vg_event e = part_event(&f, T0 + 7, "IL", NULL);

	part_fix_take(p, &e, 0, LOG);
	commit(p, 1);
	cr_assert(eq(str, (char *)part_fix_step(&f, 0, all, T0, "A*|0|7"),
		     "1,1"));
	vg_part_free(p);
}

/* Events at `n` different times of `actor`, in one batch. */
static int64_t burst(struct vg_part *p, const char *actor, int from, int n,
		     int64_t offset)
{
	for (int i = from; i < from + n; i++) {
		struct vg_event e =
			part_event(&f, T0 + (int64_t)i, "MA", actor);

		part_fix_take(p, &e, offset++, LOG);
	}
	commit(p, offset);
	return offset;
}

Test(part_steps, law6_4096_times_are_exact_and_one_more_rounds_them)
{
	struct vg_part *p = part_fix_part(&f, f.store, 0);
	int64_t at = burst(p, "apt1", 0, VG_STEPS_TIMES_MAX, 0);

	cr_assert(eq(i64, cells(track), VG_STEPS_TIMES_MAX));
	at = burst(p, "apt1", 10, 1, at);
	cr_assert(eq(i64, cells(track), VG_STEPS_TIMES_MAX));
	cr_assert(eq(i64, vg_metric_get(&f.metrics, VG_M_STEPS_ROUNDED), 0));
	burst(p, "apt1", VG_STEPS_TIMES_MAX, 1, at);
	cr_assert(eq(i64, vg_metric_get(&f.metrics, VG_M_STEPS_ROUNDED), 1));
	cr_assert(eq(i64, cells(track), VG_STEPS_TIMES_MAX / 100 + 1));
	cr_assert(eq(str, (char *)part_fix_step(&f, 0, track, T0, "A*|apt1|~0"),
		     "101,101"));
	vg_part_free(p);
}

Test(part_steps, law1_a_rounded_group_stays_so_when_it_is_read_again)
{
	struct vg_part *p = part_fix_part(&f, f.store, 0);
	int64_t at = burst(p, "apt1", 0, VG_STEPS_TIMES_MAX + 1, 0);

	at = burst(p, "apt2", 0, 3, at);
	vg_part_free(p);
	p = part_fix_part(&f, f.store, 0);
	at = burst(p, "apt1", 50, 1, at);
	burst(p, "apt2", 1, 1, at);
	cr_assert(eq(str, (char *)part_fix_step(&f, 0, track, T0, "A*|apt1|~0"),
		     "101,101"));
	cr_assert(eq(str, (char *)part_fix_step(&f, 0, track, T0, "A*|apt2|1"),
		     "2,2"));
	vg_part_free(p);
}

/* Recall `e`, counted at `offset`; a control record follows. */
static void recall(struct vg_part *p, struct vg_event e, int64_t offset,
		   bool gone)
{
	struct vg_recalled to = {.offset = offset,
				 .gone = gone,
				 .label = VG_TLP_RED,
				 .viewers = 1};
	const struct vg_recall_reach reach = {.before_ms = INT64_MIN};
	struct vg_part_state at = *vg_part_state(p);
	bool known = false;

	cr_assert(eq(int, vg_part_recall_begin(p, NULL), VG_OK));
	cr_assert(eq(int, vg_part_recall_take(p, &e, LOG, &to, NULL), VG_OK));
	cr_assert(
		eq(int, vg_part_recall_settle(p, &reach, &known, NULL), VG_OK));
	cr_assert(known);
	commit(p, at.offset + 1);
}

Test(part_steps, law4_a_recall_takes_a_step_away_or_moves_it)
{
	struct vg_part *p = part_fix_part(&f, f.store, 0);
	struct vg_event e = part_event(&f, T0 + 7, "MA", "apt1");
	const char *field = "A*|apt1|7";

	e.count = 3;
	for (int i = 0; i < 3; i++)
		part_fix_take(p, &e, i, LOG);
	commit(p, 3);
	recall(p, e, 1, true);
	cr_assert(
		eq(str, (char *)part_fix_step(&f, 0, track, T0, field), "6,2"));
	recall(p, e, 0, false);
	cr_assert(
		eq(str, (char *)part_fix_step(&f, 0, track, T0, field), "3,1"));
	cr_assert(eq(str, (char *)part_fix_step(&f, 0, track, T0, "R0|apt1|7"),
		     "3,1"));
	recall(p, e, 2, true);
	cr_assert(
		eq(str, (char *)part_fix_step(&f, 0, track, T0, field), "0,0"));
	vg_part_free(p);
}

Test(part_steps, a_recall_of_what_a_younger_rule_never_had_takes_nothing)
{
	struct vg_part *p = part_fix_part(&f, f.store, 0);
	struct vg_event e = part_event(&f, T0 + 7, "MA", "apt1"), other = e;
	size_t young;

	part_fix_take(p, &e, 0, LOG);
	commit(p, 1);
	vg_part_free(p);
	young = add_steps("country", false);
	p = part_fix_part(&f, f.store, 0);
	other.time_ms++;
	part_fix_take(p, &other, 1, LOG);
	commit(p, 2);
	recall(p, e, 0, true);
	cr_assert(eq(i64, cells(young), 1));
	cr_assert(eq(str, (char *)part_fix_step(&f, 0, track, T0, "A*|apt1|7"),
		     "0,0"));
	vg_part_free(p);
}

static uint32_t dice(uint32_t *state)
{
	*state = *state * 1664525u + 1013904223u;
	return *state >> 8;
}

enum { EVENTS = 9000 };

/* Three actors with 4,500 events each at most, over two audiences. */
static struct vg_event event(int i)
{
	static const char *const ACTOR[] = {"a", "b", "c"};
	uint32_t r = (uint32_t)i * 7919u + 1;
	uint32_t a = dice(&r) % 10;
	struct vg_event e = part_event(&f, T0 + dice(&r) % 30000, "MA",
				       ACTOR[a == 0  ? 0
					     : a < 3 ? 1
						     : 2]);
	bool undeclared;

	e.count = 1 + dice(&r) % 3;
	e.audience = vg_audience_of(f.aud, 0, (enum vg_tlp)(dice(&r) % 8 == 0),
				    false, 0, &undeclared);
	return e;
}

static char *run(int32_t partition, const int *turn, int batch, int reopen)
{
	struct vg_part *p = part_fix_part(&f, f.store, partition);
	char *dump;

	for (int i = 0; i < EVENTS; i++) {
		struct vg_event e = event(turn[i]);

		part_fix_take(p, &e, turn[i], LOG);
		/* Behind every offset taken, in whatever order. */
		if ((i + 1) % batch == 0 || i == EVENTS - 1)
			commit(p, EVENTS + i + 1);
		if (reopen != 0 && (i + 1) % (batch * reopen) == 0) {
			vg_part_free(p);
			p = part_fix_part(&f, f.store, partition);
		}
	}
	vg_part_free(p);
	dump = part_fix_dump(&f, partition);
	return dump;
}

static void same_in_every_order(void)
{
	static int turn[EVENTS];
	uint32_t r = 99;
	char *first, *other;

	for (int i = 0; i < EVENTS; i++)
		turn[i] = i;
	first = run(0, turn, EVENTS, 0);
	for (int32_t k = 1; k <= 3; k++) {
		for (int i = EVENTS - 1; i > 0; i--) {
			int with = (int)(dice(&r) % (uint32_t)(i + 1));
			int t = turn[i];

			turn[i] = turn[with];
			turn[with] = t;
		}
		other = run(k, turn, 700 * k, 3);
		cr_assert(eq(str, other, first));
		free(other);
	}
	free(first);
}

Test(part_steps, law2_rounding_is_free_of_order_and_of_restarts)
{
	same_in_every_order();
	cr_assert(gt(i64, vg_metric_get(&f.metrics, VG_M_STEPS_ROUNDED), 0));
}

Test(part_steps, law2_thinning_of_groups_is_free_of_order)
{
	f.cfg.groups_max = 1500;
	same_in_every_order();
	cr_assert(gt(i64, vg_metric_get(&f.metrics, VG_M_THINNED), 0));
}
