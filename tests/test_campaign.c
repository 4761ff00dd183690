/* Stages of a campaign: a function of a set of episodes and of T. */
#include "alert/campaign.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>

#define HOUR INT64_C(3600000)
#define DAY  (24 * HOUR)

static const struct vg_book_country began[] = {{9 * HOUR, "IL"},
					       {10 * HOUR, "MA"}};
static const struct vg_book_country grew[] = {
	{9 * HOUR, "IL"}, {10 * HOUR, "MA"}, {14 * HOUR, "AE"}};
static const struct vg_book_country late[] = {{60 * HOUR, "MA"},
					      {59 * HOUR, "IL"}};

/* [10 h, 30 h) grows at 14 h; [60 h, 70 h); [20 d, 21 d). W = 6 h, R = 6 h. */
static size_t fill(struct vg_campaign_part p[3])
{
	p[0] = (struct vg_campaign_part){.start_ms = 10 * HOUR,
					 .end_ms = 30 * HOUR,
					 .resolve_after_ms = 6 * HOUR,
					 .window_ms = 6 * HOUR,
					 .country = grew,
					 .n_country = 3,
					 .closed_ms = INT64_MAX};
	p[1] = (struct vg_campaign_part){.start_ms = 60 * HOUR,
					 .end_ms = 70 * HOUR,
					 .resolve_after_ms = 6 * HOUR,
					 .window_ms = 6 * HOUR,
					 .country = late,
					 .n_country = 2,
					 .closed_ms = INT64_MAX};
	p[2] = (struct vg_campaign_part){.start_ms = 20 * DAY,
					 .end_ms = 21 * DAY,
					 .resolve_after_ms = 6 * HOUR,
					 .window_ms = 6 * HOUR,
					 .country = began,
					 .n_country = 0,
					 .closed_ms = INT64_MAX};
	return 3;
}

static struct vg_campaign c;

static bool ask(struct vg_campaign_part *p, size_t n, int64_t of_ms,
		int64_t at_ms)
{
	const struct vg_campaign_ask a = {.part = p,
					  .n = n,
					  .of_ms = of_ms,
					  .gap_ms = 7 * DAY,
					  .at_ms = at_ms};

	return vg_campaign_at(&c, &a);
}

static enum vg_campaign_stage stage_at(int64_t at_ms)
{
	struct vg_campaign_part p[3];
	size_t n = fill(p);

	cr_assert(ask(p, n, 10 * HOUR, at_ms));
	return c.stage;
}

Test(campaign, goes_through_its_stages_each_to_the_millisecond)
{
	static const struct {
		int64_t from_ms;
		enum vg_campaign_stage stage;
	} steps[] = {{10 * HOUR, VG_STAGE_EMERGING},
		     {14 * HOUR, VG_STAGE_SPREADING},
		     {20 * HOUR, VG_STAGE_SUSTAINED},
		     {36 * HOUR, VG_STAGE_DORMANT},
		     {60 * HOUR, VG_STAGE_RESUMED},
		     {66 * HOUR, VG_STAGE_SUSTAINED},
		     {76 * HOUR, VG_STAGE_DORMANT},
		     {70 * HOUR + 7 * DAY, VG_STAGE_CLOSED},
		     {20 * DAY, VG_STAGE_CLOSED}};
	enum vg_campaign_stage before = VG_STAGE_EMERGING;

	for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
		if (i > 0)
			cr_expect(
				eq(int, stage_at(steps[i].from_ms - 1), before),
				"before step %zu", i);
		cr_expect(eq(int, stage_at(steps[i].from_ms), steps[i].stage),
			  "step %zu", i);
		before = steps[i].stage;
	}
}

Test(campaign, knows_when_each_country_came_and_how_fast)
{
	(void)stage_at(13 * HOUR);
	cr_assert(eq(sz, c.n_country, 2));
	(void)stage_at(15 * HOUR);
	cr_assert(eq(sz, c.n_country, 3));
	cr_assert(eq(str, c.country[0].code, "IL"));
	cr_assert(eq(str, c.country[2].code, "AE"));
	cr_assert(eq(i64, c.country[2].at_ms, 14 * HOUR));
	cr_assert(epsilon_eq(dbl, c.velocity, 2.0 / 5.0, 1e-9));
	(void)stage_at(9 * HOUR + 10 * HOUR);
	cr_assert(eq(i64, c.since_ms, 10 * HOUR));
}

Test(campaign, past_the_gap_is_another_one)
{
	struct vg_campaign_part p[3];
	size_t n = fill(p);

	cr_assert(ask(p, n, 20 * DAY, 20 * DAY + 1));
	cr_assert(eq(i64, c.since_ms, 20 * DAY));
	cr_assert(eq(sz, c.n, 1));
	cr_assert(eq(int, c.stage, VG_STAGE_EMERGING));
	cr_assert(not(ask(p, n, 20 * DAY, 20 * DAY - 1)));
	/* Exactly the gap apart is not together; closer by a millisecond is. */
	p[2].start_ms = 70 * HOUR + 7 * DAY;
	cr_assert(ask(p, n, p[2].start_ms, p[2].start_ms));
	cr_assert(eq(sz, c.n, 1));
	p[2].start_ms -= 1;
	cr_assert(ask(p, n, p[2].start_ms, p[2].start_ms));
	cr_assert(eq(sz, c.n, 3));
}

Test(campaign, is_closed_by_a_person_until_it_comes_back)
{
	struct vg_campaign_part p[3];
	size_t n = fill(p);

	p[0].closed_ms = 32 * HOUR;
	cr_assert(ask(p, n, 10 * HOUR, 32 * HOUR - 1));
	cr_assert(eq(int, c.stage, VG_STAGE_SUSTAINED));
	cr_assert(ask(p, n, 10 * HOUR, 32 * HOUR));
	cr_assert(eq(int, c.stage, VG_STAGE_CLOSED));
	cr_assert(ask(p, n, 10 * HOUR, 60 * HOUR));
	cr_assert(eq(int, c.stage, VG_STAGE_RESUMED));
}

Test(campaign, law2_does_not_depend_on_the_order_of_episodes_or_countries)
{
	static const int orders[6][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2},
					 {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};

	for (int64_t at = 10 * HOUR; at < 22 * DAY; at += 7 * HOUR / 3) {
		enum vg_campaign_stage want = stage_at(at);
		size_t countries = c.n_country;
		double velocity = c.velocity;

		for (int o = 0; o < 6; o++) {
			struct vg_campaign_part p[3], q[3];

			(void)fill(p);
			for (int i = 0; i < 3; i++)
				q[i] = p[orders[o][i]];
			cr_assert(ask(q, 3, 10 * HOUR, at));
			cr_assert(eq(int, c.stage, want));
			cr_assert(eq(sz, c.n_country, countries));
			cr_assert(epsilon_eq(dbl, c.velocity, velocity, 1e-9));
		}
	}
}

Test(campaign, law7_what_lies_after_the_time_asked_for_does_not_count)
{
	for (int64_t at = 10 * HOUR; at < 60 * HOUR; at += HOUR) {
		struct vg_campaign_part p[3];

		(void)fill(p);
		enum vg_campaign_stage all = stage_at(at);
		cr_assert(ask(p, 1, 10 * HOUR, at));
		cr_assert(eq(int, c.stage, all));
	}
}

Test(campaign, stages_are_read_from_a_list_of_their_names)
{
	unsigned got = 7;

	cr_assert(vg_stages_parse("spreading, closed", &got));
	cr_assert(eq(uint, got,
		     1U << VG_STAGE_SPREADING | 1U << VG_STAGE_CLOSED));
	cr_assert(vg_stages_parse(VG_STAGES, &got));
	cr_assert(eq(uint, got, 63));
	cr_assert(vg_stages_parse("", &got));
	cr_assert(eq(uint, got, 0));
	cr_assert(not(vg_stages_parse("spreading,Closed", &got)));
	cr_assert(not(vg_stages_parse("spread", &got)));
	for (int s = VG_STAGE_EMERGING; s <= VG_STAGE_CLOSED; s++)
		cr_assert(eq(int,
			     vg_stage_find(vg_slice_of(
				     vg_stage_name((enum vg_campaign_stage)s))),
			     s));
}
