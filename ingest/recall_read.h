/*
 * recall_read - what a control record asks for: docs/event-schema.md,
 * "Recalls". Private to ingest.
 *
 * Owner:   the recall borrows from the record and the scratch, and owns its
 *          list. Threads: one at a time.
 */
#ifndef VG_INGEST_RECALL_READ_H
#define VG_INGEST_RECALL_READ_H

#include "ingest/canonical_read.h"

struct vg_recall {
	struct vg_slice sensor;
	struct vg_slice *id; /* sorted, each once; NULL: a range of time */
	bool *found;	     /* one for each */
	size_t n_ids;
	int64_t from_ms, to_ms; /* from <= event time < to */
	bool has_label, narrowed;
	enum vg_tlp label;
	uint64_t releasable; /* slots */
};

/* Read the record: CONTROL in *out; or false with R_RECALL_FORM and a reason.
 * End with vg_recall_term() in any case. */
bool vg_recall_read(struct vg_recall *r, struct vg_scratch *s,
		    const struct vg_config *cfg, struct vg_slice record,
		    struct vg_decoded *out);

/* Free the list. */
void vg_recall_term(struct vg_recall *r);

/* The id's place in the list, or -1. */
ptrdiff_t vg_recall_find(const struct vg_recall *r, struct vg_slice id);

/* True when it narrows rather than un-counts. */
static inline bool vg_recall_narrows(const struct vg_recall *r)
{
	return r->has_label || r->narrowed;
}

#endif
