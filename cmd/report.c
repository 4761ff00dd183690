#include "cmd/report.h"

#include "cmd/commands.h"

#include <signal.h>
#include <string.h>

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

bool vg_wait_for_hangup(bool *own)
{
	sigset_t set = our_signals();
	int got = 0;

	(void)sigwait(&set, &got);
	*own = got == SIGUSR1;
	return got == SIGHUP || *own;
}

bool vg_signal_waits(void)
{
	sigset_t set;

	sigemptyset(&set);
	(void)sigpending(&set);
	return sigismember(&set, SIGINT) == 1 ||
	       sigismember(&set, SIGTERM) == 1;
}
