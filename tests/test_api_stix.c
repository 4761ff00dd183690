#include "api/stix.h"
#include "api_fixture.h"
#include "fake_world.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

static struct api_fixture f;

static const char JSON[] =
	"{\"id\":\"00ff-1772364600000\",\"rule\":\"cross\",\"title\":\"One "
	"actor\",\"severity\":8,\"group\":{\"actor\":\"x\",\"indicator\":"
	"\"url:http://a/'b\\\\\"},\"start\":\"2026-03-01T11:30:00.000Z\","
	"\"countries\":[\"MA\",\"IL\"],\"partners\":[\"MA\",\"IL\"],"
	"\"marking\":\"AMBER+STRICT\",\"_hidden\":1,"
	"\"first_seen\":[{\"partner\":\"IL\",\"first\":"
	"\"2026-03-01T11:30:00.000Z\",\"last\":\"2026-03-01T11:40:00.000Z\"}]}";

static void put(size_t i, const char *id, const char *class_name)
{
	fake_world()->alert[i] = (struct vg_book_alert){
		.id = id,
		.rule = "cross",
		.fingerprint = "00ff",
		.class_name = class_name,
		.start_ms = API_NOW_MS - 1800500,
		.end_ms = API_NOW_MS + 3600000,
		.updated_ms = API_NOW_MS - 60000 + (int64_t)i * 1000,
		.severity = 8,
		.json = JSON,
		.json_len = sizeof JSON - 1};
	fake_world()->n_alerts = i + 1;
	fake_world()->book_ready = true;
}

static void start(void)
{
	api_fixture_init(&f);
	put(0, "00ff-1772364600000", "MA");
}

static void finish(void)
{
	api_fixture_term(&f);
}

TestSuite(stix, .init = start, .fini = finish);

static const cJSON *find(const cJSON *list, const char *type)
{
	const cJSON *one;

	cJSON_ArrayForEach(one, list)
	{
		if (strcmp(cJSON_GetObjectItem(one, "type")->valuestring,
			   type) == 0)
			return one;
	}
	return NULL;
}

static const char *text(const cJSON *o, const char *name)
{
	return cJSON_GetStringValue(cJSON_GetObjectItem(o, name));
}

static cJSON *made(bool confirmed)
{
	cJSON *list = cJSON_CreateArray();

	cr_assert(vg_stix_alert(list, &fake_world()->alert[0], confirmed));
	return list;
}

Test(stix, ids_are_uuids_of_what_they_stand_for)
{
	char id[VG_STIX_ID];

	vg_stix_id(id, "identity", "coalition");
	cr_assert(
		eq(str, id, "identity--1f21e4a2-268b-5f5b-a98c-9d1b3bdd2cd9"));
}

Test(stix, an_alert_is_a_grouping_until_an_analyst_confirms)
{
	cJSON *list = made(false);
	const cJSON *o = find(list, "grouping");

	cr_assert(o != NULL && find(list, "campaign") == NULL);
	cr_assert(eq(str, (char *)text(o, "created"),
		     "2026-03-01T11:30:00.000Z"));
	cr_assert(eq(int,
		     cJSON_GetArraySize(cJSON_GetObjectItem(o, "object_refs")),
		     5));
	cJSON_Delete(list);
	list = made(true);
	cr_assert(find(list, "campaign") != NULL);
	cr_assert(find(list, "grouping") == NULL);
	cr_assert(find(list, "relationship") != NULL);
	cJSON_Delete(list);
}

Test(stix, a_pattern_escapes_what_was_sent)
{
	cJSON *list = made(false);

	cr_assert(eq(str, (char *)text(find(list, "indicator"), "pattern"),
		     "[url:value = 'http://a/\\'b\\\\']"));
	cJSON_Delete(list);
}

Test(stix, carries_the_label_and_nothing_private)
{
	cJSON *list = made(false);
	char *all = cJSON_PrintUnformatted(list);

	cr_assert(eq(str, (char *)text(find(list, "marking-definition"), "id"),
		     "marking-definition--939a9414-2ddd-4d32-a0cd-"
		     "375ea402b003"));
	cr_assert(strstr(all, "\"tlp_2_0\":\"amber+strict\"") != NULL);
	cr_assert(strstr(all, "hidden") == NULL);
	cJSON_free(all);
	cJSON_Delete(list);
}

Test(stix, a_withdrawn_alert_is_revoked_and_says_no_more)
{
	cJSON *list;

	fake_world()->alert[0].withdrawn = true;
	list = made(false);
	cr_assert(cJSON_IsTrue(
		cJSON_GetObjectItem(find(list, "grouping"), "revoked")));
	cr_assert(find(list, "sighting") == NULL);
	cr_assert(find(list, "intrusion-set") == NULL);
	cJSON_Delete(list);
}

#define ROOT "/taxii2/vigie/collections/"

/* The id of the asker's collection. */
static void collection(const char *token, char out[64])
{
	cJSON *doc = api_json(&f, token, ROOT, 200);
	const cJSON *one =
		cJSON_GetArrayItem(cJSON_GetObjectItem(doc, "collections"), 0);

	(void)snprintf(out, 64, "%s", text(one, "id"));
	cJSON_Delete(doc);
}

static cJSON *objects(const char *token, const char *id, const char *rest,
		      int status)
{
	char target[512];

	(void)snprintf(target, sizeof target, ROOT "%s/%s", id, rest);
	return api_json(&f, token, target, status);
}

static int count(const char *token, const char *id, const char *rest)
{
	cJSON *doc = objects(token, id, rest, 200);
	int n = cJSON_GetArraySize(cJSON_GetObjectItem(doc, "objects"));

	cJSON_Delete(doc);
	return n;
}

Test(stix, law3_a_viewer_has_its_own_collection_and_no_other)
{
	char ma[64], il[64];

	collection(API_MA, ma);
	collection(API_IL, il);
	cr_assert(strcmp(ma, il) != 0);
	cr_assert(count(API_MA, ma, "objects/") > 5);
	cr_assert(eq(int, count(API_IL, il, "objects/"), 0));
	cJSON_Delete(objects(API_IL, ma, "objects/", 404));
	cr_assert(
		eq(int,
		   api_status(&f, API_IL, "/v1/alerts/00ff-1772364600000/stix"),
		   404));
	cr_assert(
		eq(int,
		   api_status(&f, API_MA, "/v1/alerts/00ff-1772364600000/stix"),
		   200));
}

Test(stix, of_a_rule_on_trial_nothing_is_in_the_collection)
{
	char ma[64];

	fake_world()->alert[0].shadow = true;
	collection(API_MA, ma);
	cr_assert(eq(int, count(API_MA, ma, "objects/"), 0));
}

Test(stix, pages_lose_nothing_and_say_when_there_is_more)
{
	char id[64], rest[256] = "objects/?limit=3";
	int seen = 0, all;
	bool more = true;

	put(1, "00aa-1772364600001", "MA");
	collection(API_MA, id);
	all = count(API_MA, id, "objects/");
	while (more) {
		cJSON *doc = objects(API_MA, id, rest, 200);

		seen += cJSON_GetArraySize(cJSON_GetObjectItem(doc, "objects"));
		more = cJSON_IsTrue(cJSON_GetObjectItem(doc, "more"));
		if (more)
			(void)snprintf(rest, sizeof rest,
				       "objects/?limit=3&next=%s",
				       text(doc, "next"));
		cJSON_Delete(doc);
	}
	cr_assert(eq(int, seen, all));
}

Test(stix, filters_by_time_type_and_version)
{
	char id[64];

	collection(API_MA, id);
	cr_expect(
		eq(int, count(API_MA, id, "objects/?match[type]=grouping"), 1));
	cr_expect(eq(int, count(API_MA, id, "objects/?match[type]=a,location"),
		     2));
	cr_expect(
		eq(int, count(API_MA, id, "objects/?match[version]=1999"), 0));
	cr_expect(eq(int, count(API_MA, id, "objects/?match[spec_version]=2.0"),
		     0));
	cr_expect(eq(
		int,
		count(API_MA, id, "objects/?added_after=2026-03-01T12:00:00Z"),
		0));
	cr_expect(count(API_MA, id,
			"objects/?added_after=2026-03-01T11:58:00Z") > 5);
	cJSON_Delete(objects(API_MA, id, "objects/?limit=0", 400));
	cJSON_Delete(objects(API_MA, id, "objects/?limit=1001", 400));
	cr_expect(eq(int, count(API_MA, id, "manifest/?limit=1000"),
		     count(API_MA, id, "objects/")));
	cJSON_Delete(objects(API_MA, id, "objects/nothing/", 404));
}
