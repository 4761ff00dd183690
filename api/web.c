#include "api/web.h"

#include "api/negotiate.h"

#include <stdio.h>
#include <string.h>

/* Scripts, styles and data of this server alone, nothing inline, nothing
 * evaluated, and no text of a partner can become markup: the page has no
 * policy that would make trusted HTML. */
#define POLICY                                                                 \
	"default-src 'none'; script-src 'self'; style-src 'self'; "            \
	"img-src 'self'; connect-src 'self'%s%.*s; base-uri 'none'; "          \
	"form-action 'none'; frame-ancestors 'none'; "                         \
	"require-trusted-types-for 'script'; trusted-types 'none'"

enum { ORIGIN_MAX = 300, POLICY_TEXT = 640 };

/* Bytes of the origin that the URL `issuer` begins with; 0 when it has none, or
 * one that could be more than an origin to a policy. */
static size_t origin_of(const char *issuer)
{
	static const char *const schemes[] = {"https://", "http://"};
	size_t n = 0, host;

	if (issuer == NULL)
		return 0;
	for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++)
		if (strncmp(issuer, schemes[i], strlen(schemes[i])) == 0)
			n = strlen(schemes[i]);
	if (n == 0)
		return 0;
	host = strspn(issuer + n, "abcdefghijklmnopqrstuvwxyz"
				  "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				  "0123456789.-:[]");
	n += host;
	return host > 0 && n <= ORIGIN_MAX &&
			       (issuer[n] == '/' || issuer[n] == '\0')
		       ? n
		       : 0;
}

static const struct vg_web_file *find(const struct vg_web *web,
				      struct vg_slice path)
{
	for (size_t i = 0; i < web->n; i++)
		if (vg_slice_eq(vg_slice_of(web->file[i].path), path))
			return &web->file[i];
	return NULL;
}

static void add_policy(struct vg_answer *a, const char *issuer)
{
	char text[POLICY_TEXT];
	size_t n = origin_of(issuer);

	(void)snprintf(text, sizeof text, POLICY, n > 0 ? " " : "", (int)n,
		       n > 0 ? issuer : "");
	vg_answer_header(a, "Content-Security-Policy", text);
}

static void headers(struct vg_answer *a, const struct vg_web_file *f,
		    const char *tag, bool is_gzip)
{
	vg_answer_header(a, "ETag", tag);
	vg_answer_header(a, "Cache-Control",
			 f->is_for_ever ? "public, max-age=31536000, immutable"
					: "no-cache");
	vg_answer_header(a, "Vary", "Accept-Encoding");
	if (is_gzip)
		vg_answer_header(a, "Content-Encoding", "gzip");
	vg_answer_header(a, "Referrer-Policy", "no-referrer");
	vg_answer_header(a, "Cross-Origin-Opener-Policy", "same-origin");
	vg_answer_header(a, "Cross-Origin-Resource-Policy", "same-origin");
	vg_answer_header(a, "Permissions-Policy",
			 "camera=(), geolocation=(), microphone=()");
}

bool vg_web_answer(const struct vg_web *web, const char *issuer,
		   const struct vg_call *call, const struct vg_request *r,
		   struct vg_answer *a)
{
	const struct vg_web_file *f = find(web, r->path);
	bool is_gzip =
		vg_negotiate_takes(call->accept_encoding, VG_CODING_GZIP);
	char tag[32];

	if (f == NULL)
		return false;
	if (strcmp(call->method, "GET") != 0 &&
	    strcmp(call->method, "HEAD") != 0) {
		vg_answer_header(a, "Allow", "GET, HEAD");
		(void)vg_answer_fail(a, r, 405, "method",
				     "the page takes GET and HEAD only");
		return true;
	}
	(void)snprintf(tag, sizeof tag, "\"%s%s\"", f->hash,
		       is_gzip ? "-gz" : "");
	headers(a, f, tag, is_gzip);
	add_policy(a, issuer);
	a->content_type = f->type;
	a->status = vg_negotiate_matches(call->if_none_match, tag) ? 304 : 200;
	if (a->status == 200)
		vg_buf_add(&a->body, is_gzip ? f->gzip : f->plain,
			   is_gzip ? f->gzip_n : f->plain_n);
	return true;
}
