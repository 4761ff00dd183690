/* partner_retire - `vigie partner retire`: a member leaves, its past stays. */
#include "aggregate/member.h"
#include "cmd/commands.h"
#include "cmd/partner.h"
#include "cmd/report.h"
#include "core/config_edit.h"
#include "core/timefmt.h"

#include <stdio.h>
#include <stdlib.h>

static const char HELP[] =
	"Prints the member_until that belongs into the partner's entry, or "
	"with "
	"--write puts\nit there. Records from that time on are set aside as "
	"not_member, its tokens are\nrefused, nobody waits for it any more; "
	"what "
	"was counted stays for those who may\nsee it.\n\n"
	"Every ingest must be restarted before TIME, one after the other, so "
	"that none counts\npast it; alert and api by then too. TIME must lie "
	"behind the last record that is\ncounted. Leave the entry in the file: "
	"it says whose the past is. `vigie partner\npurge` removes that "
	"past.\n";

/* The largest log time of its partitions; INT64_MIN: no record yet. */
static enum vg_rc last_record(struct vg_desk *d, const struct vg_partner *p,
			      int64_t *out, struct vg_err *err)
{
	struct vg_member_part *part = NULL;
	size_t n = 0;
	enum vg_rc rc = vg_member_parts(d->store, p->topic, &part, &n, err);

	*out = INT64_MIN;
	for (size_t i = 0; i < n && rc == VG_OK; i++)
		*out = part[i].log_ms > *out ? part[i].log_ms : *out;
	free(part);
	return rc;
}

static enum vg_rc judge(struct vg_desk *d, const struct vg_partner *p,
			int64_t at_ms, struct vg_err *err)
{
	char last[VG_TIME_TEXT];
	int64_t log_ms = 0;
	enum vg_rc rc = last_record(d, p, &log_ms, err);

	if (rc != VG_OK)
		return rc;
	if (log_ms >= at_ms) {
		vg_time_print_ms(last, log_ms);
		return vg_err_set(err, VG_INVAL,
				  "--at: records of %s up to %s are counted "
				  "already; name a later time",
				  p->id, last);
	}
	return VG_OK;
}

static enum vg_rc say(const struct vg_desk *d, const struct vg_buf *now,
		      const char *at, bool writes, struct vg_err *err)
{
	if (!writes) {
		printf("put this into the partner's entry in %s, then restart "
		       "every ingest before that time, one after the other:\n"
		       "    member_until: \"%s\"\n",
		       d->path, at);
		return VG_OK;
	}
	enum vg_rc rc = vg_config_replace(
		d->path, (struct vg_slice){now->p, (uint32_t)now->n}, err);
	if (rc == VG_OK)
		printf("%s says member_until: \"%s\"; restart every ingest "
		       "before that time, one after the other\n",
		       d->path, at);
	return rc;
}

static enum vg_rc retire(struct vg_desk *d, const char *id, const char *when,
			 bool writes, struct vg_err *err)
{
	char at[VG_TIME_TEXT];
	const char *const member[2] = {"member_until", at};
	const struct vg_partner *p = NULL;
	struct vg_buf text = {0}, now = {0};
	int64_t at_ms = 0;
	enum vg_rc rc = vg_desk_partner(d, id, &p, err);

	if (rc == VG_OK)
		rc = vg_desk_instant(d, "--at", when, &at_ms, err);
	if (rc == VG_OK)
		rc = judge(d, p, at_ms, err);
	if (rc == VG_OK)
		rc = vg_desk_text(d, &text, err);
	vg_time_print_ms(at, at_ms);
	if (rc == VG_OK)
		rc = vg_config_add_member(
			&now, d->path,
			(struct vg_slice){text.p, (uint32_t)text.n}, id, member,
			err);
	if (rc == VG_OK)
		rc = say(d, &now, at, writes, err);
	vg_buf_term(&text);
	vg_buf_term(&now);
	return rc;
}

int vg_partner_retire(int argc, char **argv)
{
	const char *config = NULL, *id = NULL, *at = NULL;
	struct vg_arg_list set = {0};
	bool writes = false;
	const struct vg_arg table[] = {
		VG_ARG_CONFIG(&config),
		VG_ARG_SET(&set),
		{"", NULL, VG_ARG_TEXT, &id, "ID", "the partner that leaves",
		 true, 0, 0},
		{"--at", NULL, VG_ARG_TEXT, &at, "TIME",
		 "from which record time on it is none: RFC 3339, or now", true,
		 0, 0},
		{"--write", NULL, VG_ARG_FLAG, &writes, "",
		 "put member_until into the file", false, 0, 0},
		VG_ARG_HELP};
	struct vg_err err = {0};
	struct vg_desk d;
	enum vg_rc rc;

	if (vg_partner_help("retire ID --at TIME -c FILE", table,
			    VG_ROWS(table), argc, argv, HELP))
		return VG_EXIT_OK;
	rc = vg_args_read(table, VG_ROWS(table), argc, argv, &err);
	if (rc == VG_OK)
		rc = vg_desk_init(&d, config, &set, &err);
	if (rc != VG_OK)
		return vg_report(&err);
	rc = retire(&d, id, at, writes, &err);
	vg_desk_term(&d);
	return rc == VG_OK ? VG_EXIT_OK : vg_report(&err);
}
