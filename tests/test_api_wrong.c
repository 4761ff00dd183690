/* What is wrong with a request is said so that its sender can mend it: what,
 * where, and what would do. */
#include "api_fixture.h"
#include "fake_world.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>

static struct api_fixture f;

static void start(void)
{
	api_fixture_init(&f);
	fake_world()->view_ready = true;
}

static void finish(void)
{
	api_fixture_term(&f);
}

TestSuite(wrong, .init = start, .fini = finish);

#define SERIES "/v1/series?"

#define IS(target_, status_, what_, remedy_, ...)                              \
	{                                                                      \
		.target = target_, .status = status_, .what = what_,           \
		.remedy = remedy_, __VA_ARGS__                                 \
	}

/* Of reads by MA, where nothing else is said. */
static const struct wrong {
	const char *target;
	int status;
	const char *what, *remedy; /* both are in the answer */
	const char *method, *token, *accept, *type;
} wrongs[] = {
	/* Paths and methods. */
	IS("/v1/seris", 404, "there is nothing at this path", "docs/api.md"),
	IS("/v1/series/", 404, "nothing at this path", "docs/api.md"),
	IS("/v1/series", 405, "/v1/series takes", "GET, HEAD",
	   .method = "POST"),
	IS("/v1/alerts/x/actions", 405, "actions takes", "POST",
	   .method = "DELETE"),
	IS("/api/v1/metadata", 405, "metadata takes", "GET, HEAD",
	   .method = "POST"),
	IS(SERIES "a=%zz", 400, "bad percent-escape", "write % as %25"),
	IS("/exercise/v1/wall", 404, "no exercise is on", "GET /v1/exercise"),
	/* Parameters. */
	IS(SERIES "group=country", 400, "unknown parameter \\\"group\\\"",
	   "takes: by where"),
	IS("/v1/top?by=actor&by=sensor", 400, "\\\"by\\\" is given twice",
	   "give it once"),
	IS("/v1/matrix?rows=actor", 400, "needs the parameter columns",
	   "as in columns=country"),
	IS(SERIES "by=contry", 422, "contry is no field", "\"aggregates\":[{"),
	IS(SERIES "where=contry:MA", 422, "contry is no field",
	   "\"by\":[\"country\"]"),
	IS(SERIES "by=country,sector", 422, "no cells are kept for this comb",
	   "\"aggregates\":[{"),
	IS(SERIES "by=country,country", 400, "by names a field twice", "once"),
	IS(SERIES "by=a,b,c", 422, "more fields than any", "\"aggregates\":[{"),
	IS(SERIES "where=country", 400, "where is FIELD:VALUE", "country:MA"),
	IS(SERIES "where=country:MA&where=country:IL", 400,
	   "where names a field twice", "ask twice"),
	IS(SERIES "step=5m", 400, "step=5m is not one of", "10s 1m 1h 1d"),
	IS(SERIES "step=10s&by=actor", 422, "not kept in buckets of 10s",
	   "\"steps\":[\"1m\",\"1h\",\"1d\"]"),
	IS(SERIES "since=abc", 400, "since is not a cursor", "send since= to"),
	IS("/v1/top?by=actor&n=0", 400, "n=0 is not", "from 1 to 1000"),
	IS("/v1/top?by=actor&n=ten", 400, "n=ten is not", "a whole number"),
	IS("/v1/top?by=actor&n=99999999999999999999", 400, "n=9999",
	   "1 to 1000"),
	IS("/v1/compare?after=x", 400, "after is not a cursor", "`next`"),
	IS("/v1/compare?order=size", 400, "order=size is not", "value change"),
	IS("/v1/events/rate?window=2m", 400, "window=2m is not", "10s 1m 5m"),
	IS("/v1/wall?window=30d", 400, "window=30d is not", "15m 1h 6h 24h 7d"),
	IS("/v1/alerts?state=open", 400, "state=open is not", "firing"),
	IS("/v1/alerts?severity_min=11", 400, "severity_min=11",
	   "from 1 to 10"),
	IS("/v1/alerts?limit=5000", 400, "limit=5000 is not", "1 to 1000"),
	IS("/v1/alerts?since=c&rule=x", 400, "beside another parameter",
	   "since=c"),
	IS("/v1/campaigns?stage=x", 400, "stage=x is not one of", "emerging"),
	/* Times. */
	IS(SERIES "from=yesterday", 400, "from=yesterday is not an RFC 3339",
	   "as in 2026-01-02T03:04:05Z"),
	IS(SERIES "from=1772366400", 400, "from=1772366400 is not",
	   "as in 2026"),
	IS(SERIES "from=2026-02-30T00:00:00Z", 400, "from=2026-02-30", "as in"),
	IS(SERIES "from=2026-03-01T11:00:00+01:00", 400, "from=2026-03-01T11",
	   "written %2B"),
	IS(SERIES "from=2026-03-01T12:00:00Z&to=2026-03-01T11:00:00Z", 400,
	   "from must be earlier than to", "to is not"),
	IS(SERIES "step=10s&from=2020-01-01T00:00:00Z", 422, "more steps than",
	   "\"estimate\":19452961,\"limit\":11000"),
	/* Who asks. */
	IS("/v1/series", 401, "no token was sent",
	   "Authorization: Bearer TOKEN", .token = ""),
	IS("/v1/series", 401, "unknown, expired or revoked", "vigie token list",
	   .token = "Bearer vg_none"),
	IS("/v1/series", 401, "not sent as", "Authorization: Bearer TOKEN",
	   .token = "vg_ma"),
	IS("/metrics", 403, "/metrics is the operator's", "viewer coalition"),
	IS("/v1/rules:reload", 403, "role operator or above", "--role operator",
	   .method = "POST"),
	IS("/v1/alerts/none", 404, "no such alert", "/v1/alerts lists"),
	IS("/misp/none.json", 404, "no such event", "manifest.json lists"),
	/* Forms. */
	IS("/v1/top?by=actor", 406, "/v1/top answers in", "text/csv",
	   .accept = "text/html"),
	IS("/v1/campaigns", 406, "/v1/campaigns answers in", "text/csv",
	   .accept = "text/html"),
	IS("/taxii2/", 406, "\"title\"", "application/taxii+json;version=2.1",
	   .accept = "application/json"),
	IS("/api/v1/query", 415, "send the body as", "x-www-form-urlencoded",
	   .method = "POST", .type = "application/json"),
	/* PromQL. */
	IS("/api/v1/query?query=sum(", 400, "1:5: parse error", "end of input"),
	IS("/api/v1/query?query=a%20or%20b", 400, "1:3", "or is not supported"),
};

static struct vg_answer send(const struct wrong *w)
{
	struct vg_call c = {.method = w->method != NULL ? w->method : "GET",
			    .target = w->target,
			    .accept = w->accept,
			    .authorization = w->token == NULL ? "Bearer vg_ma"
					     : w->token[0] == '\0' ? NULL
								   : w->token,
			    .content_type = w->type,
			    .body = vg_slice_of(w->type != NULL ? "{}" : ""),
			    .now_ms = API_NOW_MS};
	struct vg_answer a;

	vg_api_dispatch(&f.service, &c, &a);
	return a;
}

Test(wrong, requests_are_told_what_is_wrong_and_what_would_do)
{
	for (size_t i = 0; i < sizeof wrongs / sizeof *wrongs; i++) {
		const struct wrong *w = &wrongs[i];
		struct vg_answer a = send(w);

		cr_expect(eq(int, a.status, w->status), "%s: %s", w->target,
			  a.body.p);
		cr_expect(strstr(a.body.p, w->what) != NULL, "%s: %s",
			  w->target, a.body.p);
		cr_expect(strstr(a.body.p, w->remedy) != NULL, "%s: %s",
			  w->target, a.body.p);
		vg_answer_term(&a);
	}
}
