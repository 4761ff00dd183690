/*
 * vigie - the shared watch of a cyber-defence coalition. This file only picks
 * the command; cmd/ puts the modules together.
 */
#include "cmd/commands.h"
#include "core/config.h"
#include "core/near.h"

#include <malloc.h>
#include <stdio.h>
#include <string.h>

static const struct command {
	const char *name, *words, *help;
	int (*run)(int argc, char **argv);
} COMMANDS[] = {
	{"serve", "-c FILE", "run ingest, alert and api (or --role some)",
	 vg_cmd_serve},
	{"check", "-c FILE", "validate a configuration without starting",
	 vg_cmd_check},
	{"check", "RULES.yaml...", "validate rule files alone", vg_cmd_check},
	{"check event", "[--format F] < FILE",
	 "say what would become of each record", vg_cmd_check_event},
	{"backtest", "--rules FILE EVENTS.ndjson",
	 "rules over a file of events, offline", vg_cmd_backtest},
	{"explain", "RULE FIELD=VALUE... --at T",
	 "why a rule fired or did not, offline", vg_cmd_explain},
	{"test", "[--strict] PATH...", "the unit tests of rules",
	 vg_cmd_rule_test},
	{"publish", "--brokers B --topic T FILE", "send events as a sensor",
	 vg_cmd_publish},
	{"verify", "-c FILE", "re-count the topics and compare with Redis",
	 vg_cmd_verify},
	{"repair", "--topic T --partition N", "count a held partition anew",
	 vg_cmd_repair},
	{"topics", "-c FILE", "make the partners' topics", vg_cmd_topics},
	{"token", "add|list|rotate|revoke", "tokens for the API", vg_cmd_token},
	{"partner", "list|add|retire|purge",
	 "members join, leave, and are removed", vg_cmd_partner},
	{"audit", "verify FILE...", "look whether an audit log is whole",
	 vg_cmd_audit},
	{"exercise", "FILE -c CONFIG",
	 "invented campaigns, apart from what is real", vg_cmd_exercise},
	{"sign-key", "new --id ID FILE", "make a key pair to sign records with",
	 vg_cmd_sign_key},
	{"broker", "", "run an embedded broker, for trying out only",
	 vg_cmd_broker},
};

enum { N_COMMANDS = sizeof COMMANDS / sizeof COMMANDS[0] };

static void usage(FILE *out)
{
	fputs("vigie " VG_VERSION ": exactly-once counters and cross-border "
	      "alerts from partners' sensors\n\nusage:\n",
	      out);
	for (size_t i = 0; i < N_COMMANDS; i++) {
		char left[64];

		snprintf(left, sizeof left, "vigie %s %s", COMMANDS[i].name,
			 COMMANDS[i].words);
		fprintf(out, "  %-40s %s\n", left, COMMANDS[i].help);
	}
	fputs("\nvigie COMMAND --help says more; `vigie help config` prints "
	      "every option of the\nconfiguration file.\n",
	      out);
}

static const struct command *find(const char *name)
{
	for (size_t i = 0; i < N_COMMANDS; i++)
		if (strcmp(name, COMMANDS[i].name) == 0)
			return &COMMANDS[i];
	return NULL;
}

static int no_command(const char *word)
{
	struct vg_near near = vg_near_to(vg_slice_of(word));
	const char *best = NULL;

	for (size_t i = 0; i < N_COMMANDS; i++)
		if (vg_near_is(&near, vg_slice_of(COMMANDS[i].name)))
			best = COMMANDS[i].name;
	fprintf(stderr, "vigie: '%.40s' is no command; ", word);
	if (best != NULL)
		fprintf(stderr, "did you mean `vigie %s`?\n", best);
	else
		fputs("`vigie help` lists them\n", stderr);
	return VG_EXIT_USAGE;
}

/* help, help config, help COMMAND */
static int help(int argc, char **argv)
{
	static char word[] = "--help";
	char *ask[] = {word, NULL};

	if (argc < 3) {
		usage(stdout);
		return VG_EXIT_OK;
	}
	if (strcmp(argv[2], "config") == 0) {
		vg_config_markdown(stdout);
		return VG_EXIT_OK;
	}
	const struct command *c = find(argv[2]);
	return c != NULL ? c->run(1, ask) : no_command(argv[2]);
}

int main(int argc, char **argv)
{
	/* Records are allocated by one thread and freed by another: an arena a
	 * thread (glibc's way) would hold on to twice the memory. */
	(void)mallopt(M_ARENA_MAX, 2);
	if (argc < 2) {
		usage(stderr);
		return VG_EXIT_USAGE;
	}
	if (strcmp(argv[1], "--version") == 0) {
		puts("vigie " VG_VERSION);
		return VG_EXIT_OK;
	}
	if (strcmp(argv[1], "help") == 0 || strcmp(argv[1], "--help") == 0 ||
	    strcmp(argv[1], "-h") == 0)
		return help(argc, argv);
	const struct command *c = find(argv[1]);
	return c != NULL ? c->run(argc - 2, argv + 2) : no_command(argv[1]);
}
