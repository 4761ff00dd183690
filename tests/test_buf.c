#include "core/buf.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <limits.h>
#include <string.h>

static struct vg_buf b;

static void drop(void)
{
	vg_buf_term(&b);
}

TestSuite(buf, .fini = drop);

Test(buf, is_empty_when_zeroed)
{
	cr_assert(eq(sz, b.n, 0));
	vg_buf_reset(&b);
	vg_buf_add(&b, NULL, 0);
	cr_assert(eq(str, b.p, ""));
	cr_assert(not(b.failed));
}

Test(buf, keeps_every_byte_while_it_grows)
{
	for (int i = 0; i < 100000; i++)
		vg_buf_add(&b, &(char){(char)i}, 1);
	cr_assert(eq(sz, b.n, 100000));
	for (int i = 0; i < 100000; i++)
		cr_assert(eq(chr, b.p[i], (char)i));
	cr_assert(eq(chr, b.p[b.n], '\0'));
}

Test(buf, does_not_move_while_it_has_room)
{
	struct vg_buf b = {0};
	const char *at;

	vg_buf_room(&b, 500);
	at = b.p;
	cr_assert(eq(sz, b.n, 0));
	for (int i = 0; i < 500; i++)
		vg_buf_add(&b, "x", 1);
	cr_assert(b.p == at);
	cr_assert(eq(sz, strlen(b.p), 500));
	vg_buf_term(&b);
}

Test(buf, ends_in_a_nul_at_every_length)
{
	for (size_t i = 0; i < 300; i++) {
		vg_buf_str(&b, "x");
		cr_assert(eq(sz, strlen(b.p), i + 1));
	}
}

Test(buf, keeps_its_memory_over_a_reset)
{
	vg_buf_str(&b, "something");
	char *p = b.p;
	vg_buf_reset(&b);
	cr_assert(eq(sz, b.n, 0));
	cr_assert(eq(str, b.p, ""));
	vg_buf_str(&b, "else");
	cr_assert(eq(ptr, b.p, p));
}

Test(buf, formats_text_of_any_length)
{
	vg_buf_printf(&b, "%s=%d;", "answer", 42);
	vg_buf_printf(&b, "%0500d", 7);
	cr_assert(eq(sz, b.n, 10 + 500));
	cr_assert(eq(int, strncmp(b.p, "answer=42;000", 13), 0));
	cr_assert(eq(chr, b.p[b.n - 1], '7'));
}

Test(buf, prints_integers_to_the_ends_of_their_range)
{
	int64_t v[] = {0, 9, 10, -1, INT64_MAX, INT64_MIN};

	for (size_t i = 0; i < sizeof v / sizeof v[0]; i++) {
		vg_buf_i64(&b, v[i]);
		vg_buf_str(&b, " ");
	}
	cr_assert(eq(str, b.p,
		     "0 9 10 -1 9223372036854775807 -9223372036854775808 "));
}

Test(buf, drops_what_does_not_fit_memory_and_stays_failed)
{
	vg_buf_str(&b, "kept");
	vg_buf_add(&b, "", SIZE_MAX / 2);
	cr_assert(b.failed);
	vg_buf_str(&b, "no hole before this");
	cr_assert(eq(str, b.p, "kept"));
	vg_buf_reset(&b);
	vg_buf_str(&b, "again");
	cr_assert(not(b.failed));
	cr_assert(eq(str, b.p, "again"));
}

Test(buf, reads_back_every_length_of_varint)
{
	for (unsigned bits = 0; bits <= 64; bits++) {
		uint64_t v =
			bits == 64 ? UINT64_MAX : (UINT64_C(1) << bits) - 1;
		uint64_t got = 0;

		vg_buf_reset(&b);
		vg_buf_varint(&b, v);
		cr_assert(eq(sz, b.n, bits == 0 ? 1 : (bits + 6) / 7));
		const char *p = b.p;
		cr_assert(vg_varint_read(&p, b.p + b.n, &got));
		cr_assert(eq(u64, got, v));
		cr_assert(eq(ptr, (void *)p, (void *)(b.p + b.n)));
	}
}

Test(buf, refuses_a_varint_that_is_cut_off_and_moves_nothing)
{
	vg_buf_varint(&b, UINT64_MAX);
	for (size_t n = 0; n < b.n; n++) {
		const char *p = b.p;
		uint64_t got = 42;

		cr_assert(not(vg_varint_read(&p, b.p + n, &got)));
		cr_assert(eq(ptr, (void *)p, b.p));
		cr_assert(eq(u64, got, 42));
	}
}

Test(buf, refuses_a_varint_beyond_64_bits)
{
	const char bit65[] = "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02";
	const char long11[] = "\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x00";
	const char *p = bit65;
	uint64_t got;

	cr_assert(not(vg_varint_read(&p, bit65 + 10, &got)));
	p = long11;
	cr_assert(not(vg_varint_read(&p, long11 + 11, &got)));
}
