/*
 * Alerts on their real way: an evaluator writes them to Redis, a book follows,
 * the API answers.
 */
#include "alert/book.h"
#include "alert_fix.h"
#include "api/pool.h"
#include "api/service.h"
#include "api/tokens.h"
#include "core/hash.h"

#include <cjson/cJSON.h>
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { MIN = 60000 };

#define NOW_MS (FIX_T0 + 30 * MIN)

static struct alert_fix f;
static struct vg_service s;
static char token_path[64];
static struct vg_err err;

static void must(enum vg_rc rc)
{
	cr_assert(rc == VG_OK, "%s", err.text);
}

/* The token of a viewer is the viewer's name. */
static void write_tokens(void)
{
	static const char *const viewers[] = {"MA", "IL", "AE", "coalition"};
	char hash[65];
	int fd;

	(void)strcpy(token_path, "/tmp/vigie-book-XXXXXX");
	fd = mkstemp(token_path);
	cr_assert(fd >= 0);
	for (size_t i = 0; i < sizeof viewers / sizeof *viewers; i++) {
		vg_sha256_hex(hash, viewers[i], strlen(viewers[i]));
		(void)dprintf(fd, "%s %s\n", hash, viewers[i]);
	}
	(void)close(fd);
	f.cfg.http_token_file = token_path;
}

static void start(void)
{
	alert_fix_start(&f, FIX_RULE(3, ""));
	write_tokens();
	s = (struct vg_service){.env = &f.env};
	must(vg_view_new(&s.view, &f.env, NULL, &err));
	must(vg_book_new(&s.book, &err));
	must(vg_tokens_new(&s.tokens, &f.cfg, &err));
	must(vg_pool_new(&s.pool, &f.cfg, &f.metrics, &err));
}

static void finish(void)
{
	vg_pool_free(s.pool);
	vg_tokens_free(s.tokens);
	vg_book_free(s.book);
	vg_view_free(s.view);
	(void)unlink(token_path);
	alert_fix_stop(&f);
}

TestSuite(api_book, .init = start, .fini = finish, .timeout = 60);

static void see(int64_t t, unsigned part, const char *audience)
{
	const char *id = f.partner[part].id;
	const struct fix_event ev = {t, part, audience, "x y", id, id};

	alert_fix_event(&f, &ev);
}

static cJSON *ask(const char *viewer, const char *target, int status)
{
	char authorization[64];
	struct vg_call call = {.method = "GET",
			       .target = target,
			       .authorization = authorization,
			       .now_ms = NOW_MS};
	struct vg_answer a;
	cJSON *doc;

	(void)snprintf(authorization, sizeof authorization, "Bearer %s",
		       viewer);
	vg_api_dispatch(&s, &call, &a);
	cr_assert(eq(int, a.status, status), "%s: %s", target, a.body.p);
	doc = cJSON_ParseWithLength(a.body.p, a.body.n);
	cr_assert(doc != NULL);
	vg_answer_term(&a);
	return doc;
}

static void follow(void)
{
	size_t applied;

	alert_fix_settle(&f);
	must(vg_book_step(s.book, f.store, 0, &err));
	must(vg_book_step(s.book, f.store, 0, &err));
	must(vg_view_step(s.view, f.store, NOW_MS, 0, &applied, &err));
}

/* The only alert that `viewer` sees, detached; NULL when there is none. */
static cJSON *only_alert(const char *viewer)
{
	cJSON *doc = ask(viewer, "/v1/alerts", 200);
	cJSON *list = cJSON_GetObjectItem(doc, "alerts");
	cJSON *alert = NULL;

	cr_assert(cJSON_GetArraySize(list) <= 1);
	if (cJSON_GetArraySize(list) == 1)
		alert = cJSON_DetachItemFromArray(list, 0);
	cJSON_Delete(doc);
	return alert;
}

static const char *member(const cJSON *doc, const char *name)
{
	const cJSON *m = cJSON_GetObjectItem(doc, name);

	cr_assert(cJSON_IsString(m), "%s", name);
	return m->valuestring;
}

Test(api_book, shows_an_alert_to_each_viewer_with_history)
{
	see(0, FIX_MA, "A*");
	see(1 * MIN, FIX_IL, "A*");
	see(2 * MIN, FIX_AE, "A*");
	follow();
	cJSON *of_ma = only_alert("MA"), *of_soc = only_alert("coalition");
	char target[200];

	cr_assert(eq(str, (char *)member(of_ma, "state"), "firing"));
	cr_assert(eq(str, (char *)member(of_ma, "marking"), "AMBER"));
	cr_assert(ne(str, (char *)member(of_ma, "id"),
		     (char *)member(of_soc, "id")));

	(void)snprintf(target, sizeof target, "/v1/alerts/%s",
		       member(of_ma, "id"));
	cJSON *one = ask("MA", target, 200);
	cJSON *history = cJSON_GetObjectItem(one, "history");
	char *text = cJSON_Print(one);

	cr_assert(cJSON_GetArraySize(history) >= 1, "%s", text);
	cr_assert(strstr(text, "\"_") == NULL, "%s", text);
	cJSON_free(text);
	cJSON_Delete(one);
	cJSON_Delete(ask("IL", target, 404));
	cJSON_Delete(ask("coalition", target, 404));
	cJSON_Delete(of_ma);
	cJSON_Delete(of_soc);
}

Test(api_book, law3_an_alert_that_hidden_events_tip_is_not_seen)
{
	see(0, FIX_MA, "A*");
	see(1 * MIN, FIX_IL, "A*");
	see(2 * MIN, FIX_AE, "S2"); /* AE alone */
	follow();
	cJSON *of_ae = only_alert("AE");

	cr_assert(of_ae != NULL);
	cr_assert(eq(str, (char *)member(of_ae, "marking"), "AMBER+STRICT"));
	cr_assert(only_alert("MA") == NULL);
	cr_assert(only_alert("IL") == NULL);
	cr_assert(only_alert("coalition") == NULL);
	cJSON_Delete(of_ae);
}

/* What IL reads when AE also hides `hidden` events from it, as text without
 * times of detection. */
static char *what_il_reads(unsigned hidden)
{
	static const char *const detected[] = {"detected_at", "updated_at"};
	cJSON *alert;
	char *text;

	see(0, FIX_MA, "A*");
	for (unsigned i = 0; i < hidden; i++)
		see(MIN / 2 + i * 1000, FIX_AE, i % 2 ? "S2" : "R2");
	see(1 * MIN, FIX_IL, "G*");
	see(2 * MIN, FIX_US, "A*");
	follow();
	alert = only_alert("IL");
	cr_assert(alert != NULL);
	for (size_t i = 0; i < 2; i++)
		cJSON_DeleteItemFromObject(alert, detected[i]);
	text = cJSON_Print(alert);
	cJSON_Delete(alert);
	return text;
}

Test(api_book, law3_hidden_events_change_nothing_in_an_alert)
{
	char *with = what_il_reads(5), *without;
	struct vg_book *old = s.book;

	alert_fix_again(&f);
	vg_book_free(old);
	must(vg_book_new(&s.book, &err));
	without = what_il_reads(0);
	cr_assert(eq(str, with, without));
	cJSON_free(with);
	cJSON_free(without);
}
