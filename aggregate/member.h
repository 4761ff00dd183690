/*
 * member - the partitions of a partner as a whole: which there are, where each
 * stands, and where counting begins.
 *
 * A partition's `from` is the offset at which counting begins: records below it
 * are none of its numbers. `vigie partner add` sets it before the first record
 * is counted, and a purge moves it to where it stands.
 *
 * Threads: one at a time, with its store.
 */
#ifndef VG_AGGREGATE_MEMBER_H
#define VG_AGGREGATE_MEMBER_H

#include "aggregate/part.h"

/* One partition as stored; what is not there is -1, or INT64_MIN a time. */
struct vg_member_part {
	int32_t partition;
	int64_t from, offset, epoch;
	int64_t log_ms;
	int64_t high, heartbeat_ms; /* of its owner, wall clock */
	bool purging;		    /* a purge has begun and not ended */
};

/* A place in the log. */
struct vg_member_at {
	const char *topic;
	int32_t partition;
	int64_t offset;
};

/* The partitions of `topic` that were ever opened or are known, by number, at
 * most VG_PARTITIONS_MAX, in *out (freed with free(); NULL when none). */
enum vg_rc vg_member_parts(struct vg_store *s, const char *topic,
			   struct vg_member_part **out, size_t *n,
			   struct vg_err *err) VG_MUST_CHECK;

/* Begin counting at `at`, when nothing is counted in that partition yet; *begun
 * says whether that was so. */
enum vg_rc vg_member_start(struct vg_store *s, const struct vg_part_env *env,
			   const struct vg_member_at *at, bool *begun,
			   struct vg_err *err) VG_MUST_CHECK;

/* True when the last heartbeat is so young that an ingest owns the partition.
 */
bool vg_member_is_owned(const struct vg_member_part *p, int64_t now_ms);

#endif
