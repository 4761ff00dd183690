/* What a token may be used for, from where, and how often. */
#include "api/audited.h"
#include "api/rate.h"
#include "api/scopes.h"
#include "api_fixture.h"
#include "fake_world.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>

static struct api_fixture f;
static struct vg_err err;
static const char *from; /* address of who asks, or NULL */
static int64_t now_ms = API_NOW_MS;

static enum vg_rc reload(void *reloader, size_t *rules, struct vg_err *e)
{
	(void)reloader;
	(void)e;
	*rules = 0;
	return VG_OK;
}

static void start(void)
{
	api_fixture_init(&f);
	f.service.reload = reload;
	cr_assert(eq(int, vg_rates_new(&f.service.rates, 1, &err), VG_OK));
	cr_assert(eq(int, vg_rates_new(&f.service.strangers, 1, &err), VG_OK));
}

static void finish(void)
{
	vg_rates_free(f.service.rates);
	vg_rates_free(f.service.strangers);
	api_fixture_term(&f);
}

TestSuite(api_who, .init = start, .fini = finish);

/* The token vg_ma with `words` behind its viewer. */
static void give(const char *viewer, const char *words)
{
	char line[400], both[300];

	(void)snprintf(both, sizeof both, "%s %s", viewer, words);
	api_token_line(line, API_MA, both);
	api_write_tokens(&f, line);
	cr_assert(eq(int, vg_tokens_refresh(f.service.tokens, 0, true, &err),
		     VG_OK),
		  "%s", err.text);
}

static struct vg_answer ask(const char *method, const char *target,
			    const char *authorization)
{
	uint8_t room[VG_ADDRESS];
	struct vg_call call = {.method = method,
			       .target = target,
			       .authorization = authorization,
			       .content_type = "application/json",
			       .body = vg_slice_of("{}"),
			       .now_ms = now_ms};
	struct vg_answer a;

	if (from != NULL && vg_address_read(vg_slice_of(from), room))
		call.address = room;
	vg_api_dispatch(&f.service, &call, &a);
	return a;
}

static int status(const char *method, const char *target)
{
	struct vg_answer a = ask(method, target, "Bearer vg_ma");
	int found = a.status;

	vg_answer_term(&a);
	return found;
}

static const struct {
	const char *method, *target, *scope;
} USES[] = {{"GET", "/v1/top", "read:series"},
	    {"GET", "/v1/partners", "read:series"},
	    {"GET", "/v1/alerts", "read:alerts"},
	    {"GET", "/v1/alerts/x", "read:alerts"},
	    {"GET", "/v1/silences", "read:alerts"},
	    {"POST", "/v1/silences", "write:alerts"},
	    {"DELETE", "/v1/silences/x", "write:alerts"},
	    {"POST", "/v1/alerts/x/actions", "write:alerts"},
	    {"GET", "/api/v1/labels", "promql"},
	    {"GET", "/api/v2/status", "promql"},
	    {"GET", "/taxii2/", "taxii"},
	    {"GET", "/v1/alerts/x/stix", "taxii"},
	    {"POST", "/v1/rules:reload", "admin"},
	    {"GET", "/metrics", "admin"}};

enum { N_USES = sizeof USES / sizeof *USES };

Test(api_who, opens_to_a_scope_what_is_its_own_and_nothing_else)
{
	const char *name;
	char words[96];

	for (unsigned s = 0; (name = vg_scope_name(s)) != NULL; s++) {
		(void)snprintf(words, sizeof words, "role=admin scopes=%s",
			       name);
		give("coalition", words);
		for (size_t i = 0; i < N_USES; i++) {
			struct vg_answer a = ask(USES[i].method, USES[i].target,
						 "Bearer vg_ma");
			bool shut = a.status == 403 &&
				    strstr(a.body.p, "problem:scope") != NULL;

			cr_expect(
				eq(int, shut, strcmp(USES[i].scope, name) != 0),
				"%s with %s: %d", USES[i].target, name,
				a.status);
			vg_answer_term(&a);
		}
	}
}

Test(api_who, asks_for_both_where_both_are_shown)
{
	give("MA", "scopes=read:series");
	cr_assert(eq(int, status("GET", "/v1/wall"), 403));
	give("MA", "scopes=read:alerts");
	cr_assert(eq(int, status("GET", "/v1/wall"), 403));
	give("MA", "scopes=read");
	cr_assert(eq(int, status("GET", "/v1/wall"), 200));
}

Test(api_who, gives_no_role_with_a_scope)
{
	give("MA", "scopes=write:alerts");
	cr_assert(eq(int, status("POST", "/v1/silences"), 403));
	give("MA", "scopes=admin role=admin");
	cr_assert(eq(int, status("GET", "/metrics"), 403));
}

Test(api_who, takes_a_token_from_its_ranges_alone)
{
	static const struct {
		const char *from;
		int status;
	} rows[] = {{"192.0.2.1", 200},	       {"192.0.2.255", 200},
		    {"192.0.3.0", 403},	       {"192.0.1.255", 403},
		    {"::ffff:192.0.2.1", 200}, {"2001:db8::1", 200},
		    {"2001:db9::", 403},       {"10.0.0.7", 200},
		    {"10.0.0.8", 403},	       {NULL, 403}};

	give("MA", "from=192.0.2.0/24,2001:db8::/32,10.0.0.7");
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		from = rows[i].from;
		cr_expect(eq(int, status("GET", "/v1/top"), rows[i].status),
			  "%s", from != NULL ? from : "none");
	}
}

Test(api_who, takes_as_many_ranges_as_the_limit_and_not_one_more)
{
	struct vg_token_set set = {0};
	struct vg_buf b = {0};

	vg_buf_printf(&b, "%064d MA from=10.0.0.0", 7);
	for (int i = 1; i < VG_TOKEN_NETS_MAX; i++)
		vg_buf_printf(&b, ",10.0.%d.0", i);
	cr_assert(eq(int,
		     vg_token_parse(&set, f.cfg, "t", vg_slice_of(b.p), &err),
		     VG_OK));
	free(set.token);
	vg_buf_str(&b, ",10.9.9.9");
	cr_assert(eq(int,
		     vg_token_parse(&set, f.cfg, "t", vg_slice_of(b.p), &err),
		     VG_INVAL));
	vg_buf_term(&b);
}

#define GET(a, name) (char *)vg_answer_get(&(a), name)

Test(api_who, tells_each_answer_what_is_left)
{
	struct vg_answer a;

	give("MA", "rate=2/5");
	for (int left = 4; left >= 0; left--) {
		char want[32];

		(void)snprintf(want, sizeof want, "\"token\";r=%d;t=1", left);
		a = ask("GET", "/v1/top", "Bearer vg_ma");
		cr_assert(eq(int, a.status, 200));
		cr_assert(eq(str, GET(a, "RateLimit-Policy"),
			     "\"token\";q=5;w=3"));
		cr_assert(eq(str, GET(a, "RateLimit"), want));
		vg_answer_term(&a);
	}
	a = ask("GET", "/v1/top", "Bearer vg_ma");
	cr_assert(eq(int, a.status, 429));
	cr_assert(eq(str, GET(a, "Retry-After"), "1"));
	cr_assert(eq(str, GET(a, "RateLimit"), "\"token\";r=0;t=1"));
	cr_assert(strstr(a.body.p, "urn:vigie:problem:rate") != NULL);
	vg_answer_term(&a);
	cr_assert(
		eq(int, (int)vg_metric_get(&f.metrics, VG_M_HTTP_LIMITED), 1));
	now_ms += 500;
	cr_assert(eq(int, status("GET", "/v1/top"), 200));
	cr_assert(eq(int, status("GET", "/livez"), 200));
}

Test(api_who, limits_by_the_configuration_where_a_token_says_nothing)
{
	f.cfg->http_rate = 1;
	f.cfg->http_burst = 2;
	give("MA", "");
	cr_assert(eq(int, status("GET", "/v1/top"), 200));
	cr_assert(eq(int, status("GET", "/v1/top"), 200));
	cr_assert(eq(int, status("GET", "/v1/top"), 429));
	give("MA", "rate=0");
	for (int i = 0; i < 10; i++)
		cr_assert(eq(int, status("GET", "/v1/top"), 200));
}

Test(api_who, counts_strangers_by_address_and_holds_up_nobody_else)
{
	int denied = 0, limited = 0;

	f.cfg->http_stranger_rate = 1;
	f.cfg->http_burst = 3;
	from = "2001:db8::1";
	for (int i = 0; i < 5; i++) {
		struct vg_answer a = ask("GET", "/v1/top", "Bearer guess");

		denied += a.status == 401;
		limited += a.status == 429 && GET(a, "Retry-After") != NULL;
		vg_answer_term(&a);
		from = "2001:db8::ffff"; /* of the same network */
	}
	cr_assert(eq(int, denied, 3));
	cr_assert(eq(int, limited, 2));
	cr_assert(eq(int, status("GET", "/v1/top"), 200));
	from = "2001:db8:0:1::1";
	cr_assert(eq(int, api_status(&f, NULL, "/v1/top"), 401));
}

Test(api_who, tells_who_is_asking)
{
	cJSON *me;

	give("MA", "role=analyst name=amal expires=2027-01-01 rate=2/5 "
		   "scopes=read:alerts,write:alerts");
	me = api_json(&f, API_MA, "/v1/me", 200);
	cr_assert(
		eq(str, cJSON_GetObjectItem(me, "viewer")->valuestring, "MA"));
	cr_assert(eq(str, cJSON_GetObjectItem(me, "role")->valuestring,
		     "analyst"));
	cr_assert(
		eq(str, cJSON_GetObjectItem(me, "name")->valuestring, "amal"));
	cr_assert(eq(str, cJSON_GetObjectItem(me, "expires")->valuestring,
		     "2027-01-01T00:00:00Z"));
	cr_assert(eq(int, cJSON_GetArraySize(cJSON_GetObjectItem(me, "scopes")),
		     2));
	cr_assert(
		eq(int,
		   cJSON_GetObjectItem(cJSON_GetObjectItem(me, "rate"), "burst")
			   ->valueint,
		   5));
	cJSON_Delete(me);
	give("MA", "");
	me = api_json(&f, API_MA, "/v1/me", 200);
	cr_assert(cJSON_IsNull(cJSON_GetObjectItem(me, "expires")));
	cr_assert(cJSON_IsNull(cJSON_GetObjectItem(me, "rate")));
	cJSON_Delete(me);
	cr_assert(eq(int, api_status(&f, NULL, "/v1/me"), 401));
}
