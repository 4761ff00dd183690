#include "core/pages.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdint.h>
#include <string.h>

static bool is_zero(const unsigned char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (p[i] != 0)
			return false;
	return true;
}

Test(pages, gives_zeroed_memory_to_the_last_byte)
{
	const size_t size[] = {1, VG_PAGES_MIN - 1, VG_PAGES_MIN,
			       VG_PAGES_MIN + 1, 3 * VG_PAGES_MIN};

	for (size_t i = 0; i < sizeof size / sizeof *size; i++) {
		struct vg_pages m;

		cr_assert(vg_pages_new(&m, size[i]));
		cr_assert(is_zero(m.p, size[i]), "%zu", size[i]);
		memset(m.p, 0xff, size[i]);
		vg_pages_free(&m);
		cr_assert(eq(ptr, m.p, NULL));
		vg_pages_free(&m); /* once more does nothing */
	}
}

Test(pages, begins_a_large_table_with_a_huge_page)
{
	struct vg_pages one, two;

	cr_assert(vg_pages_new(&one, VG_PAGES_MIN));
	cr_assert(vg_pages_new(&two, 5 * VG_PAGES_MIN));
	cr_assert(eq(sz, (uintptr_t)one.p % VG_PAGES_MIN, 0));
	cr_assert(eq(sz, (uintptr_t)two.p % VG_PAGES_MIN, 0));
	vg_pages_free(&one);
	vg_pages_free(&two);
}

Test(pages, says_when_there_is_not_so_much)
{
	struct vg_pages m;

	cr_assert(not(vg_pages_new(&m, SIZE_MAX - VG_PAGES_MIN)));
	cr_assert(eq(ptr, m.p, NULL));
	cr_assert(not(vg_pages_new(&m, SIZE_MAX)));
	vg_pages_free(&m);
}
