#include "core/hash.h"

#include "core/slice.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <xxhash.h>

#define KEY_REMEDY "make one with: head -c 16 /dev/urandom > FILE"

_Static_assert(VG_HASH_KEY == crypto_shorthash_KEYBYTES, "SipHash key");
_Static_assert(VG_HASH_KEY == crypto_shorthash_siphashx24_KEYBYTES, "x24 key");

uint64_t vg_hash64(const uint8_t key[VG_HASH_KEY], const void *p, size_t n)
{
	uint8_t out[crypto_shorthash_BYTES];

	(void)crypto_shorthash(out, p, n, key);
	return vg_le64(out);
}

struct vg_hash128 vg_hash128(const uint8_t key[VG_HASH_KEY], const void *p,
			     size_t n)
{
	uint8_t out[crypto_shorthash_siphashx24_BYTES];

	(void)crypto_shorthash_siphashx24(out, p, n, key);
	return (struct vg_hash128){.hi = vg_le64(out), .lo = vg_le64(out + 8)};
}

uint64_t vg_hash_table(const void *p, size_t n, uint64_t seed)
{
	return XXH3_64bits_withSeed(p, n, seed);
}

enum vg_rc vg_hash_key_read(uint8_t key[VG_HASH_KEY], const char *path,
			    struct vg_err *err)
{
	enum vg_rc rc = VG_OK;
	uint8_t got[VG_HASH_KEY + 1]; /* one more, to see a longer file */

	/* Idempotent and safe from any thread. The hashes above need none of
	 * it: libsodium has one implementation of each. */
	if (sodium_init() < 0)
		return vg_err_set(err, VG_FATAL, "libsodium: cannot start");

	FILE *f = fopen(path, "rb");
	if (f == NULL)
		return vg_err_set(err, VG_INVAL, "hash key %s: %s; " KEY_REMEDY,
				  path, strerror(errno));
	/* Unbuffered, so that no copy of the key stays in stdio's memory. */
	(void)setvbuf(f, NULL, _IONBF, 0);
	size_t n = fread(got, 1, sizeof got, f);
	if (ferror(f))
		rc = vg_err_set(err, VG_INVAL, "hash key %s: %s; " KEY_REMEDY,
				path, strerror(errno));
	else if (n != VG_HASH_KEY)
		rc = vg_err_set(err, VG_INVAL,
				"hash key %s: %s than 16 bytes; " KEY_REMEDY,
				path, n < VG_HASH_KEY ? "less" : "more");
	else
		memcpy(key, got, VG_HASH_KEY);
	(void)fclose(f);
	sodium_memzero(got, sizeof got);
	return rc;
}

void vg_sha256_hex(char out[65], const void *p, size_t n)
{
	uint8_t sum[crypto_hash_sha256_BYTES];

	(void)crypto_hash_sha256(sum, p, n);
	(void)sodium_bin2hex(out, 2 * sizeof sum + 1, sum, sizeof sum);
}

void vg_blake2b_hex(char out[65], const void *p, size_t n)
{
	uint8_t sum[32];

	(void)crypto_generichash(sum, sizeof sum, p, n, NULL, 0);
	(void)sodium_bin2hex(out, 2 * sizeof sum + 1, sum, sizeof sum);
}

void vg_hmac_hex(char out[65], struct vg_slice key, const struct vg_slice *part,
		 size_t n)
{
	crypto_auth_hmacsha256_state state;
	unsigned char mac[crypto_auth_hmacsha256_BYTES];

	crypto_auth_hmacsha256_init(&state, (const unsigned char *)key.p,
				    key.n);
	for (size_t i = 0; i < n; i++)
		crypto_auth_hmacsha256_update(
			&state, (const unsigned char *)part[i].p, part[i].n);
	crypto_auth_hmacsha256_final(&state, mac);
	sodium_bin2hex(out, 65, mac, sizeof mac);
}
