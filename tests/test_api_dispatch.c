#include "api/params.h"
#include "api_fixture.h"
#include "core/limits.h"
#include "fake_world.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>

static struct api_fixture f;

static void start(void)
{
	api_fixture_init(&f);
}

static void finish(void)
{
	api_fixture_term(&f);
}

TestSuite(dispatch, .init = start, .fini = finish);

static struct vg_answer call(const char *method, const char *target,
			     const char *authorization)
{
	struct vg_call c = {.method = method,
			    .target = target,
			    .authorization = authorization,
			    .now_ms = API_NOW_MS};
	struct vg_answer a;

	vg_api_dispatch(&f.service, &c, &a);
	return a;
}

static const char *const data_paths[] = {
	"/v1/series",	"/v1/top",     "/v1/alerts", "/v1/alerts/x",
	"/v1/partners", "/v1/account", "/metrics",   "/v1/rules"};

enum { DATA_PATHS = sizeof data_paths / sizeof *data_paths };

Test(dispatch, gives_no_data_without_a_valid_token)
{
	static const char *const bad[] = {NULL,
					  "",
					  "Bearer",
					  "Bearer ",
					  "Basic vg_ma",
					  "vg_ma",
					  "Bearer vg_xx",
					  "Bearervg_ma",
					  "Bearer vg_ma,",
					  "Bearer vg_MA",
					  "Bearer  ",
					  "Token vg_ma"};

	for (size_t p = 0; p < DATA_PATHS; p++)
		for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
			struct vg_answer a = call("GET", data_paths[p], bad[i]);

			cr_expect(eq(int, a.status, 401), "%s", data_paths[p]);
			cr_expect(eq(
				str,
				(char *)vg_answer_get(&a, "WWW-Authenticate"),
				"Bearer realm=\"vigie\""));
			cr_expect(strstr(a.body.p,
					 "urn:vigie:problem:no-token") != NULL);
			vg_answer_term(&a);
		}
	cr_assert(eq(u64, (uint64_t)vg_metric_get(&f.metrics, VG_M_HTTP_DENIED),
		     DATA_PATHS * (sizeof bad / sizeof *bad)));
}

Test(dispatch, takes_the_scheme_in_any_case)
{
	struct vg_answer a = call("GET", "/v1/partners", "bEARER vg_ma");

	cr_assert(eq(int, a.status, 200));
	vg_answer_term(&a);
}

Test(dispatch, answers_head_as_get)
{
	struct vg_answer get = call("GET", "/v1/partners", "Bearer vg_ma");
	struct vg_answer head = call("HEAD", "/v1/partners", "Bearer vg_ma");

	cr_assert(eq(int, head.status, 200));
	cr_assert(eq(str, head.body.p, get.body.p));
	vg_answer_term(&get);
	vg_answer_term(&head);
}

Test(dispatch, refuses_other_methods_and_says_which_are_allowed)
{
	static const char *const methods[] = {"POST",  "PUT",	  "DELETE",
					      "PATCH", "OPTIONS", "TRACE",
					      "get",   "CONNECT"};

	for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
		struct vg_answer a = call(methods[i], "/livez", NULL);

		cr_expect(eq(int, a.status, 405), "%s", methods[i]);
		cr_expect(eq(str, (char *)vg_answer_get(&a, "Allow"),
			     "GET, HEAD"));
		vg_answer_term(&a);
	}
}

Test(dispatch, knows_no_other_path)
{
	static const char *const bad[] = {
		"/index.html",	  "/assets/",	      "/v1",
		"/v1/",		  "/v1/serie",	      "/v1/seriess",
		"/V1/series",	  "/v1/series/",      "/v1/alerts/",
		"/v1/alerts/a/b", "/v1/alerts/a%2fb", "//livez",
		"/livez/",	  "/v1/partners/MA",  "/v1/../livez"};

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		cr_expect(eq(int, api_status(&f, API_MA, bad[i]), 404), "%s",
			  bad[i]);
}

Test(dispatch, answers_bad_targets_with_400_and_414)
{
	char *target = malloc(VG_HTTP_URL_MAX + 2);

	cr_assert(eq(int, api_status(&f, API_MA, "/%zz"), 400));
	cr_assert(eq(int, api_status(&f, API_MA, "/livez?a=%00"), 400));
	memset(target, 'a', VG_HTTP_URL_MAX + 1);
	target[0] = '/';
	target[VG_HTTP_URL_MAX + 1] = '\0';
	cr_assert(eq(int, api_status(&f, API_MA, target), 414));
	free(target);
}

Test(dispatch, names_an_unknown_or_repeated_parameter)
{
	cJSON *doc = api_json(&f, API_MA, "/v1/partners?x%22y=1", 400);

	cr_assert(eq(str, cJSON_GetObjectItem(doc, "type")->valuestring,
		     "urn:vigie:problem:unknown-parameter"));
	cr_assert(strstr(cJSON_GetObjectItem(doc, "detail")->valuestring,
			 "\"x\"y\"") != NULL);
	cr_assert(eq(str, cJSON_GetObjectItem(doc, "instance")->valuestring,
		     "/v1/partners"));
	cr_assert(eq(int, cJSON_GetObjectItem(doc, "status")->valueint, 400));
	cr_assert(eq(str, cJSON_GetObjectItem(doc, "title")->valuestring,
		     "Bad Request"));
	cJSON_Delete(doc);

	doc = api_json(&f, API_MA, "/v1/top?n=1&n=1", 400);
	cr_assert(strstr(cJSON_GetObjectItem(doc, "detail")->valuestring,
			 "\"n\" is given twice") != NULL);
	cJSON_Delete(doc);
	cr_assert(eq(int, api_status(&f, NULL, "/livez?x=1"), 400));
	cr_assert(
		eq(int, api_status(&f, API_MA, "/v1/series?where*=a:b"), 400));
}

Test(dispatch, asks_for_the_token_before_it_judges_parameters)
{
	cr_assert(eq(int, api_status(&f, NULL, "/v1/series?x=1"), 401));
}

Test(dispatch, puts_the_same_safe_headers_on_every_answer)
{
	static const char *const targets[] = {"/livez", "/nowhere", "/%zz",
					      "/v1/partners", "/v1/alerts"};

	for (size_t i = 0; i < sizeof targets / sizeof *targets; i++) {
		struct vg_answer a = api_ask(&f, API_MA, targets[i]);

		cr_expect(eq(str, (char *)vg_answer_get(&a, "Cache-Control"),
			     i < 3 ? "no-store" : "private, no-cache"));
		cr_expect(eq(str, (char *)vg_answer_get(&a, "Vary"),
			     "Authorization, Accept, Accept-Encoding"));
		cr_expect(
			eq(str,
			   (char *)vg_answer_get(&a, "X-Content-Type-Options"),
			   "nosniff"));
		cr_expect(eq(str, (char *)a.content_type,
			     a.status == 200 ? "application/json"
					     : "application/problem+json"));
		vg_answer_term(&a);
	}
}

Test(dispatch, tells_how_fresh_every_data_answer_is)
{
	static const char *const targets[] = {"/v1/series", "/v1/top",
					      "/v1/alerts", "/v1/partners",
					      "/v1/account"};

	for (size_t i = 0; i < sizeof targets / sizeof *targets; i++) {
		struct vg_answer a = api_ask(&f, API_MA, targets[i]);

		cr_expect(eq(str, (char *)vg_answer_get(&a, "Vigie-As-Of"),
			     "2026-03-01T12:00:00.493Z"),
			  "%s", targets[i]);
		cr_expect(eq(str,
			     (char *)vg_answer_get(&a, "Vigie-Complete-To"),
			     "2026-03-01T11:59:59.000Z"));
		cr_expect(eq(str, (char *)vg_answer_get(&a, "Vigie-Stale"),
			     "false"));
		vg_answer_term(&a);
	}
}

Test(dispatch, leaves_out_a_freshness_that_is_not_known)
{
	struct vg_answer a;

	fake_world()->fresh = (struct vg_view_freshness){
		.stale = true, .complete_to_ms = INT64_MIN};
	a = api_ask(&f, API_MA, "/v1/partners");
	cr_assert(vg_answer_get(&a, "Vigie-As-Of") == NULL);
	cr_assert(vg_answer_get(&a, "Vigie-Complete-To") == NULL);
	cr_assert(eq(str, (char *)vg_answer_get(&a, "Vigie-Stale"), "true"));
	vg_answer_term(&a);
}

Test(dispatch, counts_requests_and_errors)
{
	(void)api_status(&f, NULL, "/livez");
	(void)api_status(&f, NULL, "/nowhere");
	(void)api_status(&f, NULL, "/v1/top");

	cr_assert(
		eq(int, (int)vg_metric_get(&f.metrics, VG_M_HTTP_REQUESTS), 3));
	cr_assert(eq(int, (int)vg_metric_get(&f.metrics, VG_M_HTTP_ERRORS), 2));
}

Test(dispatch, law3_who_has_left_or_not_joined_yet_is_told_nothing)
{
	struct vg_partner *ma = &f.cfg->partners[0];

	ma->has_until = true;
	ma->until_ms = API_NOW_MS + 1;
	cr_assert(eq(int, api_status(&f, "vg_ma", "/v1/partners"), 200));
	ma->until_ms = API_NOW_MS;
	for (size_t p = 0; p + 1 < DATA_PATHS; p++)
		cr_expect(eq(int, api_status(&f, "vg_ma", data_paths[p]), 403),
			  "%s", data_paths[p]);
	cr_assert(eq(int, api_status(&f, "vg_ma", "/livez"), 200));
	cr_assert(eq(int, api_status(&f, "vg_il", "/v1/partners"), 200));
	ma->has_until = false;
	ma->has_from = true;
	ma->from_ms = API_NOW_MS + 1;
	cr_assert(eq(int, api_status(&f, "vg_ma", "/v1/partners"), 403));
	ma->from_ms = API_NOW_MS;
	cr_assert(eq(int, api_status(&f, "vg_ma", "/v1/partners"), 200));
}
