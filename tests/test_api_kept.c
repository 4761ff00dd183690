/* The polling contract: tags, 304, codings, and answers that still stand. */
#include "api/coding.h"
#include "api/kept.h"
#include "api_fixture.h"
#include "fake_world.h"

#include <brotli/decode.h>
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <zlib.h>

static struct api_fixture f;
static struct vg_answer a;
static int64_t now_ms = API_NOW_MS;

static void start(void)
{
	struct vg_err err;

	api_fixture_init(&f);
	cr_assert(eq(int, vg_kept_new(&f.service.kept, &err), VG_OK));
	fake_world()->row_key[0] = "AE";
	fake_world()->row_value[0] = 6;
	fake_world()->row_key[1] = "MA";
	fake_world()->row_value[1] = 30;
	fake_world()->n_rows = 2;
	fake_world()->marking = VG_TLP_AMBER;
}

static void finish(void)
{
	vg_answer_term(&a);
	vg_kept_free(f.service.kept);
	api_fixture_term(&f);
}

TestSuite(kept, .init = start, .fini = finish);

struct asks {
	const char *token, *accept, *coding, *has;
};

static void ask(const char *target, struct asks with)
{
	char authorization[64];
	struct vg_call call = {.method = "GET",
			       .target = target,
			       .authorization = authorization,
			       .accept = with.accept,
			       .accept_encoding = with.coding,
			       .if_none_match = with.has,
			       .now_ms = now_ms};

	(void)snprintf(authorization, sizeof authorization, "Bearer %s",
		       with.token != NULL ? with.token : API_MA);
	vg_answer_term(&a);
	vg_api_dispatch(&f.service, &call, &a);
}

#define ASK(target, ...) ask(target, (struct asks){__VA_ARGS__})

static unsigned queries(void)
{
	return fake_world()->n_queries;
}

static const char SERIES[] = "/v1/series?by=country&step=1m"
			     "&from=2026-03-01T11:00:00Z"
			     "&to=2026-03-01T12:00:00Z";

/* Copied, since the answer goes. */
static const char *tag(void)
{
	static char text[4][80];
	static unsigned turn;
	const char *t = vg_answer_get(&a, "ETag");

	cr_assert(t != NULL);
	return strcpy(text[turn++ % 4], t);
}

Test(kept, law_a_304_costs_no_query)
{
	const char *first;

	ASK(SERIES, NULL);
	cr_assert(eq(u32, queries(), 1));
	first = tag();
	cr_assert(eq(str, (char *)vg_answer_get(&a, "Cache-Control"),
		     "private, no-cache"));
	for (int i = 0; i < 3; i++) {
		fake_world()->tick += i; /* things change, not these cells */
		ASK(SERIES, .has = first);
		cr_assert(eq(int, a.status, 304));
		cr_assert(eq(sz, a.body.n, 0));
		cr_assert(eq(str, (char *)tag(), (char *)first));
		cr_assert(vg_answer_get(&a, "Vigie-As-Of") != NULL);
		cr_assert(eq(str, (char *)vg_answer_get(&a, "Vigie-Marking"),
			     "AMBER"));
	}
	cr_assert(eq(u32, queries(), 1));
}

Test(kept, a_kept_answer_is_the_computed_one)
{
	char *body;

	ASK(SERIES, NULL);
	body = strdup(a.body.p);
	ASK(SERIES, .has = "\"another\"");
	cr_assert(eq(int, a.status, 200));
	cr_assert(eq(str, a.body.p, body));
	cr_assert(eq(str, (char *)a.content_type, "application/json"));
	cr_assert(eq(u32, queries(), 1));
	free(body);
}

Test(kept, is_asked_anew_once_its_cells_have_changed)
{
	const char *first;

	ASK(SERIES, NULL);
	first = tag();
	fake_world()->tick++;
	fake_world()->has_fallen = true;
	ASK(SERIES, .has = first);
	/* The same numbers have the same tag. */
	cr_assert(eq(int, a.status, 304));
	cr_assert(eq(u32, queries(), 2));
	fake_world()->tick++;
	fake_world()->row_value[1]++;
	ASK(SERIES, .has = first);
	cr_assert(eq(int, a.status, 200));
	cr_assert(ne(str, (char *)tag(), (char *)first));
}

Test(kept, is_asked_anew_after_a_minute_in_any_case)
{
	ASK(SERIES, NULL);
	now_ms += VG_KEPT_MS - 1;
	ASK(SERIES, NULL);
	cr_assert(eq(u32, queries(), 1));
	now_ms++;
	ASK(SERIES, NULL);
	cr_assert(eq(u32, queries(), 2));
}

Test(kept, law3_what_is_kept_for_one_viewer_is_found_for_no_other)
{
	const char *ma;

	ASK(SERIES, NULL);
	ma = tag();
	ASK(SERIES, .token = API_IL, .has = ma);
	cr_assert(eq(int, a.status, 200));
	cr_assert(eq(u32, queries(), 2));
	cr_assert(ne(str, (char *)tag(), (char *)ma));
}

Test(kept, every_format_is_kept_apart)
{
	ASK(SERIES, NULL);
	ASK(SERIES, .accept = "text/csv");
	cr_assert(strncmp(a.body.p, "time,country,value\r\n", 20) == 0);
	ASK(SERIES, .accept = "application/x-ndjson");
	cr_assert(strncmp(a.body.p, "{\"time\":", 8) == 0);
	ASK(SERIES, .accept = "text/csv");
	cr_assert(strncmp(a.content_type, "text/csv", 8) == 0);
	cr_assert(eq(u32, queries(), 3));
}

Test(kept, the_default_range_moves_on)
{
	ASK("/v1/series?by=country", NULL);
	now_ms += 60000;
	ASK("/v1/series?by=country", NULL);
	cr_assert(eq(u32, queries(), 2));
	ASK("/v1/series?by=country", NULL);
	cr_assert(eq(u32, queries(), 2));
}

/* True when a wall is another one than when it was asked before. */
static bool wall_differs(void)
{
	static char *before;
	bool same;

	ASK("/v1/wall", NULL);
	cr_assert(eq(int, a.status, 200));
	same = before != NULL && strcmp(before, a.body.p) == 0;
	free(before);
	before = strdup(a.body.p);
	return !same;
}

Test(kept, a_wall_hangs_on_the_book_and_on_time_too)
{
	static const char DOC[] = "{\"id\":\"x\"}";
	unsigned once;

	fake_world()->view_ready = true;
	cr_assert(wall_differs());
	once = queries();
	cr_assert(ge(u32, once, 8));
	fake_world()->alert[fake_world()->n_alerts++] =
		(struct vg_book_alert){.id = "x",
				       .rule = "r",
				       .fingerprint = "x",
				       .class_name = "MA",
				       .start_ms = API_NOW_MS,
				       .end_ms = API_NOW_MS + 1,
				       .resolve_after_ms = 3600000,
				       .json = DOC,
				       .json_len = sizeof DOC - 1};
	cr_assert(not(wall_differs())); /* the book has not said so yet */
	fake_world()->tick++;
	cr_assert(wall_differs());
	now_ms += 999;
	fake_world()->part[fake_world()->n_parts++] =
		(struct vg_view_part){.partner = &f.cfg->partners[0],
				      .heartbeat_ms = API_NOW_MS,
				      .log_ms = API_NOW_MS,
				      .watermark_ms = API_NOW_MS,
				      .live = true};
	cr_assert(not(wall_differs()));
	now_ms++;
	cr_assert(wall_differs());
	/* All that while nothing was counted again. */
	cr_assert(eq(u32, queries(), once));
}

Test(kept, a_wall_is_counted_again_4_times_a_second_at_most)
{
	unsigned once;
	char *as_of;

	ASK("/v1/wall", NULL);
	once = queries();
	as_of = strdup(vg_answer_get(&a, "Vigie-As-Of"));
	fake_world()->has_fallen = true;
	fake_world()->row_value[1]++;
	fake_world()->fresh.as_of_ms += 100;
	for (int i = 0; i < 3; i++) {
		fake_world()->tick++;
		now_ms += i == 0 ? VG_KEPT_HOLD_MS - 1 : 0;
		ASK("/v1/wall", NULL);
		cr_assert(eq(u32, queries(), once));
		/* It says of when it is. */
		cr_assert(eq(str, (char *)vg_answer_get(&a, "Vigie-As-Of"),
			     as_of));
	}
	fake_world()->tick++;
	now_ms++;
	ASK("/v1/wall", NULL);
	cr_assert(eq(u32, queries(), 2 * once));
	cr_assert(ne(str, (char *)vg_answer_get(&a, "Vigie-As-Of"), as_of));
	free(as_of);
}

Test(kept, an_error_is_not_kept_and_has_no_tag)
{
	fake_world()->query_rc = VG_INVAL;
	fake_world()->query_text = "too much";
	ASK(SERIES, .has = "*");
	cr_assert(eq(int, a.status, 422));
	cr_assert(vg_answer_get(&a, "ETag") == NULL);
	cr_assert(eq(str, (char *)vg_answer_get(&a, "Cache-Control"),
		     "no-store"));
	fake_world()->query_rc = VG_OK;
	ASK(SERIES, NULL);
	cr_assert(eq(int, a.status, 200));
}

Test(kept, what_is_not_kept_has_a_tag_all_the_same)
{
	const char *first;

	ASK("/v1/alerts", NULL);
	first = tag();
	ASK("/v1/alerts", .has = first);
	cr_assert(eq(int, a.status, 304));
	ASK("/livez", NULL);
	cr_assert(vg_answer_get(&a, "ETag") == NULL);
}

static char *inflated(const struct vg_buf *b)
{
	static char out[1 << 20];
	z_stream z = {.next_in = (Bytef *)b->p,
		      .avail_in = (uInt)b->n,
		      .next_out = (Bytef *)out,
		      .avail_out = sizeof out - 1};

	cr_assert(eq(int, inflateInit2(&z, 15 + 16), Z_OK));
	cr_assert(eq(int, inflate(&z, Z_FINISH), Z_STREAM_END));
	out[z.total_out] = '\0';
	(void)inflateEnd(&z);
	return out;
}

static char *unbrotlied(const struct vg_buf *b)
{
	static char out[1 << 20];
	size_t n = sizeof out - 1;

	cr_assert(eq(int,
		     (int)BrotliDecoderDecompress(b->n, (const uint8_t *)b->p,
						  &n, (uint8_t *)out),
		     1));
	out[n] = '\0';
	return out;
}

Test(kept, bodies_come_in_gzip_and_br_with_tags_of_their_own)
{
	const char *plain, *gz, *br;
	char *body;

	ASK(SERIES, NULL);
	plain = tag();
	body = strdup(a.body.p);
	for (int i = 0; i < 2; i++) { /* made, then kept */
		ASK(SERIES, .coding = "gzip");
		gz = tag();
		cr_assert(eq(str, (char *)vg_answer_get(&a, "Content-Encoding"),
			     "gzip"));
		cr_assert(lt(sz, a.body.n, strlen(body) / 4));
		cr_assert(eq(str, inflated(&a.body), body));
		ASK(SERIES, .coding = "gzip, br");
		br = tag();
		cr_assert(eq(str, (char *)vg_answer_get(&a, "Content-Encoding"),
			     "br"));
		cr_assert(eq(str, unbrotlied(&a.body), body));
	}
	cr_assert(ne(str, (char *)plain, (char *)gz));
	cr_assert(ne(str, (char *)gz, (char *)br));
	/* Who has it in gzip has not got it in br. */
	ASK(SERIES, .coding = "gzip", .has = gz);
	cr_assert(eq(int, a.status, 304));
	cr_assert(vg_answer_get(&a, "Content-Encoding") == NULL);
	ASK(SERIES, .coding = "br", .has = gz);
	cr_assert(eq(int, a.status, 200));
	cr_assert(eq(u32, queries(), 1));
	free(body);
}

Test(kept, a_small_body_goes_as_it_is)
{
	const char *first;

	ASK("/v1/top?by=country", .coding = "gzip, br");
	first = tag();
	cr_assert(lt(sz, a.body.n, (size_t)VG_CODING_LEAST));
	cr_assert(vg_answer_get(&a, "Content-Encoding") == NULL);
	ASK("/v1/top?by=country", .coding = "br", .has = first);
	cr_assert(eq(int, a.status, 304));
	/* What is not kept is coded too. */
	for (int i = 0; i < 40; i++)
		fake_world()->alert[i] = (struct vg_book_alert){
			.id = "a",
			.rule = "r",
			.fingerprint = "f",
			.class_name = "MA",
			.json = "{\"title\":\"one of many\"}",
			.json_len = 23};
	fake_world()->n_alerts = 40;
	ASK("/v1/alerts", .coding = "gzip");
	cr_assert(
		eq(str, (char *)vg_answer_get(&a, "Content-Encoding"), "gzip"));
	cr_assert(strstr(inflated(&a.body), "one of many") != NULL);
}

Test(kept, law6_many_questions_do_not_make_it_grow)
{
	char target[256];

	for (int i = 0; i < 2 * VG_KEPT_SETS * VG_KEPT_WAYS; i++) {
		(void)snprintf(target, sizeof target, "/v1/top?by=country&n=%d",
			       i % 1000 + 1);
		now_ms += i % 1000 == 0 ? 60000 : 0;
		ASK(target, NULL);
		cr_assert(eq(int, a.status, 200));
	}
	ASK(target, NULL); /* the last one is still there */
	cr_assert(eq(u32, queries(), 2 * VG_KEPT_SETS * VG_KEPT_WAYS));
}

Test(kept, law6_large_answers_drive_others_out)
{
	char target[256];
	size_t n = 0;

	/* About 1.2 MB each. */
	for (int i = 0; i < 80; i++) {
		(void)snprintf(target, sizeof target,
			       "/v1/series?by=country&step=10s&from="
			       "2026-02-01T00:%02d:%02dZ&to="
			       "2026-02-02T06:%02d:%02dZ",
			       i / 6, i % 6 * 10, i / 6, i % 6 * 10);
		ASK(target, .accept = "application/x-ndjson");
		cr_assert(eq(int, a.status, 200), "%s", a.body.p);
		n += a.body.n;
	}
	cr_assert(gt(sz, n, (size_t)VG_KEPT_BYTES));
	ASK(target, .accept = "application/x-ndjson");
	cr_assert(eq(u32, queries(), 80));
}
