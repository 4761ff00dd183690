#include "api/admit.h"

#include "api/credentials.h"
#include "api/oidc.h"
#include "api/rate.h"
#include "api/tokens.h"
#include "core/defect.h"

#include <stdio.h>

static const char SHOWN[] = "Certificate ";

enum { IPV6_NET = 8 }; /* bytes of an address that one network has */

enum vg_role vg_least_role(const struct vg_route *route)
{
	return route->access == VG_ACCESS_ANALYST  ? VG_ROLE_ANALYST
	       : route->access == VG_ACCESS_KEEPER ? VG_ROLE_OPERATOR
						   : VG_ROLE_READER;
}

static bool too_many(struct vg_service *s, const struct vg_request *r,
		     struct vg_answer *a, const struct vg_rate_state *state)
{
	char text[24];

	vg_metric_add(s->env->metrics, VG_M_HTTP_LIMITED, 1);
	(void)snprintf(text, sizeof text, "%lld", (long long)state->retry_s);
	vg_answer_header(a, "Retry-After", text);
	return vg_answer_fail(a, r, 429, "rate",
			      "too many requests; the next one is taken in %s "
			      "s",
			      text);
}

/* Requests without a valid token are counted by the address that they come
 * from, of IPv6 by its network of 64 bits. */
static bool turn_away(struct vg_service *s, const struct vg_route *route,
		      const struct vg_request *r, struct vg_answer *a)
{
	const struct vg_config *cfg = s->env->cfg;
	const struct vg_rate_limit limit = {.rate = cfg->http_stranger_rate,
					    .burst = cfg->http_burst};
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
	uint8_t key[VG_RATE_KEY] = {0};
	struct vg_rate_state state = {.ok = true};

	vg_metric_add(s->env->metrics, VG_M_HTTP_DENIED, 1);
	if (r->address != NULL)
		memcpy(key, r->address,
		       memcmp(r->address, mapped, sizeof mapped) == 0
			       ? VG_RATE_KEY
			       : IPV6_NET);
	if (s->strangers != NULL && limit.rate > 0)
		state = vg_rates_take(s->strangers, key, &limit, r->now_ms);
	if (!state.ok)
		return too_many(s, r, a, &state);
	vg_answer_header(a, "WWW-Authenticate",
			 strncmp(route->path, "/taxii2/", 8) == 0
				 ? "Basic realm=\"vigie\""
				 : "Bearer realm=\"vigie\"");
	return vg_answer_fail(
		a, r, 401, "no-token", "%s",
		r->authorization == NULL
			? "no token was sent; send \"Authorization: Bearer "
			  "TOKEN\" with one from `vigie token add VIEWER`"
			: "this token is unknown, expired or revoked, or is "
			  "not sent as \"Authorization: Bearer TOKEN\"; "
			  "`vigie token list` shows those in force");
}

struct vg_rate_limit vg_admit_limit(const struct vg_service *s,
				    const struct vg_asker *who)
{
	const struct vg_config *cfg = s->env->cfg;

	if (who->rate >= 0)
		return (struct vg_rate_limit){.rate = who->rate,
					      .burst = who->burst};
	return (struct vg_rate_limit){.rate = cfg->http_rate,
				      .burst = cfg->http_burst};
}

/* The fields of draft-ietf-httpapi-ratelimit-headers-10. */
static bool take_one(struct vg_service *s, const struct vg_request *r,
		     struct vg_answer *a)
{
	struct vg_rate_limit limit = vg_admit_limit(s, &r->who);
	struct vg_rate_state state;
	uint8_t key[VG_RATE_KEY];
	char text[96];

	if (s->rates == NULL || limit.rate == 0)
		return true;
	memcpy(key, r->who.id, VG_RATE_KEY);
	state = vg_rates_take(s->rates, key, &limit, r->now_ms);
	(void)snprintf(text, sizeof text, "\"token\";q=%lld;w=%lld",
		       (long long)limit.burst,
		       (long long)vg_rate_window_s(&limit));
	vg_answer_header(a, "RateLimit-Policy", text);
	(void)snprintf(text, sizeof text, "\"token\";r=%lld;t=%lld",
		       (long long)state.left, (long long)state.more_s);
	vg_answer_header(a, "RateLimit", text);
	return state.ok || VG_DEFECT("api-rate-none") ||
	       too_many(s, r, a, &state);
}

static bool check_scopes(const struct vg_route *route,
			 const struct vg_request *r, struct vg_answer *a)
{
	unsigned missing = route->scopes & ~r->who.scopes;
	struct vg_buf names = {0};

	if (missing == 0 || VG_DEFECT("api-scope-any"))
		return true;
	vg_scopes_write(&names, missing, " and ");
	(void)vg_answer_fail(a, r, 403, "scope",
			     "this takes a token with the scope %s",
			     names.p != NULL ? names.p : "that it needs");
	vg_buf_term(&names);
	return false;
}

/* What the token itself allows. */
static bool check_token(const struct vg_route *route,
			const struct vg_request *r, struct vg_answer *a)
{
	if (!r->who.is_here)
		return vg_answer_fail(a, r, 403, "address",
				      "this token may not be used from here; "
				      "its ranges are in the token file");
	if (r->who.role < vg_least_role(route) && !VG_DEFECT("api-role-any"))
		return vg_answer_fail(
			a, r, 403, "role",
			"this takes a token of role %s or above; this one "
			"is a %s's; make one with `vigie token add VIEWER "
			"--role %s`",
			vg_role_name(vg_least_role(route)),
			vg_role_name(r->who.role),
			vg_role_name(vg_least_role(route)));
	if (!check_scopes(route, r, a))
		return false;
	if (route->access >= VG_ACCESS_OPERATOR &&
	    r->viewer != VG_SLOT_COALITION)
		return vg_answer_fail(
			a, r, 403, "operator-only",
			"%s is the operator's; use a token of viewer "
			"coalition",
			route->path);
	return true;
}

/* False, with a problem, when the asker's partner has left, or has not joined
 * yet. */
static bool check_member(struct vg_service *s, const struct vg_request *r,
			 struct vg_answer *a)
{
	const struct vg_partner *p = vg_config_slot(s->env->cfg, r->viewer);

	if (p == NULL || vg_partner_is_member(p, r->now_ms) ||
	    VG_DEFECT("api-left-admitted"))
		return true;
	vg_metric_add(s->env->metrics, VG_M_HTTP_DENIED, 1);
	return vg_answer_fail(a, r, 403, "not-a-member",
			      "%s is no member of the coalition now; ask its "
			      "office",
			      p->id);
}

/* Whose what was sent is: of the token file, or the provider's. */
static bool find_asker(struct vg_service *s, const char *authorization,
		       struct vg_token_memo *memo, const uint8_t *address,
		       int64_t now_ms, struct vg_asker *who)
{
	char room[VG_CREDENTIALS_ROOM];
	struct vg_slice token;

	if (!vg_credentials(authorization, room, &token))
		return false;
	if (s->oidc != NULL && vg_oidc_is_like(token))
		return vg_oidc_find(s->oidc, token, now_ms, who);
	return memo != NULL
		       ? vg_tokens_find_again(s->tokens, token, memo, address,
					      now_ms, who)
		       : vg_tokens_find(s->tokens, token, address, now_ms, who);
}

/* Without a header: the first name of the certificate that is known. It is
 * noted in the header's place, for what goes on. */
static bool find_certificate(struct vg_service *s, struct vg_request *r)
{
	for (unsigned i = 0; i < r->n_names; i++) {
		if (!vg_tokens_find_certificate(s->tokens, r->name[i],
						r->address, r->now_ms, &r->who))
			continue;
		(void)snprintf(r->certificate, sizeof r->certificate, "%s%.*s",
			       SHOWN, (int)r->name[i].n, r->name[i].p);
		r->authorization = r->certificate;
		return true;
	}
	return false;
}

bool vg_admit(struct vg_service *s, const struct vg_route *route,
	      struct vg_request *r, struct vg_answer *a)
{
	if (r->authorization != NULL
		    ? !find_asker(s, r->authorization, r->memo, r->address,
				  r->now_ms, &r->who)
		    : !find_certificate(s, r))
		return turn_away(s, route, r, a);
	r->viewer = r->who.viewer;
	return take_one(s, r, a) && check_token(route, r, a) &&
	       check_member(s, r, a);
}

bool vg_service_admits(struct vg_service *s, const char *authorization,
		       unsigned viewer, int64_t now_ms)
{
	const struct vg_partner *p = vg_config_slot(s->env->cfg, viewer);
	const unsigned reads = VG_SCOPE_READ_SERIES | VG_SCOPE_READ_ALERTS;
	const size_t n = sizeof SHOWN - 1;
	struct vg_asker who;
	bool found;

	/* What find_certificate() noted: no header says so and is admitted. */
	if (strncmp(authorization, SHOWN, n) == 0)
		found = vg_tokens_find_certificate(
			s->tokens, vg_slice_of(authorization + n), NULL, now_ms,
			&who);
	else
		found = find_asker(s, authorization, NULL, NULL, now_ms, &who);
	return found && who.viewer == viewer && (who.scopes & reads) == reads &&
	       (p == NULL || vg_partner_is_member(p, now_ms));
}
