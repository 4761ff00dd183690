/*
 * redis_server - a real redis-server of a test's own: free loopback port, a
 * folder of its own, stopped by its process id.
 *
 * Every failure ends the test.
 */
#ifndef VG_TESTS_REDIS_SERVER_H
#define VG_TESTS_REDIS_SERVER_H

#include <sys/types.h>

struct test_redis {
	pid_t pid;
	int port;
	char dir[64];
	char address[32]; /* 127.0.0.1:port */
};

/* Start without persistence; `extra` is NULL or one more option and its value,
 * NULL-terminated: {"--maxmemory-policy", "allkeys-lru", NULL}. */
void test_redis_start(struct test_redis *r, const char *const *extra);

/* Stop (SIGKILL), wait, and remove the folder. */
void test_redis_stop(struct test_redis *r);

/* Stop as by a crash and start again on the same port and folder, with what
 * the options given now persist. */
void test_redis_restart(struct test_redis *r, const char *const *extra);

#endif
