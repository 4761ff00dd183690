/*
 * The notifier on a Redis of its own. Time is the test's; the receiver is a
 * Kafka topic that the test plays.
 */
#include "alert/alert_store.h"
#include "alert/deaf.h"
#include "core/hash.h"
#include "core/timefmt.h"
#include "notify/campaigns.h"
#include "notify/item.h"
#include "notify/kinds.h"
#include "notify/notice.h"
#include "notify/notifier.h"
#include "redis_server.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>

#define T0 INT64_C(1700000000000)

enum { GOT_MAX = 64, TURNS = 20000 };

/* What a receiver was given. */
struct got {
	char topic[64], id[64], key[64];
	bool firing;
	char doc[2048];
};

static struct test_redis redis;
static struct vg_config *cfg;
static struct vg_store *store;
static struct vg_metrics metrics;
static struct vg_notifier *n;
static struct vg_lease lease;
static struct vg_err err;
static const uint8_t hash_key[VG_HASH_KEY] = {7};
static int64_t now_ms;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct got got[GOT_MAX];
static size_t n_got, n_refused;
static bool refuses;

static enum vg_rc take(void *ctx, const struct vg_topic_record *r, size_t count,
		       int64_t timeout_ms, struct vg_err *e)
{
	enum vg_rc rc = VG_OK;

	(void)ctx;
	(void)timeout_ms;
	pthread_mutex_lock(&lock);
	if (refuses) {
		n_refused++;
		rc = vg_err_set(e, VG_RETRY, "no");
	}
	for (size_t i = 0; i < count && rc == VG_OK && n_got < GOT_MAX; i++) {
		struct got *g = &got[n_got++];

		snprintf(g->topic, sizeof g->topic, "%s", r[i].topic);
		snprintf(g->id, sizeof g->id, "%s", r[i].id);
		snprintf(g->key, sizeof g->key, "%.*s", (int)r[i].key.n,
			 r[i].key.p);
		char *text = strndup(r[i].value.p, r[i].value.n);
		g->firing = strstr(text, "\"state\":\"firing\"") != NULL;
		snprintf(g->doc, sizeof g->doc, "%s", text);
		free(text);
	}
	pthread_mutex_unlock(&lock);
	return rc;
}

static const struct vg_topic_sink sink = {.send = take};

static void configure(const char *more)
{
	struct vg_buf text = {0};

	vg_buf_printf(&text,
		      "partners:\n"
		      "  - {id: MA, country: MA, slot: 0}\n"
		      "  - {id: IL, country: IL, slot: 1}\n"
		      "kafka: {brokers: \"127.0.0.1:1\"}\n"
		      "redis: {address: \"%s\"}\n"
		      "hash_key_file: none\n"
		      "receivers:\n%s",
		      redis.address, more);
	vg_config_free(cfg);
	cfg = NULL;
	cr_assert(vg_config_parse(&cfg, "test", text.p, text.n, &err) == VG_OK,
		  "%s", err.text);
	vg_buf_term(&text);
}

static void start_notifier(const char *owner)
{
	const struct vg_notifier_opts o = {.cfg = cfg,
					   .metrics = &metrics,
					   .hash_key = hash_key,
					   .clock = vg_clock_system(),
					   .owner = owner,
					   .topics = &sink};

	cr_assert(vg_notifier_new(&n, &o, &err) == VG_OK, "%s", err.text);
}

static void take_lease(const char *owner)
{
	cr_assert(vg_lease_take(store, owner, 600000, INT64_MIN, &lease,
				&err) == VG_OK,
		  "%s", err.text);
}

#define ONE                                                                    \
	"  - {name: ma, type: kafka, viewer: MA, topic: ma, group_wait: 10s, " \
	"group_interval: 60s, repeat_interval: 1h, attempts: 3}\n"
#define TWO                                                                    \
	ONE "  - {name: il, type: kafka, viewer: IL, topic: il, group_wait: "  \
	    "10s, group_interval: 60s, repeat_interval: 1h}\n"

static void begin(void)
{
	test_redis_start(&redis, NULL);
	configure(ONE);
	cr_assert(vg_store_new(&store, cfg, &metrics, &err) == VG_OK);
	now_ms = T0;
	n_got = n_refused = 0;
	refuses = false;
	take_lease("me");
	start_notifier("me");
}

static void end(void)
{
	vg_notifier_free(n);
	vg_store_free(store);
	vg_config_free(cfg);
	cfg = NULL;
	test_redis_stop(&redis);
}

TestSuite(notifier, .init = begin, .fini = end, .timeout = 60);

/* Die and be started again: nothing is handed over. */
static void die(void)
{
	vg_notifier_free(n);
	n = NULL;
	start_notifier("me");
}

static void step(void)
{
	cr_assert(vg_notifier_step(n, store, now_ms, &err) == VG_OK, "%s",
		  err.text);
}

static void at(int64_t s)
{
	now_ms = T0 + s * 1000;
	step();
}

static int64_t waiting(const char *key)
{
	struct vg_reply *r = NULL;

	cr_assert(vg_store_callf(store, &r, &err, "HLEN", key, (char *)NULL) ==
		  VG_OK);
	int64_t len = vg_reply_int(r);
	vg_reply_free(r);
	return len;
}

/* Steps at the present time until the receivers have got so much. */
static void await(size_t want)
{
	size_t have = 0;

	for (int i = 0; i < TURNS && have < want; i++) {
		step();
		pthread_mutex_lock(&lock);
		have = n_got;
		pthread_mutex_unlock(&lock);
		sched_yield();
	}
	cr_assert(eq(sz, have, want));
	for (int i = 0; i < TURNS && waiting("vg:{vg}:outbox") > 0; i++)
		step();
	cr_assert(eq(i64, waiting("vg:{vg}:outbox"), 0));
}

struct doc {
	const char *id, *rule, *viewers; /* viewers: "\"MA\"" */
	int64_t start_s, end_s, detected_s;
	const char *more;
	const char *countries; /* NULL: "MA" alone */
};

/* Write an alert as the evaluator does. */
static void write_alert(const struct doc *d)
{
	char start[VG_TIME_TEXT], stop[VG_TIME_TEXT], found[VG_TIME_TEXT];
	enum vg_put_result result = VG_PUT_DONE;
	struct vg_put put = {.start_ms = T0 + d->start_s * 1000};

	vg_time_print_ms(start, T0 + d->start_s * 1000);
	vg_time_print_ms(stop, T0 + d->end_s * 1000);
	vg_time_print_ms(found, T0 + d->detected_s * 1000);
	snprintf(put.id, sizeof put.id, "%s", d->id);
	vg_buf_printf(&put.doc,
		      "{\"id\":\"%s\",\"rule\":\"%s\",\"title\":\"T\","
		      "\"severity\":8,\"viewers\":[%s],\"group\":{\"actor\":"
		      "\"%s\"},\"start\":\"%s\",\"end\":\"%s\",\"countries\":["
		      "%s],\"marking\":\"AMBER\",\"resolve_after_ms\":0,"
		      "\"detected_at\":\"%s\"%s}",
		      d->id, d->rule, d->viewers, d->id, start, stop,
		      d->countries != NULL ? d->countries : "\"MA\"", found,
		      d->more != NULL ? d->more : "");
	cr_assert(vg_alerts_put(store, &lease, &put, 1, &result, &err) == VG_OK,
		  "%s", err.text);
	cr_assert(eq(int, result, VG_PUT_DONE));
	vg_buf_term(&put.doc);
	vg_buf_term(&put.history);
}

static void fires(const char *id, int64_t from_s, int64_t to_s)
{
	write_alert(&(struct doc){.id = id,
				  .rule = "r",
				  .viewers = "\"MA\",\"IL\"",
				  .start_s = from_s,
				  .end_s = to_s,
				  .detected_s = from_s});
}

Test(notifier, tells_after_group_wait_and_again_when_it_is_over)
{
	at(0);
	fires("a", 1, 100);
	at(1);
	at(10);
	cr_assert(eq(sz, n_got, 0));
	at(11);
	await(1);
	cr_assert(got[0].firing);
	cr_assert(strcmp(got[0].key, "a") == 0);
	at(71);
	at(131);
	await(2);
	cr_assert_not(got[1].firing);
	cr_assert(strcmp(got[0].id, got[1].id) != 0);
	at(2000);
	cr_assert(eq(i64, vg_metric_get(&metrics, VG_M_NOTIFIED), 2));
}

Test(notifier, repeats_what_fires_past_the_interval)
{
	at(0);
	fires("a", 1, 100000);
	at(1);
	at(11);
	await(1);
	at(3611);
	at(3612 + 60);
	await(2);
	cr_assert(got[1].firing);
}

Test(notifier, a_death_at_any_step_loses_nothing_and_keeps_the_id)
{
	char first[64] = "";

	at(0);
	die();
	fires("a", 1, 100);
	die();
	at(1); /* taken in */
	die();
	at(5);
	refuses = true;
	at(11); /* in the outbox */
	for (int i = 0; i < TURNS && n_refused == 0; i++) {
		step();
		sched_yield();
	}
	cr_assert(eq(i64, waiting("vg:{vg}:outbox"), 1));
	struct vg_reply *r = NULL;
	cr_assert(vg_store_callf(store, &r, &err, "HKEYS", "vg:{vg}:outbox",
				 (char *)NULL) == VG_OK);
	struct vg_slice id = vg_reply_text(vg_reply_at(r, 0));
	snprintf(first, sizeof first, "%.*s", (int)id.n, id.p);
	vg_reply_free(r);
	die();
	refuses = false;
	await(1);
	cr_assert(eq(str, got[0].id, first));
	die();
	at(200);
	await(2);
	cr_assert_not(got[1].firing);
}

Test(notifier, what_was_over_before_anybody_looked_is_told_all_the_same)
{
	at(0);
	vg_notifier_free(n);
	n = NULL;
	fires("a", 50, 60);
	start_notifier("me");
	at(300);
	at(310);
	await(1);
	cr_assert(strcmp(got[0].key, "a") == 0);
	at(370);
	await(2);
}

/* How often the receiver was told that `id` fires, or is over. */
static size_t times(const char *id, bool firing)
{
	size_t k = 0;

	for (size_t i = 0; i < n_got; i++)
		k += strcmp(got[i].key, id) == 0 && got[i].firing == firing;
	return k;
}

Test(notifier, what_a_leader_died_before_telling_is_told_by_the_next)
{
	at(0);
	fires("a", 1, 13);
	at(1); /* taken in, and to be told at 11 */
	die();
	at(20);
	await(1);
	at(80);
	await(2);
	cr_assert(eq(sz, times("a", true), 1));
	cr_assert(eq(sz, times("a", false), 1));
}

Test(notifier, what_was_over_before_it_was_to_be_told_is_not_told)
{
	at(0);
	fires("a", 1, 9);
	at(1);
	die();
	for (int64_t s = 20; s < 200; s += 10)
		at(s);
	cr_assert(eq(sz, n_got, 0));
}

Test(notifier, what_comes_and_goes_while_the_receiver_is_away_is_told)
{
	vg_notifier_free(n);
	configure("  - {name: ma, type: kafka, viewer: MA, topic: ma, "
		  "group_wait: 10s, group_interval: 60s, "
		  "repeat_interval: 24h}\n");
	start_notifier("me");
	at(0);
	fires("a", 1, 100000);
	at(1);
	refuses = true;
	at(11);
	for (int i = 0; i < TURNS && n_refused == 0; i++) {
		step();
		sched_yield();
	}
	fires("b", 60, 90);
	for (int64_t s = 60; s < 120; s++)
		at(s);
	die();
	refuses = false;
	for (int64_t s = 200; s < 800; s += 20) {
		at(s);
		for (int i = 0; i < 50; i++) {
			step();
			sched_yield();
		}
	}
	cr_assert(eq(sz, times("b", true), 1));
	cr_assert(eq(sz, times("b", false), 1));
	cr_assert(ge(sz, times("a", true), 1));
}

Test(notifier, what_was_told_to_the_end_is_not_told_again)
{
	at(0);
	fires("a", 1, 100);
	at(1);
	at(11);
	await(1);
	at(131);
	await(2);
	die();
	at(140);
	/* A late event adds a row to it. */
	write_alert(&(struct doc){"a", "r", "\"MA\"", 1, 100, 1,
				  ",\"revision\":1", NULL});
	at(200);
	at(300);
	at(400);
	cr_assert(eq(sz, n_got, 2));
}

Test(notifier, one_that_was_long_over_when_it_first_looks_is_history)
{
	fires("old", -1000, -900);
	fires("now", -50, 500);
	at(0);
	at(10);
	await(1);
	cr_assert(strcmp(got[0].key, "now") == 0);
}

Test(notifier, without_the_lease_it_writes_and_sends_nothing)
{
	at(0);
	fires("a", 1, 100);
	vg_notifier_free(n);
	n = NULL;
	start_notifier("another");
	at(1);
	at(11);
	at(20);
	cr_assert(eq(i64, waiting("vg:{vg}:notify:streams"), 0));
	cr_assert(eq(i64, waiting("vg:{vg}:outbox"), 0));
	cr_assert(eq(sz, n_got, 0));
}

Test(notifier, a_withdrawn_alert_is_told_as_over_to_who_was_told)
{
	at(0);
	fires("a", 1, 10000);
	at(1);
	at(11);
	await(1);
	write_alert(&(struct doc){"a", "r", "\"MA\"", 1, 10000, 1,
				  ",\"withdrawn\":true", NULL});
	write_alert(&(struct doc){"b", "r", "\"MA\"", 1, 10000, 1,
				  ",\"withdrawn\":true", NULL});
	at(80);
	await(2);
	cr_assert_not(got[1].firing);
	cr_assert(strcmp(got[1].key, "a") == 0);
}

Test(notifier, is_dead_after_so_many_attempts_and_kept_aside)
{
	refuses = true;
	at(0);
	fires("a", 1, 100000);
	at(1);
	at(11);
	for (int64_t s = 12;
	     s < 2000 && vg_metric_get(&metrics, VG_M_NOTIFY_DEAD) == 0;
	     s += 1) {
		size_t before = n_refused;

		at(s);
		for (int i = 0; i < 50 && n_refused == before; i++)
			sched_yield();
		step();
	}
	cr_assert(eq(i64, vg_metric_get(&metrics, VG_M_NOTIFY_DEAD), 1));
	cr_assert(eq(i64, vg_metric_get(&metrics, VG_M_NOTIFY_FAILED), 3));
	cr_assert(eq(i64, waiting("vg:{vg}:outbox"), 0));
	struct vg_reply *r = NULL;
	cr_assert(vg_store_callf(store, &r, &err, "LLEN", "vg:{vg}:outbox:dead",
				 (char *)NULL) == VG_OK);
	cr_assert(eq(i64, vg_reply_int(r), 1));
	vg_reply_free(r);
	cr_assert(eq(i64, waiting(VG_DEAF_KEY), 1));
	refuses = false;
	die(); /* whoever leads then takes the note away */
	fires("b", 2000, 100000);
	at(2000);
	at(2100);
	await(2);
	cr_assert(eq(i64, waiting(VG_DEAF_KEY), 0));
}

static void silence(const char *viewer, const char *from, const char *to)
{
	char text[256];

	snprintf(text, sizeof text,
		 "{\"viewer\":\"%s\",\"match\":{\"actor\":[\"a\"]},"
		 "\"from\":\"%s\",\"to\":\"%s\",\"author\":\"x\",\"reason\":"
		 "\"y\"}",
		 viewer, from, to);
	cr_assert(vg_store_callf(store, NULL, &err, "HSET", "vg:{vg}:silences",
				 viewer, text, (char *)NULL) == VG_OK);
}

Test(notifier, a_silence_holds_back_its_own_viewer_alone_until_it_ends)
{
	vg_notifier_free(n);
	n = NULL;
	configure(TWO);
	start_notifier("me");
	silence("MA", "2023-11-14T22:13:20Z", "2023-11-14T22:15:20Z");
	at(0);
	fires("a", 1, 100000);
	at(1);
	at(11);
	await(1);
	cr_assert(strcmp(got[0].topic, "il") == 0);
	at(72);
	cr_assert(eq(sz, n_got, 1));
	at(133); /* the silence ended at 120 */
	await(2);
	cr_assert(strcmp(got[1].topic, "ma") == 0);
}

Test(notifier, law3_a_receiver_is_told_only_what_its_viewer_may_see)
{
	vg_notifier_free(n);
	n = NULL;
	configure(TWO);
	start_notifier("me");
	at(0);
	write_alert(
		&(struct doc){"secret", "r", "\"MA\"", 1, 1000, 1, NULL, NULL});
	at(1);
	at(11);
	await(1);
	at(100);
	step();
	cr_assert(eq(sz, n_got, 1));
	cr_assert(strcmp(got[0].topic, "ma") == 0);
}

static void with_routes(const char *text)
{
	char path[] = "/tmp/vg-routes-XXXXXX", file[64];
	int fd = mkstemp(path);
	FILE *f = fdopen(fd, "w");

	fputs(text, f);
	fclose(f);
	vg_notifier_free(n);
	n = NULL;
	configure(TWO);
	snprintf(file, sizeof file, "%s", path);
	cfg->notify_file = realloc(cfg->notify_file, sizeof file);
	strcpy(cfg->notify_file, file);
	start_notifier("me");
	remove(path);
}

Test(notifier, law3_what_a_viewer_may_not_see_mutes_nothing_of_its_own)
{
	with_routes("inhibit:\n  - {source: {rule: big}, target: {rule: r}}\n");
	at(0);
	write_alert(&(struct doc){"hidden", "big", "\"MA\"", 1, 9000, 1, NULL,
				  NULL});
	fires("a", 1, 9000);
	at(1);
	at(11);
	await(2); /* MA: the big one alone; IL: the other */
	const struct got *il = strcmp(got[0].topic, "il") == 0 ? got : got + 1;
	cr_assert(strcmp(il->topic, "il") == 0);
	cr_assert(strcmp(il->key, "a") == 0);
	const struct got *ma = il == got ? got + 1 : got;
	cr_assert(strcmp(ma->key, "hidden") == 0);
}

Test(notifier, a_route_outside_its_hours_holds_back)
{
	/* T0 is 22:13:20 UTC on a Tuesday. */
	with_routes("route:\n  receiver: ma\n  hours: \"23:00-06:00\"\n");
	at(0);
	fires("a", 1, 100000);
	at(1);
	at(11);
	at(100);
	cr_assert(eq(sz, n_got, 0));
	at(2801); /* 23:00:01 */
	at(2861);
	await(1);
}

Test(notifier, a_stream_is_forgotten_an_hour_after_its_last_word)
{
	at(0);
	fires("a", 1, 50);
	at(1);
	at(11);
	await(1);
	at(71);
	await(2);
	at(71 + 3599);
	cr_assert(eq(i64, waiting("vg:{vg}:notify:streams"), 1));
	die();
	at(71 + 3600);
	at(71 + 3700);
	at(71 + 3800);
	cr_assert(eq(i64, waiting("vg:{vg}:notify:streams"), 0));
	write_alert(&(struct doc){"a", "r", "\"MA\"", 1, 50, 1,
				  ",\"revision\":1", NULL});
	at(8000);
	at(9000);
	cr_assert(eq(sz, n_got, 2), "and what it told is not told again");
}

Test(notifier, a_cursor_whose_entries_are_gone_looks_at_all_again)
{
	at(0);
	vg_notifier_free(n);
	n = NULL;
	fires("a", 1, 100000);
	fires("b", 1, 100000);
	cr_assert(vg_store_callf(store, NULL, &err, "XTRIM", VG_KEY_ASTREAM,
				 "MAXLEN", "0", (char *)NULL) == VG_OK);
	start_notifier("me");
	at(2);
	at(3);
	at(4);
	at(20);
	await(2);
}

static bool dead_says(const char *what)
{
	struct vg_reply *r = NULL;

	cr_assert(vg_store_callf(store, &r, &err, "LINDEX",
				 "vg:{vg}:outbox:dead", "0",
				 (char *)NULL) == VG_OK);
	bool found = strstr(vg_reply_text(r).p, what) != NULL;
	vg_reply_free(r);
	return found;
}

Test(notifier, what_was_given_up_forgets_names_when_its_alerts_do)
{
	cr_assert(vg_store_callf(store, NULL, &err, "RPUSH",
				 "vg:{vg}:outbox:dead",
				 "{\"viewer\":\"coalition\",\"title\":\"x\","
				 "\"text\":\"10.0.0.1\",\"group\":{},"
				 "\"alerts\":[{\"id\":\"a\",\"group\":{\"ip\":"
				 "\"10.0.0.1\"},\"state\":\"firing\"}]}",
				 (char *)NULL) == VG_OK);
	write_alert(&(struct doc){"a", "r", "\"MA\"", 1, 2, 1,
				  ",\"forgotten\":[\"MA\"]", NULL});
	at(20);
	cr_assert(dead_says("10.0.0.1")); /* nobody asks for it */
	cfg->partners[0].has_identifiers_kept = true;
	at(40);
	cr_assert_not(dead_says("10.0.0.1"));
	cr_assert(dead_says("\"forgotten\":[\"MA\"]"));
}

Test(notifier, what_is_no_document_is_passed_over)
{
	static const char *const keys[] = {
		"vg:{vg}:notify:streams", "vg:{vg}:silences", "vg:{vg}:outbox"};

	at(0);
	for (size_t i = 0; i < 3; i++)
		cr_assert(vg_store_callf(store, NULL, &err, "HSET", keys[i],
					 "junk", "{\"a\":[",
					 (char *)NULL) == VG_OK);
	die();
	write_alert(
		&(struct doc){"x", "r", "7", 1, 1000, 1, ",\"end\":3", NULL});
	fires("a", 1, 100000);
	at(1);
	at(11);
	for (int i = 0; i < TURNS && n_got == 0; i++) {
		step();
		sched_yield();
	}
	cr_assert(eq(sz, n_got, 1));
}

/* Campaigns ------------------------------------------------------------- */

/* The alert f-1 of `viewer`, or g-1, with the countries of `list`: each came so
 * many seconds after T0; its window is an hour. */
struct seen_in {
	const char *code;
	int64_t at_s;
};

static void spreads(const char *id, const char *viewer,
		    const struct seen_in *list, size_t count)
{
	struct vg_buf more = {0}, countries = {0};

	vg_buf_printf(&more,
		      ",\"fingerprint\":\"%.1s\",\"class\":\"%s\","
		      "\"window_ms\":3600000,\"first_seen\":[",
		      id, viewer);
	for (size_t i = 0; i < count; i++) {
		char first[VG_TIME_TEXT];

		vg_time_print_ms(first, T0 + list[i].at_s * 1000);
		vg_buf_printf(&more,
			      "%s{\"field\":\"country\",\"value\":\"%s\","
			      "\"first\":\"%s\"}",
			      i > 0 ? "," : "", list[i].code, first);
		vg_buf_printf(&countries, "%s\"%s\"", i > 0 ? "," : "",
			      list[i].code);
	}
	vg_buf_str(&more, "]");
	char viewers[32];
	snprintf(viewers, sizeof viewers, "\"%s\"", viewer);
	write_alert(&(struct doc){id, "r", viewers, 1, 100000, 1, more.p,
				  countries.p});
	vg_buf_term(&more);
	vg_buf_term(&countries);
}

static const struct seen_in spread[] = {
	{"MA", 0}, {"IL", 1}, {"AE", 81}, {"US", 3601}};

Test(notifier, a_campaign_that_spreads_is_told_again_once)
{
	at(0);
	spreads("f-1", "MA", spread, 2);
	at(1);
	at(11);
	await(1);
	cr_assert_not_null(strstr(got[0].doc, "\"stage\":\"emerging\""));
	at(71);
	cr_assert(eq(i64, waiting("vg:{vg}:outbox"), 0), "nothing is new");
	spreads("f-1", "MA", spread, 3);
	at(131);
	await(2);
	cr_assert_not_null(strstr(got[1].doc,
				  "\"campaign\":{\"stage\":\"spreading\","
				  "\"since\":\"2023-11-14T22:13:21Z\","
				  "\"countries\":[{\"country\":\"MA\","));
	cr_assert_not_null(strstr(got[1].doc,
				  "{\"country\":\"AE\",\"at\":\"2023-11-14T22:"
				  "14:41Z\",\"after_ms\":81000}],"
				  "\"velocity\":88.8889}"));
	at(191);
	die();
	at(251);
	at(3500);
	cr_assert(eq(i64, waiting("vg:{vg}:outbox"), 0), "it was told once");
	spreads("f-1", "MA", spread, 4);
	at(3602);
	await(3);
	cr_assert_not_null(strstr(got[2].doc, "\"US\""));
	at(3662);
	cr_assert(eq(sz, n_got, 3));
}

Test(notifier, of_a_stage_that_is_not_asked_for_it_does_not_speak)
{
	vg_notifier_free(n);
	n = NULL;
	configure("  - {name: ma, type: kafka, viewer: MA, topic: ma, "
		  "group_wait: 10s, group_interval: 60s, repeat_interval: 9h, "
		  "send_stages: \"sustained,closed\"}\n");
	start_notifier("me");
	at(0);
	spreads("f-1", "MA", spread, 2);
	at(1);
	at(11);
	await(1);
	spreads("f-1", "MA", spread, 3);
	at(131);
	cr_assert(eq(i64, waiting("vg:{vg}:outbox"), 0));
	at(81 + 3600 + 60);
	await(2);
	cr_assert_not_null(strstr(got[1].doc, "\"stage\":\"sustained\""));
	/* A person closes it. */
	struct vg_reply *r = NULL;
	cr_assert(vg_store_callf(store, &r, &err, "HSET", "vg:{vg}:desk",
				 "f-1 close",
				 "1 {\"change\":\"closed\",\"at\":\"2023-11-14T"
				 "23:20:00.000Z\",\"author\":\"amal\"}",
				 (char *)NULL) == VG_OK);
	vg_reply_free(r);
	die();
	at(2 * 3600);
	await(3);
	cr_assert_not_null(strstr(got[2].doc, "\"stage\":\"closed\""));
	at(3 * 3600);
	cr_assert(eq(i64, waiting("vg:{vg}:outbox"), 0));
}

/* What MA is told while a campaign of IL's own spreads, or there is none. */
static void tell_ma(char told[2][2048], bool hidden)
{
	at(0);
	if (hidden)
		spreads("g-1", "IL", spread, 2);
	spreads("f-1", "MA", spread, 1);
	at(1);
	at(11);
	await(1);
	if (hidden)
		spreads("g-1", "IL", spread, 3);
	at(131);
	at(191);
	cr_assert(eq(sz, n_got, 1), "MA's own does not spread");
	if (hidden)
		spreads("g-1", "IL", spread, 4);
	spreads("f-1", "MA", spread + 1, 2);
	at(3602);
	await(2);
	for (size_t i = 0; i < 2; i++)
		memcpy(told[i], got[i].doc, sizeof got[i].doc);
}

Test(notifier, law3_a_campaign_that_is_hidden_changes_no_byte_and_no_instant)
{
	char with[2][2048] = {{0}}, without[2][2048] = {{0}};

	tell_ma(with, true);
	end();
	begin();
	tell_ma(without, false);
	for (size_t i = 0; i < 2; i++)
		cr_assert(eq(str, with[i], without[i]));
	cr_assert_not_null(strstr(with[0], "\"campaign\":{"));
	cr_assert_null(strstr(with[1], "\"US\""));
}

/* The line for people about f-1 in `language`. */
static void read_line(struct vg_buf *out, const char *language,
		      struct vg_campaigns *campaigns)
{
	static struct vg_route none;
	struct vg_receiver to = {.name = (char *)"soc"};
	struct vg_item *item = NULL;
	const struct vg_notice_alert alert[] = {{NULL, true}};
	struct vg_notice_alert list[1];

	memcpy(list, alert, sizeof list);
	to.language = (char *)(uintptr_t)language;
	cr_assert(vg_item_read(&item,
			       vg_slice_of("{\"id\":\"f-1\",\"start\":\"2023-"
					   "11-14T22:13:21Z\",\"end\":null,"
					   "\"resolve_after_ms\":0}"),
			       &err) == VG_OK);
	list[0].item = item;
	const struct vg_notice_make m = {.id = "x-1",
					 .to = &to,
					 .route = &none,
					 .viewer = "MA",
					 .at_ms = T0 + 131000,
					 .alert = list,
					 .n = 1,
					 .campaigns = campaigns};
	cr_assert(vg_notice_write(out, &m, &err) == VG_OK);
	vg_item_free(item);
}

Test(notifier, says_where_a_campaign_is_in_each_language)
{
	static const char *const line[][2] = {
		{"en", "; campaign spreading: MA +0s, IL +1s, AE +81s; 88.9 "
		       "countries an hour; f-1"},
		{"fr", "; campagne en propagation: MA +0s, IL +1s, AE +81s; "
		       "88.9 pays par heure; f-1"},
		{"ar", "; الحملة آخذة في الانتشار: MA +0s, IL +1s, AE +81s; "
		       "88.9 دولة في الساعة; f-1"},
		{"he", "; מערכה מתפשטת: MA +0s, IL +1s, AE +81s; 88.9 מדינות "
		       "בשעה; f-1"}};
	const struct vg_campaigns_upto upto = {.alert = 1};
	struct vg_campaigns *campaigns = NULL;

	spreads("f-1", "MA", spread, 3);
	cr_assert(vg_campaigns_new(&campaigns, INT64_C(604800000), &err) ==
		  VG_OK);
	cr_assert(vg_campaigns_step(campaigns, store, &upto, &err) == VG_OK);
	cr_assert_null(vg_campaigns_find(campaigns, "g-1", T0 + 131000));
	for (size_t i = 0; i < 4; i++) {
		struct vg_buf out = {0};

		read_line(&out, line[i][0], campaigns);
		cr_assert_not_null(strstr(out.p, line[i][1]), "%s", out.p);
		vg_buf_term(&out);
	}
	vg_campaigns_free(campaigns);
}
