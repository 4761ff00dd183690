/* Alerts when one partner's part in them is removed: IL's, throughout. */
#include "alert/purge_alerts.h"

#include "alert/without.h"
#include "alert_fix.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>

enum { MIN = 60000 };

#define NOTES "vg:{vg}:purge:IL"

static struct alert_fix f;
static struct vg_buf out;
static struct vg_err err;

static void start(void)
{
	alert_fix_start(&f, FIX_RULE(2, "resolve_after: 10m\n"));
}

static void finish(void)
{
	vg_buf_term(&out);
	alert_fix_stop(&f);
}

TestSuite(purge_alerts, .init = start, .fini = finish, .timeout = 60);

/* An event of partner `part` about `actor`, from its own country. */
static void see(int64_t t, unsigned part, const char *actor)
{
	const char *id = f.partner[part].id;
	const struct fix_event ev = {t, part, "A*", actor, id, id};

	alert_fix_event(&f, &ev);
}

static void purge(void)
{
	const struct vg_purge_alerts p = {.env = &f.env,
					  .rules = f.rules,
					  .partner = &f.partner[FIX_IL],
					  .owner = "purge",
					  .notes = NOTES,
					  .now_ms = f.world.now_ms};
	size_t seen = 0;

	cr_assert(vg_alerts_purge(f.store, &p, &seen, &err) == VG_OK, "%s",
		  err.text);
}

static void expect(const char *class_name, const char *want)
{
	alert_fix_brief(&f, class_name, &out);
	cr_assert(eq(str, out.p, (char *)want), "%s", class_name);
}

/* How often stored documents of a class, all of them, hold `text`. */
static size_t times(const char *class_name, const char *text)
{
	size_t n = 0;

	alert_fix_docs(&f, class_name, true, &out);
	for (const char *p = out.p; (p = strstr(p, text)) != NULL; p++)
		n++;
	return n;
}

/* The view loads IL's partition again, and finds it empty. */
static void forget_spans(void)
{
	struct vg_track_sink sink = vg_evaluator_sink(f.e);

	for (size_t i = 0; i < f.n_cell; i++)
		f.cell[i].gone |= f.cell[i].part == FIX_IL;
	sink.reset(sink.ctx, FIX_IL);
	f.world.now_ms += 40000; /* past the purge's lease */
}

Test(purge_alerts, withdraws_what_no_longer_holds)
{
	see(0, FIX_MA, "x");
	see(MIN, FIX_IL, "x");
	alert_fix_settle(&f);
	expect("MA", "x MA 60000 3600000 2\n");
	purge();
	expect("MA", "");
	cr_assert(eq(sz, times("MA", "\"withdrawn\":true"), 1));
	cr_assert(eq(sz, times("MA", "IL"), 0));
}

Test(purge_alerts, keeps_what_holds_without_it_less_its_rows)
{
	see(0, FIX_MA, "x");
	see(MIN, FIX_IL, "x");
	see(2 * MIN, FIX_AE, "x");
	alert_fix_settle(&f);
	expect("MA", "x MA 60000 3660000 3\n");
	purge();
	expect("MA", "x MA 120000 3600000 2\n");
	cr_assert(eq(sz, times("MA", "IL"), 0));
	cr_assert(eq(sz, times("MA", "\"tipping\":{\"partner\":\"AE\""), 1));
	cr_assert(eq(sz, times("MA", "\"partners\":[\"MA\",\"AE\"]"), 1));
	cr_assert(
		eq(sz, times("MA", "{\"partner\":\"AE\",\"holds\":false}"), 1));
}

Test(purge_alerts, law3_removes_its_own_class_with_the_histories)
{
	see(0, FIX_MA, "x");
	see(MIN, FIX_AE, "x");
	alert_fix_settle(&f);
	cr_assert(eq(sz, times("IL", "\"class\":\"IL\""), 1));
	purge();
	cr_assert(eq(sz, times("IL", "\"class\":\"IL\""), 0));
	expect("MA", "x MA 60000 3600000 2\n");
	alert_fix_ask(&f, &out, "ZCARD", VG_KEY_ALERTS, NULL);
	cr_assert(eq(str, out.p, "5"));
	struct vg_reply *r = NULL;
	cr_assert(eq(int,
		     vg_store_callf(f.store, &r, &err, "KEYS",
				    VG_KEY_ALERT "*:h", (char *)NULL),
		     VG_OK));
	cr_assert(eq(sz, vg_reply_count(r), 5));
	vg_reply_free(r);
}

Test(purge_alerts, removes_what_rests_on_it_alone)
{
	const struct fix_event one = {0, FIX_IL, "A*", "y", "IL", "IL"};
	const struct fix_event two = {MIN, FIX_IL, "A*", "y", "AE", "feed"};

	alert_fix_event(&f, &one);
	alert_fix_event(&f, &two);
	alert_fix_settle(&f);
	expect("MA", "y MA 60000 3600000 2\n");
	purge();
	alert_fix_ask(&f, &out, "ZCARD", VG_KEY_ALERTS, NULL);
	cr_assert(eq(str, out.p, "0"));
}

Test(purge_alerts, removes_what_nobody_can_judge_any_more)
{
	static const char doc[] =
		"{\"id\":\"old-1\",\"rule\":\"gone\",\"class\":\"MA\","
		"\"partners\":[\"MA\",\"IL\"]}";
	static const char other[] =
		"{\"id\":\"old-2\",\"rule\":\"gone\",\"class\":\"MA\","
		"\"partners\":[\"MA\",\"AE\"]}";

	for (int i = 0; i < 2; i++) {
		const char *id = i == 0 ? "old-1" : "old-2";
		char key[64];

		snprintf(key, sizeof key, VG_KEY_ALERT "%s", id);
		cr_assert(eq(int,
			     vg_store_callf(f.store, NULL, &err, "SET", key,
					    i == 0 ? doc : other, (char *)NULL),
			     VG_OK));
		cr_assert(
			eq(int,
			   vg_store_callf(f.store, NULL, &err, "ZADD",
					  VG_KEY_ALERTS, "1", id, (char *)NULL),
			   VG_OK));
	}
	purge();
	alert_fix_ask(&f, &out, "EXISTS", VG_KEY_ALERT "old-1", NULL);
	cr_assert(eq(str, out.p, "0"));
	alert_fix_ask(&f, &out, "EXISTS", VG_KEY_ALERT "old-2", NULL);
	cr_assert(eq(str, out.p, "1"));
}

Test(purge_alerts, notes_what_it_does_and_does_it_once)
{
	int64_t writes;

	see(0, FIX_MA, "x");
	see(MIN, FIX_IL, "x");
	alert_fix_settle(&f);
	purge();
	writes = alert_fix_writes(&f);
	alert_fix_ask(&f, &out, "HLEN", NOTES, NULL);
	cr_assert(eq(str, out.p, "6")); /* five members and the joint SOC */
	purge();
	cr_assert(eq(i64, alert_fix_writes(&f), writes));
	alert_fix_ask(&f, &out, "HLEN", NOTES, NULL);
	cr_assert(eq(str, out.p, "6"));
}

/* What others read afterwards is what they would read had IL never sent. */
Test(purge_alerts, law3_leaves_what_a_world_without_it_would_have)
{
	static const char *const OTHERS[] = {"MA", "AE", "US", "BH",
					     "coalition"};
	struct vg_buf after[5] = {{0}};

	for (int with = 1; with >= 0; with--) {
		alert_fix_again(&f);
		alert_fix_seed(11);
		for (int i = 0; i < 120; i++) {
			static const char *const actor[] = {"x", "y", "z"};
			int64_t t = (int64_t)alert_fix_random(400) * MIN;
			unsigned part = alert_fix_random(FIX_PARTNERS);
			const char *a = actor[alert_fix_random(3)];

			if (with || part != FIX_IL)
				see(t, part, a);
		}
		alert_fix_settle(&f);
		if (with) {
			purge();
			forget_spans();
			alert_fix_settle(&f);
			alert_fix_tick(&f, 2000);
			alert_fix_settle(&f);
		}
		for (int c = 0; c < 5; c++) {
			alert_fix_brief(&f, OTHERS[c], &out);
			if (with)
				vg_buf_str(&after[c], out.p);
			else
				cr_expect(eq(str, after[c].p, out.p), "%s",
					  OTHERS[c]);
		}
	}
	cr_assert(gt(sz, after[0].n, 20));
	for (int c = 0; c < 5; c++)
		vg_buf_term(&after[c]);
}

Test(purge_alerts, who_leads_goes_on_with_what_is_left)
{
	see(0, FIX_MA, "x");
	see(MIN, FIX_IL, "x");
	see(2 * MIN, FIX_AE, "x");
	alert_fix_settle(&f);
	purge();
	forget_spans();
	alert_fix_settle(&f);
	cr_assert(f.e->leader);
	see(3 * MIN, FIX_US, "x");
	alert_fix_settle(&f);
	expect("MA", "x MA 120000 3720000 3\n");
	cr_assert(eq(sz, times("MA", "IL"), 0));
}

Test(purge_alerts, a_class_whose_viewer_left_is_not_evaluated)
{
	f.world.left = UINT64_C(1) << FIX_IL;
	see(0, FIX_MA, "x");
	see(MIN, FIX_AE, "x");
	alert_fix_settle(&f);
	cr_assert(eq(sz, times("IL", "\"class\":\"IL\""), 0));
	expect("MA", "x MA 60000 3600000 2\n");
}
