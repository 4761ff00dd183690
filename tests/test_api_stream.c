/* Server-Sent Events: first without sockets, then over them. */
#include "alert/people.h"
#include "api/exercise.h"
#include "api/feeder.h"
#include "api/server.h"
#include "api/sse.h"
#include "api_fixture.h"
#include "fake_world.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

static struct api_fixture f;
static struct vg_err err;
static _Atomic int64_t now_ms = API_NOW_MS;
static struct vg_answer a;
static char last_id[64];

static void start(void)
{
	api_fixture_init(&f);
	fake_world()->book_ready = true;
	cr_assert(eq(int,
		     vg_sse_hub_new(&f.service.streams, &f.service, 3, &err),
		     VG_OK));
	vg_sse_hub_step(f.service.streams, now_ms);
}

static void finish(void)
{
	vg_answer_term(&a);
	vg_sse_hub_free(f.service.streams);
	api_fixture_term(&f);
}

TestSuite(sse, .init = start, .fini = finish);

static int open_as(const char *token, const char *target, const char *id)
{
	char authorization[64];
	struct vg_call call = {.method = "GET",
			       .target = target,
			       .authorization = authorization,
			       .last_event_id = id,
			       .now_ms = now_ms};

	(void)snprintf(authorization, sizeof authorization, "Bearer %s", token);
	vg_answer_term(&a);
	vg_api_dispatch(&f.service, &call, &a);
	return a.status;
}

/* All that is due, and the last id in it. */
static char *heard(struct vg_sse *s)
{
	static char text[1 << 20];
	size_t n = 0;
	long got;

	while ((got = vg_sse_read(s, text + n, 1000)) > 0)
		n += (size_t)got;
	text[n] = '\0';
	for (char *at = text; (at = strstr(at, "id: ")) != NULL; at++)
		(void)sscanf(at, "id: %63s", last_id);
	return text;
}

static char *next(void)
{
	vg_sse_hub_step(f.service.streams, now_ms);
	return heard(a.stream);
}

static void put(size_t i, const char *id, const char *class_name)
{
	fake_world()->alert[i] =
		(struct vg_book_alert){.id = id,
				       .rule = "r",
				       .class_name = class_name,
				       .start_ms = now_ms,
				       .end_ms = now_ms + 60000,
				       .resolve_after_ms = 30000,
				       .updated_ms = now_ms,
				       .json = "{\"title\":\"t\"}",
				       .json_len = 13};
	if (i >= fake_world()->n_alerts)
		fake_world()->n_alerts = i + 1;
	fake_world()->tick++;
}

/* An exercise is on, in `state`; NULL: none. */
static void play(const char *state)
{
	struct vg_exercise_show what = {.env = &f.env, .id = "x1"};

	if (state != NULL)
		(void)snprintf(what.state, sizeof what.state, "%s", state);
	cr_assert(eq(int,
		     vg_exercise_gate_show(f.service.exercise,
					   state != NULL ? &what : NULL, &err),
		     VG_OK));
}

Test(sse, tells_everybody_that_an_exercise_is_on_and_that_it_is_over)
{
	struct vg_sse *before;

	cr_assert(eq(int, vg_exercise_gate_new(&f.service.exercise, &err),
		     VG_OK));
	cr_assert(eq(int, open_as(API_MA, "/v1/stream?alerts=off", NULL), 200));
	before = a.stream;
	a.stream = NULL;
	/* None is on: nothing is said of it. */
	vg_sse_hub_step(f.service.streams, now_ms);
	cr_assert(strstr(heard(before), "exercise") == NULL);
	play("playing");
	vg_sse_hub_step(f.service.streams, now_ms);
	cr_assert(strstr(heard(before), "event: exercise\ndata: {\"on\":true,"
					"\"id\":\"x1\",") != NULL);
	/* Who comes later hears it too, once. */
	cr_assert(eq(int, open_as(API_IL, "/v1/stream", NULL), 200));
	cr_assert(strstr(next(), "\"state\":\"playing\"") != NULL);
	cr_assert(eq(str, next(), ""));
	play("held");
	cr_assert(strstr(next(), "\"state\":\"held\"") != NULL);
	cr_assert(strstr(heard(before), "\"state\":\"held\"") != NULL);
	play(NULL);
	cr_assert(eq(str, next(), "event: exercise\ndata: {\"on\":false}\n\n"));
	cr_assert(eq(str, heard(before),
		     "event: exercise\ndata: {\"on\":false}\n\n"));
	vg_sse_close(before);
	cr_assert(eq(int, open_as(API_MA, "/v1/stream", NULL), 200));
	cr_assert(strstr(next(), "exercise") == NULL);
	vg_answer_term(&a);
	vg_exercise_gate_free(f.service.exercise);
}

Test(sse, tells_of_alerts_as_they_are_raised_and_change)
{
	cr_assert(eq(int, open_as(API_MA, "/v1/stream", NULL), 200));
	cr_assert(eq(str, (char *)a.content_type, "text/event-stream"));
	cr_assert(strstr(next(), "retry: ") != NULL);
	put(0, "a-1", "MA");
	cr_assert(strstr(next(), "event: alert\ndata: {\"change\":\"raised\","
				 "\"id\":\"a-1\",\"alert\":{") != NULL);
	cr_assert(eq(str, next(), ""));
	fake_world()->alert[0].updated_ms++;
	fake_world()->tick++;
	cr_assert(strstr(next(), "\"change\":\"changed\"") != NULL);
	fake_world()->alert[0].withdrawn = true;
	fake_world()->tick++;
	cr_assert(strstr(next(), "event: transition\ndata: {\"change\":"
				 "\"withdrawn\",\"id\":\"a-1\"}\n\n") != NULL);
}

static void say(const char *field, int n)
{
	char value[160];

	(void)snprintf(value, sizeof value,
		       "%d {\"change\":\"acknowledged\",\"at\":\"2026-03-01T11:"
		       "30:00.000Z\",\"author\":\"amal\"}",
		       n);
	cr_assert(eq(int,
		     vg_people_put(f.service.people, vg_slice_of(field),
				   vg_slice_of(value), &err),
		     VG_OK));
	now_ms += 1000;
}

Test(sse, tells_of_what_people_do_to_who_sees_the_alert)
{
	char id[64];

	cr_assert(eq(int, vg_people_new(&f.service.people, &err), VG_OK));
	put(0, "a-1", "MA");
	put(1, "b-1", "IL");
	fake_world()->alert[0].fingerprint = "a";
	fake_world()->alert[1].fingerprint = "b";
	vg_sse_hub_step(f.service.streams, now_ms);
	cr_assert(eq(int, open_as(API_MA, "/v1/stream", NULL), 200));
	(void)next();
	(void)strcpy(id, last_id);
	say("a-1 acknowledge", 1);
	char *text = next();
	cr_assert(strstr(text, "event: people\ndata: {\"change\":\"people\","
			       "\"id\":\"a-1\",\"alert\":{") != NULL,
		  "%s", text);
	cr_assert(strstr(text, "\"people\":{\"acknowledged\":{\"n\":1,") !=
		  NULL);
	/* Once; and what is said of hidden alerts moves nothing. */
	(void)strcpy(id, last_id);
	say("b-1 acknowledge", 1);
	cr_assert(eq(str, next(), ""));
	cr_assert(eq(str, last_id, id));
	/* A change of another kind brings the words too. */
	fake_world()->alert[0].updated_ms++;
	fake_world()->tick++;
	text = next();
	cr_assert(strstr(text, "\"change\":\"changed\"") != NULL);
	cr_assert(strstr(text, "\"people\":{\"acknowledged\"") != NULL);
	say("a-1 acknowledge", 2);
	cr_assert(strstr(next(), "\"n\":2,") != NULL);
	vg_people_free(f.service.people);
	f.service.people = NULL;
}

Test(sse, tells_of_what_time_alone_changes)
{
	put(0, "a-1", "MA");
	vg_sse_hub_step(f.service.streams, now_ms);
	cr_assert(eq(int, open_as(API_MA, "/v1/stream", NULL), 200));
	(void)next();
	now_ms += 60000;
	cr_assert(strstr(next(), "\"change\":\"recovering\"") != NULL);
	now_ms += 30000;
	cr_assert(strstr(next(), "\"change\":\"resolved\"") != NULL);
}

Test(sse, law3_numbers_tell_of_nothing_hidden)
{
	char ma[64];

	cr_assert(eq(int, open_as(API_MA, "/v1/stream", NULL), 200));
	put(0, "a-1", "MA");
	(void)next();
	(void)strcpy(ma, last_id);
	for (int i = 1; i < 20; i++) {
		put((size_t)i, "hidden", "IL");
		cr_assert(eq(str, next(), ""));
	}
	put(20, "a-2", "MA");
	(void)next();
	cr_assert(eq(int, atoi(strchr(last_id, '-') + 1),
		     atoi(strchr(ma, '-') + 1) + 1));
}

/* Ids in quotes: those of events end in random digits and a number. */
Test(sse, resumes_without_loss_inside_what_is_kept)
{
	char from[64];

	cr_assert(eq(int, open_as(API_MA, "/v1/stream", NULL), 200));
	(void)next();
	(void)strcpy(from, last_id);
	put(0, "a-1", "MA");
	cr_assert(strstr(next(), "\"a-1\"") != NULL);
	/* The very first one too. */
	cr_assert(eq(int, open_as(API_MA, "/v1/stream", from), 200));
	cr_assert(strstr(next(), "\"a-1\"") != NULL);
	(void)strcpy(from, last_id);
	put(1, "a-2", "MA");
	put(2, "a-3", "MA");
	vg_sse_hub_step(f.service.streams, now_ms);
	cr_assert(eq(int, open_as(API_MA, "/v1/stream", from), 200));
	char *text = next();
	cr_assert(strstr(text, "gap") == NULL);
	cr_assert(strstr(text, "\"a-1\"") == NULL);
	cr_assert(strstr(text, "\"a-2\"") != NULL &&
		  strstr(text, "\"a-3\"") != NULL);
	/* From before the first one. */
	cr_assert(eq(int, open_as(API_MA, "/v1/stream", NULL), 200));
	(void)next();
	(void)strcpy(from, last_id);
	put(3, "a-4", "MA");
	vg_sse_hub_step(f.service.streams, now_ms);
	cr_assert(eq(int, open_as(API_MA, "/v1/stream", from), 200));
	text = next();
	cr_assert(strstr(text, "gap") == NULL &&
		  strstr(text, "\"a-4\"") != NULL);
}

Test(sse, says_that_there_is_a_gap_when_it_cannot_resume)
{
	static const char *const ids[] = {"0000000000000000-3", "x",
					  "0123456789abcdef-"};
	char first[64];

	for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
		cr_assert(eq(int, open_as(API_MA, "/v1/stream", ids[i]), 200));
		cr_assert(strstr(next(), "event: gap\ndata: {\"reason\":"
					 "\"not of this process\"}\n") != NULL);
	}
	put(0, "a", "MA");
	(void)next();
	(void)strcpy(first, last_id);
	for (int i = 0; i < VG_SSE_KEPT + 1; i++) {
		fake_world()->alert[0].updated_ms++;
		fake_world()->tick++;
		vg_sse_hub_step(f.service.streams, now_ms);
	}
	cr_assert(eq(int, open_as(API_MA, "/v1/stream", first), 200));
	cr_assert(strstr(next(), "event: gap\ndata: {\"reason\":\"too old\"}"
				 "\n") != NULL);
}

Test(sse, looks_at_no_alert_while_nobody_listens_and_nobody_comes_back)
{
	unsigned reads = fake_world()->n_book_reads;
	char from[64];

	put(0, "a-1", "MA");
	vg_sse_hub_step(f.service.streams, now_ms);
	cr_assert(eq(uint, fake_world()->n_book_reads, reads));
	/* From the moment at which a stream is open nothing is missed. */
	cr_assert(eq(int, open_as(API_MA, "/v1/stream", NULL), 200));
	put(1, "a-2", "MA");
	cr_assert(strstr(next(), "\"a-2\"") != NULL);
	cr_assert(strstr(heard(a.stream), "\"a-1\"") == NULL);
	(void)strcpy(from, last_id);
	/* Who left may come back. */
	vg_answer_term(&a);
	now_ms += VG_SSE_LINGER_MS - 1;
	put(2, "a-3", "MA");
	vg_sse_hub_step(f.service.streams, now_ms);
	cr_assert(eq(int, open_as(API_MA, "/v1/stream", from), 200));
	char *text = next();
	cr_assert(strstr(text, "gap") == NULL &&
		  strstr(text, "\"a-3\"") != NULL);
	(void)strcpy(from, last_id);
	/* Not for ever: then it is told of a gap, and of what comes. */
	vg_answer_term(&a);
	now_ms += VG_SSE_LINGER_MS;
	vg_sse_hub_step(f.service.streams, now_ms);
	reads = fake_world()->n_book_reads;
	put(3, "a-4", "MA");
	vg_sse_hub_step(f.service.streams, now_ms);
	cr_assert(eq(uint, fake_world()->n_book_reads, reads));
	cr_assert(eq(int, open_as(API_MA, "/v1/stream", from), 200));
	text = next();
	cr_assert(strstr(text, "event: gap\ndata: {\"reason\":\"too old\"}") !=
		  NULL);
	cr_assert(strstr(text, "\"a-4\"") == NULL);
	put(4, "a-5", "MA");
	cr_assert(strstr(next(), "\"a-5\"") != NULL);
}

Test(sse, drops_a_reader_that_is_too_slow_and_says_so)
{
	cr_assert(eq(int, open_as(API_MA, "/v1/stream", NULL), 200));
	put(0, "a", "MA");
	(void)next();
	for (int i = 0; i <= VG_SSE_KEPT; i++) {
		fake_world()->alert[0].updated_ms++;
		fake_world()->tick++;
		vg_sse_hub_step(f.service.streams, now_ms);
	}
	char *text = heard(a.stream);
	cr_assert(eq(str, text,
		     "event: dropped\ndata: {\"reason\":\"slow\"}"
		     "\n\n"));
	cr_assert(eq(int, (int)vg_sse_read(a.stream, text, 10), -1));
	cr_assert(eq(i64, vg_metric_get(&f.metrics, VG_M_STREAMS_DROPPED), 1));
}

Test(sse, beats_while_it_is_silent_and_ends_with_its_token)
{
	cr_assert(eq(int, open_as(API_MA, "/v1/stream", NULL), 200));
	(void)next();
	now_ms += VG_SSE_HEART_MS - 1;
	cr_assert(eq(str, next(), ""));
	now_ms++;
	cr_assert(eq(str, next(), ":\n\n"));
	cr_assert(eq(str, next(), ""));
	api_write_tokens(&f, "# none\n");
	cr_assert(eq(int,
		     vg_tokens_refresh(f.service.tokens, now_ms, true, &err),
		     VG_OK));
	now_ms += VG_SSE_HEART_MS;
	cr_assert(strstr(next(), "{\"reason\":\"token\"}") != NULL);
	cr_assert(eq(int, (int)vg_sse_read(a.stream, last_id, 9), -1));
}

Test(sse, tells_counters_that_changed_and_shares_the_asking)
{
	struct vg_sse *other;
	unsigned asked;

	fake_world()->row_key[0] = "MA";
	fake_world()->row_value[0] = 5;
	fake_world()->n_rows = 1;
	cr_assert(eq(int,
		     open_as(API_MA,
			     "/v1/stream?alerts=off&counters=1m&by=country",
			     NULL),
		     200));
	other = a.stream;
	a.stream = NULL;
	cr_assert(eq(int,
		     open_as(API_MA, "/v1/stream?counters=1m&by=country", NULL),
		     200));
	char *text = next();
	cr_assert(strstr(text, "event: counters\ndata: {\"measure\":\"events\","
			       "\"by\":[\"country\"],\"step\":\"1m\"") != NULL,
		  "%s", text);
	cr_assert(strstr(text, "\"values\":[5,5]") != NULL);
	cr_assert(strstr(heard(other), "\"values\":[5,5]") != NULL);
	asked = fake_world()->n_queries;
	cr_assert(eq(u32, asked, 1));
	now_ms += VG_SSE_COUNT_MS;
	cr_assert(eq(str, next(), "")); /* nothing happened in the view */
	cr_assert(eq(u32, fake_world()->n_queries, 1));
	fake_world()->tick++;
	fake_world()->row_value[0] = 6;
	cr_assert(eq(str, next(), "")); /* not looked at yet */
	now_ms += VG_SSE_COUNT_MS;
	cr_assert(strstr(next(), "[6,6]") != NULL);
	cr_assert(strstr(heard(other), "[6,6]") != NULL);
	vg_sse_close(other);
}

Test(sse, refuses_what_it_cannot_count_and_more_than_its_limit)
{
	struct vg_sse *held[3];

	cr_assert(eq(int,
		     open_as(API_MA, "/v1/stream?counters=10s&by=actor", NULL),
		     422));
	cr_assert(
		eq(int, open_as(API_MA, "/v1/stream?counters=1d", NULL), 400));
	cr_assert(eq(int, open_as(API_MA, "/v1/stream?by=nothing", NULL), 422));
	cr_assert(eq(int, open_as("none", "/v1/stream", NULL), 401));
	for (int i = 0; i < 3; i++) {
		cr_assert(eq(int, open_as(API_MA, "/v1/stream", NULL), 200));
		held[i] = a.stream;
		a.stream = NULL;
	}
	cr_assert(eq(int, open_as(API_MA, "/v1/stream", NULL), 503));
	cr_assert(vg_answer_get(&a, "Retry-After") != NULL);
	vg_sse_close(held[0]);
	cr_assert(eq(int, open_as(API_MA, "/v1/stream", NULL), 200));
	vg_sse_close(held[1]);
	vg_sse_close(held[2]);
	cr_assert(eq(sz, vg_sse_hub_count(f.service.streams), 1));
}

/* Over sockets. */
static struct vg_server *server;

static int64_t test_now(void *ctx)
{
	(void)ctx;
	return now_ms;
}

static const struct vg_clock test_clock = {.now_ms = test_now,
					   .mono_ms = test_now};

static int dial(void)
{
	const char *colon = strrchr(vg_server_address(server), ':');
	struct sockaddr_in to = {.sin_family = AF_INET,
				 .sin_port = htons((uint16_t)atoi(colon + 1)),
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	static const char ask[] = "GET /v1/stream HTTP/1.1\r\nHost: x\r\n"
				  "Authorization: Bearer vg_ma\r\n\r\n";
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	cr_assert(ge(int, fd, 0));
	cr_assert(eq(int, connect(fd, (struct sockaddr *)&to, sizeof to), 0));
	cr_assert(eq(int, (int)send(fd, ask, sizeof ask - 1, 0),
		     (int)sizeof ask - 1));
	return fd;
}

/* Read until `want` has come; false when it does not in 5 s. */
static bool hears(int fd, const char *want)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	char text[8192];
	size_t n = 0;

	while (n < sizeof text - 1 && poll(&p, 1, 5000) == 1) {
		ssize_t got = recv(fd, text + n, sizeof text - 1 - n, 0);

		if (got <= 0)
			return false;
		n += (size_t)got;
		text[n] = '\0';
		if (strstr(text, want) != NULL)
			return true;
	}
	return false;
}

Test(sse, serves_a_thousand_at_once_and_ends_them)
{
	enum { MANY = 1000 };
	static int fd[MANY];
	struct rlimit lots = {2 * MANY + 200, 2 * MANY + 200}, had;
	int n = MANY;

	vg_sse_hub_free(f.service.streams);
	cr_assert(eq(int,
		     vg_sse_hub_new(&f.service.streams, &f.service, MANY, &err),
		     VG_OK));
	(void)getrlimit(RLIMIT_NOFILE, &had);
	lots.rlim_max = had.rlim_max;
	if (had.rlim_max != RLIM_INFINITY && had.rlim_max < lots.rlim_cur)
		n = (int)had.rlim_max / 2 - 100;
	else
		(void)setrlimit(RLIMIT_NOFILE, &lots);
	f.cfg->http_connections = MANY + 10;
	cr_assert(eq(int,
		     vg_server_new(&server, &f.service, NULL, test_clock, &err),
		     VG_OK),
		  "%s", err.text);
	for (int i = 0; i < n; i++)
		fd[i] = dial();
	for (int i = 0; i < n; i++)
		cr_assert(hears(fd[i], "retry: 2000"), "stream %d", i);
	cr_assert(eq(sz, vg_sse_hub_count(f.service.streams), (size_t)n));
	put(0, "a-1", "MA");
	for (int i = 0; i < n; i++)
		cr_assert(hears(fd[i], "\"id\":\"a-1\""), "stream %d", i);
	vg_server_free(server);
	for (int i = 0; i < n; i++) {
		cr_expect(hears(fd[i], "{\"reason\":\"end\"}"), "%d", i);
		(void)close(fd[i]);
	}
	cr_assert(eq(sz, vg_sse_hub_count(f.service.streams), 0));
}
