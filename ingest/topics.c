#include "ingest/topics.h"

#include <librdkafka/rdkafka.h>

enum { ANSWER_MS = 30000, TEXT = 512 };

static rd_kafka_t *connect_to(const char *brokers, struct vg_err *err)
{
	char text[TEXT] = "";
	rd_kafka_conf_t *conf = rd_kafka_conf_new();

	if (rd_kafka_conf_set(conf, "bootstrap.servers", brokers, text,
			      sizeof text) != RD_KAFKA_CONF_OK) {
		rd_kafka_conf_destroy(conf);
		(void)vg_err_set(err, VG_INVAL, "kafka.brokers: %s", text);
		return NULL;
	}
	rd_kafka_t *rk =
		rd_kafka_new(RD_KAFKA_PRODUCER, conf, text, sizeof text);
	if (rk == NULL) {
		rd_kafka_conf_destroy(conf);
		(void)vg_err_set(err, VG_FATAL, "kafka: %s", text);
	}
	return rk;
}

static enum vg_rc judge(const rd_kafka_topic_result_t *res,
			const struct vg_topics_opts *o, struct vg_err *err)
{
	const char *name = rd_kafka_topic_result_name(res);

	switch (rd_kafka_topic_result_error(res)) {
	case RD_KAFKA_RESP_ERR_NO_ERROR:
		fprintf(o->out, "made %s\n", name);
		return VG_OK;
	case RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS:
		fprintf(o->out, "kept %s\n", name);
		return VG_OK;
	default:
		return vg_err_set(err, VG_INVAL, "topic %s: %s", name,
				  rd_kafka_topic_result_error_string(res));
	}
}

static enum vg_rc await_result(rd_kafka_queue_t *q,
			       const struct vg_topics_opts *o,
			       struct vg_err *err)
{
	enum vg_rc rc = VG_OK;
	rd_kafka_event_t *ev = rd_kafka_queue_poll(q, ANSWER_MS);

	if (ev == NULL)
		return vg_err_set(err, VG_RETRY, "kafka: no answer within %d s",
				  ANSWER_MS / 1000);
	if (rd_kafka_event_error(ev)) {
		rc = vg_err_set(err, VG_RETRY, "kafka: %s",
				rd_kafka_event_error_string(ev));
	} else {
		size_t n = 0;
		const rd_kafka_topic_result_t **res =
			rd_kafka_CreateTopics_result_topics(
				rd_kafka_event_CreateTopics_result(ev), &n);
		for (size_t i = 0; i < n && rc == VG_OK; i++)
			rc = judge(res[i], o, err);
	}
	rd_kafka_event_destroy(ev);
	return rc;
}

static enum vg_rc make_one(rd_kafka_t *rk, rd_kafka_queue_t *q,
			   const char *name, const struct vg_topics_opts *o,
			   struct vg_err *err)
{
	char text[TEXT] = "";
	rd_kafka_NewTopic_t *topic = rd_kafka_NewTopic_new(
		name, o->partitions, o->replication, text, sizeof text);

	if (topic == NULL)
		return vg_err_set(err, VG_INVAL, "topic %s: %s", name, text);
	(void)rd_kafka_NewTopic_set_config(topic, "message.timestamp.type",
					   o->producer_times ? "CreateTime"
							     : "LogAppendTime");
	rd_kafka_CreateTopics(rk, &topic, 1, NULL, q);
	rd_kafka_NewTopic_destroy(topic);
	return await_result(q, o, err);
}

enum vg_rc vg_topics_make(const struct vg_config *cfg,
			  const struct vg_topics_opts *o, struct vg_err *err)
{
	enum vg_rc rc = VG_OK;
	rd_kafka_t *rk = connect_to(cfg->kafka_brokers, err);

	if (rk == NULL)
		return err != NULL ? err->rc : VG_FATAL;
	rd_kafka_queue_t *q = rd_kafka_queue_new(rk);
	for (size_t i = 0; i < cfg->n_partners && rc == VG_OK; i++)
		rc = make_one(rk, q, cfg->partners[i].topic, o, err);
	rd_kafka_queue_destroy(q);
	rd_kafka_destroy(rk);
	return rc;
}
