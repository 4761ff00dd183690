/*
 * chain - alerts as what the rules over them count, live.
 *
 * An alert that is written or loaded is fed to the groups of each chain that
 * counts its rule, there to stand for an event at its start; one that is
 * withdrawn or merged is taken back. So a chain is decided as any rule is, from
 * what its group holds, for each clearance class from that class's alerts.
 *
 * Owner:   a group's active part (alert/state.h) owns what it is fed.
 * Threads: one at a time, with the evaluator.
 */
#ifndef VG_ALERT_CHAIN_H
#define VG_ALERT_CHAIN_H

#include "alert/model.h"
#include "alert/state.h"

/* One alert, as a chain sees it. */
struct vg_fed {
	char id[VG_ALERT_ID];
	const struct vg_rule *of;   /* the rule that raised it */
	uint64_t partners, without; /* slots: in it; it holds without */
	int64_t start_ms;
	uint32_t chain, class_index; /* index of the chain */
	uint32_t mask;		     /* bit k: it is of stage k */
	int marking;
	bool approximate;
	bool is_new;	/* since the group was last evaluated */
	int64_t was_ms; /* its start then, INT64_MIN: none   */
};

struct vg_fed_list {
	struct vg_fed *v;
	size_t n, cap;
};

/* What became of alert `a` of `slot` in group `g`: chains over its rule are
 * told, and their groups dirty. False when memory is out. */
bool vg_chain_tell(struct vg_evaluator *e, const struct vg_group *g,
		   const struct vg_slot *slot, const struct vg_alert *a);

/* The next that chain `chain` and class `class_index` is fed in `g`, from *pos
 * on, which starts at 0; NULL at the end. */
const struct vg_fed *vg_chain_next(const struct vg_group *g, uint32_t chain,
				   uint32_t class_index, size_t *pos);

/* True when `chain` is fed anything in `g`, of whatever class. */
bool vg_chain_has(const struct vg_group *g, uint32_t chain);

/* What is new in `g` is no more: it has been evaluated. */
void vg_chain_seen(struct vg_group *g);

/* Forget what is too old to be in any window that may still change. */
void vg_chain_prune(const struct vg_evaluator *e, struct vg_group *g);

#endif
