#include "part_fix.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>

static struct part_fix f;
static struct vg_part *part;

static void open_part(void)
{
	part_fix_open(&f);
	part = part_fix_part(&f, f.store, 0);
}

static void close_part(void)
{
	vg_part_free(part);
	part_fix_close(&f);
}

TestSuite(part, .init = open_part, .fini = close_part, .timeout = 60);

static void commit(int64_t next, int64_t log_ms)
{
	struct vg_err err = {.text = ""};
	enum vg_rc rc = part_fix_commit(part, next, log_ms, &err);

	cr_assert(rc == VG_OK, "%s", err.text);
}

static void cell_is(const char *bucket, int64_t start, const char *field,
		    const char *want)
{
	char name[128];

	snprintf(name, sizeof name, "%s:%lld", bucket, (long long)start);
	cr_assert(eq(str, (char *)part_fix_cell(&f, 0, name, field),
		     (char *)want),
		  "%s %s", name, field);
}

Test(part, counts_an_event_in_every_resolution)
{
	int64_t t = T0 + HOUR_MS + 3 * MIN_MS + 25000;
	struct vg_event e = part_event(&f, t, "IL", "apt1");

	e.count = 3;
	part_fix_take(part, &e, 0, t);
	part_fix_take(part, &e, 1, t);
	commit(2, t);

	cell_is("c:country:10s", t - 5000, "A*|IL", "6,2");
	cell_is("c:country:1m", t - 25000, "A*|IL", "6,2");
	cell_is("c:actor+country:1m", t - 25000, "A*|apt1|IL", "6,2");
	cell_is("c:sensor:10s", t - 5000, "A*|s1", "");
	cell_is("c:severity:1m", t - 25000, "A*|5", "6,2");
	cell_is("c:category:1m", t - 25000, "A*|intrusion-attempts", "6,2");
	/* The minutes are the hour and the day, as long as they stand. */
	cell_is("c:country:1h", T0 + HOUR_MS, "A*|IL", "");
	cell_is("c:country:1d", T0, "A*|IL", "");

	commit(2, t + f.cfg.keep_1m_ms + HOUR_MS);
	cell_is("c:country:1h", T0 + HOUR_MS, "A*|IL", "6,2");
	cell_is("c:country:1d", T0, "A*|IL", "6,2");
	cell_is("c:actor+country:1d", T0, "A*|apt1|IL", "6,2");
	cell_is("c:partner:1h", T0 + HOUR_MS, "A*|MA", "6,2");
}

Test(part, counts_no_series_that_is_left_out)
{
	int64_t t = T0 + 25000;
	struct vg_event e = part_event(&f, t, "IL", "apt1");

	cr_assert(eq(int, vg_plan_count_series(f.plan, "actor", NULL), VG_OK));
	part_fix_take(part, &e, 0, t);
	commit(1, t + f.cfg.keep_1m_ms + HOUR_MS);
	cell_is("c:actor:1d", T0, "A*|apt1", "1,1");
	cell_is("c:partner:1d", T0, "A*|MA", "1,1");
	cell_is("c:country:10s", T0 + 20000, "A*|IL", "");
	cell_is("c:country:1d", T0, "A*|IL", "");
	cell_is("c:actor+country:1d", T0, "A*|apt1|IL", "");
}

Test(part, counts_each_distinct_actor_and_technique_once)
{
	struct vg_event e = part_event(&f, T0, "IL", "a");

	e.actor[1].name = vg_slice_of("b");
	e.actor[2].name = vg_slice_of("a");
	e.n_actor = 3;
	e.technique[0] = vg_slice_of("T1110");
	e.technique[1] = vg_slice_of("T1110");
	e.technique[2] = vg_slice_of("T1190");
	e.n_technique = 3;
	part_fix_take(part, &e, 0, T0);
	commit(1, T0);

	cell_is("c:actor:1m", T0, "A*|a", "1,1");
	cell_is("c:actor:1m", T0, "A*|b", "1,1");
	cell_is("c:actor+country:1m", T0, "A*|b|IL", "1,1");
	cell_is("c:technique:1m", T0, "A*|T1110", "1,1");
	cell_is("c:technique+country:1m", T0, "A*|T1190|IL", "1,1");
	cell_is("c:country:1m", T0, "A*|IL", "1,1");
}

Test(part, has_no_cell_for_a_field_that_is_missing)
{
	struct vg_event e = part_event(&f, T0, "IL", NULL);
	char *dump;

	part_fix_take(part, &e, 0, T0);
	commit(1, T0);
	dump = part_fix_dump(&f, 0);
	cr_assert(strstr(dump, "c:actor") == NULL);
	cr_assert(strstr(dump, "c:source_country") == NULL);
	cr_assert(strstr(dump, "c:technique") == NULL);
	cr_assert(strstr(dump, "c:sector") == NULL);
	cr_assert(strstr(dump, "c:t-") == NULL);
	cr_assert(strstr(dump, "c:sensor:1m") != NULL);
	free(dump);
}

Test(part, keeps_audiences_apart)
{
	struct vg_event e = part_event(&f, T0, "IL", "a");
	bool undeclared;

	part_fix_take(part, &e, 0, T0);
	e.audience =
		vg_audience_of(f.aud, 0, VG_TLP_RED, false, 0, &undeclared);
	part_fix_take(part, &e, 1, T0);
	commit(2, T0);
	cell_is("c:country:1m", T0, "A*|IL", "1,1");
	cell_is("c:country:1m", T0, "R0|IL", "1,1");
}

Test(part, escapes_values_that_hold_the_separator)
{
	struct vg_event e = part_event(&f, T0, "IL",
				       "a\x1f"
				       "b");

	part_fix_take(part, &e, 0, T0);
	commit(1, T0);
	cell_is("c:actor:1m", T0,
		"A*|a\x1b\x5f"
		"b",
		"1,1");
}

Test(part, an_actor_as_long_as_may_be_counts_and_a_longer_one_is_refused)
{
	char name[VG_ACTOR_MAX + 2];
	struct vg_event e = part_event(&f, T0, "IL", "a");
	struct vg_err err;

	memset(name, 1, sizeof name); /* every byte is escaped */
	e.actor[0].name = (struct vg_slice){.p = name, .n = VG_ACTOR_MAX};
	part_fix_take(part, &e, 0, T0);
	commit(1, T0);
	e.actor[0].name.n = VG_ACTOR_MAX + 1;
	cr_assert(eq(int, vg_part_count(part, &e, 1, T0, T0, &err), VG_INVAL));
}

static const char *actor_track(void)
{
	static char name[64];

	snprintf(name, sizeof name, "c:t-%s",
		 vg_plan_track(f.plan, f.track_actor)->id);
	return name;
}

Test(part, keeps_the_first_and_last_event_of_a_span)
{
	struct vg_event e = part_event(&f, T0 + 5000, "IL", "a");

	part_fix_take(part, &e, 7, T0);
	e.time_ms = T0 + 2000;
	part_fix_take(part, &e, 8, T0);
	commit(9, T0);
	cell_is(actor_track(), T0, "A*|a|IL", "2000,8,5000,7");
	e.time_ms = T0 + HOUR_MS - 1;
	part_fix_take(part, &e, 9, T0);
	e.time_ms = T0 + HOUR_MS;
	part_fix_take(part, &e, 10, T0);
	commit(11, T0);
	cell_is(actor_track(), T0, "A*|a|IL", "2000,8,3599999,9");
	cell_is(actor_track(), T0 + HOUR_MS, "A*|a|IL", "0,10,0,10");
}

Test(part, a_tie_keeps_the_smallest_first_and_the_largest_last_offset)
{
	struct vg_event e = part_event(&f, T0 + 5000, "IL", "a");

	part_fix_take(part, &e, 3, T0);
	part_fix_take(part, &e, 2, T0);
	part_fix_take(part, &e, 4, T0);
	commit(5, T0);
	cell_is(actor_track(), T0, "A*|a|IL", "5000,2,5000,4");
}

Test(part, joins_a_group_for_each_value_of_a_list)
{
	struct vg_event e = part_event(&f, T0, "IL", NULL);
	char name[64];

	for (unsigned i = 0; i < 2; i++) {
		e.indicator[i].type = 0;
		e.indicator[i].value = vg_slice_of(i ? "2.2.2.2" : "1.1.1.1");
	}
	e.n_indicator = 2;
	part_fix_take(part, &e, 0, T0);
	commit(1, T0);
	snprintf(name, sizeof name, "c:t-%s",
		 vg_plan_track(f.plan, f.track_indicator)->id);
	cell_is(name, T0, "A*|ipv4:1.1.1.1|IL", "0,0,0,0");
	cell_is(name, T0, "A*|ipv4:2.2.2.2|IL", "0,0,0,0");
}

Test(part, keeps_an_event_out_of_tracks_by_its_partners_lateness)
{
	int64_t log = T0 + DAY_MS, horizon = 90 * MIN_MS;
	struct vg_event e;
	char *dump;

	vg_part_free(part);
	f.partner[0].has_lateness = true;
	f.partner[0].lateness_ms = 30 * MIN_MS;
	f.partner[1].has_lateness = true;
	f.partner[1].lateness_ms = 3 * HOUR_MS;
	part = part_fix_part(&f, f.store, 0);
	cr_assert(eq(i64, vg_part_horizon_of(&f.env, &f.partner[0]), horizon));
	cr_assert(eq(i64, vg_part_horizon(&f.env), 4 * HOUR_MS));
	e = part_event(&f, log - horizon + 1, "IL", "in");
	part_fix_take(part, &e, 0, log);
	e = part_event(&f, log - horizon, "IL", "out");
	part_fix_take(part, &e, 1, log);
	commit(2, log);
	dump = part_fix_dump(&f, 0);
	cr_assert(strstr(dump, "A*\x1fin\x1fIL=1800001,0,1800001,0") != NULL,
		  "%s", dump);
	cr_assert(strstr(dump, "A*\x1fout\x1fIL=1,1") != NULL);
	cr_assert(strstr(dump, "beyond_rules=1\n") != NULL);
	free(dump);
}

Test(part, keeps_an_event_out_of_tracks_at_the_horizon_and_not_before)
{
	int64_t log = T0 + DAY_MS, horizon = vg_part_horizon(&f.env);
	struct vg_event e = part_event(&f, log - horizon + 1, "IL", "in");
	char *dump;

	cr_assert(eq(i64, horizon, 2 * HOUR_MS));
	part_fix_take(part, &e, 0, log);
	e = part_event(&f, log - horizon, "IL", "out");
	part_fix_take(part, &e, 1, log);
	commit(2, log);
	dump = part_fix_dump(&f, 0);
	cr_assert(strstr(dump, "A*\x1fin\x1fIL=1,1") != NULL);
	cr_assert(strstr(dump, "A*\x1fout\x1fIL=1,1") != NULL);
	cr_assert(strstr(dump, "A*\x1fin\x1fIL=0,0,0,0") == NULL);
	cr_assert(strstr(dump, "A*\x1fin\x1fIL=1,0,1,0") != NULL, "%s", dump);
	cr_assert(strstr(dump, "beyond_rules=1\n") != NULL);
	free(dump);
}
