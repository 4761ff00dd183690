#include "ingest/announce.h"

#include "core/limits.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>

enum { ANSWER_MS = 1000, NAME_MAX = 280 };

static enum vg_rc add(struct vg_store *store, const char *topic, int32_t p,
		      struct vg_err *err)
{
	char name[NAME_MAX];
	int n = snprintf(name, sizeof name, "%s:%" PRId32, topic, p);

	assert(n > 0 && n < (int)sizeof name);
	(void)n;
	return vg_store_callf(store, NULL, err, "SADD", "vg:{vg}:parts", name,
			      (char *)NULL);
}

/* How many partitions `topic` has; 0 when it is not there. */
static enum vg_rc count_parts(rd_kafka_t *rk, const char *topic, int *out,
			      struct vg_err *err)
{
	const struct rd_kafka_metadata *md = NULL;
	rd_kafka_topic_t *handle = rd_kafka_topic_new(rk, topic, NULL);
	rd_kafka_resp_err_t e =
		handle == NULL
			? rd_kafka_last_error()
			: rd_kafka_metadata(rk, 0, handle, &md, ANSWER_MS);

	*out = 0;
	if (e == RD_KAFKA_RESP_ERR_NO_ERROR && md->topic_cnt == 1)
		*out = md->topics[0].partition_cnt;
	if (md != NULL)
		rd_kafka_metadata_destroy(md);
	if (handle != NULL)
		rd_kafka_topic_destroy(handle);
	return e == RD_KAFKA_RESP_ERR_NO_ERROR
		       ? VG_OK
		       : vg_err_set(err, VG_RETRY, "kafka: %s: %s", topic,
				    rd_kafka_err2str(e));
}

enum vg_rc vg_announce_parts(struct vg_store *store, rd_kafka_t *rk,
			     const struct vg_config *cfg, struct vg_err *err)
{
	enum vg_rc rc = VG_OK;
	int total = 0;

	for (size_t i = 0; i < cfg->n_partners && rc == VG_OK; i++) {
		const char *topic = cfg->partners[i].topic;
		int n = 0;

		rc = count_parts(rk, topic, &n, err);
		/* Readers hold no more than so many. */
		for (int p = 0; p < n && rc == VG_OK; p++)
			if (total++ < VG_PARTITIONS_MAX)
				rc = add(store, topic, p, err);
	}
	return rc;
}
