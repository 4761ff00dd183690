#include "api/audit_chain.h"
#include "api/audited.h"
#include "api_fixture.h"
#include "fake_world.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

static struct api_fixture f;
static struct vg_err err;
static char path[128], text[1 << 16];

static void start(void)
{
	char line[160], all[512] = "";

	api_fixture_init(&f);
	api_token_line(line, API_MA, "MA role=analyst name=amal");
	(void)strcat(all, line);
	api_token_line(line, API_IL, "IL");
	(void)strcat(all, line);
	api_write_tokens(&f, all);
	cr_assert(eq(int, vg_tokens_refresh(f.service.tokens, 0, true, &err),
		     VG_OK));
	(void)snprintf(path, sizeof path, "%s/audit", f.folder);
	free(f.cfg->audit_file);
	f.cfg->audit_file = strdup(path);
	cr_assert(eq(int,
		     vg_auditor_new(&f.service.auditor, &f.env, NULL,
				    "a host:1\"", API_NOW_MS, &err),
		     VG_OK),
		  "%s", err.text);
}

static void finish(void)
{
	vg_auditor_free(f.service.auditor);
	(void)unlink(path);
	api_fixture_term(&f);
}

TestSuite(audited, .init = start, .fini = finish);

/* The log as it is now. */
static const char *logged(void)
{
	FILE *in = fopen(path, "r");
	size_t n = fread(text, 1, sizeof text - 1, in);

	text[n] = '\0';
	(void)fclose(in);
	return text;
}

static int entries(void)
{
	int n = 0;

	for (const char *p = logged(); (p = strchr(p, '\n')) != NULL; p++)
		n++;
	return n;
}

#define HAS(word)     cr_assert(strstr(logged(), word) != NULL, "%s", text)
#define HAS_NOT(word) cr_assert(strstr(logged(), word) == NULL, "%s", text)

Test(audited, says_who_asked_for_what_and_got_it)
{
	const char *files[] = {path};
	FILE *out = fopen("/dev/null", "w");

	(void)api_status(&f, API_MA, "/v1/alerts/a-1/evidence?");
	(void)api_status(&f, API_MA, "/v1/partners");
	HAS(",\"by\":\"amal\",\"viewer\":\"MA\",\"role\":\"analyst\"");
	HAS(",\"method\":\"GET\",\"route\":\"/v1/alerts/*/evidence\","
	    "\"object\":\"a-1\"");
	HAS(",\"status\":404,\"verdict\":\"refused\"");
	HAS("\"route\":\"/v1/partners\",\"status\":200,\"verdict\":\"given\"");
	HAS("\"writer\":\"a-host:1-\"");
	cr_assert(eq(int, vg_audit_verify(files, 1, NULL, out, &err), VG_OK),
		  "%s", err.text);
	cr_assert(eq(int, (int)vg_metric_get(&f.metrics, VG_M_AUDITED), 2));
	(void)fclose(out);
}

Test(audited, holds_no_token_and_no_text_of_others)
{
	(void)api_status(&f, API_MA, "/v1/actors/Fancy%20%22Bear");
	(void)api_status(&f, API_MA, "/v1/top?by=actor&where=actor:Heron");
	(void)api_status(&f, "vg_wrong", "/v1/top");
	HAS(",\"object\":\"~");
	HAS(",\"query\":\"~");
	HAS("\"entry\":\"read\",\"token\":null");
	HAS_NOT("Fancy");
	HAS_NOT("Heron");
	HAS_NOT("vg_");
}

Test(audited, leaves_out_what_is_open_to_all)
{
	(void)api_status(&f, NULL, "/livez");
	(void)api_status(&f, NULL, "/nowhere");
	cr_assert(eq(int, entries(), 1));
}

static struct vg_answer post(const char *target, const char *body)
{
	uint8_t from[16] = {[10] = 0xff, [11] = 0xff, 192, 0, 2, 7};
	struct vg_call call = {.method = "POST",
			       .target = target,
			       .authorization = "Bearer vg_ma",
			       .content_type = "application/json",
			       .body = vg_slice_of(body),
			       .address = from,
			       .now_ms = API_NOW_MS};
	struct vg_answer a;

	vg_api_dispatch(&f.service, &call, &a);
	return a;
}

/* No log to write actions to: it is asked for, and fails. */
Test(audited, writes_a_change_before_it_is_made_and_what_became_of_it)
{
	struct vg_answer a = post(
		"/v1/silences", "{\"match\":{\"rule\":\"r\"},\"reason\":\"x\","
				"\"to\":\"2026-03-02T00:00:00Z\"}");
	char *asked, *done;

	cr_assert(a.status >= 500, "%s", a.body.p);
	vg_answer_term(&a);
	cr_assert(eq(int, entries(), 3));
	asked = strstr(text, "\"entry\":\"asked\"");
	done = strstr(text, "\"entry\":\"change\"");
	cr_assert(asked != NULL && done != NULL && asked < done);
	HAS("\"from\":\"192.0.2.7\"");
	HAS("\"verdict\":\"failed\"");
}

static void fill_disk(void)
{
	struct rlimit l;

	cr_assert(getrlimit(RLIMIT_FSIZE, &l) == 0);
	l.rlim_cur = 1;
	(void)signal(SIGXFSZ, SIG_IGN);
	cr_assert(setrlimit(RLIMIT_FSIZE, &l) == 0);
}

Test(audited, gives_nothing_that_it_cannot_log)
{
	struct vg_answer a;

	fill_disk();
	a = post("/v1/silences", "{}");
	cr_assert(eq(int, a.status, 503));
	cr_assert(strstr(a.body.p, "urn:vigie:problem:audit") != NULL);
	vg_answer_term(&a);
	a = api_ask(&f, API_MA, "/v1/partners");
	cr_assert(eq(int, a.status, 503));
	cr_assert(strstr(a.body.p, "\"partners\"") == NULL);
	cr_assert(vg_answer_get(&a, "ETag") == NULL);
	vg_answer_term(&a);
	cr_assert(eq(int, api_status(&f, NULL, "/livez"), 200));
	f.cfg->audit_required = false;
	cr_assert(eq(int, api_status(&f, API_MA, "/v1/partners"), 200));
	cr_assert(
		eq(int, (int)vg_metric_get(&f.metrics, VG_M_AUDIT_FAILED), 4));
}

Test(audited, counts_a_flood_of_strangers_instead_of_writing_it)
{
	struct vg_call call = {.method = "GET",
			       .target = "/v1/partners",
			       .now_ms = API_NOW_MS};
	struct vg_answer a;

	for (int i = 0; i < VG_AUDIT_STRANGERS + 5; i++) {
		vg_api_dispatch(&f.service, &call, &a);
		vg_answer_term(&a);
	}
	cr_assert(eq(int, entries(), 1 + VG_AUDIT_STRANGERS));
	call.now_ms += 60000;
	vg_api_dispatch(&f.service, &call, &a);
	vg_answer_term(&a);
	HAS("\"unsaid\":5");
}

Test(audited, can_leave_out_what_has_not_changed)
{
	static const uint8_t hash_key[16] = {1};
	struct vg_answer a;
	struct vg_call call = {.method = "GET",
			       .target = "/v1/partners",
			       .authorization = "Bearer vg_ma",
			       .now_ms = API_NOW_MS};
	char tag[64];

	f.env.hash_key = hash_key;
	a = api_ask(&f, API_MA, "/v1/partners");
	(void)snprintf(tag, sizeof tag, "%s", vg_answer_get(&a, "ETag"));
	vg_answer_term(&a);
	call.if_none_match = tag;
	for (int logs = 1; logs >= 0; logs--) {
		f.cfg->audit_unchanged = logs > 0;
		vg_api_dispatch(&f.service, &call, &a);
		cr_assert(eq(int, a.status, 304));
		vg_answer_term(&a);
		cr_assert(eq(int, entries(), 3));
	}
}

Test(audited, says_that_the_tokens_were_read_anew)
{
	uint64_t before = vg_tokens_reads(f.service.tokens);

	api_write_tokens(&f, "# none\n");
	cr_assert(eq(int,
		     vg_tokens_refresh(f.service.tokens, API_NOW_MS + 2000,
				       false, &err),
		     VG_OK));
	cr_assert(eq(u64, vg_tokens_reads(f.service.tokens), before + 1));
	vg_audited_tokens(&f.service, API_NOW_MS);
	HAS("\"entry\":\"tokens\",\"tokens\":0");
}
