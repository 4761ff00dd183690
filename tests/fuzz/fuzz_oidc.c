/*
 * fuzz_oidc - what an OpenID provider and those who come from it send. The
 * first line of an input is a key set, the second a JWT, the rest the claims of
 * one whose signature was good: nobody is let in but as a viewer that there is,
 * and for a time that has not run out.
 */
#include "../ingest_fix.h"

#include "api/oidc_parts.h"
#include "core/buf.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NOW_MS INT64_C(1772366400000)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void stop(const char *complaint)
{
	fprintf(stderr, "fuzz_oidc: %s\n", complaint);
	abort();
}

/* The text up to the end of its line, in a block of its exact size. */
static struct vg_slice line_of(const char **at, const char *end)
{
	const char *stop_at =
		*at < end ? memchr(*at, '\n', (size_t)(end - *at)) : NULL;
	size_t n = (size_t)((stop_at != NULL ? stop_at : end) - *at);
	char *copy = malloc(n > 0 ? n : 1);

	if (copy != NULL && n > 0)
		memcpy(copy, *at, n);
	*at += n + (stop_at != NULL);
	return (struct vg_slice){copy, copy != NULL ? (uint32_t)n : 0};
}

static void check_keys(struct vg_slice keys, struct vg_slice token)
{
	struct vg_oidc_set *set = NULL;
	struct vg_buf payload = {.n = 0};

	if (keys.n > VG_OIDC_SET_MAX ||
	    vg_oidc_set_read(&set, keys, NULL) != VG_OK)
		return;
	if (vg_oidc_set_count(set) < 1 ||
	    vg_oidc_set_count(set) > VG_OIDC_KEYS_MAX)
		stop("how many keys");
	if (vg_oidc_is_like(token) && token.n <= VG_OIDC_TOKEN_MAX)
		(void)vg_oidc_set_verify(set, token, &payload);
	vg_buf_term(&payload);
	vg_oidc_set_free(set);
}

static void check_claims(struct vg_config *cfg, struct vg_slice claims)
{
	struct vg_asker who;

	if (!vg_oidc_claims(cfg, claims, NOW_MS, &who))
		return;
	if (who.viewer > VG_SLOT_PUBLIC ||
	    (who.viewer <= VG_SLOT_PARTNER_MAX &&
	     vg_config_slot(cfg, who.viewer) == NULL))
		stop("a viewer that there is not");
	if (who.role > VG_ROLE_ADMIN ||
	    who.expires_ms + VG_OIDC_SKEW_MS <= NOW_MS ||
	    strncmp(who.name, "oidc:", 5) != 0 || strlen(who.id) != 16)
		stop("who asks");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char issuer[] = "https://id.example", audience[] = "vigie",
		    viewer[] = "partner", role[] = "roles";
	struct vg_config cfg = fix_config();
	const char *at = (const char *)data, *end = at + size;

	cfg.oidc_issuer = issuer;
	cfg.oidc_audience = audience;
	cfg.oidc_viewer_claim = viewer;
	cfg.oidc_role_claim = role;
	if (size == 0)
		return 0;
	struct vg_slice keys = line_of(&at, end), token = line_of(&at, end);
	struct vg_slice claims = line_of(&at, end);
	check_keys(keys, token);
	if (claims.p != NULL)
		check_claims(&cfg, claims);
	free((void *)keys.p);
	free((void *)token.p);
	free((void *)claims.p);
	return 0;
}
