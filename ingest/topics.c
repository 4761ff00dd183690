#include "ingest/topics.h"

#include "ingest/deadletter.h"
#include "ingest/kafka.h"

#include <assert.h>

enum { ANSWER_MS = 30000, ASK_MS = 200, TEXT = 512 };

struct maker {
	rd_kafka_t *rk;
	rd_kafka_queue_t *q;
	const struct vg_topics_opts *o;
	struct vg_kafka_refusal refusal;
};

static void on_error(rd_kafka_t *rk, int e, const char *why, void *ctx)
{
	struct maker *m = ctx;

	(void)rk;
	vg_kafka_note(&m->refusal, (rd_kafka_resp_err_t)e, why);
}

static enum vg_rc connect_to(struct maker *m, const struct vg_config *cfg,
			     struct vg_err *err)
{
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	const struct vg_kafka_spec spec = {.kind = RD_KAFKA_PRODUCER,
					   .conf = conf};

	rd_kafka_conf_set_error_cb(conf, on_error);
	rd_kafka_conf_set_log_cb(conf, NULL); /* what matters is an error too */
	rd_kafka_conf_set_opaque(conf, m);
	enum vg_rc rc = vg_kafka_new(&m->rk, cfg, &spec, err);
	if (rc == VG_OK)
		m->q = rd_kafka_queue_new(m->rk);
	return rc;
}

static void say(const struct vg_topics_opts *o, const char *what,
		const char *name)
{
	if (o->out != NULL)
		fprintf(o->out, "%s %s\n", what, name);
}

static enum vg_rc judge(const rd_kafka_topic_result_t *res,
			const struct vg_topics_opts *o, struct vg_err *err)
{
	const char *name = rd_kafka_topic_result_name(res);

	switch (rd_kafka_topic_result_error(res)) {
	case RD_KAFKA_RESP_ERR_NO_ERROR:
		say(o, "made", name);
		return VG_OK;
	case RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS:
		say(o, "kept", name);
		return VG_OK;
	default:
		return vg_err_set(err, VG_INVAL, "topic %s: %s", name,
				  rd_kafka_topic_result_error_string(res));
	}
}

static enum vg_rc no_answer(const struct maker *m, struct vg_err *err)
{
	char what[64];

	(void)snprintf(what, sizeof what, "no answer within %d s",
		       ANSWER_MS / 1000);
	return vg_kafka_away(&m->refusal, what, err);
}

/* The answer to what was asked last, freed with rd_kafka_event_destroy(). */
static enum vg_rc await_answer(struct maker *m, rd_kafka_event_t **out,
			       struct vg_err *err)
{
	rd_kafka_event_t *ev = NULL;
	enum vg_rc rc = VG_OK;

	for (int ms = 0; ev == NULL && ms < ANSWER_MS; ms += ASK_MS) {
		(void)rd_kafka_poll(m->rk, 0);
		if (vg_kafka_refused(&m->refusal, err) != VG_OK)
			return VG_INVAL;
		ev = rd_kafka_queue_poll(m->q, ASK_MS);
	}
	if (ev == NULL)
		return no_answer(m, err);
	if (rd_kafka_event_error(ev)) {
		rc = vg_err_set(err, VG_RETRY, "kafka: %s",
				rd_kafka_event_error_string(ev));
		rd_kafka_event_destroy(ev);
		return rc;
	}
	*out = ev;
	return VG_OK;
}

static enum vg_rc await_result(struct maker *m, struct vg_err *err)
{
	rd_kafka_event_t *ev = NULL;
	enum vg_rc rc = await_answer(m, &ev, err);
	size_t n = 0;

	if (rc != VG_OK)
		return rc;
	const rd_kafka_topic_result_t **res =
		rd_kafka_CreateTopics_result_topics(
			rd_kafka_event_CreateTopics_result(ev), &n);
	for (size_t i = 0; i < n && rc == VG_OK; i++)
		rc = judge(res[i], m->o, err);
	rd_kafka_event_destroy(ev);
	return rc;
}

static enum vg_rc make_one(struct maker *m, const char *name,
			   const char *kept_ms, struct vg_err *err)
{
	const struct vg_topics_opts *o = m->o;
	char text[TEXT] = "";
	rd_kafka_NewTopic_t *topic =
		rd_kafka_NewTopic_new(name, kept_ms != NULL ? 1 : o->partitions,
				      o->replication, text, sizeof text);

	if (topic == NULL)
		return vg_err_set(err, VG_INVAL, "topic %s: %s", name, text);
	if (kept_ms != NULL)
		(void)rd_kafka_NewTopic_set_config(topic, "retention.ms",
						   kept_ms);
	else
		(void)rd_kafka_NewTopic_set_config(
			topic, "message.timestamp.type",
			o->producer_times ? "CreateTime" : "LogAppendTime");
	rd_kafka_CreateTopics(m->rk, &topic, 1, NULL, m->q);
	rd_kafka_NewTopic_destroy(topic);
	return await_result(m, err);
}

static void finish(struct maker *m)
{
	if (m->q != NULL)
		rd_kafka_queue_destroy(m->q);
	if (m->rk != NULL)
		rd_kafka_destroy(m->rk);
}

enum vg_rc vg_topics_make(const struct vg_config *cfg,
			  const struct vg_topics_opts *o, struct vg_err *err)
{
	struct maker m = {.o = o, .refusal.tell = o->progress};
	enum vg_rc rc = connect_to(&m, cfg, err);

	for (size_t i = 0; i < cfg->n_partners && rc == VG_OK; i++)
		rc = make_one(&m, cfg->partners[i].topic, NULL, err);
	finish(&m);
	return rc;
}

enum vg_rc vg_topics_make_of(const struct vg_config *cfg,
			     const struct vg_partner *partner,
			     const struct vg_topics_opts *o, struct vg_err *err)
{
	struct maker m = {.o = o, .refusal.tell = o->progress};
	char dead[256], kept[32];
	enum vg_rc rc = connect_to(&m, cfg, err);

	vg_dead_topic(dead, cfg, partner);
	vg_dead_retention(kept, partner);
	if (rc == VG_OK)
		rc = make_one(&m, partner->topic, NULL, err);
	if (rc == VG_OK)
		rc = make_one(&m, dead, kept, err);
	finish(&m);
	return rc;
}

/* One that is not there is as good as gone. */
static enum vg_rc drop_one(struct maker *m, const char *name, size_t *gone,
			   struct vg_err *err)
{
	rd_kafka_DeleteTopic_t *topic = rd_kafka_DeleteTopic_new(name);
	rd_kafka_event_t *ev = NULL;
	size_t n = 0;

	rd_kafka_DeleteTopics(m->rk, &topic, 1, NULL, m->q);
	rd_kafka_DeleteTopic_destroy(topic);
	enum vg_rc rc = await_answer(m, &ev, err);
	if (rc != VG_OK)
		return rc;
	const rd_kafka_topic_result_t **res =
		rd_kafka_DeleteTopics_result_topics(
			rd_kafka_event_DeleteTopics_result(ev), &n);
	for (size_t i = 0; i < n && rc == VG_OK; i++) {
		rd_kafka_resp_err_t e = rd_kafka_topic_result_error(res[i]);

		*gone += e == RD_KAFKA_RESP_ERR_NO_ERROR;
		if (e != RD_KAFKA_RESP_ERR_NO_ERROR &&
		    e != RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART)
			rc = vg_err_set(err, VG_INVAL, "topic %.100s: %s", name,
					rd_kafka_err2str(e));
	}
	rd_kafka_event_destroy(ev);
	return rc;
}

/* The group that read them: one that the brokers keep goes by itself, in days.
 */
static void drop_group(struct maker *m, const char *name)
{
	rd_kafka_DeleteGroup_t *group = rd_kafka_DeleteGroup_new(name);
	rd_kafka_event_t *ev = NULL;
	struct vg_err err;

	rd_kafka_DeleteGroups(m->rk, &group, 1, NULL, m->q);
	rd_kafka_DeleteGroup_destroy(group);
	if (await_answer(m, &ev, &err) == VG_OK)
		rd_kafka_event_destroy(ev);
}

enum vg_rc vg_topics_drop(const struct vg_config *cfg, size_t *gone,
			  struct vg_err *err)
{
	struct maker m = {.o = NULL};
	size_t n = 0;
	enum vg_rc rc = connect_to(&m, cfg, err);

	assert(cfg->is_exercise);
	for (size_t i = 0; i < cfg->n_partners && rc == VG_OK; i++) {
		char dead[256];

		vg_dead_topic(dead, cfg, &cfg->partners[i]);
		rc = drop_one(&m, cfg->partners[i].topic, &n, err);
		if (rc == VG_OK)
			rc = drop_one(&m, dead, &n, err);
	}
	if (rc == VG_OK)
		drop_group(&m, cfg->kafka_group);
	finish(&m);
	if (rc == VG_OK)
		*gone = n;
	return rc;
}
