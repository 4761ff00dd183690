/*
 * partner_out - what any member may read of another, and how far it is read.
 *
 * Threads: as the view's readers: its read lock is held.
 */
#ifndef VG_API_PARTNER_OUT_H
#define VG_API_PARTNER_OUT_H

#include "api/service.h"

struct vg_partner_reach {
	int64_t watermark_ms, log_ms; /* largest; INT64_MIN: none          */
	int64_t complete_ms;	      /* smallest; INT64_MAX: no partition */
};

/* How far the partitions of `partner` are read. */
struct vg_partner_reach
vg_partner_reach_locked(const struct vg_view *v,
			const struct vg_partner *partner);

/* Write id, country, state, silent_since, complete_to: to the minute, unless
 * `exact`, which is for the partner itself and the joint SOC. */
void vg_partner_write_locked(struct vg_jout *j, const struct vg_service *s,
			     const struct vg_partner *partner,
			     const struct vg_partner_reach *reach,
			     int64_t now_ms, bool exact);

#endif
