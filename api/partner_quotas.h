/*
 * partner_quotas - what a partner may send, and how much of the last 24 hours
 * was past it: for the partner itself and the joint SOC.
 *
 * Threads: as the caller's answer.
 */
#ifndef VG_API_PARTNER_QUOTAS_H
#define VG_API_PARTNER_QUOTAS_H

#include "aggregate/query.h"
#include "api/service.h"

struct vg_partner_quotas { /* accounts of those whose quotas are shown */
	struct vg_account_row *row;
	size_t n;
};

/* Read them for viewer r->viewer. False with a problem in `a` when that fails.
 * Takes the view's read lock. */
bool vg_partner_quotas_read(struct vg_partner_quotas *out, struct vg_service *s,
			    const struct vg_request *r, struct vg_answer *a);

/* Write "quotas" of `partner`. */
void vg_partner_quotas_write(const struct vg_partner_quotas *q,
			     struct vg_jout *j,
			     const struct vg_partner *partner);

/* Free what was read. */
void vg_partner_quotas_term(struct vg_partner_quotas *q);

#endif
