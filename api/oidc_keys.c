/*
 * A provider's keys, and signatures by them. The header is read strictly here
 * before libcjose sees it: the algorithm must be one of public keys, and fit
 * the key that it names.
 */
#include "api/oidc_parts.h"
#include "core/buf.h"
#include "core/defect.h"
#include "core/json.h"

#include <cjose/cjose.h>
#include <sodium.h>
#include <stdlib.h>

struct key {
	cjose_jwk_t *jwk;
	cjose_jwk_kty_t type;
	char id[VG_OIDC_KID_MAX + 1]; /* "" when it has none         */
	char alg[12];		      /* that it is for; "": by type */
};

struct vg_oidc_set {
	struct key key[VG_OIDC_KEYS_MAX];
	size_t n;
};

/* What a token may be signed with: nothing that a public key could make. */
static const struct {
	const char *name;
	cjose_jwk_kty_t type;
} algorithms[] = {{"RS256", CJOSE_JWK_KTY_RSA}, {"RS384", CJOSE_JWK_KTY_RSA},
		  {"RS512", CJOSE_JWK_KTY_RSA}, {"PS256", CJOSE_JWK_KTY_RSA},
		  {"PS384", CJOSE_JWK_KTY_RSA}, {"PS512", CJOSE_JWK_KTY_RSA},
		  {"ES256", CJOSE_JWK_KTY_EC},	{"ES384", CJOSE_JWK_KTY_EC},
		  {"ES512", CJOSE_JWK_KTY_EC}};

/* Member `name` of the object at `obj` as text; "" when absent. False when it
 * is no string, or too long. */
static bool take_text(const struct vg_json *j, uint32_t obj, const char *name,
		      char *out, size_t cap)
{
	uint32_t at = vg_json_member(j, obj, name);
	size_t n = 0;

	out[0] = '\0';
	if (at == 0)
		return true;
	if (j->tok[at].type != VG_JSON_STRING ||
	    !vg_json_unescape(j, at, out, cap - 1, &n))
		return false;
	out[n] = '\0';
	return true;
}

/* True of base64url without padding. libcjose ends the process, by an
 * assertion, at a length that no bytes have. */
static bool is_base64url(struct vg_slice s)
{
	for (uint32_t i = 0; i < s.n; i++)
		if (!(s.p[i] >= 'A' && s.p[i] <= 'Z') &&
		    !(s.p[i] >= 'a' && s.p[i] <= 'z') &&
		    !(s.p[i] >= '0' && s.p[i] <= '9') && s.p[i] != '-' &&
		    s.p[i] != '_')
			return false;
	return s.n > 0 && s.n % 4 != 1;
}

/* True when every number of the key at `at` may be shown to libcjose. */
static bool has_numbers(const struct vg_json *j, uint32_t at)
{
	static const char *const names[] = {"n",  "e",	"d", "p", "q", "dp",
					    "dq", "qi", "x", "y", "k"};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		uint32_t member = vg_json_member(j, at, names[i]);
		const struct vg_json_tok *t = &j->tok[member];

		if (member != 0 && t->type == VG_JSON_STRING &&
		    !is_base64url(
			    (struct vg_slice){j->text + t->start, t->len}))
			return false;
	}
	return true;
}

/* What the key is for must be known before it is looked at further: one for
 * encryption, or of another kind, is passed over. */
static bool take_key(struct key *k, const struct vg_json *j, uint32_t at)
{
	struct vg_slice raw = {j->text + j->tok[at].start, j->tok[at].len};
	char use[16], type[8];
	size_t bits;

	*k = (struct key){.jwk = NULL};
	if (j->tok[at].type != VG_JSON_OBJECT ||
	    !take_text(j, at, "kid", k->id, sizeof k->id) ||
	    !take_text(j, at, "alg", k->alg, sizeof k->alg) ||
	    !take_text(j, at, "use", use, sizeof use) ||
	    !take_text(j, at, "kty", type, sizeof type) ||
	    (use[0] != '\0' && strcmp(use, "sig") != 0) ||
	    (strcmp(type, "RSA") != 0 && strcmp(type, "EC") != 0) ||
	    !has_numbers(j, at))
		return false;
	k->jwk = cjose_jwk_import(raw.p, raw.n, NULL);
	if (k->jwk == NULL)
		return false;
	k->type = cjose_jwk_get_kty(k->jwk, NULL);
	bits = cjose_jwk_get_keysize(k->jwk, NULL);
	if (k->type != CJOSE_JWK_KTY_RSA || bits >= VG_OIDC_RSA_BITS)
		return true;
	(void)cjose_jwk_release(k->jwk);
	return false;
}

static size_t take_keys(struct vg_oidc_set *s, const struct vg_json *j)
{
	uint32_t list = vg_json_member(j, 0, "keys");

	if (list == 0 || j->tok[list].type != VG_JSON_ARRAY)
		return 0;
	for (uint32_t i = 0, at = list + 1;
	     i < j->tok[list].count && s->n < VG_OIDC_KEYS_MAX;
	     i++, at = j->tok[at].next)
		s->n += take_key(&s->key[s->n], j, at);
	return s->n;
}

enum vg_rc vg_oidc_set_read(struct vg_oidc_set **out, struct vg_slice text,
			    struct vg_err *err)
{
	struct vg_oidc_set *s = calloc(1, sizeof *s);
	struct vg_json j = {0};
	enum vg_rc rc = VG_OK;
	size_t at;

	if (s == NULL)
		return vg_err_set(err, VG_FATAL, "oidc: out of memory");
	if (text.n > VG_OIDC_SET_MAX ||
	    vg_json_parse(&j, text.p, text.n, &at) != VG_JSON_OK ||
	    j.tok[0].type != VG_JSON_OBJECT)
		rc = vg_err_set(err, VG_INVAL, "no key set (RFC 7517)");
	else if (take_keys(s, &j) == 0)
		rc = vg_err_set(err, VG_INVAL,
				"no key in it that signs: RSA of 2,048 bits or "
				"more, or EC");
	vg_json_term(&j);
	if (rc != VG_OK) {
		vg_oidc_set_free(s);
		return rc;
	}
	*out = s;
	return VG_OK;
}

void vg_oidc_set_free(struct vg_oidc_set *s)
{
	if (s == NULL)
		return;
	for (size_t i = 0; i < s->n; i++)
		(void)cjose_jwk_release(s->key[i].jwk);
	free(s);
}

size_t vg_oidc_set_count(const struct vg_oidc_set *s)
{
	return s != NULL ? s->n : 0;
}

/* One base64url part as bytes. */
static bool decode(struct vg_slice part, struct vg_buf *out)
{
	char room[VG_OIDC_TOKEN_MAX];
	size_t n = 0;

	if (part.n == 0 ||
	    sodium_base642bin((unsigned char *)room, sizeof room, part.p,
			      part.n, NULL, &n, NULL,
			      sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0)
		return false;
	vg_buf_add(out, room, n);
	return !out->failed;
}

struct header {
	char alg[12], id[VG_OIDC_KID_MAX + 1];
};

/* `crit` would ask for what is not understood here. */
static bool read_header(struct header *h, struct vg_slice part)
{
	struct vg_buf text = {0};
	struct vg_json j = {0};
	size_t at;
	bool good = decode(part, &text) &&
		    vg_json_parse(&j, text.p, text.n, &at) == VG_JSON_OK &&
		    j.tok[0].type == VG_JSON_OBJECT &&
		    vg_json_member(&j, 0, "crit") == 0 &&
		    vg_json_member(&j, 0, "b64") == 0 &&
		    take_text(&j, 0, "alg", h->alg, sizeof h->alg) &&
		    take_text(&j, 0, "kid", h->id, sizeof h->id);

	vg_json_term(&j);
	vg_buf_term(&text);
	return good;
}

/* The kind of key that algorithm `name` is of; -1: it is none of ours. */
static int type_of(const char *name)
{
	for (size_t i = 0; i < sizeof algorithms / sizeof *algorithms; i++)
		if (strcmp(algorithms[i].name, name) == 0)
			return (int)algorithms[i].type;
	return -1;
}

static bool fits(const struct key *k, const struct header *h, int type)
{
	return (int)k->type == type &&
	       (k->alg[0] == '\0' || strcmp(k->alg, h->alg) == 0) &&
	       (h->id[0] == '\0' || strcmp(k->id, h->id) == 0);
}

/* libcjose is told nothing but the key: it takes the algorithm from the header,
 * which was read above. */
static bool is_signed(const struct key *k, struct vg_slice token)
{
	cjose_jws_t *jws = cjose_jws_import(token.p, token.n, NULL);
	bool good = jws != NULL && cjose_jws_verify(jws, k->jwk, NULL);

	cjose_jws_release(jws);
	return good || VG_DEFECT("oidc-signature-any");
}

enum vg_oidc_verdict vg_oidc_set_verify(const struct vg_oidc_set *s,
					struct vg_slice token,
					struct vg_buf *payload)
{
	const char *one = memchr(token.p, '.', token.n), *two;
	struct header h;
	bool tried = false;
	int type;

	if (one == NULL)
		return VG_OIDC_BAD;
	two = memchr(one + 1, '.', (size_t)(token.p + token.n - one - 1));
	if (two == NULL ||
	    !is_base64url(
		    (struct vg_slice){one + 1, (uint32_t)(two - one - 1)}) ||
	    !is_base64url((struct vg_slice){
		    two + 1, (uint32_t)(token.p + token.n - two - 1)}) ||
	    !read_header(&h,
			 (struct vg_slice){token.p, (uint32_t)(one - token.p)}))
		return VG_OIDC_BAD;
	type = type_of(h.alg);
	if (type < 0)
		return VG_OIDC_BAD;
	for (size_t i = 0; s != NULL && i < s->n; i++) {
		if (!fits(&s->key[i], &h, type))
			continue;
		tried = true;
		if (is_signed(&s->key[i], token))
			return decode((struct vg_slice){one + 1,
							(uint32_t)(two - one -
								   1)},
				      payload)
				       ? VG_OIDC_GOOD
				       : VG_OIDC_BAD;
	}
	return tried ? VG_OIDC_BAD : VG_OIDC_UNKNOWN;
}
