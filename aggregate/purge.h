/*
 * purge - everything that one partner's partitions hold in Redis, removed.
 *
 * A purge begins each partition with one script: it takes a fence epoch, so
 * that no ingest can commit, empties the list of buckets and the stream, and
 * lets counting begin anew at an offset behind all that was counted. From then
 * on no reader finds anything there; what is left are keys without an owner,
 * which steps of bounded size remove and count. While a purge is at work the
 * partition cannot be opened. It can be interrupted anywhere and begun again:
 * what was removed is counted once, under the partition's own tag.
 *
 * What stays of a partition is `o`, which says where counting begins, and an
 * empty entry on `d`, which tells followers to load again.
 *
 * Threads: one at a time, with its store.
 */
#ifndef VG_AGGREGATE_PURGE_H
#define VG_AGGREGATE_PURGE_H

#include "aggregate/member.h"

enum vg_purge_kind {
	VG_PURGE_SERIES,    /* buckets of series, and their cells  */
	VG_PURGE_TRACKS,    /* of tracks, and their spans          */
	VG_PURGE_ACCOUNT,   /* hours of the account, and numbers   */
	VG_PURGE_IDS,	    /* :i, and chunks of hashed ids        */
	VG_PURGE_INDEX,	    /* :x, and names of buckets            */
	VG_PURGE_STREAM,    /* :d, and entries                     */
	VG_PURGE_EPOCHS,    /* :g, and configuration epochs        */
	VG_PURGE_HEARTBEAT, /* :s                                  */
	VG_PURGE_SENSORS,   /* :sensors, and their names           */
	VG_PURGE_RECALLED,  /* :r, and what was recalled           */
	VG_PURGE_OTHER,	    /* whatever else stands under the tag  */
	VG_PURGE_KINDS
};

struct vg_purge_counts {
	int64_t keys[VG_PURGE_KINDS], items[VG_PURGE_KINDS];
};

/* "series", "tracks", ... */
const char *vg_purge_kind_name(enum vg_purge_kind k);

/* Begin with the partition of `at`: counting begins anew there, or where it
 * stands when that is larger; *from says where. One that has begun already
 * keeps what it said. */
enum vg_rc vg_purge_begin(struct vg_store *s, const struct vg_part_env *env,
			  const struct vg_member_at *at, int64_t *from,
			  struct vg_err *err) VG_MUST_CHECK;

struct vg_purge_walk { /* zeroed to begin with */
	uint64_t cursor;
	bool begun, done;
	int64_t removed; /* keys so far, by this walk */
};

/* One step through the keys of `topic`'s partitions: a bounded number is looked
 * at, and what is found removed and counted. Again until w->done. */
enum vg_rc vg_purge_step(struct vg_store *s, const struct vg_part_env *env,
			 const char *topic, struct vg_purge_walk *w,
			 struct vg_err *err) VG_MUST_CHECK;

/* What was removed of a partition since its purge began. */
enum vg_rc vg_purge_counts(struct vg_store *s, const char *topic,
			   int32_t partition, struct vg_purge_counts *out,
			   struct vg_err *err) VG_MUST_CHECK;

/* End: the partition may be opened again, and the counts are forgotten. */
enum vg_rc vg_purge_end(struct vg_store *s, const char *topic,
			int32_t partition, struct vg_err *err) VG_MUST_CHECK;

#endif
