/*
 * campaigns - the campaigns that alerts are part of, as the API shows them, for
 * the notifier: from the stored alerts and what people closed.
 *
 * A campaign is made of the alerts of one fingerprint, hence of what the
 * readers of its alert may see, and of nothing else (law 3).
 *
 * Owner:   the notifier. Threads: the notifier's. Time: ms, an argument.
 */
#ifndef VG_NOTIFY_CAMPAIGNS_H
#define VG_NOTIFY_CAMPAIGNS_H

#include "aggregate/store.h"
#include "alert/campaign.h"

struct vg_campaigns;

/* None yet; `gap_ms` parts campaigns. Freed with _free(), NULL allowed. */
enum vg_rc vg_campaigns_new(struct vg_campaigns **out, int64_t gap_ms,
			    struct vg_err *err) VG_MUST_CHECK;
void vg_campaigns_free(struct vg_campaigns *c);

/* How far the notifier has read. */
struct vg_campaigns_upto {
	int64_t alert;	/* number of the alerts' change */
	int64_t action; /* what people did is applied up to there */
};

/* Take in what Redis has of both, unless nothing is newer than at the last
 * call. */
enum vg_rc vg_campaigns_step(struct vg_campaigns *c, struct vg_store *s,
			     const struct vg_campaigns_upto *upto,
			     struct vg_err *err) VG_MUST_CHECK;

/* The campaign of alert `id` as of `at_ms`, until the next call; NULL when the
 * alert is not stored, merged, withdrawn, on trial, or has not begun by then.
 * `c` may be NULL: there are none. */
const struct vg_campaign *vg_campaigns_find(struct vg_campaigns *c,
					    const char *id, int64_t at_ms);

#endif
