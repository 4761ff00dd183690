/*
 * repair - a held partition that cannot go on is counted anew: what is stored
 * of it is removed, and where counting begins is kept.
 */
#include "aggregate/member.h"
#include "aggregate/wipe.h"
#include "cmd/commands.h"
#include "cmd/partner.h"
#include "cmd/report.h"
#include "core/limits.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct repair {
	struct vg_desk d;
	const char *topic;
	int64_t partition;
	bool writes;
};

/* The partition as stored; VG_INVAL when nobody knows it or someone counts it.
 */
static enum vg_rc find(struct repair *x, struct vg_member_part *out,
		       struct vg_err *err)
{
	struct vg_member_part *part = NULL;
	size_t n = 0, i = 0;
	enum vg_rc rc =
		vg_config_topic(x->d.world.cfg, x->topic) == NULL
			? vg_err_set(err, VG_INVAL,
				     "--topic: %s is no partner's", x->topic)
			: vg_member_parts(x->d.store, x->topic, &part, &n, err);

	if (rc != VG_OK)
		return rc;
	while (i < n && part[i].partition != x->partition)
		i++;
	if (i == n)
		rc = vg_err_set(err, VG_INVAL,
				"--partition: nothing is stored of %s:%" PRId64,
				x->topic, x->partition);
	else if (part[i].purging)
		rc = vg_err_set(err, VG_INVAL,
				"%s is being purged: run `vigie partner purge` "
				"again to its end",
				x->topic);
	else if (vg_member_is_owned(&part[i], x->d.now_ms))
		rc = vg_err_set(err, VG_INVAL,
				"an ingest has %s:%" PRId64
				": stop every ingest, wait half a minute, and "
				"say it again",
				x->topic, x->partition);
	else
		*out = part[i];
	free(part);
	return rc;
}

/* All keys of it, and then the mark at which its counting begins. */
static enum vg_rc count_anew(struct repair *x, const struct vg_member_part *was,
			     struct vg_err *err)
{
	const struct vg_member_at at = {.topic = x->topic,
					.partition = was->partition,
					.offset = was->from};
	struct vg_wipe w = {.cursor = 0};
	bool begun = false;
	enum vg_rc rc = VG_OK;

	while (rc == VG_OK && !w.done)
		rc = vg_wipe_partition_step(x->d.store, x->topic,
					    was->partition, &w, err);
	if (rc == VG_OK && was->from > 0)
		rc = vg_member_start(x->d.store, &x->d.world.env, &at, &begun,
				     err);
	if (rc == VG_OK)
		printf("%s:%d: %" PRId64
		       " keys removed; it is counted from offset %" PRId64
		       " when ingest starts, with --init where the log begins "
		       "later\n",
		       x->topic, (int)was->partition, w.removed,
		       was->from > 0 ? was->from : 0);
	return rc;
}

static enum vg_rc repair(struct repair *x, struct vg_err *err)
{
	struct vg_member_part part = {0};
	enum vg_rc rc = find(x, &part, err);

	if (rc != VG_OK)
		return rc;
	if (x->writes)
		return count_anew(x, &part, err);
	printf("%s:%d stands at offset %" PRId64
	       "; with --write all that is stored of it is removed, and it is "
	       "counted anew from what the topic still has\n",
	       x->topic, (int)part.partition, part.offset);
	return VG_OK;
}

int vg_cmd_repair(int argc, char **argv)
{
	const char *config = NULL;
	struct vg_arg_list set = {0};
	struct repair x = {.partition = -1};
	const struct vg_arg table[] = {
		VG_ARG_CONFIG(&config),
		VG_ARG_SET(&set),
		{"--topic", "-t", VG_ARG_TEXT, &x.topic, "TOPIC",
		 "the partition's topic", true, 0, 0},
		{"--partition", "-p", VG_ARG_NUMBER, &x.partition, "N",
		 "its number", true, 0, VG_PARTITIONS_MAX - 1},
		{"--write", NULL, VG_ARG_FLAG, &x.writes, "",
		 "do it; else only say what would be done", false, 0, 0},
		VG_ARG_HELP};
	struct vg_err err = {0};
	int status;

	if (!vg_command_line("repair --topic T --partition N -c FILE", table,
			     VG_ROWS(table), argc, argv, &status))
		return status;
	enum vg_rc rc =
		x.partition < 0
			? vg_err_set(&err, VG_INVAL, "--partition is missing")
			: vg_desk_init(&x.d, config, &set, &err);
	if (rc != VG_OK)
		return vg_report(&err);
	rc = repair(&x, &err);
	vg_desk_term(&x.d);
	return rc == VG_OK ? VG_EXIT_OK : vg_report(&err);
}
