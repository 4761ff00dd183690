#include "ingest/outgoing.h"

#include "ingest/kafka.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

enum { POLL_MS = 20, ASK_MS = 60000, ASKED_MAX = 64, NAME = 250 };

struct vg_outgoing {
	rd_kafka_t *rk;
	pthread_mutex_t lock; /* guards what follows */
	char asked[ASKED_MAX][NAME];
	size_t n_asked;
};

/* One call's records: shared with the library until the last is reported. */
struct wait {
	_Atomic int pending, failed, why, users;
};

static void let_go(struct wait *w)
{
	if (atomic_fetch_sub(&w->users, 1) == 1)
		free(w);
}

static void delivered(rd_kafka_t *rk, const rd_kafka_message_t *m, void *ctx)
{
	struct wait *w = m->_private;

	(void)rk;
	(void)ctx;
	if (m->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
		atomic_store(&w->why, (int)m->err);
		atomic_fetch_add(&w->failed, 1);
	}
	atomic_fetch_sub(&w->pending, 1);
	let_go(w);
}

enum vg_rc vg_outgoing_new(struct vg_outgoing **out,
			   const struct vg_config *cfg, struct vg_err *err)
{
	const struct vg_kafka_option option[] = {
		{"enable.idempotence", "true"},
		{"acks", "all"},
		{"linger.ms", "5"},
		{"compression.codec", "lz4"},
		{"message.timeout.ms", "20000"},
		/* An alert with its rows must fit. */
		{"message.max.bytes", "8000000"}};
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	struct vg_outgoing *o = calloc(1, sizeof *o);

	if (o == NULL) {
		rd_kafka_conf_destroy(conf);
		return vg_err_set(err, VG_FATAL, "outgoing: out of memory");
	}
	if (pthread_mutex_init(&o->lock, NULL) != 0) {
		rd_kafka_conf_destroy(conf);
		free(o);
		return vg_err_set(err, VG_FATAL, "outgoing: out of memory");
	}
	rd_kafka_conf_set_dr_msg_cb(conf, delivered);
	const struct vg_kafka_spec spec = {RD_KAFKA_PRODUCER, conf, option,
					   sizeof option / sizeof option[0]};
	enum vg_rc rc = vg_kafka_new(&o->rk, cfg, &spec, err);
	if (rc != VG_OK) {
		(void)pthread_mutex_destroy(&o->lock);
		free(o);
		return rc;
	}
	*out = o;
	return VG_OK;
}

void vg_outgoing_free(struct vg_outgoing *o)
{
	if (o == NULL)
		return;
	/* Their reports free what still waits. */
	(void)rd_kafka_purge(o->rk, RD_KAFKA_PURGE_F_QUEUE |
					    RD_KAFKA_PURGE_F_INFLIGHT);
	(void)rd_kafka_flush(o->rk, 1000);
	rd_kafka_destroy(o->rk);
	(void)pthread_mutex_destroy(&o->lock);
	free(o);
}

/* Ask for a topic of one partition; the answer comes to `q`. */
static void ask_for(struct vg_outgoing *o, const char *name, bool for_ever,
		    rd_kafka_queue_t *q)
{
	static const char *const stays[][2] = {{"retention.ms", "-1"},
					       {"retention.bytes", "-1"},
					       {"cleanup.policy", "delete"}};
	char text[256];
	rd_kafka_NewTopic_t *topic =
		rd_kafka_NewTopic_new(name, 1, -1, text, sizeof text);
	rd_kafka_AdminOptions_t *a = rd_kafka_AdminOptions_new(
		o->rk, RD_KAFKA_ADMIN_OP_CREATETOPICS);

	(void)rd_kafka_AdminOptions_set_request_timeout(a, ASK_MS, text,
							sizeof text);
	for (size_t i = 0; topic != NULL && for_ever && i < 3; i++)
		(void)rd_kafka_NewTopic_set_config(topic, stays[i][0],
						   stays[i][1]);
	if (topic != NULL) {
		rd_kafka_CreateTopics(o->rk, &topic, 1, a, q);
		rd_kafka_NewTopic_destroy(topic);
	}
	rd_kafka_AdminOptions_destroy(a);
}

/* Nobody waits for the answer: it may be there, or the broker refuse us; what
 * matters is each record's delivery. */
static void ask_for_topic(struct vg_outgoing *o, const char *name)
{
	rd_kafka_queue_t *q = rd_kafka_queue_new(o->rk);

	ask_for(o, name, false, q);
	rd_kafka_queue_destroy(q);
}

/* The first time that `name` is asked for. */
static bool is_new(struct vg_outgoing *o, const char *name)
{
	bool ask = false;
	size_t i = 0;

	(void)pthread_mutex_lock(&o->lock);
	while (i < o->n_asked && strcmp(o->asked[i], name) != 0)
		i++;
	ask = i == o->n_asked && i < ASKED_MAX;
	if (ask)
		(void)snprintf(o->asked[o->n_asked++], NAME, "%s", name);
	(void)pthread_mutex_unlock(&o->lock);
	return ask;
}

enum vg_rc vg_outgoing_keep_for_ever(struct vg_outgoing *o, const char *topic,
				     int64_t timeout_ms, struct vg_err *err)
{
	rd_kafka_queue_t *q = rd_kafka_queue_new(o->rk);
	rd_kafka_event_t *answer = NULL;

	(void)is_new(o, topic);
	ask_for(o, topic, true, q);
	for (int64_t left = timeout_ms / POLL_MS + 1;
	     answer == NULL && left > 0; left--) {
		(void)rd_kafka_poll(o->rk, 0);
		answer = rd_kafka_queue_poll(q, POLL_MS);
	}
	rd_kafka_queue_destroy(q);
	if (answer == NULL)
		return vg_err_set(err, VG_RETRY,
				  "kafka: no answer about %.100s", topic);
	rd_kafka_event_destroy(answer);
	return VG_OK;
}

/* Once for each topic. */
static void see_to_topic(struct vg_outgoing *o, const char *name)
{
	if (is_new(o, name))
		ask_for_topic(o, name);
}

static rd_kafka_resp_err_t produce(struct vg_outgoing *o, struct wait *w,
				   const struct vg_outgoing_record *r)
{
	rd_kafka_headers_t *h = rd_kafka_headers_new(1);

	if (r->id != NULL)
		(void)rd_kafka_header_add(h, "vigie-notification", -1, r->id,
					  -1);
	atomic_fetch_add(&w->pending, 1);
	atomic_fetch_add(&w->users, 1);
	rd_kafka_resp_err_t e = rd_kafka_producev(
		o->rk, RD_KAFKA_V_TOPIC(r->topic),
		RD_KAFKA_V_KEY(r->key.p, r->key.n),
		RD_KAFKA_V_VALUE((void *)(uintptr_t)r->value.p, r->value.n),
		RD_KAFKA_V_TIMESTAMP(r->time_ms), RD_KAFKA_V_HEADERS(h),
		RD_KAFKA_V_OPAQUE(w), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
		RD_KAFKA_V_END);
	if (e != RD_KAFKA_RESP_ERR_NO_ERROR) {
		rd_kafka_headers_destroy(h);
		atomic_fetch_sub(&w->pending, 1);
		let_go(w);
	}
	return e;
}

enum vg_rc vg_outgoing_send(struct vg_outgoing *o,
			    const struct vg_outgoing_record *record, size_t n,
			    int64_t timeout_ms, struct vg_err *err)
{
	struct wait *w = calloc(1, sizeof *w);
	rd_kafka_resp_err_t e = RD_KAFKA_RESP_ERR_NO_ERROR;
	int64_t left = timeout_ms / POLL_MS + 1;
	enum vg_rc rc = VG_OK;

	assert(n <= VG_OUTGOING_MAX);
	if (w == NULL)
		return vg_err_set(err, VG_FATAL, "outgoing: out of memory");
	atomic_store(&w->users, 1);
	if (n > 0)
		see_to_topic(o, record[0].topic);
	for (size_t i = 0; i < n && e == RD_KAFKA_RESP_ERR_NO_ERROR; i++)
		e = produce(o, w, &record[i]);
	while (atomic_load(&w->pending) > 0 && left-- > 0)
		(void)rd_kafka_poll(o->rk, POLL_MS);
	if (e == RD_KAFKA_RESP_ERR_NO_ERROR && atomic_load(&w->failed) > 0)
		e = (rd_kafka_resp_err_t)atomic_load(&w->why);
	if (e != RD_KAFKA_RESP_ERR_NO_ERROR)
		rc = vg_err_set(err, VG_RETRY, "%s", rd_kafka_err2str(e));
	else if (atomic_load(&w->pending) > 0)
		rc = vg_err_set(err, VG_RETRY, "no acknowledgement in time");
	let_go(w);
	return rc;
}
