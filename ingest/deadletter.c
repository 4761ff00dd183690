#include "ingest/deadletter.h"

#include "core/metric.h"
#include "ingest/decode.h"
#include "ingest/kafka.h"
#include "ingest/mask.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { POLL_MS = 20, ASK_MS = 3600000, TOPIC_MAX = 256, TEXT = 256 };

static const int64_t KEPT_MS = INT64_C(30) * 86400000;

struct vg_dead {
	rd_kafka_t *rk;
	const struct vg_config *cfg;
	struct vg_metrics *metrics;
};

static void delivered(rd_kafka_t *rk, const rd_kafka_message_t *m, void *ctx)
{
	struct vg_dead *d = ctx;
	struct vg_dead_wait *w = m->_private;

	(void)rk;
	if (m->err == RD_KAFKA_RESP_ERR_NO_ERROR)
		vg_metric_add(d->metrics, VG_M_DEAD_LETTERS, 1);
	else {
		atomic_store(&w->why, m->err);
		atomic_fetch_add(&w->failed, 1);
	}
	atomic_fetch_sub(&w->pending, 1);
}

void vg_dead_topic(char *out, const struct vg_config *cfg,
		   const struct vg_partner *p)
{
	int n = snprintf(out, TOPIC_MAX, "%s%s", cfg->kafka_dead_prefix, p->id);

	for (int i = n - (int)strlen(p->id); i >= 0 && i < n; i++)
		out[i] = (char)tolower((unsigned char)out[i]);
}

void vg_dead_retention(char *out, const struct vg_partner *p)
{
	int64_t ms = KEPT_MS;

	if (p->has_identifiers_kept && p->identifiers_kept_ms < ms)
		ms = p->identifiers_kept_ms;
	(void)snprintf(out, 32, "%" PRId64, ms);
}

/* Ask for the topics: one partition each, kept for 30 days or as long as the
 * partner's identifiers are. Nobody waits for
 * the answer: they may be there, or the broker make topics by itself, or refuse
 * us; what matters is each record's delivery. */
static void ask_for_topics(struct vg_dead *d)
{
	char name[TOPIC_MAX], text[TEXT], kept[32];
	size_t n = 0;
	rd_kafka_NewTopic_t **topic =
		calloc(d->cfg->n_partners + 1, sizeof(rd_kafka_NewTopic_t *));
	rd_kafka_queue_t *q = rd_kafka_queue_new(d->rk);
	rd_kafka_AdminOptions_t *o = rd_kafka_AdminOptions_new(
		d->rk, RD_KAFKA_ADMIN_OP_CREATETOPICS);

	/* Kafka may be away for now. */
	(void)rd_kafka_AdminOptions_set_request_timeout(o, ASK_MS, text,
							sizeof text);
	for (size_t i = 0; topic != NULL && i < d->cfg->n_partners; i++) {
		vg_dead_topic(name, d->cfg, &d->cfg->partners[i]);
		vg_dead_retention(kept, &d->cfg->partners[i]);
		topic[n] =
			rd_kafka_NewTopic_new(name, 1, -1, text, sizeof text);
		if (topic[n] != NULL)
			(void)rd_kafka_NewTopic_set_config(
				topic[n++], "retention.ms", kept);
	}
	if (n > 0)
		rd_kafka_CreateTopics(d->rk, topic, n, o, q);
	if (topic != NULL)
		rd_kafka_NewTopic_destroy_array(topic, n);
	free(topic);
	rd_kafka_AdminOptions_destroy(o);
	rd_kafka_queue_destroy(q);
}

enum vg_rc vg_dead_new(struct vg_dead **out, const struct vg_config *cfg,
		       struct vg_metrics *metrics, struct vg_err *err)
{
	const struct vg_kafka_option option[] = {
		{"enable.idempotence", "true"},
		{"acks", "all"},
		{"linger.ms", "1"},
		{"compression.codec", "lz4"},
		{"message.timeout.ms", "20000"},
		/* A record of the largest size with its headers must fit. */
		{"message.max.bytes", "2000000"}};
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	struct vg_dead *d = calloc(1, sizeof *d);

	if (d == NULL) {
		rd_kafka_conf_destroy(conf);
		return vg_err_set(err, VG_FATAL, "dead letters: out of memory");
	}
	d->cfg = cfg;
	d->metrics = metrics;
	rd_kafka_conf_set_dr_msg_cb(conf, delivered);
	rd_kafka_conf_set_opaque(conf, d);
	const struct vg_kafka_spec spec = {RD_KAFKA_PRODUCER, conf, option,
					   sizeof option / sizeof option[0]};
	enum vg_rc rc = vg_kafka_new(&d->rk, cfg, &spec, err);
	if (rc != VG_OK) {
		free(d);
		return rc;
	}
	ask_for_topics(d);
	*out = d;
	return VG_OK;
}

void vg_dead_free(struct vg_dead *d)
{
	if (d == NULL)
		return;
	rd_kafka_destroy(d->rk);
	free(d);
}

static rd_kafka_headers_t *headers_of(const struct vg_dead_letter *l)
{
	char number[32];
	rd_kafka_headers_t *h = rd_kafka_headers_new(8);

	(void)rd_kafka_header_add(h, "vigie-reason", -1,
				  vg_verdict_name(l->verdict), -1);
	(void)rd_kafka_header_add(h, "vigie-detail", -1, l->detail, -1);
	(void)rd_kafka_header_add(h, "vigie-topic", -1,
				  rd_kafka_topic_name(l->message->rkt), -1);
	snprintf(number, sizeof number, "%" PRId32, l->message->partition);
	(void)rd_kafka_header_add(h, "vigie-partition", -1, number, -1);
	snprintf(number, sizeof number, "%" PRId64, l->message->offset);
	(void)rd_kafka_header_add(h, "vigie-offset", -1, number, -1);
	return h;
}

/* The record's value without credentials, in *copy when a byte of it had to
 * change; the canonical format has none. */
static enum vg_rc mask_value(const struct vg_dead_letter *l, char **copy,
			     struct vg_err *err)
{
	const rd_kafka_message_t *m = l->message;

	*copy = NULL;
	if (m->len == 0 || vg_decoder_of(l->partner) == vg_decoder_at(0))
		return VG_OK;
	*copy = malloc(m->len);
	if (*copy == NULL)
		return vg_err_set(err, VG_FATAL, "dead letters: out of memory");
	memcpy(*copy, m->payload, m->len);
	if (!vg_mask_record(*copy, m->len)) {
		free(*copy);
		*copy = NULL;
	}
	return VG_OK;
}

void vg_dead_login(struct vg_dead *d, const struct vg_login *l)
{
	vg_login_apply(l, d->rk);
}

enum vg_rc vg_dead_send(struct vg_dead *d, struct vg_dead_wait *w,
			const struct vg_dead_letter *l, struct vg_err *err)
{
	char topic[TOPIC_MAX], *masked;
	enum vg_rc rc = mask_value(l, &masked, err);

	if (rc != VG_OK)
		return rc;
	vg_dead_topic(topic, d->cfg, l->partner);
	rd_kafka_headers_t *h = headers_of(l);
	if (masked != NULL)
		(void)rd_kafka_header_add(h, "vigie-masked", -1, "yes", -1);
	atomic_fetch_add(&w->pending, 1);
	rd_kafka_resp_err_t e = rd_kafka_producev(
		d->rk, RD_KAFKA_V_TOPIC(topic),
		RD_KAFKA_V_KEY(l->message->key, l->message->key_len),
		RD_KAFKA_V_VALUE(masked != NULL ? masked : l->message->payload,
				 l->message->len),
		RD_KAFKA_V_HEADERS(h), RD_KAFKA_V_OPAQUE(w),
		RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY | RD_KAFKA_MSG_F_BLOCK),
		RD_KAFKA_V_END);
	free(masked);
	if (e == RD_KAFKA_RESP_ERR_NO_ERROR)
		return VG_OK;
	rd_kafka_headers_destroy(h);
	atomic_fetch_sub(&w->pending, 1);
	return vg_err_set(err, VG_RETRY, "%s: %s", topic, rd_kafka_err2str(e));
}

enum vg_rc vg_dead_settle(struct vg_dead *d, struct vg_dead_wait *w,
			  struct vg_err *err)
{
	/* Ends: every message has a delivery time-out. */
	while (atomic_load(&w->pending) > 0)
		(void)rd_kafka_poll(d->rk, POLL_MS);
	int64_t failed = atomic_exchange(&w->failed, 0);
	rd_kafka_resp_err_t e = (rd_kafka_resp_err_t)atomic_load(&w->why);
	const char *remedy = vg_kafka_remedy(e, NULL);
	if (failed > 0)
		return vg_err_set(err, VG_RETRY,
				  "%" PRId64 " dead letters were not "
				  "acknowledged: %s%s%s",
				  failed, rd_kafka_err2str(e),
				  remedy != NULL ? "; " : "",
				  remedy != NULL ? remedy : "");
	return VG_OK;
}
