/*
 * fuzz_http - a request as text, through the guard of its headers and the whole
 * route table: each has an answer, an error is a problem document, and nobody
 * without a token reads what needs one.
 *
 * An input is a request as on the wire with LF for CR LF: its line, headers, an
 * empty line, the body. The library that reads the socket is not under test.
 */
#include "../api_fixture.h"
#include "../fake_world.h"

#include "alert/ruleset.h"
#include "api/guard.h"
#include "core/limits.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

enum { LINES_MAX = 64 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void stop(const char *complaint, const struct vg_answer *a)
{
	fprintf(stderr, "fuzz_http: %s\n%d %.*s\n", complaint, a->status,
		(int)a->body.n, a->body.p != NULL ? a->body.p : "");
	abort();
}

static enum vg_rc put(void *ctx, struct vg_slice key, struct vg_slice record,
		      struct vg_err *err)
{
	(void)ctx;
	(void)key;
	(void)err;
	return record.n > 0 ? VG_OK : VG_RETRY;
}

/* One rule, so that there is a board to look at. */
static void load_rule(struct api_fixture *f)
{
	static const char rule[] = "id: r1\ntitle: t\ngroup_by: [actor]\n"
				   "window: 1h\nseverity: 5\ncondition: "
				   "{country: {distinct: 2}}\n";
	char path[128], *files[] = {path};
	const struct vg_config cfg = {.rule_files = files, .n_rule_files = 1};
	struct vg_ruleset *set = NULL;

	(void)snprintf(path, sizeof path, "%s/rule.yaml", f->folder);
	FILE *file = fopen(path, "w");
	if (file == NULL || fputs(rule, file) < 0 || fclose(file) != 0 ||
	    vg_ruleset_load(&set, &f->env, &cfg, NULL) != VG_OK ||
	    vg_board_new(&f->service.board, set, NULL) != VG_OK)
		abort();
	set->loaded_ms = API_NOW_MS - 1000;
	vg_ruleset_drop(set);
	(void)unlink(path);
}

static struct api_fixture *world(void)
{
	static struct api_fixture f;
	static const char id[] = "0123456789abcdef-1772366399500";
	static const char doc[] =
		"{\"id\":\"0123456789abcdef-1772366399500\",\"rule\":\"r1\","
		"\"group\":{\"actor\":\"a\"},\"class\":\"MA\",\"severity\":5,"
		"\"start\":\"2026-03-01T12:00:00Z\",\"end\":"
		"\"2026-03-01T13:00:00Z\",\"marking\":\"GREEN\",\"revision\":"
		"1}";

	if (f.cfg != NULL)
		return &f;
	api_fixture_init(&f);
	f.service.sink = (struct vg_action_sink){.put = put};
	load_rule(&f);
	struct fake_world *w = fake_world();
	w->view_ready = w->book_ready = true;
	w->row_key[0] = "MA";
	w->row_value[0] = 7;
	w->n_rows = 1;
	w->alert[0] = (struct vg_book_alert){.id = id,
					     .rule = "r1",
					     .fingerprint = "0123456789abcdef",
					     .class_name = "MA",
					     .start_ms = API_NOW_MS - 1000,
					     .end_ms = API_NOW_MS + 3600000,
					     .resolve_after_ms = 3600000,
					     .severity = 5,
					     .json = doc,
					     .json_len = sizeof doc - 1};
	w->n_alerts = 1;
	return &f;
}

/* Where the asker's headers go, and what else there is of them. */
static void take_header(struct vg_call *call, struct vg_guard *g,
			const char *name, const char *value)
{
	const struct {
		const char *name, **to;
	} known[] = {{"Authorization", &call->authorization},
		     {"Content-Type", &call->content_type},
		     {"Accept", &call->accept},
		     {"Accept-Encoding", &call->accept_encoding},
		     {"If-None-Match", &call->if_none_match},
		     {"Last-Event-ID", &call->last_event_id},
		     {"Idempotency-Key", &call->repeat_key},
		     {"Origin", &call->origin}};

	vg_guard_header(g, name, value);
	g->end = 0; /* the lines are ours */
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (strcasecmp(known[i].name, name) == 0)
			*known[i].to = value;
}

/* Cut `text`, NUL-terminated, in place; false when it has no request line. */
static bool read_request(char *text, size_t size, struct vg_call *call,
			 struct vg_guard *g)
{
	char *end = text + size, *next;

	for (int line = 0; line < LINES_MAX && text < end; line++) {
		next = memchr(text, '\n', (size_t)(end - text));
		if (next == NULL)
			next = end;
		*next = '\0';
		char *cut = strchr(text, line == 0 ? ' ' : ':');
		if (text == next) { /* the rest is the body */
			text = next < end ? next + 1 : end;
			break;
		}
		if (cut != NULL) {
			*cut++ = '\0';
			cut += strspn(cut, " ");
			if (line == 0) {
				call->method = text;
				call->target = cut;
			} else {
				take_header(call, g, text, cut);
			}
		}
		text = next < end ? next + 1 : end;
	}
	call->body = (struct vg_slice){text, (uint32_t)(end - text)};
	return call->method != NULL && call->body.n <= VG_HTTP_BODY_MAX;
}

/* True of what the route table gives without a token. */
static bool is_open(const struct vg_call *call)
{
	struct vg_api_route r;
	size_t n = strcspn(call->target, "?");

	for (size_t i = 0; vg_api_route(i, &r); i++)
		if (r.role == NULL && strlen(r.path) == n &&
		    strncmp(r.path, call->target, n) == 0)
			return true;
	return false;
}

static void check_answer(const struct vg_call *call, const struct vg_answer *a)
{
	if (a->status < 200 || a->status > 599)
		stop("no status", a);
	if (a->stream == NULL && a->status >= 400 &&
	    (a->content_type == NULL ||
	     strstr(a->content_type, "json") == NULL))
		stop("an error that is no document", a);
	if (call->authorization == NULL && a->status == 200 && !is_open(call) &&
	    strncmp(call->target, "/v1", 3) == 0)
		stop("data without a token", a);
	if (a->body.n == 0 || a->content_type == NULL || a->body.failed ||
	    vg_answer_get(a, "Content-Encoding") != NULL ||
	    strstr(a->content_type, "json") == NULL ||
	    strstr(a->content_type, "ndjson") != NULL)
		return;
	const char *end = NULL;
	cJSON *doc = cJSON_ParseWithLengthOpts(a->body.p, a->body.n, &end, 0);
	if (doc == NULL)
		stop("JSON that is none", a);
	if (a->status >= 400 && strncmp(call->target, "/v1", 3) == 0 &&
	    cJSON_GetObjectItemCaseSensitive(doc, "type") == NULL)
		stop("a problem without a type", a);
	cJSON_Delete(doc);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct api_fixture *f = world();
	struct vg_guard g = {.n_host = 0};
	struct vg_call call = {.now_ms = API_NOW_MS};
	struct vg_answer a = {.status = 0};
	char *text = malloc(size + 1);

	if (text == NULL)
		return 0;
	if (size > 0)
		memcpy(text, data, size);
	text[size] = '\0';
	if (read_request(text, size, &call, &g)) {
		g.takes = vg_api_takes_body(call.method, call.target);
		if (vg_guard_check(&g, &a))
			vg_api_dispatch(&f->service, &call, &a);
		check_answer(&call, &a);
		vg_answer_term(&a);
	}
	free(text);
	return 0;
}
