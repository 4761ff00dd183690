/*
 * dead_purge - a partner's dead letters, deleted at the brokers.
 *
 * Threads: one at a time.
 */
#ifndef VG_INGEST_DEAD_PURGE_H
#define VG_INGEST_DEAD_PURGE_H

#include "core/config.h"

enum { VG_DEAD_TOPIC_MAX = 256, VG_DEAD_PARTS_MAX = 1024 };

struct vg_dead_purged {
	char topic[VG_DEAD_TOPIC_MAX];
	size_t n;			  /* partitions */
	int64_t records;		  /* deleted, at most */
	int64_t below[VG_DEAD_PARTS_MAX]; /* all offsets below are gone */
};

/* Delete every record of the topic of `partner`'s dead letters, up to the end
 * that it has now. A topic that is not there has n 0. VG_RETRY when the brokers
 * are away, VG_INVAL with what to do when they refuse. */
enum vg_rc vg_dead_purge(const struct vg_config *cfg,
			 const struct vg_partner *partner,
			 struct vg_dead_purged *out,
			 struct vg_err *err) VG_MUST_CHECK;

/* Delete those that were written before `before_ms`; *records says how many
 * at most. Errors as above. */
enum vg_rc vg_dead_expire(const struct vg_config *cfg,
			  const struct vg_partner *partner, int64_t before_ms,
			  int64_t *records, struct vg_err *err) VG_MUST_CHECK;

#endif
