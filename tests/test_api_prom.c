#include "api/credentials.h"
#include "api/prom.h"
#include "api_fixture.h"
#include "core/limits.h"
#include "fake_world.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>

static struct api_fixture f;

static void start(void)
{
	api_fixture_init(&f);
	fake_world()->row_key[0] = "IL";
	fake_world()->row_value[0] = 2;
	fake_world()->row_key[1] = "MA";
	fake_world()->row_value[1] = 5;
	fake_world()->n_rows = 2;
	fake_world()->marking = VG_TLP_AMBER;
	fake_world()->view_ready = true;
}

static void finish(void)
{
	api_fixture_term(&f);
}

TestSuite(prom, .init = start, .fini = finish);

/* The status of `target`; another than 200 is shown. */
static int status_of(const char *target)
{
	struct vg_answer a = api_ask(&f, API_MA, target);
	int status = a.status;

	cr_expect(status == 200, "%s: %s", target, a.body.p);
	vg_answer_term(&a);
	return status;
}

static struct vg_answer post(const char *target, const char *form)
{
	struct vg_call call = {.method = "POST",
			       .target = target,
			       .authorization = "Bearer vg_ma",
			       .content_type =
				       "application/x-www-form-urlencoded",
			       .body = vg_slice_of(form),
			       .now_ms = API_NOW_MS};
	struct vg_answer a;

	vg_api_dispatch(&f.service, &call, &a);
	return a;
}

static void answers(const char *target, int status, const char *body)
{
	struct vg_answer a = api_ask(&f, API_MA, target);

	cr_expect(eq(int, a.status, status), "%s: %s", target, a.body.p);
	cr_expect(eq(str, a.body.p, (char *)body), "%s", target);
	vg_answer_term(&a);
}

#define ERROR(type, text)                                                      \
	"{\"status\":\"error\",\"errorType\":\"" type "\",\"error\":\"" text   \
	"\"}"

Test(prom, answers_grafanas_health_check)
{
	struct vg_answer a = post("/api/v1/query", "query=1%2B1&time=4");

	cr_assert(eq(str, a.body.p,
		     "{\"status\":\"success\",\"data\":{\"resultType\":"
		     "\"scalar\",\"result\":[4,\"2\"]}}"));
	cr_assert(eq(int, a.status, 200));
	vg_answer_term(&a);
	answers("/api/v1/status/buildinfo", 200,
		"{\"status\":\"success\",\"data\":{\"version\":\"2.42.0\","
		"\"revision\":\"\",\"branch\":\"\",\"buildUser\":\"\","
		"\"buildDate\":\"\",\"goVersion\":\"\"}}");
}

Test(prom, answers_an_instant_vector)
{
	/* 2026-03-01T12:00:00Z; a minute has 2 and 5. */
	answers("/api/v1/query?time=1772366400&query=sum%20by%20(country)"
		"%20(increase(vigie_events_total%5B1h%5D))",
		200,
		"{\"status\":\"success\",\"data\":{\"resultType\":\"vector\","
		"\"result\":[{\"metric\":{\"country\":\"IL\"},\"value\":"
		"[1772366400,\"120\"]},{\"metric\":{\"country\":\"MA\"},"
		"\"value\":[1772366400,\"300\"]}]}}");
	cr_assert(eq(i64, fake_world()->asked.from_ms,
		     API_NOW_MS - 500 - 3600000));
	cr_assert(eq(i64, fake_world()->asked.to_ms, API_NOW_MS - 500));
	cr_assert(eq(int, fake_world()->asked.step, VG_RES_1M));
	cr_assert(not(fake_world()->asked.reports));
}

Test(prom, answers_a_matrix_for_a_range)
{
	struct vg_answer a = post(
		"/api/v1/query_range",
		"query=increase(vigie_reports_total%7Bcountry%3D~%22MA%22%7D"
		"%5B1m%5D)&start=1772366280.5&end=2026-03-01T11:59:00.5Z"
		"&step=1m");

	cr_assert(eq(str, a.body.p,
		     "{\"status\":\"success\",\"data\":{\"resultType\":"
		     "\"matrix\",\"result\":[{\"metric\":{\"country\":\"MA\"},"
		     "\"values\":[[1772366280.5,\"5\"],"
		     "[1772366340.5,\"5\"]]}]}}"));
	cr_assert(fake_world()->asked.reports);
	vg_answer_term(&a);
	a = post("/api/v1/query_range",
		 "query=2&start=0&end=2&step=1&unheard=of");
	cr_assert(eq(str, a.body.p,
		     "{\"status\":\"success\",\"data\":{\"resultType\":"
		     "\"matrix\",\"result\":[{\"metric\":{},\"values\":"
		     "[[0,\"2\"],[1,\"2\"],[2,\"2\"]]}]}}"));
	vg_answer_term(&a);
}

Test(prom, says_as_prometheus_does_what_is_wrong)
{
	answers("/api/v1/query", 400,
		ERROR("bad_data",
		      "invalid parameter \\\"query\\\": unknown position: "
		      "parse error: no expression found in input"));
	answers("/api/v1/query?query=1&time=x", 400,
		ERROR("bad_data", "invalid parameter \\\"time\\\": cannot "
				  "parse \\\"x\\\" to a valid timestamp"));
	answers("/api/v1/query?query=1&timeout=soon", 400,
		ERROR("bad_data", "invalid parameter \\\"timeout\\\": cannot "
				  "parse \\\"soon\\\" to a valid duration"));
	answers("/api/v1/query_range?query=1&start=0&end=1&step=1&timeout=x",
		400,
		ERROR("bad_data", "invalid parameter \\\"timeout\\\": cannot "
				  "parse \\\"x\\\" to a valid duration"));
	answers("/api/v1/query?query=stddev(a)", 400,
		ERROR("bad_data", "invalid parameter \\\"query\\\": 1:1: parse "
				  "error: stddev is not supported"));
	answers("/api/v1/query_range?query=1&start=0&end=1", 400,
		ERROR("bad_data", "invalid parameter \\\"step\\\": cannot "
				  "parse \\\"\\\" to a valid duration"));
	answers("/api/v1/query_range?query=1&start=2&end=1&step=1", 400,
		ERROR("bad_data",
		      "invalid parameter \\\"end\\\": end timestamp must not "
		      "be before start time"));
	answers("/api/v1/query_range?query=1&start=0&end=1&step=0", 400,
		ERROR("bad_data",
		      "invalid parameter \\\"step\\\": zero or negative query "
		      "resolution step widths are not accepted. Try a "
		      "positive integer"));
	answers("/api/v1/query_range?query=1&start=0&end=11001&step=1", 400,
		ERROR("bad_data",
		      "exceeded maximum resolution of 11,000 points per "
		      "timeseries. Try decreasing the query resolution "
		      "(?step=XX)"));
	answers("/api/v1/query_range?query=a%5B1m%5D&start=0&end=1&step=1", 400,
		ERROR("bad_data",
		      "invalid parameter \\\"query\\\": invalid expression "
		      "type \\\"range vector\\\" for range query, must be "
		      "Scalar or instant Vector"));
	answers("/api/v1/series", 400,
		ERROR("bad_data", "no match[] parameter provided"));
	answers("/api/v1/label/a-b/values", 400,
		ERROR("bad_data", "invalid label name: \\\"a-b\\\""));
	answers("/api/v1/query?query=vigie_events_total%7Bactor%3D%22a%22,"
		"sector%3D%22b%22%7D",
		400,
		ERROR("bad_data",
		      "vigie_events_total is not kept by (actor, sector): "
		      "docs/prometheus.md lists the label sets"));
}

Test(prom, as_many_points_as_the_limit_are_answered)
{
	cr_assert(eq(int,
		     api_status(&f, API_MA,
				"/api/v1/query_range?query=1&start=0"
				"&end=11000&step=1"),
		     200));
}

Test(prom, tells_what_costs_too_much_from_what_is_away)
{
	fake_world()->query_rc = VG_INVAL;
	fake_world()->query_text = "more than 2000000 cells";
	answers("/api/v1/query?query=vigie_events_total", 422,
		ERROR("execution", "more than 2000000 cells"));
	fake_world()->query_rc = VG_RETRY;
	fake_world()->query_text = "redis: refused";
	cr_assert(eq(int,
		     api_status(&f, API_MA,
				"/api/v1/query?query=vigie_events_total"),
		     503));
	fake_world()->query_rc = VG_INVAL;
	fake_world()->query_text = "redis: WRONGTYPE of vg:{alerts.il:3}";
	answers("/api/v1/query?query=vigie_events_total", 500,
		ERROR("internal", "the operator finds why in the log"));
}

Test(prom, refuses_a_range_that_is_finer_than_what_is_kept)
{
	fake_world()->n_rows = 1;
	/* Ten days back there are hours. */
	answers("/api/v1/query?time=1771502400&query="
		"increase(vigie_events_total%5B5m%5D)",
		422,
		ERROR("execution",
		      "that far back vigie_events_total is kept in steps of "
		      "1h: ask for a range of at least 1h"));
	cr_assert(eq(int,
		     api_status(&f, API_MA,
				"/api/v1/query?time=1771502400&query="
				"increase(vigie_events_total%5B1h%5D)"),
		     200));
	cr_assert(eq(int, fake_world()->asked.step, VG_RES_1H));
}

Test(prom, chooses_buckets_from_question_and_clock_alone)
{
	static const struct {
		const char *query;
		enum vg_res step;
	} cases[] = {
		{"time=1772366380&query=increase(vigie_events_total"
		 "{country=\"MA\"}%5B20s%5D)",
		 VG_RES_10S},
		{"time=1772366380&query=increase(vigie_events_total"
		 "{country=\"MA\"}%5B1m%5D)",
		 VG_RES_10S},
		{"time=1772366387.5&query=increase(vigie_events_total"
		 "{country=\"MA\"}%5B1m%5D)",
		 VG_RES_1M},
		{"time=1772366400&query=increase(vigie_events_total%5B1d%5D)",
		 VG_RES_1M},
		{"time=1772366400&query=increase(vigie_events_total%5B7d%5D)",
		 VG_RES_1H},
		{"time=1772323200&query=increase(vigie_events_total%5B90d%5D)",
		 VG_RES_1D},
	};
	char target[320], encoded[256];

	fake_world()->n_rows = 1;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		size_t n = 0;

		for (const char *c = cases[i].query; *c != '\0'; c++)
			n += (size_t)snprintf(encoded + n, sizeof encoded - n,
					      *c == '"'	  ? "%%22"
					      : *c == '{' ? "%%7B"
					      : *c == '}' ? "%%7D"
							  : "%c",
					      *c);
		(void)snprintf(target, sizeof target, "/api/v1/query?%s",
			       encoded);
		cr_expect(eq(int, status_of(target), 200));
		cr_expect(eq(int, fake_world()->asked.step, cases[i].step),
			  "%s", target);
	}
}

Test(prom, law3_reads_as_the_tokens_viewer)
{
	(void)api_status(&f, API_IL, "/api/v1/query?query=vigie_events_total");
	cr_assert(eq(uint, fake_world()->asked.viewer, 1));
	(void)api_status(&f, API_IL,
			 "/federate?match%5B%5D=vigie_events_total");
	cr_assert(eq(uint, fake_world()->asked.viewer, 1));
	(void)api_status(&f, API_IL, "/api/v1/label/country/values");
	cr_assert(eq(uint, fake_world()->asked.viewer, 1));
}

Test(prom, lists_labels_and_values)
{
	answers("/api/v1/labels?match%5B%5D=vigie_events_total", 200,
		"{\"status\":\"success\",\"data\":[\"__name__\",\"actor\","
		"\"category\",\"country\",\"partner\",\"sector\",\"sensor\","
		"\"severity\",\"source_country\",\"technique\"]}");
	answers("/api/v1/labels?match%5B%5D=vigie_events_total%7Bactor%3D%22x"
		"%22%7D",
		200,
		"{\"status\":\"success\",\"data\":[\"__name__\",\"actor\","
		"\"country\"]}");
	answers("/api/v1/label/__name__/values", 200,
		"{\"status\":\"success\",\"data\":[\"vigie_alerts_firing\","
		"\"vigie_events_total\",\"vigie_partner_state\","
		"\"vigie_reports_total\"]}");
	answers("/api/v1/label/country/values", 200,
		"{\"status\":\"success\",\"data\":[\"IL\",\"MA\"]}");
	answers("/api/v1/label/country/values?limit=1", 200,
		"{\"status\":\"success\",\"data\":[\"IL\"],\"warnings\":"
		"[\"results truncated due to limit\"]}");
	answers("/api/v1/label/nothing/values", 200,
		"{\"status\":\"success\",\"data\":[]}");
	answers("/api/v1/label/sector/values?match%5B%5D=vigie_events_total%7B"
		"actor%3D%22x%22%7D",
		200,
		"{\"status\":\"success\",\"data\":[],\"warnings\":[\"no "
		"counter is kept by these labels together\"]}");
	answers("/api/v1/series?match%5B%5D=vigie_events_total%7Bcountry!%3D"
		"%22%22%7D",
		200,
		"{\"status\":\"success\",\"data\":[{\"__name__\":"
		"\"vigie_events_total\",\"country\":\"IL\"},{\"__name__\":"
		"\"vigie_events_total\",\"country\":\"MA\"}]}");
}

Test(prom, federates_as_text)
{
	/* 12 h and the minute that has begun, 5 a minute. */
	answers("/federate?match%5B%5D=vigie_events_total%7Bcountry%3D~%22MA"
		"%22%7D",
		200,
		"# TYPE vigie_events_total counter\n"
		"vigie_events_total{country=\"MA\"} 3605\n");
}

static void put_alert(size_t i, const char *class_name, const char *rule)
{
	static const char json[] =
		"{\"id\":\"a-1\",\"rule\":\"cross\",\"title\":\"One actor\","
		"\"severity\":8,\"group\":{\"actor\":\"x\"},\"peak\":3,"
		"\"countries\":[\"MA\",\"IL\"],\"marking\":\"AMBER\","
		"\"updated_at\":\"2026-03-01T11:30:00.000Z\"}";

	fake_world()->alert[i] =
		(struct vg_book_alert){.id = "a-1",
				       .rule = rule,
				       .fingerprint = "00ff",
				       .class_name = class_name,
				       .start_ms = API_NOW_MS - 1800500,
				       .end_ms = API_NOW_MS + 3600000 - 500,
				       .severity = 8,
				       .json = json,
				       .json_len = sizeof json - 1};
	fake_world()->n_alerts = i + 1;
	fake_world()->book_ready = true;
}

Test(prom, shows_alerts_in_the_words_of_prometheus_and_alertmanager)
{
	put_alert(0, "MA", "cross");
	answers("/api/v1/alerts", 200,
		"{\"status\":\"success\",\"data\":{\"alerts\":[{\"labels\":"
		"{\"alertname\":\"cross\",\"severity\":\"8\",\"viewer\":"
		"\"MA\",\"vigie_id\":\"a-1\",\"actor\":\"x\"},"
		"\"annotations\":{\"summary\":\"One actor\",\"countries\":"
		"\"MA,IL\",\"marking\":\"AMBER\"},\"state\":\"firing\","
		"\"activeAt\":\"2026-03-01T11:30:00.000Z\",\"value\":\"3\"}]}"
		"}");
	answers("/api/v2/alerts", 200,
		"[{\"labels\":{\"alertname\":\"cross\",\"severity\":\"8\","
		"\"viewer\":\"MA\",\"vigie_id\":\"a-1\",\"actor\":\"x\"},"
		"\"annotations\":{\"summary\":\"One actor\",\"countries\":"
		"\"MA,IL\",\"marking\":\"AMBER\"},\"startsAt\":"
		"\"2026-03-01T11:30:00.000Z\",\"endsAt\":"
		"\"2026-03-01T13:00:00.000Z\",\"updatedAt\":"
		"\"2026-03-01T11:30:00.000Z\",\"fingerprint\":\"00ff\","
		"\"generatorURL\":\"\",\"status\":{\"state\":\"active\","
		"\"silencedBy\":[],\"inhibitedBy\":[]},\"receivers\":"
		"[{\"name\":\"vigie\"}]}]");
	answers("/api/v2/alerts?filter=actor%3D%22y%22", 200, "[]");
	answers("/api/v2/alerts?filter=actor%3Dy", 200, "[]");
	answers("/api/v2/alerts?filter=actor%3D~y%7Cz", 200, "[]");
	answers("/api/v2/alerts?filter=actor!%3Dx", 200, "[]");
	answers("/api/v2/alerts?filter=actor!%3D%22y%22&active=false", 200,
		"[]");
	cr_expect(eq(int, api_status(&f, API_MA, "/api/v2/alerts?filter=%7Ba"),
		     400));
	answers("/api/v1/query?query=vigie_alerts_firing&time=1772366400", 200,
		"{\"status\":\"success\",\"data\":{\"resultType\":\"vector\","
		"\"result\":[{\"metric\":{\"__name__\":\"vigie_alerts_firing\","
		"\"rule\":\"cross\",\"severity\":\"8\"},\"value\":"
		"[1772366400,\"1\"]}]}}");
}

Test(prom, law3_hides_alerts_and_their_rules_of_other_viewers)
{
	static const char *const paths[] = {"/api/v1/alerts", "/api/v1/rules",
					    "/api/v2/alerts",
					    "/api/v2/alerts/groups"};

	put_alert(0, "IL", "cross");
	for (size_t i = 0; i < 4; i++) {
		struct vg_answer a = api_ask(&f, API_MA, paths[i]);

		cr_expect(strstr(a.body.p, "cross") == NULL, "%s", paths[i]);
		vg_answer_term(&a);
		a = api_ask(&f, API_IL, paths[i]);
		cr_expect(strstr(a.body.p, "cross") != NULL, "%s", paths[i]);
		vg_answer_term(&a);
	}
}

Test(prom, takes_the_token_as_a_password_too)
{
	/* token:vg_ma, other:vg_ma, vg_ma */
	static const struct {
		const char *authorization;
		bool ok;
	} cases[] = {{"Basic dG9rZW46dmdfbWE=", true},
		     {"basic  dG9rZW46dmdfbWE=", true},
		     {"Basic b3RoZXI6dmdfbWE=", false},
		     {"Basic dmdfbWE=", false},
		     {"Basic dG9rZW46", false},
		     {"Basic %%%", false},
		     {"Basic", false}};
	char room[VG_CREDENTIALS_ROOM];
	struct vg_slice token;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		cr_expect(vg_credentials(cases[i].authorization, room,
					 &token) == cases[i].ok,
			  "%s", cases[i].authorization);
	cr_assert(vg_credentials(cases[0].authorization, room, &token));
	cr_assert(vg_slice_eq(token, vg_slice_of("vg_ma")));
}

Test(prom, prints_numbers_that_read_back_the_same)
{
	static const struct {
		double v;
		const char *text;
	} cases[] = {{0, "0"},	      {-0.0, "-0"},
		     {1.5, "1.5"},    {9007199254740991.0, "9007199254740991"},
		     {0.1, "0.1"},    {1.0 / 3, "0.3333333333333333"},
		     {1e-7, "1e-07"}, {-12, "-12"}};
	char text[32];

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		vg_prom_number(text, cases[i].v);
		cr_expect(eq(str, text, (char *)cases[i].text));
	}
	vg_prom_number(text, HUGE_VAL);
	cr_expect(eq(str, text, "+Inf"));
	vg_prom_number(text, -HUGE_VAL);
	cr_expect(eq(str, text, "-Inf"));
	vg_prom_number(text, nan(""));
	cr_expect(eq(str, text, "NaN"));
}

Test(prom, a_form_must_say_that_it_is_one)
{
	struct vg_call call = {.method = "POST",
			       .target = "/api/v1/query",
			       .authorization = "Bearer vg_ma",
			       .content_type = "application/json",
			       .body = vg_slice_of("{}"),
			       .now_ms = API_NOW_MS};
	struct vg_answer a;

	vg_api_dispatch(&f.service, &call, &a);
	cr_assert(eq(int, a.status, 415));
	vg_answer_term(&a);
	cr_assert(vg_api_takes_body("POST", "/api/v1/query"));
	cr_assert(not(vg_api_takes_body("GET", "/api/v1/query")));
	cr_assert(not(vg_api_takes_body("POST", "/v1/series")));
}
