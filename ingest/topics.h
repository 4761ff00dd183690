/*
 * topics - making the partners' topics on a real broker.
 */
#ifndef VG_INGEST_TOPICS_H
#define VG_INGEST_TOPICS_H

#include "core/config.h"

#include <stdio.h>

struct vg_topics_opts {
	int partitions;	     /* of each topic that is made                */
	int replication;     /* copies of each partition                  */
	bool producer_times; /* keep the producer's record timestamps
			      * (replays); else LogAppendTime             */
	FILE *out;	     /* a line for each topic; or NULL            */
	FILE *progress;	     /* told when no broker answers; or NULL      */
};

/* Make every partner's topic that does not exist yet; those that do are left
 * as they are. VG_RETRY when the brokers are away, VG_INVAL when they refuse.
 */
enum vg_rc vg_topics_make(const struct vg_config *cfg,
			  const struct vg_topics_opts *o,
			  struct vg_err *err) VG_MUST_CHECK;

/* The same for one partner, its topic and the one of its dead letters. */
enum vg_rc vg_topics_make_of(const struct vg_config *cfg,
			     const struct vg_partner *partner,
			     const struct vg_topics_opts *o,
			     struct vg_err *err) VG_MUST_CHECK;

/* Delete every partner's topic and the ones of their dead letters, and the
 * consumer group: of an exercise, whose configuration it must be. *gone: how
 * many there were. Errors as above. */
enum vg_rc vg_topics_drop(const struct vg_config *cfg, size_t *gone,
			  struct vg_err *err) VG_MUST_CHECK;

#endif
