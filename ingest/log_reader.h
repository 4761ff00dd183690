/*
 * log_reader - bounded reading of a topic without a consumer group: what
 * verify, and later back-fill, recall and back-test, read the log with.
 *
 * Owner:   the caller. Threads: one at a time.
 */
#ifndef VG_INGEST_LOG_READER_H
#define VG_INGEST_LOG_READER_H

#include "core/config.h"

struct vg_log_reader;

struct vg_log_record {
	int64_t offset, ts_ms;
	bool log_append_time;
	struct vg_slice key, value;
	struct vg_slice signature; /* of the first header for one */
	int n_signatures;
};

/* A reader that connects when first asked; freed with _free(), NULL allowed. */
enum vg_rc vg_log_reader_new(struct vg_log_reader **out,
			     const struct vg_config *cfg,
			     struct vg_err *err) VG_MUST_CHECK;
void vg_log_reader_free(struct vg_log_reader *r);

/* Wait no longer than about `ms` for an answer, or for a record that should be
 * there (default: 15 s, and 30 s). */
void vg_log_reader_patience(struct vg_log_reader *r, int64_t ms);

/* Number of partitions of `topic`; 0 when it does not exist. VG_RETRY when the
 * brokers are away. */
enum vg_rc vg_log_reader_partitions(struct vg_log_reader *r, const char *topic,
				    int32_t *n,
				    struct vg_err *err) VG_MUST_CHECK;

/* First and end offset of a partition, as the broker says. */
enum vg_rc vg_log_reader_bounds(struct vg_log_reader *r, const char *topic,
				int32_t partition, int64_t *low, int64_t *high,
				struct vg_err *err) VG_MUST_CHECK;

/* Offset of the first record with a timestamp of `time_ms` or later; the end
 * when there is none. */
enum vg_rc vg_log_reader_at(struct vg_log_reader *r, const char *topic,
			    int32_t partition, int64_t time_ms, int64_t *offset,
			    struct vg_err *err) VG_MUST_CHECK;

struct vg_log_range {
	const char *topic;
	int32_t partition;
	int64_t from, to; /* from <= offset < to */
};

/* Call `take` for each record of `range`, in order. It may stop the reading by
 * returning not VG_OK, which is handed back. */
enum vg_rc vg_log_reader_read(
	struct vg_log_reader *r, const struct vg_log_range *range,
	enum vg_rc (*take)(void *ctx, const struct vg_log_record *rec,
			   struct vg_err *err),
	void *ctx, struct vg_err *err) VG_MUST_CHECK;

#endif
