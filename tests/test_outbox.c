/* The outbox alone: what its one script writes, and for whom. */
#include "notify/outbox.h"
#include "redis_server.h"

#include "core/config.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>

static struct test_redis redis;
static struct vg_config cfg;
static struct vg_metrics metrics;
static struct vg_store *store;

static void ask(struct vg_reply **out, const char *a, const char *b,
		const char *c, const char *d)
{
	cr_assert(eq(int,
		     vg_store_callf(store, out, NULL, a, b, c, d, (char *)NULL),
		     VG_OK));
}

static void start(void)
{
	struct vg_reply *r = NULL;

	test_redis_start(&redis, NULL);
	cfg = (struct vg_config){.redis_address = redis.address,
				 .redis_connect_ms = 2000,
				 .redis_command_ms = 5000};
	cr_assert(eq(int, vg_store_new(&store, &cfg, &metrics, NULL), VG_OK));
	cr_assert(eq(int,
		     vg_store_callf(store, &r, NULL, "HSET", "vg:{vg}:lease",
				    "owner", "me", "epoch", "1", "until",
				    "9007199254740991", (char *)NULL),
		     VG_OK));
	vg_reply_free(r);
}

static void stop(void)
{
	vg_store_free(store);
	test_redis_stop(&redis);
}

TestSuite(outbox, .init = start, .fini = stop, .timeout = 60);

/* One notice and a cursor, written as `owner`; was it refused? */
static bool is_fenced(const char *owner)
{
	struct vg_commit c = {.cursor = "5-0 5", .at_ms = 7};
	struct vg_change *change = vg_commit_add(&c, true);
	bool fenced = false;

	vg_buf_str(&change->name, "n1");
	vg_buf_str(&change->value, "body");
	cr_assert(eq(int, vg_outbox_commit(store, owner, &c, &fenced, NULL),
		     VG_OK));
	vg_commit_term(&c);
	return fenced;
}

static int64_t waiting(void)
{
	struct vg_reply *r = NULL;
	int64_t n;

	ask(&r, "HLEN", VG_KEY_OUTBOX, NULL, NULL);
	n = vg_reply_int(r);
	vg_reply_free(r);
	return n;
}

Test(outbox, takes_what_the_owner_of_the_lease_writes)
{
	cr_assert(not(is_fenced("me")));
	cr_assert(eq(i64, waiting(), 1));
}

Test(outbox, refuses_one_who_lost_the_lease_since_it_looked)
{
	cr_assert(is_fenced("another"));
	cr_assert(eq(i64, waiting(), 0));
}
