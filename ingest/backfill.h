/*
 * backfill - feeding a track that begins in the midst of the log what came
 * before. Private to ingest.
 *
 * A worker does it between two batches of the lane, some thousand records at a
 * time: it reads the log again from where the track's buckets can still matter
 * up to where batches feed it, judges each record as it was judged then
 * (duplicates, quotas and recalls included), and commits with a cursor of its
 * own beside the offset, by the same script. So whatever is killed, what is in
 * is in once (aggregate/part_feed.h).
 *
 * Threads: the worker's. Time: log time.
 */
#ifndef VG_INGEST_BACKFILL_H
#define VG_INGEST_BACKFILL_H

#include "ingest/count.h"

struct vg_backfill;

/* Do some of it. lane->unfilled is then how many tracks still miss something,
 * and lane->fill_waits true when nothing can be done about it now. Codes as
 * vg_count_batch()'s. */
enum vg_rc vg_backfill_step(struct vg_counter *c, struct vg_lane *lane,
			    struct vg_err *err) VG_MUST_CHECK;

/* Forget where it was; NULL is allowed. */
void vg_backfill_free(struct vg_backfill *b);

#endif
