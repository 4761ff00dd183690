/* What a token says of who has it. */
#include "api/oidc_parts.h"
#include "api/scopes.h"
#include "core/buf.h"
#include "core/defect.h"
#include "core/hash.h"
#include "core/json.h"

#include <math.h>
#include <stdio.h>

enum { CLAIM_MAX = 512, PREFIX = 5 };

static bool text_at(const struct vg_json *j, uint32_t at, char out[CLAIM_MAX])
{
	size_t n = 0;

	if (at == 0 || j->tok[at].type != VG_JSON_STRING ||
	    !vg_json_unescape(j, at, out, CLAIM_MAX - 1, &n))
		return false;
	out[n] = '\0';
	return true;
}

static bool claim(const struct vg_json *j, const char *name,
		  char out[CLAIM_MAX])
{
	return text_at(j, vg_json_member(j, 0, name), out);
}

/* Call `take` with each text of a claim that is one or a list of them. */
static void each(const struct vg_json *j, const char *name,
		 void (*take)(void *ctx, const char *text), void *ctx)
{
	uint32_t at = vg_json_member(j, 0, name);
	char text[CLAIM_MAX];

	if (at == 0)
		return;
	if (text_at(j, at, text)) {
		take(ctx, text);
		return;
	}
	if (j->tok[at].type != VG_JSON_ARRAY)
		return;
	for (uint32_t i = 0, one = at + 1; i < j->tok[at].count;
	     i++, one = j->tok[one].next)
		if (text_at(j, one, text))
			take(ctx, text);
}

struct wanted {
	const char *text;
	bool found;
};

static void look(void *ctx, const char *text)
{
	struct wanted *w = ctx;

	w->found |= strcmp(w->text, text) == 0;
}

/* The highest of those that are roles. */
static void raise(void *ctx, const char *text)
{
	enum vg_role *role = ctx;
	int found = vg_role_find(vg_slice_of(text));

	if (found > (int)*role)
		*role = (enum vg_role)found;
}

/* A NumericDate in ms; false when there is none. */
static bool instant(const struct vg_json *j, const char *name, int64_t *ms)
{
	uint32_t at = vg_json_member(j, 0, name);
	double s;

	if (at == 0 || j->tok[at].type != VG_JSON_NUMBER)
		return false;
	s = vg_json_double(j, at);
	if (!isfinite(s) || s < 0 || s > 253402300799.0)
		return false;
	*ms = (int64_t)(s * 1000);
	return true;
}

static bool is_in_time(const struct vg_json *j, int64_t now_ms,
		       struct vg_asker *who)
{
	int64_t from_ms = 0, issued_ms = 0;

	if (!instant(j, "exp", &who->expires_ms) ||
	    (vg_json_member(j, 0, "nbf") != 0 &&
	     !instant(j, "nbf", &from_ms)) ||
	    (vg_json_member(j, 0, "iat") != 0 &&
	     !instant(j, "iat", &issued_ms)))
		return false;
	return VG_DEFECT("oidc-time-any") ||
	       (now_ms < who->expires_ms + VG_OIDC_SKEW_MS &&
		now_ms >= from_ms - VG_OIDC_SKEW_MS &&
		now_ms >= issued_ms - VG_OIDC_SKEW_MS);
}

/* The subject is unique of its issuer alone, and may be any text: shown as it
 * is where it is made of what names are. */
static void name_it(struct vg_asker *who, const char *issuer,
		    const char *subject)
{
	struct vg_buf both = {0};
	char hex[65];

	vg_buf_str(&both, issuer);
	vg_buf_add(&both, "", 1);
	vg_buf_str(&both, subject);
	vg_blake2b_hex(hex, both.p != NULL ? both.p : "", both.n);
	vg_buf_term(&both);
	(void)snprintf(who->id, sizeof who->id, "%.16s", hex);
	if (!vg_token_name_ok(vg_slice_of(subject)) ||
	    strlen(subject) > VG_TOKEN_NAME_MAX - PREFIX)
		subject = who->id;
	(void)snprintf(who->name, sizeof who->name, "oidc:%.59s", subject);
}

static bool read_claims(const struct vg_config *cfg, const struct vg_json *j,
			int64_t now_ms, struct vg_asker *who)
{
	struct wanted audience = {.text = cfg->oidc_audience};
	char issuer[CLAIM_MAX], subject[CLAIM_MAX], viewer[CLAIM_MAX];
	int slot;

	if (!claim(j, "iss", issuer) || strcmp(issuer, cfg->oidc_issuer) != 0 ||
	    !claim(j, "sub", subject) || subject[0] == '\0' ||
	    !claim(j, cfg->oidc_viewer_claim, viewer) ||
	    !is_in_time(j, now_ms, who))
		return false;
	each(j, "aud", look, &audience);
	if (!audience.found && !VG_DEFECT("oidc-audience-any"))
		return false;
	slot = vg_config_viewer(cfg, vg_slice_of(viewer));
	if (slot < 0)
		return false;
	who->viewer = (unsigned)slot;
	each(j, cfg->oidc_role_claim, raise, &who->role);
	name_it(who, issuer, subject);
	return true;
}

bool vg_oidc_claims(const struct vg_config *cfg, struct vg_slice payload,
		    int64_t now_ms, struct vg_asker *who)
{
	struct vg_json j = {0};
	bool good;
	size_t at;

	*who = (struct vg_asker){.role = VG_ROLE_READER,
				 .scopes = VG_SCOPES_ALL,
				 .is_here = true,
				 .rate = -1};
	good = vg_json_parse(&j, payload.p, payload.n, &at) == VG_JSON_OK &&
	       j.tok[0].type == VG_JSON_OBJECT &&
	       read_claims(cfg, &j, now_ms, who);
	vg_json_term(&j);
	return good;
}
