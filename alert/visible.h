/*
 * visible - what one clearance class sees of a group under one rule: its
 * spans, its episodes, and how late what changed was.
 *
 * Everything about an alert is computed from here, so law 3 is held in one
 * place: vg_visible_gather().
 *
 * Threads: one at a time; the spans live in the evaluator's scratch.
 */
#ifndef VG_ALERT_VISIBLE_H
#define VG_ALERT_VISIBLE_H

#include "alert/episodes.h"
#include "alert/rules.h"
#include "alert/state.h"

struct vg_visible {
	struct vg_evaluator *e;
	const struct vg_rule *rule;
	const struct vg_group *group; /* which has what a chain is fed */
	uint32_t class_index;
	const struct vg_seen_span *span; /* by condition */
	size_t n;
	int64_t known_ms;  /* largest event time evaluated before, INT64_MIN */
	int64_t newest_ms; /* largest of those that changed, INT64_MIN  */
	int64_t late_ms;   /* smallest of those below known_ms, INT64_MAX */
	int64_t oldest_ms, largest_ms; /* of all event times */
	bool changed;
	bool possible;	  /* each condition has enough values over all spans */
	int64_t again_ms; /* log time at which the episodes may change without
			   * an event; INT64_MAX: never */
};

/* False when over all spans, whoever may see them, a condition of `rule` has
 * not enough different values: the cheap test before all others. */
bool vg_visible_possible(const struct vg_values *values,
			 const struct vg_group *g, const struct vg_rule *rule);

/* Gather what class `class_index` sees. `seen_ms` is what the slot remembers.
 * VG_FATAL when memory is out. */
enum vg_rc vg_visible_gather(struct vg_visible *out, struct vg_evaluator *e,
			     const struct vg_group *g,
			     const struct vg_rule *rule, uint32_t class_index,
			     struct vg_err *err) VG_MUST_CHECK;

/* Say how late the changes were, given the largest time evaluated before. */
void vg_visible_judge(struct vg_visible *v, int64_t seen_ms);

/* Partner slot of a span. */
uint32_t vg_visible_partner(const struct vg_visible *v,
			    const struct vg_gspan *s);

/* Of a rule that learns: the first event of the group without its value, but
 * those of partner `but` (64: none); INT64_MAX when none is seen. */
int64_t vg_visible_first_ms(const struct vg_visible *v, uint32_t but);

/* The episodes, without those spans whose partner is `but` (64: none): then
 * again_ms is set, too. */
enum vg_rc vg_visible_episodes(struct vg_visible *v, uint32_t but,
			       struct vg_episode **out, size_t *n,
			       struct vg_err *err) VG_MUST_CHECK;

#endif
