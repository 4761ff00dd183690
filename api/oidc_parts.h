/*
 * oidc_parts - between oidc.c and its halves: the keys, and the claims.
 */
#ifndef VG_API_OIDC_PARTS_H
#define VG_API_OIDC_PARTS_H

#include "api/oidc.h"

struct vg_buf;
struct vg_oidc_set;

/* Read a key set. VG_INVAL when it is none, or none of its keys is of use. */
enum vg_rc vg_oidc_set_read(struct vg_oidc_set **out, struct vg_slice text,
			    struct vg_err *err) VG_MUST_CHECK;
void vg_oidc_set_free(struct vg_oidc_set *s);
size_t vg_oidc_set_count(const struct vg_oidc_set *s);

enum vg_oidc_verdict {
	VG_OIDC_GOOD,	/* the claims are in `payload`           */
	VG_OIDC_BAD,	/* never good                            */
	VG_OIDC_UNKNOWN /* a key that is not in the set signed it */
};

/* Check the signature of `token`; `payload` gets its claims as text. */
enum vg_oidc_verdict vg_oidc_set_verify(const struct vg_oidc_set *s,
					struct vg_slice token,
					struct vg_buf *payload);

/* Read the claims into `who`; false when they are not good at `now_ms`. */
bool vg_oidc_claims(const struct vg_config *cfg, struct vg_slice payload,
		    int64_t now_ms, struct vg_asker *who);

#endif
