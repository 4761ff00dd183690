/*
 * health - who speaks and who does not, at T: each partner as a whole, and its
 * sensors. docs/semantics.md ("Silence") says the same for people.
 *
 * Nothing is called silent that may only be unread: a partition counts as read
 * up to its last heartbeat when it was level with the broker then, else not at
 * all, and what would be silent past that is lagging.
 *
 * Threads: as the view's readers: under its read lock, or the stepping thread.
 *          What they return borrows names from the view until then.
 */
#ifndef VG_AGGREGATE_HEALTH_H
#define VG_AGGREGATE_HEALTH_H

#include "aggregate/sensor.h"
#include "aggregate/view.h"

struct vg_partner_health {
	enum vg_health state;
	int64_t last_ms;	/* its last record that was heard, INT64_MIN */
	int64_t expected_ms;	/* how long it may be quiet; 0: not known    */
	int64_t silent_from_ms; /* a whole minute, as members may read it;
				 * INT64_MAX: not known                      */
	int64_t run_ms;		/* first record of its newest run            */
	size_t n_judged;	/* partitions whose habits are known         */
};

/* Records of `part` that were at the broker at its last heartbeat and are not
 * counted yet; -1: not known. */
int64_t vg_health_unread(const struct vg_view_part *part);

/* The state of `p` at `at_ms`. It is silent when all of its partitions are
 * quiet for longer than the liveliest of them is wont to be. */
struct vg_partner_health vg_health_partner(const struct vg_view *v,
					   const struct vg_config *cfg,
					   const struct vg_partner *p,
					   int64_t at_ms);

struct vg_sensor_health {
	struct vg_slice name;
	struct vg_sensor heard; /* records == 0: never  */
	enum vg_health state;
	bool is_set;		 /* its cadence is of the configuration */
	int64_t expected_ms;	 /* 0: not known yet                    */
	int64_t silent_from_ms;	 /* INT64_MAX: not known yet            */
	int64_t known_ms;	 /* all before it is read; INT64_MIN    */
	int64_t overlap_records; /* by vg_health_overlaps()            */
};

struct vg_health_list {
	struct vg_sensor_health *sensor;
	size_t n;
	struct vg_sensor rest; /* what was heard past the limit */
	int64_t not_compared;  /* by vg_health_overlaps() */
};

/* The sensors of `p` at `at_ms`, heard or declared: those that are silent
 * first, then never seen, lagging, current, each by name. False when memory is
 * out. Freed with vg_health_list_term(). */
bool vg_health_sensors(const struct vg_view *v, const struct vg_config *cfg,
		       const struct vg_partner *p, int64_t at_ms,
		       struct vg_health_list *out);
void vg_health_list_term(struct vg_health_list *l);

/* Fill in which of the listed sensors' records of the last two hours of log
 * time overlap with another's (aggregate/overlap.h). False when memory is out.
 */
bool vg_health_overlaps(const struct vg_view *v, const struct vg_partner *p,
			struct vg_health_list *l);

#endif
