/* partner_list - `vigie partner list`: who is a member, and where it stands. */
#include "aggregate/member.h"
#include "cmd/commands.h"
#include "cmd/partner.h"
#include "cmd/report.h"
#include "core/limits.h"
#include "core/timefmt.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char HELP[] =
	"One line for each partner: its slot, whether it is a member now, from "
	"when and\nuntil when, its topic, how many partitions are counted, and "
	"the log time of the\nlast record. Then the slots of those whom the "
	"file no longer has: they are never\ngiven again.\n";

static const char *state_of(const struct vg_desk *d, const struct vg_partner *p)
{
	if (d->slots.use[p->slot].purged[0] != '\0')
		return "purged";
	if (p->has_until && d->now_ms >= p->until_ms)
		return "retired";
	if (p->has_from && d->now_ms < p->from_ms)
		return "joining";
	return p->has_until ? "leaving" : "member";
}

static const char *instant(char out[VG_TIME_TEXT], bool has, int64_t ms)
{
	if (!has)
		return "-";
	vg_time_print(out, ms);
	return out;
}

static enum vg_rc print_one(struct vg_desk *d, const struct vg_partner *p,
			    struct vg_err *err)
{
	char from[VG_TIME_TEXT], until[VG_TIME_TEXT], last[VG_TIME_TEXT];
	struct vg_member_part *part = NULL;
	size_t n = 0, counted = 0;
	int64_t log_ms = INT64_MIN;
	bool purging = false;
	enum vg_rc rc = vg_member_parts(d->store, p->topic, &part, &n, err);

	if (rc != VG_OK)
		return rc;
	for (size_t i = 0; i < n; i++) {
		counted += part[i].offset >= 0;
		purging |= part[i].purging;
		log_ms = part[i].log_ms > log_ms ? part[i].log_ms : log_ms;
	}
	free(part);
	printf("%-16s %4u  %-8s %-20s %-20s %-20s %2zu  %s\n", p->id, p->slot,
	       purging ? "purging" : state_of(d, p),
	       instant(from, p->has_from, p->from_ms),
	       instant(until, p->has_until, p->until_ms), p->topic, counted,
	       instant(last, log_ms != INT64_MIN, log_ms));
	return VG_OK;
}

static void print_gone(const struct vg_desk *d)
{
	for (unsigned i = 0; i < VG_PARTNERS_MAX; i++) {
		const struct vg_slot_use *u = &d->slots.use[i];

		if (u->id[0] == '\0' || vg_config_slot(d->world.cfg, i) != NULL)
			continue;
		printf("%-16s %4u  %s%s\n", u->id, i,
		       u->purged[0] != '\0' ? "purged at " : "not in the file",
		       u->purged);
	}
}

int vg_partner_list(int argc, char **argv)
{
	const char *config = NULL;
	struct vg_arg_list set = {0};
	const struct vg_arg table[] = {VG_ARG_CONFIG(&config), VG_ARG_SET(&set),
				       VG_ARG_HELP};
	struct vg_err err = {0};
	struct vg_desk d;
	enum vg_rc rc;

	if (vg_partner_help("list -c FILE", table, VG_ROWS(table), argc, argv,
			    HELP))
		return VG_EXIT_OK;
	rc = vg_args_read(table, VG_ROWS(table), argc, argv, &err);
	if (rc == VG_OK)
		rc = vg_desk_init(&d, config, &set, &err);
	if (rc != VG_OK)
		return vg_report(&err);
	printf("%-16s %4s  %-8s %-20s %-20s %-20s %2s  %s\n", "ID", "SLOT",
	       "STATE", "FROM", "UNTIL", "TOPIC", "N", "LAST RECORD");
	for (size_t i = 0; i < d.world.cfg->n_partners && rc == VG_OK; i++)
		rc = print_one(&d, &d.world.cfg->partners[i], &err);
	if (rc == VG_OK)
		print_gone(&d);
	vg_desk_term(&d);
	return rc == VG_OK ? VG_EXIT_OK : vg_report(&err);
}
