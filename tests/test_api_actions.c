/* Requests that write: who may, what they may hold, what reaches the log. */
#include "alert/people.h"
#include "api/precision.h"
#include "api_fixture.h"
#include "core/limits.h"
#include "fake_world.h"

#include "api/tokens.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>

static struct api_fixture f;
static struct vg_err err;
static char key[64], record[VG_HTTP_BODY_MAX * 2];
static int n_sent;
static enum vg_rc sink_rc;

static const char *const ANALYST = "vg_analyst", *const OTHER = "vg_other",
			 *const ADMIN = "vg_admin";
static const char ID[] = "0123456789abcdef-1772366399500";
static const char DOC[] = "{\"id\":\"0123456789abcdef-1772366399500\","
			  "\"marking\":\"GREEN\"}";
static const char ACK[] = "{\"action\":\"acknowledge\"}";

static enum vg_rc put(void *ctx, struct vg_slice k, struct vg_slice text,
		      struct vg_err *e)
{
	(void)ctx;
	if (sink_rc != VG_OK)
		return vg_err_set(e, sink_rc, "brokers are away");
	snprintf(key, sizeof key, "%.*s", (int)k.n, k.p);
	snprintf(record, sizeof record, "%.*s", (int)text.n, text.p);
	n_sent++;
	return VG_OK;
}

static void add_token(char *text, const char *token, const char *words)
{
	char line[160];

	api_token_line(line, token, words);
	strcat(text, line);
}

static void start(void)
{
	char text[1024] = "";

	api_fixture_init(&f);
	f.service.sink = (struct vg_action_sink){.put = put};
	add_token(text, API_MA, "MA");
	add_token(text, ANALYST, "MA role=analyst name=amal");
	add_token(text, OTHER, "IL role=analyst name=noa");
	add_token(text, ADMIN, "MA role=admin");
	api_write_tokens(&f, text);
	cr_assert(eq(int, vg_tokens_refresh(f.service.tokens, 0, true, &err),
		     VG_OK),
		  "%s", err.text);
	fake_world()->alert[0] =
		(struct vg_book_alert){.id = ID,
				       .rule = "r1",
				       .fingerprint = "0123456789abcdef",
				       .class_name = "MA",
				       .start_ms = API_NOW_MS - 1000,
				       .end_ms = API_NOW_MS + 3600000,
				       .resolve_after_ms = 3600000,
				       .severity = 5,
				       .json = DOC,
				       .json_len = sizeof DOC - 1};
	fake_world()->n_alerts = 1;
}

static void finish(void)
{
	api_fixture_term(&f);
}

TestSuite(actions, .init = start, .fini = finish);

struct sent {
	const char *method, *target, *token, *body, *type, *repeat_key;
};

static int call(const struct sent *what, char *body_out, size_t cap)
{
	char header[64] = "";
	struct vg_answer a;

	snprintf(header, sizeof header, "Bearer %s",
		 what->token != NULL ? what->token : "");
	const struct vg_call c = {
		.method = what->method != NULL ? what->method : "POST",
		.target = what->target,
		.authorization = what->token != NULL ? header : NULL,
		.content_type =
			what->type != NULL ? what->type : "application/json",
		.repeat_key = what->repeat_key,
		.body = vg_slice_of(what->body != NULL ? what->body : ""),
		.now_ms = API_NOW_MS};
	vg_api_dispatch(&f.service, &c, &a);
	if (body_out != NULL)
		snprintf(body_out, cap, "%s", a.body.p);
	int status = a.status;
	vg_answer_term(&a);
	return status;
}

static int act(const char *token, const char *body)
{
	char target[96];

	snprintf(target, sizeof target, "/v1/alerts/%s/actions", ID);
	const struct sent s = {.target = target, .token = token, .body = body};
	return call(&s, NULL, 0);
}

Test(actions, are_written_by_analysts_and_above_alone)
{
	cr_assert(eq(int, act(NULL, ACK), 401));
	cr_assert(eq(int, act(API_MA, ACK), 403));
	cr_assert(eq(int, n_sent, 0));
	cr_assert(eq(int, act(ANALYST, ACK), 202));
	cr_assert(eq(int, act(ADMIN, ACK), 202));
	cr_assert(eq(int, n_sent, 2));
}

Test(actions, reach_the_log_with_who_and_when)
{
	cr_assert(eq(int,
		     act(ANALYST, "{\"action\":\"comment\",\"text\":\"seen\"}"),
		     202));
	cr_assert(eq(str, key, (char *)ID));
	cr_assert(strstr(record, "\"viewer\":\"MA\",\"author\":\"amal\","
				 "\"time\":\"2026-03-01T12:00:00.500Z\","
				 "\"action\":\"comment\",\"alert\":\"") != NULL,
		  "%s", record);
	cr_assert(strstr(record, "\"text\":\"seen\"}") != NULL);
}

Test(actions, law3_on_an_alert_of_another_class_are_as_on_none)
{
	char hidden[512], absent[512];
	char target[96];

	snprintf(target, sizeof target, "/v1/alerts/%s/actions", ID);
	const struct sent one = {.target = target, .token = OTHER, .body = ACK};
	const struct sent two = {
		.target = "/v1/alerts/0123456789abcdef-1772366399501/actions",
		.token = OTHER,
		.body = ACK};
	cr_assert(eq(int, call(&one, hidden, sizeof hidden), 404));
	cr_assert(eq(int, call(&two, absent, sizeof absent), 404));
	/* The path that was asked for is all that differs. */
	cr_assert(eq(int,
		     strncmp(hidden, absent,
			     (size_t)(strstr(hidden, "instance") - hidden)),
		     0));
	cr_assert(eq(int, n_sent, 0));
}

Test(actions, that_are_malformed_are_refused_and_not_written)
{
	char target[96];

	snprintf(target, sizeof target, "/v1/alerts/%s/actions", ID);
	const struct sent form = {.target = target,
				  .token = ANALYST,
				  .body = ACK,
				  .type = "text/plain"};
	cr_assert(eq(int, call(&form, NULL, 0), 415));
	cr_assert(eq(int, act(ANALYST, ""), 400));
	cr_assert(eq(int, act(ANALYST, "{\"action\":\"comment\"}"), 400));
	cr_assert(eq(int, act(ANALYST, "{\"action\":\"close\",\"x\":1}"), 400));
	cr_assert(eq(int, n_sent, 0));
}

Test(actions, of_a_silent_log_are_answered_503_and_may_be_sent_again)
{
	sink_rc = VG_RETRY;
	cr_assert(eq(int, act(ANALYST, ACK), 503));
	sink_rc = VG_OK;
	cr_assert(eq(int, act(ANALYST, ACK), 202));
}

static int keyed(const char *token, const char *repeat_key, const char *body,
		 char *out, size_t cap)
{
	char target[96];

	snprintf(target, sizeof target, "/v1/alerts/%s/actions", ID);
	const struct sent s = {.target = target,
			       .token = token,
			       .body = body,
			       .repeat_key = repeat_key};
	return call(&s, out, cap);
}

Test(actions, with_one_idempotency_key_are_one)
{
	char first[256], again[256], other[256], long_key[130];
	static const char entry[] =
		"1 {\"change\":\"acknowledged\",\"action\":\"%.32s\",\"at\":"
		"\"2026-03-01T11:00:00.000Z\",\"author\":\"amal\",\"viewer\":"
		"\"MA\"}";
	char stored[512];

	cr_assert(eq(int, keyed(ANALYST, "k1", ACK, first, sizeof first), 202));
	cr_assert(eq(int, keyed(ANALYST, "k1", ACK, again, sizeof again), 202));
	cr_assert(eq(str, first, again));
	cr_assert(eq(int, keyed(ANALYST, "k2", ACK, other, sizeof other), 202));
	cr_assert(ne(str, first, other));
	cr_assert(eq(int, keyed(ADMIN, "k1", ACK, other, sizeof other), 202));
	cr_assert(ne(str, first, other));

	snprintf(stored, sizeof stored, entry, first + 7);
	fake_world()->entry = stored;
	n_sent = 0;
	cr_assert(eq(int, keyed(ANALYST, "k1", ACK, again, sizeof again), 200),
		  "%s", stored);
	cr_assert(eq(int,
		     keyed(ANALYST, "k1", "{\"action\":\"close\"}", NULL, 0),
		     422));
	cr_assert(eq(int, n_sent, 0));

	memset(long_key, 'k', sizeof long_key);
	long_key[128] = '\0';
	fake_world()->entry = NULL;
	cr_assert(eq(int, keyed(ANALYST, long_key, ACK, NULL, 0), 202));
	long_key[128] = 'k';
	long_key[129] = '\0';
	cr_assert(eq(int, keyed(ANALYST, long_key, ACK, NULL, 0), 400));
	cr_assert(eq(int, keyed(ANALYST, "a b", ACK, NULL, 0), 400));
}

static void said(const char *field, const char *value)
{
	cr_assert(eq(int,
		     vg_people_put(f.service.people, vg_slice_of(field),
				   vg_slice_of(value), &err),
		     VG_OK),
		  "%s", err.text);
}

Test(actions, are_shown_in_the_alert_and_numbered_in_its_history)
{
	char field[96], target[96];
	cJSON *doc, *people, *history;

	cr_assert(eq(int, vg_people_new(&f.service.people, &err), VG_OK));
	snprintf(field, sizeof field, "%s verdict", ID);
	said(field, "2 {\"change\":\"judged\",\"at\":\"2026-03-01T11:30:00.000Z"
		    "\",\"author\":\"amal\",\"verdict\":\"true\"}");
	snprintf(field, sizeof field, "%s close", ID);
	said(field, "3 {\"change\":\"reopened\",\"at\":\"2026-03-01T11:40:00."
		    "000Z\",\"author\":\"amal\"}");
	fake_world()->history =
		"[{\"change\":\"raised\",\"at\":\"2026-03-01T11:00:00.000Z\"},"
		"{\"change\":\"updated\",\"at\":\"2026-03-01T11:35:00.000Z\"}]";
	fake_world()->entries = "[{\"n\":1,\"change\":\"closed\",\"at\":"
				"\"2026-03-01T11:20:00.000Z\"},"
				"{\"n\":2,\"change\":\"judged\",\"at\":"
				"\"2026-03-01T11:30:00.000Z\"},"
				"{\"n\":3,\"change\":\"reopened\",\"at\":"
				"\"2026-03-01T11:40:00.000Z\"}]";
	snprintf(target, sizeof target, "/v1/alerts/%s", ID);
	doc = api_json(&f, API_MA, target, 200);
	people = cJSON_GetObjectItem(doc, "people");
	cr_assert(cJSON_GetObjectItem(people, "reopened") != NULL);
	cr_assert(eq(str,
		     cJSON_GetObjectItem(cJSON_GetObjectItem(people, "judged"),
					 "verdict")
			     ->valuestring,
		     "true"));
	history = cJSON_GetObjectItem(doc, "history");
	static const char *const order[] = {"raised", "closed", "judged",
					    "updated", "reopened"};
	cr_assert(eq(int, cJSON_GetArraySize(history), 5));
	for (int i = 0; i < 5; i++)
		cr_assert(eq(str,
			     cJSON_GetObjectItem(cJSON_GetArrayItem(history, i),
						 "change")
				     ->valuestring,
			     (char *)order[i]));
	cJSON_Delete(doc);

	doc = api_json(&f, API_MA, "/v1/alerts", 200);
	people = cJSON_GetObjectItem(
		cJSON_GetArrayItem(cJSON_GetObjectItem(doc, "alerts"), 0),
		"people");
	cr_assert(cJSON_GetObjectItem(people, "judged") != NULL);
	cJSON_Delete(doc);
	vg_people_free(f.service.people);
}

Test(actions, of_an_alert_counted_anew_under_another_start_are_still_its)
{
	char field[96];
	cJSON *doc;

	cr_assert(eq(int, vg_people_new(&f.service.people, &err), VG_OK));
	/* Its start was first known half an hour later; another's is not ours.
	 */
	snprintf(field, sizeof field, "0123456789abcdef-%lld acknowledge",
		 (long long)(API_NOW_MS + 1800000));
	said(field, "1 {\"change\":\"acknowledged\",\"at\":\"x\"}");
	snprintf(field, sizeof field, "0123456789abcdef-%lld close",
		 (long long)(API_NOW_MS - 7200000));
	said(field, "1 {\"change\":\"closed\",\"at\":\"x\"}");
	doc = api_json(&f, API_MA, "/v1/alerts", 200);
	cJSON *people = cJSON_GetObjectItem(
		cJSON_GetArrayItem(cJSON_GetObjectItem(doc, "alerts"), 0),
		"people");
	cr_assert(cJSON_GetObjectItem(people, "acknowledged") != NULL);
	cr_assert(cJSON_GetObjectItem(people, "closed") == NULL);
	cJSON_Delete(doc);
	vg_people_free(f.service.people);
}

/* The text of the precision of rule r1 as `viewer` sees it. */
static char *precision(const char *viewer)
{
	struct vg_buf b = {0};
	struct vg_jout j = {.buf = &b};
	struct vg_precision *p = vg_precision_new(&f.service, viewer);

	vg_precision_write(&j, p, "r1");
	vg_precision_free(p);
	return b.p;
}

Test(actions, verdicts_make_the_precision_of_a_rule_for_who_sees_the_alert)
{
	static const struct vg_book_country both[] = {{0, "IL"}, {0, "MA"}};
	char field[96];

	cr_assert(eq(int, vg_people_new(&f.service.people, &err), VG_OK));
	fake_world()->alert[1] = fake_world()->alert[0];
	fake_world()->alert[1].id = "1123456789abcdef-1772366399500";
	fake_world()->alert[1].fingerprint = "1123456789abcdef";
	fake_world()->alert[1].country = both;
	fake_world()->alert[1].n_country = 2;
	fake_world()->n_alerts = 2;
	snprintf(field, sizeof field, "%s verdict", ID);
	said(field, "1 {\"change\":\"judged\",\"verdict\":\"false\"}");
	said("1123456789abcdef-1772366399500 verdict",
	     "1 {\"change\":\"judged\",\"verdict\":\"true\"}");
	char *ours = precision("MA"), *theirs = precision("IL");
	cr_assert(eq(str, ours,
		     "{\"true\":1,\"false\":1,\"known\":0,\"share\":0.5,"
		     "\"countries\":{\"IL\":{\"true\":1,\"false\":0,"
		     "\"known\":0,\"share\":1},\"MA\":{\"true\":1,"
		     "\"false\":0,\"known\":0,\"share\":1}}}"));
	cr_assert(eq(str, theirs,
		     "{\"true\":0,\"false\":0,\"known\":0,\"share\":null,"
		     "\"countries\":{}}"));
	free(ours);
	free(theirs);
	vg_people_free(f.service.people);
}

static int silence(const char *method, const char *target, const char *token,
		   const char *body)
{
	const struct sent s = {.method = method,
			       .target = target,
			       .token = token,
			       .body = body};

	return call(&s, NULL, 0);
}

Test(actions, begin_and_end_silences_of_the_own_viewer)
{
	static const char text[] =
		"{\"match\":{\"rule\":\"r1\"},\"reason\":\"works\","
		"\"to\":\"2026-03-02T00:00:00Z\"}";

	cr_assert(eq(int, silence("POST", "/v1/silences", API_MA, text), 403));
	cr_assert(eq(int, silence("POST", "/v1/silences", ANALYST, text), 202));
	cr_assert(strstr(record, "\"action\":\"silence\",\"silence\":\"") !=
		  NULL);
	cr_assert(strstr(record, "\"from\":\"2026-03-01T12:00:00.500Z\"") !=
		  NULL);

	fake_world()->silence_id = "s1";
	fake_world()->silence =
		"{\"at\":\"2026-03-01T11:00:00.000Z\",\"author\":\"amal\","
		"\"viewer\":\"MA\",\"match\":{\"rule\":\"r1\"},"
		"\"from\":\"2026-03-01T11:00:00.000Z\","
		"\"to\":\"2026-03-02T00:00:00.000Z\",\"reason\":\"works\"}";
	cJSON *doc = api_json(&f, API_MA, "/v1/silences", 200);
	cJSON *one =
		cJSON_GetArrayItem(cJSON_GetObjectItem(doc, "silences"), 0);
	cr_assert(eq(str, cJSON_GetObjectItem(one, "state")->valuestring,
		     "active"));
	cr_assert(eq(str, cJSON_GetObjectItem(one, "reason")->valuestring,
		     "works"));
	cJSON_Delete(doc);
	doc = api_json(&f, OTHER, "/v1/silences", 200);
	cr_assert(eq(int,
		     cJSON_GetArraySize(cJSON_GetObjectItem(doc, "silences")),
		     0));
	cJSON_Delete(doc);

	n_sent = 0;
	cr_assert(eq(int, silence("DELETE", "/v1/silences/s1", OTHER, NULL),
		     404));
	cr_assert(eq(int, silence("DELETE", "/v1/silences/s2", ANALYST, NULL),
		     404));
	cr_assert(eq(int, n_sent, 0));
	cr_assert(eq(int, silence("DELETE", "/v1/silences/s1", ANALYST, NULL),
		     202));
	cr_assert(strstr(record,
			 "\"action\":\"unsilence\",\"silence\":\"s1\"}") !=
		  NULL);
}

Test(actions, have_no_other_method)
{
	cr_assert(
		eq(int, silence("GET", "/v1/silences/s1", ANALYST, NULL), 405));
	cr_assert(eq(int, silence("PUT", "/v1/silences", ANALYST, "{}"), 405));
	cr_assert(not(vg_api_takes_body("POST", "/v1/alerts")));
	cr_assert(not(vg_api_takes_body("GET", "/v1/silences")));
	cr_assert(vg_api_takes_body("POST", "/v1/silences"));
	cr_assert(vg_api_takes_body("POST", "/v1/alerts/x/actions"));
}
