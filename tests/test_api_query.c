/* Matrix, compare, distinct, rate, wall; and every table as CSV and NDJSON. */
#include "api/negotiate.h"
#include "api_fixture.h"
#include "fake_world.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

static struct api_fixture f;

static void start(void)
{
	api_fixture_init(&f);
	fake_world()->row_key[0] = "=cmd|' /C calc'!A0";
	fake_world()->row_value[0] = 6;
	fake_world()->row_key[1] = "Sandworm, \"the\" one";
	fake_world()->row_value[1] = 30;
	fake_world()->row_key[2] = "~other";
	fake_world()->row_value[2] = 1;
	fake_world()->n_rows = 3;
	fake_world()->marking = VG_TLP_AMBER;
	fake_world()->view_ready = true;
}

static void finish(void)
{
	api_fixture_term(&f);
}

TestSuite(query, .init = start, .fini = finish);

static struct vg_answer ask_as(const char *accept, const char *target)
{
	return api_ask_as(&f, API_MA, accept, target);
}

static int number(const cJSON *doc, const char *name)
{
	return cJSON_GetObjectItem(doc, name)->valueint;
}

Test(query, a_table_is_csv_that_no_spreadsheet_runs)
{
	struct vg_answer a = ask_as("text/csv", "/v1/top?by=actor&n=2");

	cr_assert(eq(str, a.body.p,
		     "actor,value\r\n"
		     "\"Sandworm, \"\"the\"\" one\",30\r\n"
		     "\"'=cmd|' /C calc'!A0\",6\r\n"));
	cr_assert(strncmp(a.content_type, "text/csv", 8) == 0);
	cr_assert(eq(str, (char *)vg_answer_get(&a, "Vigie-Marking"), "AMBER"));
	vg_answer_term(&a);
}

Test(query, a_table_is_ndjson_one_object_a_line)
{
	struct vg_answer a =
		ask_as("application/x-ndjson",
		       "/v1/series?by=actor&step=1m&from=2026-03-01T11:00:00Z"
		       "&to=2026-03-01T11:01:00Z");

	cr_assert(eq(str, a.body.p,
		     "{\"time\":\"2026-03-01T11:00:00Z\","
		     "\"actor\":\"=cmd|' /C calc'!A0\",\"value\":6}\n"
		     "{\"time\":\"2026-03-01T11:00:00Z\","
		     "\"actor\":\"Sandworm, \\\"the\\\" one\",\"value\":30}\n"
		     "{\"time\":\"2026-03-01T11:00:00Z\","
		     "\"actor\":\"~other\",\"value\":1}\n"));
	vg_answer_term(&a);
}

Test(query, no_data_is_an_empty_field_and_null)
{
	struct vg_answer a;

	fake_world()->row_value[0] = -1;
	fake_world()->n_rows = 1;
	a = ask_as("text/csv", "/v1/series?by=actor&step=1m"
			       "&from=2026-03-01T11:00:00Z"
			       "&to=2026-03-01T11:01:00Z");
	cr_assert(strstr(a.body.p, "A0\",\r\n") != NULL, "%s", a.body.p);
	vg_answer_term(&a);
}

Test(query, every_format_is_refused_that_is_not_offered)
{
	static const char *const paths[] = {
		"/v1/series",
		"/v1/top?by=actor",
		"/v1/matrix?rows=actor&columns=country",
		"/v1/compare?by=actor",
		"/v1/distinct?of=actor",
		"/v1/events/rate",
	};

	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
		struct vg_answer a = ask_as("text/html", paths[i]);

		cr_expect(eq(int, a.status, 406), "%s", paths[i]);
		vg_answer_term(&a);
		for (int k = 0; k < 3; k++) {
			a = ask_as(vg_format_type((enum vg_format)k), paths[i]);
			cr_expect(eq(int, a.status, 200), "%s %s", paths[i],
				  a.body.p);
			vg_answer_term(&a);
		}
	}
}

Test(query, a_matrix_has_rows_and_columns_by_total)
{
	cJSON *doc = api_json(&f, API_MA,
			      "/v1/matrix?rows=actor&columns=country&n=2"
			      "&from=2026-03-01T10:00:00Z"
			      "&to=2026-03-01T11:00:00Z",
			      200);
	const cJSON *cells = cJSON_GetObjectItem(doc, "cells");
	const cJSON *first = cJSON_GetArrayItem(cells, 0);

	cr_assert(eq(int, fake_world()->asked.step, VG_RES_1H));
	cr_assert(eq(int, cJSON_GetArraySize(cells), 2));
	cr_assert(eq(int, cJSON_GetArraySize(first), 3));
	cr_assert(eq(int, cJSON_GetArrayItem(first, 0)->valueint, 30));
	cr_assert(eq(int, cJSON_GetArrayItem(first, 1)->valueint, 0));
	cr_assert(eq(int, number(doc, "total"), 37));
	cr_assert(eq(int, number(doc, "rows_omitted"), 1));
	cJSON_Delete(doc);
}

Test(query, a_matrix_is_of_a_pair_that_is_kept)
{
	cr_assert(
		eq(int, api_status(&f, API_MA, "/v1/matrix?rows=actor"), 400));
	cr_assert(eq(int,
		     api_status(&f, API_MA,
				"/v1/matrix?rows=actor&columns=technique"),
		     422));
	cr_assert(eq(
		int,
		api_status(&f, API_MA, "/v1/matrix?rows=country&columns=actor"),
		200));
}

Test(query, what_costs_too_much_is_refused_with_what_it_costs)
{
	static const char *const paths[] = {
		"/v1/series?by=actor",
		"/v1/top?by=actor",
		"/v1/distinct?of=actor",
		"/v1/matrix?rows=actor&columns=country",
		"/v1/compare?by=actor",
		"/v1/events/rate?by=actor",
		"/v1/wall"};

	fake_world()->query_rc = VG_INVAL;
	fake_world()->query_text = "more than 2000000 cells";
	fake_world()->query_cost = 3000000;
	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
		cJSON *doc = api_json(&f, API_MA, paths[i], 422);

		cr_expect(eq(int, number(doc, "estimate"), 3000000));
		cr_expect(eq(int, number(doc, "limit"), 2000000));
		cJSON_Delete(doc);
	}
}

Test(query, a_comparison_is_with_the_span_before)
{
	cJSON *doc = api_json(&f, API_MA,
			      "/v1/compare?by=actor&n=1"
			      "&from=2026-03-01T10:00:00Z"
			      "&to=2026-03-01T11:00:00Z",
			      200);
	const cJSON *row =
		cJSON_GetArrayItem(cJSON_GetObjectItem(doc, "rows"), 0);

	cr_assert(eq(u32, fake_world()->n_queries, 2));
	cr_assert(eq(i64, fake_world()->asked.to_ms,
		     INT64_C(1772359200000))); /* 10:00 */
	cr_assert(eq(i64, fake_world()->asked.from_ms, INT64_C(1772355600000)));
	cr_assert(eq(int, number(row, "value"), 30));
	cr_assert(eq(int, number(row, "before"), 30));
	cr_assert(eq(int, number(row, "change"), 0));
	cr_assert(eq(dbl, cJSON_GetObjectItem(row, "ratio")->valuedouble, 1.0));
	cr_assert(
		eq(dbl, cJSON_GetObjectItem(row, "share")->valuedouble, 0.810));
	cr_assert(eq(int, number(doc, "rows_omitted"), 2));
	cJSON_Delete(doc);
}

Test(query, a_comparison_reads_buckets_that_reach_back_twice)
{
	/* 1 min is kept for 48 h: 30 h fit, 30 h and 30 h before do not. */
	cr_assert(eq(int,
		     api_status(&f, API_MA,
				"/v1/top?by=actor&from=2026-02-28T06:00:30Z"
				"&to=2026-03-01T12:00:00Z"),
		     200));
	cr_assert(eq(int, fake_world()->asked.step, VG_RES_1M));
	cr_assert(eq(int,
		     api_status(&f, API_MA,
				"/v1/compare?by=actor&from=2026-02-28T06:00:30Z"
				"&to=2026-03-01T12:00:00Z"),
		     200));
	cr_assert(eq(int, fake_world()->asked.step, VG_RES_1H));
	cr_assert(eq(int,
		     api_status(&f, API_MA,
				"/v1/compare?from=1970-01-01T00:00:00Z"
				"&to=1970-01-03T00:00:00Z"),
		     400));
}

Test(query, distinct_counts_values_and_not_the_rest)
{
	cJSON *doc = api_json(&f, API_MA, "/v1/distinct?of=actor", 200);
	const cJSON *rows = cJSON_GetObjectItem(doc, "rows");

	cr_assert(eq(int, cJSON_GetArraySize(rows), 1));
	cr_assert(eq(int, number(cJSON_GetArrayItem(rows, 0), "value"), 2));
	cr_assert(cJSON_IsFalse(cJSON_GetObjectItem(doc, "at_least")));
	cJSON_Delete(doc);

	fake_world()->folded = 1;
	doc = api_json(&f, API_MA, "/v1/distinct?of=actor&by=country", 200);
	rows = cJSON_GetObjectItem(doc, "rows");
	cr_assert(eq(int, cJSON_GetArraySize(rows), 2));
	cr_assert(cJSON_IsTrue(cJSON_GetObjectItem(doc, "at_least")));
	cJSON_Delete(doc);

	fake_world()->n_rows = 0;
	doc = api_json(&f, API_MA, "/v1/distinct?of=actor", 200);
	rows = cJSON_GetObjectItem(doc, "rows");
	cr_assert(eq(int, number(cJSON_GetArrayItem(rows, 0), "value"), 0));
	cJSON_Delete(doc);
	cr_assert(eq(int, api_status(&f, API_MA, "/v1/distinct"), 400));
}

Test(query, a_rate_is_of_whole_buckets)
{
	cJSON *doc = api_json(&f, API_MA, "/v1/events/rate?by=country", 200);
	const cJSON *row =
		cJSON_GetArrayItem(cJSON_GetObjectItem(doc, "rows"), 1);

	cr_assert(eq(i64, fake_world()->asked.to_ms % 60000, 0));
	cr_assert(eq(int, number(doc, "seconds"), 60));
	cr_assert(eq(dbl, cJSON_GetObjectItem(row, "per_second")->valuedouble,
		     0.5));
	cJSON_Delete(doc);
	cr_assert(eq(int, api_status(&f, API_MA, "/v1/events/rate?window=10s"),
		     200));
	cr_assert(eq(int, fake_world()->asked.step, VG_RES_10S));
	cr_assert(eq(
		int,
		api_status(&f, API_MA, "/v1/events/rate?by=actor&window=10s"),
		422));
}

Test(query, a_top_goes_on_where_its_page_ended)
{
	struct vg_answer a = api_ask(&f, API_MA,
				     "/v1/top?by=actor&n=1&from="
				     "2026-03-01T10:00:00Z&to=2026-03-01T11:00:"
				     "00Z");
	const char *link = vg_answer_get(&a, "Link");
	char target[512];
	size_t pages = 0;

	cr_assert(strstr(a.body.p, "\"value\":30") != NULL);
	while (link != NULL && pages++ < 5) {
		(void)snprintf(target, sizeof target, "%.*s",
			       (int)strcspn(link + 1, ">"), link + 1);
		vg_answer_term(&a);
		a = api_ask(&f, API_MA, target);
		cr_assert(eq(int, a.status, 200), "%s: %s", target, a.body.p);
		cr_assert(strstr(a.body.p, "T10:00:00Z") != NULL);
		link = vg_answer_get(&a, "Link");
	}
	cr_assert(eq(sz, pages, 2));
	cr_assert(strstr(a.body.p, "~other\"},\"value\":1}]}") != NULL, "%s",
		  a.body.p);
	vg_answer_term(&a);
	cr_assert(eq(int, api_status(&f, API_MA, "/v1/top?by=actor&after=x"),
		     400));
	cr_assert(eq(int, api_status(&f, API_MA, "/v1/top?by=actor&after=.x"),
		     400));
}

/* Follow Link from `target` to the end, and gather the lines of each page. How
 * many pages. */
static size_t read_pages(const char *accept, const char *target,
			 struct vg_buf *lines)
{
	char next[600];
	size_t pages = 0;
	const char *link = target - 1;

	vg_buf_reset(lines);
	(void)snprintf(next, sizeof next, "%s", target);
	while (link != NULL && pages++ < 9) {
		struct vg_answer a = ask_as(accept, next);

		cr_assert(eq(int, a.status, 200), "%s: %s", next, a.body.p);
		vg_buf_add(lines, a.body.p, a.body.n);
		link = vg_answer_get(&a, "Link");
		if (link != NULL)
			(void)snprintf(next, sizeof next, "%.*s",
				       (int)strcspn(link + 1, ">"), link + 1);
		vg_answer_term(&a);
	}
	return pages;
}

Test(query, pages_together_are_the_whole_in_its_order)
{
	static const char *const lists[] = {
		"/v1/top?by=actor",
		"/v1/top?by=actor,country",
		"/v1/compare?by=actor",
		"/v1/compare?by=actor&order=change",
		"/v1/compare?by=actor,country",
		"/v1/matrix?rows=actor&columns=country",
		"/v1/matrix?rows=country&columns=actor"};
	static const char ndjson[] = "application/x-ndjson";
	struct vg_buf whole = {0}, paged = {0};

	fake_world()->row_value[2] = 6; /* as the first: by key, then */
	for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
		char target[160];

		cr_expect(eq(sz, read_pages(ndjson, lists[i], &whole), 1), "%s",
			  lists[i]);
		(void)snprintf(target, sizeof target, "%s&n=1", lists[i]);
		cr_expect(gt(sz, read_pages(ndjson, target, &paged), 1), "%s",
			  lists[i]);
		cr_expect(eq(str, whole.p, paged.p), "%s", lists[i]);
		cr_expect(gt(sz, read_pages(NULL, target, &paged), 1), "%s",
			  lists[i]);
	}
	vg_buf_term(&whole);
	vg_buf_term(&paged);
}

Test(query, a_page_says_how_many_rows_are_behind_it)
{
	static const char *const lists[] = {
		"/v1/compare?by=actor&n=1",
		"/v1/matrix?rows=actor&columns=country&n=1"};

	for (size_t i = 0; i < 2; i++) {
		char target[160];
		cJSON *doc = api_json(&f, API_MA, lists[i], 200);
		const char *next =
			cJSON_GetStringValue(cJSON_GetObjectItem(doc, "next"));

		cr_assert(eq(int, number(doc, "rows_omitted"), 2));
		cr_assert(eq(str, (char *)next, "30.Sandworm, \"the\" one"));
		(void)snprintf(target, sizeof target, "%s&after=7.x", lists[i]);
		cJSON_Delete(doc);
		doc = api_json(&f, API_MA, target, 200);
		cr_assert(eq(int, number(doc, "rows_omitted"), 1));
		cJSON_Delete(doc);
		(void)snprintf(target, sizeof target, "%s&after=0.x", lists[i]);
		doc = api_json(&f, API_MA, target, 200);
		cr_assert(eq(int, number(doc, "rows_omitted"), 0));
		cr_assert(not(cJSON_HasObjectItem(doc, "next")));
		cJSON_Delete(doc);
		(void)snprintf(target, sizeof target, "%s&after=x", lists[i]);
		cr_assert(eq(int, api_status(&f, API_MA, target), 400));
	}
}

Test(query, a_wall_has_all_that_a_screen_shows)
{
	static const char *const members[] = {
		"window", "step",   "from",	 "to",	   "marking",
		"total",  "series", "countries", "actors", "techniques",
		"arcs",	  "alerts", "partners"};
	cJSON *doc;

	fake_world()->alert[0] = (struct vg_book_alert){
		.id = "a-1",
		.rule = "r",
		.class_name = "MA",
		.start_ms = API_NOW_MS - 1000,
		.end_ms = API_NOW_MS + 1000,
		.json = "{\"id\":\"a-1\",\"title\":\"t\",\"_own\":1,"
			"\"first_seen\":[],\"marking\":\"RED\"}"};
	fake_world()->alert[0].json_len = strlen(fake_world()->alert[0].json);
	fake_world()->alert[1] = fake_world()->alert[0];
	fake_world()->alert[1].class_name = "IL";
	fake_world()->n_alerts = 2;
	doc = api_json(&f, API_MA, "/v1/wall", 200);
	for (size_t i = 0; i < sizeof members / sizeof *members; i++)
		cr_expect(cJSON_GetObjectItem(doc, members[i]) != NULL, "%s",
			  members[i]);
	const cJSON *alerts = cJSON_GetObjectItem(doc, "alerts");
	cr_assert(eq(int, number(alerts, "firing"), 1));
	const cJSON *first =
		cJSON_GetArrayItem(cJSON_GetObjectItem(alerts, "newest"), 0);
	cr_assert(cJSON_GetObjectItem(first, "first_seen") == NULL);
	cr_assert(cJSON_GetObjectItem(first, "_own") == NULL);
	cr_assert(eq(str, cJSON_GetObjectItem(doc, "marking")->valuestring,
		     "RED"));
	cr_assert(eq(int,
		     cJSON_GetArraySize(cJSON_GetObjectItem(doc, "partners")),
		     5));
	cJSON_Delete(doc);
	cr_assert(eq(int, api_status(&f, API_MA, "/v1/wall?window=7d&n=100"),
		     200));
	cr_assert(eq(int, fake_world()->asked.step, VG_RES_1H));
	cr_assert(eq(int, api_status(&f, API_MA, "/v1/wall?n=101"), 400));
	cr_assert(eq(int, api_status(&f, API_MA, "/v1/wall?window=2h"), 400));
}

/* Each "$URL/..." of the page, as a shell would send it. */
Test(query, every_example_of_the_page_is_answered)
{
	FILE *page = fopen(VG_DOCS "/queries.md", "r");
	char line[1024];
	int asked = 0;

	cr_assert(page != NULL);
	while (fgets(line, sizeof line, page) != NULL) {
		char *target = strstr(line, "\"$URL/");

		if (target == NULL)
			continue;
		target += strlen("\"$URL");
		target[strcspn(target, "\"")] = '\0';
		if (strncmp(target, "/v1/stream", 10) == 0)
			continue; /* test_api_stream asks these */
		cr_expect(eq(int, api_status(&f, API_MA, target), 200), "%s",
			  target);
		asked++;
	}
	(void)fclose(page);
	cr_assert(ge(int, asked, 6));
}
