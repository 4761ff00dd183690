#include "api/alert_out.h"
#include "api_fixture.h"
#include "fake_world.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

static struct api_fixture f;

static void start(void)
{
	api_fixture_init(&f);
}

static void finish(void)
{
	api_fixture_term(&f);
}

TestSuite(alerts, .init = start, .fini = finish);

static const char DOC[] = "{\"id\":\"x\",\"_offset\":7,\"marking\":\"GREEN\","
			  "\"ledger\":[{\"_partition\":1,\"country\":\"MA\"}],"
			  "\"start\":\"2026-03-01T11:00:00Z\"}";

/* Append an alert that starts `ago_ms` before now and lasts an hour. */
static struct vg_book_alert *put(const char *id, const char *class_name,
				 int64_t ago_ms)
{
	struct vg_book_alert *a =
		&fake_world()->alert[fake_world()->n_alerts++];

	*a = (struct vg_book_alert){.id = id,
				    .rule = "r1",
				    .fingerprint = id,
				    .class_name = class_name,
				    .start_ms = API_NOW_MS - ago_ms,
				    .end_ms = API_NOW_MS - ago_ms + 3600000,
				    .resolve_after_ms = 3600000,
				    .severity = 5,
				    .json = DOC,
				    .json_len = sizeof DOC - 1};
	return a;
}

static int count(const char *token, const char *target)
{
	cJSON *doc = api_json(&f, token, target, 200);
	int n = cJSON_GetArraySize(cJSON_GetObjectItem(doc, "alerts"));

	cJSON_Delete(doc);
	return n;
}

Test(alerts, are_written_with_state_and_without_private_members)
{
	struct vg_answer a;

	(void)put("x", "MA", 1000);
	a = api_ask(&f, API_MA, "/v1/alerts");
	cr_assert(eq(str, a.body.p,
		     "{\"marking\":\"GREEN\",\"alerts\":[{\"id\":\"x\","
		     "\"marking\":\"GREEN\",\"ledger\":[{\"country\":\"MA\"}],"
		     "\"start\":\"2026-03-01T11:00:00Z\","
		     "\"state\":\"firing\",\"campaign\":{\"stage\":"
		     "\"sustained\",\"since\":\"2026-03-01T11:59:59.500Z\","
		     "\"countries\":[],\"velocity\":null}}]}"));
	cr_assert(vg_answer_get(&a, "Link") == NULL);
	vg_answer_term(&a);
}

static struct vg_answer ask_as(const char *accept, const char *target)
{
	return api_ask_as(&f, API_MA, accept, target);
}

Test(alerts, are_a_table_when_asked_for_one)
{
	static const char doc[] =
		"{\"id\":\"x\",\"rule\":\"r1\",\"title\":\"=1+1, a\","
		"\"severity\":8,\"group\":{\"actor\":\"a b\",\"n\":\"1\"},"
		"\"_offset\":7,\"marking\":\"GREEN\",\"end\":null,\"peak\":3,"
		"\"countries\":[\"MA\",\"IL\"]}";
	struct vg_book_alert *alert = put("x", "MA", 1000);
	struct vg_answer a;

	alert->json = doc;
	alert->json_len = sizeof doc - 1;
	(void)put("y", "MA", 2000);
	a = ask_as("text/csv", "/v1/alerts?limit=1");
	cr_assert(eq(str, a.body.p,
		     "id,rule,title,severity,state,start,end,peak,class,group,"
		     "marking,countries,partners,detected_at,updated_at\r\n"
		     "x,r1,\"'=1+1, a\",8,firing,,,3,,actor=a b n=1,GREEN,"
		     "MA IL,,,\r\n"));
	cr_assert(eq(str, (char *)a.content_type,
		     "text/csv; charset=utf-8; header=present"));
	cr_assert(eq(str, (char *)vg_answer_get(&a, "Vigie-Marking"), "GREEN"));
	cr_assert(strstr(vg_answer_get(&a, "Link"), "rel=\"next\"") != NULL);
	vg_answer_term(&a);
}

Test(alerts, are_lines_of_json_when_asked_for_them)
{
	struct vg_answer a;
	cJSON *one;

	(void)put("x", "MA", 1000);
	(void)put("y", "MA", 2000);
	a = ask_as("application/x-ndjson", "/v1/alerts");
	cr_assert(eq(int, a.status, 200));
	one = cJSON_Parse(a.body.p);
	cr_assert(eq(str, cJSON_GetObjectItem(one, "state")->valuestring,
		     "firing"));
	cJSON_Delete(one);
	cr_assert(strstr(a.body.p, "}\n{") != NULL);
	cr_assert(eq(int, a.body.p[a.body.n - 1], '\n'));
	vg_answer_term(&a);
}

Test(alerts, refuse_a_table_of_a_delta_and_what_they_are_not)
{
	static const char *const wrong[][2] = {
		{"text/csv", "/v1/alerts?since=c"},
		{"text/html", "/v1/alerts"}};

	for (size_t i = 0; i < 2; i++) {
		struct vg_answer a = ask_as(wrong[i][0], wrong[i][1]);

		cr_expect(eq(int, a.status, 406), "%s", wrong[i][1]);
		vg_answer_term(&a);
	}
}

Test(alerts, law3_of_another_clearance_class_are_not_listed_nor_found)
{
	struct vg_answer hidden, absent;

	(void)put("x", "MA", 1000);
	(void)put("y", "IL+MA", 2000);
	(void)put("z", "coalition", 3000);
	cr_assert(eq(int, count(API_MA, "/v1/alerts"), 2));
	cr_assert(eq(int, count(API_IL, "/v1/alerts"), 1));
	cr_assert(eq(int, count(API_SOC, "/v1/alerts"), 1));
	cr_assert(eq(int, api_status(&f, API_MA, "/v1/alerts/y"), 200));
	cr_assert(eq(int, api_status(&f, API_IL, "/v1/alerts/y"), 200));

	hidden = api_ask(&f, API_IL, "/v1/alerts/x");
	fake_world()->n_alerts = 0;
	absent = api_ask(&f, API_IL, "/v1/alerts/x");
	cr_assert(eq(int, hidden.status, 404));
	cr_assert(eq(str, hidden.body.p, absent.body.p));
	cr_assert(eq(uint, hidden.n_headers, absent.n_headers));
	cr_assert(eq(uint, fake_world()->n_stores, 1));
	vg_answer_term(&hidden);
	vg_answer_term(&absent);
}

Test(alerts, belong_to_a_class_by_whole_names)
{
	cr_assert(vg_alert_class_has("MA", "MA"));
	cr_assert(vg_alert_class_has("IL+MA+US", "MA"));
	cr_assert(vg_alert_class_has("IL+MA", "MA"));
	cr_assert(not(vg_alert_class_has("MAR+IL", "MA")));
	cr_assert(not(vg_alert_class_has("IL+MAR", "MA")));
	cr_assert(not(vg_alert_class_has("", "MA")));
	cr_assert(not(vg_alert_sees(&(struct vg_book_alert){.class_name = "MA"},
				    NULL)));
}

Test(alerts, fire_until_their_end_and_recover_for_resolve_after)
{
	struct vg_book_alert a = {.end_ms = 1000, .resolve_after_ms = 500};

	cr_assert(eq(int, vg_alert_state(&a, 999), VG_ALERT_FIRING));
	cr_assert(eq(int, vg_alert_state(&a, 1000), VG_ALERT_RECOVERING));
	cr_assert(eq(int, vg_alert_state(&a, 1499), VG_ALERT_RECOVERING));
	cr_assert(eq(int, vg_alert_state(&a, 1500), VG_ALERT_RESOLVED));
	a.resolve_after_ms = 0;
	cr_assert(eq(int, vg_alert_state(&a, 1000), VG_ALERT_RESOLVED));
	a.end_ms = INT64_MAX;
	cr_assert(eq(int, vg_alert_state(&a, INT64_MAX - 1), VG_ALERT_FIRING));
}

Test(alerts, can_be_filtered)
{
	put("a", "MA", 1800000)->severity = 8;
	put("b", "MA", 3600000)->rule = "r2";
	(void)put("c", "MA", 7200000);

	cr_assert(eq(int, count(API_MA, "/v1/alerts?rule=r1"), 2));
	cr_assert(eq(int, count(API_MA, "/v1/alerts?rule=r"), 0));
	cr_assert(eq(int, count(API_MA, "/v1/alerts?state=firing"), 1));
	cr_assert(eq(int, count(API_MA, "/v1/alerts?state=recovering"), 1));
	cr_assert(eq(int, count(API_MA, "/v1/alerts?state=resolved"), 1));
	cr_assert(eq(int, count(API_MA, "/v1/alerts?state=pending"), 0));
	cr_assert(eq(int, count(API_MA, "/v1/alerts?severity_min=8"), 1));
	cr_assert(eq(int, count(API_MA, "/v1/alerts?severity_min=9"), 0));
	/* Starts: 11:30:00.5, 11:00:00.5, 10:00:00.5; each lasts an hour. */
	cr_assert(eq(int,
		     count(API_MA, "/v1/alerts?since=2026-03-01T11:00:00.500Z"),
		     2));
	cr_assert(eq(int,
		     count(API_MA, "/v1/alerts?since=2026-03-01T11:00:00.501Z"),
		     1));
	cr_assert(eq(int,
		     count(API_MA, "/v1/alerts?from=2026-03-01T11:00:00.500Z"),
		     2));
	cr_assert(eq(int,
		     count(API_MA, "/v1/alerts?from=2026-03-01T11:00:00.499Z"),
		     3));
	cr_assert(eq(int,
		     count(API_MA, "/v1/alerts?to=2026-03-01T11:00:00.500Z"),
		     1));
	cr_assert(eq(int,
		     count(API_MA, "/v1/alerts?to=2026-03-01T11:00:00.501Z"),
		     2));
}

Test(alerts, that_were_merged_or_withdrawn_are_not_listed)
{
	put("a", "MA", 1000)->merged_into = "b";
	put("c", "MA", 2000)->withdrawn = true;
	cr_assert(eq(int, count(API_MA, "/v1/alerts"), 0));
	cr_assert(eq(int, api_status(&f, API_MA, "/v1/alerts/a"), 200));
}

Test(alerts, refuse_bad_filters)
{
	static const char *const bad[] = {
		"state=open",
		"severity_min=0",
		"severity_min=11",
		"severity_min=x",
		"limit=0",
		"limit=1001",
		"since=now",
		"after=x",
		"after=.a",
		"after=%201.a",
		"after=1x.a",
		"after=1000000000000000000000000.a",
		"from=2026-03-01T00:00:00Z&to=2026-03-01T00:00:00Z"};
	char target[200];

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		(void)snprintf(target, sizeof target, "/v1/alerts?%s", bad[i]);
		cr_expect(eq(int, api_status(&f, API_MA, target), 400), "%s",
			  bad[i]);
	}
	cr_assert(
		eq(int, api_status(&f, API_MA, "/v1/alerts?limit=1000"), 200));
}

/* Follow Link headers from `target`; how many pages and alerts there were. */
static void follow(const char *target, int *pages, int *alerts)
{
	char next[512];

	(void)snprintf(next, sizeof next, "%s", target);
	*pages = *alerts = 0;
	while (next[0] != '\0' && *pages < 50) {
		struct vg_answer a = api_ask(&f, API_MA, next);
		cJSON *doc = cJSON_ParseWithLength(a.body.p, a.body.n);
		const char *link = vg_answer_get(&a, "Link");

		cr_assert(eq(int, a.status, 200));
		*alerts +=
			cJSON_GetArraySize(cJSON_GetObjectItem(doc, "alerts"));
		(*pages)++;
		cr_assert(eq(int, link != NULL,
			     cJSON_HasObjectItem(doc, "next")));
		next[0] = '\0';
		if (link != NULL) {
			(void)snprintf(next, sizeof next, "%s", link + 1);
			cr_assert(strstr(next, ">; rel=\"next\"") != NULL);
			*strchr(next, '>') = '\0';
		}
		cJSON_Delete(doc);
		vg_answer_term(&a);
	}
}

Test(alerts, come_in_pages_that_leave_none_out)
{
	static char ids[25][16];
	int pages, alerts;

	/* Some start together: the id then decides the order. */
	for (int i = 0; i < 25; i++) {
		(void)snprintf(ids[i], sizeof ids[i], "id%02d", i);
		(void)put(ids[i], i % 5 == 4 ? "IL" : "MA", 1000 * (i / 6));
	}
	follow("/v1/alerts?limit=3&severity_min=1&rule=r1", &pages, &alerts);
	cr_assert(eq(int, alerts, 20));
	cr_assert(eq(int, pages, 7));
	follow("/v1/alerts?limit=20", &pages, &alerts);
	cr_assert(eq(int, alerts, 20));
	cr_assert(eq(int, pages, 1), "a full last page has no next");
}

Test(alerts, are_at_most_a_hundred_unless_asked)
{
	for (int i = 0; i < 1001; i++)
		(void)put("x", "MA", 1000);
	cr_assert(eq(int, count(API_MA, "/v1/alerts"), 100));
	cr_assert(eq(int, count(API_MA, "/v1/alerts?limit=1000"), 1000));
}

Test(alerts, of_rules_on_trial_are_seen_when_asked_for_alone)
{
	struct vg_book_alert *a = put("a", "MA", 1000);

	a->shadow = true;
	(void)put("b", "MA", 2000);
	(void)put("c", "MA", 3000);
	cr_assert(eq(int, count(API_MA, "/v1/alerts"), 2));
	cr_assert(eq(int, count(API_MA, "/v1/alerts?shadow=false"), 2));
	cr_assert(eq(int, count(API_MA, "/v1/alerts?shadow=true"), 1));
	cr_assert(eq(int, count(API_IL, "/v1/alerts?shadow=true"), 0));
	cr_assert(eq(int, api_status(&f, API_MA, "/v1/alerts?shadow=1"), 400));
	cr_assert(eq(int, api_status(&f, API_MA, "/v1/alerts/a"), 200));
}

Test(alerts, have_the_most_restrictive_marking)
{
	static const char red[] = "{\"marking\":\"RED\"}";
	struct vg_book_alert *a = put("a", "MA", 1000);

	a->json = red;
	a->json_len = sizeof red - 1;
	(void)put("b", "MA", 2000);
	cJSON *doc = api_json(&f, API_MA, "/v1/alerts", 200);

	cr_assert(eq(str, cJSON_GetObjectItem(doc, "marking")->valuestring,
		     "RED"));
	cJSON_Delete(doc);
}

Test(alerts, show_their_history_when_asked_for_alone)
{
	struct vg_answer a;

	(void)put("x", "MA", 1000);
	fake_world()->history = "[{\"revision\":1,\"_off\":3}]";
	a = api_ask(&f, API_MA, "/v1/alerts/x");
	cr_assert(eq(int, a.status, 200));
	cr_assert(strstr(a.body.p, "\"history\":[{\"revision\":1}]") != NULL);
	cr_assert(strstr(a.body.p, "\"state\":\"firing\"") != NULL);
	cr_assert(strstr(a.body.p, "_o") == NULL);
	vg_answer_term(&a);
}

Test(alerts, need_the_store_for_their_history_only)
{
	(void)put("x", "MA", 1000);
	fake_world()->history_rc = VG_RETRY;
	cr_assert(eq(int, api_status(&f, API_MA, "/v1/alerts/x"), 503));
	cr_assert(eq(int, api_status(&f, API_MA, "/v1/alerts"), 200));
	cr_assert(eq(int, api_status(&f, API_MA, "/v1/alerts/none"), 404));
	fake_world()->history_rc = VG_OK;
	fake_world()->fresh.stale = true;
	cr_assert(eq(int, api_status(&f, API_MA, "/v1/alerts/x"), 503));
}

static const struct vg_book_country two[] = {{API_NOW_MS - 7200000, "IL"},
					     {API_NOW_MS - 3600000, "MA"}};

/* Number `i` of /v1/campaigns, as text; NULL when there is none. */
static char *campaign(const char *token, const char *target, int i)
{
	cJSON *doc = api_json(&f, token, target, 200);
	cJSON *one =
		cJSON_GetArrayItem(cJSON_GetObjectItem(doc, "campaigns"), i);
	char *text = one == NULL ? NULL : cJSON_PrintUnformatted(one);

	cJSON_Delete(doc);
	return text;
}

static void put_campaigns(void)
{
	struct vg_book_alert *a = put("aa-2", "MA", 5400000);

	/* Two episodes of one, then another class's of the same. */
	a->fingerprint = "aa";
	a->window_ms = 3600000 * 4;
	a->country = two;
	a->n_country = 2;
	a = put("aa-1", "MA", 86400000);
	a->fingerprint = "aa";
	a = put("bb-1", "IL", 5400000);
	a->fingerprint = "bb";
}

Test(alerts, of_one_fingerprint_are_a_campaign_with_its_stage)
{
	put_campaigns();
	f.cfg->campaign_gap_ms = 7 * 86400000;
	char *text = campaign(API_MA, "/v1/campaigns", 0);
	cr_assert(strstr(text, "\"id\":\"aa-1\"") != NULL, "%s", text);
	cr_assert(strstr(text, "\"stage\":\"spreading\"") != NULL, "%s", text);
	cr_assert(strstr(text, "\"alerts\":[\"aa-1\",\"aa-2\"]") != NULL, "%s",
		  text);
	cr_assert(strstr(text, "\"country\":\"MA\",\"at\":"
			       "\"2026-03-01T11:00:00.500Z\","
			       "\"after_ms\":3600000") != NULL,
		  "%s", text);
	cr_assert(strstr(text, "\"velocity\":1") != NULL, "%s", text);
	cr_assert(campaign(API_MA, "/v1/campaigns", 1) == NULL);
	cr_assert(campaign(API_MA, "/v1/campaigns?stage=dormant", 0) == NULL);
	char *then =
		campaign(API_MA, "/v1/campaigns?at=2026-02-28T13:00:00Z", 0);
	cr_assert(then != NULL);
	free(then);
	cr_assert(campaign(API_MA, "/v1/campaigns?at=2026-02-01T00:00:00Z",
			   0) == NULL);
	cr_assert(
		eq(int, api_status(&f, API_MA, "/v1/campaigns?stage=x"), 400));
	free(text);
}

Test(alerts, law3_campaigns_are_made_of_what_their_reader_sees)
{
	put_campaigns();
	f.cfg->campaign_gap_ms = 7 * 86400000;
	char *all = campaign(API_MA, "/v1/campaigns", 0);
	fake_world()->n_alerts--; /* the other class's is gone */
	char *less = campaign(API_MA, "/v1/campaigns", 0);
	cr_assert(eq(str, all, less));
	cr_assert(campaign(API_IL, "/v1/campaigns", 0) == NULL);
	free(all);
	free(less);
}

/* Line `i` of `text`; no bytes when there is none. */
static struct vg_slice line_of(const char *text, int i)
{
	for (; i > 0 && *text != '\0'; i--)
		text += strcspn(text, "\n") + 1;
	return (struct vg_slice){text, (uint32_t)strcspn(text, "\r\n")};
}

static bool line_is(const char *text, int i, const char *want)
{
	return vg_slice_eq(line_of(text, i), vg_slice_of(want));
}

/* The list `name` of the answer at `target`, as a table. */
static void is_a_table(const char *target, const char *name,
		       const char *columns)
{
	struct vg_answer csv = api_ask_as(&f, API_MA, "text/csv", target);
	struct vg_answer lines =
		api_ask_as(&f, API_MA, "application/x-ndjson", target);
	struct vg_answer none = api_ask_as(&f, API_MA, "text/html", target);
	cJSON *doc = api_json(&f, API_MA, target, 200);
	cJSON *one, *list = cJSON_GetObjectItem(doc, name);
	int n = 0;

	cr_expect(eq(int, csv.status, 200));
	cr_expect(line_is(csv.body.p, 0, columns), "%s", csv.body.p);
	cJSON_ArrayForEach(one, list)
	{
		char *whole = cJSON_PrintUnformatted(one);
		struct vg_slice row = line_of(csv.body.p, n + 1);
		struct vg_slice first = vg_slice_of(one->child->valuestring);

		cr_expect(line_is(lines.body.p, n, whole), "%s", whole);
		cr_assert(row.n >= first.n, "%s: %s", target, csv.body.p);
		cr_expect(memcmp(row.p, first.p, first.n) == 0, "%s", row.p);
		free(whole);
		n++;
	}
	cr_expect(gt(int, n, 0), "%s", target);
	cr_expect(line_is(csv.body.p, n + 1, ""), "%s", csv.body.p);
	cr_expect(line_is(lines.body.p, n, ""), "%s", lines.body.p);
	cr_expect(eq(int, none.status, 406));
	cJSON_Delete(doc);
	vg_answer_term(&csv);
	vg_answer_term(&lines);
	vg_answer_term(&none);
}

Test(alerts, lists_with_more_around_them_are_tables_when_asked)
{
	put_campaigns();
	f.cfg->campaign_gap_ms = 7 * 86400000;
	is_a_table("/v1/campaigns", "campaigns",
		   "id,rule,title,severity,stage,since,until,class,group,"
		   "countries,velocity,alerts");
	is_a_table("/v1/partners", "partners",
		   "id,country,state,silent_since,complete_to");
	struct vg_answer a =
		api_ask_as(&f, API_MA, "text/csv", "/v1/campaigns");
	cr_assert(strstr(a.body.p, ",IL MA,") != NULL, "%s", a.body.p);
	cr_assert(strstr(a.body.p, ",aa-1 aa-2\r\n") != NULL, "%s", a.body.p);
	cr_assert(vg_answer_get(&a, "ETag") != NULL);
	vg_answer_term(&a);
	/* What is no 200 stays a problem. */
	a = api_ask_as(&f, API_MA, "text/csv", "/v1/campaigns?stage=x");
	cr_assert(eq(int, a.status, 400));
	cr_assert(strstr(a.body.p, "urn:vigie:problem") != NULL);
	vg_answer_term(&a);
	/* The next page is in Link. */
	a = api_ask_as(&f, API_MA, "text/csv", "/v1/alerts?limit=1");
	cr_assert(vg_answer_get(&a, "Link") != NULL);
	vg_answer_term(&a);
}
