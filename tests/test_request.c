#include "api/request.h"
#include "core/limits.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>

static struct vg_request r;
static struct vg_err err;

static int parse(const char *target)
{
	return vg_request_parse(&r, target, &err);
}

static void finish(void)
{
	vg_request_term(&r);
}

static bool slice_is(struct vg_slice s, const char *text)
{
	return vg_slice_eq(s, vg_slice_of(text));
}

TestSuite(request, .fini = finish);

Test(request, splits_and_decodes_path_and_pairs)
{
	struct vg_slice v;

	cr_assert(eq(int,
		     parse("/v1/s%65ries?by=a,b&where=actor:APT%2028"
			   "&where=x:%C3%A9+%2B&empty=&bare"),
		     0));

	cr_assert(slice_is(r.path, "/v1/series"));
	cr_assert(eq(str, (char *)r.instance, "/v1/s%65ries"));
	cr_assert(eq(uint, r.n_params, 5));
	cr_assert(slice_is(r.param[1].value, "actor:APT 28"));
	cr_assert(slice_is(r.param[2].value, "x:\xc3\xa9 +"));
	cr_assert(vg_request_param(&r, "bare", &v) && v.n == 0);
	cr_assert(not(vg_request_param(&r, "absent", &v)));
}

Test(request, decodes_once_only)
{
	struct vg_slice v;

	cr_assert(eq(int, parse("/?a=%2541"), 0));
	cr_assert(vg_request_param(&r, "a", &v) && slice_is(v, "%41"));
}

Test(request, keeps_a_plus_in_the_path)
{
	cr_assert(eq(int, parse("/a+b"), 0));
	cr_assert(slice_is(r.path, "/a+b"));
}

Test(request, refuses_broken_escapes_nul_and_bytes_that_are_no_utf8)
{
	static const char *const bad[] = {
		"/%",	      "/%4",	"/%zz",	     "/a%00b",
		"/?a=%00",    "/?a=%f", "/?%ff=1",   "/?a=%c3",
		"/%ed%a0%80", "/\x01",	"/\xc3\xa9", "/\x7f",
		"v1/series",  "*",	"",	     "http://h/livez",
		"/a b"};

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		cr_expect(eq(int, parse(bad[i]), 400), "%s", bad[i]);
		cr_expect(gt(sz, strlen(err.text), 20));
		vg_request_term(&r);
	}
}

Test(request, takes_a_target_at_the_limit_and_not_one_past_it)
{
	char *target = malloc(VG_HTTP_URL_MAX + 2);

	memset(target, 'a', VG_HTTP_URL_MAX + 1);
	target[0] = '/';
	target[VG_HTTP_URL_MAX] = '\0';
	cr_assert(eq(int, parse(target), 0));
	vg_request_term(&r);

	target[VG_HTTP_URL_MAX] = 'a';
	target[VG_HTTP_URL_MAX + 1] = '\0';
	cr_assert(eq(int, parse(target), 414));
	free(target);
}

Test(request, takes_as_many_pairs_as_the_limit_and_not_one_more)
{
	char target[512] = "/?";

	for (int i = 0; i < VG_PARAMS_MAX; i++)
		(void)strcat(target, "a=1&");
	cr_assert(eq(int, parse(target), 0));
	cr_assert(eq(uint, r.n_params, VG_PARAMS_MAX));
	vg_request_term(&r);

	(void)strcat(target, "b");
	cr_assert(eq(int, parse(target), 400));
}

Test(request, adds_the_pairs_of_a_form_to_those_of_the_target)
{
	struct vg_slice form = vg_slice_of("a=1%2B1&b=x+y&&c"), v;
	char many[4 * VG_PARAMS_MAX + 1] = "";

	cr_assert(eq(int, parse("/q?z=0"), 0));
	cr_assert(eq(int, vg_request_add_form(&r, form, NULL), 0));
	cr_assert(eq(uint, r.n_params, 4));
	cr_assert(vg_request_param(&r, "a", &v) &&
		  vg_slice_eq(v, vg_slice_of("1+1")));
	cr_assert(vg_request_param(&r, "b", &v) &&
		  vg_slice_eq(v, vg_slice_of("x y")));
	cr_assert(vg_request_param(&r, "c", &v) && v.n == 0);
	vg_request_term(&r);

	for (int i = 0; i < VG_PARAMS_MAX; i++)
		(void)strcat(many, "a=1&");
	cr_assert(eq(int, parse("/q?z=0"), 0));
	cr_assert(
		eq(int, vg_request_add_form(&r, vg_slice_of(many), NULL), 400));
	vg_request_term(&r);
	cr_assert(eq(int, parse("/q"), 0));
	cr_assert(eq(int, vg_request_add_form(&r, vg_slice_of("a=%00"), NULL),
		     400));
	vg_request_term(&r);
}

static bool lies_in(struct vg_slice s, const char *memory, size_t n)
{
	return s.p >= memory && s.p + s.n <= memory + n;
}

Test(request, never_reads_or_writes_outside_whatever_comes)
{
	static const char alphabet[] = "/?&=%+0aF.\xc3\x80\x01";
	uint64_t state = 99;
	char target[64];

	for (int round = 0; round < 50000; round++) {
		size_t n = 0;

		for (; n < sizeof target - 1; n++) {
			state = state * UINT64_C(6364136223846793005) + 1;
			target[n] = n == 0 && round % 8 != 0
					    ? '/'
					    : alphabet[(state >> 33) %
						       (sizeof alphabet - 1)];
			if ((state >> 50) % 24 == 0)
				break;
		}
		target[n] = '\0';
		if (parse(target) == 0) {
			size_t size = strcspn(target, "?") + strlen(target) + 2;

			for (unsigned i = 0; i < r.n_params; i++) {
				cr_assert(lies_in(r.param[i].name, r.memory,
						  size));
				cr_assert(lies_in(r.param[i].value, r.memory,
						  size));
			}
		}
		vg_request_term(&r);
	}
}
