/*
 * Alerts for platforms that take them all: a feed of MISP; and of each list
 * that goes on past its limit, that it is read in turns or says what is left
 * out.
 */
#include "api/misp.h"
#include "api/omitted.h"
#include "api/stix.h"
#include "api_fixture.h"
#include "fake_world.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>

static struct api_fixture f;
static char id[FAKE_ALERTS][40];

static const char JSON[] =
	"{\"id\":\"00ff-1772364600000\",\"rule\":\"cross\",\"title\":\"One "
	"actor\",\"severity\":8,\"group\":{\"actor\":\"x\",\"indicator\":"
	"\"ipv4:192.0.2.7\",\"sector\":\"energy\"},"
	"\"start\":\"2026-03-01T11:30:00.000Z\",\"countries\":[\"MA\"],"
	"\"partners\":[\"MA\",\"IL\"],\"marking\":\"AMBER+STRICT\","
	"\"_hidden\":1,\"first_seen\":[]}";

static void start(void)
{
	api_fixture_init(&f);
	fake_world()->book_ready = true;
}

static void finish(void)
{
	api_fixture_term(&f);
}

TestSuite(feeds, .init = start, .fini = finish);

/* `n` alerts of class MA that fire, the newest first. */
static void put(size_t n)
{
	for (size_t i = 0; i < n; i++) {
		(void)snprintf(id[i], sizeof id[i], "%06zx-1772364600000", i);
		fake_world()->alert[i] = (struct vg_book_alert){
			.id = id[i],
			.rule = "cross",
			.fingerprint = "00ff",
			.class_name = "MA",
			.start_ms = API_NOW_MS - 1800500 - (int64_t)i,
			.end_ms = API_NOW_MS + 3600000,
			.updated_ms = API_NOW_MS - 60000 - (int64_t)i,
			.severity = 8,
			.json = JSON,
			.json_len = sizeof JSON - 1};
	}
	fake_world()->n_alerts = n;
}

static const char *text(const cJSON *o, const char *name)
{
	const char *s = cJSON_GetStringValue(cJSON_GetObjectItem(o, name));

	return s != NULL ? s : "";
}

static cJSON *manifest(const char *token)
{
	return api_json(&f, token, "/misp/manifest.json", 200);
}

static cJSON *event(const char *token, const char *uuid, int status)
{
	char target[128];

	(void)snprintf(target, sizeof target, "/misp/%s.json", uuid);
	return api_json(&f, token, target, status);
}

Test(feeds, a_manifest_of_misp_has_a_line_for_each_alert)
{
	cJSON *doc;
	const cJSON *line;

	put(2);
	doc = manifest(API_MA);
	cr_assert(eq(int, cJSON_GetArraySize(doc), 2));
	line = cJSON_GetArrayItem(doc, 0);
	cr_expect(eq(sz, strlen(line->string), VG_MISP_ID - 1));
	cr_expect(eq(str, (char *)text(line, "info"), "One actor"));
	cr_expect(eq(str, (char *)text(line, "date"), "2026-03-01"));
	cr_expect(eq(str, (char *)text(line, "threat_level_id"), "1"));
	cr_expect(eq(str, (char *)text(line, "timestamp"), "1772366340"));
	cr_expect(eq(str,
		     (char *)text(cJSON_GetArrayItem(
					  cJSON_GetObjectItem(line, "Tag"), 0),
				  "name"),
		     "tlp:amber+strict"));
	cJSON_Delete(doc);
}

static bool has(const cJSON *list, const char *type, const char *value)
{
	const cJSON *one;

	cJSON_ArrayForEach(one, list)
	{
		if (strcmp(text(one, "type"), type) == 0 &&
		    strcmp(text(one, "value"), value) == 0)
			return true;
	}
	return false;
}

Test(feeds, an_event_of_misp_says_what_the_alert_does_and_nothing_private)
{
	cJSON *lines, *doc;
	const cJSON *list;
	char *all;

	put(1);
	lines = manifest(API_MA);
	doc = event(API_MA, cJSON_GetArrayItem(lines, 0)->string, 200);
	list = cJSON_GetObjectItem(cJSON_GetObjectItem(doc, "Event"),
				   "Attribute");
	cr_expect(has(list, "ip-src", "192.0.2.7"));
	cr_expect(has(list, "threat-actor", "x"));
	cr_expect(has(list, "text", "sector: energy"));
	cr_expect(has(list, "target-location", "MA"));
	cr_expect(has(list, "text", "seen by IL"));
	cr_expect(eq(int, cJSON_GetArraySize(list), 6));
	all = cJSON_PrintUnformatted(doc);
	cr_expect(strstr(all, "hidden") == NULL);
	cJSON_free(all);
	cJSON_Delete(doc);
	cJSON_Delete(lines);
}

Test(feeds, law3_a_feed_of_misp_has_what_its_reader_sees_alone)
{
	cJSON *lines, *none, *absent;
	char *a, *b;

	put(1);
	lines = manifest(API_MA);
	none = manifest(API_IL);
	cr_assert(eq(int, cJSON_GetArraySize(none), 0));
	cJSON_Delete(none);
	none = event(API_IL, cJSON_GetArrayItem(lines, 0)->string, 404);
	fake_world()->n_alerts = 0;
	absent = event(API_IL, cJSON_GetArrayItem(lines, 0)->string, 404);
	a = cJSON_PrintUnformatted(none);
	b = cJSON_PrintUnformatted(absent);
	cr_assert(eq(str, a, b));
	cJSON_free(a);
	cJSON_free(b);
	cJSON_Delete(none);
	cJSON_Delete(absent);
	cJSON_Delete(lines);
}

Test(feeds, what_a_feed_cannot_take_back_is_not_in_it)
{
	cJSON *doc;

	put(4);
	fake_world()->alert[0].withdrawn = true;
	fake_world()->alert[1].merged_into = "y";
	fake_world()->alert[2].shadow = true;
	doc = manifest(API_MA);
	cr_assert(eq(int, cJSON_GetArraySize(doc), 1));
	cJSON_Delete(doc);
	cJSON_Delete(event(API_MA, "nothing", 404));
	cr_assert(eq(int, api_status(&f, API_MA, "/misp/x.json"), 404));
}

/* What the answer at `target` says of what it leaves out, 0 for nothing. */
static int omitted(const char *target)
{
	struct vg_answer a = api_ask(&f, API_MA, target);
	const char *n = vg_answer_get(&a, "Vigie-Omitted");
	int said = n != NULL ? atoi(n) : 0;

	cr_assert(eq(int, a.status, 200));
	vg_answer_term(&a);
	return said;
}

Test(feeds, a_manifest_of_misp_says_what_is_past_its_limit)
{
	put(VG_MISP_MANIFEST_MAX);
	cr_assert(eq(int, omitted("/misp/manifest.json"), 0));
	put(VG_MISP_MANIFEST_MAX + 1);
	cr_assert(eq(int, omitted("/misp/manifest.json"), 1));
}

Test(feeds, alerts_of_prometheus_and_alertmanager_say_what_they_leave_out)
{
	static const char *const paths[] = {
		"/api/v1/alerts", "/api/v1/rules", "/api/v2/alerts",
		"/api/v2/alerts/groups",
		"/api/v2/alerts?filter=alertname%3D%22cross%22"};
	cJSON *doc;

	put(VG_PROM_ALERTS_MAX);
	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
		cr_expect(eq(int, omitted(paths[i]), 0), "%s", paths[i]);
	put(VG_PROM_ALERTS_MAX + 2);
	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
		cr_expect(eq(int, omitted(paths[i]), 2), "%s", paths[i]);
	cr_assert(eq(int,
		     omitted("/api/v2/alerts?filter=alertname%3D%22other%22"),
		     0));
	doc = api_json(&f, API_MA, "/api/v1/alerts", 200);
	cr_assert(eq(str,
		     cJSON_GetArrayItem(cJSON_GetObjectItem(doc, "warnings"), 0)
			     ->valuestring,
		     "2 more alerts fire"));
	cJSON_Delete(doc);
}

Test(feeds, an_alert_says_how_much_of_its_history_is_left_out)
{
	put(1);
	cr_assert(eq(int, omitted("/v1/alerts/000000-1772364600000"), 0));
	fake_world()->history_omitted = 3;
	cr_assert(eq(int, omitted("/v1/alerts/000000-1772364600000"), 3));
}

/* How many groupings TAXII gives, page by page, from `rest` on. */
static size_t read_taxii(const char *rest, size_t *pages)
{
	cJSON *doc = api_json(&f, API_MA, "/taxii2/vigie/collections/", 200);
	char root[256], target[512];
	size_t n = 0;
	bool more = true;

	(void)snprintf(root, sizeof root,
		       "/taxii2/vigie/collections/%s/objects/?match[type]="
		       "grouping%s",
		       text(cJSON_GetArrayItem(
				    cJSON_GetObjectItem(doc, "collections"), 0),
			    "id"),
		       rest);
	cJSON_Delete(doc);
	(void)strcpy(target, root);
	for (*pages = 0; more; ++*pages) {
		doc = api_json(&f, API_MA, target, 200);
		n += (size_t)cJSON_GetArraySize(
			cJSON_GetObjectItem(doc, "objects"));
		more = cJSON_IsTrue(cJSON_GetObjectItem(doc, "more"));
		(void)snprintf(target, sizeof target, "%s&next=%s", root,
			       text(doc, "next"));
		cJSON_Delete(doc);
	}
	return n;
}

Test(feeds, taxii_reads_every_alert_in_turns)
{
	size_t pages;

	put(VG_TAXII_TURN);
	cr_assert(eq(sz, read_taxii("", &pages), VG_TAXII_TURN));
	cr_assert(eq(sz, pages, 1));
	put(VG_TAXII_TURN + 1);
	cr_assert(eq(sz, read_taxii("", &pages), VG_TAXII_TURN + 1));
	cr_assert(eq(sz, pages, 2));
	put(2 * VG_TAXII_TURN + 30);
	cr_assert(eq(sz, read_taxii("&limit=300", &pages),
		     2 * VG_TAXII_TURN + 30));
}

Test(feeds, taxii_goes_to_the_turn_in_which_something_was_added)
{
	size_t pages;

	/* Those of the last ten milliseconds before it: 11:59:00.500. */
	put(2 * VG_TAXII_TURN + 30);
	cr_assert(eq(
		sz, read_taxii("&added_after=2026-03-01T11:59:00.490Z", &pages),
		10));
	cr_assert(eq(sz, pages, 1));
}

Test(feeds, taxii_finds_an_object_of_any_turn)
{
	cJSON *doc = api_json(&f, API_MA, "/taxii2/vigie/collections/", 200);
	char target[256], object[80];

	put(VG_TAXII_TURN + 5);
	vg_stix_id(object, "grouping", id[0]); /* the last that changed */
	(void)snprintf(target, sizeof target,
		       "/taxii2/vigie/collections/%s/objects/%s/",
		       text(cJSON_GetArrayItem(
				    cJSON_GetObjectItem(doc, "collections"), 0),
			    "id"),
		       object);
	cJSON_Delete(doc);
	cr_assert(eq(int, api_status(&f, API_MA, target), 200));
}

Test(feeds, taxii_refuses_a_next_that_is_none)
{
	/* The numbers of another question, too. */
	static const char *const bad[] = {"x",
					  "~",
					  "1.a",
					  "1.a~b",
					  "-1.a~",
					  "a.b~",
					  "1.a~1",
					  "00000000~1.a~",
					  "99999999999999999999999999.a~"};
	cJSON *doc = api_json(&f, API_MA, "/taxii2/vigie/collections/", 200);
	char target[256];

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		(void)snprintf(
			target, sizeof target,
			"/taxii2/vigie/collections/%s/objects/?next=%s",
			text(cJSON_GetArrayItem(
				     cJSON_GetObjectItem(doc, "collections"),
				     0),
			     "id"),
			bad[i]);
		cr_expect(eq(int, api_status(&f, API_MA, target), 400), "%s",
			  bad[i]);
	}
	cJSON_Delete(doc);
}
