/*
 * part_feeds - how a part's tracks are fed, as the files of the part use it.
 *
 * Only files of aggregate/ include it. Owner, threads: as part.
 */
#ifndef VG_AGGREGATE_PART_FEEDS_H
#define VG_AGGREGATE_PART_FEEDS_H

#include "aggregate/part_feed.h"
#include "aggregate/part_private.h"

struct vg_part_at; /* aggregate/part_steps.h */

struct vg_part_feeds {
	struct vg_feed *feed;	     /* by track */
	bool *fills;		     /* by track: of the back-fill under way */
	bool filling;		     /* the batch is of one                  */
	bool news;		     /* the next commit says how all stand   */
	char (*struck)[VG_TRACK_ID]; /* listed, and not of the plan   */
	size_t n_struck, cap_struck;
};

/* Take what `:o` (names and values) lists, and see that it becomes true of
 * this plan: at once, or with the first commit of a new partition. */
enum vg_rc vg_part_feeds_open_with(struct vg_part *p, const struct vg_reply *o,
				   struct vg_err *err) VG_MUST_CHECK;
void vg_part_feeds_free(struct vg_part *p);

/* True when the batch counts `e`, of the record `at`, in track `i`. */
bool vg_part_feeds_take(const struct vg_part *p, size_t i,
			const struct vg_event *e, const struct vg_part_at *at);

/* Add the news to the call (`:o` is its key number `key`) and the delta; forget
 * them when they were told. */
void vg_part_feeds_tell(struct vg_part *p, uint32_t key);
void vg_part_feeds_settle(struct vg_part *p);

#endif
