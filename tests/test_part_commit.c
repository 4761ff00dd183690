/* Law 1: exactly once, whatever happens to a commit. */
#include "aggregate/part_hear.h"
#include "aggregate/part_kept.h"
#include "aggregate/part_recall.h"
#include "aggregate/sensors.h"
#include "part_fix.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>

static struct part_fix f;
static struct vg_part *part;
static struct vg_err err;

#define LOG (T0 + HOUR_MS)

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

TestSuite(commit, .init = open_part, .fini = close_part, .timeout = 60);

/* Count records [from, to) and commit. */
static enum vg_rc count(struct vg_part *p, int64_t from, int64_t to)
{
	for (int64_t o = from; o < to; o++) {
		struct vg_event e = part_event(&f, LOG + o, "IL", "a1");

		part_fix_take(p, &e, o, LOG);
	}
	return part_fix_commit(p, to, LOG, &err);
}

static void ok(enum vg_rc rc)
{
	cr_assert(rc == VG_OK, "%d: %s", rc, err.text);
}

static void reopen(void)
{
	vg_part_free(part);
	part = part_fix_part(&f, f.store, 0);
}

static void counted(int64_t n)
{
	char want[64], bucket[64];

	snprintf(want, sizeof want, "%lld,%lld", (long long)n, (long long)n);
	snprintf(bucket, sizeof bucket, "c:partner:1m:%lld", (long long)LOG);
	cr_assert(eq(str, (char *)part_fix_cell(&f, 0, bucket, "A*|MA"), want));
	snprintf(want, sizeof want, "%lld", (long long)n);
	cr_assert(eq(
		str,
		(char *)part_fix_ask(&f, "HGET", "vg:{alerts.ma:0}:o", "off"),
		want));
}

Test(commit, law1_offset_and_cells_move_together)
{
	ok(count(part, 0, 10));
	counted(10);
	ok(count(part, 10, 15));
	counted(15);
	cr_assert(eq(i64, vg_part_state(part)->offset, 15));
}

Test(commit, law1_a_new_owner_goes_on_from_what_is_stored)
{
	char *before, *after;

	cr_assert(not(vg_part_state(part)->has_offset));
	ok(count(part, 0, 10));
	reopen();
	cr_assert(vg_part_state(part)->has_offset);
	cr_assert(eq(i64, vg_part_state(part)->offset, 10));
	cr_assert(eq(i64, vg_part_state(part)->prev_offset, 9));
	cr_assert(eq(u64, vg_part_state(part)->prev_hash, 0xabcdef0123456789u));
	cr_assert(eq(i64, vg_part_state(part)->log_ms, LOG));
	ok(count(part, 10, 20));
	after = part_fix_dump(&f, 0);
	vg_part_free(part);

	part = part_fix_part(&f, f.store, 1); /* the same in one go */
	ok(count(part, 0, 20));
	before = part_fix_dump(&f, 1);
	cr_assert(eq(str, after, before));
	free(before);
	free(after);
}

/* Another hand moves the offset, as a script whose answer was lost may. */
static void move_offset(const char *to)
{
	ok(vg_store_callf(f.store, NULL, &err, "HSET", "vg:{alerts.ma:0}:o",
			  "off", to, NULL));
}

Test(commit, law1_a_batch_is_refused_when_the_offset_has_moved)
{
	char *before, *after;

	ok(count(part, 0, 10));
	move_offset("15");
	before = part_fix_dump(&f, 0);
	cr_assert(eq(int, count(part, 10, 20), VG_DROP));
	cr_assert(eq(int, vg_part_refusal(part), VG_REFUSAL_STALE));
	after = part_fix_dump(&f, 0);
	cr_assert(eq(str, before, after));
	cr_assert(eq(i64, vg_metric_get(&f.metrics, VG_M_STALE), 1));
	free(before);
	free(after);
}

Test(commit, law1_the_first_batch_is_refused_when_an_offset_is_there)
{
	move_offset("0");
	cr_assert(eq(int, count(part, 0, 10), VG_DROP));
	cr_assert(eq(int, vg_part_refusal(part), VG_REFUSAL_STALE));
}

Test(commit, law1_a_zombie_is_refused_and_the_heir_counts)
{
	struct vg_store *other = part_fix_store(&f);
	struct vg_part *heir;

	ok(count(part, 0, 10));
	heir = part_fix_part(&f, other, 0);
	cr_assert(eq(int, count(part, 10, 20), VG_INVAL));
	cr_assert(eq(int, vg_part_refusal(part), VG_REFUSAL_FENCED));
	cr_assert(eq(i64, vg_metric_get(&f.metrics, VG_M_FENCED), 1));
	counted(10);
	ok(count(heir, 10, 20));
	counted(20);
	vg_part_free(heir);
	vg_store_free(other);
}

Test(commit, law1_a_spent_part_never_commits_again)
{
	ok(count(part, 0, 10));
	move_offset("11");
	cr_assert(eq(int, count(part, 10, 20), VG_DROP));
	move_offset("10");
	cr_assert(eq(int, part_fix_commit(part, 20, LOG, &err), VG_INVAL));
	counted(10);
}

/* A pause holds the script's answer back until the client has given up. */
Test(commit, law1_an_unknown_outcome_is_either_all_or_nothing)
{
	struct vg_store *other = part_fix_store(&f);
	int64_t offset;

	ok(vg_store_callf(other, NULL, &err, "PING", NULL)); /* 5 s to wait */
	vg_part_free(part);
	vg_store_free(f.store);
	f.cfg.redis_command_ms = 150;
	f.store = part_fix_store(&f);
	part = part_fix_part(&f, f.store, 0);
	ok(count(part, 0, 10));
	ok(vg_store_callf(other, NULL, &err, "CLIENT", "PAUSE", "500", NULL));
	cr_assert(eq(int, count(part, 10, 20), VG_RETRY));
	cr_assert(eq(int, vg_part_refusal(part), VG_REFUSAL_UNKNOWN));
	cr_assert(eq(i64, vg_metric_get(&f.metrics, VG_M_UNKNOWN), 1));

	ok(vg_store_callf(other, NULL, &err, "PING", NULL)); /* pause over */
	reopen();
	offset = vg_part_state(part)->offset;
	cr_assert(offset == 10 || offset == 20);
	counted(offset);
	if (offset == 10)
		ok(count(part, 10, 20));
	ok(count(part, 20, 30));
	counted(30);
	vg_store_free(other);
}

Test(commit, law1_a_killed_redis_loses_offset_and_cells_together)
{
	static const char *const AOF[] = {"--appendonly", "yes",
					  "--appendfsync", "no", NULL};

	vg_part_free(part);
	test_redis_restart(&f.redis, AOF);
	vg_store_free(f.store);
	f.store = part_fix_store(&f);
	part = part_fix_part(&f, f.store, 0);
	ok(count(part, 0, 10));
	ok(count(part, 10, 20));
	test_redis_restart(&f.redis, AOF);
	cr_assert(eq(int, count(part, 20, 30), VG_RETRY));
	reopen();
	for (int64_t o = vg_part_state(part)->has_offset
				 ? vg_part_state(part)->offset
				 : 0;
	     o < 30; o += 10)
		ok(count(part, o, o + 10));
	counted(30);
}

/* Redis cannot roll a script back: one bad key must stop it before its first
 * write, whichever it is. */
static void refuse_type_at(int32_t partition, const char *suffix)
{
	struct vg_part *p = part_fix_part(&f, f.store, partition);
	struct vg_event e = part_event(&f, LOG, "IL", "a1");
	char key[160];

	snprintf(key, sizeof key, "vg:{alerts.ma:%d}:%s", (int)partition,
		 suffix);
	ok(vg_store_callf(f.store, NULL, &err, "SET", key, "x", NULL));
	part_fix_take(p, &e, 0, LOG);
	cr_assert(eq(int, part_fix_commit(p, 1, LOG, &err), VG_INVAL), "%s",
		  suffix);
	cr_assert(eq(int, vg_part_refusal(p), VG_REFUSAL_TYPE));
	cr_assert(strstr(err.text, suffix) != NULL, "%s", err.text);
	vg_part_free(p);

	ok(vg_store_callf(f.store, NULL, &err, "DEL", key, NULL));
	snprintf(key, sizeof key, "vg:{alerts.ma:%d}:o", (int)partition);
	cr_assert(eq(str, (char *)part_fix_ask(&f, "HGET", key, "off"), ""));
	snprintf(key, sizeof key, "vg:{alerts.ma:%d}:[^o]*", (int)partition);
	cr_assert(eq(str,
		     (char *)part_fix_ask(&f, "EVAL",
					  "return #redis.call('KEYS', "
					  "'vg:{alerts.ma:*}:c*')",
					  "0"),
		     "0"));
}

Test(commit, law1_a_wrong_type_leaves_everything_untouched)
{
	char track[96], series[96], account[96];

	snprintf(track, sizeof track, "c:t-%s:%lld",
		 vg_plan_track(f.plan, f.track_actor)->id, (long long)LOG);
	snprintf(series, sizeof series, "c:severity:1m:%lld", (long long)LOG);
	snprintf(account, sizeof account, "a:%lld", (long long)LOG);
	refuse_type_at(10, "x");
	refuse_type_at(11, "d");
	refuse_type_at(12, "i");
	refuse_type_at(13, track);
	refuse_type_at(14, series);
	refuse_type_at(15, account);
}

Test(commit, law1_the_head_of_a_commit_without_its_tail_is_refused)
{
	struct vg_part *torn = NULL;

	ok(count(part, 0, 10));
	ok(vg_store_callf(f.store, NULL, &err, "HSET", "vg:{alerts.ma:0}:o",
			  "next", "20", NULL));
	cr_assert(
		eq(int,
		   vg_part_open(&torn, &f.env, f.store, &f.partner[0], 0, &err),
		   VG_INVAL));
	cr_assert(ne(ptr, strstr(err.text, "TORN"), NULL));
}

Test(commit, law1_an_epoch_that_fell_back_is_no_other_owner)
{
	ok(count(part, 0, 10));
	ok(vg_store_callf(f.store, NULL, &err, "HSET", "vg:{alerts.ma:0}:o",
			  "epoch", "0", NULL));
	cr_assert(eq(int, count(part, 10, 20), VG_DROP));
	cr_assert(eq(int, vg_part_refusal(part), VG_REFUSAL_STALE));
}

Test(commit, law1_a_bucket_that_is_listed_and_gone_is_no_fresh_start)
{
	char key[128];

	ok(count(part, 0, 10));
	reopen();
	snprintf(key, sizeof key, "vg:{alerts.ma:0}:c:country:1m:%lld",
		 (long long)LOG);
	ok(vg_store_callf(f.store, NULL, &err, "DEL", key, NULL));
	cr_assert(eq(int, count(part, 10, 20), VG_INVAL));
	cr_assert(strstr(err.text, "not there") != NULL, "%s", err.text);
}

/* Known buckets are read before the script runs; a bad one is found there. */
Test(commit, law1_a_bucket_that_turned_bad_stops_the_partition)
{
	char key[128];

	ok(count(part, 0, 10));
	reopen();
	snprintf(key, sizeof key, "vg:{alerts.ma:0}:c:country:1m:%lld",
		 (long long)LOG);
	ok(vg_store_callf(f.store, NULL, &err, "SET", key, "x", NULL));
	cr_assert(eq(int, count(part, 10, 20), VG_INVAL));
	cr_assert(eq(int, vg_part_refusal(part), VG_REFUSAL_TYPE));
	ok(vg_store_callf(f.store, NULL, &err, "DEL", key, NULL));
	ok(vg_store_callf(f.store, NULL, &err, "HSET", key, "A*\x1fIL",
			  "ten,10", NULL));
	reopen();
	cr_assert(eq(int, count(part, 10, 20), VG_INVAL));
	cr_assert(strstr(err.text, "no number") != NULL, "%s", err.text);
}

static void open_is_refused(const char *why)
{
	struct vg_part *p = NULL;

	cr_assert(eq(int,
		     vg_part_open(&p, &f.env, f.store, &f.partner[0], 0, &err),
		     VG_INVAL));
	cr_assert(strstr(err.text, why) != NULL, "%s", err.text);
	cr_assert(p == NULL);
}

Test(commit, law1_cells_without_an_offset_are_refused)
{
	ok(count(part, 0, 10));
	ok(vg_store_callf(f.store, NULL, &err, "HDEL", "vg:{alerts.ma:0}:o",
			  "off", NULL));
	open_is_refused("TORN");
}

Test(commit, law1_an_offset_without_its_cells_is_refused)
{
	ok(count(part, 0, 10));
	ok(vg_store_callf(f.store, NULL, &err, "DEL", "vg:{alerts.ma:0}:x",
			  NULL));
	open_is_refused("TORN");
}

Test(commit, law1_an_offset_without_its_ids_is_refused)
{
	ok(count(part, 0, 10));
	ok(vg_store_callf(f.store, NULL, &err, "DEL", "vg:{alerts.ma:0}:i",
			  NULL));
	open_is_refused("TORN 0 chunks of ids of 1");
}

Test(commit, law1_an_offset_without_its_quotas_is_refused)
{
	vg_part_keep(part, vg_slice_of("dead"), vg_slice_of("0,1,2"));
	ok(count(part, 0, 10));
	ok(vg_store_callf(f.store, NULL, &err, "DEL", "vg:{alerts.ma:0}:q",
			  NULL));
	open_is_refused("TORN 0 fields of quotas of 1");
}

static void hear(void)
{
	const struct vg_heard h = {.sensor = vg_slice_of("s1"),
				   .record_ms = LOG,
				   .event_ms = LOG,
				   .log_ms = LOG};

	ok(vg_part_hear(part, &h, &err));
}

/* Take record 3 of those counted out again. */
static void recall(void)
{
	const struct vg_recalled to = {.offset = 3, .gone = true};
	const struct vg_recall_reach reach = {.before_ms = INT64_MIN};
	struct vg_event e = part_event(&f, LOG + 3, "IL", "a1");
	bool known = false;

	ok(vg_part_recall_begin(part, &err));
	ok(vg_part_recall_take(part, &e, LOG, &to, &err));
	ok(vg_part_recall_settle(part, &reach, &known, &err));
	cr_assert(known);
	ok(part_fix_commit(part, 11, LOG, &err));
}

Test(commit, law1_an_offset_without_its_sensors_is_refused)
{
	hear();
	ok(count(part, 0, 10));
	ok(vg_store_callf(f.store, NULL, &err, "DEL",
			  "vg:{alerts.ma:0}:sensors", NULL));
	open_is_refused("TORN no vg:{alerts.ma:0}:sensors");
}

Test(commit, law1_an_offset_without_its_recalls_is_refused)
{
	ok(count(part, 0, 10));
	recall();
	ok(count(part, 11, 12));
	ok(vg_store_callf(f.store, NULL, &err, "DEL", "vg:{alerts.ma:0}:r",
			  NULL));
	open_is_refused("TORN no vg:{alerts.ma:0}:r");
}

Test(commit, a_partition_that_heard_and_recalled_nothing_is_opened)
{
	ok(count(part, 0, 10));
	cr_assert(eq(
		str,
		(char *)part_fix_ask(&f, "HGET", "vg:{alerts.ma:0}:o", "heard"),
		"0"));
	reopen();
	ok(count(part, 10, 20));
}

/* Half a commit that was made good leaves what the one in its place has not. */
Test(commit, sensors_and_recalls_of_half_a_commit_hold_no_partition)
{
	ok(count(part, 0, 10));
	ok(vg_store_callf(f.store, NULL, &err, "HSET", "vg:{alerts.ma:0}:r",
			  "3", "-", NULL));
	hear();
	ok(count(part, 10, 20));
	ok(vg_store_callf(f.store, NULL, &err, "HSET", "vg:{alerts.ma:0}:o",
			  "heard", "0", "recalls", "0", NULL));
	reopen();
	ok(count(part, 20, 30));
}

Test(commit, law1_a_wrong_type_at_sensors_or_recalls_leaves_all_untouched)
{
	refuse_type_at(16, "r");
	refuse_type_at(17, "sensors");
}

Test(commit, law1_ids_that_the_offset_has_not_reached_are_refused)
{
	ok(count(part, 0, 10));
	ok(vg_store_callf(f.store, NULL, &err, "ZADD", "vg:{alerts.ma:0}:i",
			  "10", "0123456789abcdef01234567", NULL));
	open_is_refused("TORN ids up to 10 of an offset of 10");
}

Test(commit, bug_ids_of_half_a_commit_that_was_made_good_held_a_partition)
{
	ok(count(part, 0, 10));
	ok(vg_store_callf(f.store, NULL, &err, "ZADD", "vg:{alerts.ma:0}:i",
			  "8", "0123456789abcdef01234567", NULL));
	reopen();
	ok(count(part, 10, 20));
}

Test(commit, what_was_counted_before_ids_were_numbered_is_opened)
{
	ok(count(part, 0, 10));
	ok(vg_store_callf(f.store, NULL, &err, "HDEL", "vg:{alerts.ma:0}:o",
			  "ids", "kept", "recalls", "heard", NULL));
	reopen();
	ok(count(part, 10, 20));
}

Test(commit, another_schema_or_hash_key_is_refused)
{
	static const uint8_t OTHER[VG_HASH_KEY] = {1};

	ok(vg_store_callf(f.store, NULL, &err, "HSET", "vg:{alerts.ma:0}:o",
			  "schema", "999", NULL));
	open_is_refused("SCHEMA 999");
	ok(vg_store_callf(f.store, NULL, &err, "HSET", "vg:{alerts.ma:0}:o",
			  "schema", "1", NULL));
	f.env.hash_key = OTHER;
	open_is_refused("HASHKEY");
}

Test(commit, a_refused_opening_takes_no_epoch)
{
	ok(count(part, 0, 10));
	ok(vg_store_callf(f.store, NULL, &err, "HSET", "vg:{alerts.ma:0}:o",
			  "schema", "999", NULL));
	open_is_refused("SCHEMA");
	ok(count(part, 10, 20));
	counted(20);
}

Test(commit, an_empty_batch_moves_the_offset_alone)
{
	ok(part_fix_commit(part, 5, LOG, &err));
	reopen();
	cr_assert(eq(i64, vg_part_state(part)->offset, 5));
	ok(count(part, 5, 6));
}

Test(commit, a_new_configuration_is_noted_with_its_offset)
{
	ok(count(part, 0, 10));
	f.env.config_hash = "beef";
	reopen();
	reopen();
	cr_assert(eq(
		str,
		(char *)part_fix_ask(&f, "LINDEX", "vg:{alerts.ma:0}:g", "0"),
		"-1 c0ffee 7200000"));
	cr_assert(eq(
		str,
		(char *)part_fix_ask(&f, "LINDEX", "vg:{alerts.ma:0}:g", "-1"),
		"10 beef 7200000"));
	cr_assert(
		eq(str,
		   (char *)part_fix_ask(&f, "LLEN", "vg:{alerts.ma:0}:g", NULL),
		   "2"));
}
