#include "api_fixture.h"
#include "fake_world.h"

#include "lexicon_fix.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

static struct api_fixture f;

static void start(void)
{
	struct vg_lexicon *l = open_lexicon(VG_VOCABULARY);

	api_fixture_init(&f);
	f.cfg->lexicon = l;
}

static void finish(void)
{
	api_fixture_term(&f);
}

TestSuite(actors, .init = start, .fini = finish);

static const char *text(const cJSON *doc, const char *name)
{
	return cJSON_GetStringValue(cJSON_GetObjectItem(doc, name));
}

/* Ask for `path`, compare, and say how many candidates there are. */
static int expect(const char *path, const char *state, const char *counted_as)
{
	cJSON *doc = api_json(&f, API_MA, path, 200);
	int n = cJSON_GetArraySize(cJSON_GetObjectItem(doc, "candidates"));

	cr_expect(eq(str, (char *)text(doc, "state"), (char *)state));
	cr_expect(eq(str, (char *)text(doc, "counted_as"), (char *)counted_as));
	cJSON_Delete(doc);
	return n;
}

Test(actors, explains_resolved_ambiguous_and_unknown_names)
{
	cr_assert(eq(int,
		     expect("/v1/actors/Fancy%20Bear", "resolved", "APT28"),
		     1));
	cr_assert(eq(int, expect("/v1/actors/fancy-bear", "resolved", "APT28"),
		     1));
	cr_assert(eq(int,
		     expect("/v1/actors/NOBELIUM", "ambiguous", "Nobelium"),
		     2));
	cr_assert(eq(
		int,
		expect("/v1/actors/Silent%20Heron", "unknown", "Silent Heron"),
		0));
	cr_assert(eq(int,
		     expect("/v1/actors/%E7%8B%BC%E6%AF%92%E8%8D%89",
			    "resolved", "Gelsemium"),
		     1));
}

Test(actors, says_names_sources_and_licences)
{
	cJSON *doc = api_json(&f, API_MA, "/v1/actors/sofacy", 200);
	cJSON *one =
		cJSON_GetArrayItem(cJSON_GetObjectItem(doc, "candidates"), 0);
	cJSON *voc = cJSON_GetObjectItem(doc, "vocabulary");

	cr_assert(eq(str, (char *)text(doc, "asked"), "sofacy"));
	cr_assert(eq(str, (char *)text(doc, "key"), "sofacy"));
	cr_assert(eq(str, (char *)text(doc, "by"), "name"));
	cr_assert(eq(str, (char *)text(one, "attack_group"), "G0007"));
	cr_assert(gt(int, cJSON_GetArraySize(cJSON_GetObjectItem(one, "names")),
		     5));
	cr_assert(eq(int,
		     cJSON_GetArraySize(cJSON_GetObjectItem(voc, "sources")),
		     4));
	cJSON_Delete(doc);
}

/* The slices of a known name are the vocabulary's: they outlive the request. */
static void is_asked_as(const char *path, const char *name)
{
	cJSON_Delete(api_json(&f, API_MA, path, 200));
	cr_assert(vg_slice_eq(fake_world()->asked.where_value[0],
			      vg_slice_of(name)),
		  "%s", path);
}

Test(actors, are_found_in_series_by_any_of_their_names)
{
	is_asked_as("/v1/series?where=actor:Fancy%20Bear", "APT28");
	is_asked_as("/v1/series?where=actor:sofacy&by=country", "APT28");
	is_asked_as("/v1/top?where=actor:apt28&by=country", "APT28");
}

Test(actors, ask_for_a_token_and_for_a_name)
{
	cr_assert(eq(int, api_status(&f, NULL, "/v1/actors/APT28"), 401));
	cr_assert(eq(int, api_status(&f, API_MA, "/v1/actors/"), 404));
	cr_assert(eq(int, api_status(&f, API_MA, "/v1/actors/a/b"), 404));
	cr_assert(eq(int, api_status(&f, API_MA, "/v1/actors/APT28?x=1"), 400));
}

Test(actors, without_a_vocabulary_every_name_is_unknown)
{
	vg_lexicon_close(f.cfg->lexicon);
	f.cfg->lexicon = NULL;
	cr_assert(eq(int, expect("/v1/actors/APT28", "unknown", "APT28"), 0));
}
