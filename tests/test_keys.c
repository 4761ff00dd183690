#include "aggregate/keys.h"
#include "aggregate/verdict.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>

static struct vg_plan *plan;
static struct vg_buf out;
static char track_id[VG_TRACK_ID];

static void make_plan_with_one_track(void)
{
	struct vg_track t = {.window_ms = 3600000, .n_value = 1};
	size_t index = 9;

	t.value[0] = vg_field_ref(vg_slice_of("country"));
	cr_assert(eq(int, vg_plan_new(&plan, NULL), VG_OK));
	cr_assert(eq(int, vg_plan_add_track(plan, &t, &index, NULL), VG_OK));
	cr_assert(eq(sz, index, 0));
	memcpy(track_id, vg_plan_track(plan, 0)->id, VG_TRACK_ID);
}

static void free_plan(void)
{
	vg_buf_term(&out);
	vg_plan_free(plan);
}

TestSuite(keys, .init = make_plan_with_one_track, .fini = free_plan);

static struct vg_slice bytes(const char *p, size_t n)
{
	return (struct vg_slice){.p = p, .n = (uint32_t)n};
}

static void expect_name(struct vg_bucket_id id, const char *name)
{
	struct vg_bucket_id back = {.agg = 99};

	vg_buf_reset(&out);
	vg_bucket_name(&out, plan, id);
	cr_assert(eq(str, out.p, (char *)name));
	cr_assert(vg_bucket_parse(plan, vg_slice_of(name), &back));
	cr_assert(eq(int, back.agg, id.agg));
	cr_assert(eq(int, back.res, id.res));
	cr_assert(eq(i64, back.start_ms, id.start_ms));
}

Test(keys, share_one_hash_tag_for_a_partition)
{
	vg_key(&out, "alerts.ma", 3, "o");
	cr_assert(eq(str, out.p, "vg:{alerts.ma:3}:o"));
}

Test(keys, name_buckets_so_that_they_parse_back)
{
	char name[VG_BUCKET_NAME_MAX];

	expect_name((struct vg_bucket_id){VG_AGG_ACTOR_COUNTRY, VG_RES_1M,
					  1700000040000},
		    "c:actor+country:1m:1700000040000");
	expect_name((struct vg_bucket_id){VG_AGG_COUNTRY, VG_RES_10S, 0},
		    "c:country:10s:0");
	expect_name((struct vg_bucket_id){VG_AGG_ACCOUNT, 0, 1700002800000},
		    "a:1700002800000");
	snprintf(name, sizeof name, "c:t-%s:-3600000", track_id);
	expect_name((struct vg_bucket_id){VG_AGG_TRACK_0, 0, -3600000}, name);
}

Test(keys, name_every_series_in_every_resolution_differently)
{
	for (unsigned agg = 0; agg < VG_AGG_SERIES_N; agg++)
		for (uint8_t r = 0; r < VG_RES_N; r++) {
			struct vg_bucket_id id = {(uint16_t)agg, r, 86400000};
			struct vg_bucket_id back;

			vg_buf_reset(&out);
			vg_bucket_name(&out, plan, id);
			cr_assert(lt(sz, out.n, VG_BUCKET_NAME_MAX));
			cr_assert(vg_bucket_parse(plan, bytes(out.p, out.n),
						  &back));
			cr_assert(eq(int, back.agg, agg));
			cr_assert(eq(int, back.res, r));
		}
}

Test(keys, refuse_names_that_are_not_buckets)
{
	static const char *const bad[] = {
		"",
		"c",
		"c:",
		"a:",
		"a:x",
		"a:1 ",
		"a:01",
		"a:--1",
		"a:9223372036854775808",
		"b:1",
		"c:country",
		"c:country:1m",
		"c:country:1m:",
		"c:country:2m:0",
		"c:country:1m:0:0",
		"c:colour:1m:0",
		"c:t-:0",
		"c:t-0123456789abcdef:0",
		"c:t-0123456789abcde:0",
	};
	struct vg_bucket_id id = {.agg = 77, .start_ms = 5};

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		cr_expect(not(vg_bucket_parse(plan, vg_slice_of(bad[i]), &id)),
			  "%s", bad[i]);
	cr_assert(eq(int, id.agg, 77));
	cr_assert(eq(i64, id.start_ms, 5));
}

Test(keys, refuse_a_bucket_name_one_byte_past_the_longest)
{
	char name[VG_BUCKET_NAME_MAX + 2];
	struct vg_bucket_id id;

	memset(name, '0', sizeof name);
	memcpy(name, "a:", 2);
	cr_assert(not(vg_bucket_parse(plan, bytes(name, sizeof name), &id)));
}

Test(keys, fields_round_trip_hostile_bytes)
{
	char hostile[256 + 1];
	struct vg_slice value[3], part[3];
	struct vg_buf back = {.n = 0};

	for (int i = 0; i < 256; i++)
		hostile[i] = (char)i;
	hostile[256] = 0x1b; /* an escape with nothing behind it */
	value[0] = vg_slice_of("G*");
	value[1] = bytes(hostile, sizeof hostile);
	value[2] = vg_slice_of("\x1f\x1b\x5f\x1f");
	for (int i = 0; i < 3; i++)
		vg_field_pack(&out, value[i]);
	cr_assert(eq(u32, vg_field_split(bytes(out.p, out.n), part, 3), 3));
	for (int i = 0; i < 3; i++) {
		vg_buf_reset(&back);
		vg_field_unescape(&back, part[i]);
		cr_assert(eq(sz, back.n, value[i].n));
		cr_assert(eq(int, memcmp(back.p, value[i].p, back.n), 0));
	}
	vg_buf_term(&back);
}

Test(keys, nobody_can_send_the_folded_rest)
{
	struct vg_buf back = {.n = 0};

	vg_field_pack(&out, vg_slice_of(VG_OTHER));
	cr_assert(ne(str, out.p, VG_OTHER));
	vg_field_unescape(&back, bytes(out.p, out.n));
	cr_assert(eq(str, back.p, VG_OTHER));
	vg_buf_reset(&out);
	vg_field_pack(&out, vg_slice_of("~others"));
	cr_assert(eq(str, out.p, "~others"));
	vg_buf_term(&back);
}

Test(keys, a_field_splits_into_at_most_what_was_asked)
{
	struct vg_slice part[3];

	cr_assert(eq(u32,
		     vg_field_split(vg_slice_of("a\x1f"
						"b\x1f"
						"c"),
				    part, 3),
		     3));
	cr_assert(eq(u32,
		     vg_field_split(vg_slice_of("a\x1f"
						"b\x1f"
						"c"),
				    part, 2),
		     0));
	cr_assert(eq(u32, vg_field_split(vg_slice_of("a\x1f"), part, 2), 2));
	cr_assert(eq(u32, part[1].n, 0));
	cr_assert(eq(u32, vg_field_split(bytes(NULL, 0), part, 2), 1));
}

Test(keys, an_escape_cut_off_stays_as_it_is)
{
	vg_field_unescape(&out, bytes("a\x1b", 2));
	cr_assert(eq(str, out.p, "a\x1b"));
}

Test(keys, cells_print_and_parse_to_the_ends_of_their_range)
{
	int64_t v[4] = {INT64_MIN, INT64_MAX, 0, -1}, back[4] = {0};

	vg_cell_print(&out, v, 4);
	cr_assert(eq(str, out.p,
		     "-9223372036854775808,9223372036854775807,0,-1"));
	cr_assert(vg_cell_parse(bytes(out.p, out.n), back, 4));
	cr_assert(eq(int, memcmp(v, back, sizeof v), 0));
}

Test(keys, a_bad_cell_changes_nothing)
{
	static const char *const bad[] = {
		"",	"1",	"1,",	 ",1",	"1,2,", "1,2,3",
		"1, 2", "1,+2", "1,02",	 "-,1", "1,-",	"1,9223372036854775808",
		"1;2",	"a,b",	"1.0,2",
	};
	int64_t v[4] = {41, 42, 43, 44};

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		cr_expect(not(vg_cell_parse(vg_slice_of(bad[i]), v, 2)), "%s",
			  bad[i]);
	cr_assert(eq(i64, v[0], 41));
	cr_assert(eq(i64, v[1], 42));
}

Test(keys, cells_are_as_wide_as_their_aggregate)
{
	cr_assert(eq(u32, vg_cell_width(VG_AGG_COUNTRY), 2));
	cr_assert(eq(u32, vg_cell_width(VG_AGG_TECHNIQUE_PAIR), 2));
	cr_assert(eq(u32, vg_cell_width(VG_AGG_ACCOUNT), 1));
	cr_assert(eq(u32, vg_cell_width(VG_AGG_TRACK_0), 4));
	cr_assert(eq(u32, vg_cell_width(VG_AGG_TRACK_0 + 2047), 4));
}

Test(keys, verdict_names_are_different_and_kinds_known)
{
	for (int i = 0; i < VG_VERDICT_N; i++) {
		char kind = vg_verdict_kind((enum vg_verdict)i);

		cr_assert(kind == 'v' || kind == 'r' || kind == 'n');
		for (int k = 0; k < i; k++)
			cr_assert(ne(
				str,
				(char *)vg_verdict_name((enum vg_verdict)i),
				(char *)vg_verdict_name((enum vg_verdict)k)));
	}
	cr_assert(eq(str, (char *)vg_verdict_name(VG_VERDICT_R_PARTNER),
		     "rejected:partner_mismatch"));
	cr_assert(eq(chr, vg_verdict_kind(VG_VERDICT_RECEIVED), 'n'));
}
