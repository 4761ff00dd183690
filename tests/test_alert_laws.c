/*
 * Laws 2 and 3 of alerts: the order of arrival changes nothing, and what a
 * class may not see changes nothing that it reads.
 */
#include "alert/episodes.h"
#include "alert_fix.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { EVENTS = 160, VALUES = 8 };

static struct alert_fix f;
static struct vg_buf out, want;
static struct fix_event event[EVENTS];
static size_t n_event;

static void start(void)
{
	alert_fix_start(&f, FIX_RULE(3, ""));
}

static void finish(void)
{
	vg_buf_term(&out);
	vg_buf_term(&want);
	alert_fix_stop(&f);
}

TestSuite(alert_laws, .init = start, .fini = finish, .timeout = 300);

static const char *const country[] = {"MA", "IL", "AE", "US", "BH"};
static const char *const own[] = {"S0", "S1", "S2", "S3", "S4"};
static const char *const actor[] = {"x", "y"};

/* Events over six hours, at minutes and exact windows, so that ties and gaps
 * of a window happen; over a third is hidden from somebody. */
static void random_events(size_t n)
{
	n_event = n;
	for (size_t i = 0; i < n; i++) {
		unsigned part = alert_fix_random(FIX_PARTNERS);
		const char *audience = "A*";

		if (alert_fix_random(2) == 0)
			audience = alert_fix_random(2) == 0 ? own[part]
							    : "A#MA+US";
		event[i] = (struct fix_event){
			.t = alert_fix_random(36) * INT64_C(600000) +
			     alert_fix_random(3),
			.part = part,
			.audience = audience,
			.actor = actor[alert_fix_random(2)],
			.country = country[alert_fix_random(5)],
			.origin = country[part]};
	}
}

static void shuffle(void)
{
	for (size_t i = n_event; i > 1; i--) {
		size_t j = alert_fix_random((uint32_t)i);
		struct fix_event e = event[j];

		event[j] = event[i - 1];
		event[i - 1] = e;
	}
}

static unsigned slot_named(const char *name)
{
	for (unsigned i = 0; i < FIX_PARTNERS; i++)
		if (strcmp(f.partner[i].id, name) == 0)
			return i;
	return VG_SLOT_COALITION;
}

static bool sees(unsigned slot, const struct fix_event *e)
{
	uint16_t aud = 0;

	cr_assert(vg_audience_find(f.aud, vg_slice_of(e->audience), &aud));
	return vg_audience_sees(f.aud, aud, slot);
}

static uint32_t number_of(const char *word)
{
	uint32_t i = 0;

	while (strcmp(country[i], word) != 0)
		i++;
	return i;
}

static int by_start(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* What `name` must see: episodes of the events that it may see, computed from
 * the events themselves, one span each. Lines sorted. */
static void expected(const char *name, int64_t resolve_after_ms)
{
	const int64_t at_least[] = {3, 2};
	const struct vg_episode_rule rule = {.window_ms = FIX_W,
					     .resolve_after_ms =
						     resolve_after_ms,
					     .at_least = at_least,
					     .n_condition = 2};
	static char line[64][80];
	size_t lines = 0;

	for (size_t a = 0; a < 2; a++) {
		struct vg_span_in in[2 * EVENTS];
		struct vg_episode *e = NULL;
		size_t n = 0, k = 0;

		for (size_t i = 0; i < n_event; i++) {
			const struct fix_event *v = &event[i];

			if (!sees(slot_named(name), v) ||
			    strcmp(v->actor, actor[a]) != 0)
				continue;
			in[k++] = (struct vg_span_in){0, number_of(v->country),
						      v->t, v->t};
			in[k++] = (struct vg_span_in){1, number_of(v->origin),
						      v->t, v->t};
		}
		cr_assert(eq(int, vg_episodes(&e, &n, in, k, &rule, NULL),
			     VG_OK));
		for (size_t i = 0; i < n; i++)
			snprintf(line[lines++], sizeof line[0],
				 "%s %s %" PRId64 " %" PRId64 " %d\n", actor[a],
				 name, e[i].start_ms, e[i].end_ms,
				 (int)e[i].peak);
		free(e);
	}
	qsort(line, lines, sizeof line[0], by_start);
	vg_buf_reset(&want);
	vg_buf_str(&want, "");
	for (size_t i = 0; i < lines; i++)
		vg_buf_str(&want, line[i]);
}

/* The stored alerts of `name`, lines sorted. */
static void stored(const char *name)
{
	static char line[64][80];
	size_t lines = 0;

	alert_fix_brief(&f, name, &out);
	for (char *p = strtok(out.p, "\n"); p != NULL; p = strtok(NULL, "\n"))
		snprintf(line[lines++], sizeof line[0], "%s\n", p);
	qsort(line, lines, sizeof line[0], by_start);
	vg_buf_reset(&out);
	vg_buf_str(&out, "");
	for (size_t i = 0; i < lines; i++)
		vg_buf_str(&out, line[i]);
}

static void feed(void)
{
	for (size_t i = 0; i < n_event; i++) {
		alert_fix_event(&f, &event[i]);
		if (alert_fix_random(4) == 0)
			alert_fix_tick(&f, alert_fix_random(3) * 700);
	}
	alert_fix_settle(&f);
}

static void hold_law2(int64_t resolve_after_ms, uint64_t seed)
{
	static const char *const viewer[] = {"MA", "IL", "US", "coalition"};

	alert_fix_seed(seed);
	random_events(20 + alert_fix_random(EVENTS - 20));
	for (int order = 0; order < 3; order++) {
		alert_fix_again(&f);
		shuffle();
		feed();
		for (size_t v = 0; v < 4; v++) {
			expected(viewer[v], resolve_after_ms);
			stored(viewer[v]);
			cr_assert(eq(str, out.p, want.p), "seed %d order %d",
				  (int)seed, order);
		}
	}
}

Test(alert_laws, law2_any_order_and_interleaving_gives_the_same_alerts)
{
	for (uint64_t seed = 1; seed <= 25; seed++)
		hold_law2(FIX_W, seed);
}

Test(alert_laws, law2_holds_without_resolve_after)
{
	alert_fix_stop(&f);
	alert_fix_start(&f, FIX_RULE(3, "resolve_after: 0s\n"));
	for (uint64_t seed = 101; seed <= 125; seed++)
		hold_law2(0, seed);
}

static int by_time(const void *a, const void *b)
{
	const struct fix_event *x = a, *y = b;

	return (x->t > y->t) - (x->t < y->t);
}

Test(alert_laws, law2_holds_while_the_log_runs_and_the_past_is_swept)
{
	for (uint64_t seed = 201; seed <= 210; seed++) {
		alert_fix_seed(seed);
		random_events(EVENTS);
		qsort(event, n_event, sizeof *event, by_time);
		for (size_t i = 0; i + 6 < n_event; i += 6) /* a little late */
			event[i + 5] = (struct fix_event){event[i].t,
							  event[i + 5].part,
							  event[i + 5].audience,
							  event[i + 5].actor,
							  event[i + 5].country,
							  event[i + 5].origin};
		alert_fix_again(&f);
		for (size_t i = 0; i < n_event; i++) {
			alert_fix_event(&f, &event[i]);
			if (FIX_T0 + event[i].t > f.world.log_ms)
				alert_fix_log(&f, event[i].t);
			if (i % 3 == 0)
				alert_fix_tick(&f, 400);
		}
		alert_fix_settle(&f);
		alert_fix_log(&f, 100 * INT64_C(3600000));
		alert_fix_settle(&f);
		alert_fix_tick(&f, 2000);
		cr_assert(eq(sz, vg_groups_count(f.e->groups), 0));
		expected("MA", FIX_W);
		stored("MA");
		cr_assert(eq(str, out.p, want.p), "seed %d", (int)seed);
	}
}

/* Feed all, ticking at the same events whatever is left out. */
static void feed_seen_by(unsigned slot, bool all)
{
	alert_fix_again(&f);
	for (size_t i = 0; i < n_event; i++) {
		if (all || sees(slot, &event[i]))
			alert_fix_event(&f, &event[i]);
		if (i % 5 == 4)
			alert_fix_tick(&f, 100);
	}
	alert_fix_settle(&f);
	alert_fix_settle(&f);
}

static size_t hidden_from(unsigned slot)
{
	size_t n = 0;

	for (size_t i = 0; i < n_event; i++)
		n += !sees(slot, &event[i]);
	return n;
}

Test(alert_laws, law3_removing_hidden_events_changes_no_document)
{
	size_t tipped = 0;

	for (uint64_t seed = 301; seed <= 320; seed++) {
		alert_fix_seed(seed);
		random_events(EVENTS);
		cr_assert(ge(sz, hidden_from(FIX_IL) * 10, n_event * 3));
		feed_seen_by(FIX_IL, true);
		alert_fix_docs(&f, "IL", true, &want);
		alert_fix_brief(&f, "US", &out);
		char *us = strdup(out.p);
		feed_seen_by(FIX_IL, false);
		alert_fix_docs(&f, "IL", true, &out);
		cr_assert(eq(str, out.p, want.p), "seed %d", (int)seed);
		alert_fix_brief(&f, "US", &out);
		tipped += strcmp(out.p, us) != 0;
		free(us);
	}
	cr_assert(gt(sz, tipped, 0)); /* hidden events did tip alerts */
}

Test(alert_laws, law3_replacing_hidden_events_changes_no_document)
{
	for (uint64_t seed = 401; seed <= 420; seed++) {
		alert_fix_seed(seed);
		random_events(EVENTS);
		feed_seen_by(FIX_IL, true);
		alert_fix_docs(&f, "IL", true, &want);
		for (size_t i = 0; i < n_event; i++) {
			if (sees(FIX_IL, &event[i]))
				continue;
			event[i].t = alert_fix_random(36) * INT64_C(600000);
			event[i].actor = actor[alert_fix_random(2)];
			event[i].country = country[alert_fix_random(5)];
		}
		feed_seen_by(FIX_IL, true);
		alert_fix_docs(&f, "IL", true, &out);
		cr_assert(eq(str, out.p, want.p), "seed %d", (int)seed);
	}
}

Test(alert_laws, law3_a_hidden_event_that_tips_shows_to_its_class_alone)
{
	const struct fix_event e[] = {{0, FIX_MA, "A*", "x", "MA", "MA"},
				      {1, FIX_IL, "A*", "x", "IL", "IL"},
				      {2, FIX_US, "A#MA+US", "x", "US", "US"}};

	for (size_t i = 0; i < 3; i++)
		alert_fix_event(&f, &e[i]);
	alert_fix_settle(&f);
	alert_fix_brief(&f, "", &out);
	stored("");
	cr_assert(eq(str, out.p, "x MA 2 3600000 3\nx US 2 3600000 3\n"));
	alert_fix_docs(&f, "MA", true, &out);
	cr_assert(strstr(out.p, "\"marking\":\"AMBER\"") != NULL);
}

static void start_learning(void)
{
	alert_fix_start(&f, FIX_LEARN);
	f.cfg.lateness_ms = 24 * INT64_C(3600000);
}

TestSuite(alert_laws_first, .init = start_learning, .fini = finish,
	  .timeout = 300);

/* A new start, with the clock behind all events. */
static void learn_again(void)
{
	alert_fix_again(&f);
	alert_fix_log(&f, 7 * INT64_C(3600000));
}

/* What is new to `name` among events by time: not there for two hours, and an
 * hour after the first of the actor. Lines sorted. */
static void expected_new(const char *name)
{
	static char line[2 * EVENTS][80];
	int64_t first[2] = {-1, -1}, last[2][5];
	size_t lines = 0;

	memset(last, 0xff, sizeof last);
	for (size_t i = 0; i < n_event; i++) {
		const struct fix_event *v = &event[i];
		int a = strcmp(v->actor, actor[0]) != 0;
		int64_t *was = &last[a][number_of(v->country)];

		if (!sees(slot_named(name), v))
			continue;
		first[a] = first[a] < 0 ? v->t : first[a];
		if ((*was < 0 || (v->t != *was && v->t - *was >= 2 * FIX_W)) &&
		    v->t - first[a] >= FIX_W)
			snprintf(line[lines++], sizeof line[0],
				 "%s%s %s %" PRId64 " %" PRId64 " 0\n",
				 v->actor, v->country, name, v->t, v->t);
		*was = v->t;
	}
	qsort(line, lines, sizeof line[0], by_start);
	vg_buf_reset(&want);
	vg_buf_str(&want, "");
	for (size_t i = 0; i < lines; i++)
		vg_buf_str(&want, line[i]);
}

Test(alert_laws_first, law2_any_order_gives_what_is_new_after_learning)
{
	static const char *const viewer[] = {"MA", "IL", "US", "coalition"};
	size_t found = 0;

	for (uint64_t seed = 501; seed <= 550; seed++) {
		alert_fix_seed(seed);
		random_events(5 + alert_fix_random(40));
		learn_again();
		shuffle();
		feed();
		qsort(event, n_event, sizeof *event, by_time);
		for (size_t v = 0; v < 4; v++) {
			expected_new(viewer[v]);
			stored(viewer[v]);
			cr_assert(eq(str, out.p, want.p), "seed %d", (int)seed);
			found += want.n > 0;
		}
	}
	cr_assert(gt(sz, found, 50));
}

Test(alert_laws_first, law3_an_earlier_hidden_first_is_no_first)
{
	for (uint64_t seed = 601; seed <= 620; seed++) {
		alert_fix_seed(seed);
		random_events(EVENTS / 4);
		for (int all = 1; all >= 0; all--) {
			learn_again();
			for (size_t i = 0; i < n_event; i++) {
				if (all != 0 || sees(FIX_IL, &event[i]))
					alert_fix_event(&f, &event[i]);
				if (i % 5 == 4)
					alert_fix_tick(&f, 100);
			}
			alert_fix_settle(&f);
			alert_fix_docs(&f, "IL", true, all != 0 ? &want : &out);
		}
		cr_assert(eq(str, out.p, want.p), "seed %d", (int)seed);
	}
}

Test(alert_laws_first, learning_is_over_though_all_of_then_was_swept)
{
	const struct fix_event e[] = {
		{0, FIX_MA, "A*", "x", "MA", "MA"},
		{90 * INT64_C(86400000), FIX_IL, "A*", "x", "IL", "IL"}};

	f.cfg.lateness_ms = 600000;
	alert_fix_event(&f, &e[0]);
	alert_fix_log(&f, 0);
	alert_fix_settle(&f);
	for (int day = 1; day <= 90; day++) {
		alert_fix_log(&f, day * INT64_C(86400000));
		alert_fix_tick(&f, 2000);
	}
	/* What is left is when the group began. */
	cr_assert(eq(sz, vg_groups_count(f.e->groups), 1));
	alert_fix_event(&f, &e[1]);
	alert_fix_settle(&f);
	stored("coalition");
	cr_assert(eq(str, out.p, "xIL coalition 7776000000 7776000000 0\n"));
	/* What replays it must read all that it learned from. */
	alert_fix_docs(&f, "coalition", true, &out);
	cr_assert_not_null(strstr(out.p, " --from 0\""));
}
