#include "alert/book.h"

#include "alert_fix.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <signal.h>
#include <stdlib.h>

enum { MIN = 60000 };

static struct alert_fix f;
static struct vg_book *book;
static struct vg_err err;

static void start(void)
{
	alert_fix_start(&f, FIX_RULE(3, "resolve_after: 0s\n"));
	cr_assert(eq(int, vg_book_new(&book, &err), VG_OK));
}

static void finish(void)
{
	vg_book_free(book);
	alert_fix_stop(&f);
}

TestSuite(book, .init = start, .fini = finish, .timeout = 60);

static void see(int64_t t, unsigned part, const char *actor)
{
	const char *id = f.partner[part].id;
	const struct fix_event ev = {t, part, "A*", actor, id, id};

	alert_fix_event(&f, &ev);
}

static void raise_at(int64_t t, const char *actor)
{
	see(t, FIX_MA, actor);
	see(t, FIX_IL, actor);
	see(t, FIX_AE, actor);
	alert_fix_settle(&f);
}

static void step(void)
{
	cr_assert(eq(int, vg_book_step(book, f.store, 0, &err), VG_OK), "%s",
		  err.text);
}

static void redis_do(const char *a, const char *b, const char *c)
{
	cr_assert(eq(int,
		     vg_store_callf(f.store, NULL, &err, a, b, c, (char *)NULL),
		     VG_OK));
}

Test(book, is_not_ready_before_it_is_loaded)
{
	cr_assert(not(vg_book_ready(book)));
	step();
	cr_assert(vg_book_ready(book));
	cr_assert(eq(sz, vg_book_count(book), 0));
}

Test(book, loads_what_is_stored_newest_start_first)
{
	raise_at(0, "x");
	raise_at(5 * MIN, "y");
	step();
	cr_assert(eq(sz, vg_book_count(book), 12));
	const struct vg_book_alert *a = vg_book_at(book, 0);
	cr_assert(eq(i64, a->start_ms, FIX_T0 + 5 * MIN));
	cr_assert(eq(i64, a->end_ms, FIX_T0 + 5 * MIN + FIX_W));
	cr_assert(eq(i64, a->resolve_after_ms, 0));
	cr_assert(eq(int, a->severity, 8));
	cr_assert(eq(str, (char *)a->rule, "r1"));
	cr_assert(eq(ptr, (void *)a->merged_into, NULL));
	cr_assert(not(a->withdrawn));
	cr_assert(eq(i64, vg_book_at(book, 11)->start_ms, FIX_T0));
	for (size_t i = 0; i + 1 < 6; i++)
		cr_assert(lt(str, (char *)vg_book_at(book, i)->id,
			     (char *)vg_book_at(book, i + 1)->id));
}

Test(book, finds_by_whole_id)
{
	raise_at(0, "x");
	step();
	const struct vg_book_alert *a = vg_book_at(book, 2);
	struct vg_slice id = vg_slice_of(a->id);
	cr_assert(eq(ptr, (void *)vg_book_find(book, id), (void *)a));
	id.n--;
	cr_assert(eq(ptr, (void *)vg_book_find(book, id), NULL));
	cr_assert(eq(ptr, (void *)vg_book_find(book, vg_slice_of("zz")), NULL));
}

Test(book, follows_what_changes)
{
	step();
	raise_at(0, "x");
	step();
	cr_assert(eq(sz, vg_book_count(book), 6));
	see(10 * MIN, FIX_MA, "x");
	see(10 * MIN, FIX_IL, "x");
	see(10 * MIN, FIX_AE, "x");
	alert_fix_settle(&f);
	step();
	cr_assert(eq(sz, vg_book_count(book), 6));
	cr_assert(eq(i64, vg_book_at(book, 0)->end_ms,
		     FIX_T0 + 10 * MIN + FIX_W));
}

/* Keys that were read and found since Redis started. */
static long hits(void)
{
	struct vg_reply *r = NULL;
	const char *at;
	long n;

	cr_assert(eq(int,
		     vg_store_callf(f.store, &r, &err, "INFO", "stats",
				    (char *)NULL),
		     VG_OK));
	at = strstr(vg_reply_text(r).p, "keyspace_hits:");
	cr_assert(at != NULL);
	n = atol(at + strlen("keyspace_hits:"));
	vg_reply_free(r);
	return n;
}

Test(book, reads_what_changed_again_and_again_once)
{
	long before;

	step();
	raise_at(0, "x");
	for (int i = 1; i <= 4; i++)
		raise_at(10 * i * MIN, "x");
	before = hits();
	step();
	/* Six alerts that changed five times, and their stream. */
	cr_assert(lt(int, (int)(hits() - before), 12));
	cr_assert(eq(sz, vg_book_count(book), 6));
	cr_assert(eq(i64, vg_book_at(book, 0)->end_ms,
		     FIX_T0 + 40 * MIN + FIX_W));
}

Test(book, shows_what_was_merged_as_such)
{
	raise_at(0, "x");
	raise_at(90 * MIN, "x");
	raise_at(45 * MIN, "x");
	step();
	cr_assert(eq(sz, vg_book_count(book), 12));
	size_t merged = 0;
	for (size_t i = 0; i < 12; i++)
		merged += vg_book_at(book, i)->merged_into != NULL;
	cr_assert(eq(sz, merged, 6));
}

Test(book, forgets_what_is_removed)
{
	raise_at(0, "x");
	step();
	f.cfg.alerts_kept_ms = MIN;
	f.world.log_ms = FIX_T0 + 100 * FIX_W;
	alert_fix_tick(&f, 2000);
	step();
	cr_assert(eq(sz, vg_book_count(book), 0));
}

Test(book, loads_again_after_a_gap)
{
	raise_at(0, "x");
	step();
	raise_at(5 * MIN, "y");
	cr_assert(
		eq(int,
		   vg_store_callf(f.store, NULL, &err, "XTRIM", VG_KEY_ASTREAM,
				  "MAXLEN", "2", (char *)NULL),
		   VG_OK));
	step();
	cr_assert(not(vg_book_ready(book)));
	step();
	cr_assert(vg_book_ready(book));
	cr_assert(eq(sz, vg_book_count(book), 12));
}

Test(book, loads_again_when_redis_fell_back)
{
	raise_at(0, "x");
	raise_at(5 * MIN, "y");
	step();
	redis_do("FLUSHALL", "SYNC", NULL);
	step();
	cr_assert(not(vg_book_ready(book)));
	step();
	cr_assert(eq(sz, vg_book_count(book), 0));
}

Test(book, loads_again_when_the_stream_is_lost)
{
	raise_at(0, "x");
	step();
	raise_at(5 * MIN, "y");
	redis_do("DEL", VG_KEY_ASTREAM, NULL);
	step();
	step();
	cr_assert(not(vg_book_ready(book)));
	step();
	cr_assert(eq(sz, vg_book_count(book), 12));
}

Test(book, passes_over_what_is_no_document)
{
	raise_at(0, "x");
	cr_assert(eq(int,
		     vg_store_callf(f.store, NULL, &err, "ZADD", VG_KEY_ALERTS,
				    "1", "bad", (char *)NULL),
		     VG_OK));
	redis_do("SET", VG_KEY_ALERT "bad", "{\"id\":\"bad\"");
	step();
	cr_assert(eq(sz, vg_book_count(book), 6));
}

Test(book, keeps_what_it_has_when_redis_is_away)
{
	struct vg_config hasty = f.cfg;
	struct vg_store *store = NULL;

	hasty.redis_command_ms = 100;
	cr_assert(
		eq(int, vg_store_new(&store, &hasty, &f.metrics, &err), VG_OK));
	raise_at(0, "x");
	cr_assert(eq(int, vg_book_step(book, store, 0, &err), VG_OK));
	kill(f.redis.pid, SIGSTOP);
	cr_assert(eq(int, vg_book_step(book, store, 0, &err), VG_RETRY));
	kill(f.redis.pid, SIGCONT);
	cr_assert(vg_book_ready(book));
	cr_assert(eq(sz, vg_book_count(book), 6));
	vg_store_free(store);
}

Test(book, gives_the_history_as_one_array)
{
	struct vg_buf out = {0};
	int64_t omitted = -1;

	raise_at(0, "x");
	step();
	struct vg_slice id = vg_slice_of(vg_book_at(book, 0)->id);
	cr_assert(eq(int, vg_book_history(f.store, id, &out, &omitted, &err),
		     VG_OK));
	cr_assert(strncmp(out.p, "[{\"change\":\"raised\"", 19) == 0);
	cr_assert(eq(chr, out.p[out.n - 1], ']'));
	vg_buf_reset(&out);
	cr_assert(eq(int,
		     vg_book_history(f.store, vg_slice_of("none"), &out,
				     &omitted, &err),
		     VG_OK));
	cr_assert(eq(str, out.p, "[]"));
	cr_assert(eq(i64, omitted, 0));
	vg_buf_term(&out);
}

/* Append changes to the history of alert x until it has `n`. */
static void grow_history(size_t have, size_t n)
{
	char text[24];

	for (size_t i = have; i < n; i++) {
		snprintf(text, sizeof text, "%zu", i);
		cr_assert(eq(int,
			     vg_store_callf(f.store, NULL, &err, "RPUSH",
					    VG_KEY_ALERT "x:h", text,
					    (char *)NULL),
			     VG_OK));
	}
}

Test(book, says_how_much_of_a_long_history_is_not_read)
{
	struct vg_slice id = vg_slice_of("x");
	struct vg_buf out = {0};
	int64_t omitted = -1;

	grow_history(0, VG_HISTORY_MAX);
	cr_assert(eq(int, vg_book_history(f.store, id, &out, &omitted, &err),
		     VG_OK));
	cr_assert(eq(i64, omitted, 0));
	cr_assert(strncmp(out.p, "[0,1,", 5) == 0);
	vg_buf_reset(&out);
	grow_history(VG_HISTORY_MAX, VG_HISTORY_MAX + 1);
	cr_assert(eq(int, vg_book_history(f.store, id, &out, &omitted, &err),
		     VG_OK));
	cr_assert(eq(i64, omitted, 1));
	cr_assert(strncmp(out.p, "[1,2,", 5) == 0);
	vg_buf_term(&out);
}
