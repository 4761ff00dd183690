#include "alert/replay.h"
#include "alert/rule_cost.h"
#include "alert/rules.h"
#include "cmd/commands.h"
#include "cmd/report.h"
#include "core/timefmt.h"

#include <inttypes.h>
#include <stdio.h>

/* "3.2 MiB" */
static void say_bytes(double bytes)
{
	static const char *const unit[] = {"bytes", "KiB", "MiB", "GiB", "TiB"};
	size_t u = 0;

	for (; bytes >= 1024 && u < 4; u++)
		bytes /= 1024;
	printf(u == 0 ? "%.0f %s" : "%.3g %s", bytes, unit[u]);
}

static double kept_bytes(int64_t groups, int64_t cells)
{
	return (double)groups * (VG_COST_GROUP + (double)cells * VG_COST_CELL);
}

/* What a rule that learns keeps for ever. */
static void say_firsts(const struct vg_rule_cost *c)
{
	if (!c->has_firsts)
		return;
	if (c->firsts > 0)
		printf("    firsts: at most %" PRId64, c->firsts);
	else
		printf("    firsts: one for each `%.*s` there is, within "
		       "rule.groups_max",
		       (int)c->open_first.n, c->open_first.p);
	printf("; kept while the rule is there: %d bytes (by audience and "
	       "partition), %d in Redis",
	       (int)(VG_COST_GROUP + VG_COST_CELL), (int)VG_COST_STORED);
	if (c->firsts > 0) {
		printf("; at most ");
		say_bytes(kept_bytes(c->firsts, 1));
	}
	puts("");
}

/* How many groups, and what one of them is kept as. */
static void say_cost(const struct vg_rule *r)
{
	const struct vg_rule_cost c = vg_rule_cost_of(r);
	const char *what =
		vg_rule_is_plain(r) ? "value and window" : "event time";

	if (c.groups > 0)
		printf("    groups: at most %" PRId64, c.groups);
	else
		printf("    groups: one for each `%.*s` there is, within "
		       "rule.groups_max",
		       (int)c.open.n, c.open.p);
	if (c.cells > 0)
		printf("; of each at most %" PRId64 " numbers", c.cells);
	else
		printf("; of each a number for each `%.*s` there is",
		       (int)c.open_value.n, c.open_value.p);
	printf("\n    memory: a group %d bytes, and %d for each %s (by "
	       "audience "
	       "and partition), %d in Redis",
	       (int)VG_COST_GROUP, (int)VG_COST_CELL, what,
	       (int)VG_COST_STORED);
	if (c.groups > 0 && c.cells > 0) {
		printf("; at most ");
		say_bytes(kept_bytes(c.groups, c.cells));
	}
	puts("");
	say_firsts(&c);
}

/* What it is, and where it can be evaluated. */
static void say_rule(const struct vg_rule *r)
{
	char reach[VG_TIME_TEXT];

	vg_duration_print(reach, vg_rule_reach_ms(r));
	printf("  %s: %s", r->id, r->type[0] != '\0' ? r->type : "distinct");
	for (unsigned i = 0; i < r->n_group; i++)
		printf("%s%.*s", i == 0 ? " by " : ", ", (int)r->group[i].n,
		       r->group[i].p);
	printf("; looks back %s\n", reach);
	if (r->n_chain > 0 && r->take[0].what == VG_TAKE_ALERTS)
		puts("    memory: that of the alerts that it counts");
	else
		say_cost(r);
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
