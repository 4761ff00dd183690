#include "api/json_out.h"
#include "cmd/built_in.h"
#include "cmd/commands.h"
#include "cmd/event_out.h"
#include "cmd/records.h"
#include "cmd/report.h"
#include "core/config.h"
#include "ingest/admit.h"
#include "ingest/decode.h"
#include "ingest/place.h"
#include "ingest/recall_read.h"

#include <inttypes.h>
#include <string.h>

/* Only ids of one run are compared, and none is kept. */
static const uint8_t KEY[VG_HASH_KEY] = {0};

struct checking {
	struct vg_config *cfg;
	const struct vg_partner *partner;
	const struct vg_decoder *decoder;
	bool any_partner; /* the one that a record names is as good */
	bool json;
	struct vg_audiences *audiences;
	struct vg_scratch *scratch;
	struct vg_admit *admit;
	struct vg_records records;
	struct vg_buf out;
	struct vg_event event;
	struct vg_decoded decoded;
	char place[VG_PLACE_ID];
	bool with_place; /* the id is of our making: not shown */
	int64_t n, accepted, rejected;
};

static enum vg_rc choose(struct checking *c, const char *partner,
			 const char *format, struct vg_err *err)
{
	c->any_partner = partner == NULL;
	c->partner = &c->cfg->partners[0];
	if (partner != NULL)
		c->partner = vg_config_partner(c->cfg, vg_slice_of(partner));
	if (c->partner == NULL)
		return vg_err_set(err, VG_INVAL,
				  "--partner: %.40s is not in the "
				  "configuration",
				  partner);
	if (format == NULL && partner == NULL)
		format = "auto";
	c->decoder = format != NULL ? vg_decoder_find(format)
				    : vg_decoder_of(c->partner);
	if (c->decoder == NULL)
		return vg_err_set(err, VG_INVAL,
				  "--format: %.40s is no format; write auto, "
				  "canonical or another of docs/formats.md",
				  format != NULL ? format : "");
	return VG_OK;
}

static enum vg_rc make(struct checking *c, struct vg_err *err)
{
	struct vg_admit_env env = {.cfg = c->cfg, .hash_key = KEY};
	enum vg_rc rc = vg_audiences_new(&c->audiences, c->cfg, err);

	env.aud = c->audiences;
	if (rc == VG_OK)
		rc = vg_scratch_new(&c->scratch, err);
	if (rc == VG_OK)
		rc = vg_admit_new(&c->admit, &env, c->partner, err);
	if (rc == VG_OK)
		rc = vg_records_init(&c->records, stdin, err);
	if (rc == VG_OK)
		c->records.tsv = strcmp(c->decoder->name, "auto") == 0 ||
				 strcmp(c->decoder->name, "zeek") == 0;
	return rc;
}

/* A recall's form; what it reaches is known to the server alone. */
static void judge_recall(struct checking *c, struct vg_slice record)
{
	struct vg_recall recall;

	(void)vg_recall_read(&recall, c->scratch, c->cfg, record, &c->decoded);
	vg_recall_term(&recall);
}

/* Decode and judge, as if the record had come when its event happened. */
static enum vg_rc judge(struct checking *c, struct vg_slice record,
			struct vg_err *err)
{
	struct vg_admitted a = {.verdict = VG_VERDICT_COUNTED};

	const struct vg_decoding of = {
		.cfg = c->cfg, .partner = c->partner, .record = record};

	vg_decode(c->decoder, c->scratch, &of, &c->event, &c->decoded);
	if (c->decoded.verdict == VG_VERDICT_CONTROL)
		judge_recall(c, record);
	if (c->decoded.verdict != VG_VERDICT_COUNTED)
		return VG_OK;
	if (c->any_partner &&
	    vg_config_partner(c->cfg, c->event.partner) != NULL)
		c->event.partner = (struct vg_slice){NULL, 0};
	c->with_place = c->event.id.n == 0;
	if (c->with_place)
		c->event.id =
			vg_place_id(c->place, KEY, c->partner->topic, 0, c->n);
	enum vg_rc rc = vg_admit_judge(c->admit, &c->event, c->n,
				       c->event.time_ms, &a, err);
	c->decoded.verdict = a.verdict;
	memcpy(c->decoded.reason, a.reason, sizeof a.reason);
	if (vg_verdict_kind(a.verdict) != 'r')
		c->decoded.reason[0] = '\0';
	if (c->with_place)
		c->event.id = (struct vg_slice){NULL, 0};
	return rc;
}

static void say_json(struct checking *c)
{
	struct vg_jout j = {.buf = &c->out};

	vg_jout_open(&j, '{');
	vg_jout_name(&j, "line");
	vg_jout_i64(&j, (int64_t)c->records.first);
	vg_jout_name(&j, "verdict");
	vg_jout_text(&j, vg_verdict_name(c->decoded.verdict));
	if (c->decoded.reason[0] != '\0') {
		vg_jout_name(&j, "reason");
		vg_jout_text(&j, c->decoded.reason);
	}
	if (c->decoded.verdict == VG_VERDICT_COUNTED) {
		vg_jout_name(&j, "trimmed");
		vg_jout_i64(&j, c->event.n_trimmed);
		vg_jout_name(&j, "event");
		struct vg_buf event = {0};
		vg_event_json(&event, &c->event);
		vg_jout_raw(&j, event.p, event.n);
		c->out.failed |= event.failed;
		vg_buf_term(&event);
	}
	vg_jout_close(&j, '}');
}

static void say_text(struct checking *c)
{
	const char *name = vg_verdict_name(c->decoded.verdict);

	vg_buf_printf(&c->out, "line %" PRIu64 ": ", c->records.first);
	if (c->decoded.verdict == VG_VERDICT_COUNTED) {
		vg_buf_str(&c->out, "accepted: ");
		vg_event_line(&c->out, &c->event);
		return;
	}
	if (vg_verdict_kind(c->decoded.verdict) != 'r')
		vg_buf_str(&c->out, "set aside: ");
	vg_buf_str(&c->out, name);
	if (c->decoded.reason[0] != '\0')
		vg_buf_printf(&c->out, ": %s", c->decoded.reason);
}

static enum vg_rc check_one(struct checking *c, struct vg_slice record,
			    struct vg_err *err)
{
	enum vg_rc rc = judge(c, record, err);

	if (rc != VG_OK)
		return rc;
	c->n++;
	c->accepted += c->decoded.verdict == VG_VERDICT_COUNTED;
	c->rejected += vg_verdict_kind(c->decoded.verdict) == 'r';
	vg_buf_reset(&c->out);
	if (c->json)
		say_json(c);
	else
		say_text(c);
	vg_buf_str(&c->out, "\n");
	if (c->out.failed)
		return vg_err_set(err, VG_FATAL, "out of memory");
	(void)fwrite(c->out.p, 1, c->out.n, stdout);
	return VG_OK;
}

static int check_all(struct checking *c)
{
	struct vg_err err = {0};
	struct vg_slice record;
	enum vg_rc rc = make(c, &err);

	while (rc == VG_OK && vg_records_next(&c->records, &record))
		rc = check_one(c, record, &err);
	if (rc != VG_OK)
		return vg_report(&err);
	if (ferror(stdin)) {
		(void)vg_err_set(&err, VG_FATAL, "standard input: unreadable");
		return vg_report(&err);
	}
	int64_t aside = c->n - c->accepted - c->rejected;
	if (aside > 0)
		printf("%" PRId64 " set aside\n", aside);
	printf("%" PRId64 " accepted, %" PRId64 " rejected\n", c->accepted,
	       c->rejected);
	return c->rejected > 0 ? VG_EXIT_FAILED : VG_EXIT_OK;
}

static void term(struct checking *c)
{
	vg_records_term(&c->records);
	vg_buf_term(&c->out);
	vg_admit_free(c->admit);
	vg_scratch_free(c->scratch);
	vg_audiences_free(c->audiences);
	vg_config_free(c->cfg);
}

int vg_cmd_check_event(int argc, char **argv)
{
	static struct checking c;
	const char *config = NULL, *format = NULL, *partner = NULL;
	struct vg_arg_list set = {0};
	const struct vg_arg table[] = {
		{"--format", "-f", VG_ARG_TEXT, &format, "F",
		 "the records' format; auto, or the partner's, when not given",
		 false, 0, 0},
		{"--partner", "-p", VG_ARG_TEXT, &partner, "ID",
		 "whose records they are; any member's when not given", false,
		 0, 0},
		{"--config", "-c", VG_ARG_TEXT, &config, "FILE",
		 "a configuration file; five partners when not given", false, 0,
		 0},
		VG_ARG_SET(&set),
		{"--json", NULL, VG_ARG_FLAG, &c.json, "",
		 "a JSON object a record, with the whole event", false, 0, 0},
		VG_ARG_HELP};
	int status = VG_EXIT_OK;
	struct vg_err err = {0};

	if (!vg_command_line("check event [--format F] < FILE", table,
			     VG_ROWS(table), argc, argv, &status))
		return status;
	if (vg_built_in_or(&c.cfg, config, &set, &err) == VG_OK &&
	    choose(&c, partner, format, &err) == VG_OK)
		status = check_all(&c);
	else
		status = vg_report(&err);
	term(&c);
	return status;
}
