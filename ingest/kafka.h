/*
 * kafka - how every client of ours is set up. Private to ingest.
 */
#ifndef VG_INGEST_KAFKA_H
#define VG_INGEST_KAFKA_H

#include "core/err.h"

#include <librdkafka/rdkafka.h>

struct vg_kafka_option {
	const char *name, *value; /* a NULL or empty value is left out */
};

/* Make a client of `kind` with `n` options; `conf` (may be NULL) is taken over
 * in any case. VG_INVAL when an option is refused. */
enum vg_rc vg_kafka_new(rd_kafka_t **out, rd_kafka_type_t kind,
			rd_kafka_conf_t *conf,
			const struct vg_kafka_option *option, size_t n,
			struct vg_err *err) VG_MUST_CHECK;

#endif
