#include "core/arena.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdint.h>
#include <string.h>

static struct vg_arena a;

static void drop(void)
{
	vg_arena_term(&a);
}

TestSuite(arena, .fini = drop);

Test(arena, aligns_every_block_to_16)
{
	for (size_t n = 0; n < 100; n++) {
		void *p = vg_arena_alloc(&a, n);
		cr_assert(ne(ptr, p, NULL));
		cr_assert(eq(sz, (uintptr_t)p % 16, 0));
	}
}

Test(arena, never_hands_out_the_same_byte_twice)
{
	enum { N = 2000 };
	static unsigned char *p[N];

	for (size_t i = 0; i < N; i++) {
		p[i] = vg_arena_alloc(&a, i % 97 + 1);
		memset(p[i], (int)(i % 251), i % 97 + 1);
	}
	for (size_t i = 0; i < N; i++)
		for (size_t k = 0; k < i % 97 + 1; k++)
			cr_assert(eq(u8, p[i][k], (uint8_t)(i % 251)));
}

Test(arena, serves_more_than_a_block_at_once)
{
	char *p = vg_arena_alloc(&a, 5 << 20);

	cr_assert(ne(ptr, p, NULL));
	memset(p, 1, 5 << 20);
	cr_assert(ge(sz, a.total, 5 << 20));
}

Test(arena, copies_bytes_and_ends_them_in_a_nul)
{
	char *p = vg_arena_copy(&a, "ab\0cd", 5);

	cr_assert(eq(int, memcmp(p, "ab\0cd", 6), 0));
	cr_assert(eq(str, vg_arena_copy(&a, NULL, 0), ""));
}

Test(arena, keeps_one_block_over_a_reset_and_reuses_it)
{
	for (int i = 0; i < 1000; i++)
		(void)vg_arena_alloc(&a, 1000);
	size_t total = a.total;
	vg_arena_reset(&a);
	cr_assert(lt(sz, a.total, total));
	cr_assert(gt(sz, a.total, 0));
	cr_assert(eq(sz, a.used, 0));

	size_t kept = a.total;
	cr_assert(ne(ptr, vg_arena_alloc(&a, 1000), NULL));
	cr_assert(eq(sz, a.total, kept));
}

Test(arena, returns_null_for_what_no_memory_can_hold)
{
	cr_assert(eq(ptr, vg_arena_alloc(&a, SIZE_MAX), NULL));
	cr_assert(eq(ptr, vg_arena_alloc(&a, SIZE_MAX - 15), NULL));
	cr_assert(eq(ptr, vg_arena_copy(&a, "", SIZE_MAX), NULL));
	cr_assert(eq(sz, a.total, 0));
}

Test(arena, is_empty_again_after_term)
{
	(void)vg_arena_alloc(&a, 1);
	vg_arena_term(&a);
	cr_assert(eq(ptr, a.head, NULL));
	cr_assert(eq(sz, a.total, 0));
	vg_arena_reset(&a);
	vg_arena_term(&a);
}
