#include "ingest/feature.h"

#include "ingest/kafka.h"

#include <string.h>

enum { LIST = 1024 };

/* True when `name` stands in the comma-separated list of features. */
static bool has_feature(const char *name)
{
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	char list[LIST] = "", *rest = NULL;
	size_t n = sizeof list;
	bool found = false;

	if (rd_kafka_conf_get(conf, "builtin.features", list, &n) !=
	    RD_KAFKA_CONF_OK)
		list[0] = '\0';
	rd_kafka_conf_destroy(conf);
	for (char *word = strtok_r(list, ",", &rest); word != NULL;
	     word = strtok_r(NULL, ",", &rest))
		found = found || strcmp(word, name) == 0;
	return found;
}

enum vg_rc vg_feature_check(const struct vg_config *cfg, struct vg_err *err)
{
	if (!vg_kafka_uses_token(cfg) || has_feature("oidc"))
		return VG_OK;
	return vg_err_set(err, VG_INVAL,
			  "kafka.mechanism: OAUTHBEARER needs a librdkafka "
			  "that was built with libcurl (feature oidc), and "
			  "%s here was not; use SCRAM-SHA-512 or a "
			  "certificate, or another librdkafka",
			  rd_kafka_version_str());
}
