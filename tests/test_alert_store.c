/* Alerts in Redis: who may write, what a refusal leaves, what is read back. */
#include "alert/alert_store.h"
#include "alert_fix.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>

static struct alert_fix f;
static struct vg_buf out;
static struct vg_err err;
static struct vg_put put[VG_PUT_BATCH];

static void start(void)
{
	alert_fix_start(&f, FIX_RULE(2, ""));
}

static void finish(void)
{
	for (size_t i = 0; i < VG_PUT_BATCH; i++) {
		vg_buf_term(&put[i].doc);
		vg_buf_term(&put[i].history);
	}
	vg_buf_term(&out);
	alert_fix_stop(&f);
}

TestSuite(alert_store, .init = start, .fini = finish, .timeout = 60);

static struct vg_lease take(const char *owner, int64_t lease_ms)
{
	struct vg_lease l = {0};

	cr_assert(vg_lease_take(f.store, owner, lease_ms, INT64_MIN, &l,
				&err) == VG_OK,
		  "%s", err.text);
	return l;
}

/* Alert number `i`, which ended at `end`. */
static void make(size_t i, int64_t start_ms, const char *end)
{
	struct vg_put *p = &put[i];

	snprintf(p->id, sizeof p->id, "a%03zu", i);
	p->start_ms = start_ms;
	vg_buf_reset(&p->doc);
	vg_buf_reset(&p->history);
	vg_buf_printf(&p->doc, "{\"n\":%zu,\"end\":\"%s\"}", i, end);
	vg_buf_str(&p->history, "{}");
}

static enum vg_put_result write_n(struct vg_lease *l, size_t n)
{
	enum vg_put_result result = VG_PUT_DONE;

	cr_assert(vg_alerts_put(f.store, l, put, n, &result, &err) == VG_OK,
		  "%s", err.text);
	return result;
}

static void holds(const char *key_command, const char *key, const char *want)
{
	alert_fix_ask(&f, &out, key_command, key, NULL);
	cr_assert(eq(str, out.p, (char *)want), "%s %s", key_command, key);
}

#define END "2023-11-14T22:00:00.000Z"

Test(alert_store, lends_its_lease_to_one_owner_at_a_time)
{
	struct vg_lease one = take("one", 60000), again;

	cr_assert(gt(i64, one.epoch, 0));
	cr_assert(eq(i64, take("two", 60000).epoch, 0));
	again = take("one", 60000);
	cr_assert(eq(i64, again.epoch, one.epoch), "renewed, not taken anew");
}

Test(alert_store, gives_a_lapsed_lease_to_another_with_a_higher_epoch)
{
	struct vg_lease one = take("one", 60000);

	cr_assert(vg_store_callf(f.store, NULL, &err, "HSET", VG_KEY_LEASE,
				 "until", "1", (char *)NULL) == VG_OK);
	cr_assert(eq(i64, take("two", 60000).epoch, one.epoch + 1));
	cr_assert(eq(i64, take("one", 60000).epoch, 0));
}

Test(alert_store, refuses_who_lost_the_lease_and_writes_nothing)
{
	struct vg_lease old = take("one", 60000);

	make(0, 1000, END);
	cr_assert(vg_store_callf(f.store, NULL, &err, "HSET", VG_KEY_LEASE,
				 "until", "1", (char *)NULL) == VG_OK);
	(void)take("two", 60000);
	cr_assert(eq(int, write_n(&old, 1), VG_PUT_FENCED));
	cr_assert(eq(i64, old.seq, 0));
	holds("ZCARD", VG_KEY_ALERTS, "0");
	holds("EXISTS", VG_KEY_ASEQ, "0");
	holds("EXISTS", VG_KEY_ALERT "a000", "0");
}

Test(alert_store, refuses_a_leader_whose_redis_fell_back)
{
	struct vg_lease l = take("one", 60000);

	make(0, 1000, END);
	cr_assert(eq(int, write_n(&l, 1), VG_PUT_DONE));
	cr_assert(eq(i64, l.seq, 1));
	cr_assert(vg_store_callf(f.store, NULL, &err, "SET", VG_KEY_ASEQ, "0",
				 (char *)NULL) == VG_OK);
	make(0, 2000, END);
	cr_assert(eq(int, write_n(&l, 1), VG_PUT_MOVED));
	holds("LLEN", VG_KEY_ALERT "a000:h", "1");
	alert_fix_ask(&f, &out, "ZSCORE", VG_KEY_ALERTS, "a000");
	cr_assert(eq(str, out.p, "1000"));
}

Test(alert_store, writes_a_whole_batch_in_one_go)
{
	struct vg_lease l = take("one", 60000);

	for (size_t i = 0; i < VG_PUT_BATCH; i++)
		make(i, (int64_t)i, END);
	cr_assert(eq(int, write_n(&l, VG_PUT_BATCH), VG_PUT_DONE));
	cr_assert(eq(i64, l.seq, VG_PUT_BATCH));
	holds("ZCARD", VG_KEY_ALERTS, "64");
	holds("XLEN", VG_KEY_ASTREAM, "64");
	holds("GET", VG_KEY_ALERT "a063", "{\"n\":63,\"end\":\"" END "\"}");
}

Test(alert_store, writes_no_entry_where_there_is_no_history)
{
	struct vg_lease l = take("one", 60000);

	make(0, 1000, END);
	vg_buf_reset(&put[0].history);
	cr_assert(eq(int, write_n(&l, 1), VG_PUT_DONE));
	holds("EXISTS", VG_KEY_ALERT "a000:h", "0");
	holds("EXISTS", VG_KEY_ALERT "a000", "1");
}

Test(alert_store, checks_every_key_before_it_writes_the_first)
{
	struct vg_lease l = take("one", 60000);
	enum vg_put_result result = VG_PUT_DONE;

	make(0, 1000, END);
	make(1, 1000, END);
	cr_assert(vg_store_callf(f.store, NULL, &err, "SET",
				 VG_KEY_ALERT "a001:h", "mine",
				 (char *)NULL) == VG_OK);
	cr_assert(eq(int, vg_alerts_put(f.store, &l, put, 2, &result, &err),
		     VG_INVAL));
	cr_assert(strstr(err.text, "wrong type; move it away") != NULL, "%s",
		  err.text);
	holds("EXISTS", VG_KEY_ALERT "a000", "0");
	holds("GET", VG_KEY_ALERT "a001:h", "mine");
}

static size_t n_taken, n_absent;

static enum vg_rc count_doc(void *ctx, struct vg_slice doc, struct vg_err *e)
{
	(void)ctx;
	(void)e;
	n_taken++;
	n_absent += doc.n == 0;
	return VG_OK;
}

static enum vg_rc stop_at_third(void *ctx, struct vg_slice doc,
				struct vg_err *e)
{
	(void)count_doc(ctx, doc, e);
	return n_taken == 3 ? vg_err_set(e, VG_DROP, "enough") : VG_OK;
}

/* `n` alerts, of which number 7 has lost its document. */
static void fill(size_t n)
{
	struct vg_lease l = take("one", 60000);

	for (size_t done = 0; done < n;) {
		size_t some = n - done < VG_PUT_BATCH ? n - done : VG_PUT_BATCH;

		for (size_t i = 0; i < some; i++) {
			make(i, 1000, END);
			snprintf(put[i].id, sizeof put[i].id, "a%03zu",
				 done + i);
		}
		cr_assert(eq(int, write_n(&l, some), VG_PUT_DONE));
		done += some;
	}
	cr_assert(vg_store_callf(f.store, NULL, &err, "DEL",
				 VG_KEY_ALERT "a007", (char *)NULL) == VG_OK);
}

Test(alert_store, reads_a_page_of_256_and_one_more)
{
	const struct vg_doc_taker to = {.take = count_doc};

	fill(VG_GET_MAX + 1);
	cr_assert(eq(int, vg_alerts_each(f.store, &to, &err), VG_OK));
	cr_assert(eq(sz, n_taken, VG_GET_MAX + 1));
	cr_assert(eq(sz, n_absent, 1));
}

Test(alert_store, stops_where_its_taker_does)
{
	const struct vg_doc_taker to = {.take = stop_at_third};

	fill(20);
	cr_assert(eq(int, vg_alerts_each(f.store, &to, &err), VG_DROP));
	cr_assert(eq(sz, n_taken, 3));
	cr_assert(eq(str, err.text, "enough"));
}

static void said(const char *command, const char *key, const char *a,
		 const char *b)
{
	cr_assert(vg_store_callf(f.store, NULL, &err, command, key, a, b,
				 (char *)NULL) == VG_OK);
}

Test(alert_store, expires_what_ended_before_and_not_what_only_began_before)
{
	struct vg_lease l = take("one", 60000);
	const int64_t at = FIX_T0; /* 2023-11-14T22:13:20Z */
	size_t removed = 0;

	make(0, at - 5000, "2023-11-14T22:13:19.999Z");
	make(1, at - 5000, "2023-11-14T22:13:20.000Z");
	make(2, at - 5000, "2023-11-15T00:00:00.000Z");
	cr_assert(eq(int, write_n(&l, 3), VG_PUT_DONE));
	said("HSET", "vg:{vg}:desk:of:a000", "x", "1 {}");
	said("HSET", "vg:{vg}:desk", "a000 verdict", "1 {}");
	said("HSET", "vg:{vg}:desk", "a001 verdict", "1 {}");
	said("ZADD", "vg:{vg}:desk:at", "7", "a000 verdict");
	cr_assert(vg_alerts_expire(f.store, &l, at, &removed, &err) == VG_OK);
	cr_assert(eq(sz, removed, 1));
	holds("EXISTS", "vg:{vg}:desk:of:a000", "0");
	holds("HLEN", "vg:{vg}:desk", "1");
	holds("ZCARD", "vg:{vg}:desk:at", "0");
	holds("EXISTS", VG_KEY_ALERT "a000", "0");
	holds("EXISTS", VG_KEY_ALERT "a000:h", "0");
	holds("ZCARD", VG_KEY_ALERTS, "2");
	cr_assert(eq(i64, l.seq, 4), "a removal is a write, and is numbered");
}

Test(alert_store, expires_nothing_for_who_lost_the_lease)
{
	struct vg_lease l = take("one", 60000);
	size_t removed = 7;

	make(0, 1000, "1970-01-01T00:00:02.000Z");
	cr_assert(eq(int, write_n(&l, 1), VG_PUT_DONE));
	l.epoch++;
	cr_assert(vg_alerts_expire(f.store, &l, FIX_T0, &removed, &err) ==
		  VG_OK);
	cr_assert(eq(sz, removed, 0));
	holds("EXISTS", VG_KEY_ALERT "a000", "1");
}
