#include "api_fixture.h"
#include "core/limits.h"
#include "fake_world.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

static struct api_fixture f;

static void start(void)
{
	api_fixture_init(&f);
	fake_world()->row_key[0] = "AE";
	fake_world()->row_value[0] = 0;
	fake_world()->row_key[1] = "MA\"\n";
	fake_world()->row_value[1] = -1;
	fake_world()->row_key[2] = "US";
	fake_world()->row_value[2] = INT64_C(9007199254740991);
	fake_world()->n_rows = 3;
	fake_world()->marking = VG_TLP_STRICT;
}

static void finish(void)
{
	api_fixture_term(&f);
}

TestSuite(series, .init = start, .fini = finish);

#define TWO_MINUTES "from=2026-03-01T11:00:00Z&to=2026-03-01T11:02:00Z"

Test(series, answers_in_exactly_the_documented_form)
{
	struct vg_answer a = api_ask(
		&f, API_MA, "/v1/series?by=country&step=1m&" TWO_MINUTES);

	cr_assert(eq(
		str, a.body.p,
		"{\"measure\":\"events\",\"by\":[\"country\"],\"step\":\"1m\","
		"\"from\":\"2026-03-01T11:00:00Z\","
		"\"to\":\"2026-03-01T11:02:00Z\","
		"\"marking\":\"AMBER+STRICT\","
		"\"times\":[\"2026-03-01T11:00:00Z\","
		"\"2026-03-01T11:01:00Z\"],\"series\":["
		"{\"key\":{\"country\":\"AE\"},\"values\":[0,0]},"
		"{\"key\":{\"country\":\"MA\\\"\\n\"},\"values\":[null,null]},"
		"{\"key\":{\"country\":\"US\"},\"values\":"
		"[9007199254740991,9007199254740991]}]}"));
	vg_answer_term(&a);
}

Test(series, law5_names_the_partners_of_which_names_were_folded)
{
	struct vg_answer a;

	fake_world()->folded =
		UINT64_C(1)
			<< vg_config_partner(f.cfg, vg_slice_of("IL"))->slot |
		UINT64_C(1)
			<< vg_config_partner(f.cfg, vg_slice_of("MA"))->slot;
	a = api_ask(&f, API_MA, "/v1/series?by=actor&" TWO_MINUTES);
	cr_assert(strstr(a.body.p, "\"folded\":[\"MA\",\"IL\"],") != NULL, "%s",
		  a.body.p);
	vg_answer_term(&a);
	a = api_ask(&f, API_MA, "/v1/top?by=actor&" TWO_MINUTES);
	cr_assert(strstr(a.body.p, "\"folded\":[\"MA\",\"IL\"],") != NULL);
	vg_answer_term(&a);
}

Test(series, has_no_marking_when_no_cell_was_used)
{
	struct vg_answer a;

	fake_world()->n_rows = 0;
	fake_world()->marking = -1;
	a = api_ask(&f, API_MA, "/v1/series?by=actor&" TWO_MINUTES);
	cr_assert(strstr(a.body.p, "\"marking\":null") != NULL);
	cr_assert(strstr(a.body.p, "\"series\":[]") != NULL);
	vg_answer_term(&a);
}

Test(series, asks_for_the_last_hour_of_the_total_by_default)
{
	const struct vg_query *q = &fake_world()->asked;

	cr_assert(eq(int, api_status(&f, API_IL, "/v1/series"), 200));
	cr_assert(eq(uint, q->viewer, 1));
	cr_assert(eq(uint, q->n_by + q->n_where, 0));
	cr_assert(not(q->reports));
	cr_assert(eq(int, q->step, VG_RES_10S));
	cr_assert(eq(i64, q->from_ms, API_NOW_MS - 500 - 3600000));
	cr_assert(eq(i64, q->to_ms, API_NOW_MS - 500 + 10000));
	cr_assert(eq(i64, q->now_ms, API_NOW_MS));
}

Test(series, rounds_the_range_out_to_whole_steps)
{
	const struct vg_query *q = &fake_world()->asked;

	cr_assert(eq(int,
		     api_status(&f, API_MA,
				"/v1/series?by=country&step=1h"
				"&from=2026-03-01T10:59:59.999Z"
				"&to=2026-03-01T11:00:00.001Z"),
		     200));
	cr_assert(eq(i64, q->from_ms, API_NOW_MS - 500 - 2 * 3600000));
	cr_assert(eq(i64, q->to_ms, API_NOW_MS - 500));
	cr_assert(eq(uint, fake_world()->n_stores, 1));
}

Test(series, chooses_the_step_from_range_and_clock_alone)
{
	static const struct {
		const char *query;
		enum vg_res step;
	} cases[] = {
		{"by=country&from=2026-03-01T11:00:00Z", VG_RES_10S},
		{"by=actor&from=2026-03-01T11:00:00Z", VG_RES_1M},
		{"by=country&from=2026-03-01T09:00:00Z"
		 "&to=2026-03-01T09:10:00Z",
		 VG_RES_1M},
		{"by=country&from=2026-02-28T23:00:00Z", VG_RES_1H},
		{"by=country&from=2026-02-26T00:00:00Z"
		 "&to=2026-02-26T01:00:00Z",
		 VG_RES_1H},
		{"by=country&from=2026-01-29T00:00:00Z", VG_RES_1D},
		{"by=country&from=2025-03-01T00:00:00Z"
		 "&to=2025-03-01T01:00:00Z",
		 VG_RES_1D},
	};
	char target[200];

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		(void)snprintf(target, sizeof target, "/v1/series?%s",
			       cases[i].query);
		cr_expect(eq(int, api_status(&f, API_MA, target), 200), "%s",
			  target);
		cr_expect(eq(int, fake_world()->asked.step, cases[i].step),
			  "%s", target);
	}
}

Test(series, takes_fields_of_an_aggregate_in_any_order_and_place)
{
	static const char *const good[] = {
		"by=country,actor",
		"by=actor,country",
		"by=country&where=actor:x",
		"where=actor:x&where=country:MA",
		"by=country&where=country:MA",
		"by=technique,country&where=country:MA",
		"where=actor:a:b%20c",
		"by=&where=severity:5",
	};
	char target[200];

	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		(void)snprintf(target, sizeof target, "/v1/series?%s&%s",
			       good[i], TWO_MINUTES);
		cr_expect(eq(int, api_status(&f, API_MA, target), 200), "%s",
			  good[i]);
	}
}

Test(series, lists_the_aggregates_when_there_are_no_cells)
{
	static const char *const bad[] = {
		"by=colour",
		"by=actor,sector",
		"by=country,source",
		"by=actor,country,sensor",
		"by=actor&where=sensor:s1",
		"where=a:1&where=b:2&where=c:3",
		"by=COUNTRY",
		"by=actor&step=10s",
		"by=,",
	};
	char target[200];

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		cJSON *doc, *list, *first;

		(void)snprintf(target, sizeof target, "/v1/series?%s", bad[i]);
		doc = api_json(&f, API_MA, target, 422);
		list = cJSON_GetObjectItem(doc, "aggregates");
		cr_expect(eq(int, cJSON_GetArraySize(list), VG_AGG_SERIES_N));
		first = cJSON_GetArrayItem(list, 0);
		cr_expect(eq(
			int,
			cJSON_GetArraySize(cJSON_GetObjectItem(first, "steps")),
			4));
		cJSON_Delete(doc);
	}
	cr_assert(eq(uint, fake_world()->n_queries, 0));
}

Test(series, refuses_what_is_not_counted_here)
{
	struct vg_err err;
	cJSON *j;

	cr_assert(eq(int, vg_plan_count_series(f.plan, "actor", &err), VG_OK));
	cr_assert(eq(int, api_status(&f, API_MA, "/v1/series?by=actor"), 200));
	cr_assert(eq(int, api_status(&f, API_MA, "/v1/series"), 200));
	j = api_json(&f, API_MA, "/v1/series?by=country", 422);
	cr_assert(strstr(cJSON_GetObjectItem(j, "detail")->valuestring,
			 "series.counted") != NULL);
	cJSON_Delete(j);
}

Test(series, refuses_bad_values_with_400)
{
	static const char *const bad[] = {
		"measure=bytes",
		"step=5m",
		"step=",
		"from=yesterday",
		"from=2026-03-01",
		"to=",
		"from=2026-03-01T00:00:00+01:00",
		"from=2026-03-01T12:00:00Z&to=2026-03-01T12:00:00Z",
		"from=2026-03-02T00:00:00Z",
		"to=1970-01-01T00:00:00Z",
		"where=actor",
		"where=:x",
		"where=actor:",
		"where=actor:a&where=actor:b",
		"by=actor,actor",
	};
	char target[200];

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		(void)snprintf(target, sizeof target, "/v1/series?%s", bad[i]);
		cr_expect(eq(int, api_status(&f, API_MA, target), 400), "%s",
			  bad[i]);
	}
	cr_assert(eq(uint, fake_world()->n_queries, 0));
}

Test(series, takes_an_offset_whose_plus_is_escaped)
{
	cr_assert(eq(int,
		     api_status(&f, API_MA,
				"/v1/series?from=2026-03-01T12:00:00%2B01:00"),
		     200));
	cr_assert(eq(i64, fake_world()->asked.from_ms,
		     API_NOW_MS - 500 - 3600000));
}

Test(series, gives_as_many_steps_as_the_limit_and_an_estimate_past_it)
{
	/* 11,000 minutes are 7 d 15 h 20 min. */
	cJSON *doc;

	cr_assert(eq(int,
		     api_status(&f, API_MA,
				"/v1/series?step=1m&from=2026-02-01T00:00:00Z"
				"&to=2026-02-08T15:20:00Z"),
		     200));
	doc = api_json(&f, API_MA,
		       "/v1/series?step=1m&from=2026-02-01T00:00:00Z"
		       "&to=2026-02-08T15:20:00.001Z",
		       422);
	cr_assert(eq(int, cJSON_GetObjectItem(doc, "estimate")->valueint,
		     VG_QUERY_POINTS_MAX + 1));
	cr_assert(eq(int, cJSON_GetObjectItem(doc, "limit")->valueint,
		     VG_QUERY_POINTS_MAX));
	cJSON_Delete(doc);
}

Test(series, is_unprocessable_when_the_query_costs_too_much)
{
	fake_world()->query_rc = VG_INVAL;
	fake_world()->query_text = "narrow the time";
	cJSON *doc = api_json(&f, API_MA, "/v1/series?by=sensor", 422);

	cr_assert(eq(str, cJSON_GetObjectItem(doc, "detail")->valuestring,
		     "narrow the time"));
	cJSON_Delete(doc);
}

Test(series, says_try_again_while_the_store_is_away_and_spares_it)
{
	struct vg_answer a;

	fake_world()->query_rc = VG_RETRY;
	fake_world()->query_text = "redis 127.0.0.1:1: refused";
	a = api_ask(&f, API_MA, "/v1/series?by=country&step=1h");
	cr_assert(eq(int, a.status, 503));
	cr_assert(eq(str, (char *)vg_answer_get(&a, "Retry-After"), "2"));
	cr_assert(strstr(a.body.p, "127.0.0.1") == NULL);
	vg_answer_term(&a);
	cr_assert(eq(uint, fake_world()->n_queries, 1));

	/* Within the back-off nobody waits for it again. */
	fake_world()->query_rc = VG_OK;
	cr_assert(eq(int, api_status(&f, API_MA, "/v1/top?by=actor"), 200));
	cr_assert(eq(int,
		     api_status(&f, API_MA, "/v1/series?by=country&step=1d"),
		     503));
	cr_assert(eq(uint, fake_world()->n_queries, 2));
}

Test(series, does_not_ask_the_store_while_the_view_is_stale)
{
	fake_world()->fresh.stale = true;
	cr_assert(eq(int,
		     api_status(&f, API_MA, "/v1/series?by=country&step=1h"),
		     503));
	cr_assert(eq(uint, fake_world()->n_queries, 0));
	cr_assert(eq(int,
		     api_status(&f, API_MA, "/v1/series?by=country&step=1m"),
		     200));
}

Test(series, keeps_what_the_store_says_from_the_asker)
{
	struct vg_answer a;

	fake_world()->query_rc = VG_INVAL;
	fake_world()->query_text = "redis: WRONGTYPE of key vg:{alerts.il:3}";
	a = api_ask(&f, API_MA, "/v1/series?by=country&step=1h");
	cr_assert(eq(int, a.status, 500));
	cr_assert(strstr(a.body.p, "alerts.il") == NULL);
	cr_assert(strstr(a.fault.text, "alerts.il") != NULL);
	vg_answer_term(&a);
}

Test(series, uses_one_connection_again)
{
	for (int i = 0; i < 3; i++)
		cr_assert(eq(
			int,
			api_status(&f, API_MA, "/v1/series?by=country&step=1h"),
			200));
	cr_assert(eq(uint, fake_world()->n_stores, 1));
}

Test(top, answers_in_exactly_the_documented_form, .init = start, .fini = finish)
{
	struct vg_answer a;

	fake_world()->row_value[1] = 5;
	a = api_ask(&f, API_MA,
		    "/v1/top?by=country&n=2&measure=reports&" TWO_MINUTES);
	cr_assert(
		eq(str, a.body.p,
		   "{\"measure\":\"reports\",\"by\":[\"country\"],"
		   "\"from\":\"2026-03-01T11:00:00Z\","
		   "\"to\":\"2026-03-01T11:02:00Z\","
		   "\"marking\":\"AMBER+STRICT\",\"rows\":["
		   "{\"key\":{\"country\":\"US\"},\"value\":9007199254740991},"
		   "{\"key\":{\"country\":\"MA\\\"\\n\"},\"value\":5}],"
		   "\"next\":\"5.MA\\\"\\n\"}"));
	cr_assert(fake_world()->asked.reports);
	cr_assert(fake_world()->asked.totals);
	vg_answer_term(&a);
}

Test(top, reads_the_coarsest_buckets_that_fit, .init = start, .fini = finish)
{
	static const struct {
		const char *query;
		enum vg_res step;
	} cases[] = {
		{"by=country&from=2026-02-20T00:00:00Z"
		 "&to=2026-02-27T00:00:00Z",
		 VG_RES_1D},
		{"by=country&from=2026-02-20T01:00:00Z"
		 "&to=2026-02-27T00:00:00Z",
		 VG_RES_1H},
		{"by=country&from=2026-03-01T11:30:00Z"
		 "&to=2026-03-01T12:00:00Z",
		 VG_RES_1M},
		{"by=country", VG_RES_10S},
		{"by=actor", VG_RES_1M},
		{"by=country&from=2026-03-01T00:00:01Z"
		 "&to=2026-03-01T12:00:00Z",
		 VG_RES_1M},
		{"by=country&from=2026-02-01T00:00:01Z"
		 "&to=2026-02-02T12:00:00Z",
		 VG_RES_1H},
		{"by=country&from=2025-02-01T00:00:01Z"
		 "&to=2025-02-02T12:00:00Z",
		 VG_RES_1D},
	};
	char target[200];

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		(void)snprintf(target, sizeof target, "/v1/top?%s",
			       cases[i].query);
		cr_expect(eq(int, api_status(&f, API_MA, target), 200), "%s",
			  target);
		cr_expect(eq(int, fake_world()->asked.step, cases[i].step),
			  "%s", target);
	}
}

Test(top, gives_as_many_rows_as_the_limit_and_refuses_more, .init = start,
     .fini = finish)
{
	cr_assert(eq(int, api_status(&f, API_MA, "/v1/top?by=actor&n=1"), 200));
	cr_assert(eq(int, api_status(&f, API_MA, "/v1/top?by=actor&n=1000"),
		     200));
	cr_assert(eq(int, api_status(&f, API_MA, "/v1/top?by=actor&n=1001"),
		     400));
	cr_assert(eq(int, api_status(&f, API_MA, "/v1/top?by=actor&n=0"), 400));
	cr_assert(
		eq(int, api_status(&f, API_MA, "/v1/top?by=actor&n=-1"), 400));
	cr_assert(
		eq(int, api_status(&f, API_MA, "/v1/top?by=actor&n=1.5"), 400));
	cr_assert(eq(int, api_status(&f, API_MA, "/v1/top?n="), 400));
	cr_assert(eq(int,
		     api_status(&f, API_MA, "/v1/top?n=1000000000000000000000"),
		     400));
}
