/*
 * state - the insides of the evaluator, for the files that make it up.
 *
 * sink.c takes spans in; visible.c says what one clearance class sees of a
 * group; reconcile.c compares its episodes with the alerts; leader.c holds the
 * lease, loads and writes; evaluator.c turns the crank.
 *
 * Threads: one at a time.
 */
#ifndef VG_ALERT_STATE_H
#define VG_ALERT_STATE_H

#include "alert/alert_store.h"
#include "alert/evaluator.h"
#include "alert/groups.h"

struct vg_alert;
struct vg_slot;
struct vg_rule;
struct vg_silence;
struct vg_fed_list;

enum { VG_FAMILY_NONE = 0xffff, VG_PART_SLOT_NONE = 0xff };

struct vg_family {
	const struct vg_rule *like; /* a rule with its group_by, ... */
	unsigned n_group;	    /* ... of which it has so many fields */
	uint32_t *rule;		    /* indices of its rules */
	size_t n_rule;
};

/* A group that has or had alerts. */
struct vg_active {
	struct vg_active *next;		 /* while unsettled */
	struct vg_active *after, **link; /* among all of the evaluator's */
	struct vg_group *group;
	struct vg_slot *slot;
	int64_t changed_ms; /* wall clock of the last change, INT64_MIN */
	int64_t due_ms;	    /* settle then at the latest */
	int64_t end_ms;	    /* smallest stored end of what is unsettled */
	int64_t put_off_ms; /* log clock when it became so */
	bool unsettled;
	int64_t wake_ms;	 /* log time at which to look again */
	size_t wake_index;	 /* alert/wake.h; 0: it does not wait */
	struct vg_fed_list *fed; /* alerts that chains count; NULL: none */
};

/* What a tick knows of the world outside. */
struct vg_eval_world {
	bool ready;	    /* every partition is loaded */
	int64_t log_ms;	    /* log clock, INT64_MIN before the first record */
	int64_t slowest_ms; /* log time of the partition that is behind all */
	int64_t now_ms;	    /* wall clock */
	uint8_t slot_of[VG_PARTITIONS_MAX]; /* part -> partner's slot */
	uint64_t left; /* bit c: class c's viewer is a member no more */
};

struct vg_seen_span {
	const struct vg_gspan *span;
	uint32_t condition;
	uint32_t value; /* what the condition counts of it */
};

struct vg_evaluator {
	struct vg_evaluator_opts o;
	struct vg_eval_world world; /* of this tick */
	bool failed;		    /* memory ran out in the sink */

	struct vg_groups *groups;
	struct vg_family *family;
	size_t n_family;
	uint16_t *family_of; /* by track */
	bool *waits;	     /* by rule: not all that it reads is there yet */
	uint16_t *family_of_rule;
	int64_t *swept_ms; /* by track: end of the newest swept sub-window */
	int64_t **part_swept_ms; /* and by partition, NULL where none was */
	bool was_reset;		 /* spans may be stale */

	struct vg_group *dirty, **dirty_end;
	size_t n_dirty;
	/* Once so many of the oldest dirty groups are judged, all is that came
	 * up to the log time marked. */
	bool marked;
	size_t mark_left;
	int64_t mark_ms;
	int64_t judged_ms; /* all is judged up to here, for the sweep */
	struct vg_active
		*active; /* all: a look at each second needs not more */
	struct vg_active *unsettled;
	bool more_due;	      /* some that the last tick had no room for */
	struct vg_wake *wake; /* groups that wait for log time */
	struct vg_silence *silence;
	bool was_swept;	  /* spans may go */
	bool first_moved; /* the first of a dirty group is another: first.h */
	int64_t floor_ms; /* what is older is neither read nor kept */
	int64_t pruned_ms, expired_ms; /* wall clock of the last time */
	int64_t forget_at; /* stored alert whose identifiers are looked at */

	struct vg_lease lease;
	int64_t lease_ms; /* wall clock of the last try */
	bool leader, loaded, tried;
	struct vg_put *put; /* what waits to be written */
	size_t n_put, cap_put;

	struct vg_log_limit raised, updated, resolved; /* lines of each */
	int64_t said_ms; /* wall clock of the last look for resolved ones */

	struct vg_seen_span *vis; /* scratch */
	struct vg_span_in *in;
	size_t cap_vis;
	struct vg_step *steps; /* scratch of the sink */
	size_t cap_steps;
};

/* Put a group at the end of the dirty list, once. */
void vg_state_dirty(struct vg_evaluator *e, struct vg_group *g);

/* All groups dirty, to be evaluated whatever their marks say. */
void vg_state_dirty_all(struct vg_evaluator *e);

/* The active part of a group, made when absent; NULL when memory is out. */
struct vg_active *vg_state_active(struct vg_evaluator *e, struct vg_group *g);

/* Slot of (rule, class) in `a`, or NULL; _make makes it with its fingerprint
 * (NULL when memory is out). */
struct vg_slot *vg_state_slot(const struct vg_active *a, uint32_t rule,
			      uint32_t class_index);
struct vg_slot *vg_state_make_slot(struct vg_evaluator *e, struct vg_group *g,
				   uint32_t rule, uint32_t class_index);

/* Forget the alerts of `g` for which `gone` says so (NULL: all), and what then
 * holds none. */
void vg_state_forget(struct vg_group *g,
		     bool (*gone)(const struct vg_evaluator *e,
				  const struct vg_slot *s,
				  const struct vg_alert *a),
		     const struct vg_evaluator *e);

/* The sink's functions: see aggregate/view.h. */
struct vg_track_sink vg_state_sink(struct vg_evaluator *e);

/* vg_evaluator_tick() in a world given by the caller: what tests drive. */
enum vg_rc vg_evaluator_run(struct vg_evaluator *e,
			    const struct vg_eval_world *world,
			    struct vg_store *store,
			    struct vg_err *err) VG_MUST_CHECK;

#endif
