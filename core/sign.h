/*
 * sign - Ed25519 signatures of records, and the keys for them.
 *
 * What a record carries: "<key id>:<base64 of 64 bytes>". A public key is the
 * base64 of 32 bytes. A private key is a file for its owner alone with the line
 * "<key id>:<base64 of the 32-byte seed>".
 *
 * Owner:   a signer is the caller's memory; wipe it. Threads: all pure.
 */
#ifndef VG_CORE_SIGN_H
#define VG_CORE_SIGN_H

#include "core/err.h"
#include "core/slice.h"

enum {
	VG_SIGN_KEY = 32,    /* bytes of a public key, and of a seed */
	VG_SIGN_BYTES = 64,  /* of a signature                       */
	VG_SIGN_ID_MAX = 32, /* letters, digits, ".", "_", "-"       */
	VG_SIGN_BASE64 = 89, /* a signature as text, and a NUL       */
	VG_SIGN_TEXT = VG_SIGN_ID_MAX + 1 + VG_SIGN_BASE64
};

/* What is asked of a partner's records. */
enum vg_signatures {
	VG_SIGNATURES_OFF,	/* not looked at                          */
	VG_SIGNATURES_OPTIONAL, /* none is good, a bad one is not         */
	VG_SIGNATURES_REQUIRED
};

/* A partner's public key; good for records whose time is in [from, until). */
struct vg_sign_key {
	char id[VG_SIGN_ID_MAX + 1];
	uint8_t key[VG_SIGN_KEY];
	int64_t from_ms, until_ms;
};

/* True when `id` is 1 to VG_SIGN_ID_MAX of the characters of an id. */
bool vg_sign_is_id(struct vg_slice id);

/* The public key in `base64`; false when it is none that could verify. */
bool vg_sign_read_key(struct vg_slice base64, uint8_t key[VG_SIGN_KEY]);

/* Cut "<key id>:<base64>" into its id and its bytes; false when malformed. */
bool vg_sign_read(struct vg_slice text, struct vg_slice *id,
		  uint8_t sig[VG_SIGN_BYTES]);

/* True when `sig` is the signature of `record` by `key`. */
bool vg_sign_check(const uint8_t key[VG_SIGN_KEY], struct vg_slice record,
		   const uint8_t sig[VG_SIGN_BYTES]);

struct vg_signer {
	char id[VG_SIGN_ID_MAX + 1];
	uint8_t secret[VG_SIGN_BYTES];
};

/* Read a private key's file. VG_INVAL when it is none, or others can read it.
 * Wipe the signer when done. */
enum vg_rc vg_signer_read(struct vg_signer *s, const char *path,
			  struct vg_err *err) VG_MUST_CHECK;

/* What goes with `record`, as text. */
void vg_signer_sign(const struct vg_signer *s, struct vg_slice record,
		    char out[VG_SIGN_TEXT]);

/* Make a key pair: the private one in the new file `path`, the public one as
 * base64 in `base64` (VG_SIGN_BASE64 bytes). VG_INVAL when the file exists or
 * `id` is none. */
enum vg_rc vg_signer_new(const char *path, const char *id, char *base64,
			 struct vg_err *err) VG_MUST_CHECK;

#endif
