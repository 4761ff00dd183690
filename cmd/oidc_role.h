/*
 * oidc_role - brings the keys of the OpenID provider to the API.
 *
 * Threads: one of its own, which may wait for the provider.
 */
#ifndef VG_CMD_OIDC_ROLE_H
#define VG_CMD_OIDC_ROLE_H

#include "api/api.h"

struct vg_oidc_role;

/* VG_INVAL when oidc.keys_url goes in clear to another machine, or is none. */
enum vg_rc vg_oidc_check(const struct vg_config *cfg,
			 struct vg_err *err) VG_MUST_CHECK;

/* Begin; *out is NULL without a provider. It borrows all, and ends with _free()
 * (NULL allowed) before the API does. */
enum vg_rc vg_oidc_role_new(struct vg_oidc_role **out,
			    const struct vg_config *cfg, struct vg_api *api,
			    const struct vg_log *log,
			    struct vg_err *err) VG_MUST_CHECK;
void vg_oidc_role_free(struct vg_oidc_role *r);

#endif
