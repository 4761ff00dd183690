/*
 * quota - a partner's quotas, counted again: names by their names, everything
 * from the first record on.
 *
 * Owner:   the recount. Threads: one at a time.
 * Errors:  memory that runs out ends the program: a recount is worth nothing
 *          then.
 */
#ifndef VG_VERIFY_QUOTA_H
#define VG_VERIFY_QUOTA_H

#include "verify/recount.h"

struct vg_event;
struct vg_quota_count;

/* What of an event is past a quota. */
struct vg_marks {
	bool sensor;
	uint32_t actors;     /* bits */
	unsigned indicators; /* that are left */
};

/* Nothing counted yet; freed with _free(), NULL is allowed. */
struct vg_quota_count *vg_quota_count_new(const struct vg_part_env *env,
					  const struct vg_partner *partner);
void vg_quota_count_free(struct vg_quota_count *q);

/* Is there room for one more record of `audience`? It then takes it. */
bool vg_quota_count_record(struct vg_quota_count *q, uint16_t audience,
			   int64_t ts_ms);

/* Mark what of the event, resolved, of the last such record is past. */
struct vg_marks vg_quota_count_event(struct vg_quota_count *q,
				     const struct vg_event *e);

/* Is there room for a dead letter of so many bytes? It then takes it. */
bool vg_quota_count_dead(struct vg_quota_count *q, int64_t ts_ms,
			 int64_t bytes);

#endif
