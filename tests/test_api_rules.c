/* The rules in force over the API, and having their files read again. */
#include "api_fixture.h"
#include "fake_world.h"

#include "alert/ruleset.h"
#include "api/tokens.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>
#include <unistd.h>

static struct api_fixture f;
static struct vg_ruleset *set;
static struct vg_board *board;
static char path[128];
static enum vg_rc answer;

static const char RULE[] = "id: three-countries\n"
			   "title: One actor in three countries\n"
			   "group_by: [actor]\n"
			   "window: 6h\n"
			   "condition: {country: {distinct: 3}}\n"
			   "severity: 8\n";

static void write_rule(const char *text)
{
	FILE *file = fopen(path, "w");

	cr_assert(file != NULL);
	(void)fputs(text, file);
	(void)fclose(file);
}

static enum vg_rc load(struct vg_ruleset **out, struct vg_err *err)
{
	char *files[] = {path};
	struct vg_config cfg = {.rule_files = files, .n_rule_files = 1};

	return vg_ruleset_load(out, &f.env, &cfg, err);
}

static enum vg_rc reload(void *ctx, size_t *rules, struct vg_err *err)
{
	*rules = 7;
	cr_assert(eq(ptr, ctx, board));
	return answer == VG_OK
		       ? VG_OK
		       : vg_err_set(err, answer, "r.yaml:3: bad; mend it");
}

static void init(void)
{
	char line[200], text[512] = "";
	struct vg_err err = {0};

	api_fixture_init(&f);
	(void)snprintf(path, sizeof path, "%s/r.yaml", f.folder);
	write_rule(RULE);
	cr_assert(eq(int, load(&set, &err), VG_OK), "%s", err.text);
	set->loaded_ms = API_NOW_MS - 1000;
	cr_assert(eq(int, vg_board_new(&board, set, &err), VG_OK));
	f.service.board = board;
	f.service.reload = reload;
	f.service.reloader = board;
	answer = VG_OK;
	api_token_line(line, "vg_keeper", "coalition role=operator");
	(void)strcat(text, line);
	api_token_line(line, API_SOC, "coalition");
	(void)strcat(text, line);
	api_token_line(line, API_MA, "MA role=admin");
	(void)strcat(text, line);
	api_write_tokens(&f, text);
	cr_assert(
		eq(int,
		   vg_tokens_refresh(f.service.tokens, API_NOW_MS, true, &err),
		   VG_OK),
		"%s", err.text);
}

static void term(void)
{
	(void)unlink(path);
	vg_board_free(board);
	vg_ruleset_drop(set);
	api_fixture_term(&f);
}

TestSuite(api_rules, .init = init, .fini = term);

static struct vg_answer post(const char *token)
{
	char header[64];
	struct vg_call call = {.method = "POST",
			       .target = "/v1/rules:reload",
			       .authorization = header,
			       .content_type = "application/json",
			       .body = {"{}", 2},
			       .now_ms = API_NOW_MS};
	struct vg_answer a;

	(void)snprintf(header, sizeof header, "Bearer %s", token);
	vg_api_dispatch(&f.service, &call, &a);
	return a;
}

static const char *text_of(const cJSON *doc, const char *name)
{
	const cJSON *item = cJSON_GetObjectItem(doc, name);

	return cJSON_IsString(item) ? item->valuestring : "";
}

Test(api_rules, shows_each_rule_with_its_hash)
{
	cJSON *doc = api_json(&f, API_MA, "/v1/rules", 200);
	const cJSON *rule =
		cJSON_GetArrayItem(cJSON_GetObjectItem(doc, "rules"), 0);

	cr_assert(eq(str, (char *)text_of(rule, "id"), "three-countries"));
	cr_assert(eq(str, (char *)text_of(rule, "kind"), "distinct"));
	cr_assert(eq(str, (char *)text_of(rule, "hash"),
		     (char *)vg_rule_at(set->rules, 0)->hash));
	cr_assert(eq(str, (char *)text_of(rule, "state"), "serving"));
	cr_assert(eq(str, (char *)text_of(doc, "loaded_at"),
		     "2026-03-01T11:59:59.500Z"));
	cr_assert(cJSON_IsNull(cJSON_GetObjectItem(doc, "error")));
	cJSON_Delete(doc);
}

static const struct vg_book_country two_ones[] = {{.code = "MA"},
						  {.code = "IL"}},
				    odd_ones[] = {{.code = "m"},
						  {.code = "MA"}};

/* An alert of the rule, that starts so long ago, of two countries. */
static struct vg_book_alert *put(const char *class_name, int64_t ago_ms,
				 const char *doc)
{
	struct vg_book_alert *a =
		&fake_world()->alert[fake_world()->n_alerts++];

	*a = (struct vg_book_alert){.id = "x",
				    .rule = "three-countries",
				    .fingerprint = "x",
				    .class_name = class_name,
				    .start_ms = API_NOW_MS - ago_ms,
				    .end_ms = API_NOW_MS,
				    .severity = 5,
				    .shadow = true,
				    .country = two_ones,
				    .n_country = 2,
				    .json = doc,
				    .json_len = strlen(doc)};
	return a;
}

#define DAY INT64_C(86400000)

Test(api_rules, law3_report_what_a_rule_on_trial_would_have_raised)
{
	static const char two[] = "{\"marking\":\"AMBER\"}";
	static const char odd[] = "{\"marking\":\"GREEN\"}";

	(void)put("MA", 29 * DAY, two);
	put("MA", DAY, odd)->country = odd_ones;
	(void)put("MA", 31 * DAY, two);
	(void)put("IL", DAY, two); /* another's */
	put("MA", DAY, two)->shadow = false;
	put("MA", DAY, two)->withdrawn = true;
	put("MA", DAY, two)->rule = "other";
	struct vg_answer a =
		api_ask(&f, API_MA, "/v1/rules/three-countries/shadow");
	cr_assert(eq(str, a.body.p,
		     "{\"marking\":\"AMBER\",\"rule\":\"three-countries\","
		     "\"shadow\":false,\"from\":\"2026-01-30T12:00:00.500Z\","
		     "\"to\":\"2026-03-01T12:00:00.500Z\",\"alerts\":2,"
		     "\"countries\":["
		     "{\"country\":\"IL\",\"alerts\":1,"
		     "\"first_start\":\"2026-01-31T12:00:00.500Z\","
		     "\"last_start\":\"2026-01-31T12:00:00.500Z\"},"
		     "{\"country\":\"MA\",\"alerts\":2,"
		     "\"first_start\":\"2026-01-31T12:00:00.500Z\","
		     "\"last_start\":\"2026-02-28T12:00:00.500Z\"}]}"));
	vg_answer_term(&a);
	cr_assert(
		eq(int, api_status(&f, API_MA, "/v1/rules/none/shadow"), 404));
}

Test(api_rules, says_which_rule_waits_for_its_past)
{
	fake_world()->fills = true;
	cJSON *doc = api_json(&f, API_MA, "/v1/rules", 200);
	const cJSON *rule =
		cJSON_GetArrayItem(cJSON_GetObjectItem(doc, "rules"), 0);

	cr_assert(eq(str, (char *)text_of(rule, "state"), "backfilling"));
	cJSON_Delete(doc);
}

Test(api_rules, says_where_a_file_is_bad_to_the_joint_soc_alone)
{
	vg_board_refuse(board, "/secret/r.yaml:3: bad", API_NOW_MS - 500);
	cJSON *soc = api_json(&f, API_SOC, "/v1/rules", 200);
	cJSON *ma = api_json(&f, API_MA, "/v1/rules", 200);

	cr_assert(eq(str, (char *)text_of(soc, "error"),
		     "/secret/r.yaml:3: bad"));
	cr_assert(eq(str, (char *)text_of(soc, "error_at"),
		     "2026-03-01T12:00:00Z"));
	cr_assert(strlen(text_of(ma, "error")) > 0);
	cr_assert(strstr(text_of(ma, "error"), "secret") == NULL);
	cJSON_Delete(soc);
	cJSON_Delete(ma);
}

Test(api_rules, a_set_that_is_shown_clears_the_fault)
{
	struct vg_ruleset *next = NULL;
	struct vg_board_fault fault;
	struct vg_err err = {0};

	vg_board_refuse(board, "bad", 1);
	cr_assert(eq(int, load(&next, &err), VG_OK));
	vg_board_show(board, next);
	vg_ruleset_drop(next);
	next = vg_board_hold(board, &fault);
	cr_assert(ne(ptr, next, set));
	cr_assert(eq(i64, fault.at_ms, 0));
	cr_assert(eq(str, fault.text, ""));
	vg_ruleset_drop(next);
}

Test(api_rules, only_an_operator_of_the_joint_soc_has_them_read_again)
{
	static const struct {
		const char *token;
		int status;
	} ask[] = {{"vg_keeper", 202}, {"vg_soc", 403}, {"vg_ma", 403}};

	for (size_t i = 0; i < sizeof ask / sizeof *ask; i++) {
		struct vg_answer a = post(ask[i].token);

		cr_expect(eq(int, a.status, ask[i].status), "%s", a.body.p);
		vg_answer_term(&a);
	}
	cr_assert(
		eq(int, api_status(&f, "vg_keeper", "/v1/rules:reload"), 405));
}

Test(api_rules, a_bad_file_is_told_with_its_place)
{
	answer = VG_INVAL;
	struct vg_answer a = post("vg_keeper");

	cr_assert(eq(int, a.status, 422));
	cr_assert(strstr(a.body.p, "r.yaml:3: bad; mend it") != NULL);
	vg_answer_term(&a);
	answer = VG_FATAL;
	a = post("vg_keeper");
	cr_assert(eq(int, a.status, 500));
	cr_assert(strstr(a.body.p, "r.yaml") == NULL);
	vg_answer_term(&a);
}

Test(api_rules, a_chain_waits_for_the_rules_that_it_is_over)
{
	struct vg_ruleset *next = NULL;
	struct vg_err err = {0};
	char text[1024];

	(void)snprintf(text, sizeof text,
		       "%s---\nid: again\ntitle: t\ntype: chain\n"
		       "group_by: [actor]\nwindow: 7d\n"
		       "rules: [three-countries, three-countries]\n"
		       "severity: 9\n",
		       RULE);
	write_rule(text);
	cr_assert(eq(int, load(&next, &err), VG_OK), "%s", err.text);
	vg_board_show(board, next);
	vg_ruleset_drop(next);
	for (int fills = 0; fills < 2; fills++) {
		fake_world()->fills = fills;
		cJSON *doc = api_json(&f, API_MA, "/v1/rules", 200);
		const cJSON *rule = cJSON_GetArrayItem(
			cJSON_GetObjectItem(doc, "rules"), 1);

		cr_expect(eq(str, (char *)text_of(rule, "kind"), "chain"));
		cr_expect(eq(str, (char *)text_of(rule, "state"),
			     fills ? "backfilling" : "serving"));
		cJSON_Delete(doc);
	}
}

Test(api_rules, a_set_with_a_bad_file_is_none)
{
	struct vg_ruleset *next = NULL;
	struct vg_err err = {0};

	write_rule("id: r\n");
	cr_assert(eq(int, load(&next, &err), VG_INVAL));
	cr_assert(eq(ptr, next, NULL));
}

static cJSON *evidence(const char *token, const char *id, int status)
{
	char target[96];

	(void)snprintf(target, sizeof target, "/v1/alerts/%s/evidence", id);
	return api_json(&f, token, target, status);
}

static char doc_text[1024];

/* An alert of class MA, raised by a rule of that hash. */
static void put_alert(const char *hash)
{
	(void)snprintf(
		doc_text, sizeof doc_text,
		"{\"id\":\"aa-1\",\"rule\":\"three-countries\",\"rule_hash\":"
		"\"%s\",\"title\":\"t\",\"marking\":\"AMBER\",\"_own\":7,"
		"\"partners\":[\"MA\",\"IL\"],\"without\":[{\"partner\":\"MA\","
		"\"holds\":false}],\"replay\":\"vigie "
		"backtest\",\"first_seen\":"
		"[{\"field\":\"country\",\"value\":\"MA\",\"partner\":\"MA\","
		"\"first\":\"2026-03-01T11:00:00.000Z\",\"last\":"
		"\"2026-03-01T11:30:00.000Z\"}]}",
		hash);
	fake_world()->alert[0] =
		(struct vg_book_alert){.id = "aa-1",
				       .rule = "three-countries",
				       .fingerprint = "aa",
				       .class_name = "MA",
				       .start_ms = API_NOW_MS - 1000,
				       .end_ms = API_NOW_MS + 3600000,
				       .json = doc_text,
				       .json_len = strlen(doc_text)};
	fake_world()->n_alerts = 1;
}

Test(api_rules, evidence_has_the_rule_the_cells_and_who_is_heard)
{
	put_alert(vg_rule_at(set->rules, 0)->hash);
	cJSON *doc = evidence(API_MA, "aa-1", 200);
	cJSON *rule = cJSON_GetObjectItem(doc, "rule");
	cJSON *text = cJSON_GetObjectItem(rule, "text");
	cJSON *all = cJSON_GetObjectItem(doc, "completeness");

	cr_assert(cJSON_IsTrue(cJSON_GetObjectItem(rule, "in_force")));
	cr_assert(eq(str, cJSON_GetObjectItem(text, "window")->valuestring,
		     "6h"));
	cr_assert(eq(int, cJSON_GetObjectItem(text, "severity")->valueint, 8));
	cr_assert(eq(int, cJSON_GetArraySize(cJSON_GetObjectItem(doc, "cells")),
		     1));
	cr_assert(eq(int,
		     cJSON_GetArraySize(cJSON_GetObjectItem(doc, "partners")),
		     2));
	cr_assert(eq(
		int,
		cJSON_GetArraySize(cJSON_GetObjectItem(doc, "counterfactuals")),
		1));
	cr_assert(eq(int, cJSON_GetObjectItem(all, "members")->valueint, 5));
	cr_assert(strncmp(cJSON_GetObjectItem(all, "text")->valuestring,
			  "0 of 5 partners current; MA ", 28) == 0,
		  "%s", cJSON_GetObjectItem(all, "text")->valuestring);
	cJSON_Delete(doc);
}

Test(api_rules, evidence_of_a_rule_that_changed_has_no_text_of_another)
{
	put_alert("0000000000000000");
	cJSON *doc = evidence(API_MA, "aa-1", 200);
	cJSON *rule = cJSON_GetObjectItem(doc, "rule");

	cr_assert(cJSON_IsFalse(cJSON_GetObjectItem(rule, "in_force")));
	cr_assert(cJSON_IsNull(cJSON_GetObjectItem(rule, "text")));
	cJSON_Delete(doc);
}

Test(api_rules, law3_evidence_of_another_class_is_as_of_no_alert)
{
	put_alert("0000000000000000");
	cJSON *hidden = evidence(API_SOC, "aa-1", 404);
	cJSON *absent = evidence(API_SOC, "aa-2", 404);

	cJSON_DeleteItemFromObject(hidden, "instance");
	cJSON_DeleteItemFromObject(absent, "instance");
	cr_assert(cJSON_Compare(hidden, absent, true));
	cJSON_Delete(hidden);
	cJSON_Delete(absent);
}
