/* Taking events out of a part again, or narrowing who may see them. */
#include "aggregate/part_recall.h"
#include "part_fix.h"

#include "core/limits.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { EVENTS = 240, ACTORS = 12, RUNS = 6 };

#define LOG	(T0 + 5 * HOUR_MS)
#define NOTHING INT64_MIN /* there are no records before the reach */

static struct part_fix f;
static struct vg_err err;

static void open_fix(void)
{
	part_fix_open(&f);
}

static void close_fix(void)
{
	part_fix_close(&f);
}

TestSuite(part_recall, .init = open_fix, .fini = close_fix, .timeout = 120);

static void good(enum vg_rc rc)
{
	cr_assert(rc == VG_OK, "%s", err.text);
}

static uint32_t dice(uint32_t *state)
{
	*state = *state * 1664525u + 1013904223u;
	return *state >> 8;
}

static struct vg_event event(int i)
{
	static char actor[ACTORS][16];
	static const char *const COUNTRY[] = {"MA", "IL", "AE"};
	uint32_t r = (uint32_t)i * 7919u + 1;
	uint32_t a = dice(&r) % ACTORS;

	snprintf(actor[a], sizeof actor[a], "actor%u", a);
	struct vg_event e = part_event(&f, LOG - dice(&r) % 8 * 13 * MIN_MS,
				       COUNTRY[dice(&r) % 3], actor[a]);
	e.count = 1 + dice(&r) % 5;
	return e;
}

/* What recalls have made of the events so far. */
struct fate {
	bool has;
	struct vg_recalled to;
};

static struct vg_recalled gone(int offset)
{
	return (struct vg_recalled){.offset = offset, .gone = true};
}

/* To its own partner alone. */
static struct vg_recalled own(int offset)
{
	return (struct vg_recalled){
		.offset = offset, .label = VG_TLP_AMBER, .viewers = 1};
}

static void dress(struct vg_event *e, const struct fate *x)
{
	if (x->has)
		e->audience = vg_audience_of_viewers(f.aud, 0, x->to.label,
						     x->to.viewers);
}

/* Put the recall of `to` (by offset) of the `n` events into the batch; false
 * when it reaches too far back. */
static bool put(struct vg_part *p, struct fate *fate, int n,
		const struct vg_recalled *to, size_t n_to, int64_t before_ms)
{
	bool target[EVENTS] = {false}, known = false;

	good(vg_part_recall_begin(p, &err));
	for (size_t i = 0; i < n_to; i++) {
		struct vg_event e = event((int)to[i].offset);

		dress(&e, &fate[to[i].offset]);
		good(vg_part_recall_take(p, &e, LOG, &to[i], &err));
		fate[to[i].offset] = (struct fate){true, to[i]};
		target[to[i].offset] = true;
	}
	for (int i = 0; i < n && vg_part_recall_keeps(p); i++) {
		struct vg_event e = event(i);

		dress(&e, &fate[i]);
		if (!fate[i].has || !fate[i].to.gone)
			good(vg_part_recall_keep(p, &e, i, LOG, target[i],
						 &err));
	}
	const struct vg_recall_reach reach = {.from = 0,
					      .before_ms = before_ms};
	good(vg_part_recall_settle(p, &reach, &known, &err));
	return known;
}

static void count(struct vg_part *p, int n, const struct fate *fate)
{
	for (int i = 0; i < n; i++) {
		struct vg_event e = event(i);

		dress(&e, &fate[i]);
		if (!fate[i].has || !fate[i].to.gone)
			part_fix_take(p, &e, i, LOG);
	}
	good(part_fix_commit(p, n, LOG, &err));
}

/* The cells, without the account and without those that have come to nothing:
 * a reader passes over them. */
static char *cells(int32_t partition)
{
	char *dump = part_fix_dump(&f, partition), *out = calloc(1, 1);
	size_t n = 0;

	for (char *line = strtok(dump, "\n"); line != NULL;
	     line = strtok(NULL, "\n")) {
		size_t len = strlen(line);

		if (strncmp(line, "a:", 2) == 0 ||
		    (len > 4 && strcmp(line + len - 4, "=0,0") == 0))
			continue;
		out = realloc(out, n + len + 2);
		n += (size_t)sprintf(out + n, "%s\n", line);
	}
	free(dump);
	return out;
}

static const struct fate NONE[EVENTS];

/* A random choice of events, by offset, each recalled or narrowed. */
static size_t choose(uint32_t *r, struct vg_recalled *to,
		     const struct fate *fate)
{
	size_t n = 0;

	for (int i = 0; i < EVENTS; i++) {
		uint32_t d = dice(r) % 10;

		if (fate[i].has && (fate[i].to.gone || d != 0))
			continue;
		if (d < 3)
			to[n++] = d == 0 ? gone(i) : own(i);
	}
	return n;
}

Test(part_recall, law2_what_is_left_is_what_the_rest_alone_would_make)
{
	for (int32_t run = 0; run < RUNS; run++) {
		struct fate fate[EVENTS] = {{.has = false}};
		struct vg_recalled to[EVENTS];
		struct vg_part *p = part_fix_part(&f, f.store, 2 * run);
		uint32_t r = (uint32_t)run;

		count(p, EVENTS, NONE);
		for (int i = 0; i < 3; i++) {
			size_t n = choose(&r, to, fate);

			cr_assert(put(p, fate, EVENTS, to, n, NOTHING));
			good(part_fix_commit(p, EVENTS + 1 + i, LOG, &err));
		}
		vg_part_free(p);
		p = part_fix_part(&f, f.store, 2 * run + 1);
		count(p, EVENTS, fate);
		vg_part_free(p);
		char *have = cells(2 * run), *want = cells(2 * run + 1);
		cr_assert(eq(str, have, want));
		free(have);
		free(want);
	}
}

Test(part_recall, law2_one_by_one_is_as_all_at_once)
{
	struct vg_recalled to[EVENTS];
	uint32_t r = 99;
	size_t n = choose(&r, to, NONE);

	for (int32_t p = 0; p < 2; p++) {
		struct fate fate[EVENTS] = {{.has = false}};
		struct vg_part *part = part_fix_part(&f, f.store, p);
		size_t at_once = p == 0 ? n : 1;
		int64_t next = EVENTS;

		count(part, EVENTS, NONE);
		/* One by one: the last first. */
		for (size_t i = n; i > 0; i -= at_once) {
			cr_assert(put(part, fate, EVENTS, &to[i - at_once],
				      at_once, NOTHING));
			good(part_fix_commit(part, ++next, LOG, &err));
		}
		vg_part_free(part);
	}
	char *have = part_fix_dump(&f, 0), *want = part_fix_dump(&f, 1);
	cr_assert(eq(str, have, want));
	free(have);
	free(want);
}

Test(part_recall, law1_one_that_is_not_committed_has_not_been)
{
	struct fate fate[EVENTS] = {{.has = false}};
	const struct vg_recalled to[] = {gone(3), own(8), gone(200)};
	struct vg_part *p = part_fix_part(&f, f.store, 0);
	struct vg_recalled *list = NULL;
	size_t n = 0;

	count(p, EVENTS, NONE);
	char *want = cells(0);
	/* The process dies. */
	cr_assert(put(p, fate, EVENTS, to, 3, NOTHING));
	vg_part_free(p);
	p = part_fix_part(&f, f.store, 0);
	char *have = cells(0);
	cr_assert(eq(str, have, want));
	free(have);
	good(vg_part_recalled(p, &list, &n, &err));
	cr_assert(eq(sz, n, 0));
	free(list);
	/* Dropped: nor has the next batch any of it. */
	memset(fate, 0, sizeof fate);
	cr_assert(put(p, fate, EVENTS, to, 3, NOTHING));
	vg_part_recall_drop(p);
	good(part_fix_commit(p, EVENTS + 1, LOG, &err));
	have = cells(0);
	cr_assert(eq(str, have, want));
	free(have);
	free(want);
	vg_part_free(p);
}

Test(part_recall, law1_what_was_done_is_stored_with_the_offset)
{
	struct fate fate[EVENTS] = {{.has = false}};
	const struct vg_recalled to[] = {gone(3), own(8), gone(200)};
	struct vg_part *p = part_fix_part(&f, f.store, 0);
	struct vg_recalled *list = NULL;
	size_t n = 0;

	count(p, EVENTS, NONE);
	cr_assert(put(p, fate, EVENTS, to, 3, NOTHING));
	good(part_fix_commit(p, EVENTS + 1, LOG, &err));
	vg_part_free(p);
	p = part_fix_part(&f, f.store, 0);
	good(vg_part_recalled(p, &list, &n, &err));
	cr_assert(eq(sz, n, 3));
	for (size_t i = 0; i < n; i++) {
		cr_assert(eq(i64, list[i].offset, to[i].offset));
		cr_assert(list[i].gone == to[i].gone);
		cr_assert(list[i].gone || (list[i].label == to[i].label &&
					   list[i].viewers == to[i].viewers));
	}
	free(list);
	vg_part_free(p);
}

Test(part_recall, law1_of_two_owners_one_recalls)
{
	struct fate fate[EVENTS] = {{.has = false}};
	const struct vg_recalled to = gone(3);
	struct vg_part *old = part_fix_part(&f, f.store, 0), *new;

	count(old, EVENTS, NONE);
	cr_assert(put(old, fate, EVENTS, &to, 1, NOTHING));
	new = part_fix_part(&f, f.store, 0);
	memset(fate, 0, sizeof fate);
	cr_assert(put(new, fate, EVENTS, &to, 1, NOTHING));
	good(part_fix_commit(new, EVENTS + 1, LOG, &err));
	char *want = cells(0);
	cr_assert(
		eq(int, part_fix_commit(old, EVENTS + 1, LOG, &err), VG_INVAL));
	cr_assert(eq(int, vg_part_refusal(old), VG_REFUSAL_FENCED));
	char *have = cells(0);
	cr_assert(eq(str, have, want));
	free(have);
	free(want);
	vg_part_free(old);
	vg_part_free(new);
}

/* Three events of one actor and country, 1, 2 and 3 minutes in the window. */
static const char *span_of(void)
{
	char bucket[64];

	snprintf(bucket, sizeof bucket, "c:t-%s:%lld",
		 vg_plan_track(f.plan, f.track_actor)->id, (long long)T0);
	return part_fix_cell(&f, 0, bucket, "A*|X|IL");
}

static struct vg_event minute(int i)
{
	return part_event(&f, T0 + (i + 1) * MIN_MS, "IL", "X");
}

static bool take_out(struct vg_part *p, int offset, const bool *left,
		     int64_t before_ms)
{
	const struct vg_recalled to = gone(offset);
	struct vg_event e = minute(offset);
	bool known = false;

	good(vg_part_recall_begin(p, &err));
	good(vg_part_recall_take(p, &e, LOG, &to, &err));
	for (int i = 0; i < 3; i++) {
		e = minute(i);
		if (left[i])
			good(vg_part_recall_keep(p, &e, i, LOG, false, &err));
	}
	const struct vg_recall_reach reach = {.before_ms = before_ms};
	good(vg_part_recall_settle(p, &reach, &known, &err));
	return known;
}

static struct vg_part *three_minutes(void)
{
	struct vg_part *p = part_fix_part(&f, f.store, 0);

	f.cfg.lateness_ms = 10 * HOUR_MS;
	vg_part_free(p);
	p = part_fix_part(&f, f.store, 0);
	for (int i = 0; i < 3; i++) {
		struct vg_event e = minute(i);

		part_fix_take(p, &e, i, LOG);
	}
	good(part_fix_commit(p, 3, LOG - 3 * HOUR_MS, &err));
	cr_assert(eq(str, (char *)span_of(), "60000,0,180000,2"));
	return p;
}

Test(part_recall, a_span_is_made_of_what_is_left)
{
	static const struct {
		int offset;
		bool left[3];
		const char *span;
	} row[] = {{1, {true, false, true}, "60000,0,180000,2"},
		   {0, {false, false, true}, "180000,2,180000,2"},
		   {2, {false, false, false}, ""}};
	struct vg_part *p = three_minutes();

	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		cr_assert(take_out(p, row[i].offset, row[i].left, NOTHING));
		good(part_fix_commit(p, 4 + (int64_t)i, LOG - 3 * HOUR_MS,
				     &err));
		cr_expect(eq(str, (char *)span_of(), (char *)row[i].span));
	}
	/* Nothing is left of the bucket, nor is it listed. */
	char *dump = part_fix_dump(&f, 0);
	cr_assert(strstr(dump, "c:t-") == NULL);
	free(dump);
	/* And it may come again. */
	struct vg_event e = minute(2);
	part_fix_take(p, &e, 9, LOG);
	good(part_fix_commit(p, 10, LOG - 3 * HOUR_MS, &err));
	cr_assert(eq(str, (char *)span_of(), "180000,9,180000,9"));
	vg_part_free(p);
}

Test(part_recall, a_last_one_leaves_the_one_before_it)
{
	struct vg_part *p = three_minutes();

	cr_assert(take_out(p, 2, (const bool[3]){true, true}, NOTHING));
	good(part_fix_commit(p, 4, LOG - 3 * HOUR_MS, &err));
	cr_assert(eq(str, (char *)span_of(), "60000,0,120000,1"));
	vg_part_free(p);
}

/* Records before the reach have times up to before_ms: when the first is taken
 * out, one of them may be the next. */
Test(part_recall, a_first_one_is_taken_when_all_behind_it_was_read)
{
	static const bool left[3] = {false, true, true};
	struct vg_part *p = three_minutes();

	cr_assert(not(take_out(p, 0, left, T0 + MIN_MS)));
	vg_part_recall_drop(p);
	cr_assert(take_out(p, 0, left, T0 + MIN_MS - 1));
	good(part_fix_commit(p, 4, LOG - 3 * HOUR_MS, &err));
	cr_assert(eq(str, (char *)span_of(), "120000,1,180000,2"));
	vg_part_free(p);
}

/* The last is replaced by what is as late as anything before the reach. */
Test(part_recall, a_last_one_is_taken_when_all_before_it_was_read)
{
	static const bool left[3] = {true, true, false};
	struct vg_part *p = three_minutes();

	cr_assert(not(take_out(p, 2, left, T0 + 2 * MIN_MS + 1)));
	vg_part_recall_drop(p);
	cr_assert(take_out(p, 2, left, T0 + 2 * MIN_MS));
	good(part_fix_commit(p, 4, LOG - 3 * HOUR_MS, &err));
	cr_assert(eq(str, (char *)span_of(), "60000,0,120000,1"));
	vg_part_free(p);
}

Test(part_recall, hours_and_days_are_corrected_when_their_minutes_are_gone)
{
	struct vg_part *p = part_fix_part(&f, f.store, 0);
	struct vg_event e = part_event(&f, T0, "IL", "X");
	const struct vg_recalled to = gone(0);
	const struct vg_recall_reach reach = {.before_ms = NOTHING};
	bool known = false;
	char hour[64], day[64];

	snprintf(hour, sizeof hour, "c:country:1h:%lld", (long long)T0);
	snprintf(day, sizeof day, "c:country:1d:%lld", (long long)T0);
	e.count = 4;
	part_fix_take(p, &e, 0, T0);
	part_fix_take(p, &e, 1, T0);
	good(part_fix_commit(p, 2, T0, &err));
	for (int h = 48; h < 56; h++) /* an hour rolls at a time */
		good(part_fix_commit(p, h, T0 + h * HOUR_MS, &err));
	cr_assert(eq(str, (char *)part_fix_cell(&f, 0, hour, "A*|IL"), "8,2"));
	good(vg_part_recall_begin(p, &err));
	good(vg_part_recall_take(p, &e, T0, &to, &err));
	good(vg_part_recall_keep(p, &e, 1, T0, false, &err));
	good(vg_part_recall_settle(p, &reach, &known, &err));
	cr_assert(known);
	good(part_fix_commit(p, 60, T0 + 56 * HOUR_MS, &err));
	cr_assert(eq(str, (char *)part_fix_cell(&f, 0, hour, "A*|IL"), "4,1"));
	cr_assert(eq(str, (char *)part_fix_cell(&f, 0, day, "A*|IL"), "4,1"));
	vg_part_free(p);
}

static int64_t sum_of_actors(const char *dump)
{
	int64_t sum = 0;

	for (const char *s = dump; (s = strstr(s, "c:actor:1m:")) != NULL; s++)
		sum += atoll(strchr(s, '=') + 1);
	return sum;
}

Test(part_recall, law5_a_full_set_keeps_its_sum)
{
	struct fate fate[EVENTS] = {{.has = false}};
	struct vg_recalled to[EVENTS];
	struct vg_part *p = part_fix_part(&f, f.store, 0);
	uint32_t r = 3;
	size_t n = choose(&r, to, fate);
	int64_t left = 0;

	f.cfg.values_max = 3;
	count(p, EVENTS, NONE);
	cr_assert(gt(i64, vg_metric_get(&f.metrics, VG_M_FOLDED), 0));
	cr_assert(put(p, fate, EVENTS, to, n, NOTHING));
	good(part_fix_commit(p, EVENTS + 1, LOG, &err));
	for (int i = 0; i < EVENTS; i++)
		left += fate[i].has && fate[i].to.gone ? 0 : event(i).count;
	char *dump = part_fix_dump(&f, 0);
	cr_assert(eq(i64, sum_of_actors(dump), left));
	free(dump);
	vg_part_free(p);
}

Test(part_recall, what_was_never_counted_is_not_taken_away)
{
	struct vg_part *p = part_fix_part(&f, f.store, 0);
	struct vg_event e = part_event(&f, LOG, "IL", "X");
	const struct vg_recalled to = gone(0);
	const struct vg_recall_reach reach = {.before_ms = NOTHING};
	bool known = false;

	part_fix_take(p, &e, 0, LOG);
	good(part_fix_commit(p, 1, LOG, &err));
	char *want = cells(0);
	e.count = 2; /* as after a change of the configuration */
	good(vg_part_recall_begin(p, &err));
	good(vg_part_recall_take(p, &e, LOG, &to, &err));
	good(vg_part_recall_settle(p, &reach, &known, &err));
	cr_assert(eq(int, part_fix_commit(p, 2, LOG, &err), VG_INVAL));
	cr_assert(strstr(err.text, "more than was counted") != NULL);
	char *have = cells(0);
	cr_assert(eq(str, have, want));
	free(have);
	free(want);
	vg_part_free(p);
}

/* Recall nothing, with so many stored of before the reach: offsets 0 to n-1. */
static void recall_with_stored(struct vg_part *p, size_t n, int64_t next)
{
	struct vg_recalled *list = calloc(n, sizeof *list);
	bool known = false;

	cr_assert(list != NULL);
	for (size_t i = 0; i < n; i++)
		list[i] = gone((int64_t)i);
	const struct vg_recall_reach reach = {.from = (int64_t)n,
					      .before_ms = NOTHING,
					      .stored = list,
					      .n_stored = n};
	good(vg_part_recall_begin(p, &err));
	good(vg_part_recall_settle(p, &reach, &known, &err));
	good(part_fix_commit(p, next, LOG, &err));
	free(list);
}

Test(part_recall, what_no_recall_reaches_is_kept_for_back_fills_up_to_a_limit)
{
	struct fate fate[EVENTS] = {{.has = false}};
	const struct vg_recalled to[] = {gone(3), own(8), gone(9)};
	struct vg_part *p = part_fix_part(&f, f.store, 0);
	struct vg_recalled *list = NULL;
	size_t n = 0;

	count(p, EVENTS, NONE);
	cr_assert(put(p, fate, EVENTS, to, 3, NOTHING));
	good(part_fix_commit(p, EVENTS + 1, LOG, &err));
	recall_with_stored(p, VG_RECALLED_KEPT_MAX, EVENTS + 2);
	good(vg_part_recalled(p, &list, &n, &err));
	cr_assert(eq(sz, n, 3));
	cr_assert(eq(i64, vg_part_state(p)->recalls_from, 0));
	free(list);
	recall_with_stored(p, VG_RECALLED_KEPT_MAX + 4, EVENTS + 3);
	good(vg_part_recalled(p, &list, &n, &err));
	cr_assert(eq(sz, n, 2));
	cr_assert(eq(i64, list[0].offset, 8));
	free(list);
	vg_part_free(p);
	p = part_fix_part(&f, f.store, 0);
	cr_assert(eq(i64, vg_part_state(p)->recalls_from, 4));
	vg_part_free(p);
}

/* The lines of those cells that all members see. */
static char *seen_by_all(int32_t partition)
{
	char *all = cells(partition), *out = calloc(1, strlen(all) + 1);

	for (char *line = strtok(all, "\n"); line != NULL;
	     line = strtok(NULL, "\n")) {
		const char *field = strchr(line, ' ');

		if (field != NULL && strncmp(field, " A*", 3) == 0)
			strcat(strcat(out, line), "\n");
	}
	free(all);
	return out;
}

Test(part_recall, law3_taking_back_what_is_hidden_changes_nothing_that_is_not)
{
	struct fate fate[EVENTS] = {{.has = false}};
	struct vg_part *p = part_fix_part(&f, f.store, 0);
	struct vg_recalled to[EVENTS / 3];
	size_t n = 0;
	char *before, *after;

	for (int i = 0; i < EVENTS; i += 3)
		fate[i] = (struct fate){true, own(i)};
	count(p, EVENTS, fate);
	before = seen_by_all(0);
	for (int i = 0; i < EVENTS; i += 3)
		to[n++] = gone(i);
	cr_assert(put(p, fate, EVENTS, to, n, NOTHING));
	good(part_fix_commit(p, EVENTS + 1, LOG, &err));
	after = seen_by_all(0);
	cr_assert(gt(sz, strlen(before), 0));
	cr_assert(eq(str, after, before));
	free(before);
	free(after);
	vg_part_free(p);
}

Test(part_recall, law3_what_is_narrowed_is_in_no_cell_that_all_see)
{
	struct fate fate[EVENTS] = {{.has = false}};
	struct vg_part *p = part_fix_part(&f, f.store, 0);
	struct vg_recalled to[EVENTS];
	char *left;

	count(p, EVENTS, NONE);
	for (int i = 0; i < EVENTS; i++)
		to[i] = own(i);
	cr_assert(put(p, fate, EVENTS, to, EVENTS, NOTHING));
	good(part_fix_commit(p, EVENTS + 1, LOG, &err));
	left = seen_by_all(0);
	cr_assert(eq(str, left, ""));
	free(left);
	vg_part_free(p);
}

/* The records of all minutes of the countries. */
static int64_t live_records(int32_t partition)
{
	char *all = cells(partition);
	int64_t sum = 0;

	for (char *line = strtok(all, "\n"); line != NULL;
	     line = strtok(NULL, "\n"))
		if (strncmp(line, "c:country:1m:", 13) == 0)
			sum += strtoll(strrchr(line, ',') + 1, NULL, 10);
	free(all);
	return sum;
}

Test(part_recall, law4_counted_is_what_lives_and_what_was_recalled)
{
	struct fate fate[EVENTS] = {{.has = false}};
	struct vg_part *p = part_fix_part(&f, f.store, 0);
	struct vg_recalled to[EVENTS];
	uint32_t r = 7;
	size_t n;
	int64_t recalled = 0;

	count(p, EVENTS, NONE);
	cr_assert(eq(i64, live_records(0), EVENTS));
	n = choose(&r, to, fate);
	for (size_t i = 0; i < n; i++)
		recalled += to[i].gone;
	cr_assert(gt(i64, recalled, 0));
	cr_assert(put(p, fate, EVENTS, to, n, NOTHING));
	good(part_fix_commit(p, EVENTS + 1, LOG, &err));
	cr_assert(eq(i64, live_records(0), EVENTS - recalled));
	vg_part_free(p);
}
