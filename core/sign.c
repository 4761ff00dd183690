#include "core/sign.h"

#include "core/config.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <unistd.h>

_Static_assert(VG_SIGN_KEY == crypto_sign_PUBLICKEYBYTES &&
		       VG_SIGN_KEY == crypto_sign_SEEDBYTES &&
		       VG_SIGN_BYTES == crypto_sign_BYTES &&
		       VG_SIGN_BYTES == crypto_sign_SECRETKEYBYTES,
	       "Ed25519's sizes");

enum { VARIANT = sodium_base64_VARIANT_ORIGINAL, LINE_CAP = 128 };

bool vg_sign_is_id(struct vg_slice id)
{
	for (uint32_t i = 0; i < id.n; i++) {
		char c = id.p[i];
		bool ok = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
			  (c >= '0' && c <= '9') || c == '.' || c == '_' ||
			  c == '-';
		if (!ok)
			return false;
	}
	return id.n > 0 && id.n <= VG_SIGN_ID_MAX;
}

/* Exactly `n` bytes from base64 with its padding, and nothing else. */
static bool from_base64(struct vg_slice text, uint8_t *out, size_t n)
{
	size_t got = 0;

	return text.p != NULL &&
	       sodium_base642bin(out, n, text.p, text.n, NULL, &got, NULL,
				 VARIANT) == 0 &&
	       got == n;
}

bool vg_sign_read_key(struct vg_slice base64, uint8_t key[VG_SIGN_KEY])
{
	uint8_t k[VG_SIGN_KEY];

	/* A point of small order would verify anything. */
	if (!from_base64(base64, k, sizeof k) ||
	    crypto_core_ed25519_is_valid_point(k) != 1)
		return false;
	memcpy(key, k, sizeof k);
	return true;
}

/* Cut at the first colon. */
static bool cut(struct vg_slice text, struct vg_slice *id,
		struct vg_slice *rest)
{
	const char *colon = text.n > 0 ? memchr(text.p, ':', text.n) : NULL;

	if (colon == NULL)
		return false;
	uint32_t n = (uint32_t)(colon - text.p);
	*id = (struct vg_slice){.p = text.p, .n = n};
	*rest = (struct vg_slice){.p = colon + 1, .n = text.n - n - 1};
	return vg_sign_is_id(*id);
}

bool vg_sign_read(struct vg_slice text, struct vg_slice *id,
		  uint8_t sig[VG_SIGN_BYTES])
{
	struct vg_slice name, rest;
	uint8_t bytes[VG_SIGN_BYTES];

	if (!cut(text, &name, &rest) || !from_base64(rest, bytes, sizeof bytes))
		return false;
	*id = name;
	memcpy(sig, bytes, sizeof bytes);
	return true;
}

bool vg_sign_check(const uint8_t key[VG_SIGN_KEY], struct vg_slice record,
		   const uint8_t sig[VG_SIGN_BYTES])
{
	return crypto_sign_verify_detached(sig, (const uint8_t *)record.p,
					   record.n, key) == 0;
}

enum vg_rc vg_signer_read(struct vg_signer *s, const char *path,
			  struct vg_err *err)
{
	char line[LINE_CAP];
	uint8_t seed[VG_SIGN_KEY], key[VG_SIGN_KEY];
	struct vg_slice id, rest;

	enum vg_rc rc = vg_secret_read(line, sizeof line, path, err);
	if (rc != VG_OK)
		return rc;
	if (cut(vg_slice_of(line), &id, &rest) &&
	    from_base64(rest, seed, sizeof seed)) {
		memcpy(s->id, id.p, id.n);
		s->id[id.n] = '\0';
		(void)crypto_sign_seed_keypair(key, s->secret, seed);
	} else {
		rc = vg_err_set(err, VG_INVAL,
				"%.128s: is no signing key; make one with "
				"`vigie sign-key new`",
				path);
	}
	sodium_memzero(seed, sizeof seed);
	sodium_memzero(line, sizeof line);
	return rc;
}

void vg_signer_sign(const struct vg_signer *s, struct vg_slice record,
		    char out[VG_SIGN_TEXT])
{
	uint8_t sig[VG_SIGN_BYTES];
	size_t n = strlen(s->id);

	assert(n > 0 && n <= VG_SIGN_ID_MAX);
	(void)crypto_sign_detached(sig, NULL, (const uint8_t *)record.p,
				   record.n, s->secret);
	memcpy(out, s->id, n);
	out[n++] = ':';
	sodium_bin2base64(out + n, VG_SIGN_BASE64, sig, sizeof sig, VARIANT);
}

/* Write a new file that only its owner can read. */
static enum vg_rc write_new(const char *path, const char *line,
			    struct vg_err *err)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	size_t n = strlen(line);

	if (fd < 0)
		return vg_err_set(err, VG_INVAL,
				  "%.128s: %s; name a file that is not there "
				  "yet",
				  path, strerror(errno));
	bool done = write(fd, line, n) == (ssize_t)n && fsync(fd) == 0;
	if (close(fd) == 0 && done)
		return VG_OK;
	(void)unlink(path);
	return vg_err_set(err, VG_FATAL, "%.128s: writing failed", path);
}

enum vg_rc vg_signer_new(const char *path, const char *id, char *base64,
			 struct vg_err *err)
{
	uint8_t seed[VG_SIGN_KEY], key[VG_SIGN_KEY], secret[VG_SIGN_BYTES];
	char text[VG_SIGN_BASE64], line[LINE_CAP];

	if (!vg_sign_is_id(vg_slice_of(id)))
		return vg_err_set(err, VG_INVAL,
				  "%.40s is no key id; write 1 to %d letters, "
				  "digits, '.', '_' and '-'",
				  id, VG_SIGN_ID_MAX);
	if (sodium_init() < 0)
		return vg_err_set(err, VG_FATAL, "no random bytes to be had");
	randombytes_buf(seed, sizeof seed);
	(void)crypto_sign_seed_keypair(key, secret, seed);
	sodium_bin2base64(text, sizeof text, seed, sizeof seed, VARIANT);
	(void)snprintf(line, sizeof line, "%s:%s\n", id, text);
	enum vg_rc rc = write_new(path, line, err);
	if (rc == VG_OK)
		sodium_bin2base64(base64, VG_SIGN_BASE64, key, sizeof key,
				  VARIANT);
	sodium_memzero(seed, sizeof seed);
	sodium_memzero(secret, sizeof secret);
	sodium_memzero(text, sizeof text);
	sodium_memzero(line, sizeof line);
	return rc;
}
