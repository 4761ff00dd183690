/*
 * ties - events of one millisecond, to be shared out among steps so that each
 * serves only one. Private to alert.
 *
 * A bipartite matching, kept up by augmenting paths: events with the same
 * stages are one row with a capacity.
 *
 * Owner:   the caller embeds it; zero bytes are a valid empty one.
 * Threads: one at a time.
 */
#ifndef VG_ALERT_TIES_H
#define VG_ALERT_TIES_H

#include "alert/kind.h"

struct vg_tie {
	uint32_t mask; /* stages that these events are of */
	uint64_t n, used;
	bool visited;
};

struct vg_ties {
	struct vg_tie *row;
	size_t n, cap;
	size_t by_step[VG_STAGE_EVENTS_MAX + 1]; /* 1 + row that serves it */
};

/* Note `n` more events with `mask`; one of no stage is not kept. False when
 * memory is out. */
bool vg_ties_add(struct vg_ties *t, uint32_t mask, uint64_t n);

/* Forget the events. */
void vg_ties_clear(struct vg_ties *t);
void vg_ties_term(struct vg_ties *t);

/* Before the first match: no step is served. */
void vg_ties_begin(struct vg_ties *t);

/* Serve step `j` too, where `from`..j - 1 are served (steps count from 1;
 * stage[k - 1] is the stage of step k). False when no sharing out does. */
bool vg_ties_match(struct vg_ties *t, const unsigned *stage, unsigned from,
		   unsigned j);

/* Step `i` is served no more; nothing happens when it was not. */
void vg_ties_release(struct vg_ties *t, unsigned i);

#endif
