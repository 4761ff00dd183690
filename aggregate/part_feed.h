/*
 * part_feed - from which record on each track of the plan is fed.
 *
 * A track is fed by every batch from offset `from` on, and by a back-fill from
 * where its buckets may still matter up to `cursor`; when the two meet it is
 * whole, and says what it would say had it always been there. Both are fields
 * "t:<track id>" of `:o`, and move only by the commit script, so they are as
 * true as the cells. A part is opened under one plan: a track of that plan
 * which is not listed begins there, whatever was left of it is removed first;
 * a listed one that the plan has not is struck off, as it misses what comes
 * now. So whoever opens under whichever plan, a track that is listed misses
 * nothing.
 *
 * Followers hear of it through a bucket called "tracks" in the stream.
 *
 * Owner, threads: as part. Time: log time, ms.
 */
#ifndef VG_AGGREGATE_PART_FEED_H
#define VG_AGGREGATE_PART_FEED_H

#include "aggregate/part.h"
#include "core/buf.h"

#define VG_FEEDS_BUCKET "tracks"
#define VG_FEED_PREFIX	"t:"

struct vg_feed {
	int64_t from;	/* batches feed it from this offset on         */
	int64_t cursor; /* records before this are in; -1: not begun   */
	int64_t log_ms; /* log time there, or VG_FEED_NO_TIME          */
};

enum { VG_FEED_WIDTH = 3 };
#define VG_FEED_NO_TIME INT64_C(-1)

/* True when nothing is missing. */
bool vg_feed_is_whole(const struct vg_feed *f);

/* "from,cursor,log_ms" and back. */
void vg_feed_print(struct vg_buf *out, const struct vg_feed *f);
bool vg_feed_parse(struct vg_slice text, struct vg_feed *out);

/* How track `i` of the part's plan is fed; valid until the next commit. */
const struct vg_feed *vg_part_feed(const struct vg_part *p, size_t i);

/* Number of tracks that are not whole. */
size_t vg_part_feeds_open(const struct vg_part *p);

/* What is to be fed next: the tracks that stand where the first of those which
 * are not whole does. False when all are. Between this and the last
 * vg_part_fill_commit() only they count what vg_part_fill() is given. */
struct vg_fill {
	struct vg_feed at;
	int64_t reach_ms; /* events so much older than log time are past */
};
bool vg_part_fill_next(struct vg_part *p, struct vg_fill *out);

/* Count `e` into those tracks: the batch must hold nothing else. */
enum vg_rc vg_part_fill(struct vg_part *p, const struct vg_event *e,
			int64_t offset, int64_t log_ms,
			struct vg_err *err) VG_MUST_CHECK;

/* Count that `e` was counted and recalled since: what a recall leaves. */
enum vg_rc vg_part_fill_recalled(struct vg_part *p, const struct vg_event *e,
				 int64_t offset, int64_t log_ms,
				 struct vg_err *err) VG_MUST_CHECK;

/* Apply what was filled: records before `cursor` are in now, and log time
 * there is `log_ms`. The stored offset stays. As vg_part_commit(). */
enum vg_rc vg_part_fill_commit(struct vg_part *p, int64_t cursor,
			       int64_t log_ms, int64_t tracks_below_ms,
			       struct vg_err *err) VG_MUST_CHECK;

#endif
