/* The quick ways give what the plain ones give. */
#include "aggregate/part_fast.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

static void packs_alike(const char *p, uint32_t n)
{
	struct vg_buf want = {0}, got = {0};
	struct vg_slice value = {.p = p, .n = n};

	for (size_t room = 0; room < 80; room += 7) {
		vg_buf_reset(&want);
		vg_buf_term(&got);
		vg_buf_str(&want, "A*");
		vg_buf_str(&got, "A*");
		for (size_t i = 0; i < room; i++) {
			vg_buf_add(&want, "x", 1);
			vg_buf_add(&got, "x", 1);
		}
		vg_field_pack(&want, value);
		vg_fast_pack(&got, value);
		cr_assert(eq(sz, got.n, want.n));
		cr_assert(memcmp(got.p, want.p, want.n + 1) == 0);
	}
	vg_buf_term(&want);
	vg_buf_term(&got);
}

Test(part_fast, packs_as_the_keys_do)
{
	static const char *const VALUE[] = {"",	      "a",	   "~",
					    "~other", "~others",   "\x1f",
					    "a\x1b",  "\x7f\xff ", "T1110.001"};
	char every[256];

	for (size_t i = 0; i < sizeof VALUE / sizeof *VALUE; i++)
		packs_alike(VALUE[i], (uint32_t)strlen(VALUE[i]));
	for (int i = 0; i < 256; i++)
		every[i] = (char)i;
	packs_alike(every, sizeof every);
	for (int i = 0; i < 256; i++)
		packs_alike(every + i, 1);
}

Test(part_fast, finds_what_must_be_escaped_wherever_it_stands)
{
	static const unsigned char BYTE[] = {0, 0x1f, 0x20, 0x7f, 0x80, 0xff};
	char text[20];

	for (uint32_t n = 1; n <= sizeof text; n++)
		for (uint32_t at = 0; at < n; at++)
			for (size_t i = 0; i < sizeof BYTE; i++) {
				memset(text, 'a', n);
				text[at] = (char)BYTE[i];
				cr_assert(eq(int, vg_fast_controls(text, n),
					     BYTE[i] < 0x20),
					  "%u at %u of %u", BYTE[i], at, n);
				packs_alike(text, n);
			}
}

Test(part_fast, prints_cells_as_the_keys_do)
{
	static const int64_t V[][4] = {
		{0, 0, 0, 0},
		{1, -1, 10, -10},
		{INT64_MAX, INT64_MIN, 99, 100},
		{INT64_MIN, INT64_MIN, INT64_MIN, INT64_MIN}};
	char text[VG_FAST_CELL];

	for (size_t i = 0; i < sizeof V / sizeof *V; i++) {
		for (unsigned width = 1; width <= 4; width++) {
			struct vg_buf want = {0};
			size_t n = vg_fast_cell(text, V[i], width);

			vg_cell_print(&want, V[i], width);
			cr_assert(eq(sz, n, want.n));
			cr_assert(memcmp(text, want.p, n) == 0);
			vg_buf_term(&want);
		}
	}
}

Test(part_fast, appends_with_and_without_room)
{
	struct vg_buf b = {0};

	for (int i = 0; i < 1000; i++)
		vg_fast_add(&b, "abc", (size_t)(i % 4));
	cr_assert(eq(sz, b.n, 1500));
	cr_assert(eq(int, b.p[b.n], 0));
	vg_buf_term(&b);
}
