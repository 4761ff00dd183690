/*
 * oidc - who asks with a JWT of an OpenID Connect provider.
 *
 * A token is taken when one of the provider's keys signed it, with an algorithm
 * of public keys that is the key's, and its claims name the configured issuer
 * and audience, a time in which it is good, a subject, and a viewer. The keys
 * are brought by another thread (vg_oidc_wants(), vg_oidc_keys()): no request
 * waits for the provider. A key id that is not known has them brought again, at
 * most every VG_OIDC_RETRY_MS.
 *
 * Owner:   the service borrows it. Threads: any; locks guard the keys and what
 *          was checked before. Time: ms since 1970, an argument.
 */
#ifndef VG_API_OIDC_H
#define VG_API_OIDC_H

#include "api/tokens.h"

enum {
	VG_OIDC_TOKEN_MAX = 8192, /* bytes of a JWT                  */
	VG_OIDC_KEYS_MAX = 32,	  /* that are kept of a key set      */
	VG_OIDC_SET_MAX = 65536,  /* bytes of a key set              */
	VG_OIDC_KID_MAX = 128,	  /* bytes of a key's id             */
	VG_OIDC_RSA_BITS = 2048,  /* of an RSA key, at least         */
	VG_OIDC_SKEW_MS = 30000,  /* that clocks may differ by       */
	VG_OIDC_RETRY_MS = 10000, /* between two attempts            */
	VG_OIDC_REMEMBERED = 1024 /* tokens found good and not over  */
};

struct vg_metrics;
struct vg_oidc;

/* *out is NULL when `cfg` names no issuer. Freed with _free(), NULL allowed. */
enum vg_rc vg_oidc_new(struct vg_oidc **out, const struct vg_config *cfg,
		       struct vg_metrics *metrics,
		       struct vg_err *err) VG_MUST_CHECK;
void vg_oidc_free(struct vg_oidc *o);

/* True when the keys are to be brought now; the attempt counts as made. */
bool vg_oidc_wants(struct vg_oidc *o, int64_t now_ms);

/* Take in the text of a key set (RFC 7517); *n keys of it are of use. VG_INVAL
 * when it is none, or has none: those of before stay. */
enum vg_rc vg_oidc_keys(struct vg_oidc *o, struct vg_slice text, int64_t now_ms,
			size_t *n, struct vg_err *err) VG_MUST_CHECK;

/* True when `token` has the form of a JWT: two dots. */
bool vg_oidc_is_like(struct vg_slice token);

/* Whose a presented JWT is; false when it is not to be taken. */
bool vg_oidc_find(struct vg_oidc *o, struct vg_slice token, int64_t now_ms,
		  struct vg_asker *who);

#endif
