#include "core/supervisor.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static struct vg_supervisor s;
static struct vg_err err;
static int manager;
static char heard[256];

/* A manager that listens where NOTIFY_SOCKET says, in the abstract namespace:
 * nothing is left behind in a folder. */
static void listen_as_a_manager(void)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	char name[64];
	int n = snprintf(name, sizeof name, "@vigie-test-%ld", (long)getpid());

	memcpy(at.sun_path, name, (size_t)n);
	at.sun_path[0] = '\0';
	manager = socket(AF_UNIX, SOCK_DGRAM, 0);
	cr_assert(ge(int, manager, 0));
	cr_assert(eq(int, fcntl(manager, F_SETFL, O_NONBLOCK), 0));
	cr_assert(eq(int,
		     bind(manager, (struct sockaddr *)&at,
			  (socklen_t)(offsetof(struct sockaddr_un, sun_path) +
				      (size_t)n)),
		     0));
	cr_assert(eq(int, setenv("NOTIFY_SOCKET", name, 1), 0));
	(void)unsetenv("WATCHDOG_USEC");
	(void)unsetenv("WATCHDOG_PID");
}

static void close_manager(void)
{
	vg_supervisor_term(&s);
	(void)close(manager);
}

static const char *next(void)
{
	ssize_t n = recv(manager, heard, sizeof heard - 1, 0);

	heard[n < 0 ? 0 : n] = '\0';
	return heard;
}

TestSuite(supervisor, .init = listen_as_a_manager, .fini = close_manager);

Test(supervisor, tells_the_manager_that_the_environment_names)
{
	cr_assert(eq(int, vg_supervisor_init(&s, &err), VG_OK));
	vg_supervisor_tell(&s, "READY=1\nSTATUS=serving");
	cr_assert(eq(str, (char *)next(), "READY=1\nSTATUS=serving"));
	cr_assert(eq(i64, vg_supervisor_every_ms(&s), 0));
}

Test(supervisor, tells_nobody_where_nobody_asked)
{
	(void)unsetenv("NOTIFY_SOCKET");
	(void)setenv("WATCHDOG_USEC", "8000000", 1);
	cr_assert(eq(int, vg_supervisor_init(&s, &err), VG_OK));
	vg_supervisor_tell(&s, "READY=1");
	cr_assert(eq(str, (char *)next(), ""));
	cr_assert(eq(i64, vg_supervisor_every_ms(&s), 0));
}

Test(supervisor, refuses_a_manager_that_is_not_there)
{
	(void)setenv("NOTIFY_SOCKET", "@vigie-nobody-listens-here", 1);
	cr_assert(eq(int, vg_supervisor_init(&s, &err), VG_INVAL));
	cr_assert(strstr(err.text, "NOTIFY_SOCKET") != NULL);
	(void)setenv("NOTIFY_SOCKET", "no/path", 1);
	cr_assert(eq(int, vg_supervisor_init(&s, &err), VG_INVAL));
}

Test(supervisor, looks_four_times_as_often_as_the_manager)
{
	char pid[24];

	(void)setenv("WATCHDOG_USEC", "8000000", 1);
	cr_assert(eq(int, vg_supervisor_init(&s, &err), VG_OK));
	cr_assert(eq(i64, vg_supervisor_every_ms(&s), 2000));
	vg_supervisor_term(&s);
	(void)snprintf(pid, sizeof pid, "%ld", (long)getpid());
	(void)setenv("WATCHDOG_PID", pid, 1);
	cr_assert(eq(int, vg_supervisor_init(&s, &err), VG_OK));
	cr_assert(eq(i64, vg_supervisor_every_ms(&s), 2000));
}

Test(supervisor, is_not_watched_by_what_is_meant_for_another)
{
	(void)setenv("WATCHDOG_USEC", "8000000", 1);
	(void)setenv("WATCHDOG_PID", "1", 1);
	cr_assert(eq(int, vg_supervisor_init(&s, &err), VG_OK));
	cr_assert(eq(i64, vg_supervisor_every_ms(&s), 0));
	vg_supervisor_term(&s);
	(void)unsetenv("WATCHDOG_PID");
	(void)setenv("WATCHDOG_USEC", "soon", 1);
	cr_assert(eq(int, vg_supervisor_init(&s, &err), VG_OK));
	cr_assert(eq(i64, vg_supervisor_every_ms(&s), 0));
}

Test(supervisor, calls_alive_only_what_moves_in_every_part)
{
	struct vg_beats b = {0};
	_Atomic int64_t *one = vg_beats_add(&b), *two = vg_beats_add(&b);

	cr_assert(not(vg_beats_moved(&b)), "nothing has moved yet");
	vg_beat(one);
	cr_assert(not(vg_beats_moved(&b)), "the second stands still");
	vg_beat(two);
	cr_assert(vg_beats_moved(&b));
	vg_beat(two);
	cr_assert(not(vg_beats_moved(&b)), "the first stands still");
	vg_beat(one);
	cr_assert(vg_beats_moved(&b), "both since the last that was true");
	vg_beat(NULL);
}
