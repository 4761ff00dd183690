#include "ingest/broker.h"

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <stdlib.h>

enum { TEXT = 512 };

struct vg_mock_broker {
	rd_kafka_t *rk;
	rd_kafka_mock_cluster_t *cluster;
};

static enum vg_rc make_topics(struct vg_mock_broker *b,
			      const char *const *topics, int n_topics,
			      int partitions, struct vg_err *err)
{
	for (int i = 0; i < n_topics; i++) {
		rd_kafka_resp_err_t e = rd_kafka_mock_topic_create(
			b->cluster, topics[i], partitions, 1);
		if (e != RD_KAFKA_RESP_ERR_NO_ERROR)
			return vg_err_set(err, VG_INVAL, "topic %.100s: %s",
					  topics[i], rd_kafka_err2str(e));
	}
	return VG_OK;
}

enum vg_rc vg_mock_broker_new(struct vg_mock_broker **out,
			      const char *const *topics, int n_topics,
			      int partitions, struct vg_err *err)
{
	char text[TEXT] = "";
	struct vg_mock_broker *b = calloc(1, sizeof *b);

	if (b == NULL)
		return vg_err_set(err, VG_FATAL, "broker: out of memory");
	/* The client that carries the cluster connects to nothing: what it has
	 * to say about that is of no use. */
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	rd_kafka_conf_set_log_cb(conf, NULL);
	b->rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, text, sizeof text);
	if (b->rk == NULL)
		rd_kafka_conf_destroy(conf);
	if (b->rk != NULL)
		b->cluster = rd_kafka_mock_cluster_new(b->rk, 1);
	if (b->cluster == NULL) {
		vg_mock_broker_free(b);
		return vg_err_set(err, VG_FATAL, "broker: %s",
				  text[0] != '\0' ? text : "did not start");
	}
	enum vg_rc rc = make_topics(b, topics, n_topics, partitions, err);
	if (rc != VG_OK) {
		vg_mock_broker_free(b);
		return rc;
	}
	*out = b;
	return VG_OK;
}

void vg_mock_broker_free(struct vg_mock_broker *b)
{
	if (b == NULL)
		return;
	if (b->cluster != NULL)
		rd_kafka_mock_cluster_destroy(b->cluster);
	if (b->rk != NULL)
		rd_kafka_destroy(b->rk);
	free(b);
}

const char *vg_mock_broker_address(const struct vg_mock_broker *b)
{
	return rd_kafka_mock_cluster_bootstraps(b->cluster);
}
