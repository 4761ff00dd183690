/* How much a minute takes in, against logs small enough to be judged by hand;
 * and that nothing but the log decides it. */
#include "aggregate/part_kept.h"
#include "core/buf.h"
#include "core/defect.h"
#include "ingest/admit.h"
#include "part_fix.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { EVENTS = 600, NAMES = 14, BATCH = 9, AUDIENCES = 2 };

static struct part_fix fix;
static struct vg_partner *ma;
static struct vg_quota *quota;
static struct vg_err err;

static struct vg_quota *new_quota(void)
{
	const struct vg_quota_opts o = {
		.partner = ma, .aud = fix.aud, .hash_key = fix.env.hash_key};
	struct vg_quota *q = NULL;

	cr_assert(eq(int, vg_quota_new(&q, &o, NULL), VG_OK));
	return q;
}

static void open_fix(void)
{
	part_fix_open(&fix);
	ma = &fix.partner[0];
	ma->quota = (struct vg_partner_quota){0};
	quota = new_quota();
}

static void close_fix(void)
{
	vg_quota_free(quota);
	part_fix_close(&fix);
}

TestSuite(quota, .init = open_fix, .fini = close_fix, .timeout = 120);

/* Is there room for a record of `audience`? */
static bool room(uint16_t audience, int64_t offset, int64_t ref_ms)
{
	bool past = false;

	cr_assert(eq(
		int,
		vg_quota_record(quota, audience, offset, ref_ms, &past, NULL),
		VG_OK));
	return !past;
}

/* What of an event of these names is past. */
static struct vg_quota_notes send(uint16_t audience, const char *sensor,
				  const char *actor, unsigned indicators)
{
	struct vg_event e = part_event(&fix, T0, "MA", actor);
	struct vg_quota_notes n;

	e.audience = audience;
	e.sensor = vg_slice_of(sensor);
	e.n_indicator = indicators;
	cr_assert(eq(int, vg_quota_event(quota, &e, 1, &n, NULL), VG_OK));
	cr_assert(eq(int, e.sensor_past, n.sensor));
	cr_assert(eq(uint, e.actors_past, n.actors));
	cr_assert(eq(uint, e.n_indicator, indicators - n.indicators));
	return n;
}

Test(quota, takes_as_many_records_a_minute_as_it_may_and_no_more)
{
	ma->quota.records = 3;
	for (int i = 0; i < 3; i++)
		cr_assert(room(0, i, T0 + i));
	cr_assert(not(room(0, 3, T0 + MIN_MS - 1)));
	cr_assert(room(0, 4, T0 + MIN_MS));
}

Test(quota, an_earlier_time_begins_no_minute_anew)
{
	ma->quota.records = 2;
	cr_assert(room(0, 0, T0 + MIN_MS));
	cr_assert(room(0, 1, T0 - DAY_MS));
	cr_assert(not(room(0, 2, T0)));
	cr_assert(not(room(0, 3, T0 + MIN_MS)));
	cr_assert(room(0, 4, T0 + 2 * MIN_MS));
}

Test(quota, nothing_is_limited_without_a_limit)
{
	char name[16];

	for (int i = 0; i < 1000; i++) {
		cr_assert(room(0, i, T0));
		snprintf(name, sizeof name, "n%d", i);
		struct vg_quota_notes n = send(0, name, name, 32);
		cr_assert(not(n.sensor || n.actors || n.indicators));
	}
	cr_assert(vg_quota_dead(quota, T0, INT64_C(1) << 40));
	cr_assert(eq(i64, vg_quota_reads_from(quota, 999), 999));
}

Test(quota, takes_as_many_sensors_as_it_may_and_those_it_has_always)
{
	ma->quota.sensors = 2;
	cr_assert(room(0, 0, T0));
	cr_assert(not(send(0, "s1", NULL, 0).sensor));
	cr_assert(not(send(0, "s2", NULL, 0).sensor));
	cr_assert(send(0, "s3", NULL, 0).sensor);
	cr_assert(not(send(0, "s1", NULL, 0).sensor));
	cr_assert(room(0, 1, T0 + MIN_MS));
	cr_assert(not(send(0, "s3", NULL, 0).sensor));
}

Test(quota, takes_as_many_unknown_actors_as_it_may_and_all_that_are_known)
{
	struct vg_quota_notes n;
	struct vg_event e = part_event(&fix, T0, "MA", "x1");

	ma->quota.actors = 1;
	e.actor[1].name = vg_slice_of("APT28");
	e.actor[2].name = vg_slice_of("x2");
	e.actor[3].name = vg_slice_of("x3");
	e.n_actor = 4;
	cr_assert(room(e.audience, 0, T0));
	cr_assert(eq(int, vg_quota_event(quota, &e, 13, &n, NULL), VG_OK));
	cr_assert(eq(uint, n.actors, 2));
	cr_assert(eq(uint, e.actors_past, 12));
}

Test(quota, takes_as_many_indicators_as_it_may_of_the_event_that_has_more)
{
	ma->quota.indicators = 5;
	cr_assert(room(0, 0, T0));
	cr_assert(eq(uint, send(0, "s1", NULL, 3).indicators, 0));
	cr_assert(eq(uint, send(0, "s1", NULL, 3).indicators, 1));
	cr_assert(eq(uint, send(0, "s1", NULL, 1).indicators, 1));
	cr_assert(eq(uint, send(0, "s1", NULL, 0).indicators, 0));
}

Test(quota, keeps_as_many_dead_letters_an_hour_as_it_may_and_no_more)
{
	ma->quota.dead_records = 2;
	cr_assert(vg_quota_dead(quota, T0, 10));
	cr_assert(vg_quota_dead(quota, T0 + HOUR_MS - 1, 10));
	cr_assert(not(vg_quota_dead(quota, T0, 10)));
	cr_assert(vg_quota_dead(quota, T0 + HOUR_MS, 10));
}

Test(quota, keeps_as_many_bytes_of_dead_letters_as_it_may_and_no_more)
{
	ma->quota.dead_bytes = 20;
	cr_assert(not(vg_quota_dead(quota, T0, 21)));
	cr_assert(vg_quota_dead(quota, T0, 19));
	cr_assert(not(vg_quota_dead(quota, T0, 2)));
	cr_assert(vg_quota_dead(quota, T0, 1));
	cr_assert(not(vg_quota_dead(quota, T0, 1)));
}

Test(quota, law3_what_one_audience_uses_up_is_not_felt_in_another)
{
	ma->quota = (struct vg_partner_quota){.records = 3, .sensors = 1};
	for (int i = 0; i < 5; i++)
		(void)room(1, i, T0 + 5 * MIN_MS);
	(void)send(1, "hidden", NULL, 0);
	for (int i = 0; i < 3; i++)
		cr_assert(room(0, 5 + i, T0));
	cr_assert(not(send(0, "s1", NULL, 0).sensor));
	cr_assert(not(room(0, 8, T0)));
}

/* A log to judge. */
struct record {
	int64_t ref_ms;
	uint16_t audience;
	char sensor[8], actor[8];
	unsigned indicators;
	int64_t dead; /* bytes, of one that is rejected; else 0 */
};

static struct record record[EVENTS];

static void make_log(unsigned seed)
{
	ma->quota = (struct vg_partner_quota){.records = 12,
					      .sensors = 7,
					      .actors = 5,
					      .indicators = 30,
					      .dead_records = 40,
					      .dead_bytes = 2000};
	for (int i = 0; i < EVENTS; i++) {
		struct record *r = &record[i];

		*r = (struct record){
			.ref_ms = T0 + i * 1500 + rand_r(&seed) % 20000,
			.audience = (uint16_t)(rand_r(&seed) % AUDIENCES),
			.indicators = (unsigned)(rand_r(&seed) % 4),
			.dead = rand_r(&seed) % 8 == 0 ? rand_r(&seed) % 100
						       : 0};
		snprintf(r->sensor, sizeof r->sensor, "s%d",
			 rand_r(&seed) % NAMES);
		snprintf(r->actor, sizeof r->actor, "x%d",
			 rand_r(&seed) % NAMES);
	}
}

/* Judge record `i`, as text; into `part` too when there is one. */
static void judge(struct vg_quota *q, int i, struct vg_buf *out,
		  struct vg_part *part)
{
	const struct record *r = &record[i];
	struct vg_event e = part_event(&fix, r->ref_ms, "MA", r->actor);
	struct vg_quota_notes n = {.sensor = false};
	bool past = false;

	e.sensor = vg_slice_of(r->sensor);
	e.audience = r->audience;
	e.n_indicator = r->indicators;
	for (unsigned k = 0; k < e.n_indicator; k++)
		e.indicator[k] = (struct vg_indicator){
			.type = 0, .value = vg_slice_of("192.0.2.1")};
	if (r->dead > 0) {
		vg_buf_printf(out, "%d dead %d\n", i,
			      vg_quota_dead(q, r->ref_ms, r->dead));
		return;
	}
	cr_assert(eq(int,
		     vg_quota_record(q, e.audience, i, r->ref_ms, &past, NULL),
		     VG_OK));
	if (!past)
		cr_assert(eq(int, vg_quota_event(q, &e, 1, &n, NULL), VG_OK));
	if (!past && part != NULL)
		part_fix_take(part, &e, i, r->ref_ms);
	vg_buf_printf(out, "%d %d %d %u %u\n", i, past, n.sensor, n.actors,
		      n.indicators);
}

/* Judge the log in batches of `batch`, opening again after every `again`. */
static char *judge_all(int32_t partition, int batch, int again)
{
	struct vg_part *part = part_fix_part(&fix, fix.store, partition);
	struct vg_quota *q = new_quota();
	struct vg_buf out = {.n = 0};
	int commits = 0;

	for (int i = 0; i < EVENTS; i++) {
		judge(q, i, &out, part);
		if ((i + 1) % batch != 0 && i + 1 < EVENTS)
			continue;
		cr_assert(eq(int, vg_quota_save(q, part, &err), VG_OK));
		cr_assert(
			eq(int,
			   part_fix_commit(part, i + 1, record[i].ref_ms, &err),
			   VG_OK),
			"%s", err.text);
		if (again == 0 || ++commits % again != 0)
			continue;
		vg_part_free(part);
		vg_quota_free(q);
		part = part_fix_part(&fix, fix.store, partition);
		q = new_quota();
		cr_assert(eq(int, vg_quota_load(q, part, &err), VG_OK), "%s",
			  err.text);
	}
	vg_part_free(part);
	vg_quota_free(q);
	return out.p;
}

Test(quota, law1_a_restart_at_any_offset_changes_no_verdict)
{
	make_log(7);
	char *want = judge_all(0, 50, 0), *cells = part_fix_dump(&fix, 0);

	cr_assert(strstr(want, " 1 0 0 0\n") != NULL, "none was past");
	for (int batch = 1; batch < 40; batch += 6) {
		char *got = judge_all(batch, batch, 1);
		char *same = part_fix_dump(&fix, batch);

		cr_assert(eq(str, got, want), "batches of %d", batch);
		cr_assert(eq(str, same, cells), "batches of %d", batch);
		free(got);
		free(same);
	}
	free(want);
	free(cells);
}

Test(quota, law7_how_the_log_is_cut_into_batches_decides_nothing)
{
	make_log(8);
	char *want = judge_all(0, EVENTS, 0);

	for (int batch = 1; batch < 60; batch += 17) {
		char *got = judge_all(batch, batch, 0);

		cr_assert(eq(str, got, want), "batches of %d", batch);
		free(got);
	}
	free(want);
}

Test(quota, law2_any_order_over_partitions_gives_the_same_cells)
{
	enum { PARTS = 3, RUNS = 4 };
	char *want[PARTS] = {NULL};
	unsigned seed = 3;

	for (int run = 0; run < RUNS; run++) {
		struct vg_part *part[PARTS];
		struct vg_quota *q[PARTS];
		int at[PARTS] = {0}, left = PARTS;
		struct vg_buf out = {.n = 0};

		make_log(9);
		for (int p = 0; p < PARTS; p++) {
			part[p] =
				part_fix_part(&fix, fix.store, run * PARTS + p);
			q[p] = new_quota();
		}
		while (left > 0) {
			int p = rand_r(&seed) % PARTS, n = rand_r(&seed) % 40;

			if (at[p] == EVENTS)
				continue;
			for (; n-- >= 0 && at[p] < EVENTS; at[p]++)
				judge(q[p], at[p], &out, part[p]);
			cr_assert(eq(int, vg_quota_save(q[p], part[p], &err),
				     VG_OK));
			cr_assert(eq(int,
				     part_fix_commit(part[p], at[p],
						     record[at[p] - 1].ref_ms,
						     &err),
				     VG_OK));
			left -= at[p] == EVENTS;
		}
		for (int p = 0; p < PARTS; p++) {
			char *got = part_fix_dump(&fix, run * PARTS + p);

			vg_part_free(part[p]);
			vg_quota_free(q[p]);
			cr_assert(strstr(got, "~quota") != NULL);
			if (run == 0)
				want[p] = got;
			else
				cr_assert(eq(str, got, want[p]));
			if (run > 0)
				free(got);
		}
		vg_buf_term(&out);
	}
	for (int p = 0; p < PARTS; p++)
		free(want[p]);
}

Test(quota, law7_judged_again_from_where_it_says_verdicts_are_as_they_were)
{
	struct vg_buf all = {.n = 0};
	int moved = 0;

	make_log(11);
	for (int i = 0; i < EVENTS; i++)
		record[i].dead = 0;
	for (int i = 0; i < EVENTS; i++)
		judge(quota, i, &all, NULL);
	for (int from = 0; from < EVENTS; from++) {
		int64_t start = vg_quota_reads_from(quota, from);
		struct vg_quota *again = new_quota();
		struct vg_buf skipped = {.n = 0}, got = {.n = 0};
		char line[16];

		cr_assert(le(i64, start, from));
		moved += start < from;
		for (int64_t i = start; i < EVENTS; i++)
			judge(again, (int)i, i < from ? &skipped : &got, NULL);
		snprintf(line, sizeof line, "\n%d ", from);
		const char *want = from == 0 ? all.p : strstr(all.p, line) + 1;
		cr_assert(eq(str, got.p, (char *)want), "from %d", from);
		vg_quota_free(again);
		vg_buf_term(&skipped);
		vg_buf_term(&got);
	}
	cr_assert(gt(int, moved, EVENTS / 4));
	vg_buf_term(&all);
}

Test(quota, minutes_past_a_limit_are_remembered_over_a_restart)
{
	make_log(12);
	free(judge_all(0, 50, 0));
	struct vg_part *part = part_fix_part(&fix, fix.store, 0);

	for (int i = 0; i < EVENTS; i++) {
		struct vg_buf none = {.n = 0};

		judge(quota, i, &none, NULL);
		vg_buf_term(&none);
	}
	struct vg_quota *loaded = new_quota();
	cr_assert(eq(int, vg_quota_load(loaded, part, &err), VG_OK));
	for (int i = 0; i < EVENTS; i++)
		cr_assert(eq(i64, vg_quota_reads_from(loaded, i),
			     vg_quota_reads_from(quota, i)));
	vg_quota_free(loaded);
	vg_part_free(part);
}

/* Store one field in :q by hand, and load. */
static enum vg_rc load_with(const char *field, const char *value)
{
	struct vg_part *part = part_fix_part(&fix, fix.store, 0);
	struct vg_quota *q = new_quota();

	vg_part_keep(part, vg_slice_of(field), vg_slice_of(value));
	cr_assert(eq(int, part_fix_commit(part, 1, T0, &err), VG_OK));
	vg_part_free(part);
	part = part_fix_part(&fix, fix.store, 0);
	enum vg_rc rc = vg_quota_load(q, part, &err);
	vg_part_unkeep(part, vg_slice_of(field));
	cr_assert(eq(int, part_fix_commit(part, 1, T0, &err), VG_OK));
	vg_part_free(part);
	vg_quota_free(q);
	return rc;
}

Test(quota, what_is_no_quota_is_refused_and_what_is_no_audience_passed_over)
{
	static const char *const bad[][2] = {{"x", "1"},
					     {"dead", "1,2"},
					     {"dead", "1,2,3,4"},
					     {"dead", "1,2,x"},
					     {"p1", "1"},
					     {"A*\x1f", "1"},
					     {"A*\x1ft", "1,2,3,4"},
					     {"A*\x1fs0", "1234567"},
					     {"A*\x1fz0", "12345678"}};

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		cr_expect(eq(int, load_with(bad[i][0], bad[i][1]), VG_INVAL),
			  "%s", bad[i][0]);
	cr_assert(eq(int, load_with("A#gone\x1ft", "1,2,3,4"), VG_OK));
	cr_assert(eq(int, load_with("A*\x1ft", "1,2,0,4,5"), VG_OK));
	cr_assert(eq(int, load_with("dead", "1,2,3"), VG_OK));
	cr_assert(eq(str,
		     (char *)part_fix_ask(&fix, "EXISTS", "vg:{alerts.ma:0}:q",
					  NULL),
		     "0"));
}

Test(quota, more_names_than_a_stored_field_has_come_back)
{
	struct vg_part *part = part_fix_part(&fix, fix.store, 0);
	char name[16];

	ma->quota.sensors = 1500;
	cr_assert(room(0, 0, T0));
	for (int i = 0; i < 1500; i++) {
		snprintf(name, sizeof name, "s%d", i);
		cr_assert(not(send(0, name, NULL, 0).sensor));
		if (i % 100 == 0) {
			(void)room(0, i, T0);
			cr_assert(eq(int, vg_quota_save(quota, part, &err),
				     VG_OK));
			cr_assert(eq(int, part_fix_commit(part, i, T0, &err),
				     VG_OK));
		}
	}
	(void)room(0, 1500, T0);
	cr_assert(eq(int, vg_quota_save(quota, part, &err), VG_OK));
	cr_assert(eq(int, part_fix_commit(part, 1501, T0, &err), VG_OK));
	vg_part_free(part);
	vg_quota_free(quota);
	quota = new_quota();
	part = part_fix_part(&fix, fix.store, 0);
	cr_assert(eq(int, vg_quota_load(quota, part, &err), VG_OK));
	for (int i = 0; i < 1500; i++) {
		snprintf(name, sizeof name, "s%d", i);
		cr_assert(not(send(0, name, NULL, 0).sensor));
	}
	cr_assert(send(0, "one more", NULL, 0).sensor);
	/* A new minute takes the old one's names out of Redis. */
	cr_assert(room(0, 1501, T0 + MIN_MS));
	cr_assert(not(send(0, "s", NULL, 0).sensor));
	cr_assert(eq(int, vg_quota_save(quota, part, &err), VG_OK));
	cr_assert(
		eq(int, part_fix_commit(part, 1502, T0 + MIN_MS, &err), VG_OK));
	cr_assert(eq(
		str,
		(char *)part_fix_ask(&fix, "HLEN", "vg:{alerts.ma:0}:q", NULL),
		"3"));
	vg_part_free(part);
}
