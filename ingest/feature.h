/*
 * feature - whether the Kafka library at hand can do what is configured.
 *
 * Threads: any.
 */
#ifndef VG_INGEST_FEATURE_H
#define VG_INGEST_FEATURE_H

#include "core/config.h"

/* VG_INVAL when the options under `kafka:` need what this librdkafka was built
 * without: a token endpoint needs it built with libcurl, and that of Debian 12
 * is not. */
enum vg_rc vg_feature_check(const struct vg_config *cfg,
			    struct vg_err *err) VG_MUST_CHECK;

#endif
