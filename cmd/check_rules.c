#include "alert/replay.h"
#include "alert/rules.h"
#include "cmd/commands.h"
#include "cmd/report.h"
#include "core/timefmt.h"

#include <inttypes.h>
#include <stdio.h>

/* What it costs, and where it can be evaluated. */
static void say_rule(const struct vg_rule *r)
{
	char reach[VG_TIME_TEXT];

	vg_duration_print(reach, vg_rule_reach_ms(r));
	printf("  %s: %s", r->id, r->type[0] != '\0' ? r->type : "distinct");
	for (unsigned i = 0; i < r->n_group; i++)
		printf("%s%.*s", i == 0 ? " by " : ", ", (int)r->group[i].n,
		       r->group[i].p);
	printf("; looks back %s; ", reach);
	if (r->n_chain > 0)
		puts("backtest only as yet");
	else if (vg_rule_is_plain(r))
		puts("about 24 bytes for each group, value and window");
	else
		puts("about 24 bytes for each group and event time, at most "
		     "4,096 times a window");
}

static enum vg_rc check(char *const *files, size_t n, struct vg_err *err)
{
	struct vg_plan *plan = NULL;
	struct vg_rules *rules = NULL;
	enum vg_rc rc = vg_plan_new(&plan, err);

	if (rc == VG_OK)
		rc = vg_rules_load_offline(&rules, plan, NULL, files, n, err);
	if (rc == VG_OK) {
		fputs(vg_rules_warnings(rules), stderr);
		printf("good: %zu rules\n", vg_rules_count(rules));
		for (size_t i = 0; i < vg_rules_count(rules); i++)
			say_rule(vg_rule_at(rules, i));
	}
	vg_rules_free(rules);
	vg_plan_free(plan);
	return rc;
}

int vg_cmd_check_rules(int argc, char **argv)
{
	struct vg_arg_list files = {0};
	const struct vg_arg table[] = {{"", NULL, VG_ARG_MANY, &files,
					"RULES.yaml...",
					"rule files, as one set", true, 0, 0},
				       VG_ARG_HELP};
	int status = VG_EXIT_OK;
	struct vg_err err = {0};

	if (!vg_command_line("check RULES.yaml...", table, VG_ROWS(table), argc,
			     argv, &status))
		return status;
	if (check((char *const *)files.v, files.n, &err) != VG_OK)
		return vg_report(&err);
	return status;
}
