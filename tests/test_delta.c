#include "aggregate/delta.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>

static struct vg_buf payload;

static void make_two_buckets(void)
{
	vg_delta_bucket(&payload, vg_slice_of("c:country:1m:0"), 2);
	vg_delta_field(&payload,
		       vg_slice_of("G*\x1f"
				   "MA"),
		       vg_slice_of("12,3"));
	vg_delta_field(&payload,
		       vg_slice_of("G*\x1f"
				   "IL"),
		       vg_slice_of(""));
	vg_delta_bucket(&payload, vg_slice_of("c:country:1m:60000"), 0);
	vg_delta_bucket(&payload, vg_slice_of("a:0"), 1);
	vg_delta_field(&payload, vg_slice_of("counted"), vg_slice_of("7"));
}

static void free_payload(void)
{
	vg_buf_term(&payload);
}

TestSuite(delta, .init = make_two_buckets, .fini = free_payload);

/* Read everything of a private copy of `n` bytes, so that a byte read past
 * the end is a fault; buckets + fields read, or -1 when malformed. */
static int read_all(const char *p, size_t n)
{
	char *copy = malloc(n > 0 ? n : 1);
	struct vg_delta_reader r;
	struct vg_slice name, field, cell;
	uint64_t count;
	int got, seen = 0;

	memcpy(copy, p, n);
	r = vg_delta_read((struct vg_slice){copy, (uint32_t)n});
	while ((got = vg_delta_next(&r, &name, &count)) > 0) {
		seen++;
		while ((got = vg_delta_next_field(&r, &field, &cell)) > 0) {
			/* Touch all of it. */
			for (uint32_t i = 0; i < field.n; i++)
				seen += field.p[i] == '\0' ? 0 : 0;
			seen += cell.n > 0 && cell.p[cell.n - 1] == 'x' ? 0 : 1;
		}
		if (got < 0)
			break;
	}
	free(copy);
	return got < 0 ? -1 : seen;
}

Test(delta, reads_back_what_was_written)
{
	struct vg_delta_reader r = vg_delta_read(
		(struct vg_slice){payload.p, (uint32_t)payload.n});
	struct vg_slice name, field, cell;
	uint64_t n;

	cr_assert(eq(int, vg_delta_next(&r, &name, &n), 1));
	cr_assert(vg_slice_eq(name, vg_slice_of("c:country:1m:0")));
	cr_assert(eq(u64, n, 2));
	cr_assert(eq(int, vg_delta_next_field(&r, &field, &cell), 1));
	cr_assert(vg_slice_eq(cell, vg_slice_of("12,3")));
	cr_assert(eq(int, vg_delta_next_field(&r, &field, &cell), 1));
	cr_assert(vg_slice_eq(field, vg_slice_of("G*\x1f"
						 "IL")));
	cr_assert(eq(u32, cell.n, 0));
	cr_assert(eq(int, vg_delta_next_field(&r, &field, &cell), 0));
	cr_assert(eq(int, vg_delta_next(&r, &name, &n), 1));
	cr_assert(eq(u64, n, 0));
	cr_assert(eq(int, vg_delta_next(&r, &name, &n), 1));
	cr_assert(vg_slice_eq(name, vg_slice_of("a:0")));
	cr_assert(eq(int, vg_delta_next_field(&r, &field, &cell), 1));
	cr_assert(eq(int, vg_delta_next(&r, &name, &n), 0));
}

Test(delta, an_empty_payload_has_no_bucket)
{
	cr_assert(eq(int, read_all("", 0), 0));
}

Test(delta, a_bucket_cannot_be_left_half_read)
{
	struct vg_delta_reader r = vg_delta_read(
		(struct vg_slice){payload.p, (uint32_t)payload.n});
	struct vg_slice name;
	uint64_t n;

	cr_assert(eq(int, vg_delta_next(&r, &name, &n), 1));
	cr_assert(eq(int, vg_delta_next(&r, &name, &n), -1));
}

Test(delta, cut_off_anywhere_never_reads_past_the_end)
{
	int whole = read_all(payload.p, payload.n);

	cr_assert(eq(int, whole, 6));
	for (size_t n = 0; n < payload.n; n++)
		cr_assert(lt(int, read_all(payload.p, n), whole));
}

Test(delta, any_byte_changed_never_reads_past_the_end)
{
	char copy[512];
	int malformed = 0;

	cr_assert(lt(sz, payload.n, sizeof copy));
	for (size_t i = 0; i < payload.n; i++)
		for (int b = 0; b < 256; b++) {
			memcpy(copy, payload.p, payload.n);
			copy[i] = (char)b;
			malformed += read_all(copy, payload.n) < 0;
		}
	cr_assert(gt(int, malformed, 1000));
}

Test(delta, a_count_beyond_the_bytes_is_refused_before_it_is_believed)
{
	static const char lie[] = "\x03"
				  "a:0"
				  "\xff\xff\xff\xff\x0f";
	static const char huge[] = "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01x";
	struct vg_delta_reader r =
		vg_delta_read((struct vg_slice){lie, sizeof lie - 1});
	struct vg_slice name = {.n = 77};
	uint64_t n = 5;

	cr_assert(eq(int, vg_delta_next(&r, &name, &n), -1));
	cr_assert(eq(u64, n, 5));
	cr_assert(eq(u32, name.n, 77));
	cr_assert(eq(int, read_all(huge, sizeof huge - 1), -1));
}

Test(delta, a_bucket_without_a_name_is_refused)
{
	cr_assert(eq(int, read_all("\0\0", 2), -1));
}
