/* A chain, live: a rule over what other rules raised, for each viewer. */
#include "alert_fix.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>

enum { MIN = 60000 };

/* Two countries, then three within half an hour. */
static const char rules[] =
	"- {"
	"id: two, title: T, group_by: [actor], window: 1h, severity: 5, "
	"condition: {country: {distinct: 2}, origin: {distinct: 2}}}\n"
	"- {id: three, title: T, group_by: [actor], window: 1h, severity: 5, "
	"condition: {country: {distinct: 3}, origin: {distinct: 2}}}\n"
	"- {id: grows, title: T, type: chain, group_by: [actor], "
	"window: 30m, severity: 9, rules: [two, three], ordered: true}\n"
	"- {id: above, title: T, type: chain, group_by: [], "
	"window: 30m, severity: 9, rules: [grows]}\n";

static struct alert_fix f;
static struct vg_buf out;

static void start(void)
{
	alert_fix_start(&f, rules);
	/* All that a test sends is known to the log, and none of it too old. */
	f.cfg.lateness_ms = 600 * MIN;
	alert_fix_log(&f, 300 * MIN);
}

static void finish(void)
{
	vg_buf_term(&out);
	alert_fix_stop(&f);
}

TestSuite(chain, .init = start, .fini = finish, .timeout = 60);

static void see_as(int64_t t, unsigned part, const char *audience)
{
	const char *id = f.partner[part].id;
	const struct fix_event ev = {t, part, audience, "x", id, id};

	alert_fix_event(&f, &ev);
}

static void see(int64_t t, unsigned part)
{
	see_as(t, part, "A*");
}

/* The documents of `rule` that `class_name` may read, in `out`; how many. */
static size_t docs_of(const char *rule, const char *class_name, bool all)
{
	static struct vg_buf docs;
	char want[64];
	size_t n = 0;

	alert_fix_docs(&f, class_name, all, &docs);
	snprintf(want, sizeof want, "\"rule\":\"%s\"", rule);
	vg_buf_reset(&out);
	for (char *p = docs.p, *end; p != NULL && *p != '\0'; p = end + 1) {
		end = strchr(p, '\n');
		*end = '\0';
		if (strstr(p, want) == NULL)
			continue;
		vg_buf_str(&out, p);
		vg_buf_str(&out, "\n");
		n++;
	}
	vg_buf_add(&out, "", 1);
	vg_buf_term(&docs);
	return n;
}

static bool says(const char *text)
{
	return strstr(out.p, text) != NULL;
}

static void grow(void)
{
	see(0, FIX_MA);
	see(5 * MIN, FIX_IL);
	see(20 * MIN, FIX_AE);
}

Test(chain, is_raised_where_the_alerts_of_its_rules_begin)
{
	grow();
	alert_fix_settle(&f);
	cr_assert(eq(sz, docs_of("grows", "MA", false), 1));
	/* From 20 min, when `three` began, to 30 min after `two` did. */
	cr_assert(says("\"start\":\"2023-11-14T22:33:20.000Z\""), "%s", out.p);
	cr_assert(says("\"end\":\"2023-11-14T22:48:20.000Z\""), "%s", out.p);
	cr_assert(says("\"peak\":2"));
	cr_assert(says("\"values\":{\"rules\":[\"three\",\"two\"]}"), "%s",
		  out.p);
	cr_assert(says("\"partners\":[\"MA\",\"IL\",\"AE\"]"));
	cr_assert(says("\"tipping\":{\"partner\":\"MA\",\"time\":\"2023-11-14T"
		       "22:33:20.000Z\",\"field\":\"rules\",\"value\":"
		       "\"three\"}"),
		  "%s", out.p);
	cr_assert(eq(sz, docs_of("above", "MA", false), 1));
}

Test(chain, needs_its_rules_within_its_window)
{
	see(0, FIX_MA);
	see(5 * MIN, FIX_IL);
	see(35 * MIN, FIX_AE); /* exactly its window later */
	alert_fix_settle(&f);
	cr_assert(eq(sz, docs_of("three", "MA", false), 1));
	cr_assert(eq(sz, docs_of("grows", "MA", false), 0));
}

Test(chain, says_who_it_would_not_hold_without)
{
	grow();
	see(21 * MIN, FIX_US); /* `three` would begin a minute later */
	alert_fix_settle(&f);
	cr_assert(eq(sz, docs_of("grows", "MA", false), 1));
	cr_assert(says("{\"partner\":\"MA\",\"holds\":true}") ||
			  says("{\"partner\":\"MA\",\"holds\":false}"),
		  "%s", out.p);
	cr_assert(says("{\"partner\":\"US\",\"holds\":true}"), "%s", out.p);
}

Test(chain, is_revised_when_its_parts_are)
{
	see(0, FIX_MA);
	see(5 * MIN, FIX_IL);
	see(50 * MIN, FIX_AE);
	alert_fix_settle(&f);
	cr_assert(eq(sz, docs_of("grows", "MA", false), 0));
	see(25 * MIN, FIX_US); /* late: `three` held 25 minutes earlier */
	alert_fix_settle(&f);
	cr_assert(eq(sz, docs_of("grows", "MA", false), 1));
	cr_assert(says("\"start\":\"2023-11-14T22:38:20.000Z\""), "%s", out.p);
	cr_assert(says("\"revision\":1,\"late_by_ms\":1500000"), "%s", out.p);
	cr_assert(eq(sz, docs_of("above", "MA", false), 1));
}

static void take_back(unsigned part)
{
	struct vg_track_sink sink = vg_evaluator_sink(f.e);

	for (size_t i = 0; i < f.n_cell; i++) {
		struct fix_cell *c = &f.cell[i];

		if (c->part != part || c->gone)
			continue;
		c->gone = true;
		sink.gone(sink.ctx, c->track, c->part, c->sub_ms,
			  vg_slice_of(c->field));
	}
}

Test(chain, is_withdrawn_when_its_parts_are_recalled)
{
	grow();
	alert_fix_settle(&f);
	cr_assert(eq(sz, docs_of("above", "MA", false), 1));
	take_back(FIX_AE);
	alert_fix_settle(&f);
	cr_assert(eq(sz, docs_of("three", "MA", false), 0));
	cr_assert(eq(sz, docs_of("grows", "MA", false), 0));
	cr_assert(eq(sz, docs_of("above", "MA", false), 0));
	cr_assert(eq(sz, docs_of("grows", "MA", true), 1));
	cr_assert(says("\"withdrawn\":true"));
	see(25 * MIN, FIX_US); /* and there again */
	alert_fix_settle(&f);
	cr_assert(eq(sz, docs_of("above", "MA", false), 1));
}

Test(chain, law3_counts_the_alerts_of_its_class_alone)
{
	see(0, FIX_MA);
	see(5 * MIN, FIX_IL);
	see_as(20 * MIN, FIX_US, "A#MA+US");
	alert_fix_settle(&f);
	cr_assert(eq(sz, docs_of("grows", "MA", false), 1));
	cr_assert(eq(sz, docs_of("grows", "US", false), 1));
	cr_assert(eq(sz, docs_of("grows", "IL", false), 0));
	cr_assert(eq(sz, docs_of("above", "BH", true), 0));
}

Test(chain, is_as_it_was_after_a_restart_and_goes_on)
{
	grow();
	alert_fix_settle(&f);
	int64_t writes = alert_fix_writes(&f);
	vg_evaluator_free(f.e);
	f.e = alert_fix_evaluator(&f, "one");
	alert_fix_hand(&f, f.e);
	alert_fix_settle(&f);
	cr_assert(eq(i64, alert_fix_writes(&f), writes));
	see(2 * MIN, FIX_IL); /* `two` begins earlier, and so it ends so */
	alert_fix_settle(&f);
	cr_assert(eq(sz, docs_of("grows", "MA", false), 1));
	cr_assert(says("\"end\":\"2023-11-14T22:45:20.000Z\""), "%s", out.p);
}

Test(chain, law2_is_the_same_in_any_order)
{
	struct {
		int64_t t;
		unsigned part;
	} e[24];
	char *first = NULL;

	alert_fix_seed(5);
	for (int i = 0; i < 24; i++) {
		e[i].t = alert_fix_random(240) * MIN;
		e[i].part = alert_fix_random(FIX_PARTNERS);
	}
	for (int order = 0; order < 12; order++) {
		for (int i = 23; i > 0; i--) {
			int k = (int)alert_fix_random((uint32_t)i + 1);
			int64_t t = e[i].t;
			unsigned part = e[i].part;

			e[i] = e[k];
			e[k].t = t;
			e[k].part = part;
		}
		alert_fix_again(&f);
		alert_fix_log(&f, 300 * MIN);
		for (int i = 0; i < 24; i++) {
			see(e[i].t, e[i].part);
			if (i % 5 == 0)
				alert_fix_settle(&f);
		}
		alert_fix_settle(&f);
		/* Revisions, and ids after a merge, tell of the order. */
		alert_fix_brief(&f, "AE", &out);
		if (first == NULL)
			first = strdup(out.p);
		cr_assert(strcmp(out.p, first) == 0, "%d:\n%s\n%s", order,
			  out.p, first);
	}
	cr_assert(strstr(first, "(null) AE") != NULL, "%s", first);
	free(first);
}

Test(chain, forgets_what_no_window_can_meet)
{
	grow();
	alert_fix_settle(&f);
	for (int i = 1; i <= 20; i++) {
		alert_fix_log(&f, (300 + i * 60) * MIN);
		f.e->was_swept = true;
		alert_fix_tick(&f, 2000);
	}
	alert_fix_settle(&f);
	cr_assert(eq(sz, docs_of("grows", "MA", false), 1));
	cr_assert(eq(sz, docs_of("above", "MA", false), 1));
	cr_assert(eq(sz, vg_groups_count(f.e->groups), 0));
}
