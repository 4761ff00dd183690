/* Tracks that begin in the midst of a partition, and come to miss nothing. */
#include "part_fix.h"

#include "aggregate/part_feed.h"
#include "aggregate/part_recall.h"
#include "aggregate/view.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { EVENTS = 400, BATCH = 40, CUT = 300 };

static struct part_fix f;
static struct vg_plan *both; /* the fixture's tracks, and three more */
static struct vg_part_env old_env, new_env;
static struct vg_err err;
static int64_t time_of[EVENTS];
static unsigned seed;

static void add(struct vg_plan *p, const char *group, const char *value,
		int64_t window_ms)
{
	struct vg_track t = {.kind = value != NULL ? VG_TRACK_SPAN
						   : VG_TRACK_STEPS,
			     .window_ms = window_ms,
			     .n_group = 1};
	size_t index;

	t.group[0] = vg_field_ref(vg_slice_of(group));
	if (value != NULL)
		t.value[t.n_value++] = vg_field_ref(vg_slice_of(value));
	cr_assert(eq(int, vg_plan_add_track(p, &t, &index, NULL), VG_OK));
}

/* When each actor was first there: kept for ever. */
static void add_first(struct vg_plan *p)
{
	struct vg_track t = {.kind = VG_TRACK_SPAN,
			     .window_ms = VG_TRACK_FIRST_MS,
			     .reach_ms = 30 * MIN_MS,
			     .n_group = 1,
			     .n_value = 1};
	size_t index;

	t.group[0] = vg_field_ref(vg_slice_of("actor"));
	t.value[0] = vg_field_ref(vg_slice_of("partner"));
	cr_assert(eq(int, vg_plan_add_track(p, &t, &index, NULL), VG_OK));
}

static void init(void)
{
	seed = 11;
	part_fix_open(&f);
	f.cfg.lateness_ms = 20 * MIN_MS;
	cr_assert(eq(int, vg_plan_new(&both, NULL), VG_OK));
	add(both, "country", "actor", 30 * MIN_MS);
	add(both, "actor", "country", HOUR_MS);
	add(both, "indicator", "country", 10 * MIN_MS);
	add(both, "actor", NULL, 2 * HOUR_MS);
	add_first(both);
	old_env = new_env = f.env;
	new_env.plan = both;
	new_env.config_hash = "beef";
	for (int i = 0; i < EVENTS; i++)
		time_of[i] = T0 + rand_r(&seed) % (4 * HOUR_MS);
}

static void term(void)
{
	vg_plan_free(both);
	part_fix_close(&f);
}

TestSuite(part_feed, .init = init, .fini = term, .timeout = 60);

static void good(enum vg_rc rc)
{
	cr_assert(eq(int, rc, VG_OK), "%s", err.text);
}

static struct vg_part *open_as(const struct vg_part_env *env, int32_t partition)
{
	struct vg_part *p = NULL;

	good(vg_part_open(&p, env, f.store, &f.partner[0], partition, &err));
	return p;
}

/* The records come over four hours, whatever the times of their events. */
static int64_t record_ms(int i)
{
	return T0 + (int64_t)i * 4 * HOUR_MS / EVENTS + 5 * MIN_MS;
}

static struct vg_event event(int i)
{
	static const char *const who[] = {"x", "y", "z"};
	static const char *const where[] = {"MA", "IL", "AE", "US"};
	struct vg_event e =
		part_event(&f, time_of[i], where[i % 4], who[i * 7 % 3]);

	e.count = i % 3 + 1;
	return e;
}

static void take(struct vg_part *p, int from, int to)
{
	for (int i = from; i < to; i++) {
		struct vg_event e = event(i);

		part_fix_take(p, &e, i, record_ms(i));
		if ((i + 1) % BATCH == 0 || i + 1 == to)
			good(part_fix_commit(p, i + 1, record_ms(i), &err));
	}
}

/* Fill up to `to` what is next, as a reader of the log would. False when
 * nothing is to be filled. */
static bool fill(struct vg_part *p, int64_t to, const bool *gone)
{
	struct vg_fill next;
	int64_t cursor;

	if (!vg_part_fill_next(p, &next))
		return false;
	to = to < next.at.from ? to : next.at.from;
	cursor = next.at.cursor < 0 ? 0 : next.at.cursor;
	for (int i = (int)cursor; i < to; i++) {
		struct vg_event e = event(i);

		if (gone == NULL || !gone[i])
			good(vg_part_fill(p, &e, i, record_ms(i), &err));
		else
			good(vg_part_fill_recalled(p, &e, i, record_ms(i),
						   &err));
	}
	good(vg_part_fill_commit(p, to > cursor ? to : cursor,
				 record_ms((int)to), vg_part_state(p)->log_ms,
				 &err));
	return true;
}

static void fill_all(struct vg_part *p)
{
	while (fill(p, EVENTS, NULL))
		;
	cr_assert(eq(sz, vg_part_feeds_open(p), 0));
}

/* What was too late for the rules of then is noted so. */
static char *without_notes(char *dump)
{
	char *out = calloc(1, strlen(dump) + 1);

	for (char *line = strtok(dump, "\n"); line != NULL;
	     line = strtok(NULL, "\n"))
		if (strstr(line, "beyond_rules") == NULL)
			strcat(strcat(out, line), "\n");
	free(dump);
	return out;
}

static void expect_same(void)
{
	char *have = without_notes(part_fix_dump(&f, 0)),
	     *want = without_notes(part_fix_dump(&f, 1));

	cr_assert(eq(str, have, want));
	free(have);
	free(want);
}

/* Partition 1 has had all from the beginning. */
static void count_from_the_start(void)
{
	struct vg_part *p = open_as(&new_env, 1);

	take(p, 0, EVENTS);
	cr_assert(eq(sz, vg_part_feeds_open(p), 0));
	vg_part_free(p);
}

Test(part_feed, law7_a_track_that_was_filled_is_as_if_always_there)
{
	count_from_the_start();
	struct vg_part *p = open_as(&old_env, 0);
	take(p, 0, CUT);
	vg_part_free(p);
	p = open_as(&new_env, 0);
	cr_assert(eq(sz, vg_part_feeds_open(p), 3));
	cr_assert(eq(i64, vg_part_state(p)->offset, CUT));
	fill(p, 100, NULL);
	take(p, CUT, CUT + 10);
	fill_all(p);
	take(p, CUT + 10, EVENTS);
	vg_part_free(p);
	expect_same();
}

Test(part_feed, law1_what_is_killed_while_filling_goes_on_at_its_cursor)
{
	count_from_the_start();
	struct vg_part *p = open_as(&old_env, 0);
	take(p, 0, CUT);
	vg_part_free(p);
	for (int to = 0; to < CUT; to += 70) {
		struct vg_event e = event(0);

		p = open_as(&new_env, 0);
		fill(p, to, NULL);
		/* What was not committed is nowhere. */
		struct vg_fill next;
		if (vg_part_fill_next(p, &next))
			good(vg_part_fill(p, &e, 0, record_ms(0), &err));
		vg_part_free(p);
	}
	p = open_as(&new_env, 0);
	fill_all(p);
	take(p, CUT, EVENTS);
	vg_part_free(p);
	expect_same();
}

Test(part_feed, a_zombie_cannot_fill)
{
	struct vg_part *p = open_as(&old_env, 0), *q;
	struct vg_fill next;

	take(p, 0, CUT);
	vg_part_free(p);
	p = open_as(&new_env, 0);
	q = open_as(&new_env, 0);
	cr_assert(vg_part_fill_next(p, &next));
	cr_assert(eq(int,
		     vg_part_fill_commit(p, 10, record_ms(10), INT64_MIN, &err),
		     VG_INVAL));
	cr_assert(eq(int, vg_part_refusal(p), VG_REFUSAL_FENCED));
	vg_part_free(p);
	fill_all(q);
	vg_part_free(q);
}

Test(part_feed, who_opens_under_other_rules_strikes_off_what_he_does_not_feed)
{
	count_from_the_start();
	struct vg_part *p = open_as(&new_env, 0);
	take(p, 0, 120);
	vg_part_free(p);
	p = open_as(&old_env, 0);
	take(p, 120, 200);
	vg_part_free(p);
	p = open_as(&new_env, 0);
	cr_assert(eq(sz, vg_part_feeds_open(p), 3));
	take(p, 200, CUT);
	vg_part_free(p);
	p = open_as(&new_env, 0); /* this keeps them */
	cr_assert(eq(sz, vg_part_feeds_open(p), 3));
	fill_all(p);
	take(p, CUT, EVENTS);
	vg_part_free(p);
	expect_same();
}

Test(part_feed, a_new_partition_and_one_without_a_past_miss_nothing)
{
	struct vg_part *p = open_as(&old_env, 0);

	vg_part_free(p);
	p = open_as(&new_env, 0);
	cr_assert(eq(sz, vg_part_feeds_open(p), 0));
	take(p, 0, 10);
	vg_part_free(p);
	p = open_as(&new_env, 0);
	cr_assert(eq(sz, vg_part_feeds_open(p), 0));
	vg_part_free(p);
}

Test(part_feed, ids_and_quotas_are_still_there_after_the_tracks_began)
{
	struct vg_part *p = open_as(&old_env, 0);
	size_t n = 0;

	take(p, 0, 10);
	vg_part_free(p);
	p = open_as(&new_env, 0);
	cr_assert(ne(ptr, (void *)vg_part_ids(p, 0, &n), NULL));
	cr_assert(eq(sz, n, 10));
	vg_part_free(p);
}

/* Recall events `at` (to nothing), reading all of the log before `next`. */
static void recall(struct vg_part *p, const int *at, size_t n, bool *gone,
		   int next)
{
	struct vg_recall_reach reach = {.before_ms = INT64_MIN};
	bool known = false;

	good(vg_part_recall_begin(p, &err));
	for (size_t i = 0; i < n; i++) {
		const struct vg_recalled to = {.offset = at[i], .gone = true};
		struct vg_event e = event(at[i]);

		gone[at[i]] = true;
		good(vg_part_recall_take(p, &e, record_ms(at[i]), &to, &err));
	}
	for (int i = 0; i < next && vg_part_recall_keeps(p); i++) {
		struct vg_event e = event(i);

		if (!gone[i])
			good(vg_part_recall_keep(p, &e, i, record_ms(i), false,
						 &err));
	}
	good(vg_part_recall_settle(p, &reach, &known, &err));
	cr_assert(known);
	good(part_fix_commit(p, next + 1, record_ms(next), &err));
}

Test(part_feed, law1_a_recall_takes_from_a_track_only_what_it_got)
{
	/* Before the cursor, behind it, and since batches feed it. */
	static const int at[] = {20, 21, 150, 151, CUT + 5};
	bool gone[EVENTS] = {false};
	struct vg_part *p = open_as(&new_env, 1);

	/* One that is not in yet shares its step with one that is. */
	time_of[150] = time_of[CUT + 6];
	take(p, 0, CUT + 10);
	recall(p, at, 5, gone, CUT + 10);
	vg_part_free(p);
	memset(gone, 0, sizeof gone);
	p = open_as(&old_env, 0);
	take(p, 0, CUT);
	vg_part_free(p);
	p = open_as(&new_env, 0);
	fill(p, 100, NULL);
	take(p, CUT, CUT + 10);
	recall(p, at, 5, gone, CUT + 10);
	while (fill(p, EVENTS, gone))
		;
	vg_part_free(p);
	expect_same();
}

Test(part_feed, an_event_is_late_for_each_track_by_its_own_window)
{
	struct vg_part *p = open_as(&new_env, 0);
	struct vg_event e = part_event(&f, T0, "MA", "x");
	char *dump;

	/* 90 min late: too late for 1 h + 20 min, not for 2 h + 20 min. */
	part_fix_take(p, &e, 0, T0 + 90 * MIN_MS);
	good(part_fix_commit(p, 1, T0 + 90 * MIN_MS, &err));
	dump = part_fix_dump(&f, 0);
	for (size_t i = 0; i < vg_plan_tracks(both); i++) {
		const struct vg_track *t = vg_plan_track(both, i);

		cr_expect(eq(int, strstr(dump, t->id) != NULL,
			     t->window_ms == 2 * HOUR_MS),
			  "%s", t->id);
	}
	cr_assert(strstr(dump, "beyond_rules") == NULL);
	free(dump);
	vg_part_free(p);
}

static size_t restarts;

static void on_restart(void *ctx, size_t track, size_t part)
{
	(void)ctx;
	(void)track;
	(void)part;
	restarts++;
}

static void on_span(void *ctx, size_t track, size_t part, int64_t start_ms,
		    struct vg_slice field, const int64_t v[4])
{
	(void)ctx;
	(void)track;
	(void)part;
	(void)start_ms;
	(void)field;
	(void)v;
}

static void on_gone(void *ctx, size_t track, size_t part, int64_t start_ms,
		    struct vg_slice field)
{
	on_span(ctx, track, part, start_ms, field, NULL);
}

static void on_swept(void *ctx, size_t track, size_t part, int64_t start_ms)
{
	on_span(ctx, track, part, start_ms, (struct vg_slice){.n = 0}, NULL);
}

static void on_reset(void *ctx, size_t part)
{
	(void)ctx;
	(void)part;
}

static const struct vg_track_sink SINK = {
	NULL, on_span, on_gone, on_swept, on_reset, on_restart, NULL};

static int64_t now_ms;

static size_t whole_tracks(struct vg_view *v)
{
	size_t n = 0, applied;

	now_ms += 2000;
	good(vg_view_step(v, f.store, now_ms, 0, &applied, &err));
	cr_assert(vg_view_ready(v));
	for (size_t i = 0; i < vg_plan_tracks(both); i++)
		n += vg_view_has_whole(v, vg_plan_track(both, i)->id);
	return n;
}

Test(part_feed, followers_hear_which_tracks_miss_something)
{
	struct vg_part *p = open_as(&old_env, 0);
	struct vg_view *v = NULL, *late = NULL;
	int64_t reloads;

	now_ms = T0;
	good(vg_view_new(&v, &new_env, &SINK, &err));
	cr_assert(eq(sz, whole_tracks(v), 5)); /* nothing was counted */
	take(p, 0, 50);
	cr_assert(eq(sz, whole_tracks(v), 2));
	reloads = vg_metric_get(&f.metrics, VG_M_VIEW_RELOADS);
	vg_part_free(p);
	restarts = 0;
	p = open_as(&new_env, 0);
	cr_assert(eq(sz, whole_tracks(v), 2));
	cr_assert(eq(sz, restarts, 3));
	fill(p, 20, NULL);
	cr_assert(eq(sz, whole_tracks(v), 2));
	fill_all(p);
	cr_assert(eq(sz, whole_tracks(v), 5));
	good(vg_view_new(&late, &new_env, NULL, &err));
	cr_assert(eq(sz, whole_tracks(late), 5));
	vg_part_free(p);
	p = open_as(&old_env, 0);
	cr_assert(eq(sz, whole_tracks(v), 2));
	cr_assert(eq(sz, whole_tracks(late), 2));
	cr_assert(
		eq(i64, vg_metric_get(&f.metrics, VG_M_VIEW_RELOADS), reloads));
	vg_part_free(p);
	vg_view_free(v);
	vg_view_free(late);
}

Test(part_feed, a_follower_that_missed_a_fill_reads_again)
{
	struct vg_part *p = open_as(&old_env, 0);
	struct vg_view *v = NULL;

	now_ms = T0;
	good(vg_view_new(&v, &new_env, &SINK, &err));
	take(p, 0, 50);
	vg_part_free(p);
	p = open_as(&new_env, 0);
	cr_assert(eq(sz, whole_tracks(v), 2));
	/* The stream loses what tells of it; the next entry shows that. */
	fill(p, 20, NULL);
	(void)part_fix_ask(&f, "DEL", "vg:{alerts.ma:0}:d", NULL);
	fill_all(p);
	size_t applied;
	int64_t reloads = vg_metric_get(&f.metrics, VG_M_VIEW_RELOADS);
	good(vg_view_step(v, f.store, now_ms, 0, &applied, &err));
	cr_assert(eq(i64, vg_metric_get(&f.metrics, VG_M_VIEW_RELOADS),
		     reloads + 1));
	cr_assert(eq(sz, whole_tracks(v), 5));
	vg_part_free(p);
	vg_view_free(v);
}

Test(part_feed, texts_come_back_as_they_were_and_nonsense_does_not)
{
	const struct vg_feed feed = {5, -1, VG_FEED_NO_TIME};
	struct vg_buf text = {0};
	struct vg_feed back;
	static const char *const bad[] = {"",	    "1",       "1,2",
					  "-1,2,3", "1,2,3,4", "a,b,c"};

	vg_feed_print(&text, &feed);
	cr_assert(vg_feed_parse((struct vg_slice){text.p, (uint32_t)text.n},
				&back));
	cr_assert(eq(i64, back.from, 5));
	cr_assert(eq(i64, back.cursor, -1));
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		cr_expect(not(vg_feed_parse(vg_slice_of(bad[i]), &back)), "%s",
			  bad[i]);
	vg_buf_term(&text);
}
