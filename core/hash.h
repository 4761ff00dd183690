/*
 * hash - keyed hashes: SipHash-2-4 for what is stored, XXH3 for tables.
 *
 * Stored hashes (duplicate ids, value-set choice, fingerprints) use the key of
 * `hash_key_file` and must never change; table hashes use a seed made at start
 * so that a partner cannot aim at our tables.
 *
 * Threads: all pure.
 */
#ifndef VG_CORE_HASH_H
#define VG_CORE_HASH_H

#include "core/err.h"
#include "core/slice.h"

#include <stddef.h>
#include <stdint.h>

enum { VG_HASH_KEY = 16 };

struct vg_hash128 {
	uint64_t hi, lo;
};

/* SipHash-2-4, 64 bits (libsodium crypto_shorthash). */
uint64_t vg_hash64(const uint8_t key[VG_HASH_KEY], const void *p, size_t n);

/* SipHash-2-4, 128 bits (libsodium crypto_shorthash_siphashx24). */
struct vg_hash128 vg_hash128(const uint8_t key[VG_HASH_KEY], const void *p,
			     size_t n);

/* XXH3, for hash tables in memory only. */
uint64_t vg_hash_table(const void *p, size_t n, uint64_t seed);

/* Read the 16-byte key from `path` (raw bytes, exactly 16; VG_INVAL with the
 * remedy otherwise) into `key`. */
enum vg_rc vg_hash_key_read(uint8_t key[VG_HASH_KEY], const char *path,
			    struct vg_err *err) VG_MUST_CHECK;

/* HMAC-SHA256 of the `n` parts, one after the other, as 64 lower-case hex
 * digits and a NUL. */
void vg_hmac_hex(char out[65], struct vg_slice key, const struct vg_slice *part,
		 size_t n);

/* SHA-256 of `p` as 64 lower-case hex digits and a NUL. */
void vg_sha256_hex(char out[65], const void *p, size_t n);

/* BLAKE2b of 256 bits of `p` (RFC 7693) in the same form: as strong, and a
 * third of the cost, where nothing outside has to compute it again. */
void vg_blake2b_hex(char out[65], const void *p, size_t n);

#endif
