/* Notifications that are kept, when what is stored of their alerts changes. */
#include "alert/alert_store.h"
#include "notify/outbox.h"
#include "notify/renew.h"
#include "redis_server.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct test_redis redis;
static struct vg_config *cfg;
static struct vg_store *store;
static struct vg_metrics metrics;
static struct vg_lease lease;
static struct vg_err err;

static void begin(void)
{
	char text[512];

	test_redis_start(&redis, NULL);
	snprintf(text, sizeof text,
		 "partners: [{id: MA, country: MA, slot: 0}]\n"
		 "kafka: {brokers: \"127.0.0.1:1\"}\n"
		 "redis: {address: \"%s\"}\n"
		 "hash_key_file: none\n",
		 redis.address);
	cr_assert(vg_config_parse(&cfg, "t", text, strlen(text), &err) == VG_OK,
		  "%s", err.text);
	cr_assert(vg_store_new(&store, cfg, &metrics, &err) == VG_OK);
	cr_assert(vg_lease_take(store, "me", 600000, INT64_MIN, &lease, &err) ==
		  VG_OK);
}

static void end(void)
{
	vg_store_free(store);
	vg_config_free(cfg);
	test_redis_stop(&redis);
}

TestSuite(renew, .init = begin, .fini = end, .timeout = 60);

/* An alert of actor `actor` by `partners` ("\"MA\",\"IL\""). */
static void doc(char out[512], const char *id, const char *actor,
		const char *partners, const char *more)
{
	snprintf(out, 512,
		 "{\"id\":\"%s\",\"rule\":\"r\",\"title\":\"T\",\"group\":"
		 "{\"src\":\"%s\"},\"partners\":[%s],\"countries\":[%s]%s}",
		 id, actor, partners, partners, more);
}

static void store_alert(const char *id, const char *actor, const char *partners,
			const char *more)
{
	enum vg_put_result result = VG_PUT_DONE;
	struct vg_put put = {.start_ms = 1};
	char text[512];

	doc(text, id, actor, partners, more);
	snprintf(put.id, sizeof put.id, "%s", id);
	vg_buf_str(&put.doc, text);
	cr_assert(vg_alerts_put(store, &lease, &put, 1, &result, &err) ==
		  VG_OK);
	cr_assert(eq(int, result, VG_PUT_DONE));
	vg_buf_term(&put.doc);
	vg_buf_term(&put.history);
}

/* A notification of two alerts, a and b. */
static void notice(char out[2048], const char *viewer, const char *a,
		   const char *b)
{
	snprintf(out, 2048,
		 "{\"id\":\"n\",\"receiver\":\"soc\",\"viewer\":\"%s\","
		 "\"title\":\"old\",\"text\":\"old IL 192.0.2.7\",\"group\":"
		 "{\"src\":\"192.0.2.7\",\"partner\":\"MA,IL\",\"rule\":"
		 "\"r\"},\"alerts\":[%s,%s],\"omitted\":0}",
		 viewer, a, b);
}

static void told(char out[2048], const char *viewer)
{
	char a[512], b[512];

	doc(a, "a", "192.0.2.7", "\"MA\",\"IL\"",
	    ",\"state\":\"resolved\",\"resolved_at\":\"then\"");
	doc(b, "b", "192.0.2.8", "\"MA\"", ",\"state\":\"firing\"");
	notice(out, viewer, a, b);
}

/* What becomes of it: "-" when it stays, "" when it goes. */
static char *renewed(const char *viewer, const char *partner)
{
	static char out[4096];
	const struct vg_renew r = {.partner = partner};
	struct vg_buf text = {0};
	char body[2048];

	told(body, viewer);
	enum vg_rc rc =
		vg_renew_notice(&text, vg_slice_of(body), store, &r, &err);
	cr_assert(rc == VG_OK || rc == VG_DROP, "%s", err.text);
	snprintf(out, sizeof out, "%s",
		 rc == VG_DROP ? "-"
		 : text.n > 0  ? text.p
			       : "");
	vg_buf_term(&text);
	return out;
}

static bool says(const char *text, const char *what)
{
	return strstr(text, what) != NULL;
}

Test(renew, a_purge_leaves_what_is_stored_without_the_partner)
{
	store_alert("a", "192.0.2.7", "\"MA\"", ",\"_own\":1");
	store_alert("b", "192.0.2.8", "\"MA\"", "");
	char *text = renewed("coalition", "IL");

	cr_assert_not(says(text, "IL"), "%s", text);
	cr_assert_not(says(text, "_own"), "%s", text);
	cr_assert(says(text, "\"resolved_at\":\"then\""), "%s", text);
	cr_assert(says(text, "\"text\":\"resolved: T; a\\nfiring: T; b\\n\""),
		  "%s", text);
	cr_assert(says(text, "\"partner\":\"MA\""), "%s", text);
	cr_assert(says(text, "\"rule\":\"r\""), "%s", text);
	cr_assert(eq(str, renewed("coalition", "AE"), "-"));
}

Test(renew, a_purged_viewers_own_go)
{
	store_alert("a", "192.0.2.7", "\"MA\"", "");
	store_alert("b", "192.0.2.8", "\"MA\"", "");
	cr_assert(eq(str, renewed("IL", "IL"), ""));
}

Test(renew, what_is_stored_no_more_goes)
{
	store_alert("b", "192.0.2.8", "\"MA\"", "");
	char *text = renewed("coalition", "IL");

	cr_assert_not(says(text, "IL"), "%s", text);
	cr_assert_not(says(text, "192.0.2.7"), "%s", text);
	cr_assert(says(text, "\"src\":\"192.0.2.8\""), "%s", text);
	cr_assert(vg_store_callf(store, NULL, &err, "DEL", VG_KEY_ALERT "b",
				 (char *)NULL) == VG_OK);
	cr_assert(eq(str, renewed("coalition", NULL), ""));
}

Test(renew, names_that_were_forgotten_are_forgotten_here_too)
{
	store_alert("a", "192.0.2.7", "\"MA\",\"IL\"", "");
	store_alert("b", "192.0.2.8", "\"MA\"", "");
	cr_assert(eq(str, renewed("coalition", NULL), "-"));
	store_alert("a", "~0123456789abcdef", "\"MA\",\"IL\"",
		    ",\"forgotten\":[\"MA\"]");
	char *text = renewed("coalition", NULL);

	cr_assert_not(says(text, "192.0.2.7"), "%s", text);
	cr_assert(says(text, "\"src\":\"~0123456789abcdef\""), "%s", text);
	cr_assert(says(text, "192.0.2.8"), "%s", text);
}

static int64_t number(const char *command, const char *key)
{
	struct vg_reply *r = NULL;

	cr_assert(vg_store_callf(store, &r, &err, command, key, (char *)NULL) ==
		  VG_OK);
	int64_t n = vg_reply_int(r);
	vg_reply_free(r);
	return n;
}

static bool anywhere(const char *what)
{
	struct vg_reply *r = NULL, *d = NULL;
	bool found = false;

	cr_assert(vg_store_callf(store, &r, &err, "HVALS", VG_KEY_OUTBOX,
				 (char *)NULL) == VG_OK);
	cr_assert(vg_store_callf(store, &d, &err, "LRANGE", VG_KEY_DEAD, "0",
				 "-1", (char *)NULL) == VG_OK);
	for (size_t i = 0; i < vg_reply_count(r); i++)
		found |= says(vg_reply_text(vg_reply_at(r, i)).p, what);
	for (size_t i = 0; i < vg_reply_count(d); i++)
		found |= says(vg_reply_text(vg_reply_at(d, i)).p, what);
	vg_reply_free(r);
	vg_reply_free(d);
	return found;
}

Test(renew, a_purge_reaches_all_that_waits_and_all_that_was_given_up)
{
	enum { EACH = 40 };
	struct vg_renew r = {.partner = "IL"};
	char body[2048], id[16];

	store_alert("a", "192.0.2.7", "\"MA\"", "");
	store_alert("b", "192.0.2.8", "\"MA\"", "");
	for (int i = 0; i < EACH; i++) {
		told(body, i % 4 == 0 ? "IL" : "coalition");
		snprintf(id, sizeof id, "n%d", i);
		cr_assert(vg_store_callf(store, NULL, &err, "HSET",
					 VG_KEY_OUTBOX, id, body,
					 (char *)NULL) == VG_OK);
		cr_assert(vg_store_callf(store, NULL, &err, "RPUSH",
					 VG_KEY_DEAD, body,
					 (char *)NULL) == VG_OK);
	}
	cr_assert(anywhere("IL"));
	cr_assert(vg_renew_purge(store, &r, "purge", &err) == VG_OK, "%s",
		  err.text);
	cr_assert_not(anywhere("IL"));
	cr_assert(eq(i64, r.removed, 2 * EACH / 4));
	cr_assert(eq(i64, r.changed, 2 * EACH / 4 * 3));
	cr_assert(eq(i64, number("HLEN", VG_KEY_OUTBOX), EACH / 4 * 3));
	cr_assert(eq(i64, number("LLEN", VG_KEY_DEAD), EACH / 4 * 3));
	/* Again: nothing is left to do. */
	r.changed = r.removed = 0;
	cr_assert(vg_renew_purge(store, &r, "purge", &err) == VG_OK);
	cr_assert(eq(i64, r.changed + r.removed, 0));
}
