#include "aggregate/keys.h"
#include "aggregate/store.h"
#include "aggregate/store_cluster.h"
#include "redis_server.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static struct test_redis redis;
static struct vg_config cfg;
static struct vg_metrics metrics;
static struct vg_store *store;
static struct vg_err err;

static void connect_to(const char *const *extra)
{
	test_redis_start(&redis, extra);
	cfg = (struct vg_config){.redis_address = redis.address,
				 .redis_connect_ms = 1000,
				 .redis_command_ms = 5000};
	cr_assert(eq(int, vg_store_new(&store, &cfg, &metrics, &err), VG_OK));
}

static void connect_plain(void)
{
	connect_to(NULL);
}

static void disconnect(void)
{
	vg_store_free(store);
	test_redis_stop(&redis);
}

TestSuite(store, .init = connect_plain, .fini = disconnect, .timeout = 60);
TestSuite(store_options, .fini = disconnect, .timeout = 60);

static void ok(enum vg_rc rc)
{
	cr_assert(rc == VG_OK, "%d: %s", rc, err.text);
}

static void says(const char *want)
{
	cr_assert(strstr(err.text, want) != NULL, "%s", err.text);
}

Test(store, carries_bytes_of_every_value_both_ways)
{
	char bytes[256];
	struct vg_slice set[] = {vg_slice_of("SET"),
				 vg_slice_of("k"),
				 {.p = bytes, .n = sizeof bytes}};
	struct vg_reply *r = NULL;

	for (int i = 0; i < 256; i++)
		bytes[i] = (char)i;
	ok(vg_store_call(store, NULL, set, 3, &err));
	ok(vg_store_callf(store, &r, &err, "GET", "k", NULL));
	cr_assert(vg_slice_eq(vg_reply_text(r), set[2]));
	vg_reply_free(r);
}

Test(store, tells_the_kinds_of_replies_apart)
{
	struct vg_reply *r = NULL;
	const struct vg_reply *at;

	ok(vg_store_callf(store, &r, &err, "EVAL",
			  "return {7, '8', false, {1}}", "0", NULL));
	cr_assert(eq(int, vg_reply_type(r), VG_REPLY_ARRAY));
	cr_assert(eq(sz, vg_reply_count(r), 4));
	at = vg_reply_at(r, 0);
	cr_assert(eq(int, vg_reply_type(at), VG_REPLY_INT));
	cr_assert(eq(i64, vg_reply_int(at), 7));
	at = vg_reply_at(r, 1);
	cr_assert(eq(int, vg_reply_type(at), VG_REPLY_STRING));
	cr_assert(eq(i64, vg_reply_int(at), 8));
	at = vg_reply_at(r, 2);
	cr_assert(eq(int, vg_reply_type(at), VG_REPLY_NIL));
	cr_assert(eq(u32, vg_reply_text(at).n, 0));
	cr_assert(eq(sz, vg_reply_count(vg_reply_at(r, 3)), 1));
	vg_reply_free(r);
}

Test(store, answers_a_pipeline_in_order)
{
	struct vg_slice arg[] = {vg_slice_of("INCR"), vg_slice_of("n")};
	struct vg_reply *r = NULL;

	for (int i = 0; i < 5; i++)
		ok(vg_store_queue(store, arg, 2, &err));
	for (int i = 1; i <= 5; i++) {
		ok(vg_store_take(store, &r, &err));
		cr_assert(eq(i64, vg_reply_int(r), i));
		vg_reply_free(r);
	}
}

Test(store, an_error_in_a_pipeline_answers_no_later_command)
{
	struct vg_slice bad[] = {vg_slice_of("HGETALL"), vg_slice_of("s")};
	struct vg_slice good[] = {vg_slice_of("GET"), vg_slice_of("s")};
	struct vg_reply *r = NULL;

	ok(vg_store_callf(store, NULL, &err, "SET", "s", "text", NULL));
	ok(vg_store_queue(store, bad, 2, &err));
	ok(vg_store_queue(store, good, 2, &err));
	cr_assert(eq(int, vg_store_take(store, &r, &err), VG_INVAL));
	says("WRONGTYPE");
	ok(vg_store_callf(store, &r, &err, "STRLEN", "s", NULL));
	cr_assert(eq(i64, vg_reply_int(r), 4));
	vg_reply_free(r);

	ok(vg_store_queue(store, good, 2, &err)); /* never taken */
	ok(vg_store_callf(store, &r, &err, "STRLEN", "s", NULL));
	cr_assert(eq(i64, vg_reply_int(r), 4));
	vg_reply_free(r);
}

Test(store, takes_a_hundred_thousand_arguments)
{
	enum { N = 100000 };
	struct vg_slice *arg = calloc(N + 2, sizeof *arg);
	struct vg_reply *r = NULL;

	arg[0] = vg_slice_of("RPUSH");
	arg[1] = vg_slice_of("l");
	for (int i = 0; i < N; i++)
		arg[i + 2] = vg_slice_of("value");
	ok(vg_store_call(store, &r, arg, N + 2, &err));
	cr_assert(eq(i64, vg_reply_int(r), N));
	vg_reply_free(r);
	free(arg);
}

Test(store, loads_a_script_again_when_redis_forgot_it)
{
	static const char SCRIPT[] = "return redis.call('INCR', KEYS[1])";
	struct vg_slice key = vg_slice_of("n");
	struct vg_reply *r = NULL;

	ok(vg_store_eval(store, NULL, SCRIPT, 1, &key, 1, &err));
	ok(vg_store_callf(store, NULL, &err, "SCRIPT", "FLUSH", NULL));
	ok(vg_store_eval(store, &r, SCRIPT, 1, &key, 1, &err));
	cr_assert(eq(i64, vg_reply_int(r), 2));
	cr_assert(eq(i64, vg_metric_get(&metrics, VG_M_NOSCRIPT), 1));
	vg_reply_free(r);
}

Test(store, hands_a_scripts_own_refusal_over_as_an_answer)
{
	struct vg_reply *r = NULL;

	ok(vg_store_eval(store, &r, "return redis.error_reply('VG STALE 17')",
			 0, NULL, 0, &err));
	cr_assert(eq(int, vg_reply_type(r), VG_REPLY_ERROR));
	cr_assert(vg_slice_eq(vg_reply_text(r), vg_slice_of("VG STALE 17")));
	vg_reply_free(r);
}

Test(store, calls_errors_that_pass_a_retry_and_others_wrong)
{
	static const struct {
		const char *text;
		enum vg_rc rc;
	} CASE[] = {
		{"LOADING x", VG_RETRY},     {"BUSY x", VG_RETRY},
		{"READONLY x", VG_RETRY},    {"MASTERDOWN x", VG_RETRY},
		{"CLUSTERDOWN x", VG_RETRY}, {"TRYAGAIN x", VG_RETRY},
		{"OOM x", VG_RETRY},	     {"MISCONF x", VG_RETRY},
		{"NOREPLICAS x", VG_RETRY},  {"WRONGTYPE x", VG_INVAL},
		{"ERR x", VG_INVAL},	     {"BUSYKEY x", VG_INVAL},
	};
	char script[64];

	for (size_t i = 0; i < sizeof CASE / sizeof *CASE; i++) {
		snprintf(script, sizeof script,
			 "return redis.error_reply('%s')", CASE[i].text);
		cr_assert(eq(int,
			     vg_store_callf(store, NULL, &err, "EVAL", script,
					    "0", NULL),
			     CASE[i].rc),
			  "%s", CASE[i].text);
		says(CASE[i].text);
	}
}

Test(store, asks_for_a_retry_while_redis_is_away_and_finds_it_again)
{
	ok(vg_store_callf(store, NULL, &err, "PING", NULL));
	kill(redis.pid, SIGSTOP);
	cfg.redis_command_ms = 200;
	test_redis_restart(&redis, NULL);

	cr_assert(eq(int, vg_store_callf(store, NULL, &err, "PING", NULL),
		     VG_RETRY));
	ok(vg_store_callf(store, NULL, &err, "PING", NULL));
	cr_assert(eq(i64, vg_metric_get(&metrics, VG_M_REDIS_ERRORS), 1));
}

Test(store, gives_up_waiting_for_an_answer)
{
	cfg.redis_command_ms = 100;
	ok(vg_store_callf(store, NULL, &err, "CLIENT", "PAUSE", "600", NULL));
	cr_assert(eq(int,
		     vg_store_callf(store, NULL, &err, "SET", "k", "v", NULL),
		     VG_RETRY));
	cfg.redis_command_ms = 5000;
	ok(vg_store_callf(store, NULL, &err, "PING", NULL));
}

Test(store, refuses_an_address_that_is_none)
{
	static char *const BAD[] = {"",	   "localhost", ":6379",
				    "h:0", "h:65536",	"h:12x"};

	for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++) {
		struct vg_store *s = NULL;

		cfg.redis_address = BAD[i];
		ok(vg_store_new(&s, &cfg, &metrics, &err));
		cr_assert(eq(int, vg_store_callf(s, NULL, &err, "PING", NULL),
			     VG_INVAL),
			  "%s", BAD[i]);
		vg_store_free(s);
	}
	cfg.redis_address = redis.address;
}

Test(store, check_accepts_a_fresh_redis_and_then_the_same_key)
{
	ok(vg_store_check(store, "aaaa", "all", &err));
	ok(vg_store_check(store, "aaaa", "all", &err));
}

Test(store, check_refuses_another_hash_key)
{
	ok(vg_store_check(store, "aaaa", "all", &err));
	cr_assert(
		eq(int, vg_store_check(store, "bbbb", "all", &err), VG_INVAL));
	says("hash_key_file");
}

Test(store, check_refuses_other_series)
{
	ok(vg_store_check(store, "aaaa", "all", &err));
	cr_assert(eq(int, vg_store_check(store, "aaaa", "partner", &err),
		     VG_INVAL));
	says("series.counted");
}

Test(store, check_refuses_another_schema)
{
	ok(vg_store_callf(store, NULL, &err, "HSET", "vg:{vg}:meta", "schema",
			  "999", NULL));
	cr_assert(
		eq(int, vg_store_check(store, "aaaa", "all", &err), VG_INVAL));
	says("schema");
}

Test(store, check_refuses_a_replica)
{
	ok(vg_store_callf(store, NULL, &err, "REPLICAOF", "127.0.0.1", "1",
			  NULL));
	cr_assert(
		eq(int, vg_store_check(store, "aaaa", "all", &err), VG_INVAL));
	says("role");
}

Test(store_options, check_refuses_a_redis_that_may_evict)
{
	static const char *const EVICT[] = {"--maxmemory-policy", "allkeys-lru",
					    NULL};

	connect_to(EVICT);
	cr_assert(
		eq(int, vg_store_check(store, "aaaa", "all", &err), VG_INVAL));
	says("noeviction");
}

static void write_password(char *path, size_t cap, const char *text)
{
	FILE *f;

	snprintf(path, cap, "%s/password", redis.dir);
	f = fopen(path, "w");
	cr_assert(f != NULL);
	fputs(text, f);
	fclose(f);
	chmod(path, 0600);
}

Test(store_options, says_the_password_of_its_file)
{
	static const char *const PASS[] = {"--requirepass", "s3cret", NULL};
	char path[128];

	connect_to(PASS);
	cr_assert(eq(int, vg_store_callf(store, NULL, &err, "PING", NULL),
		     VG_INVAL));
	vg_store_free(store);
	write_password(path, sizeof path, "s3cret\n");
	cfg.redis_password_file = path;
	ok(vg_store_new(&store, &cfg, &metrics, &err));
	ok(vg_store_callf(store, NULL, &err, "PING", NULL));
}

Test(store_options, calls_a_wrong_password_wrong)
{
	static const char *const PASS[] = {"--requirepass", "s3cret", NULL};
	char path[128];

	connect_to(PASS);
	write_password(path, sizeof path, "guess\n");
	cfg.redis_password_file = path;
	cr_assert(eq(int, vg_store_callf(store, NULL, &err, "PING", NULL),
		     VG_INVAL));
	says("WRONGPASS");
}

Test(store_options, talks_over_a_unix_socket)
{
	char path[96], address[112];
	const char *const option[] = {"--unixsocket", path, NULL};

	snprintf(path, sizeof path, "/tmp/vg-store-%d.sock", (int)getpid());
	snprintf(address, sizeof address, "unix:%s", path);
	connect_to(option);
	cfg.redis_address = address;
	ok(vg_store_callf(store, NULL, &err, "PING", NULL));
	unlink(path);
}

/* A script that answers with `error` where there is no vg:{vg}:here. */
static enum vg_rc run_or(const char *error, int64_t *got)
{
	static char texts[4][256];
	static unsigned n;
	char *text = texts[n++ % 4]; /* a store knows a script by its place */
	struct vg_slice key = vg_slice_of("vg:{vg}:here");
	struct vg_reply *r = NULL;
	enum vg_rc rc;

	snprintf(text, sizeof texts[0],
		 "if redis.call('EXISTS', KEYS[1]) == 1 then return 7 end "
		 "return redis.error_reply('%s')",
		 error);
	rc = vg_store_eval(store, &r, text, 1, &key, 1, &err);
	*got = rc == VG_OK ? vg_reply_int(r) : 0;
	vg_reply_free(r);
	return rc;
}

Test(store, knows_the_slots_that_redis_has)
{
	cr_assert(eq(u32, vg_slot_of(vg_slice_of("123456789")), 12739));
	cr_assert(eq(u32, vg_slot_of(vg_slice_of("foo{123456789}bar")), 12739));
	cr_assert(ne(u32, vg_slot_of(vg_slice_of("{}123456789")), 12739));
	cr_assert(eq(u32, vg_slot_of(vg_slice_of("vg:{vg}:a")),
		     vg_slot_of(vg_slice_of("vg"))));
}

Test(store, asks_the_node_that_a_moved_slot_is_at_and_remembers_it)
{
	struct test_redis other;
	char moved[64];
	int64_t got = 0;
	struct vg_store *there = NULL;
	struct vg_config its = cfg;
	struct vg_reply *r = NULL;

	test_redis_start(&other, NULL);
	its.redis_address = other.address;
	ok(vg_store_new(&there, &its, &metrics, &err));
	ok(vg_store_callf(there, NULL, &err, "SET", "vg:{vg}:here", "7", NULL));
	vg_store_free(there);
	cr_assert(not(vg_store_is_cluster(store)));
	snprintf(moved, sizeof moved, "MOVED %u %s",
		 (unsigned)vg_slot_of(vg_slice_of("vg")), other.address);
	ok(run_or(moved, &got));
	cr_assert(eq(i64, got, 7));
	cr_assert(vg_store_is_cluster(store));
	ok(vg_store_callf(store, &r, &err, "GET", "vg:{vg}:here", NULL));
	cr_assert(eq(i64, vg_reply_int(r), 7));
	vg_reply_free(r);

	/* It goes: who was asked first is asked again. */
	test_redis_stop(&other);
	cr_assert(eq(
		int,
		vg_store_callf(store, NULL, &err, "GET", "vg:{vg}:here", NULL),
		VG_RETRY));
	ok(vg_store_callf(store, NULL, &err, "GET", "vg:{vg}:here", NULL));
}

Test(store, a_redirection_that_leads_nowhere_is_tried_again_later)
{
	char round[64];
	int64_t got = 0;

	snprintf(round, sizeof round, "MOVED %u :%d",
		 (unsigned)vg_slot_of(vg_slice_of("vg")), redis.port);
	cr_assert(eq(int, run_or(round, &got), VG_RETRY));
	says("MOVED");
	cr_assert(eq(int, run_or("MOVED nonsense", &got), VG_RETRY));
}

Test(store, two_tags_in_one_command_say_that_it_is_a_cluster)
{
	int64_t got = 0;

	cr_assert(eq(int, run_or("CROSSSLOT two", &got), VG_RETRY));
	cr_assert(vg_store_is_cluster(store));
}
