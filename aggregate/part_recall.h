/*
 * part_recall - taking events that were counted out of a part again, or moving
 * them to a narrower audience.
 *
 * A batch of its own: begin, take each event that is recalled, keep every
 * other event of the records read again, settle, and commit; or drop it all.
 * Series and steps are sums: what was added is taken away. A cell that comes to
 * nothing stays as "0,0", so that which values a limit keeps never depends on
 * order. A span cannot be taken back: where a recalled event was its first or
 * last, it is made again of what is left, or refused when that reaches further
 * back than was read.
 *
 * What was recalled is stored beside the cells (`:r`), as it is still among
 * what the partition's log holds.
 *
 * Owner, threads: as part. Time: event time, ms.
 */
#ifndef VG_AGGREGATE_PART_RECALL_H
#define VG_AGGREGATE_PART_RECALL_H

#include "aggregate/part.h"
#include "core/audience.h"

/* What recalls made of the event at `offset`. */
struct vg_recalled {
	int64_t offset;
	bool gone;	   /* un-counted; else narrowed to: */
	enum vg_tlp label; /* the most restrictive one asked for */
	uint64_t viewers;  /* slots that every audience so far has */
};

/* Slots that see audience `aud`. */
uint64_t vg_recall_viewers(const struct vg_audiences *a, uint16_t aud);

/* Read what is stored, by offset. The caller frees *list with free(). */
enum vg_rc vg_part_recalled(struct vg_part *p, struct vg_recalled **list,
			    size_t *n, struct vg_err *err) VG_MUST_CHECK;

/* What is stored of a partition's recalls, whoever has it open. */
struct vg_recalled_log {
	struct vg_recalled *list; /* by offset; freed with free() */
	size_t n;
	int64_t forgotten; /* of records before this some may be missing */
	int64_t offset;	   /* recalls from here on are not applied yet */
};

/* Read it. Outputs are untouched on failure. */
enum vg_rc vg_recalled_read(struct vg_store *s, const char *topic,
			    int32_t partition, struct vg_recalled_log *out,
			    struct vg_err *err) VG_MUST_CHECK;

/* What recalls made of the record at `offset`; NULL: nothing. */
const struct vg_recalled *vg_recalled_find(const struct vg_recalled *list,
					   size_t n, int64_t offset);

/* Begin. The batch must be empty. */
enum vg_rc vg_part_recall_begin(struct vg_part *p,
				struct vg_err *err) VG_MUST_CHECK;

/* Take out `e`, counted at `offset` under e->audience when log time was
 * `log_ms`. Unless to->gone it is counted under vg_audience_of_viewers()
 * instead; keep it then, too. Called by rising offset. */
enum vg_rc vg_part_recall_take(struct vg_part *p, struct vg_event *e,
			       int64_t log_ms, const struct vg_recalled *to,
			       struct vg_err *err) VG_MUST_CHECK;

/* True when events have to be kept at all. */
bool vg_part_recall_keeps(const struct vg_part *p);

/* Keep `e`, counted under e->audience; `moved`: it was not until now. After the
 * last event was taken. */
enum vg_rc vg_part_recall_keep(struct vg_part *p, const struct vg_event *e,
			       int64_t offset, int64_t log_ms, bool moved,
			       struct vg_err *err) VG_MUST_CHECK;

struct vg_recall_reach {
	int64_t from;	   /* offset of the first record that was read */
	int64_t before_ms; /* records before it have events of at most this
			    * time; INT64_MIN: there are none */
	const struct vg_recalled *stored; /* as vg_part_recalled() gave */
	size_t n_stored;
};

/* Find what becomes of the spans. *known false: it reaches too far back; drop
 * the recall then. Otherwise the next commit applies it, and forgets what is
 * stored of records before the reach. */
enum vg_rc vg_part_recall_settle(struct vg_part *p,
				 const struct vg_recall_reach *reach,
				 bool *known, struct vg_err *err) VG_MUST_CHECK;

/* Forget the recall and the batch. */
void vg_part_recall_drop(struct vg_part *p);

#endif
