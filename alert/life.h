/*
 * life - from stretches where a rule holds to episodes: one alert each.
 *
 * Threads: pure. Time: ms; [start, end).
 */
#ifndef VG_ALERT_LIFE_H
#define VG_ALERT_LIFE_H

#include "alert/kind.h"

struct vg_life {
	int64_t resolve_after_ms;
	int64_t for_ms;		/* fires after it has held so long     */
	int64_t keep_firing_ms; /* the end comes so much later         */
};

/* Join the stretches (by start; in place) to the episodes that have fired at
 * `clock_ms`. An episode whose end lies after the clock is open. */
void vg_life_join(struct vg_stretches *s, const struct vg_life *life,
		  int64_t clock_ms);

#endif
