/*
 * part_recalled - the recall under way in a part: the spans it touches, what
 * becomes of them, and what is stored of it.
 *
 * Only files of aggregate/ include it. Owner, threads: as part.
 */
#ifndef VG_AGGREGATE_PART_RECALLED_H
#define VG_AGGREGATE_PART_RECALLED_H

#include "aggregate/part_private.h"
#include "aggregate/part_recall.h"

/* A span of one event, on its way to the batch. */
struct vg_recall_span {
	struct vg_slice field;
	uint16_t audience;
	int64_t span[4];
};

struct vg_recall_end { /* what becomes of a span */
	bool changed, gone;
	int64_t v[4];
};

struct vg_part_recall {
	struct vg_batch spans; /* those touched; `applied`: with what is left */
	bool keeping, moved;   /* what the event at hand is for */
	int64_t before_ms;
	struct vg_recalled *now; /* by offset */
	size_t n_now, cap_now;
	int64_t *ended; /* offsets stored that no recall can reach any more */
	size_t n_ended;
	int64_t forgotten; /* records before this may be among them; 0: none */
};

/* Take a span of the recall's event at hand. False when memory is out. */
bool vg_part_recall_span(struct vg_part *p, struct vg_bucket_id id,
			 const struct vg_recall_span *s);

/* Have the whole of a track's bucket in memory. */
enum vg_rc vg_part_recall_read(struct vg_part *p, struct vg_live *b,
			       struct vg_err *err) VG_MUST_CHECK;

/* Add to the call what is to be remembered; forget it when that was done. */
void vg_part_recall_tell(struct vg_part *p);

/* state.recalls_from as after the batch. */
int64_t vg_part_recalls_from(const struct vg_part *p);
void vg_part_recall_free(struct vg_part *p);

#endif
