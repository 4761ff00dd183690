#include "core/hash.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Key and message of the reference vectors of SipHash: 0, 1, 2, ... */
static uint8_t key[VG_HASH_KEY];
static uint8_t message[64];
static char path[] = "/tmp/vigie-key-XXXXXX";
static struct vg_err err;

static void count_up(void)
{
	for (unsigned i = 0; i < sizeof key; i++)
		key[i] = (uint8_t)i;
	for (unsigned i = 0; i < sizeof message; i++)
		message[i] = (uint8_t)i;
}

TestSuite(hash, .init = count_up);

Test(hash, equals_the_published_vectors_of_siphash_24)
{
	cr_assert(eq(u64, vg_hash64(key, message, 0),
		     UINT64_C(0x726fdb47dd0e0e31)));
	cr_assert(eq(u64, vg_hash64(key, message, 15),
		     UINT64_C(0xa129ca6149be45e5)));
}

Test(hash, equals_the_published_vector_of_siphash_128)
{
	struct vg_hash128 h = vg_hash128(key, message, 15);

	/* bytes 54 93 e9 99 33 b0 a8 11 7e 08 ec 0f 97 cf c3 d9 */
	cr_assert(eq(u64, h.hi, UINT64_C(0x11a8b03399e99354)));
	cr_assert(eq(u64, h.lo, UINT64_C(0xd9c3cf970fec087e)));
}

Test(hash, changes_with_the_key_and_with_every_byte)
{
	uint64_t h = vg_hash64(key, message, 64);

	for (unsigned i = 0; i < sizeof message; i++) {
		message[i] ^= 1;
		cr_assert(ne(u64, vg_hash64(key, message, 64), h));
		message[i] ^= 1;
	}
	key[15] ^= 1;
	cr_assert(ne(u64, vg_hash64(key, message, 64), h));
}

Test(hash, seeds_the_hash_of_tables)
{
	cr_assert(
		eq(u64, vg_hash_table("MA", 2, 7), vg_hash_table("MA", 2, 7)));
	cr_assert(
		ne(u64, vg_hash_table("MA", 2, 7), vg_hash_table("MA", 2, 8)));
}

Test(hash, prints_sha256_in_lower_case_hex)
{
	char hex[65];

	vg_sha256_hex(hex, "abc", 3);
	cr_assert(eq(str, hex,
		     "ba7816bf8f01cfea414140de5dae2223"
		     "b00361a396177a9cb410ff61f20015ad"));
}

/* A key file of `n` bytes, read into `out`. */
static enum vg_rc read_key_of(size_t n, uint8_t out[VG_HASH_KEY])
{
	int fd = mkstemp(path);

	cr_assert(ge(int, fd, 0));
	cr_assert(eq(long, write(fd, message, n), (long)n));
	close(fd);
	enum vg_rc rc = vg_hash_key_read(out, path, &err);
	unlink(path);
	return rc;
}

Test(hash, reads_a_key_of_exactly_16_bytes)
{
	uint8_t out[VG_HASH_KEY] = {0};

	cr_assert(eq(int, read_key_of(16, out), VG_OK));
	cr_assert(eq(int, memcmp(out, message, 16), 0));
}

Test(hash, refuses_a_key_one_byte_short_and_says_the_remedy)
{
	uint8_t out[VG_HASH_KEY] = {42};

	cr_assert(eq(int, read_key_of(15, out), VG_INVAL));
	cr_assert(ne(ptr, strstr(err.text, "head -c 16 /dev/urandom"), NULL));
	cr_assert(ne(ptr, strstr(err.text, "less than 16 bytes"), NULL));
	cr_assert(eq(u8, out[0], 42));
}

Test(hash, refuses_a_key_one_byte_long)
{
	uint8_t out[VG_HASH_KEY] = {42};

	cr_assert(eq(int, read_key_of(17, out), VG_INVAL));
	cr_assert(ne(ptr, strstr(err.text, "more than 16 bytes"), NULL));
	cr_assert(eq(u8, out[0], 42));
}

Test(hash, refuses_an_absent_key_file_and_a_folder)
{
	const char *bad[] = {"/tmp", "/nowhere/key", ""};

	for (size_t i = 0; i < 3; i++) {
		uint8_t out[VG_HASH_KEY];
		err.text[0] = '\0';
		cr_assert(
			eq(int, vg_hash_key_read(out, bad[i], &err), VG_INVAL));
		cr_assert(ne(ptr, strstr(err.text, "/dev/urandom"), NULL));
		cr_assert(ne(ptr, strstr(err.text, bad[i]), NULL));
	}
}

Test(hash, blake2b_gives_what_others_give)
{
	char hex[65];

	/* Computed by another implementation (Python's hashlib). */
	vg_blake2b_hex(hex, "abc", 3);
	cr_assert(eq(str, hex,
		     "bddd813c634239723171ef3fee98579b"
		     "94964e3bb1cb3e427262c8c068d52319"));
}
