#include "redis_server.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ARGS_MAX = 32, WAIT_STEPS = 500, STEP_MS = 20, PORT_TRIES = 5 };

static struct sockaddr_in loopback(int port)
{
	return (struct sockaddr_in){.sin_family = AF_INET,
				    .sin_port = htons((unsigned short)port),
				    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

static int free_port(void)
{
	struct sockaddr_in a = loopback(0);
	socklen_t n = sizeof a;
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	cr_assert(fd >= 0 && bind(fd, (struct sockaddr *)&a, n) == 0);
	cr_assert(getsockname(fd, (struct sockaddr *)&a, &n) == 0);
	close(fd);
	return ntohs(a.sin_port);
}

static bool answers(int port)
{
	struct sockaddr_in a = loopback(port);
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	char b[8] = "";
	bool ok = connect(fd, (struct sockaddr *)&a, sizeof a) == 0 &&
		  write(fd, "PING\r\n", 6) == 6 && read(fd, b, 5) == 5 &&
		  (memcmp(b, "+PONG", 5) == 0 || memcmp(b, "-NOAU", 5) == 0);

	close(fd);
	return ok;
}

static void run_server(const struct test_redis *r, const char *const *extra)
{
	char port[16];
	const char *arg[ARGS_MAX] = {
		"redis-server", "--port",      port, "--bind",
		"127.0.0.1",	"--save",      "",   "--dir",
		r->dir,		"--daemonize", "no"};
	size_t n = 11;
	int null = open("/dev/null", O_RDWR);

	/* A test that aborts stops nothing: its server goes with it. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	snprintf(port, sizeof port, "%d", r->port);
	while (extra != NULL && *extra != NULL && n < ARGS_MAX - 1)
		arg[n++] = *extra++;
	dup2(null, 0);
	dup2(null, 1);
	execvp(arg[0], (char *const *)arg);
	_exit(127);
}

/* False when the server ended at once. */
static bool began(struct test_redis *r, const char *const *extra)
{
	r->pid = fork();
	cr_assert(r->pid >= 0);
	if (r->pid == 0)
		run_server(r, extra);
	for (int i = 0; i < WAIT_STEPS; i++) {
		if (waitpid(r->pid, NULL, WNOHANG) != 0)
			return false;
		if (answers(r->port))
			return true;
		poll(NULL, 0, STEP_MS);
	}
	cr_assert_fail("redis-server does not answer");
	return false;
}

static void start(struct test_redis *r, const char *const *extra)
{
	cr_assert(began(r, extra), "redis-server ended at once");
}

/* Another may take the port between its choice and the server's. */
static void start_somewhere(struct test_redis *r, const char *const *extra)
{
	int tries = 0;

	do {
		cr_assert(tries++ < PORT_TRIES, "redis-server ended at once");
		r->port = free_port();
	} while (!began(r, extra));
}

static void stop(struct test_redis *r)
{
	if (r->pid <= 0)
		return;
	kill(r->pid, SIGKILL);
	waitpid(r->pid, NULL, 0);
	r->pid = 0;
}

void test_redis_start(struct test_redis *r, const char *const *extra)
{
	signal(SIGPIPE, SIG_IGN); /* as main.c does: hiredis writes */
	*r = (struct test_redis){.port = 0};
	strcpy(r->dir, "/tmp/vg-redis-XXXXXX");
	cr_assert(mkdtemp(r->dir) != NULL);
	start_somewhere(r, extra);
	snprintf(r->address, sizeof r->address, "127.0.0.1:%d", r->port);
}

void test_redis_stop(struct test_redis *r)
{
	char command[128];

	stop(r);
	if (r->dir[0] == '\0')
		return;
	snprintf(command, sizeof command, "rm -rf '%s'", r->dir);
	cr_assert(system(command) == 0);
}

void test_redis_restart(struct test_redis *r, const char *const *extra)
{
	stop(r);
	start(r, extra);
}
