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

Test(steps, a_time_is_the_last_part_of_a_field)
{
	struct vg_buf b = {.n = 0};
	struct vg_steps_field f;

	vg_buf_str(&b, "A*\x1f"
		       "apt1");
	vg_steps_pack(&b, 1234, 1);
	cr_assert(eq(str, b.p,
		     "A*\x1f"
		     "apt1\x1f"
		     "1234"));
	cr_assert(vg_steps_parse(slice(b.p), 1235, &f));
	cr_assert(eq(i64, f.at_ms, 1234));
	cr_assert(not(f.rounded));
	cr_assert(eq(u32, f.head.n, 7));
	vg_buf_reset(&b);
	vg_buf_str(&b, "A*");
	vg_steps_pack(&b, 1299, 100);
	cr_assert(eq(str, b.p,
		     "A*\x1f"
		     "~1200"));
	cr_assert(vg_steps_parse(slice(b.p), HOUR, &f));
	cr_assert(eq(i64, f.at_ms, 1200));
	cr_assert(f.rounded);
	vg_buf_term(&b);
}

Test(steps, what_is_no_time_in_the_window_is_refused)
{
	static const char *const bad[] = {"",
					  "5",
					  "A*\x1f",
					  "A*\x1f~",
					  "A*\x1f"
					  "x",
					  "A*\x1f"
					  "-1",
					  "A*\x1f"
					  "01",
					  "A*\x1f"
					  "~~5",
					  "A*\x1f"
					  "5 ",
					  "A*\x1f"
					  "100"};
	struct vg_steps_field f;

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		cr_assert(not(vg_steps_parse(slice(bad[i]), 100, &f)), "%zu",
			  i);
	cr_assert(vg_steps_parse(slice("A*\x1f"
				       "99"),
				 100, &f));
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

/* Take `n` different times of group `g`, each with value `v`; what the last
 * one was answered. */
static enum vg_steps_say take(struct vg_steps *s, const char *g, const char *v,
			      int from, int n)
{
	enum vg_steps_say say = VG_STEPS_EXACT;
	char text[64];

	for (int i = from; i < from + n; i++) {
		snprintf(text, sizeof text, "A*\x1f%s\x1f%s\x1f%d", g, v, i);
		say = vg_steps_take(s, slice(text));
	}
	return say;
}

Test(steps, exactly_4096_times_stay_exact_and_one_more_rounds_the_group)
{
	struct vg_steps *s = vg_steps_new(1, HOUR, 1);

	cr_assert(eq(int, take(s, "a", "x", 0, VG_STEPS_TIMES_MAX),
		     VG_STEPS_EXACT));
	cr_assert(eq(int, take(s, "a", "x", 0, 5), VG_STEPS_EXACT));
	cr_assert(eq(int, take(s, "a", "y", 7, 5), VG_STEPS_EXACT),
		  "another value at a known time is no other time");
	cr_assert(eq(int, take(s, "a", "y", VG_STEPS_TIMES_MAX, 1),
		     VG_STEPS_FULL));
	cr_assert(eq(int, take(s, "a", "x", 3, 1), VG_STEPS_ROUNDED));
	cr_assert(eq(int, take(s, "b", "x", 3, 1), VG_STEPS_EXACT));
	vg_steps_free(s);
}

Test(steps, a_rounded_field_says_that_its_group_is)
{
	struct vg_steps *s = vg_steps_new(1, HOUR, 1);

	cr_assert(eq(int,
		     vg_steps_take(s, slice("A*\x1f"
					    "a\x1f"
					    "~100")),
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
