/*
 * partner_add - `vigie partner add`: a slot that nobody ever had, topics, and
 * an offset in each partition at which counting begins.
 *
 * Each step can be done again: a second run finds what the first one did.
 */
#include "aggregate/member.h"
#include "cmd/commands.h"
#include "cmd/partner.h"
#include "cmd/report.h"
#include "core/config_edit.h"
#include "core/timefmt.h"
#include "ingest/log_reader.h"
#include "ingest/topics.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char HELP[] =
	"Picks the slot, makes the topics alerts.<id> and alerts.dead.<id> "
	"where they are\nmissing, and notes in Redis at which offset of each "
	"partition counting begins:\n"
	"  --start end        with what comes from now on (default)\n"
	"  --start beginning  with all that the topic holds\n"
	"  --start TIME       with the first record of that time\n"
	"Records whose time is before --member-from are none of a member's "
	"(default: TIME\nof --start, now for `end`, none for `beginning`).\n\n"
	"Then it prints the line that belongs into the file, or with --write "
	"puts it there.\nIngest, alert and api read the file when they start: "
	"restart them one after the\nother, then `vigie partner list` shows "
	"the "
	"member. Give it a user at the brokers\nand a token: `vigie token add "
	"ID -c FILE`. The same command again goes on where it\nwas "
	"interrupted.\n";

struct ask {
	const char *id, *country, *start, *member_from;
	const char *topic, *tlp, *format, *identifiers_kept;
	int64_t partitions, replication;
	bool producer_times, writes;
};

/* Where a partition's counting is to begin. */
enum how { AT_END, AT_BEGINNING, AT_TIME };

struct add {
	struct vg_desk d;
	const struct ask *a;
	enum how how;
	int64_t start_ms;
	struct vg_buf text, now, entry; /* of the file; the line to add */
	struct vg_config *cfg;		/* with the new partner */
	const struct vg_partner *p;
	bool is_there; /* in the file already */
};

static enum vg_rc read_start(struct add *x, struct vg_err *err)
{
	const char *start = x->a->start != NULL ? x->a->start : "end";

	x->start_ms = x->d.now_ms;
	x->how = strcmp(start, "end") == 0	   ? AT_END
		 : strcmp(start, "beginning") == 0 ? AT_BEGINNING
						   : AT_TIME;
	return x->how != AT_TIME ? VG_OK
				 : vg_desk_instant(&x->d, "--start", start,
						   &x->start_ms, err);
}

/* The slot that it has had, or one that nobody had. */
static enum vg_rc pick_slot(const struct add *x, unsigned *slot,
			    struct vg_err *err)
{
	for (unsigned i = 0; i < VG_PARTNERS_MAX; i++) {
		const struct vg_slot_use *u = &x->d.slots.use[i];

		if (strcmp(u->id, x->a->id) == 0 && u->purged[0] == '\0') {
			*slot = i;
			return VG_OK;
		}
	}
	int unused = vg_slots_unused(&x->d.slots, x->d.world.cfg);
	if (unused < 0)
		return vg_err_set(err, VG_INVAL,
				  "all %d slots were given once; there is no "
				  "room for another partner",
				  VG_PARTNERS_MAX);
	*slot = (unsigned)unused;
	return VG_OK;
}

static void add_text(struct vg_buf *out, const char *name, const char *value)
{
	if (value != NULL)
		vg_buf_printf(out, ", %s: \"%s\"", name, value);
}

/* The entry as it is written into the file. */
static enum vg_rc make_entry(struct add *x, unsigned slot, struct vg_err *err)
{
	const struct ask *a = x->a;
	char from[VG_TIME_TEXT];
	int64_t from_ms = x->start_ms;
	enum vg_rc rc = VG_OK;

	if (a->country == NULL)
		return vg_err_set(err, VG_INVAL,
				  "--country CC is missing: where its sensors "
				  "stand, ISO 3166-1");
	vg_buf_printf(&x->entry, "{id: \"%s\", country: \"%s\", slot: %u",
		      a->id, a->country, slot);
	add_text(&x->entry, "topic", a->topic);
	add_text(&x->entry, "tlp", a->tlp);
	add_text(&x->entry, "format", a->format);
	if (a->member_from != NULL)
		rc = vg_desk_instant(&x->d, "--member-from", a->member_from,
				     &from_ms, err);
	vg_time_print_ms(from, from_ms);
	if (a->member_from != NULL || x->how != AT_BEGINNING)
		add_text(&x->entry, "member_from", from);
	if (a->identifiers_kept != NULL)
		vg_buf_printf(&x->entry, ", identifiers_kept: %s",
			      a->identifiers_kept);
	vg_buf_str(&x->entry, "}");
	return rc;
}

/* The configuration as it will be, judged as any is. */
static enum vg_rc read_ahead(struct add *x, struct vg_err *err)
{
	unsigned slot = 0;
	enum vg_rc rc = pick_slot(x, &slot, err);

	if (rc == VG_OK)
		rc = make_entry(x, slot, err);
	if (rc == VG_OK)
		rc = vg_desk_text(&x->d, &x->text, err);
	if (rc == VG_OK)
		rc = vg_config_add_partner(
			&x->now, x->d.path,
			(struct vg_slice){x->text.p, (uint32_t)x->text.n},
			x->entry.p, err);
	if (rc == VG_OK)
		rc = vg_config_parse(&x->cfg, x->d.path, x->now.p, x->now.n,
				     err);
	if (rc == VG_OK)
		x->p = vg_config_partner(x->cfg, vg_slice_of(x->a->id));
	return rc;
}

static enum vg_rc take_slot(struct add *x, struct vg_err *err)
{
	bool given = false;
	enum vg_rc rc =
		vg_slots_give(x->d.store, x->p->slot, x->p->id, &given, err);

	if (rc == VG_OK && !given)
		return vg_err_set(err, VG_RETRY,
				  "slot %u was just given to another; say it "
				  "again",
				  x->p->slot);
	if (rc == VG_OK)
		printf("slot %u\n", x->p->slot);
	return rc;
}

static enum vg_rc offset_of(const struct add *x, struct vg_log_reader *r,
			    int32_t partition, int64_t *out, struct vg_err *err)
{
	int64_t low = 0, high = 0;
	enum vg_rc rc = vg_log_reader_bounds(r, x->p->topic, partition, &low,
					     &high, err);

	*out = x->how == AT_BEGINNING ? low : high;
	if (rc == VG_OK && x->how == AT_TIME)
		rc = vg_log_reader_at(r, x->p->topic, partition, x->start_ms,
				      out, err);
	return rc;
}

static enum vg_rc start_one(struct add *x, struct vg_log_reader *r,
			    int32_t partition, struct vg_err *err)
{
	struct vg_member_at at = {.topic = x->p->topic, .partition = partition};
	bool begun = false;
	enum vg_rc rc = offset_of(x, r, partition, &at.offset, err);

	if (rc == VG_OK)
		rc = vg_member_start(x->d.store, &x->d.world.env, &at, &begun,
				     err);
	if (rc == VG_OK && begun)
		printf("counting of %s:%" PRId32 " begins at offset %" PRId64
		       "\n",
		       at.topic, partition, at.offset);
	else if (rc == VG_OK)
		printf("counting of %s:%" PRId32 " has begun already\n",
		       at.topic, partition);
	return rc;
}

static enum vg_rc start_all(struct add *x, struct vg_err *err)
{
	struct vg_log_reader *r = NULL;
	int32_t n = 0;
	enum vg_rc rc = vg_log_reader_new(&r, x->d.world.cfg, err);

	if (rc == VG_OK)
		rc = vg_log_reader_partitions(r, x->p->topic, &n, err);
	if (rc == VG_OK && n == 0)
		rc = vg_err_set(err, VG_RETRY,
				"kafka: %.100s is not there yet; say it again "
				"in a moment",
				x->p->topic);
	for (int32_t i = 0; i < n && rc == VG_OK; i++)
		rc = start_one(x, r, i, err);
	vg_log_reader_free(r);
	return rc;
}

static enum vg_rc write_entry(const struct add *x, struct vg_err *err)
{
	if (x->is_there) {
		printf("%s has its entry: restart ingest, alert and api, one "
		       "after the other\n",
		       x->d.path);
		return VG_OK;
	}
	if (!x->a->writes) {
		printf("put this at the end of `partners` in %s, then restart "
		       "ingest, alert and api, one after the other:\n  - %s\n",
		       x->d.path, x->entry.p);
		return VG_OK;
	}
	enum vg_rc rc = vg_config_replace(
		x->d.path, (struct vg_slice){x->now.p, (uint32_t)x->now.n},
		err);
	if (rc == VG_OK)
		printf("%s has a new entry: restart ingest, alert and api, one "
		       "after the other\n  - %s\n",
		       x->d.path, x->entry.p);
	return rc;
}

static enum vg_rc add(struct add *x, struct vg_err *err)
{
	const struct vg_topics_opts o = {.partitions = (int)x->a->partitions,
					 .replication = (int)x->a->replication,
					 .producer_times = x->a->producer_times,
					 .out = stdout};
	enum vg_rc rc = read_start(x, err);

	x->p = vg_config_partner(x->d.world.cfg, vg_slice_of(x->a->id));
	x->is_there = x->p != NULL;
	if (rc == VG_OK && !x->is_there)
		rc = read_ahead(x, err);
	if (rc == VG_OK)
		rc = take_slot(x, err);
	if (rc == VG_OK)
		rc = vg_topics_make_of(x->d.world.cfg, x->p, &o, err);
	if (rc == VG_OK)
		rc = start_all(x, err);
	return rc == VG_OK ? write_entry(x, err) : rc;
}

static int run(const struct ask *a, const char *config,
	       const struct vg_arg_list *set)
{
	struct vg_err err = {0};
	struct add x = {.a = a};
	enum vg_rc rc = vg_desk_init(&x.d, config, set, &err);

	if (rc != VG_OK)
		return vg_report(&err);
	rc = add(&x, &err);
	vg_config_free(x.cfg);
	vg_buf_term(&x.text);
	vg_buf_term(&x.now);
	vg_buf_term(&x.entry);
	vg_desk_term(&x.d);
	return rc == VG_OK ? VG_EXIT_OK : vg_report(&err);
}

int vg_partner_add(int argc, char **argv)
{
	struct ask a = {.partitions = 8, .replication = 1};
	const char *config = NULL;
	struct vg_arg_list set = {0};
	const struct vg_arg table[] = {
		VG_ARG_CONFIG(&config),
		VG_ARG_SET(&set),
		{"", NULL, VG_ARG_TEXT, &a.id, "ID",
		 "its id: 2 to 16 of A to Z, 0 to 9 and -", true, 0, 0},
		{"--country", NULL, VG_ARG_TEXT, &a.country, "CC",
		 "where its sensors stand, ISO 3166-1", false, 0, 0},
		{"--start", NULL, VG_ARG_TEXT, &a.start, "end|beginning|TIME",
		 "where counting begins (end)", false, 0, 0},
		{"--member-from", NULL, VG_ARG_TEXT, &a.member_from, "TIME",
		 "from which record time on it is a member", false, 0, 0},
		{"--topic", NULL, VG_ARG_TEXT, &a.topic, "TOPIC",
		 "its topic (alerts.<id>)", false, 0, 0},
		{"--tlp", NULL, VG_ARG_TEXT, &a.tlp, "LABEL",
		 "of its events without a label (AMBER)", false, 0, 0},
		{"--format", NULL, VG_ARG_TEXT, &a.format, "F",
		 "of its records (canonical)", false, 0, 0},
		{"--identifiers-kept", NULL, VG_ARG_TEXT, &a.identifiers_kept,
		 "DURATION", "how long its raw identifiers are kept", false, 0,
		 0},
		{"--partitions", NULL, VG_ARG_NUMBER, &a.partitions, "N",
		 "of its topic when that is made (8)", false, 1, 1024},
		{"--replication", NULL, VG_ARG_NUMBER, &a.replication, "N",
		 "copies of each partition (1)", false, 1, 9},
		{"--producer-times", NULL, VG_ARG_FLAG, &a.producer_times, "",
		 "keep the producer's record times, for replays", false, 0, 0},
		{"--write", NULL, VG_ARG_FLAG, &a.writes, "",
		 "put the entry into the file", false, 0, 0},
		VG_ARG_HELP};
	struct vg_err err = {0};

	if (vg_partner_help("add ID --country CC -c FILE", table,
			    VG_ROWS(table), argc, argv, HELP))
		return VG_EXIT_OK;
	if (vg_args_read(table, VG_ROWS(table), argc, argv, &err) != VG_OK)
		return vg_report(&err);
	return run(&a, config, &set);
}
