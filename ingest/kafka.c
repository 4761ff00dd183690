#include "ingest/kafka.h"

enum { TEXT = 256 };

static enum vg_rc apply(rd_kafka_conf_t *conf,
			const struct vg_kafka_option *option, size_t n,
			struct vg_err *err)
{
	char text[TEXT];

	for (size_t i = 0; i < n; i++) {
		if (option[i].value == NULL || option[i].value[0] == '\0')
			continue;
		if (rd_kafka_conf_set(conf, option[i].name, option[i].value,
				      text, sizeof text) != RD_KAFKA_CONF_OK)
			return vg_err_set(err, VG_INVAL, "kafka: %s", text);
	}
	return VG_OK;
}

enum vg_rc vg_kafka_new(rd_kafka_t **out, rd_kafka_type_t kind,
			rd_kafka_conf_t *conf,
			const struct vg_kafka_option *option, size_t n,
			struct vg_err *err)
{
	char text[TEXT] = "";

	if (conf == NULL)
		conf = rd_kafka_conf_new();
	enum vg_rc rc = apply(conf, option, n, err);
	if (rc == VG_OK) {
		rd_kafka_t *rk = rd_kafka_new(kind, conf, text, sizeof text);
		if (rk != NULL) {
			conf = NULL; /* now the client's */
			*out = rk;
		} else {
			rc = vg_err_set(err, VG_FATAL, "kafka: %s", text);
		}
	}
	if (conf != NULL)
		rd_kafka_conf_destroy(conf);
	return rc;
}
