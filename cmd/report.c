#include "cmd/report.h"

#include "cmd/commands.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <time.h>

bool vg_asks_for_help(int argc, char **argv)
{
	for (int i = 0; i < argc; i++)
		if (strcmp(argv[i], "--help") == 0 ||
		    strcmp(argv[i], "-h") == 0)
			return true;
	return false;
}

bool vg_command_line(const char *usage, const struct vg_arg *table, size_t n,
		     int argc, char **argv, int *status)
{
	struct vg_err err = {0};

	/* --help wins over whatever else is wrong with the words. */
	if (vg_asks_for_help(argc, argv)) {
		printf("usage: vigie %s\n\n", usage);
		vg_args_help(table, n, stdout);
		*status = VG_EXIT_OK;
		return false;
	}
	if (vg_args_read(table, n, argc, argv, &err) != VG_OK) {
		*status = vg_report(&err);
		return false;
	}
	return true;
}

int vg_report(const struct vg_err *err)
{
	fprintf(stderr, "vigie: %s\n", err->text);
	return err->rc == VG_INVAL ? VG_EXIT_USAGE : VG_EXIT_FAILED;
}

static sigset_t our_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGUSR1);
	return set;
}

void vg_block_signals(void)
{
	sigset_t set = our_signals();

	(void)sigprocmask(SIG_BLOCK, &set, NULL);
	(void)signal(SIGPIPE, SIG_IGN);
}

static struct timespec span_of(int64_t ms)
{
	return (struct timespec){.tv_sec = ms / 1000,
				 .tv_nsec = (ms % 1000) * 1000000};
}

void vg_pause_ms(int64_t ms)
{
	const struct timespec t = span_of(ms);

	(void)nanosleep(&t, NULL);
}

enum vg_signal vg_wait_for_signal(int64_t most_ms)
{
	const struct timespec most = span_of(most_ms);
	sigset_t set = our_signals();
	int got;

	/* A debugger or SIGSTOP ends a wait too, which says nothing. */
	do
		got = most_ms > 0 ? sigtimedwait(&set, NULL, &most)
				  : sigwaitinfo(&set, NULL);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return VG_SIGNAL_NONE;
	return got == SIGHUP	? VG_SIGNAL_HANGUP
	       : got == SIGUSR1 ? VG_SIGNAL_OWN
				: VG_SIGNAL_END;
}

bool vg_signal_waits(void)
{
	sigset_t set;

	sigemptyset(&set);
	(void)sigpending(&set);
	return sigismember(&set, SIGINT) == 1 ||
	       sigismember(&set, SIGTERM) == 1;
}
