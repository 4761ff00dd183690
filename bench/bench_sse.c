/*
 * bench_sse - many readers of one stream of events, for dev/bench live.
 *
 *   bench_sse PORT TOKEN STREAMS
 *
 * Opens STREAMS connections to /v1/stream on 127.0.0.1 and prints "open N" when
 * each has its first bytes. For each alert raised whose actor is "probe K" it
 * prints "K FIRST_MS LAST_MS" once every stream has been told: the wall clock
 * when the first and the last of them had the event in its hands. Ends at the
 * end of its input, or, with an error, when a stream ends.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { STREAMS_MAX = 4000, PROBES_MAX = 10000, LINE = 16384, BATCH = 256 };

struct reader {
	int fd;
	bool begun;
	size_t n;
	char line[LINE]; /* what came of a line that is not whole yet */
};

struct probe {
	int told;
	int64_t first_ms;
};

static struct reader *reader;
static struct probe probe[PROBES_MAX];
static int streams, begun;

static void fail(const char *what)
{
	fprintf(stderr, "bench_sse: %s: %s\n", what, strerror(errno));
	exit(1);
}

static int64_t wall_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void open_one(struct reader *r, int port, const char *token)
{
	struct sockaddr_in at = {.sin_family = AF_INET,
				 .sin_port = htons((uint16_t)port),
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	char ask[512];
	int n = snprintf(ask, sizeof ask,
			 "GET /v1/stream HTTP/1.1\r\nHost: localhost\r\n"
			 "Authorization: Bearer %s\r\n\r\n",
			 token);

	r->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (r->fd < 0 ||
	    connect(r->fd, (const struct sockaddr *)&at, sizeof at) != 0 ||
	    write(r->fd, ask, (size_t)n) != n)
		fail("connect");
}

/* One line of a stream: counts when it raises a probe's alert. */
static void take_line(const char *line)
{
	const char *at = strstr(line, "\"actor\":\"probe ");
	long k;

	if (at == NULL || strstr(line, "\"change\":\"raised\"") == NULL)
		return;
	k = strtol(at + strlen("\"actor\":\"probe "), NULL, 10);
	if (k < 0 || k >= PROBES_MAX)
		return;
	if (probe[k].told++ == 0)
		probe[k].first_ms = wall_ms();
	if (probe[k].told == streams)
		printf("%ld %lld %lld\n", k, (long long)probe[k].first_ms,
		       (long long)wall_ms());
}

static void read_some(struct reader *r)
{
	char *end;
	ssize_t got = read(r->fd, r->line + r->n, sizeof r->line - 1 - r->n);

	if (got <= 0)
		fail("a stream ended");
	r->n += (size_t)got;
	r->line[r->n] = '\0';
	if (!r->begun && strstr(r->line, "text/event-stream") != NULL) {
		r->begun = true;
		if (++begun == streams)
			printf("open %d\n", begun);
	}
	while ((end = memchr(r->line, '\n', r->n)) != NULL) {
		*end = '\0';
		take_line(r->line);
		r->n -= (size_t)(end + 1 - r->line);
		memmove(r->line, end + 1, r->n + 1);
	}
	if (r->n == sizeof r->line - 1)
		r->n = 0; /* a line longer than any that counts */
}

int main(int argc, char **argv)
{
	struct epoll_event ready[BATCH], one = {.events = EPOLLIN};
	int poll = epoll_create1(EPOLL_CLOEXEC);

	if (argc != 4 || poll < 0)
		return 2;
	streams = atoi(argv[3]);
	if (streams < 1 || streams > STREAMS_MAX)
		return 2;
	reader = calloc((size_t)streams, sizeof(*reader));
	if (reader == NULL)
		return 1;
	one.data.u32 = UINT32_MAX;
	(void)epoll_ctl(poll, EPOLL_CTL_ADD, STDIN_FILENO, &one);
	for (int i = 0; i < streams; i++) {
		open_one(&reader[i], atoi(argv[1]), argv[2]);
		one.data.u32 = (uint32_t)i;
		if (epoll_ctl(poll, EPOLL_CTL_ADD, reader[i].fd, &one) != 0)
			fail("epoll");
	}
	for (;;) {
		int n = epoll_wait(poll, ready, BATCH, -1);

		for (int i = 0; i < n; i++) {
			if (ready[i].data.u32 == UINT32_MAX)
				return 0;
			read_some(&reader[ready[i].data.u32]);
		}
		(void)fflush(stdout);
	}
}
