#include "aggregate/steps.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>

enum { HOUR = 3600000 };

static struct vg_slice slice(const char *s)
{
	return vg_slice_of(s);
}

Test(steps, the_step_is_the_largest_that_fits_4096_times)
{
	static const struct {
		int64_t window_ms, step_ms;
	} c[] = {{1, 1},
		 {40959, 1},
		 {40960, 10},
		 {409599, 10},
		 {409600, 100},
		 {HOUR, 100},
		 {INT64_C(4096000), 1000},
		 {INT64_C(6) * HOUR, 1000},
		 {INT64_C(40960000), 10000},
		 {INT64_C(245760000) - 1, 10000},
		 {INT64_C(245760000), 60000},
		 {INT64_C(2457600000) - 1, 60000},
		 {INT64_C(2457600000), 600000}};

	for (size_t i = 0; i < sizeof c / sizeof c[0]; i++)
		cr_assert(eq(i64, vg_steps_step(c[i].window_ms), c[i].step_ms),
			  "window %lld", (long long)c[i].window_ms);
}

Test(steps, a_slice_is_a_hundred_steps_and_ten_seconds_at_least)
{
	cr_assert(eq(i64, vg_steps_slice(1000), 10000));
	cr_assert(eq(i64, vg_steps_slice(40960), 10000));
	cr_assert(eq(i64, vg_steps_slice(HOUR), 10000));
	cr_assert(eq(i64, vg_steps_slice(INT64_C(6) * HOUR), 100000));
	cr_assert(eq(i64, vg_steps_slice(INT64_C(24) * 28 * HOUR), 6000000));
}

Test(steps, a_slice_is_the_last_part_of_a_field)
{
	struct vg_buf b = {.n = 0};
	struct vg_steps_field f;

	vg_buf_str(&b, "A*\x1f"
		       "apt1");
	vg_steps_pack(&b, 31234, 10000, false);
	cr_assert(eq(str, b.p,
		     "A*\x1f"
		     "apt1\x1f"
		     "30000"));
	cr_assert(vg_steps_parse(slice(b.p), HOUR, &f));
	cr_assert(eq(i64, f.at_ms, 30000));
	cr_assert(not(f.rounded));
	cr_assert(eq(u32, f.head.n, 7));
	vg_buf_reset(&b);
	vg_buf_str(&b, "A*");
	vg_steps_pack(&b, 9999, 10000, true);
	cr_assert(eq(str, b.p,
		     "A*\x1f"
		     "~0"));
	cr_assert(vg_steps_parse(slice(b.p), HOUR, &f));
	cr_assert(eq(i64, f.at_ms, 0));
	cr_assert(f.rounded);
	vg_buf_term(&b);
}

Test(steps, what_is_no_slice_of_the_window_is_refused)
{
	static const char *const bad[] = {"",
					  "5",
					  "A*\x1f",
					  "A*\x1f~",
					  "A*\x1f"
					  "x",
					  "A*\x1f"
					  "-10000",
					  "A*\x1f"
					  "010000",
					  "A*\x1f"
					  "~~0",
					  "A*\x1f"
					  "0 ",
					  "A*\x1f"
					  "9999",
					  "A*\x1f"
					  "20000"};
	struct vg_steps_field f;

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		cr_assert(not(vg_steps_parse(slice(bad[i]), 20000, &f)), "%zu",
			  i);
	cr_assert(vg_steps_parse(slice("A*\x1f"
				       "10000"),
				 20000, &f));
}

Test(steps, a_list_reads_back_as_it_was_written)
{
	static const struct vg_step step[] = {{0, 1, 1},
					      {1, 1, 2},
					      {64, 5, 1},
					      {9998, INT64_MAX, 3},
					      {9999, 0, 0}};
	enum { N = sizeof step / sizeof step[0] };
	struct vg_buf b = {.n = 0};
	struct vg_steps_reader r;
	struct vg_step got;
	int64_t last = -1;
	uint32_t n, last_ms;

	for (size_t i = 0; i < N; i++) {
		vg_steps_add(&b, last, &step[i]);
		last = step[i].at_ms;
	}
	r = vg_steps_read((struct vg_slice){b.p, (uint32_t)b.n});
	for (size_t i = 0; i < N; i++) {
		cr_assert(eq(int, vg_steps_next(&r, &got), 1));
		cr_assert(eq(u32, got.at_ms, step[i].at_ms));
		cr_assert(eq(i64, got.events, step[i].events));
		cr_assert(eq(i64, got.reports, step[i].reports));
	}
	cr_assert(eq(int, vg_steps_next(&r, &got), 0));
	cr_assert(vg_steps_check((struct vg_slice){b.p, (uint32_t)b.n}, 10000,
				 &n, &last_ms));
	cr_assert(eq(u32, n, N));
	cr_assert(eq(u32, last_ms, 9999));
	cr_assert(not(vg_steps_check((struct vg_slice){b.p, (uint32_t)b.n},
				     9999, &n, &last_ms)),
		  "behind the slice's end");
	vg_buf_term(&b);
}

Test(steps, what_is_no_list_is_refused)
{
	static const struct vg_slice bad[] = {
		{"", 0},	     /* empty */
		{"\x81", 1},	     /* cut off */
		{"\x02\x05", 2},     /* cut off behind the events */
		{"\x03\x01", 2},     /* the same time again */
		{"\x02\x01\x01", 3}, /* one and one has a form of its own */
		{"\x03\xff\xff\xff\xff\xff\x7f", 7}, /* no time of a slice */
		{"\x02\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x01", 12}};
	uint32_t n, last_ms;

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		cr_assert(not(vg_steps_check(bad[i], 10000, &n, &last_ms)),
			  "%zu", i);
}

Test(steps, a_group_is_the_audience_and_its_first_values)
{
	struct vg_slice f = slice("A*\x1f"
				  "a\x1f"
				  "b\x1f"
				  "7");

	cr_assert(eq(u32, vg_steps_group(f, 0).n, 2));
	cr_assert(eq(u32, vg_steps_group(f, 1).n, 4));
	cr_assert(eq(u32, vg_steps_group(f, 2).n, 6));
}

/* Take a slice of group `g` and value `v` with `n` times from `from` on; where
 * there may be too many, count them. What was said last. */
static enum vg_steps_say take(struct vg_steps *s, const char *g, const char *v,
			      int from, int n)
{
	char text[64];
	enum vg_steps_say say;

	snprintf(text, sizeof text, "A*\x1f%s\x1f%s\x1f%d", g, v, 0);
	say = vg_steps_take(s, slice(text), (size_t)n);
	for (int i = from; say == VG_STEPS_MANY && i < from + n; i++)
		say = vg_steps_count(s, slice(text), i);
	return say;
}

Test(steps, exactly_4096_times_stay_exact_and_one_more_rounds_the_group)
{
	struct vg_steps *s = vg_steps_new(1, HOUR, 1);
	struct vg_slice a = slice("A*\x1f"
				  "a\x1f"
				  "x\x1f"
				  "0");

	cr_assert(eq(int, take(s, "a", "x", 0, VG_STEPS_TIMES_MAX),
		     VG_STEPS_EXACT));
	cr_assert(eq(int, vg_steps_take(s, a, 1), VG_STEPS_MANY));
	cr_assert(vg_steps_begin(s, a));
	cr_assert(not(vg_steps_begin(s, a)), "once");
	for (int i = 0; i < VG_STEPS_TIMES_MAX; i++)
		cr_assert(eq(int, vg_steps_count(s, a, i), VG_STEPS_MANY));
	cr_assert(eq(int, take(s, "a", "x", 0, 5), VG_STEPS_MANY));
	cr_assert(eq(int, take(s, "a", "y", 7, 5), VG_STEPS_MANY),
		  "another value at a known time is no other time");
	cr_assert(eq(int, take(s, "a", "y", VG_STEPS_TIMES_MAX, 1),
		     VG_STEPS_ROUNDED));
	cr_assert(eq(int, take(s, "a", "x", 3, 1), VG_STEPS_ROUNDED));
	cr_assert(eq(int, take(s, "b", "x", 3, 1), VG_STEPS_EXACT));
	vg_steps_free(s);
}

Test(steps, a_rounded_field_says_that_its_group_is)
{
	struct vg_steps *s = vg_steps_new(1, HOUR, 1);

	cr_assert(eq(int,
		     vg_steps_take(s,
				   slice("A*\x1f"
					 "a\x1f"
					 "~10000"),
				   1),
		     VG_STEPS_ROUNDED));
	cr_assert(eq(int, take(s, "a", "x", 3, 1), VG_STEPS_ROUNDED));
	vg_steps_free(s);
}

Test(steps, a_short_window_never_rounds)
{
	struct vg_steps *s = vg_steps_new(1, 40000, 1);

	cr_assert(eq(int, take(s, "a", "x", 0, 10000), VG_STEPS_EXACT));
	vg_steps_free(s);
}
