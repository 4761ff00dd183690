#include "ingest/publish.h"

#include "core/json.h"
#include "core/limits.h"
#include "core/timefmt.h"
#include "ingest/kafka.h"
#include "ingest/signature.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FLUSH_MS = 120000, FULL_WAIT_MS = 50, SHOW_EVERY_MS = 200, BAR = 30 };
/* Longer ones than any that ingest takes go without a key. */
enum { SENSOR_CAP = 1024 };

struct publish {
	const struct vg_publish_opts *o;
	rd_kafka_t *rk;
	struct vg_json json;
	FILE *in;
	int64_t size; /* of the input, 0 when unknown */
	int64_t sent, acked, failed, unkeyed, bytes;
	int64_t began_ms, shown_ms;
	char sensor[SENSOR_CAP];
	char canary[64]; /* the input, without a file */
	char why[128];	 /* the first failure */
	struct vg_kafka_refusal refusal;
};

static void on_error(rd_kafka_t *rk, int e, const char *why, void *ctx)
{
	struct publish *p = ctx;

	(void)rk;
	vg_kafka_note(&p->refusal, (rd_kafka_resp_err_t)e, why);
}

static bool is_refused(const struct publish *p)
{
	return p->refusal.remedy != NULL;
}

static void delivered(rd_kafka_t *rk, const rd_kafka_message_t *m, void *ctx)
{
	struct publish *p = ctx;

	(void)rk;
	if (m->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
		p->acked++;
		return;
	}
	vg_kafka_note(&p->refusal, m->err, NULL);
	if (p->failed++ == 0)
		snprintf(p->why, sizeof p->why, "%s", rd_kafka_err2str(m->err));
}

static enum vg_rc connect_to(struct publish *p, struct vg_err *err)
{
	const struct vg_kafka_option option[] = {
		{"enable.idempotence", "true"},
		{"acks", "all"},
		{"linger.ms", "5"},
		{"compression.codec", "lz4"},
		{"message.timeout.ms", "60000"},
		{"queue.buffering.max.messages", "200000"}};
	rd_kafka_conf_t *conf = rd_kafka_conf_new();

	const struct vg_kafka_spec spec = {RD_KAFKA_PRODUCER, conf, option,
					   sizeof option / sizeof option[0]};

	rd_kafka_conf_set_dr_msg_cb(conf, delivered);
	rd_kafka_conf_set_error_cb(conf, on_error);
	rd_kafka_conf_set_log_cb(conf, NULL); /* what matters is an error too */
	rd_kafka_conf_set_opaque(conf, p);
	return vg_kafka_new(&p->rk, p->o->cfg, &spec, err);
}

/* What the line itself says: its sensor as the key, and its time. What is not
 * an event of ours goes without. */
static void read_line(struct publish *p, struct vg_slice line,
		      struct vg_slice *sensor, int64_t *time_ms)
{
	size_t at = 0, n = 0;

	*sensor = (struct vg_slice){.p = NULL};
	*time_ms = 0;
	if (vg_json_parse(&p->json, line.p, line.n, &at) != VG_JSON_OK ||
	    p->json.tok[0].type != VG_JSON_OBJECT)
		return;
	uint32_t s = vg_json_member(&p->json, 0, "sensor");
	if (s != 0 && p->json.tok[s].type == VG_JSON_STRING &&
	    vg_json_unescape(&p->json, s, p->sensor, sizeof p->sensor, &n))
		*sensor = (struct vg_slice){.p = p->sensor, .n = (uint32_t)n};
	uint32_t t = vg_json_member(&p->json, 0, "time");
	if (t != 0 && p->json.tok[t].type == VG_JSON_STRING)
		(void)vg_time_parse(vg_json_raw(&p->json, t), time_ms);
	else if (t != 0 && p->json.tok[t].type == VG_JSON_NUMBER &&
		 vg_json_double(&p->json, t) < 1e11)
		*time_ms = (int64_t)(vg_json_double(&p->json, t) * 1000);
	else if (t != 0 && p->json.tok[t].type == VG_JSON_NUMBER)
		*time_ms = (int64_t)vg_json_double(&p->json, t);
}

/* The line's signature, where there is a signer; NULL otherwise. */
static rd_kafka_headers_t *sign(const struct publish *p, struct vg_slice line)
{
	char text[VG_SIGN_TEXT];

	if (p->o->signer == NULL)
		return NULL;
	vg_signer_sign(p->o->signer, line, text);
	rd_kafka_headers_t *h = rd_kafka_headers_new(1);
	(void)rd_kafka_header_add(h, VG_SIGNATURE_HEADER, -1, text, -1);
	return h;
}

static rd_kafka_resp_err_t produce(struct publish *p, struct vg_slice line,
				   struct vg_slice key, int64_t time_ms)
{
	rd_kafka_headers_t *h = sign(p, line);
	rd_kafka_resp_err_t e = rd_kafka_producev(
		p->rk, RD_KAFKA_V_TOPIC(p->o->topic),
		RD_KAFKA_V_KEY(key.p, key.n),
		RD_KAFKA_V_VALUE((void *)(uintptr_t)line.p, line.n),
		RD_KAFKA_V_TIMESTAMP(p->o->event_time ? time_ms : 0),
		RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_HEADERS(h),
		RD_KAFKA_V_END);

	if (e != RD_KAFKA_RESP_ERR_NO_ERROR && h != NULL)
		rd_kafka_headers_destroy(h);
	return e;
}

static void send_line(struct publish *p, struct vg_slice line)
{
	struct vg_slice key;
	int64_t time_ms = 0;
	rd_kafka_resp_err_t e;

	read_line(p, line, &key, &time_ms);
	while ((e = produce(p, line, key, time_ms)) ==
		       RD_KAFKA_RESP_ERR__QUEUE_FULL &&
	       !is_refused(p))
		(void)rd_kafka_poll(p->rk, FULL_WAIT_MS);
	p->sent++;
	p->bytes += line.n;
	if (key.p == NULL)
		p->unkeyed++;
	if (e != RD_KAFKA_RESP_ERR_NO_ERROR && p->failed++ == 0)
		snprintf(p->why, sizeof p->why, "%s", rd_kafka_err2str(e));
	(void)rd_kafka_poll(p->rk, 0);
}

/* Hold the line back until its turn at the asked rate. */
static void pace(struct publish *p)
{
	if (p->o->rate <= 0)
		return;
	int64_t due = p->began_ms + p->sent * 1000 / p->o->rate;
	int64_t left;

	while ((left = due - vg_mono_ms(&p->o->clock)) > 0)
		(void)rd_kafka_poll(p->rk, left < FULL_WAIT_MS ? (int)left
							       : FULL_WAIT_MS);
}

static void show(struct publish *p, bool now)
{
	int64_t t = vg_mono_ms(&p->o->clock);

	if (p->o->progress == NULL || isatty(fileno(p->o->progress)) != 1 ||
	    (!now && t - p->shown_ms < SHOW_EVERY_MS))
		return;
	p->shown_ms = t;
	int full = p->size > 0 ? (int)(BAR * p->bytes / p->size) : 0;
	fprintf(p->o->progress,
		"\r[%-*.*s] %" PRId64 " sent, %" PRId64 " acknowledged ", BAR,
		full < BAR ? full : BAR, "##############################",
		p->sent, p->acked);
	fflush(p->o->progress);
}

static enum vg_rc send_all(struct publish *p, struct vg_err *err)
{
	char *line = NULL;
	size_t cap = 0;
	ssize_t n;

	while (!is_refused(p) && (n = getline(&line, &cap, p->in)) >= 0) {
		if (n > 0 && line[n - 1] == '\n')
			n--;
		if (n == 0)
			continue;
		if (n > UINT32_MAX) {
			free(line);
			return vg_err_set(err, VG_INVAL,
					  "%s: a line of over 4 GB",
					  p->o->path);
		}
		pace(p);
		send_line(p, (struct vg_slice){.p = line, .n = (uint32_t)n});
		show(p, false);
	}
	bool failed = ferror(p->in) != 0;
	free(line);
	return failed ? vg_err_set(err, VG_FATAL, "%s: reading failed: %s",
				   p->o->path, strerror(errno))
		      : VG_OK;
}

static enum vg_rc open_input(struct publish *p, struct vg_err *err)
{
	if (p->o->path == NULL) {
		int n = snprintf(p->canary, sizeof p->canary,
				 "{\"canary\":{\"time\":%" PRId64 "}}\n",
				 vg_now_ms(&p->o->clock));

		p->in = fmemopen(p->canary, (size_t)n, "r");
		return p->in != NULL ? VG_OK
				     : vg_err_set(err, VG_FATAL,
						  "canary: out of memory");
	}
	if (strcmp(p->o->path, "-") == 0) {
		p->in = stdin;
		return VG_OK;
	}
	p->in = fopen(p->o->path, "rb");
	if (p->in == NULL)
		return vg_err_set(err, VG_INVAL, "%s: %s", p->o->path,
				  strerror(errno));
	if (fseek(p->in, 0, SEEK_END) == 0)
		p->size = ftell(p->in);
	rewind(p->in);
	return VG_OK;
}

/* Wait for the acknowledgements; in vain when we are refused. */
static void settle(struct publish *p)
{
	int left = FLUSH_MS / FULL_WAIT_MS;

	while (!is_refused(p) && left-- > 0 &&
	       rd_kafka_flush(p->rk, FULL_WAIT_MS) ==
		       RD_KAFKA_RESP_ERR__TIMED_OUT)
		;
	if (is_refused(p))
		(void)rd_kafka_purge(p->rk, RD_KAFKA_PURGE_F_QUEUE |
						    RD_KAFKA_PURGE_F_INFLIGHT);
}

static enum vg_rc finish(struct publish *p, struct vg_err *err)
{
	settle(p);
	show(p, true);
	if (p->o->progress != NULL && isatty(fileno(p->o->progress)) == 1)
		fputc('\n', p->o->progress);
	double s = (double)(vg_mono_ms(&p->o->clock) - p->began_ms) / 1000;
	fprintf(p->o->out,
		"published %" PRId64 ", failed %" PRId64 ", unkeyed %" PRId64
		", %" PRId64 " bytes in %.1f s\n",
		p->acked, p->sent - p->acked, p->unkeyed, p->bytes, s);
	if (vg_kafka_refused(&p->refusal, err) != VG_OK)
		return VG_INVAL;
	if (p->acked == p->sent)
		return VG_OK;
	char what[192];

	(void)snprintf(what, sizeof what,
		       "%" PRId64 " of %" PRId64 " records were not "
		       "acknowledged: %s",
		       p->sent - p->acked, p->sent,
		       p->why[0] != '\0' ? p->why : "time ran out");
	return vg_kafka_away(&p->refusal, what, err);
}

enum vg_rc vg_publish(const struct vg_publish_opts *o, struct vg_err *err)
{
	struct publish p = {.o = o,
			    .began_ms = vg_mono_ms(&o->clock),
			    .refusal.tell = o->progress};
	enum vg_rc rc = open_input(&p, err);

	if (rc == VG_OK)
		rc = connect_to(&p, err);
	if (rc == VG_OK)
		rc = send_all(&p, err);
	if (rc == VG_OK)
		rc = finish(&p, err);
	if (p.rk != NULL)
		rd_kafka_destroy(p.rk);
	if (p.in != NULL && p.in != stdin)
		fclose(p.in);
	vg_json_term(&p.json);
	return rc;
}
