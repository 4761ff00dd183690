/* A partner's partitions removed from Redis: all of theirs, and nothing else,
 * whatever interrupts it. */
#include "aggregate/purge.h"

#include "aggregate/cells.h"
#include "aggregate/heartbeat.h"
#include "aggregate/member.h"
#include "aggregate/view.h"
#include "part_fix.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>

#define LOG (T0 + HOUR_MS)
#define MA  "alerts.ma"

static struct part_fix f;
static struct vg_part *part[3];
static struct vg_err err;

/* Count `n` records into partition `i`: 0 and 1 of MA, 2 is IL's first. */
static void count(int i, int n)
{
	const struct vg_partner *who = &f.partner[i == 2];

	cr_assert(eq(int,
		     vg_part_open(&part[i], &f.env, f.store, who,
				  i == 2 ? 0 : i, &err),
		     VG_OK));
	for (int k = 0; k < n; k++) {
		char actor[16];
		struct vg_event e;

		snprintf(actor, sizeof actor, "a%d", k);
		e = part_event(&f, LOG + k, "IL", actor);
		part_fix_take(part[i], &e, k, LOG);
	}
	cr_assert(eq(int, part_fix_commit(part[i], n, LOG, &err), VG_OK));
}

static void open_world(void)
{
	part_fix_open(&f);
	count(0, 20);
	count(1, 7);
	count(2, 5);
}

static void close_world(void)
{
	for (int i = 0; i < 3; i++)
		vg_part_free(part[i]);
	part_fix_close(&f);
}

TestSuite(purge, .init = open_world, .fini = close_world, .timeout = 60);

static void ok(enum vg_rc rc)
{
	cr_assert(rc == VG_OK, "%s", err.text);
}

static int64_t begin(int32_t partition, int64_t offset)
{
	int64_t from = -1;

	const struct vg_member_at at = {MA, partition, offset};

	ok(vg_purge_begin(f.store, &f.env, &at, &from, &err));
	return from;
}

static void walk(void)
{
	struct vg_purge_walk w = {.cursor = 0};

	while (!w.done)
		ok(vg_purge_step(f.store, &f.env, MA, &w, &err));
}

static void end(void)
{
	ok(vg_purge_end(f.store, MA, 0, &err));
	ok(vg_purge_end(f.store, MA, 1, &err));
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Every key that `match` finds with its bytes, as lines. Freed by the caller.
 */
static char *bytes_of(const char *match)
{
	struct vg_reply *r = NULL;
	struct vg_buf out = {0};
	char *key[4096];
	size_t n = 0;

	ok(vg_store_callf(f.store, &r, &err, "KEYS", match, NULL));
	for (size_t i = 0; i < vg_reply_count(r); i++) {
		struct vg_slice s = vg_reply_text(vg_reply_at(r, i));

		key[n] = calloc(1, s.n + 1);
		memcpy(key[n++], s.p, s.n);
	}
	vg_reply_free(r);
	qsort(key, n, sizeof *key, by_text);
	for (size_t i = 0; i < n; i++) {
		struct vg_reply *d = NULL;
		struct vg_slice s;

		ok(vg_store_callf(f.store, &d, &err, "DUMP", key[i], NULL));
		s = vg_reply_text(d);
		vg_buf_printf(&out, "%s ", key[i]);
		for (uint32_t k = 0; k < s.n; k++)
			vg_buf_printf(&out, "%02x", (unsigned char)s.p[k]);
		vg_buf_str(&out, "\n");
		vg_reply_free(d);
		free(key[i]);
	}
	vg_buf_str(&out, "");
	return out.p;
}

static size_t keys_of(const char *match)
{
	struct vg_reply *r = NULL;

	ok(vg_store_callf(f.store, &r, &err, "KEYS", match, NULL));
	size_t n = vg_reply_count(r);
	vg_reply_free(r);
	return n;
}

Test(purge, law3_leaves_nothing_of_the_partner_but_where_to_go_on)
{
	begin(0, 20);
	begin(1, 7);
	walk();
	end();
	cr_assert(eq(sz, keys_of("vg:{alerts.ma:*}:*"), 4));
	cr_assert(eq(
		str,
		(char *)part_fix_ask(&f, "HGET", "vg:{alerts.ma:0}:o", "from"),
		"20"));
	cr_assert(
		eq(str,
		   (char *)part_fix_ask(&f, "HGET", "vg:{alerts.ma:0}:o", "lt"),
		   ""));
	cr_assert(
		eq(str,
		   (char *)part_fix_ask(&f, "XLEN", "vg:{alerts.ma:1}:d", NULL),
		   "1"));
}

Test(purge, law1_leaves_the_others_byte_for_byte)
{
	char *before = bytes_of("vg:{alerts.il:*}:*"), *after;

	begin(0, 20);
	begin(1, 7);
	walk();
	end();
	after = bytes_of("vg:{alerts.il:*}:*");
	cr_assert(gt(sz, strlen(before), 1000));
	cr_assert(eq(str, after, before));
	free(before);
	free(after);
}

Test(purge, shows_no_reader_a_half_of_it)
{
	char *left;

	begin(0, 20);
	left = part_fix_dump(&f, 0); /* by the list of buckets, as readers do */
	cr_assert(eq(str, left, ""));
	cr_assert(gt(sz, keys_of("vg:{alerts.ma:0}:c:*"), 0));
	free(left);
}

Test(purge, law1_the_fence_stops_who_was_counting)
{
	struct vg_event e = part_event(&f, LOG, "IL", "late");

	begin(0, 20);
	part_fix_take(part[0], &e, 20, LOG);
	cr_assert(ne(int, part_fix_commit(part[0], 21, LOG, &err), VG_OK));
	cr_assert(eq(int, vg_part_refusal(part[0]), VG_REFUSAL_FENCED));
}

Test(purge, lets_nobody_open_the_partition_until_it_is_done)
{
	struct vg_part *p = NULL;

	begin(0, 25);
	cr_assert(eq(int,
		     vg_part_open(&p, &f.env, f.store, &f.partner[0], 0, &err),
		     VG_RETRY));
	cr_assert(strstr(err.text, "vigie partner purge MA") != NULL, "%s",
		  err.text);
	begin(1, 7);
	walk();
	end();
	ok(vg_part_open(&p, &f.env, f.store, &f.partner[0], 0, &err));
	cr_assert(eq(i64, vg_part_state(p)->offset, 25));
	cr_assert(eq(i64, vg_part_state(p)->prev_offset, -1));
	cr_assert(eq(i64, vg_part_state(p)->log_ms, INT64_MIN));
	vg_part_free(p);
}

Test(purge, law1_counts_on_behind_it_as_from_nothing)
{
	struct vg_part *p = NULL;
	struct vg_event e = part_event(&f, LOG + MIN_MS, "AE", "new");
	char *have, *want;

	begin(0, 20);
	begin(1, 7);
	walk();
	end();
	ok(vg_part_open(&p, &f.env, f.store, &f.partner[0], 0, &err));
	part_fix_take(p, &e, 20, LOG);
	ok(part_fix_commit(p, 21, LOG, &err));
	have = part_fix_dump(&f, 0);
	vg_part_free(p);
	p = part_fix_part(&f, f.store, 5); /* where nothing ever was */
	part_fix_take(p, &e, 20, LOG);
	ok(part_fix_commit(p, 21, LOG, &err));
	want = part_fix_dump(&f, 5);
	vg_part_free(p);
	cr_assert(eq(str, have, want));
	free(have);
	free(want);
}

static int64_t keys_counted(int32_t partition)
{
	struct vg_purge_counts c;
	int64_t n = 0;

	ok(vg_purge_counts(f.store, MA, partition, &c, &err));
	for (int k = 0; k < VG_PURGE_KINDS; k++)
		n += c.keys[k];
	return n;
}

Test(purge, counts_each_key_once_however_often_it_is_begun)
{
	struct vg_purge_counts c;
	/* All but `o`; `d` is emptied and stays. */
	size_t keys = keys_of("vg:{alerts.ma:0}:*") - 1;
	size_t cells = keys_of("vg:{alerts.ma:0}:c:t-*");

	cr_assert(eq(i64, begin(0, 20), 20));
	walk();
	cr_assert(eq(i64, begin(0, 999), 20));
	begin(1, 7);
	walk();
	walk();
	cr_assert(eq(i64, keys_counted(0), (int64_t)keys));
	ok(vg_purge_counts(f.store, MA, 0, &c, &err));
	cr_assert(eq(i64, c.keys[VG_PURGE_TRACKS], (int64_t)cells));
	cr_assert(eq(i64, c.items[VG_PURGE_TRACKS], 20));
	cr_assert(eq(i64, c.keys[VG_PURGE_STREAM], 1));
	cr_assert(eq(i64, c.keys[VG_PURGE_ACCOUNT], 1));
	cr_assert(eq(i64, c.keys[VG_PURGE_OTHER], 0));
	end();
	cr_assert(eq(i64, keys_counted(0), 0));
}

Test(purge, finds_what_nobody_listed)
{
	ok(vg_store_callf(f.store, NULL, &err, "SET", "vg:{alerts.ma:9}:zz",
			  "left behind", NULL));
	ok(vg_store_callf(f.store, NULL, &err, "SET", "vg:{alerts.mali:0}:zz",
			  "another's", NULL));
	begin(0, 20);
	begin(1, 7);
	walk();
	end();
	ok(vg_purge_end(f.store, MA, 9, &err));
	cr_assert(eq(sz, keys_of("vg:{alerts.ma:9}:zz"), 0));
	cr_assert(eq(sz, keys_of("vg:{alerts.mali:0}:zz"), 1));
}

Test(purge, begins_behind_what_is_counted_though_the_log_says_less)
{
	cr_assert(eq(i64, begin(0, 3), 20));
	cr_assert(eq(i64, begin(1, 12), 12));
}

static size_t cells_in(const struct vg_view *v, const char *topic)
{
	size_t n = 0;

	for (size_t i = 0; i < vg_view_parts(v); i++) {
		const struct vg_view_part *p = vg_view_part(v, i);
		struct vg_bucket_id id;
		struct vg_table *t;
		size_t pos = 0;

		if (strcmp(p->topic, topic) != 0)
			continue;
		while (vg_cells_next(p->cells, &pos, &id, &t))
			n += vg_table_count(t);
	}
	return n;
}

Test(purge, law3_a_view_that_follows_forgets_at_once)
{
	struct vg_view *v = NULL;
	size_t applied = 0, il;

	ok(vg_view_new(&v, &f.env, NULL, &err));
	ok(vg_view_step(v, f.store, LOG, 0, &applied, &err));
	cr_assert(vg_view_ready(v));
	il = cells_in(v, "alerts.il");
	cr_assert(gt(sz, cells_in(v, MA), 0));
	begin(0, 20);
	begin(1, 7);
	for (int i = 1; i <= 3; i++)
		ok(vg_view_step(v, f.store, LOG + i * 1000, 0, &applied, &err));
	cr_assert(vg_view_ready(v));
	cr_assert(eq(sz, cells_in(v, MA), 0));
	cr_assert(eq(sz, cells_in(v, "alerts.il"), il));
	vg_view_free(v);
}

Test(purge, an_ingest_shows_by_its_heartbeat_that_it_owns_a_partition)
{
	struct vg_member_part *p = NULL;
	struct vg_part_place stored;
	size_t n = 0;

	ok(vg_heartbeat(
		f.store,
		&(struct vg_heartbeat){.topic = MA, .high = 20, .now_ms = LOG},
		&stored, &err));
	ok(vg_member_parts(f.store, MA, &p, &n, &err));
	cr_assert(eq(sz, n, 2));
	cr_assert(eq(i64, p[0].offset, 20));
	cr_assert(eq(i64, p[1].partition, 1));
	cr_assert(vg_member_is_owned(&p[0], LOG + 9999));
	cr_assert(not(vg_member_is_owned(&p[0], LOG + 10000)));
	cr_assert(not(vg_member_is_owned(&p[1], LOG)));
	free(p);
}
