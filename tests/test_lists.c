#include "aggregate/lists.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>

static bool is(const struct vg_lists *l, int64_t number, const char *text)
{
	return vg_slice_eq(vg_lists_get(l, number), vg_slice_of(text));
}

Test(lists, a_string_is_put_replaced_and_appended_to)
{
	size_t total = 0;
	struct vg_lists *l = vg_lists_new(&total);
	int64_t a = 0, b = 0, same;

	cr_assert(vg_lists_put(l, &a, vg_slice_of("one")));
	cr_assert(vg_lists_put(l, &b, vg_slice_of("two")));
	cr_assert(ne(i64, a, b));
	same = a;
	cr_assert(vg_lists_put(l, &a, vg_slice_of("a longer one than before")));
	cr_assert(eq(i64, a, same));
	cr_assert(vg_lists_append(l, b, vg_slice_of(" and three")));
	cr_assert(is(l, a, "a longer one than before"));
	cr_assert(is(l, b, "two and three"));
	vg_lists_free(l);
	cr_assert(eq(sz, total, 0));
}

Test(lists, numbers_are_given_again_and_bytes_add_up_to_none)
{
	enum { N = 1000 };
	size_t total = 0;
	struct vg_lists *l = vg_lists_new(&total);
	int64_t number[N] = {0};
	char text[64];

	for (int turn = 0; turn < 5; turn++) {
		for (int i = turn; i < N; i += turn + 1) {
			vg_lists_drop(l, number[i]);
			number[i] = 0;
		}
		for (int i = 0; i < N; i++) {
			snprintf(text, sizeof text, "%d of %d", i, turn);
			cr_assert(
				vg_lists_put(l, &number[i], vg_slice_of(text)));
		}
		for (int i = 0; i < N; i++) {
			snprintf(text, sizeof text, "%d of %d", i, turn);
			cr_assert(is(l, number[i], text));
			cr_assert(le(i64, number[i], N));
		}
	}
	vg_lists_drop(l, 0);
	vg_lists_free(l);
	cr_assert(eq(sz, total, 0));
}
