/*
 * Real totals are the same, byte by byte, before an exercise, while one is on,
 * and after it is purged: every answer of every route that reads, and every
 * key of the database in which all that is real is counted.
 */
#include "aggregate/wipe.h"
#include "alert/book.h"
#include "alert/ruleset.h"
#include "api/exercise.h"
#include "api/kept.h"
#include "api/pool.h"
#include "api/tokens.h"
#include "core/exercise.h"
#include "story_fix.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>
#include <unistd.h>

enum { EVENTS = 200, KEYS_MAX = 4000 };

#define NOW_MS (INT64_C(19800) * 86400000 + 43200000)

static const char *const viewers[] = {"MA", "IL", "coalition"};

static const char *const targets[] = {
	"/v1/series?by=country&step=1m",
	"/v1/series?by=actor&step=1h",
	"/v1/series?by=partner&step=1d&measure=reports",
	"/v1/series?by=sensor&step=1m",
	"/v1/series",
	"/v1/top?by=actor&n=50",
	"/v1/top?by=source_country,country",
	"/v1/matrix?rows=actor&columns=country",
	"/v1/compare?by=technique",
	"/v1/distinct?of=actor&by=country",
	"/v1/distinct?of=sensor",
	"/v1/events/rate?by=country&window=1h",
	"/v1/wall?window=24h",
	"/v1/alerts",
	"/v1/alerts?shadow=true",
	"/v1/alerts?since=c",
	"/v1/campaigns",
	"/v1/partners",
	"/v1/account",
	"/v1/rules",
	"/api/v1/query?query=sum(increase(vigie_events_total[1h]))",
	"/api/v1/query?query=topk(9,sum%20by(actor)(vigie_events_total))",
	"/api/v1/label/actor/values",
	"/api/v1/labels",
	"/api/v1/alerts",
	"/api/v2/alerts",
	"/federate?match[]=vigie_events_total%7Bcountry!%3D%22%22%7D",
	"/taxii2/vigie/collections/",
};

enum { TARGETS = sizeof targets / sizeof *targets };

static struct fix f, x; /* what is real, and the exercise */
static struct vg_service s;
static struct vg_ruleset *set;
static struct vg_board *board;
static struct vg_exercise_gate *gate;
static struct vg_view *played;
static struct vg_book *book;
static char token_path[64];
static struct vg_err err;

static void must(enum vg_rc rc)
{
	cr_assert(rc == VG_OK, "%s", err.text);
}

static void count_story(struct fix *to, uint64_t seed)
{
	const struct story_size size = {.countries = 6,
					.actors = 30,
					.techniques = 12,
					.sensors = 20,
					.indicators = 4,
					.spread_ms = 600000};
	struct vg_part *part[STORY_PARTNERS];
	int64_t offset[STORY_PARTNERS] = {0};

	story_seed(seed);
	for (unsigned p = 0; p < STORY_PARTNERS; p++)
		must(vg_part_open(&part[p], &to->env, to->store,
				  vg_config_slot(to->cfg, p), 0, &err));
	for (unsigned i = 0; i < EVENTS; i++) {
		struct story_record r;

		story_fill(&r, &size, NOW_MS - (EVENTS - 1 - i) * 20000);
		r.partner = i % STORY_PARTNERS;
		r.audience = story_audience(to->aud, r.partner,
					    story_random(STORY_KINDS));
		story_count(&r, part[r.partner], offset[r.partner]++);
	}
	for (unsigned p = 0; p < STORY_PARTNERS; p++) {
		story_commit(to, part[p], p, offset[p], NOW_MS, NOW_MS);
		vg_part_free(part[p]);
	}
}

/* No rules: what they find has suites of its own. */
static void make_board(void)
{
	const struct vg_config none = {.n_rule_files = 0};

	must(vg_ruleset_load(&set, &f.env, &none, &err));
	must(vg_board_new(&board, set, &err));
}

static void start(void)
{
	fix_init(&f, true);
	make_board();
	story_tokens(&f, viewers, 3, "", token_path);
	count_story(&f, 1);
	must(vg_exercise_gate_new(&gate, &err));
	s = (struct vg_service){
		.env = &f.env, .board = board, .exercise = gate};
	must(vg_view_new(&s.view, &f.env, NULL, &err));
	story_follow(&f, s.view, NOW_MS);
	must(vg_book_new(&s.book, &err));
	must(vg_book_step(s.book, f.store, 0, &err));
	must(vg_tokens_new(&s.tokens, f.cfg, &err));
	must(vg_pool_new(&s.pool, f.cfg, &f.metrics, &err));
}

static void finish(void)
{
	must(vg_exercise_gate_show(gate, NULL, &err));
	vg_exercise_gate_free(gate);
	vg_view_free(played);
	vg_book_free(book);
	vg_pool_free(s.pool);
	vg_tokens_free(s.tokens);
	vg_book_free(s.book);
	vg_view_free(s.view);
	vg_board_free(board);
	vg_ruleset_drop(set);
	(void)unlink(token_path);
	if (x.cfg != NULL)
		fix_term(&x);
	fix_term(&f);
}

TestSuite(api_exercise, .init = start, .fini = finish, .timeout = 120);

/* The same partners, Redis and hash key, turned into an exercise. */
static void open_exercise(void)
{
	fix_init(&x, false);
	free(x.cfg->redis_address);
	x.cfg->redis_address = strdup(f.cfg->redis_address);
	must(vg_config_exercise(x.cfg, "x1", &err));
	vg_store_free(x.store); /* it keeps the address of its beginning */
	must(vg_store_new(&x.store, x.cfg, &x.metrics, &err));
	vg_audiences_free(x.aud);
	must(vg_audiences_new(&x.aud, x.cfg, &err));
	x.env.aud = x.aud;
}

static void show_exercise(void)
{
	struct vg_exercise_show what = {.env = &x.env,
					.board = board,
					.id = "x1",
					.title = "Spring tide",
					.state = "playing",
					.since_ms = NOW_MS};

	must(vg_view_new(&played, &x.env, NULL, &err));
	story_follow(&x, played, NOW_MS);
	must(vg_book_new(&book, &err));
	must(vg_book_step(book, x.store, 0, &err));
	what.view = played;
	what.book = book;
	must(vg_exercise_gate_show(gate, &what, &err));
}

static struct vg_answer ask_by(const char *method, const char *viewer,
			       const char *target)
{
	char authorization[64];
	struct vg_call c = {.method = method,
			    .target = target,
			    .content_type = "application/json",
			    .body = vg_slice_of("{}"),
			    .now_ms = NOW_MS};
	struct vg_answer a;

	(void)snprintf(authorization, sizeof authorization, "Bearer %s",
		       viewer);
	if (viewer != NULL)
		c.authorization = authorization;
	vg_api_dispatch(&s, &c, &a);
	return a;
}

static void ask_all(struct story_answers *list)
{
	list->n = 0;
	for (size_t v = 0; v < 3; v++)
		for (size_t t = 0; t < TARGETS; t++) {
			struct vg_answer a =
				ask_by("GET", viewers[v], targets[t]);

			cr_assert(eq(int, a.status, 200), "%s: %d", targets[t],
				  a.status);
			story_keep(list, &a, targets[t]);
			vg_answer_term(&a);
		}
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Every key and what it holds, in order. */
static void dump(struct vg_buf *out)
{
	static char *key[KEYS_MAX];
	struct vg_reply *r = NULL;
	size_t n;

	must(vg_store_callf(f.store, &r, &err, "KEYS", "*", (char *)NULL));
	n = vg_reply_count(r);
	cr_assert(n > 0 && n < KEYS_MAX);
	for (size_t i = 0; i < n; i++) {
		struct vg_slice k = vg_reply_text(vg_reply_at(r, i));

		key[i] = strndup(k.p, k.n);
	}
	vg_reply_free(r);
	qsort(key, n, sizeof *key, by_text);
	for (size_t i = 0; i < n; i++) {
		must(vg_store_callf(f.store, &r, &err, "DUMP", key[i],
				    (char *)NULL));
		struct vg_slice v = vg_reply_text(r);

		vg_buf_str(out, key[i]);
		vg_buf_add(out, v.p, v.n);
		vg_reply_free(r);
		free(key[i]);
	}
	cr_assert(not(out->failed));
}

static void check_untouched(const struct vg_buf *keys,
			    const struct story_answers *answers,
			    const char *when)
{
	static struct story_answers now;
	struct vg_buf text = {0};
	size_t applied;

	must(vg_view_step(s.view, f.store, NOW_MS, 0, &applied, &err));
	must(vg_book_step(s.book, f.store, 0, &err));
	dump(&text);
	cr_assert(text.n == keys->n && memcmp(text.p, keys->p, text.n) == 0,
		  "%s: a real key has changed", when);
	ask_all(&now);
	story_compare(answers, &now, when);
	story_forget(&now);
	vg_buf_term(&text);
}

static void wipe(void)
{
	struct vg_wipe w = {.cursor = 0};

	while (!w.done)
		must(vg_wipe_step(x.store, &w, &err));
	cr_assert(gt(i64, w.removed, 0));
}

static int64_t keys_left(struct fix *of)
{
	struct vg_reply *r = NULL;

	must(vg_store_callf(of->store, &r, &err, "DBSIZE", (char *)NULL));
	int64_t n = vg_reply_int(r);
	vg_reply_free(r);
	return n;
}

Test(api_exercise, law3_real_totals_are_byte_equal_with_and_without_an_exercise)
{
	static struct story_answers before;
	struct vg_buf keys = {0};

	ask_all(&before);
	dump(&keys);
	open_exercise();
	count_story(&x, 2);
	show_exercise();
	check_untouched(&keys, &before, "while it is on");
	must(vg_exercise_gate_show(gate, NULL, &err));
	wipe();
	cr_assert(eq(i64, keys_left(&x), 0));
	check_untouched(&keys, &before, "after the purge");
	story_forget(&before);
	vg_buf_term(&keys);
}

static int64_t total_of(const char *viewer, const char *target)
{
	struct vg_answer a = ask_by("GET", viewer, target);
	int64_t total = -1;
	const char *at;

	cr_assert(eq(int, a.status, 200), "%s: %.*s", target, (int)a.body.n,
		  a.body.p);
	vg_buf_add(&a.body, "", 1);
	at = strstr(a.body.p, "\"value\":");
	if (at != NULL)
		total = strtoll(at + 8, NULL, 10);
	vg_answer_term(&a);
	return total;
}

Test(api_exercise, whoever_chooses_it_sees_all_of_it_and_none_of_what_is_real)
{
	open_exercise();
	count_story(&x, 2);
	show_exercise();
	int64_t of_ma = total_of("MA", "/exercise/v1/wall?window=24h");

	cr_assert(gt(i64, of_ma, EVENTS));
	cr_assert(eq(i64, of_ma,
		     total_of("coalition", "/exercise/v1/wall?window=24h")));
	cr_assert(ne(i64, of_ma, total_of("MA", "/v1/wall?window=24h")));
	struct vg_answer a = ask_by("GET", "IL", "/exercise/v1/top?by=actor");
	cr_assert(eq(str, (char *)vg_answer_get(&a, "Vigie-Exercise"), "x1"));
	vg_answer_term(&a);
	for (size_t t = 0; t < TARGETS; t++) {
		char target[300];

		(void)snprintf(target, sizeof target, "/exercise%s",
			       targets[t]);
		a = ask_by("GET", "MA", target);
		cr_assert(eq(int, a.status, 200), "%s: %.*s", target,
			  (int)a.body.n, a.body.p);
		vg_answer_term(&a);
	}
}

static void check_status(const char *method, const char *viewer,
			 const char *target, int status)
{
	struct vg_answer a = ask_by(method, viewer, target);

	cr_assert(eq(int, a.status, status), "%s %s: %d", method, target,
		  a.status);
	vg_answer_term(&a);
}

Test(api_exercise, is_read_with_a_token_and_by_reading_alone)
{
	open_exercise();
	count_story(&x, 2);
	show_exercise();
	check_status("GET", NULL, "/exercise/v1/wall", 401);
	check_status("GET", "nobody", "/exercise/v1/wall", 401);
	check_status("POST", "MA", "/exercise/v1/silences", 403);
	check_status("GET", "coalition", "/exercise/metrics", 403);
	check_status("GET", "MA", "/exercise/v1/stream", 503);
	check_status("GET", "MA", "/exercise/exercise/v1/wall", 404);
	check_status("GET", "MA", "/exercise", 404);
	check_status("GET", "MA", "/exercise/livez", 403);
}

Test(api_exercise, is_not_there_when_none_is_on)
{
	struct vg_answer a = ask_by("GET", "MA", "/v1/exercise");

	cr_assert(eq(int, a.status, 200));
	cr_assert(a.body.n >= 12 &&
		  memcmp(a.body.p, "{\"on\":false}", 12) == 0);
	vg_answer_term(&a);
	check_status("GET", "MA", "/exercise/v1/wall", 404);
	s.exercise = NULL;
	check_status("GET", "MA", "/exercise/v1/wall", 404);
	check_status("GET", "MA", "/v1/exercise", 200);
	s.exercise = gate;
}

Test(api_exercise, what_is_real_is_never_wiped)
{
	struct vg_wipe w = {.cursor = 0};
	int64_t n = keys_left(&f);

	cr_assert(eq(int, vg_wipe_step(f.store, &w, &err), VG_INVAL));
	cr_assert(eq(i64, keys_left(&f), n));
}
