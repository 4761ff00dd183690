/*
 * report - what the commands share at their edges: common options, help, exit
 * status, signals.
 */
#ifndef VG_CMD_REPORT_H
#define VG_CMD_REPORT_H

#include "cmd/args.h"

#define VG_ROWS(table) (sizeof(table) / sizeof(table)[0])

#define VG_ARG_CONFIG(out)                                                     \
	{                                                                      \
		"--config", "-c", VG_ARG_TEXT, out, "FILE",                    \
			"the configuration file", true, 0, 0                   \
	}
#define VG_ARG_SET(out)                                                        \
	{                                                                      \
		"--set", NULL, VG_ARG_MANY, out, "NAME=VALUE",                 \
			"override an option of the file; may be given again",  \
			false, 0, 0                                            \
	}
/* Never read: vg_command_line() looks for it first. */
#define VG_ARG_HELP                                                            \
	{                                                                      \
		"--help", "-h", VG_ARG_FLAG, NULL, "", "this text", false, 0,  \
			0                                                      \
	}

/* Read the command line. False when the command ends here, with *status: help
 * was asked for and printed, or the words were wrong and that was said. */
bool vg_command_line(const char *usage, const struct vg_arg *table, size_t n,
		     int argc, char **argv, int *status);

/* Print "vigie: <text>" and give the exit status that the error means. */
int vg_report(const struct vg_err *err);

/* True when the words hold --help or -h. */
bool vg_asks_for_help(int argc, char **argv);

/* Block SIGINT, SIGTERM and SIGHUP, and ignore SIGPIPE, before any thread
 * starts. */
void vg_block_signals(void);

/* What a wait for one of those that are blocked ended with. */
enum vg_signal {
	VG_SIGNAL_NONE,	  /* the time is over            */
	VG_SIGNAL_END,	  /* the process is to end       */
	VG_SIGNAL_HANGUP, /* SIGHUP                      */
	VG_SIGNAL_OWN	  /* our own SIGUSR1             */
};

/* Wait for one of them, for `most_ms` at most; 0: for ever. */
enum vg_signal vg_wait_for_signal(int64_t most_ms);

/* Let `ms` pass: a thread loop's rest between two looks. */
void vg_pause_ms(int64_t ms);

/* True when SIGINT or SIGTERM has come already. */
bool vg_signal_waits(void);

#endif
