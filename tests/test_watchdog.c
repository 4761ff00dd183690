/* What the dead-man's switch goes by, over a view made by hand. */
#include "notify/watchdog.h"

#include "view_fix.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#define SEC_MS INT64_C(1000)
#define MIN_MS INT64_C(60000)
#define T0     (INT64_C(19676) * 86400000)

static struct fix fix;
static struct vg_view *view;
static struct vg_watchdog *dog;
static char where[280];

static void start(void)
{
	fix_init(&fix, false);
	cr_assert(eq(int, vg_view_new(&view, &fix.env, NULL, NULL), VG_OK));
	dog = vg_watchdog_new(2 * MIN_MS);
}

static void finish(void)
{
	vg_watchdog_free(dog);
	vg_view_free(view);
	fix_term(&fix);
}

TestSuite(watchdog, .init = start, .fini = finish);

static struct vg_view_feed *part(const char *partner)
{
	struct vg_view_feed *f = fix_feed(view, partner);

	f->pub.heartbeat_ms = T0;
	return f;
}

/* What is wrong at `at_ms`, with a view as new as that and every heartbeat;
 * "" when all moves. */
static const char *at(int64_t at_ms)
{
	view->answered_ms = view->level_ms = at_ms;
	const char *why = vg_watchdog_look(dog, view, at_ms, where);

	return why != NULL ? why : "";
}

static void beat(int64_t at_ms)
{
	for (size_t i = 0; i < view->n_parts; i++)
		view->feed[i]->pub.heartbeat_ms = at_ms;
}

#define STUCK  "a partition is unread and does not move"
#define NOBODY "nobody reads a partition"

Test(watchdog, what_is_read_to_its_end_may_be_quiet_for_ever)
{
	(void)part("MA");
	part("IL")->pub.offset = -1; /* an empty one */
	view->feed[1]->pub.high = 0;
	for (int64_t t = T0; t < T0 + 3600 * SEC_MS; t += 30 * SEC_MS) {
		beat(t);
		cr_assert(eq(str, (char *)at(t), ""));
	}
}

Test(watchdog, stops_when_unread_records_stand_still)
{
	struct vg_view_feed *f = part("MA");

	(void)part("IL");
	cr_assert(eq(str, (char *)at(T0), ""));
	f->pub.high = 9;
	for (int64_t t = T0 + SEC_MS; t <= T0 + 2 * MIN_MS; t += SEC_MS) {
		beat(t);
		cr_assert(eq(str, (char *)at(t), ""));
	}
	beat(T0 + 2 * MIN_MS + SEC_MS);
	cr_assert(eq(str, (char *)at(T0 + 2 * MIN_MS + SEC_MS), STUCK));
	cr_assert(eq(str, where, "alerts.ma:0"));
	f->pub.offset++; /* it goes on, slowly */
	cr_assert(eq(str, (char *)at(T0 + 2 * MIN_MS + 2 * SEC_MS), ""));
	beat(T0 + 5 * MIN_MS);
	f->pub.watermark_ms = T0;
	cr_assert(eq(str, (char *)at(T0 + 5 * MIN_MS), ""));
	beat(T0 + 8 * MIN_MS);
	cr_assert(eq(str, (char *)at(T0 + 8 * MIN_MS), STUCK));
	f->pub.offset = 9;
	cr_assert(eq(str, (char *)at(T0 + 8 * MIN_MS), ""));
}

Test(watchdog, stops_when_nobody_reads)
{
	(void)part("MA");
	cr_assert(eq(str, (char *)at(T0 + 2 * MIN_MS), ""));
	cr_assert(eq(str, (char *)at(T0 + 2 * MIN_MS + 1), NOBODY));
	cr_assert(eq(str, where, "alerts.ma:0"));
	beat(T0 + 3 * MIN_MS);
	cr_assert(eq(str, (char *)at(T0 + 3 * MIN_MS), ""));
}

Test(watchdog, a_partition_without_a_heartbeat_gets_as_long_as_others)
{
	part("MA")->pub.heartbeat_ms = 0;
	view->feed[0]->pub.high = -1;
	cr_assert(eq(str, (char *)at(T0), ""));
	cr_assert(eq(str, (char *)at(T0 + MIN_MS), ""));
	cr_assert(eq(str, (char *)at(T0 + 2 * MIN_MS), ""));
	cr_assert(eq(str, (char *)at(T0 + 2 * MIN_MS + 1), NOBODY));
}

Test(watchdog, stops_when_redis_is_away_or_nothing_is_known)
{
	cr_assert(eq(str, (char *)at(T0), "partitions are still being loaded"));
	struct vg_view_feed *f = part("MA");

	cr_assert(eq(str, (char *)at(T0), ""));
	cr_assert(
		eq(str,
		   (char *)vg_watchdog_look(dog, view, T0 + 3 * SEC_MS, where),
		   "the view is stale"));
	f->pub.live = false;
	cr_assert(eq(str, (char *)at(T0), "partitions are still being loaded"));
}

Test(watchdog, who_has_left_is_not_waited_for)
{
	struct vg_partner *p = &fix.cfg->partners[0];

	cr_assert(eq(str, p->id, "MA"));
	(void)part("MA");
	p->has_until = true;
	p->until_ms = T0 + MIN_MS;
	cr_assert(eq(str, (char *)at(T0 + 3600 * SEC_MS), ""));
}
