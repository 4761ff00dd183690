/* Rules and watchlists of a partner's own over the API: who may, what is
 * refused with its reason, and that nobody else can tell. */
#include "api_fixture.h"
#include "fake_world.h"

#include "alert/rule_files.h"
#include "alert/ruleset.h"
#include "api/tokens.h"
#include "core/limits.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static struct api_fixture f;
static struct vg_board *board;
static char path[128], record[VG_HTTP_BODY_MAX * 2], reason[512];
static int n_sent;
static struct vg_err err;

static const char *const AMAL = "vg_amal", *const NOA = "vg_noa",
			 *const KEEPER = "vg_keeper";

static const char SHARED[] = "id: shared\ntitle: t\ngroup_by: [actor]\n"
			     "window: 1h\nseverity: 5\n"
			     "condition: {country: {distinct: 2}}\n";
#define RULE(id, window)                                                       \
	"{\"id\":\"" id "\",\"title\":\"t\",\"group_by\":[\"actor\"],"         \
	"\"severity\":5,\"window\":\"" window "\",\"condition\":{\"country\":" \
	"{\"distinct\":2}}}"
#define LIST(id) "{\"watchlist\":\"" id "\",\"values\":[\"192.0.2.1\"]}"
#define USES(id, list)                                                         \
	"{\"id\":\"" id "\",\"title\":\"t\",\"group_by\":[\"actor\"],"         \
	"\"severity\":5,\"window\":\"1h\",\"match\":{\"indicator\":"           \
	"{\"in_watchlist\":\"" list "\"}},\"condition\":{\"country\":"         \
	"{\"distinct\":2}}}"

static enum vg_rc put(void *ctx, struct vg_slice key, struct vg_slice text,
		      struct vg_err *e)
{
	(void)ctx;
	(void)key;
	(void)e;
	snprintf(record, sizeof record, "%.*s", (int)text.n, text.p);
	n_sent++;
	return VG_OK;
}

/* What the leader and each process make of what is kept by now. */
static void in_force(void)
{
	struct vg_ruleset *now = vg_board_hold(board, NULL), *next = NULL;

	cr_assert(eq(int,
		     vg_ruleset_make(&next, &f.env, now->files,
				     &fake_world()->own, &err),
		     VG_OK),
		  "%s", err.text);
	next->loaded_ms = now->loaded_ms;
	vg_board_show(board, next);
	vg_ruleset_drop(next);
	vg_ruleset_drop(now);
}

/* `viewer` keeps it already. */
static void keep(const char *viewer, enum vg_own_kind kind, const char *id,
		 const char *text)
{
	char entry[] = "{\"at\":\"2026-03-01T11:00:00.000Z\",\"author\":"
		       "\"amal\",\"action\":\"0\"}";
	struct vg_own_doc d = {
		.kind = kind, .text = (char *)(uintptr_t)text, .entry = entry};

	strcpy(d.viewer, viewer);
	strcpy(d.id, id);
	cr_assert(eq(int, vg_own_put(&fake_world()->own, &d, &err), VG_OK));
}

static void add_token(char *text, const char *token, const char *words)
{
	char line[160];

	api_token_line(line, token, words);
	strcat(text, line);
}

static void start(void)
{
	char *files[] = {path}, text[1024] = "";
	struct vg_config cfg = {.rule_files = files, .n_rule_files = 1};
	struct vg_ruleset *set = NULL;
	FILE *file;

	api_fixture_init(&f);
	(void)snprintf(path, sizeof path, "%s/r.yaml", f.folder);
	file = fopen(path, "w");
	cr_assert(file != NULL);
	(void)fputs(SHARED, file);
	(void)fclose(file);
	cr_assert(eq(int, vg_ruleset_load(&set, &f.env, &cfg, &err), VG_OK),
		  "%s", err.text);
	set->loaded_ms = API_NOW_MS - 1000;
	cr_assert(eq(int, vg_board_new(&board, set, &err), VG_OK));
	vg_ruleset_drop(set);
	f.service.board = board;
	f.service.sink = (struct vg_action_sink){.put = put};
	add_token(text, API_MA, "MA");
	add_token(text, API_IL, "IL");
	add_token(text, API_SOC, "coalition");
	add_token(text, AMAL, "MA role=analyst name=amal");
	add_token(text, NOA, "IL role=analyst name=noa");
	add_token(text, KEEPER, "coalition role=admin");
	api_write_tokens(&f, text);
	cr_assert(eq(int, vg_tokens_refresh(f.service.tokens, 0, true, &err),
		     VG_OK),
		  "%s", err.text);
}

static void finish(void)
{
	vg_own_term(&fake_world()->own);
	vg_board_free(board);
	(void)unlink(path);
	api_fixture_term(&f);
}

TestSuite(api_own, .init = start, .fini = finish);

static int call(const char *token, const char *method, const char *target,
		const char *body, const char *key)
{
	char header[64];
	struct vg_answer a;

	snprintf(header, sizeof header, "Bearer %s", token);
	const struct vg_call c = {.method = method,
				  .target = target,
				  .authorization = header,
				  .content_type = "application/json",
				  .repeat_key = key,
				  .body = vg_slice_of(body),
				  .now_ms = API_NOW_MS};
	vg_api_dispatch(&f.service, &c, &a);
	snprintf(reason, sizeof reason, "%s", a.body.p);
	int status = a.status;
	vg_answer_term(&a);
	return status;
}

static int post(const char *token, const char *what, const char *body)
{
	char target[64];

	snprintf(target, sizeof target, "/v1/own/%s", what);
	return call(token, "POST", target, body, NULL);
}

Test(api_own, is_written_by_a_partners_analysts_alone)
{
	cr_assert(eq(int, post(API_MA, "rules", RULE("mine", "2h")), 403));
	cr_assert(eq(int, post(KEEPER, "rules", RULE("mine", "2h")), 403));
	cr_assert(eq(int, n_sent, 0));
	cr_assert(eq(int, post(AMAL, "rules", RULE("mine", "2h")), 202));
	cr_assert(eq(int, n_sent, 1));
	cr_assert(strstr(record,
			 "\"viewer\":\"MA\",\"author\":\"amal\","
			 "\"time\":\"2026-03-01T12:00:00.500Z\","
			 "\"action\":\"keep\",\"own\":\"mine\","
			 "\"kind\":\"rule\",\"doc\":{\"id\":\"mine\"") != NULL,
		  "%s", record);
	cr_assert(eq(int, post(AMAL, "watchlists", LIST("c2")), 202));
	cr_assert(strstr(record, "\"kind\":\"watchlist\"") != NULL);
}

Test(api_own, a_bad_one_is_refused_with_the_reason_and_changes_nothing)
{
	static const struct {
		const char *what, *body, *why;
		int status;
	} row[] = {
		{"rules", RULE("mine", "soon"), "`window`", 422},
		{"rules", RULE("Mine", "2h"), "`id` must be", 422},
		{"rules", "{\"title\":\"t\"}", "`id` must be", 422},
		{"rules", USES("mine", "c2"), "must name a watchlist", 422},
		{"rules", "[1]", "no JSON object", 400},
		{"rules", "{\"id\":", "no strict JSON", 400},
		{"rules", LIST("c2"), "`id` must be", 422},
		{"watchlists", RULE("mine", "2h"), "`watchlist` must", 422},
		{"watchlists", "{\"watchlist\":\"c2\"}", "`values` must", 422},
		{"watchlists",
		 "{\"watchlist\":\"c2\",\"values\":[1],"
		 "\"colour\":1}",
		 "`colour`", 422}};

	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		cr_expect(eq(int, post(AMAL, row[i].what, row[i].body),
			     row[i].status),
			  "%zu: %s", i, reason);
		cr_expect(strstr(reason, row[i].why) != NULL, "%zu: %s", i,
			  reason);
	}
	cr_assert(eq(int, n_sent, 0));
}

Test(api_own, is_made_by_post_and_replaced_by_put)
{
	keep("MA", VG_OWN_RULE, "mine", RULE("mine", "2h"));
	in_force();
	cr_assert(eq(int, post(AMAL, "rules", RULE("mine", "3h")), 422));
	cr_assert(strstr(reason, "PUT replaces") != NULL);
	cr_assert(eq(int,
		     call(AMAL, "PUT", "/v1/own/rules/mine", RULE("mine", "3h"),
			  NULL),
		     202));
	cr_assert(eq(int,
		     call(AMAL, "PUT", "/v1/own/rules/other",
			  RULE("mine", "3h"), NULL),
		     422));
	cr_assert(eq(int, call(AMAL, "DELETE", "/v1/own/rules/mine", "", NULL),
		     202));
	cr_assert(strstr(record, "\"action\":\"drop\",\"own\":\"mine\"") !=
		  NULL);
}

Test(api_own, a_watchlist_that_a_rule_names_stays)
{
	keep("MA", VG_OWN_WATCHLIST, "c2", LIST("c2"));
	keep("MA", VG_OWN_RULE, "mine", USES("mine", "c2"));
	in_force();
	cr_assert(eq(int,
		     call(AMAL, "DELETE", "/v1/own/watchlists/c2", "", NULL),
		     422));
	cr_assert(strstr(reason, "must name a watchlist") != NULL);
	cr_assert(eq(int, n_sent, 0));
}

Test(api_own, a_partner_keeps_so_many_rules_and_no_more)
{
	char id[16], text[512];

	for (int i = 0; i < VG_OWN_RULES_MAX - 1; i++) {
		snprintf(id, sizeof id, "r%d", i);
		snprintf(text, sizeof text,
			 "{\"id\":\"r%d\",\"title\":\"t\",\"group_by\":"
			 "[\"actor\"],\"severity\":5,\"window\":\"1h\","
			 "\"condition\":{\"country\":{\"distinct\":2}}}",
			 i);
		keep("MA", VG_OWN_RULE, id, text);
	}
	in_force();
	cr_assert(eq(int, post(AMAL, "rules", RULE("last", "2h")), 202));
	keep("MA", VG_OWN_RULE, "last", RULE("last", "2h"));
	in_force();
	cr_assert(eq(int, post(AMAL, "rules", RULE("more", "2h")), 422));
	cr_assert(strstr(reason, "at most 16 rules") != NULL, "%s", reason);
	cr_assert(eq(int,
		     call(AMAL, "PUT", "/v1/own/rules/last", RULE("last", "3h"),
			  NULL),
		     202));
	cr_assert(eq(int, post(NOA, "rules", RULE("more", "2h")), 202));
}

Test(api_own, shows_each_with_who_and_when_and_how_it_stands)
{
	keep("MA", VG_OWN_RULE, "bad", RULE("bad", "never"));
	keep("MA", VG_OWN_RULE, "mine", RULE("mine", "2h"));
	in_force();
	keep("MA", VG_OWN_RULE, "new", RULE("new", "2h"));
	cJSON *doc = api_json(&f, API_MA, "/v1/own/rules", 200);
	const cJSON *list = cJSON_GetObjectItem(doc, "rules");
	static const char *const state[] = {"refused", "serving", "pending"};

	cr_assert(eq(int, cJSON_GetObjectItem(doc, "used")->valueint, 3));
	cr_assert(eq(int, cJSON_GetObjectItem(doc, "most")->valueint,
		     VG_OWN_RULES_MAX));
	for (int i = 0; i < 3; i++)
		cr_expect(eq(str,
			     cJSON_GetObjectItem(cJSON_GetArrayItem(list, i),
						 "state")
				     ->valuestring,
			     (char *)(uintptr_t)state[i]));
	cr_assert(
		strstr(cJSON_GetObjectItem(cJSON_GetArrayItem(list, 0), "error")
			       ->valuestring,
		       "`window`") != NULL);
	cJSON_Delete(doc);
	doc = api_json(&f, API_MA, "/v1/own/rules/mine", 200);
	cr_assert(eq(str, cJSON_GetObjectItem(doc, "changed_by")->valuestring,
		     "amal"));
	cr_assert(eq(
		str,
		cJSON_GetObjectItem(cJSON_GetObjectItem(doc, "rule"), "window")
			->valuestring,
		"2h"));
	cJSON_Delete(doc);
}

/* Whole answers of everybody but MA, with MA's own in force or without. */
static void read_others(struct vg_buf *out)
{
	static const char *const target[] = {
		"/v1/rules", "/v1/own/rules", "/v1/own/watchlists",
		"/v1/own/rules/mine", "/v1/rules/ma.mine/shadow"};
	const char *const who[] = {API_IL, API_SOC};

	for (size_t w = 0; w < 2; w++)
		for (size_t i = 0; i < sizeof target / sizeof *target; i++) {
			struct vg_answer a = api_ask(&f, who[w], target[i]);
			const char *tag = vg_answer_get(&a, "ETag");

			vg_buf_printf(out, "%d %s %s\n", a.status, a.body.p,
				      tag != NULL ? tag : "");
			vg_answer_term(&a);
		}
}

Test(api_own, law3_nobody_else_can_tell_that_it_is_there)
{
	struct vg_buf without = {0}, with = {0};

	read_others(&without);
	keep("MA", VG_OWN_RULE, "mine", RULE("mine", "2h"));
	keep("MA", VG_OWN_WATCHLIST, "c2", LIST("c2"));
	in_force();
	read_others(&with);
	cr_assert(eq(str, with.p, without.p));
	struct vg_answer a = api_ask(&f, API_MA, "/v1/rules");
	cr_assert(strstr(a.body.p, "\"id\":\"ma.mine\"") != NULL);
	vg_answer_term(&a);
	vg_buf_term(&without);
	vg_buf_term(&with);
}

Test(api_own, law3_anothers_is_as_none)
{
	keep("MA", VG_OWN_RULE, "mine", RULE("mine", "2h"));
	in_force();
	cr_assert(eq(int, call(NOA, "DELETE", "/v1/own/rules/mine", "", NULL),
		     404));
	cr_assert(eq(int, post(NOA, "rules", RULE("mine", "2h")), 202));
	cr_assert(eq(int, post(NOA, "rules", USES("seen", "c2")), 422));
}
