#include "api/web.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>

static const unsigned char plain[] = "plain bytes", gzip[] = "gz";
static const struct vg_web_file files[] = {
	{"/", "text/html; charset=utf-8", "0123456789abcdef", plain, gzip, 11,
	 2, false},
	{"/assets/app-1a.js", "text/javascript; charset=utf-8",
	 "fedcba9876543210", plain, gzip, 11, 2, true},
};
static const struct vg_web web = {files, 2};

static struct vg_answer a;
static const char *issuer;

static bool ask(const char *method, const char *target, const char *coding,
		const char *tag)
{
	struct vg_call call = {.method = method,
			       .target = target,
			       .accept_encoding = coding,
			       .if_none_match = tag};
	struct vg_request r;
	struct vg_err err;
	bool is_ours;

	vg_answer_term(&a);
	cr_assert(eq(int, vg_request_parse(&r, target, &err), 0));
	is_ours = vg_web_answer(&web, issuer, &call, &r, &a);
	if (is_ours)
		vg_answer_finish(&a);
	vg_request_term(&r);
	return is_ours;
}

static const char *get(const char *name)
{
	const char *value = vg_answer_get(&a, name);

	return value != NULL ? value : "";
}

static void finish(void)
{
	vg_answer_term(&a);
}

TestSuite(web, .fini = finish);

Test(web, serves_the_page_without_a_token_or_anything_inline)
{
	const char *policy;

	cr_assert(ask("GET", "/?lang=ar", NULL, NULL));
	cr_assert(eq(int, a.status, 200));
	cr_assert(eq(str, (char *)a.content_type, "text/html; charset=utf-8"));
	cr_assert(eq(u64, a.body.n, 11));
	policy = get("Content-Security-Policy");
	cr_assert(strncmp(policy, "default-src 'none';", 19) == 0);
	cr_assert(strstr(policy, "unsafe") == NULL);
	cr_assert(strstr(policy, "frame-ancestors 'none'") != NULL);
	cr_assert(eq(str, (char *)get("X-Content-Type-Options"), "nosniff"));
	cr_assert(eq(str, (char *)get("Referrer-Policy"), "no-referrer"));
}

Test(web, lets_the_page_ask_the_issuer_and_nobody_else)
{
	static const struct {
		const char *issuer, *connect;
	} cases[] = {
		{NULL, "connect-src 'self'; "},
		{"", "connect-src 'self'; "},
		{"https://id.example/realms/x",
		 "connect-src 'self' https://id.example; "},
		{"https://id.example",
		 "connect-src 'self' https://id.example; "},
		{"http://127.0.0.1:8000/a?b",
		 "connect-src 'self' http://127.0.0.1:8000; "},
		{"https://[::1]:8/", "connect-src 'self' https://[::1]:8; "},
		/* What would be more than an origin there, is not there. */
		{"https://id.example; script-src *", "connect-src 'self'; "},
		{"https://*.example/", "connect-src 'self'; "},
		{"https://", "connect-src 'self'; "},
		{"https://user@id.example/", "connect-src 'self'; "},
		{"javascript:x", "connect-src 'self'; "}};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		issuer = cases[i].issuer;
		cr_assert(ask("GET", "/", NULL, NULL));
		cr_expect(strstr(get("Content-Security-Policy"),
				 cases[i].connect) != NULL,
			  "%s: %s", cases[i].issuer,
			  get("Content-Security-Policy"));
	}
	issuer = NULL;
}

Test(web, lets_hashed_names_be_kept_and_the_page_be_asked_for_again)
{
	cr_assert(ask("GET", "/assets/app-1a.js", NULL, NULL));
	cr_assert(strstr(get("Cache-Control"), "immutable") != NULL);
	cr_assert(ask("GET", "/", NULL, NULL));
	cr_assert(eq(str, (char *)get("Cache-Control"), "no-cache"));
}

Test(web, gives_compressed_bytes_to_who_takes_them_alone)
{
	static const struct {
		const char *list;
		bool is_gzip;
	} cases[] = {{NULL, false},
		     {"", false},
		     {"gzip", true},
		     {"br, GZIP;q=0.5", true},
		     {"deflate,\tx-gzip", true},
		     {"gzip;q=0", false},
		     {"gzip;q=0.000, br", false},
		     {"gzip;q=0.001", true},
		     {"gzipped", false},
		     {"br", false},
		     {",,;q=1,", false}};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		cr_assert(ask("GET", "/", cases[i].list, NULL));
		cr_expect(eq(u64, a.body.n, cases[i].is_gzip ? 2 : 11), "%s",
			  cases[i].list ? cases[i].list : "absent");
		cr_expect(eq(str, (char *)get("Content-Encoding"),
			     cases[i].is_gzip ? "gzip" : ""));
		cr_expect(eq(str, (char *)get("Vary"), "Accept-Encoding"));
	}
}

Test(web, answers_304_to_the_tag_of_the_same_bytes)
{
	cr_assert(ask("GET", "/", NULL, "W/\"0\", \"0123456789abcdef\""));
	cr_assert(eq(int, a.status, 304));
	cr_assert(eq(u64, a.body.n, 0));
	cr_assert(ask("GET", "/", "gzip", "\"0123456789abcdef\""));
	cr_assert(eq(int, a.status, 200)); /* the plain ones, not these */
	cr_assert(ask("GET", "/", "gzip", "\"0123456789abcdef-gz\""));
	cr_assert(eq(int, a.status, 304));
	cr_assert(ask("GET", "/", NULL, "*"));
	cr_assert(eq(int, a.status, 304));
}

Test(web, refuses_other_methods)
{
	cr_assert(ask("POST", "/", NULL, NULL));
	cr_assert(eq(int, a.status, 405));
	cr_assert(eq(str, (char *)get("Allow"), "GET, HEAD"));
	cr_assert(ask("HEAD", "/", NULL, NULL));
	cr_assert(eq(int, a.status, 200));
}

Test(web, leaves_every_other_path_to_the_routes)
{
	static const char *const other[] = {
		"/index.html",	     "/assets/", "/assets/app-1a.j",
		"/v1/series",	     "//",	 "/assets/app-1a.js/",
		"/ASSETS/app-1a.js", "/./"};

	for (size_t i = 0; i < sizeof other / sizeof *other; i++)
		cr_expect(not(ask("GET", other[i], NULL, NULL)), "%s",
			  other[i]);
}
