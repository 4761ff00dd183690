/* The server over real sockets: what libmicrohttpd would let through. */
#include "api/deadline.h"
#include "api/listen.h"
#include "api/server.h"
#include "api_fixture.h"
#include "core/limits.h"
#include "fake_world.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static struct api_fixture f;
static struct vg_server *server;
static struct vg_err err;
static _Atomic int64_t mono_ms;

static int64_t fixed_now(void *ctx)
{
	(void)ctx;
	return API_NOW_MS;
}

static int64_t test_mono(void *ctx)
{
	(void)ctx;
	return mono_ms;
}

static const struct vg_clock test_clock = {.now_ms = fixed_now,
					   .mono_ms = test_mono};

static void serve(void)
{
	cr_assert(eq(int,
		     vg_server_new(&server, &f.service, NULL, test_clock, &err),
		     VG_OK),
		  "%s", err.text);
}

static void start(void)
{
	api_fixture_init(&f);
	f.cfg->http_timeout_ms = 60000;
	serve();
}

static void finish(void)
{
	vg_server_free(server);
	api_fixture_term(&f);
}

TestSuite(server, .init = start, .fini = finish);

static int dial(void)
{
	const char *colon = strrchr(vg_server_address(server), ':');
	struct sockaddr_in to = {.sin_family = AF_INET};
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	to.sin_port = htons((uint16_t)atoi(colon + 1));
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	cr_assert(eq(int, connect(fd, (struct sockaddr *)&to, sizeof to), 0));
	return fd;
}

static void say(int fd, const char *p, size_t n)
{
	while (n > 0) {
		ssize_t sent = send(fd, p, n, MSG_NOSIGNAL);

		if (sent <= 0)
			return; /* refused in mid-request: the answer tells */
		p += sent;
		n -= (size_t)sent;
	}
}

/* Read until the peer closes or falls silent for `quiet_ms`. */
static char *hear(int fd, int quiet_ms)
{
	static char buf[1 << 18];
	struct pollfd p = {.fd = fd, .events = POLLIN};
	size_t n = 0;

	while (poll(&p, 1, quiet_ms) == 1) {
		ssize_t got = recv(fd, buf + n, sizeof buf - 1 - n, 0);

		if (got <= 0)
			break;
		n += (size_t)got;
	}
	buf[n] = '\0';
	return buf;
}

/* What comes back for `text` on a connection of its own. */
static char *exchange(const char *text, size_t n)
{
	int fd = dial();
	char *heard;

	say(fd, text, n);
	heard = hear(fd, 300);
	(void)close(fd);
	return heard;
}

static int status_of(const char *answer)
{
	return strncmp(answer, "HTTP/1.1 ", 9) == 0 ? atoi(answer + 9) : 0;
}

static int answers_in(const char *text)
{
	int n = 0;

	while ((text = strstr(text, "HTTP/1.1 ")) != NULL) {
		text += 9;
		n += *text >= '1' && *text <= '5';
	}
	return n;
}

#define ASK(text) exchange(text, strlen(text))
#define GET	  "GET /livez HTTP/1.1\r\nHost: x\r\n"

Test(server, answers_get_and_head)
{
	char *get = ASK(GET "\r\n");

	cr_assert(eq(int, status_of(get), 200));
	cr_assert(strstr(get, "\r\n\r\n{\"status\":\"ok\"}") != NULL);
	cr_assert(strstr(get, "Content-Length: 15\r\n") != NULL);
	cr_assert(strstr(get, "Cache-Control: no-store\r\n") != NULL);

	char *head = ASK("HEAD /livez HTTP/1.1\r\nHost: x\r\n\r\n");
	cr_assert(eq(int, status_of(head), 200));
	cr_assert(strstr(head, "Content-Length: 15\r\n") != NULL);
	cr_assert(strstr(head, "{\"status\"") == NULL);
}

Test(server, keeps_a_connection_for_several_requests)
{
	cr_assert(eq(int, answers_in(ASK(GET "\r\n" GET "\r\n")), 2));
}

/* The tag of an answer, with its quotes. */
static const char *tag_in(const char *heard)
{
	static char tag[80];
	const char *at = strstr(heard, "\r\nETag: ");

	cr_assert(at != NULL, "%s", heard);
	cr_assert(eq(int, sscanf(at, "\r\nETag: %79s", tag), 1));
	return tag;
}

Test(server, tells_each_asker_of_one_connection_what_is_its_own)
{
	const char *const token[] = {API_MA, API_IL, API_MA, "vg_none", API_IL};
	char first[5][80], text[640], *heard;
	int fd = dial();

	for (int round = 0; round < 3; round++)
		for (int i = 0; i < 5; i++) {
			(void)snprintf(text, sizeof text,
				       "GET /v1/me HTTP/1.1\r\nHost: x\r\n"
				       "Authorization: Bearer %s\r\n"
				       "If-None-Match: %s\r\n\r\n",
				       token[i], round > 0 ? first[i] : "-");
			say(fd, text, strlen(text));
			heard = hear(fd, 50);
			if (i == 3) {
				cr_assert(eq(int, status_of(heard), 401));
				first[i][0] = '\0';
				continue;
			}
			cr_assert(eq(int, status_of(heard),
				     round > 0 ? 304 : 200),
				  "%s", heard);
			if (round == 0)
				(void)strcpy(first[i], tag_in(heard));
			cr_assert(eq(str, (char *)tag_in(heard), first[i]));
		}
	(void)close(fd);
	cr_assert(eq(str, first[0], first[2]));
	cr_assert(ne(str, first[0], first[1]));
}

Test(server, hands_token_and_target_through_undecoded)
{
	char *answer = ASK("GET /v1/top?by=actor&where=country:%4dA HTTP/1.1"
			   "\r\nHost: x\r\nAuthorization: Bearer vg_ma"
			   "\r\n\r\n");

	cr_assert(eq(int, status_of(answer), 200), "%s", answer);
	cr_assert(strstr(answer, "Vigie-Stale: false\r\n") != NULL);
	cr_assert(eq(int,
		     status_of(ASK("GET /v1/top?by=%2500 HTTP/1.1\r\nHost: x"
				   "\r\nAuthorization: Bearer vg_ma\r\n\r\n")),
		     422));
}

Test(server, refuses_what_two_servers_could_read_in_two_ways)
{
	static const char *const bad[] = {
		GET "Content-Length: 0\r\nContent-Length: 5\r\n\r\n",
		GET "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello",
		GET "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"
		    "0\r\n\r\n",
		GET "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		GET "Transfer-Encoding: identity\r\n\r\n",
		GET "Content-Length: +1\r\n\r\na",
		GET "Content-Length: 1x\r\n\r\na",
		GET "Host: y\r\n\r\n",
		GET "Authorization: Bearer vg_ma\r\n"
		    "Authorization: Bearer vg_il\r\n\r\n",
		"GET /livez HTTP/1.1\r\n\r\n",
		"GET /livez%zz HTTP/1.1\r\nHost: x\r\n\r\n",
		"GET /livez%00 HTTP/1.1\r\nHost: x\r\n\r\n",
		"GET http://x/livez HTTP/1.1\r\nHost: x\r\n\r\n",
	};

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		char *answer = ASK(bad[i]);

		cr_expect(eq(int, status_of(answer), 400), "%s\n%s", bad[i],
			  answer);
		/* Not how many heads there are: libmicrohttpd 0.9.75 sends
		 * that of its own refusals twice before it closes. */
		cr_expect(strstr(answer, "\"ok\"") == NULL, "%s", bad[i]);
	}
}

Test(server, never_answers_a_request_hidden_in_a_body)
{
	static const char *const bad[] = {
		GET "Content-Length: 40\r\n\r\n" GET "\r\n" GET "\r\n",
		"POST /livez HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\n"
		"GET " GET "\r\n",
		GET "Content-Length: 0\r\nContent-Length: 45\r\n\r\n" GET
		    "\r\n",
	};

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		char *answer = ASK(bad[i]);

		cr_expect(eq(int, answers_in(answer), 1), "%s\n%s", bad[i],
			  answer);
		cr_expect(strstr(answer, "\"ok\"") == NULL, "%s", answer);
		cr_expect(strstr(answer, "Connection: close") != NULL);
	}
}

Test(server, refuses_a_body_with_413_and_other_methods_with_405)
{
	cr_assert(
		eq(int, status_of(ASK(GET "Content-Length: 1\r\n\r\nx")), 413));
	cr_assert(
		eq(int, status_of(ASK(GET "Content-Length: 0\r\n\r\n")), 200));
	cr_assert(eq(int,
		     status_of(ASK("POST /livez HTTP/1.1\r\nHost: x\r\n"
				   "Content-Length: 0\r\n\r\n")),
		     405));
	cr_assert(
		eq(int,
		   status_of(ASK("DELETE /livez HTTP/1.1\r\nHost: x\r\n\r\n")),
		   405));
}

Test(server, does_not_take_a_nul_for_the_end_of_the_target)
{
	static const char text[] = "GET /livez\0x HTTP/1.1\r\nHost: x\r\n\r\n";

	char *answer = exchange(text, sizeof text - 1);

	/* libmicrohttpd 1.0 refuses it before we do: it just hangs up. */
	if (answer[0] != '\0')
		cr_assert(eq(int, status_of(answer), 400), "%s", answer);
	cr_assert(eq(int, status_of(ASK(GET "\r\n")), 200));
}

static int status_of_target(size_t n)
{
	char *text = malloc(n + 64);
	size_t len = (size_t)sprintf(text, "GET /");
	int status;

	memset(text + len, 'a', n - 1);
	len += n - 1;
	len += (size_t)sprintf(text + len, " HTTP/1.1\r\nHost: x\r\n\r\n");
	status = status_of(exchange(text, len));
	free(text);
	return status;
}

static int64_t cut(void)
{
	return vg_metric_get(&f.metrics, VG_M_HTTP_CUT);
}

Test(server, refuses_lines_that_end_in_lf_alone)
{
	static const char *const bad[] = {
		"GET /livez HTTP/1.1\nHost: x\r\n\r\n",
		GET "A: b\nC: d\r\n\r\n",
		GET "A:\nC: d\r\n\r\n",
		GET "Content-Length: 0\nTransfer: x\r\n\r\n",
	};

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		cr_expect(eq(int, status_of(ASK(bad[i])), 400), "%s", bad[i]);
	cr_assert(eq(int, status_of(ASK(GET "A: b \r\nC:\r\nD: e\r\n\r\n")),
		     200));
}

Test(server, says_to_browsers_what_they_may_do)
{
	char *answer = ASK(GET "\r\n");

	cr_assert(strstr(answer, "Content-Security-Policy: default-src 'none'; "
				 "frame-ancestors 'none'\r\n") != NULL);
	cr_assert(strstr(answer, "Referrer-Policy: no-referrer\r\n") != NULL);
	cr_assert(strstr(answer, "Strict-Transport") == NULL);
	cr_assert(strstr(ASK(GET "Origin: https://a.example\r\n\r\n"),
			 "Access-Control") == NULL);
}

static int preflight_of(const char *origin)
{
	char text[256];

	(void)snprintf(text, sizeof text,
		       "OPTIONS /v1/wall HTTP/1.1\r\nHost: x\r\nOrigin: %s\r\n"
		       "Access-Control-Request-Method: GET\r\n\r\n",
		       origin);
	return status_of(ASK(text));
}

Test(server, lets_pages_of_named_origins_read_and_no_others)
{
	free(f.cfg->http_cors_origins);
	f.cfg->http_cors_origins =
		strdup("https://a.example, https://b.example:8443");
	cr_assert(eq(int, preflight_of("https://a.example"), 204));
	cr_assert(eq(int, preflight_of("https://b.example:8443"), 204));
	cr_assert(eq(int, preflight_of("https://a.example.evil"), 405));
	cr_assert(eq(int, preflight_of("https://a"), 405));
	cr_assert(eq(int, preflight_of("null"), 405));
	cr_assert(
		strstr(ASK(GET "Origin: https://a.example\r\n\r\n"),
		       "Access-Control-Allow-Origin: https://a.example\r\n") !=
		NULL);
	char *other = ASK(GET "Origin: https://c.example\r\n\r\n");
	cr_assert(strstr(other, "Access-Control") == NULL);
	cr_assert(strstr(other, "Vary: Origin\r\n") != NULL);
}

Test(server, cuts_a_reader_that_does_not_take_its_answer)
{
	static const char ask[] = "GET /v1/series?by=country&step=10s"
				  "&from=2026-02-28T06:00:00Z&to=2026-03-01T12:"
				  "00:00Z HTTP/1.1\r\n"
				  "Host: x\r\nAuthorization: Bearer vg_ma\r\n"
				  "Accept: application/x-ndjson\r\n\r\n";
	int small = 4096, fd;

	fake_world()->row_key[0] = "MA";
	fake_world()->row_key[1] = "IL";
	fake_world()->n_rows = 2;
	fd = dial();
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
	for (int i = 0; i < 8; i++) /* more than sockets hold */
		say(fd, ask, strlen(ask));
	/* However long the answers take to make: once nothing moves, time
	 * runs out. */
	for (int i = 0; i < 500 && cut() == 0; i++) {
		mono_ms += 60000;
		(void)poll(NULL, 0, 10);
	}
	cr_assert(ge(i64, cut(), 1));
	(void)close(fd);
}

Test(server, listens_on_a_unix_socket_and_clears_it_away)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	char address[128];
	int fd;

	vg_server_free(server);
	(void)snprintf(address, sizeof address, "unix:%s/http.sock", f.folder);
	free(f.cfg->http_address);
	f.cfg->http_address = strdup(address);
	(void)snprintf(at.sun_path, sizeof at.sun_path, "%s/http.sock",
		       f.folder);
	/* One that was left behind is replaced, one in use is not. */
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	cr_assert(eq(int, bind(fd, (struct sockaddr *)&at, sizeof at), 0));
	(void)close(fd);
	serve();
	struct vg_listener l;
	cr_assert(eq(int, vg_listen(&l, address, &err), VG_INVAL));
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	cr_assert(eq(int, connect(fd, (struct sockaddr *)&at, sizeof at), 0));
	say(fd, GET "\r\n", strlen(GET "\r\n"));
	cr_assert(eq(int, status_of(hear(fd, 300)), 200));
	(void)close(fd);
	vg_server_free(server);
	cr_assert(ne(int, access(at.sun_path, F_OK), 0));
	server = NULL;
}

/* In a process of its own, whose descriptor 3 is nobody's. */
static int take_handed(void)
{
	struct vg_listener l, handed;
	char pid[24];

	(void)setenv("LISTEN_FDS", "1", 1);
	(void)setenv("LISTEN_PID", "1", 1); /* another's */
	if (vg_listen(&handed, "systemd", &err) != VG_INVAL)
		return 1;
	(void)snprintf(pid, sizeof pid, "%ld", (long)getpid());
	(void)setenv("LISTEN_PID", pid, 1);
	if (vg_listen(&l, "127.0.0.1:0", &err) != VG_OK || dup2(l.fd, 3) != 3)
		return 2;
	if (vg_listen(&handed, "systemd", &err) != VG_OK || handed.fd != 3)
		return 3;
	(void)setenv("LISTEN_FDS", "2", 1);
	if (vg_listen(&handed, "systemd", &err) != VG_INVAL)
		return 4;
	(void)setenv("LISTEN_FDS", "1", 1);
	return dup2(STDERR_FILENO, 3) == 3 &&
			       vg_listen(&handed, "systemd", &err) == VG_INVAL
		       ? 0
		       : 5;
}

Test(server, takes_the_socket_that_systemd_hands_over)
{
	pid_t child = fork();
	int status = -1;

	if (child == 0)
		_exit(take_handed());
	cr_assert(eq(int, waitpid(child, &status, 0), child));
	cr_assert(eq(int, status, 0));
}

Test(server, takes_a_target_at_the_limit_and_not_one_past_it)
{
	cr_assert(eq(int, status_of_target(VG_HTTP_URL_MAX), 404));
	cr_assert(eq(int, status_of_target(VG_HTTP_URL_MAX + 1), 414));
	cr_assert(eq(int, status_of_target(20000), 414));
}

Test(server, refuses_headers_beyond_its_memory)
{
	size_t n = 70000;
	char *text = malloc(n + 200);
	size_t len = (size_t)sprintf(text, GET "X: ");
	int status;

	memset(text + len, 'b', n);
	len += n;
	len += (size_t)sprintf(text + len, "\r\n\r\n");
	status = status_of(exchange(text, len));
	cr_assert(status == 431 || status == 413 || status == 0, "%d", status);
	cr_assert(eq(int, status_of(ASK(GET "\r\n")), 200));
	free(text);
}

Test(server, serves_as_many_connections_as_the_limit_and_no_more)
{
	int fd[4], extra;

	vg_server_free(server);
	f.cfg->http_connections = 4;
	serve();
	for (int i = 0; i < 4; i++) {
		fd[i] = dial();
		say(fd[i], GET "\r\n", strlen(GET "\r\n"));
		cr_assert(eq(int, status_of(hear(fd[i], 300)), 200));
	}
	extra = dial();
	say(extra, GET "\r\n", strlen(GET "\r\n"));
	cr_assert(ne(int, status_of(hear(extra, 300)), 200));
	(void)close(extra);
	for (int i = 0; i < 4; i++)
		(void)close(fd[i]);
}

Test(server, cuts_a_connection_that_finishes_no_request_in_time)
{
	struct pollfd p = {.events = POLLIN};
	char byte;

	p.fd = dial();
	say(p.fd, "GET /livez", 10);
	cr_assert(eq(int, poll(&p, 1, 100), 0));
	mono_ms += 3 * 60000; /* the deadline, on the test's clock */
	cr_assert(eq(int, poll(&p, 1, 5000), 1));
	cr_assert(eq(int, (int)recv(p.fd, &byte, 1, 0), 0));
	(void)close(p.fd);
	/* It is counted when the sweep that cut it is over. */
	for (int i = 0; i < 500 && cut() == 0; i++)
		(void)poll(NULL, 0, 10);
	cr_assert(eq(i64, cut(), 1));
}

Test(server, counts_a_request_that_falls_silent_and_no_idle_connection)
{
	struct pollfd p = {.events = POLLIN};
	static const char half[] = "GET /livez HTTP/1.1\r\nHost: x\r\n";

	vg_server_free(server);
	f.cfg->http_timeout_ms = 1000;
	serve();
	int idle = dial();
	p.fd = dial();
	say(p.fd, half, strlen(half));
	cr_assert(eq(int, poll(&p, 1, 10000), 1));
	(void)close(p.fd);
	p.fd = idle;
	cr_assert(eq(int, poll(&p, 1, 10000), 1)); /* closed as well */
	(void)close(idle);
	cr_assert(eq(i64, cut(), 1));
}

Test(server, serves_with_one_thread_and_with_one_connection_too)
{
	vg_server_free(server);
	f.cfg->http_threads = 1;
	serve();
	cr_assert(eq(int, status_of(ASK(GET "\r\n")), 200));

	vg_server_free(server);
	f.cfg->http_threads = 8;
	f.cfg->http_connections = 1;
	serve();
	cr_assert(eq(int, status_of(ASK(GET "\r\n")), 200));
}

Test(server, counts_what_it_refused_before_any_route)
{
	(void)ASK(GET "Content-Length: 1\r\n\r\nx");
	cr_assert(eq(i64, vg_metric_get(&f.metrics, VG_M_HTTP_REQUESTS), 1));
	cr_assert(eq(i64, vg_metric_get(&f.metrics, VG_M_HTTP_ERRORS), 1));
}

Test(server, answers_many_connections_at_once)
{
	enum { MANY = 64 };
	int fd[MANY];

	for (int i = 0; i < MANY; i++) {
		fd[i] = dial();
		say(fd[i], GET "\r\n", strlen(GET "\r\n"));
	}
	for (int i = 0; i < MANY; i++) {
		cr_expect(eq(int, status_of(hear(fd[i], 300)), 200));
		(void)close(fd[i]);
	}
}

Test(server, follows_the_token_file)
{
	static const char ask[] = "GET /v1/partners HTTP/1.1\r\nHost: x\r\n"
				  "Authorization: Bearer vg_fresh\r\n\r\n";
	char line[160];

	api_token_line(line, "vg_fresh", "AE");
	api_write_tokens(&f, line);
	cr_assert(eq(int, status_of(ASK(ask)), 200));
}

Test(server, says_where_it_cannot_listen_and_what_to_do)
{
	static const char *const bad[] = {"",
					  "127.0.0.1",
					  "127.0.0.1:",
					  "127.0.0.1:65536",
					  "x:80",
					  "::1:80",
					  "[::1]",
					  "localhost:80",
					  "127.0.0.1:-1"};
	struct vg_listener l;

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		cr_expect(eq(int, vg_listen(&l, bad[i], &err), VG_INVAL), "%s",
			  bad[i]);
		cr_expect(strstr(err.text, "http.address: ") == err.text);
	}
	cr_assert(eq(int, vg_listen(&l, vg_server_address(server), &err),
		     VG_INVAL));
	cr_assert(strstr(err.text, "choose another") != NULL);
	cr_assert(eq(int, vg_listen(&l, "192.0.2.1:0", &err), VG_INVAL));
}

Test(server, listens_on_ipv6_where_there_is_one)
{
	struct vg_listener l;
	enum vg_rc rc = vg_listen(&l, "[::1]:0", &err);

	if (rc == VG_OK) {
		cr_assert(strncmp(l.address, "[::1]:", 6) == 0);
		(void)close(l.fd);
	} else {
		cr_assert(strstr(err.text, "[::1]:0") != NULL);
	}
}

Test(server, is_made_whole_by_vg_api_new)
{
	const struct vg_api_opts opts = {.env = &f.env,
					 .view = fake_view(),
					 .book = fake_book(),
					 .clock = test_clock};
	struct vg_api *api = NULL;

	cr_assert(eq(int, vg_api_new(&api, &opts, &err), VG_OK), "%s",
		  err.text);
	cr_assert(strncmp(vg_api_address(api), "127.0.0.1:", 10) == 0);
	cr_assert(strcmp(vg_api_address(api), "127.0.0.1:0") != 0);
	vg_api_free(api);
	vg_api_free(NULL);
}

Test(server, does_not_start_with_a_bad_token_file_or_address)
{
	const struct vg_api_opts opts = {.env = &f.env,
					 .view = fake_view(),
					 .book = fake_book(),
					 .clock = test_clock};
	struct vg_api *api = NULL;

	f.cfg->http_address[0] = 'x';
	cr_assert(eq(int, vg_api_new(&api, &opts, &err), VG_INVAL));
	cr_assert(strstr(err.text, "http.address: ") == err.text);
	api_write_tokens(&f, "nonsense\n");
	cr_assert(eq(int, vg_api_new(&api, &opts, &err), VG_INVAL));
	cr_assert(strstr(err.text, "/tokens:1: ") != NULL, "%s", err.text);
	cr_assert(api == NULL);
}

Test(deadline, shuts_down_at_the_limit_and_not_before)
{
	static struct vg_metrics metrics;
	struct vg_deadlines *d;
	struct vg_deadline *a, *b;
	int pair[2];

	mono_ms = 1000;
	memset(&metrics, 0, sizeof metrics);
	cr_assert(eq(int, socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0));
	cr_assert(eq(int,
		     vg_deadlines_new(&d, 3600000, test_clock, &metrics, &err),
		     VG_OK));
	a = vg_deadline_open(d, pair[0]);
	mono_ms = 2000;
	b = vg_deadline_open(d, pair[1]);
	cr_assert(eq(sz, vg_deadlines_sweep(d, 3600999), 0));
	cr_assert(eq(sz, vg_deadlines_sweep(d, 3601000), 1));
	cr_assert(eq(sz, vg_deadlines_sweep(d, 3601000), 0), "once each");
	vg_deadline_touch(d, b);
	cr_assert(eq(sz, vg_deadlines_sweep(d, 3602000), 1));
	cr_assert(eq(i64, vg_metric_get(&metrics, VG_M_HTTP_CUT), 2));
	vg_deadline_close(d, a);
	vg_deadline_close(d, b);
	vg_deadline_close(d, NULL);
	vg_deadlines_free(d);
	(void)close(pair[0]);
	(void)close(pair[1]);
}
