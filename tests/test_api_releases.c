/* Releases over HTTP: who is told of one, of what in it, and may answer. */
#include "alert/release.h"
#include "api/tokens.h"
#include "api_fixture.h"
#include "fake_world.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>

static struct api_fixture f;
static struct vg_err err;
static char record[4096];
static int n_sent;

static const char ID[] = "00000000000000aa-1772366399500";
#define DIGEST "00112233445566778899aabbccddeeff"
#define HEAD                                                                   \
	"{\"id\":\"00000000000000aa-1772366399500\",\"rule\":\"r1\","          \
	"\"title\":\"T\",\"severity\":5,\"group\":{\"actor\":\"x\"},"          \
	"\"first_seen\":[{\"field\":\"country\",\"value\":\"MA\","             \
	"\"partner\":\"MA\"},{\"field\":\"country\",\"value\":\"US\","         \
	"\"partner\":\"US\"}],\"_release\":{\"alert\":\"a\","                  \
	"\"class\":\"coalition\",\"viewer\":\"coalition\","                    \
	"\"author\":\"sam\",\"at\":\"2026-03-01T11:00:00.000Z\","              \
	"\"digest\":\"" DIGEST "\",\"to\":[\"IL\"],"                           \
	"\"needs\":[\"MA\",\"US\"],"

static const char ASKED[] =
	HEAD "\"agreed\":{},\"confirmed\":{},\"refused\":{}}}";
/* US refused, and MA's first analyst agreed. */
static const char REFUSED[] =
	HEAD "\"agreed\":{\"MA\":{\"action\":\"1\",\"author\":\"amal\","
	     "\"at\":\"2026-03-01T11:10:00.000Z\"}},\"confirmed\":{},"
	     "\"refused\":{\"US\":{\"action\":\"2\",\"author\":\"ann\","
	     "\"at\":\"2026-03-01T11:20:00.000Z\"}}}}";

static enum vg_rc put(void *ctx, struct vg_slice k, struct vg_slice text,
		      struct vg_err *e)
{
	(void)ctx;
	(void)k;
	(void)e;
	snprintf(record, sizeof record, "%.*s", (int)text.n, text.p);
	n_sent++;
	return VG_OK;
}

static void hold(const char *json)
{
	fake_world()->alert[0] =
		(struct vg_book_alert){.id = ID,
				       .rule = "r1",
				       .fingerprint = "00000000000000aa",
				       .class_name = VG_RELEASE_NOBODY,
				       .start_ms = API_NOW_MS - 1000,
				       .end_ms = API_NOW_MS + 3600000,
				       .is_copy = true,
				       .json = json,
				       .json_len = strlen(json)};
	fake_world()->n_alerts = 1;
}

static void start(void)
{
	static const char *const who[][2] = {
		{"t-amal", "MA role=analyst name=amal"},
		{"t-zineb", "MA role=analyst name=zineb"},
		{"t-reader", "MA"},
		{"t-us", "US role=analyst name=ann"},
		{"t-il", "IL role=analyst name=noa"},
		{"t-soc", "coalition role=analyst name=sam"}};
	char text[2048] = "", line[160];

	api_fixture_init(&f);
	f.service.sink = (struct vg_action_sink){.put = put};
	for (size_t i = 0; i < sizeof who / sizeof *who; i++) {
		api_token_line(line, who[i][0], who[i][1]);
		strcat(text, line);
	}
	api_write_tokens(&f, text);
	cr_assert(eq(int, vg_tokens_refresh(f.service.tokens, 0, true, &err),
		     VG_OK));
	hold(ASKED);
}

static void finish(void)
{
	api_fixture_term(&f);
}

TestSuite(api_releases, .init = start, .fini = finish);

static int answer_to(const char *token, const char *id, const char *body,
		     struct vg_buf *out)
{
	char header[64], target[96];
	struct vg_answer a;

	snprintf(header, sizeof header, "Bearer %s", token);
	snprintf(target, sizeof target, "/v1/releases/%s/actions", id);
	const struct vg_call c = {.method = "POST",
				  .target = target,
				  .authorization = header,
				  .content_type = "application/json",
				  .body = vg_slice_of(body),
				  .now_ms = API_NOW_MS};
	vg_api_dispatch(&f.service, &c, &a);
	int status = a.status;
	if (out != NULL)
		vg_buf_str(out, a.body.p);
	vg_answer_term(&a);
	return status;
}

static int act(const char *token, const char *action)
{
	char body[64];

	snprintf(body, sizeof body, "{\"action\":\"%s\"}", action);
	return answer_to(token, ID, body, NULL);
}

/* The list as `token` has it. */
static cJSON *list(const char *token)
{
	return api_json(&f, token, "/v1/releases", 200);
}

static cJSON *first(cJSON *doc)
{
	return cJSON_GetArrayItem(cJSON_GetObjectItem(doc, "releases"), 0);
}

static const char *text_in(const cJSON *o, const char *name)
{
	return cJSON_GetStringValue(cJSON_GetObjectItem(o, name));
}

Test(api_releases, law3_tells_nobody_who_has_no_part_in_one)
{
	cJSON *none = list("t-il");
	struct vg_buf hidden = {0}, absent = {0};

	cr_assert(first(none) == NULL);
	cr_assert(eq(int,
		     answer_to("t-il", ID, "{\"action\":\"agree\"}", &hidden),
		     404));
	fake_world()->n_alerts = 0;
	cr_assert(eq(int,
		     answer_to("t-il", ID, "{\"action\":\"agree\"}", &absent),
		     404));
	cr_assert(eq(str, hidden.p, absent.p));
	vg_buf_term(&hidden);
	vg_buf_term(&absent);
	cJSON_Delete(none);
}

Test(api_releases, law3_shows_a_partner_that_is_asked_its_own_part_alone)
{
	cJSON *doc = list("t-amal"), *one = first(doc);
	const cJSON *cells = cJSON_GetObjectItem(one, "cells");

	cr_assert(eq(str, (char *)text_in(one, "state"), "asked"));
	cr_assert(eq(int, cJSON_GetArraySize(cells), 1));
	cr_assert(eq(str,
		     (char *)text_in(cJSON_GetArrayItem(cells, 0), "partner"),
		     "MA"));
	cr_assert(cJSON_IsNull(cJSON_GetObjectItem(one, "partners")));
	cr_assert(cJSON_IsNull(cJSON_GetObjectItem(one, "alert")));
	cJSON_Delete(doc);
}

Test(api_releases, law3_a_refusal_changes_nothing_for_another_who_is_asked)
{
	cJSON *doc, *one;

	hold(REFUSED);
	doc = list("t-amal");
	one = first(doc);
	cr_assert(eq(str, (char *)text_in(one, "state"), "asked"));
	cJSON_Delete(doc);
	doc = list("t-us");
	cr_assert(eq(str, (char *)text_in(first(doc), "state"), "refused"));
	cJSON_Delete(doc);
	cr_assert(eq(int, act("t-zineb", "confirm"), 202));
	cr_assert(eq(int, act("t-us", "agree"), 422));
}

Test(api_releases, tell_who_reads_the_alert_all_of_it)
{
	cJSON *doc, *one;

	hold(REFUSED);
	doc = list("t-soc");
	one = first(doc);
	cr_assert(eq(str, (char *)text_in(one, "state"), "refused"));
	cr_assert(eq(int, cJSON_GetArraySize(cJSON_GetObjectItem(one, "cells")),
		     2));
	cr_assert(eq(int,
		     cJSON_GetArraySize(cJSON_GetObjectItem(one, "partners")),
		     2));
	cr_assert(cJSON_IsNull(cJSON_GetObjectItem(one, "own")));
	cJSON_Delete(doc);
}

Test(api_releases, are_answered_by_analysts_of_who_is_asked)
{
	cr_assert(eq(int, act("t-reader", "agree"), 403));
	cr_assert(eq(int, act("t-soc", "agree"), 422));
	cr_assert(eq(int, act("t-amal", "dance"), 400));
	cr_assert(eq(int, act("t-amal", "confirm"), 422));
	cr_assert(eq(int, n_sent, 0));
	cr_assert(eq(int, act("t-amal", "agree"), 202));
	cr_assert(strstr(record, "\"action\":\"agree\",\"release\":\"") != NULL,
		  "%s", record);
	cr_assert(strstr(record, "\"digest\":\"" DIGEST "\"") != NULL);
	cr_assert(eq(int, act("t-soc", "refuse"), 202));
}

Test(api_releases, are_confirmed_by_another_than_who_agreed)
{
	hold(REFUSED);
	cr_assert(eq(int, act("t-amal", "confirm"), 422));
	cr_assert(eq(int, act("t-zineb", "agree"), 422));
	cr_assert(eq(int, act("t-zineb", "confirm"), 202));
}
