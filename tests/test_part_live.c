/* What is kept, what is swept, and what is read again. */
#include "aggregate/delta.h"
#include "aggregate/heartbeat.h"
#include "aggregate/keys.h"
#include "part_one.h"

#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>

TestSuite(live, .init = open_part, .fini = close_part, .timeout = 60);

/* True when Redis has the bucket, which must be listed exactly then. */
static bool has(const char *format, int64_t start)
{
	char name[96], key[128];
	bool there, listed;

	snprintf(name, sizeof name, format, (long long)start);
	snprintf(key, sizeof key, "vg:{alerts.ma:0}:%s", name);
	there = strcmp(part_fix_ask(&f, "EXISTS", key, NULL), "1") == 0;
	listed = part_fix_ask(&f, "ZSCORE", "vg:{alerts.ma:0}:x", name)[0] !=
		 '\0';
	cr_assert(eq(int, there, listed), "%s", name);
	return there;
}

Test(live, sweeps_each_resolution_when_the_log_has_passed_it)
{
	int64_t keep = f.cfg.keep_10s_ms + 10000;

	take(LOG, LOG, "a");
	commit(LOG);
	take(LOG + keep - 1, LOG + keep - 1, "b");
	commit(LOG + keep - 1);
	cr_assert(has("c:country:10s:%lld", LOG));
	take(LOG + keep, LOG + keep, "b");
	commit(LOG + keep);
	cr_assert(not(has("c:country:10s:%lld", LOG)));
	cr_assert(has("c:country:1m:%lld", LOG));

	keep = f.cfg.keep_1m_ms + MIN_MS;
	take(LOG + keep, LOG + keep, "b");
	commit(LOG + keep);
	cr_assert(not(has("c:country:1m:%lld", LOG)));
	cr_assert(has("c:country:1h:%lld", LOG));
	cr_assert(has("c:country:1d:%lld", T0));
	cr_assert(has("a:%lld", LOG));
}

Test(live, writes_nothing_that_would_be_swept_at_once)
{
	int64_t old = LOG - f.cfg.keep_10s_ms - 10000;

	take(old + 10000, LOG, "a");
	take(old, LOG, "a");
	take(LOG - f.cfg.keep_1m_ms - MIN_MS, LOG, "a");
	take(LOG - f.cfg.keep_1h_ms - HOUR_MS, LOG, "a");
	commit(LOG);
	cr_assert(has("c:country:10s:%lld", old + 10000));
	cr_assert(not(has("c:country:10s:%lld", old)));
	cr_assert(has("c:country:1m:%lld", old + 10000 - MIN_MS));
	cr_assert(
		not(has("c:country:1m:%lld", LOG - f.cfg.keep_1m_ms - MIN_MS)));
	cr_assert(has("c:country:1h:%lld", LOG - f.cfg.keep_1m_ms - HOUR_MS));
	cr_assert(not(
		has("c:country:1h:%lld", LOG - f.cfg.keep_1h_ms - HOUR_MS)));
	cr_assert(has("c:country:1d:%lld", T0 - 90 * DAY_MS));
}

Test(live, a_batch_that_lifts_the_log_past_a_bucket_ends_it)
{
	take(LOG, LOG, "a");
	commit(LOG);
	take(LOG + 1000, LOG, "a"); /* of the same bucket, then a leap */
	take(LOG + DAY_MS, LOG + DAY_MS, "a");
	commit(LOG + DAY_MS);
	cr_assert(not(has("c:country:10s:%lld", LOG)));
	cr_assert(eq(str,
		     (char *)part_fix_cell(&f, 0, "c:country:1m:1700042400000",
					   "A*|IL"),
		     "2,2"));
}

static bool has_track(int64_t start)
{
	char format[64];

	snprintf(format, sizeof format, "c:t-%s:%%lld",
		 vg_plan_track(f.plan, f.track_actor)->id);
	return has(format, start);
}

Test(live, sweeps_a_track_only_below_the_log_of_every_partition)
{
	int64_t end = LOG + 2 * HOUR_MS + vg_part_horizon(&f.env);

	take(LOG, LOG, "a");
	commit(LOG);
	take(LOG + DAY_MS, LOG + DAY_MS, "a");
	commit_with(LOG + DAY_MS, end - 1);
	cr_assert(has_track(LOG));
	take(LOG + DAY_MS, LOG + DAY_MS, "a");
	commit_with(LOG + DAY_MS, end);
	cr_assert(not(has_track(LOG)));
	cr_assert(has_track(LOG + DAY_MS));
}

Test(live, sweeps_the_tracks_of_rules_that_are_gone)
{
	struct vg_plan *with = f.plan, *without = NULL;

	take(LOG, LOG, "a");
	commit(LOG);
	cr_assert(has_track(LOG));
	cr_assert(eq(int, vg_plan_new(&without, NULL), VG_OK));
	f.env.plan = without;
	reopen();
	take(LOG + 1, LOG + 1, "a");
	commit(LOG + 1);
	take(LOG + DAY_MS, LOG + DAY_MS, "a");
	commit(LOG + DAY_MS);
	vg_part_free(part);
	f.env.plan = with;
	part = part_fix_part(&f, f.store, 0);
	cr_assert(not(has_track(LOG)));
	vg_plan_free(without);
}

Test(live, a_second_owner_goes_on_as_if_it_had_been_the_first)
{
	char *want, *got;

	for (int i = 0; i < 50; i++) {
		take(LOG + i * 3000, LOG + i * 3000, i % 3 ? "a" : "b");
		if (i % 7 == 0)
			commit(LOG + i * 3000);
		if (i % 14 == 0)
			reopen();
	}
	commit(LOG + 150000);
	got = part_fix_dump(&f, 0);
	vg_part_free(part);
	part = part_fix_part(&f, f.store, 1);
	next_offset = 0;
	for (int i = 0; i < 50; i++)
		take(LOG + i * 3000, LOG + i * 3000, i % 3 ? "a" : "b");
	commit(LOG + 150000);
	want = part_fix_dump(&f, 1);
	cr_assert(eq(str, got, want));
	free(want);
	free(got);
}

Test(live, remembers_ids_for_both_spans_and_no_longer)
{
	size_t n = 0;
	const char *chunk;

	f.cfg.dedup_span = 6;
	f.cfg.recall_span = 4;
	for (int i = 0; i < 4; i++) {
		for (int k = 0; k < 5; k++)
			take(LOG, LOG, "a");
		commit(LOG);
	}
	/* Of 0..4, 5..9, 10..14, 15..19 the next record, 20, can meet 14 on,
	 * and those that it could recall, 16 on, can meet 10 on. */
	cr_assert(eq(
		str,
		(char *)part_fix_ask(&f, "ZCARD", "vg:{alerts.ma:0}:i", NULL),
		"2"));
	reopen();
	chunk = vg_part_ids(part, 0, &n);
	cr_assert(chunk != NULL);
	cr_assert(eq(sz, n, 5));
	cr_assert(eq(int, chunk[0], 10));
	cr_assert(eq(int, chunk[8], 7));   /* hi, as part_fix_take() gave it */
	cr_assert(eq(int, chunk[16], 10)); /* lo */
	cr_assert(vg_part_ids(part, 1, &n) != NULL);
	cr_assert(vg_part_ids(part, 2, &n) == NULL);
	take(LOG, LOG, "a");
	commit(LOG);
	cr_assert(eq(
		str,
		(char *)part_fix_ask(&f, "ZCARD", "vg:{alerts.ma:0}:i", NULL),
		"3"));
	take(LOG, LOG, "a");
	commit(LOG);
	next_offset = 25;
	commit(LOG);
	cr_assert(eq(
		str,
		(char *)part_fix_ask(&f, "ZCARD", "vg:{alerts.ma:0}:i", NULL),
		"3"));
}

/* Value of `name` in the last stream entry; copied to `out`. */
static size_t last_entry(const char *name, char *out, size_t cap)
{
	struct vg_reply *r = NULL;
	const struct vg_reply *pairs;
	size_t n = 0;

	cr_assert(eq(int,
		     vg_store_callf(f.store, &r, &err, "XREVRANGE",
				    "vg:{alerts.ma:0}:d", "+", "-", "COUNT",
				    "1", NULL),
		     VG_OK));
	cr_assert(eq(sz, vg_reply_count(r), 1));
	pairs = vg_reply_at(vg_reply_at(r, 0), 1);
	for (size_t i = 0; i + 1 < vg_reply_count(pairs); i += 2) {
		struct vg_slice v = vg_reply_text(vg_reply_at(pairs, i + 1));

		if (!vg_slice_eq(vg_reply_text(vg_reply_at(pairs, i)),
				 vg_slice_of(name)))
			continue;
		cr_assert(v.n < cap);
		memcpy(out, v.p, v.n);
		out[v.n] = '\0';
		n = v.n;
	}
	vg_reply_free(r);
	return n;
}

Test(live, tells_followers_where_a_batch_began_and_ended)
{
	char text[64];

	take(LOG, LOG, "a");
	commit(LOG);
	last_entry("prev", text, sizeof text);
	cr_assert(eq(str, text, "-1"));
	last_entry("off", text, sizeof text);
	cr_assert(eq(str, text, "1"));
	take(LOG, LOG, "a");
	commit(LOG);
	last_entry("prev", text, sizeof text);
	cr_assert(eq(str, text, "1"));
	last_entry("lt", text, sizeof text);
	cr_assert(eq(i64, atoll(text), LOG));
}

/* Lines "bucket field=cell" of a payload, "bucket gone" of an ended one. */
static char *print_delta(const char *payload, size_t n)
{
	struct vg_delta_reader r = vg_delta_read(
		(struct vg_slice){.p = payload, .n = (uint32_t)n});
	struct vg_slice name, field, cell;
	struct vg_buf out = {0};
	uint64_t fields;
	int more;

	while ((more = vg_delta_next(&r, &name, &fields)) == 1) {
		if (fields == 0)
			vg_buf_printf(&out, "%.*s gone\n", (int)name.n, name.p);
		while ((more = vg_delta_next_field(&r, &field, &cell)) == 1)
			vg_buf_printf(&out, "%.*s %.*s=%.*s\n", (int)name.n,
				      name.p, (int)field.n, field.p,
				      (int)cell.n, cell.n ? cell.p : "");
		cr_assert(eq(int, more, 0));
	}
	cr_assert(eq(int, more, 0));
	return out.p;
}

static char *last_delta(void)
{
	static char payload[1 << 20];
	size_t n = last_entry("b", payload, sizeof payload);

	return print_delta(payload, n);
}

Test(live, tells_followers_new_absolutes_of_short_buckets_only)
{
	char *delta, want[96];

	take(LOG, LOG, "a");
	commit(LOG);
	take(LOG, LOG, "a");
	commit(LOG);
	delta = last_delta();
	snprintf(want, sizeof want, "c:country:10s:%lld A*\x1fIL=2,2\n",
		 (long long)LOG);
	cr_assert(strstr(delta, want) != NULL, "%s", delta);
	snprintf(want, sizeof want,
		 "c:actor:1m:%lld A*\x1f"
		 "a=2,2\n",
		 (long long)LOG);
	cr_assert(strstr(delta, want) != NULL, "%s", delta);
	snprintf(want, sizeof want, "a:%lld counted=2\n", (long long)LOG);
	cr_assert(strstr(delta, want) != NULL, "%s", delta);
	cr_assert(strstr(delta, "A*\x1f"
				"a\x1fIL=0,0,0,1\n") != NULL);
	cr_assert(strstr(delta, ":1h:") == NULL);
	cr_assert(strstr(delta, ":1d:") == NULL);
	free(delta);
}

Test(live, tells_followers_what_is_folded_and_what_is_swept)
{
	char *delta, want[96];

	f.cfg.values_max = 1;
	take(LOG, LOG, "a");
	take(LOG, LOG, "b");
	commit(LOG);
	delta = last_delta();
	snprintf(want, sizeof want, "c:actor:1m:%lld A*\x1f~other=1,1\n",
		 (long long)LOG);
	cr_assert(strstr(delta, want) != NULL, "%s", delta);
	free(delta);
	take(LOG + 90 * DAY_MS, LOG + 90 * DAY_MS, "a");
	commit(LOG + 90 * DAY_MS);
	delta = last_delta();
	snprintf(want, sizeof want, "c:actor:1m:%lld gone\n", (long long)LOG);
	cr_assert(strstr(delta, want) != NULL, "%s", delta);
	cr_assert(strstr(delta, "c:t-") != NULL);
	/* Of an hour only that it changed: a follower does not have it. */
	snprintf(want, sizeof want, "c:actor:1h:%lld gone\n",
		 (long long)(LOG - LOG % 3600000));
	cr_assert(strstr(delta, want) != NULL, "%s", delta);
	snprintf(want, sizeof want, "c:actor:1h:%lld A*",
		 (long long)(LOG - LOG % 3600000));
	cr_assert(strstr(delta, want) == NULL);
	free(delta);
}

Test(live, keeps_the_stream_short)
{
	f.cfg.stream_entries = 100;
	for (int i = 0; i < 400; i++) {
		next_offset++;
		commit(LOG);
	}
	/* MAXLEN ~ trims whole nodes of 100. */
	cr_assert(lt(int,
		     atoi(part_fix_ask(&f, "XLEN", "vg:{alerts.ma:0}:d", NULL)),
		     220));
}

Test(live, lists_the_partition_and_beats_for_it)
{
	struct vg_part_place stored = {-1, -1, -1};

	cr_assert(eq(str,
		     (char *)part_fix_ask(&f, "SISMEMBER", "vg:{vg}:parts",
					  "alerts.ma:0"),
		     "1"));
	const struct vg_heartbeat b = {
		.topic = "alerts.ma", .high = 77, .now_ms = 123456};

	cr_assert(eq(int, vg_heartbeat(f.store, &b, &stored, &err), VG_OK));
	cr_expect(eq(i64, stored.epoch, vg_part_state(part)->epoch));
	cr_expect(eq(i64, stored.offset, vg_part_state(part)->offset));
	cr_expect(eq(i64, stored.fill, vg_part_state(part)->fill));
	cr_assert(
		eq(str,
		   (char *)part_fix_ask(&f, "HGET", "vg:{alerts.ma:0}:s", "hw"),
		   "77"));
	cr_assert(
		eq(str,
		   (char *)part_fix_ask(&f, "HGET", "vg:{alerts.ma:0}:s", "at"),
		   "123456"));
}

Test(live, writes_a_batch_of_more_cells_than_one_command_takes)
{
	enum { N = 9000 };
	static char name[N][16];

	for (int i = 0; i < N; i++) {
		snprintf(name[i], sizeof name[i], "n%d", i);
		take(LOG, LOG, name[i]);
	}
	cr_assert(gt(sz, vg_part_pending(part), 3 * N));
	commit(LOG);
	cr_assert(eq(sz, vg_part_pending(part), 0));
	cr_assert(eq(str,
		     (char *)part_fix_ask(&f, "HLEN",
					  "vg:{alerts.ma:0}:c:actor:1m:"
					  "1700042400000",
					  NULL),
		     "9000"));
	reopen();
	take(LOG, LOG, name[N - 1]);
	commit(LOG);
	cr_assert(eq(str,
		     (char *)part_fix_cell(&f, 0, "c:actor:1m:1700042400000",
					   "A*|n8999"),
		     "2,2"));
}

Test(live, a_track_at_its_limit_keeps_all_and_one_past_it_thins)
{
	char key[96];

	f.cfg.groups_max = 3;
	snprintf(key, sizeof key, "vg:{alerts.ma:0}:c:t-%s:%lld",
		 vg_plan_track(f.plan, f.track_actor)->id, (long long)LOG);
	take(LOG, LOG, "a");
	take(LOG, LOG, "b");
	commit(LOG);
	reopen();
	take(LOG, LOG, "c");
	take(LOG, LOG, "a");
	commit(LOG);
	cr_assert(eq(str, (char *)part_fix_ask(&f, "HLEN", key, NULL), "3"));
	cr_assert(eq(i64, vg_metric_get(&f.metrics, VG_M_THINNED), 0));
	take(LOG, LOG, "d");
	commit(LOG);
	cr_assert(eq(str, (char *)part_fix_ask(&f, "HLEN", key, NULL), "3"));
	cr_assert(eq(i64, vg_metric_get(&f.metrics, VG_M_THINNED), 1));
}

/* A plan of one track of firsts, of each actor; its key is left in `name`. */
static struct vg_plan *plan_of_firsts(char name[64])
{
	struct vg_track t = {.kind = VG_TRACK_SPAN,
			     .window_ms = VG_TRACK_FIRST_MS,
			     .reach_ms = HOUR_MS,
			     .n_group = 1,
			     .n_value = 1};
	struct vg_plan *plan = NULL;
	size_t index = 0;

	t.group[0] = vg_field_ref(vg_slice_of("actor"));
	t.value[0] = vg_field_ref(vg_slice_of("partner"));
	cr_assert(eq(int, vg_plan_new(&plan, NULL), VG_OK));
	cr_assert(eq(int, vg_plan_add_track(plan, &t, &index, NULL), VG_OK));
	snprintf(name, 64, "c:t-%s:%%lld", vg_plan_track(plan, index)->id);
	return plan;
}

Test(live, keeps_firsts_while_their_rule_is_there_and_no_longer)
{
	int64_t begin = LOG - LOG % VG_TRACK_FIRST_MS;
	struct vg_plan *with, *without = NULL;
	char name[64];

	with = plan_of_firsts(name);
	f.env.plan = with;
	reopen();
	take(LOG, LOG, "a");
	commit(LOG);
	cr_assert(has(name, begin));
	take(LOG + 100 * DAY_MS, LOG + 100 * DAY_MS, "b");
	commit(LOG + 100 * DAY_MS);
	cr_assert(has(name, begin), "they do not expire");
	cr_assert(eq(int, vg_plan_new(&without, NULL), VG_OK));
	f.env.plan = without;
	reopen();
	take(LOG + 100 * DAY_MS + 1, LOG + 100 * DAY_MS + 1, "a");
	commit(LOG + 100 * DAY_MS + 1);
	cr_assert(not(has(name, begin)));
	vg_part_free(part);
	f.env.plan = f.plan;
	part = part_fix_part(&f, f.store, 0);
	vg_plan_free(without);
	vg_plan_free(with);
}

Test(live, firsts_at_their_limit_are_all_kept_and_one_past_it_is_thinned)
{
	char name[64], key[128], format[96];
	struct vg_plan *with = plan_of_firsts(name);

	f.cfg.groups_max = 3;
	f.env.plan = with;
	snprintf(format, sizeof format, "vg:{alerts.ma:0}:%s", name);
	snprintf(key, sizeof key, format,
		 (long long)(LOG - LOG % VG_TRACK_FIRST_MS));
	reopen();
	take(LOG, LOG, "a");
	take(LOG, LOG, "b");
	commit(LOG);
	take(LOG + 1, LOG + 1, "c");
	take(LOG + 1, LOG + 1, "a"); /* its first is known */
	commit(LOG + 1);
	cr_assert(eq(str, (char *)part_fix_ask(&f, "HLEN", key, NULL), "3"));
	cr_assert(eq(i64, vg_metric_get(&f.metrics, VG_M_THINNED), 0));
	take(LOG + 2, LOG + 2, "d");
	commit(LOG + 2);
	cr_assert(eq(str, (char *)part_fix_ask(&f, "HLEN", key, NULL), "3"));
	cr_assert(eq(i64, vg_metric_get(&f.metrics, VG_M_THINNED), 1));
	vg_part_free(part);
	f.env.plan = f.plan;
	part = part_fix_part(&f, f.store, 0);
	vg_plan_free(with);
}
