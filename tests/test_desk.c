/* What people did, from the log to Redis: once, in order, and again. */
#include "alert/desk.h"
#include "alert/people.h"
#include "redis_server.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>

static struct test_redis redis;
static struct vg_config cfg;
static struct vg_metrics metrics;
static struct vg_store *store;
static struct vg_err err;

static const char ALERT[] = "0123456789abcdef-1772362800000";

static void give_lease(void)
{
	cr_assert(eq(int,
		     vg_store_callf(store, NULL, NULL, "HSET", "vg:{vg}:lease",
				    "owner", "me", "epoch", "1", "until",
				    "9007199254740991", (char *)NULL),
		     VG_OK));
}

static void start(void)
{
	test_redis_start(&redis, NULL);
	cfg = (struct vg_config){.redis_address = redis.address,
				 .redis_connect_ms = 2000,
				 .redis_command_ms = 5000};
	cr_assert(eq(int, vg_store_new(&store, &cfg, &metrics, NULL), VG_OK));
	give_lease();
}

static void stop(void)
{
	vg_store_free(store);
	test_redis_stop(&redis);
}

TestSuite(desk, .init = start, .fini = stop, .timeout = 60);

/* A log of actions. */
enum { LOG_MAX = 1100 };
static struct vg_action log_of[LOG_MAX];
static int64_t n_log;

/* Append what `text` says about `target`. */
static struct vg_action *say(const char *text, const char *target)
{
	struct vg_action *a = &log_of[n_log];
	enum vg_action_place silence =
		strstr(text, "match") != NULL ? VG_BODY_SILENCE : VG_BODY_ALERT;
	int64_t at_ms = INT64_C(1772362800000) + n_log * 1000;

	cr_assert(eq(int,
		     vg_action_body(a, vg_slice_of(text), silence, at_ms, &err),
		     VG_OK),
		  "%s", err.text);
	a->at_ms = at_ms;
	snprintf(a->id, sizeof a->id, "%032lld", (long long)n_log);
	snprintf(a->target, sizeof a->target, "%s",
		 target != NULL ? target : a->id);
	strcpy(a->viewer, "MA");
	strcpy(a->author, "amal");
	n_log++;
	return a;
}

static void end_silence(const char *id, const char *viewer)
{
	struct vg_action *a = &log_of[n_log];

	*a = (struct vg_action){.kind = VG_ACT_UNSILENCE};
	a->at_ms = INT64_C(1772362800000) + n_log * 1000;
	snprintf(a->id, sizeof a->id, "%032lld", (long long)n_log++);
	strcpy(a->target, id);
	strcpy(a->viewer, viewer);
	strcpy(a->author, "amal");
}

static enum vg_desk_result apply_at(int64_t i, int64_t from)
{
	const struct vg_desk_turn turn = {
		.owner = "me", .from = from, .next = i + 1};
	enum vg_desk_result result = VG_DESK_NOTHING;

	cr_assert(eq(int,
		     vg_desk_apply(store, &turn, &log_of[i], &result, &err),
		     VG_OK),
		  "%s", err.text);
	return result;
}

/* Apply the log from where Redis stands, as the leader does. */
static void apply_all(void)
{
	int64_t next = -1;

	cr_assert(eq(int, vg_desk_offset(store, &next, &err), VG_OK));
	for (int64_t i = next < 0 ? 0 : next; i < n_log; i++) {
		(void)apply_at(i, next);
		next = i + 1;
	}
}

static char *entries(void)
{
	struct vg_buf b = {0};

	cr_assert(eq(int, vg_desk_entries(store, ALERT, &b, &err), VG_OK));
	return b.p;
}

static char *silence(const char *id)
{
	struct vg_buf b = {0};

	cr_assert(eq(int, vg_desk_silence(store, id, &b, &err), VG_OK));
	if (b.p == NULL)
		vg_buf_str(&b, "");
	return b.p;
}

static void say_some(void)
{
	(void)say("{\"action\":\"acknowledge\"}", ALERT);
	(void)say("{\"action\":\"comment\",\"text\":\"one\"}", ALERT);
	(void)say("{\"match\":{\"rule\":\"r\"},\"to\":\"2026-03-02T12:00:00Z\","
		  "\"reason\":\"works\"}",
		  NULL);
	(void)say("{\"action\":\"verdict\",\"verdict\":\"false\"}", ALERT);
	(void)say("{\"action\":\"close\"}", ALERT);
	(void)say("{\"action\":\"reopen\"}", ALERT);
	end_silence(log_of[2].id, "MA");
}

Test(desk, numbers_the_entries_of_an_alert_in_the_order_of_the_log)
{
	say_some();
	apply_all();
	char *all = entries();
	const char *at = all;

	for (int n = 1; n <= 5; n++) {
		char want[24];

		snprintf(want, sizeof want, "{\"n\":%d,", n);
		at = strstr(at, want);
		cr_assert(at != NULL, "%s in %s", want, all);
	}
	cr_assert(strstr(all, "\"change\":\"commented\"") != NULL);
	free(all);
}

Test(desk, law1_losing_redis_loses_nothing_of_what_people_did)
{
	say_some();
	apply_all();
	char *before = entries(), *muted = silence(log_of[2].id);

	cr_assert(
		eq(int,
		   vg_store_callf(store, NULL, &err, "FLUSHALL", (char *)NULL),
		   VG_OK));
	give_lease();
	char *gone = entries();
	cr_assert(eq(str, gone, "[]"));
	apply_all();
	char *after = entries(), *again = silence(log_of[2].id);
	cr_assert(eq(str, before, after));
	cr_assert(eq(str, muted, again));
	cr_assert(strstr(again, "\"ended_by\":\"amal\"") != NULL);
	free(before);
	free(after);
	free(gone);
	free(muted);
	free(again);
}

Test(desk, law1_an_action_counts_once_however_often_it_is_sent_or_read)
{
	say_some();
	apply_all();
	char *before = entries();

	log_of[n_log] = log_of[1]; /* sent again: the same id */
	log_of[n_log].text = strdup("one");
	cr_assert(eq(int, apply_at(n_log, n_log), VG_DESK_REPEATED));
	/* An answer was lost: it is read and written again. */
	cr_assert(eq(int, apply_at(1, 1), VG_DESK_MOVED));
	char *after = entries();
	cr_assert(eq(str, before, after));
	free(before);
	free(after);
}

Test(desk, is_written_by_the_leader_alone)
{
	const struct vg_desk_turn turn = {
		.owner = "another", .from = -1, .next = 1};
	enum vg_desk_result result = VG_DESK_APPLIED;
	int64_t next = 0;

	say_some();
	cr_assert(eq(int,
		     vg_desk_apply(store, &turn, &log_of[0], &result, &err),
		     VG_OK));
	cr_assert(eq(int, result, VG_DESK_FENCED));
	cr_assert(eq(int, vg_desk_offset(store, &next, &err), VG_OK));
	cr_assert(eq(i64, next, -1));
}

Test(desk, passes_over_what_is_no_action_and_goes_on)
{
	const struct vg_desk_turn turn = {.owner = "me", .from = -1, .next = 1};
	enum vg_desk_result result = VG_DESK_APPLIED;

	cr_assert(eq(int, vg_desk_apply(store, &turn, NULL, &result, &err),
		     VG_OK));
	cr_assert(eq(int, result, VG_DESK_NOTHING));
	n_log = 1;
	(void)say("{\"action\":\"acknowledge\"}", ALERT);
	cr_assert(eq(int, apply_at(1, 1), VG_DESK_APPLIED));
}

Test(desk, keeps_as_many_entries_as_the_limit_and_counts_one_past_it)
{
	for (int i = 0; i < VG_DESK_ENTRIES_MAX; i++)
		(void)say("{\"action\":\"comment\",\"text\":\"x\"}", ALERT);
	apply_all();
	(void)say("{\"action\":\"comment\",\"text\":\"x\"}", ALERT);
	cr_assert(eq(int, apply_at(n_log - 1, n_log - 1), VG_DESK_PAST));
}

Test(desk, keeps_as_many_silences_as_the_limit_and_those_over_make_room)
{
	const char *text = "{\"match\":{\"rule\":\"r\"},"
			   "\"to\":\"2026-03-02T12:00:00Z\",\"reason\":\"x\"}";

	for (int i = 0; i < VG_DESK_SILENCES_MAX; i++)
		(void)say(text, NULL);
	apply_all();
	(void)say(text, NULL);
	cr_assert(eq(int, apply_at(n_log - 1, n_log - 1), VG_DESK_PAST));
	/* 60 days later they are long over. */
	struct vg_action *late =
		say("{\"match\":{\"rule\":\"r\"},"
		    "\"to\":\"2026-06-02T12:00:00Z\",\"reason\":\"x\"}",
		    NULL);
	late->at_ms += INT64_C(60) * 86400000;
	cr_assert(eq(int, apply_at(n_log - 1, n_log - 1), VG_DESK_APPLIED));
}

Test(desk, a_silence_is_ended_by_its_own_viewer_alone)
{
	say_some();
	n_log--;
	end_silence(log_of[2].id, "IL");
	apply_all();
	char *text = silence(log_of[2].id);
	cr_assert(strstr(text, "ended_by") == NULL);
	free(text);
}

static struct vg_people *people;
static struct vg_people_follow follow;

static const struct vg_word *word(enum vg_action_kind kind)
{
	const struct vg_word *w;

	for (size_t i = vg_people_first(people, vg_slice_of(ALERT));
	     (w = vg_people_at(people, i)) != NULL; i++)
		if (w->kind == kind)
			return w;
	return NULL;
}

Test(desk, readers_follow_the_last_word_of_each_kind)
{
	cr_assert(eq(int, vg_people_new(&people, &err), VG_OK));
	cr_assert(eq(int, vg_people_step(people, &follow, store, &err), VG_OK));
	cr_assert(vg_people_at(people, 0) == NULL);
	say_some();
	apply_all();
	cr_assert(eq(int, vg_people_step(people, &follow, store, &err), VG_OK));
	cr_assert(word(VG_ACT_ACKNOWLEDGE) != NULL);
	cr_assert(eq(int, word(VG_ACT_VERDICT)->verdict, 'f'));
	cr_assert(word(VG_ACT_CLOSE)->reopened);
	cr_assert(eq(i64, word(VG_ACT_CLOSE)->n, 5));

	(void)say("{\"action\":\"verdict\",\"verdict\":\"true\"}", ALERT);
	apply_all();
	cr_assert(eq(int, vg_people_step(people, &follow, store, &err), VG_OK));
	cr_assert(eq(int, word(VG_ACT_VERDICT)->verdict, 't'));

	/* Redis fell back: what is no longer there is not shown. */
	cr_assert(
		eq(int,
		   vg_store_callf(store, NULL, &err, "FLUSHALL", (char *)NULL),
		   VG_OK));
	cr_assert(eq(int, vg_people_step(people, &follow, store, &err), VG_OK));
	cr_assert(vg_people_at(people, 0) == NULL);
	vg_people_free(people);
}

/* What is kept of `viewer`'s own, or no longer (text NULL). */
static struct vg_action *own(const char *viewer, enum vg_own_kind kind,
			     const char *id, const char *text)
{
	struct vg_action *a = &log_of[n_log];

	*a = (struct vg_action){.kind = VG_ACT_DROP};
	if (text != NULL)
		cr_assert(eq(int, vg_action_keep(a, vg_slice_of(text), &err),
			     VG_OK),
			  "%s", err.text);
	a->own = kind;
	a->at_ms = INT64_C(1772362800000) + n_log * 1000;
	snprintf(a->id, sizeof a->id, "%032lld", (long long)n_log++);
	strcpy(a->target, id);
	strcpy(a->viewer, viewer);
	strcpy(a->author, n_log == 1 ? "amal" : "noor");
	return a;
}

static void read_own(struct vg_own_docs *out, int64_t *at)
{
	*out = (struct vg_own_docs){.n = 0};
	cr_assert(eq(int, vg_desk_own_at(store, at, &err), VG_OK));
	cr_assert(eq(int, vg_desk_own(store, out, &err), VG_OK));
}

Test(desk, keeps_a_partners_own_with_who_made_and_who_changed_it)
{
	struct vg_own_docs docs;
	int64_t at = 0;

	read_own(&docs, &at);
	cr_assert(eq(i64, at, -1));
	cr_assert(eq(sz, docs.n, 0));
	(void)own("MA", VG_OWN_RULE, "mine", "{\"id\":\"mine\"}");
	(void)own("MA", VG_OWN_RULE, "mine", "{\"id\":\"mine\",\"a\":1}");
	(void)own("IL", VG_OWN_RULE, "mine", "{\"id\":\"mine\"}");
	apply_all();
	read_own(&docs, &at);
	cr_assert(eq(i64, at, 3));
	cr_assert(eq(sz, docs.n, 2));
	cr_assert(eq(str, docs.doc[1].viewer, "MA"));
	cr_assert(eq(str, docs.doc[1].text, "{\"id\":\"mine\",\"a\":1}"));
	cr_assert(strstr(docs.doc[1].entry, "\"author\":\"noor\"") != NULL);
	cr_assert(strstr(docs.doc[1].entry, "\"created_by\":\"amal\"") != NULL);
	vg_own_term(&docs);
}

Test(desk, takes_away_what_its_owner_drops_and_nothing_of_others)
{
	struct vg_own_docs docs;
	int64_t at = 0;

	(void)own("MA", VG_OWN_WATCHLIST, "c2", "{\"watchlist\":\"c2\"}");
	(void)own("IL", VG_OWN_WATCHLIST, "c2", NULL);
	apply_all();
	read_own(&docs, &at);
	cr_assert(eq(i64, at, 1));
	cr_assert(eq(sz, docs.n, 1));
	vg_own_term(&docs);
	(void)own("MA", VG_OWN_WATCHLIST, "c2", NULL);
	apply_all();
	read_own(&docs, &at);
	cr_assert(eq(i64, at, 3));
	cr_assert(eq(sz, docs.n, 0));
}

Test(desk, a_partners_own_is_bounded_whatever_the_log_says)
{
	char id[16], text[32];
	struct vg_own_docs docs;
	int64_t at = 0;

	for (int i = 0; i <= VG_OWN_RULES_MAX; i++) {
		snprintf(id, sizeof id, "r%02d", i);
		snprintf(text, sizeof text, "{\"id\":\"%s\"}", id);
		(void)own("MA", VG_OWN_RULE, id, text);
	}
	(void)own("MA", VG_OWN_RULE, "r00", "{\"id\":\"r00\",\"a\":1}");
	apply_all();
	read_own(&docs, &at);
	cr_assert(eq(sz, docs.n, VG_OWN_RULES_MAX));
	cr_assert(eq(i64, at, VG_OWN_RULES_MAX + 2));
	cr_assert(strstr(docs.doc[0].text, "\"a\":1") != NULL);
	vg_own_term(&docs);
}

static size_t fields_of(const char *key)
{
	struct vg_reply *r = NULL;

	cr_assert(eq(int,
		     vg_store_callf(store, &r, &err, "HLEN", key, (char *)NULL),
		     VG_OK));
	size_t n = (size_t)vg_reply_int(r);
	vg_reply_free(r);
	return n;
}

static void keep_list(const char *viewer)
{
	struct vg_action *a = &log_of[n_log];

	cr_assert(eq(int,
		     vg_action_keep(a,
				    vg_slice_of("{\"watchlist\":\"c2\","
						"\"values\":[\"x\"]}"),
				    &err),
		     VG_OK));
	a->at_ms = INT64_C(1772362800000) + n_log * 1000;
	snprintf(a->id, sizeof a->id, "%032lld", (long long)n_log++);
	strcpy(a->target, "c2");
	strcpy(a->viewer, viewer);
	strcpy(a->author, "amal");
}

/* MA and IL say something about one alert, silence, and keep a list. */
static void say_as_two(void)
{
	for (int i = 0; i < 2; i++) {
		int64_t from = n_log;
		const char *viewer = i == 0 ? "MA" : "IL";

		(void)say("{\"action\":\"comment\",\"text\":\"secret\"}",
			  ALERT);
		(void)say("{\"match\":{\"rule\":\"r\"},"
			  "\"to\":\"2026-03-02T12:00:00Z\","
			  "\"reason\":\"works\"}",
			  NULL);
		for (int64_t k = from; k < n_log; k++)
			strcpy(log_of[k].viewer, viewer);
		keep_list(viewer);
	}
	(void)say("{\"action\":\"acknowledge\"}", ALERT);
}

static void purge_ma(void)
{
	struct vg_action *a = &log_of[n_log];

	*a = (struct vg_action){.kind = VG_ACT_PURGE,
				.at_ms = INT64_C(1772362800000) + n_log * 1000};
	snprintf(a->id, sizeof a->id, "%032lld", (long long)n_log++);
	strcpy(a->target, "MA");
	strcpy(a->viewer, "MA");
	strcpy(a->author, "office");
}

Test(desk, a_purge_leaves_nothing_of_a_partners_people_and_all_of_others)
{
	say_as_two();
	purge_ma();
	apply_all();
	char *text = entries();

	cr_assert(eq(sz, fields_of(VG_KEY_OWN), 1));
	cr_assert(eq(sz, fields_of("vg:{vg}:silences"), 1));
	cr_assert(strstr(text, "{\"n\":1,\"change\":\"purged\"") != NULL, "%s",
		  text);
	cr_assert(strstr(text, "{\"n\":2,\"change\":\"commented\"") != NULL);
	cr_assert(strstr(text, "\"viewer\":\"MA\"") == NULL, "%s", text);
	free(text);
}

Test(desk, a_purge_is_told_to_who_follows)
{
	struct vg_people *p = NULL;
	struct vg_people_follow follow = {.off = 0};

	cr_assert(eq(int, vg_people_new(&p, &err), VG_OK));
	say_as_two();
	apply_all();
	cr_assert(eq(int, vg_people_step(p, &follow, store, &err), VG_OK));
	cr_assert(vg_people_at(p, 1) != NULL);
	purge_ma();
	apply_all();
	cr_assert(eq(int, vg_people_step(p, &follow, store, &err), VG_OK));
	/* The last comment is IL's; what MA acknowledged is gone. */
	cr_assert(vg_people_at(p, 0) != NULL);
	cr_assert(vg_people_at(p, 1) == NULL);
	vg_people_free(p);
}

Test(desk, a_purge_holds_when_all_is_applied_again)
{
	say_as_two();
	purge_ma();
	apply_all();
	cr_assert(
		eq(int,
		   vg_store_callf(store, NULL, &err, "FLUSHALL", (char *)NULL),
		   VG_OK));
	give_lease();
	apply_all();
	cr_assert(eq(sz, fields_of(VG_KEY_OWN), 1));
	cr_assert(eq(sz, fields_of("vg:{vg}:silences"), 1));
}
