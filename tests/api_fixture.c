#include "api_fixture.h"

#include "api/pool.h"
#include "api/tokens.h"
#include "core/hash.h"
#include "fake_world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const char *const API_MA = "vg_ma", *const API_IL = "vg_il",
		  *const API_SOC = "vg_soc";

static const uint8_t HASH_KEY[VG_HASH_KEY] = {3};

static const char CONFIG[] = "partners:\n"
			     "  - {id: MA, country: MA, slot: 0}\n"
			     "  - {id: IL, country: IL, slot: 1}\n"
			     "  - {id: AE, country: AE, slot: 2}\n"
			     "  - {id: US, country: US, slot: 3}\n"
			     "  - {id: BH, country: BH, slot: 4}\n"
			     "kafka: {brokers: \"127.0.0.1:9092\"}\n"
			     "http: {address: \"127.0.0.1:0\"}\n"
			     "hash_key_file: key\n";

/* Ends a test, and a fuzz target: Criterion is not in all that link this. */
static void need(bool good, const char *what, const char *why)
{
	if (good)
		return;
	fprintf(stderr, "api_fixture: %s: %s\n", what, why);
	abort();
}

void api_token_line(char out[160], const char *token, const char *viewer)
{
	char hash[65];

	vg_sha256_hex(hash, token, strlen(token));
	(void)snprintf(out, 160, "%s %s\n", hash, viewer);
}

void api_write_tokens(struct api_fixture *f, const char *text)
{
	FILE *file = fopen(f->token_path, "w");

	need(file != NULL, f->token_path, "cannot be written");
	(void)fputs(text, file);
	(void)fclose(file);
	(void)chmod(f->token_path, 0600);
}

static void write_three_tokens(struct api_fixture *f)
{
	char line[160], text[512] = "# three viewers\n\n";

	api_token_line(line, API_MA, "MA");
	(void)strcat(text, line);
	api_token_line(line, API_IL, "IL");
	(void)strcat(text, line);
	api_token_line(line, API_SOC, "coalition");
	(void)strcat(text, line);
	api_write_tokens(f, text);
}

void api_fixture_init(struct api_fixture *f)
{
	struct vg_err err = {0};

	memset(f, 0, sizeof *f);
	(void)strcpy(f->folder, "/tmp/vigie-api-XXXXXX");
	need(mkdtemp(f->folder) != NULL, f->folder, "cannot be made");
	(void)snprintf(f->token_path, sizeof f->token_path, "%s/tokens",
		       f->folder);
	need(vg_config_parse(&f->cfg, "t", CONFIG, strlen(CONFIG), &err) ==
		     VG_OK,
	     "configuration", err.text);
	free(f->cfg->http_token_file);
	f->cfg->http_token_file = strdup(f->token_path);
	write_three_tokens(f);
	need(vg_audiences_new(&f->aud, f->cfg, &err) == VG_OK, "audiences",
	     err.text);
	need(vg_plan_new(&f->plan, &err) == VG_OK, "plan", err.text);

	f->env = (struct vg_part_env){.cfg = f->cfg,
				      .aud = f->aud,
				      .plan = f->plan,
				      .metrics = &f->metrics,
				      .hash_key = HASH_KEY};
	f->service = (struct vg_service){
		.env = &f->env, .view = fake_view(), .book = fake_book()};
	need(vg_tokens_new(&f->service.tokens, f->cfg, &err) == VG_OK, "tokens",
	     err.text);
	need(vg_pool_new(&f->service.pool, f->cfg, &f->metrics, &err) == VG_OK,
	     "pool", err.text);
	fake_world()->fresh =
		(struct vg_view_freshness){.as_of_ms = API_NOW_MS - 7,
					   .complete_to_ms = API_NOW_MS - 1500};
	fake_world()->marking = -1;
	fake_world()->history = "[]";
}

void api_fixture_term(struct api_fixture *f)
{
	(void)unlink(f->token_path);
	(void)rmdir(f->folder);
	vg_pool_free(f->service.pool);
	vg_tokens_free(f->service.tokens);
	vg_plan_free(f->plan);
	vg_audiences_free(f->aud);
	vg_config_free(f->cfg);
}

struct vg_answer api_ask_as(struct api_fixture *f, const char *token,
			    const char *accept, const char *target)
{
	char header[64];
	struct vg_call call = {.method = "GET",
			       .target = target,
			       .accept = accept,
			       .now_ms = API_NOW_MS};
	struct vg_answer a;

	if (token != NULL) {
		(void)snprintf(header, sizeof header, "Bearer %s", token);
		call.authorization = header;
	}
	vg_api_dispatch(&f->service, &call, &a);
	return a;
}

struct vg_answer api_ask(struct api_fixture *f, const char *token,
			 const char *target)
{
	return api_ask_as(f, token, NULL, target);
}

int api_status(struct api_fixture *f, const char *token, const char *target)
{
	struct vg_answer a = api_ask(f, token, target);
	int status = a.status;

	vg_answer_term(&a);
	return status;
}

cJSON *api_json(struct api_fixture *f, const char *token, const char *target,
		int status)
{
	struct vg_answer a = api_ask(f, token, target);
	cJSON *doc = cJSON_ParseWithLength(a.body.p, a.body.n);

	if (a.status != status)
		fprintf(stderr, "status %d, not %d\n", a.status, status);
	need(a.status == status, target, a.body.p);
	need(doc != NULL, target, "not JSON");
	vg_answer_term(&a);
	return doc;
}
