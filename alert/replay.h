/*
 * replay - rules over a set of events at once: what a back-test and the
 * conformance vectors ask.
 *
 * Events are added in any order; then the episodes at a clock are computed by
 * the same functions that serve the live path. What the viewer may not see
 * must not be added.
 *
 * Owner:   the caller; rules must outlive it. Threads: one at a time.
 * Memory:  24 bytes for each (rule, event) that counts.
 */
#ifndef VG_ALERT_REPLAY_H
#define VG_ALERT_REPLAY_H

#include "alert/rules.h"

struct vg_replay;

/* One alert. Texts are until the next. */
struct vg_replayed {
	const struct vg_rule *rule;
	struct vg_slice group; /* packed: aggregate/keys.h */
	struct vg_slice value; /* packed; of new_value */
	struct vg_stretch span;
	bool open; /* its end lies after the clock */
};

/* Take an alert; anything but VG_OK ends the run and is its answer. */
typedef enum vg_rc vg_replay_take(void *arg, const struct vg_replayed *alert,
				  struct vg_err *err);

/* Nothing added yet. */
enum vg_rc vg_replay_new(struct vg_replay **out, const struct vg_rules *rules,
			 struct vg_err *err) VG_MUST_CHECK;
void vg_replay_free(struct vg_replay *r);

/* The next event comes so long before it would be too late for the longest
 * window: a rule of a shorter one takes it only if it is not for its own. None
 * is too late for any when never called. */
void vg_replay_spare(struct vg_replay *r, int64_t spare_ms);

/* Add an accepted event of the topic of `partner`. */
enum vg_rc vg_replay_add(struct vg_replay *r, const struct vg_event *e,
			 struct vg_slice partner,
			 struct vg_err *err) VG_MUST_CHECK;

/* How far back an event can matter to a rule: its windows, end to end. */
int64_t vg_rule_reach_ms(const struct vg_rule *rule);

/* Largest event time added, INT64_MIN: none. */
int64_t vg_replay_newest(const struct vg_replay *r);

/* Give the alerts at `clock_ms` to `take`, by start, rule, group, value. */
enum vg_rc vg_replay_run(struct vg_replay *r, int64_t clock_ms,
			 vg_replay_take *take, void *arg,
			 struct vg_err *err) VG_MUST_CHECK;

/* Why a rule fired or did not, for one group at one instant. */
struct vg_explained {
	struct vg_leaf_state leaf[VG_LEAVES_MAX];
	bool holds;
	size_t n; /* that count for a test, up to the instant; the most */
	int64_t first_ms, last_ms;
};

/* Explain rule `i` for the packed `group` at `at_ms`. A chain counts the
 * alerts of the last run. */
enum vg_rc vg_replay_explain(struct vg_replay *r, size_t i,
			     struct vg_slice group, int64_t at_ms,
			     struct vg_explained *out,
			     struct vg_err *err) VG_MUST_CHECK;

#endif
