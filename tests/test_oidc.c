#include "api/oidc.h"
#include "api_fixture.h"
#include "fake_world.h"

#include <cjose/cjose.h>
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdarg.h>
#include <stdlib.h>

#define NOW_S (API_NOW_MS / 1000)

static struct api_fixture f;
static struct vg_err err;
static struct vg_oidc *oidc;
static cjose_jwk_t *rsa, *ec, *other;

static char *text(const char *s)
{
	return strdup(s);
}

static void set(char **at, const char *value)
{
	free(*at);
	*at = text(value);
}

static cjose_jwk_t *new_rsa(const char *id, size_t bits)
{
	static const uint8_t e[] = {1, 0, 1};
	cjose_jwk_t *k = cjose_jwk_create_RSA_random(bits, e, sizeof e, NULL);

	cr_assert(k != NULL && cjose_jwk_set_kid(k, id, strlen(id), NULL));
	return k;
}

static void start(void)
{
	api_fixture_init(&f);
	set(&f.cfg->oidc_issuer, "https://id.example");
	set(&f.cfg->oidc_audience, "vigie");
	f.cfg->oidc_refresh_ms = 600000;
	cr_assert(eq(int, vg_oidc_new(&oidc, f.cfg, &f.metrics, &err), VG_OK));
	f.service.oidc = oidc;
	rsa = new_rsa("one", 2048);
	other = new_rsa("two", 2048);
	ec = cjose_jwk_create_EC_random(CJOSE_JWK_EC_P_256, NULL);
	(void)cjose_jwk_set_kid(ec, "ec", 2, NULL);
}

static void finish(void)
{
	(void)cjose_jwk_release(rsa);
	(void)cjose_jwk_release(ec);
	(void)cjose_jwk_release(other);
	vg_oidc_free(oidc);
	api_fixture_term(&f);
}

TestSuite(oidc, .init = start, .fini = finish, .timeout = 60);

/* The public half of a key, with `more` members. */
static void put_key(struct vg_buf *b, cjose_jwk_t *k, const char *more)
{
	char *json = cjose_jwk_to_json(k, false, NULL);

	vg_buf_printf(b, "%s%.*s%s}",
		      b->n > 0 && b->p[b->n - 1] == '}' ? "," : "",
		      (int)strlen(json) - 1, json, more);
	free(json);
}

static enum vg_rc publish_text(const char *keys, size_t *n)
{
	struct vg_buf b = {0};
	enum vg_rc rc;

	vg_buf_printf(&b, "{\"keys\":[%s]}", keys);
	rc = vg_oidc_keys(oidc, (struct vg_slice){b.p, (uint32_t)b.n},
			  API_NOW_MS, n, &err);
	vg_buf_term(&b);
	return rc;
}

static void publish(cjose_jwk_t *k, const char *more)
{
	struct vg_buf b = {0};
	size_t n = 0;

	put_key(&b, k, more);
	cr_assert(eq(int, publish_text(b.p, &n), VG_OK), "%s", err.text);
	cr_assert(eq(sz, n, 1));
	vg_buf_term(&b);
}

/* A JWT of these claims, signed. */
static char *sign_with(cjose_jwk_t *k, const char *alg, const char *id,
		       const char *claims)
{
	cjose_header_t *h = cjose_header_new(NULL);
	const char *compact = NULL;
	cjose_jws_t *jws;
	char *out;

	(void)cjose_header_set(h, CJOSE_HDR_ALG, alg, NULL);
	if (id != NULL)
		(void)cjose_header_set(h, CJOSE_HDR_KID, id, NULL);
	jws = cjose_jws_sign(k, h, (const uint8_t *)claims, strlen(claims),
			     NULL);
	cr_assert(jws != NULL && cjose_jws_export(jws, &compact, NULL));
	out = strdup(compact);
	cjose_jws_release(jws);
	cjose_header_release(h);
	return out;
}

static struct vg_asker who;

static bool takes(const char *token)
{
	return vg_oidc_find(oidc, vg_slice_of(token), API_NOW_MS, &who);
}

/* Whether claims are taken when they are signed as they should be. */
static bool takes_claims(const char *fmt, ...)
{
	char claims[1024], *token;
	va_list ap;
	bool good;

	va_start(ap, fmt);
	(void)vsnprintf(claims, sizeof claims, fmt, ap);
	va_end(ap);
	token = sign_with(rsa, "RS256", "one", claims);
	good = takes(token);
	free(token);
	return good;
}

#define BASE                                                                   \
	"\"iss\":\"https://id.example\",\"aud\":\"vigie\",\"sub\":\"amal\","   \
	"\"vigie_viewer\":\"MA\""
#define EXP ",\"exp\":%lld"

static char *good_token(cjose_jwk_t *k, const char *alg, const char *id)
{
	char claims[512];

	(void)snprintf(claims, sizeof claims, "{" BASE EXP "}",
		       (long long)NOW_S + 60);
	return sign_with(k, alg, id, claims);
}

Test(oidc, takes_a_token_of_its_provider_and_knows_who_it_is)
{
	publish(rsa, ",\"use\":\"sig\",\"alg\":\"RS256\"");
	cr_assert(takes_claims("{" BASE EXP ",\"vigie_role\":\"analyst\"}",
			       (long long)NOW_S + 60));
	cr_assert(eq(int, (int)who.viewer, 0));
	cr_assert(eq(int, (int)who.role, VG_ROLE_ANALYST));
	cr_assert(eq(str, who.name, "oidc:amal"));
	cr_assert(eq(i64, who.expires_ms, (NOW_S + 60) * 1000));
	cr_assert(eq(int, (int)strlen(who.id), 16));
}

Test(oidc, takes_the_highest_of_several_roles)
{
	publish(rsa, "");
	cr_assert(takes_claims("{" BASE EXP ",\"vigie_role\":[\"reader\","
			       "\"operator\",7,\"king\",\"analyst\"]}",
			       (long long)NOW_S + 60));
	cr_assert(eq(int, (int)who.role, VG_ROLE_OPERATOR));
	cr_assert(takes_claims("{" BASE EXP ",\"vigie_role\":\"king\"}",
			       (long long)NOW_S + 60));
	cr_assert(eq(int, (int)who.role, VG_ROLE_READER));
}

Test(oidc, takes_every_algorithm_of_public_keys)
{
	static const char *const algs[] = {"RS256", "RS384", "RS512",
					   "PS256", "PS384", "PS512"};
	char *token;

	publish(rsa, "");
	for (size_t i = 0; i < sizeof algs / sizeof *algs; i++) {
		token = good_token(rsa, algs[i], "one");
		cr_expect(takes(token), "%s", algs[i]);
		free(token);
	}
	publish(ec, "");
	token = good_token(ec, "ES256", NULL);
	cr_expect(takes(token));
	free(token);
}

Test(oidc, refuses_each_claim_that_is_wrong)
{
	const long long soon = NOW_S + 60, past = NOW_S - 31;

	publish(rsa, "");
	cr_assert(takes_claims("{" BASE EXP "}", soon));
	cr_expect(not(takes_claims("{" BASE "}")), "no end");
	cr_expect(not(takes_claims("{" BASE EXP "}", past)), "expired");
	cr_expect(takes_claims("{" BASE EXP "}", past + 2), "clocks differ");
	cr_expect(not(takes_claims("{" BASE ",\"exp\":\"%lld\"}", soon)));
	cr_expect(not(takes_claims("{" BASE EXP ",\"nbf\":%lld}", soon, soon)));
	cr_expect(takes_claims("{" BASE EXP ",\"nbf\":%lld}", soon,
			       (long long)NOW_S + 29));
	cr_expect(not(takes_claims("{" BASE EXP ",\"iat\":%lld}", soon, soon)));
	cr_expect(not(takes_claims("{" BASE EXP ",\"nbf\":\"x\"}", soon)));
	cr_expect(not(takes_claims(
		"{\"iss\":\"https://id.example/\",\"aud\":\"vigie\",\"sub\":"
		"\"a\",\"vigie_viewer\":\"MA\"" EXP "}",
		soon)));
	cr_expect(not(takes_claims(
		"{\"aud\":\"vigie\",\"sub\":\"a\",\"vigie_viewer\":\"MA\"" EXP
		"}",
		soon)));
	cr_expect(not(
		takes_claims("{\"iss\":\"https://id.example\",\"sub\":\"a\","
			     "\"vigie_viewer\":\"MA\"" EXP "}",
			     soon)));
	cr_expect(not(takes_claims(
		"{\"iss\":\"https://id.example\",\"aud\":[\"x\",\"vigi\"],"
		"\"sub\":\"a\",\"vigie_viewer\":\"MA\"" EXP "}",
		soon)));
	cr_expect(takes_claims(
		"{\"iss\":\"https://id.example\",\"aud\":[\"x\",\"vigie\"],"
		"\"sub\":\"a b\",\"vigie_viewer\":\"coalition\"" EXP "}",
		soon));
	cr_expect(strncmp(who.name, "oidc:", 5) == 0 &&
		  strchr(who.name, ' ') == NULL);
	cr_expect(not(takes_claims(
		"{\"iss\":\"https://id.example\",\"aud\":\"vigie\",\"sub\":"
		"\"a\",\"vigie_viewer\":\"XX\"" EXP "}",
		soon)));
	cr_expect(not(takes_claims(
		"{\"iss\":\"https://id.example\",\"aud\":\"vigie\",\"sub\":"
		"\"a\"" EXP "}",
		soon)));
	cr_expect(not(takes_claims(
		"{\"iss\":\"https://id.example\",\"aud\":\"vigie\",\"sub\":"
		"\"\",\"vigie_viewer\":\"MA\"" EXP "}",
		soon)));
	cr_expect(not(takes_claims("{" BASE EXP ",\"aud\":\"vigie\"}", soon)),
		  "a claim twice");
	cr_expect(not(takes_claims("[]")));
}

/* base64url of a text. */
static void put64(struct vg_buf *b, const char *s)
{
	char *out = NULL;
	size_t n = 0;

	cr_assert(cjose_base64url_encode((const uint8_t *)s, strlen(s), &out,
					 &n, NULL));
	vg_buf_add(b, out, n);
	free(out);
}

static bool takes_raw(const char *header, const char *signature)
{
	struct vg_buf b = {0};
	char claims[512];
	bool good;

	(void)snprintf(claims, sizeof claims, "{" BASE EXP "}",
		       (long long)NOW_S + 60);
	put64(&b, header);
	vg_buf_str(&b, ".");
	put64(&b, claims);
	vg_buf_printf(&b, ".%s", signature);
	good = takes(b.p);
	vg_buf_term(&b);
	return good;
}

Test(oidc, refuses_a_token_without_a_signature)
{
	publish(rsa, "");
	cr_expect(not(takes_raw("{\"alg\":\"none\",\"kid\":\"one\"}", "")));
	cr_expect(not(takes_raw("{\"alg\":\"NONE\"}", "")));
	cr_expect(not(takes_raw("{\"alg\":\"RS256\",\"kid\":\"one\"}", "")));
	cr_expect(not(takes_raw("{\"alg\":\"RS256\",\"kid\":\"one\"}", "AA")));
	cr_expect(not(takes_raw("{\"kid\":\"one\"}", "AA")));
	cr_expect(not(takes_raw("{\"alg\":\"RS256\",\"alg\":\"none\"}", "")));
	cr_expect(not(takes_raw("not json", "AA")));
}

/* HS256 keyed with what everybody can read. */
Test(oidc, survives_base64_that_ends_where_no_byte_does)
{
	static const char *const ends[] = {"A", "A=AA", "AAAAA=AA", "AAAA=",
					   "",	"A.A",	"A A A",    "\\u0041"};
	char *token = good_token(rsa, "RS256", NULL), *dot, room[4096];

	publish(rsa, "");
	dot = strrchr(token, '.');
	cr_assert(takes(token));
	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
		(void)snprintf(room, sizeof room, "%.*s.%s", (int)(dot - token),
			       token, ends[i]);
		cr_expect(not(takes(room)), "signature %s", ends[i]);
		(void)snprintf(room, sizeof room, "%.*s.%s%s",
			       (int)strcspn(token, "."), token, ends[i], dot);
		cr_expect(not(takes(room)), "claims %s", ends[i]);
		(void)snprintf(room, sizeof room,
			       "{\"kty\":\"RSA\",\"e\":\"AQAB\",\"n\":"
			       "\"%s\"}",
			       ends[i]);
		cr_expect(eq(int, publish_text(room, &(size_t){0}), VG_INVAL),
			  "key %s", ends[i]);
	}
	free(token);
}

Test(oidc, refuses_an_algorithm_of_shared_keys)
{
	struct vg_buf public = {0};
	cjose_jwk_t *fake;
	char *token;

	publish(rsa, "");
	put_key(&public, rsa, "");
	fake = cjose_jwk_create_oct_spec((const uint8_t *)public.p, public.n,
					 NULL);
	token = good_token(fake, "HS256", "one");
	cr_expect(not(takes(token)));
	free(token);
	(void)cjose_jwk_release(fake);
	vg_buf_term(&public);
}

Test(oidc, takes_no_key_for_another_use_or_algorithm)
{
	struct vg_buf b = {0};
	char *token = good_token(rsa, "RS256", "one");
	cjose_jwk_t *small = new_rsa("small", 1024);
	size_t n = 0;

	put_key(&b, rsa, ",\"use\":\"enc\"");
	cr_expect(eq(int, publish_text(b.p, &n), VG_INVAL));
	vg_buf_reset(&b);
	put_key(&b, small, "");
	cr_expect(eq(int, publish_text(b.p, &n), VG_INVAL));
	cr_expect(eq(int, publish_text("{\"kty\":\"oct\",\"k\":\"AAAA\"}", &n),
		     VG_INVAL));
	publish(rsa, ",\"alg\":\"PS256\"");
	cr_expect(not(takes(token)), "the key says which");
	publish(rsa, "");
	cr_expect(takes(token));
	free(token);
	(void)cjose_jwk_release(small);
	vg_buf_term(&b);
}

Test(oidc, keeps_the_keys_when_a_set_is_bad)
{
	char *token = good_token(rsa, "RS256", "one");
	size_t n = 0;

	publish(rsa, "");
	cr_assert(eq(
		int,
		vg_oidc_keys(oidc, vg_slice_of("<html>"), API_NOW_MS, &n, &err),
		VG_INVAL));
	cr_assert(eq(int, publish_text("", &n), VG_INVAL));
	cr_assert(takes(token));
	free(token);
}

Test(oidc, keeps_as_many_keys_as_the_limit_and_not_one_more)
{
	struct vg_buf b = {0};
	size_t n = 0;

	for (int i = 0; i < VG_OIDC_KEYS_MAX; i++)
		put_key(&b, ec, "");
	cr_assert(eq(int, publish_text(b.p, &n), VG_OK));
	cr_assert(eq(sz, n, VG_OIDC_KEYS_MAX));
	put_key(&b, ec, "");
	cr_assert(eq(int, publish_text(b.p, &n), VG_OK));
	cr_assert(eq(sz, n, VG_OIDC_KEYS_MAX));
	vg_buf_term(&b);
}

Test(oidc, asks_for_keys_at_first_and_then_as_often_as_configured)
{
	cr_assert(vg_oidc_wants(oidc, API_NOW_MS));
	cr_assert(not(vg_oidc_wants(oidc, API_NOW_MS)), "it is under way");
	cr_assert(not(vg_oidc_wants(oidc, API_NOW_MS + VG_OIDC_RETRY_MS - 1)));
	cr_assert(vg_oidc_wants(oidc, API_NOW_MS + VG_OIDC_RETRY_MS));
	publish(rsa, "");
	cr_assert(not(vg_oidc_wants(oidc, API_NOW_MS + 599999)));
	cr_assert(vg_oidc_wants(oidc, API_NOW_MS + 600000));
}

/* A flood of key ids that nobody knows has them brought every ten seconds. */
Test(oidc, brings_keys_for_an_unknown_one_but_not_for_each)
{
	char *token = good_token(other, "RS256", "two");
	int64_t now_ms = API_NOW_MS;
	int brought = 0;

	cr_assert(vg_oidc_wants(oidc, now_ms));
	publish(rsa, "");
	for (int i = 0; i < 600; i++, now_ms += 100) {
		cr_assert(not(takes(token)));
		brought += vg_oidc_wants(oidc, now_ms);
	}
	cr_assert(eq(int, brought, 5));
	publish(other, "");
	cr_assert(takes(token));
	free(token);
}

Test(oidc, takes_nothing_of_a_key_that_is_gone)
{
	char *token = good_token(rsa, "RS256", "one");

	publish(rsa, "");
	cr_assert(takes(token));
	cr_assert(takes(token), "from memory");
	publish(other, "");
	cr_assert(not(takes(token)));
	free(token);
}

Test(oidc, forgets_what_it_knows_when_it_expires)
{
	char *token = good_token(rsa, "RS256", "one");
	int64_t end_ms = (NOW_S + 60) * 1000 + VG_OIDC_SKEW_MS;

	publish(rsa, "");
	cr_assert(takes(token));
	cr_assert(vg_oidc_find(oidc, vg_slice_of(token), end_ms - 1, &who));
	cr_assert(not(vg_oidc_find(oidc, vg_slice_of(token), end_ms, &who)));
	free(token);
}

Test(oidc, takes_a_token_of_the_longest_length_and_none_beyond)
{
	struct vg_buf b = {0};

	publish(rsa, "");
	vg_buf_str(&b, "a.b.");
	while (b.n < VG_OIDC_TOKEN_MAX + 1)
		vg_buf_str(&b, "c");
	cr_assert(not(takes(b.p)));
	b.p[--b.n] = '\0';
	cr_assert(not(takes(b.p)));
	vg_buf_term(&b);
}

Test(oidc, answers_a_request_with_such_a_token)
{
	char *token = good_token(rsa, "RS256", "one"), header[2048];
	struct vg_call call = {.method = "GET",
			       .target = "/v1/me",
			       .authorization = header,
			       .now_ms = API_NOW_MS};
	struct vg_answer a;

	(void)snprintf(header, sizeof header, "Bearer %s", token);
	vg_api_dispatch(&f.service, &call, &a);
	cr_assert(eq(int, a.status, 401));
	vg_answer_term(&a);
	publish(rsa, "");
	vg_api_dispatch(&f.service, &call, &a);
	cr_assert(eq(int, a.status, 200));
	cr_assert(strstr(a.body.p, "\"name\":\"oidc:amal\"") != NULL);
	vg_answer_term(&a);
	free(token);
	cr_assert(eq(int, api_status(&f, API_MA, "/v1/me"), 200));
	cr_assert(
		eq(int, (int)vg_metric_get(&f.metrics, VG_M_OIDC_REFUSED), 1));
}
