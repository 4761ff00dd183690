/*
 * purge_alerts - one partner's part in the stored alerts, removed.
 *
 * Alerts of the partner's own clearance class go, with their histories, and
 * what is released of alerts in which it has a part, or that it asked for; so
 * do those that rest on it alone, and those of rules that are no longer loaded
 * in which it has a part, as nobody could judge them again. From the others its
 * rows go, and those that no longer hold are withdrawn. Whoever leads at the
 * time loses the lease for as long as this takes, then loads what is left and
 * counts it again.
 *
 * What is about to be done to an alert is noted first, in the hash `notes`
 * ("alert:<id>" -> removed, withdrawn or changed), so that a report of it is
 * whole although this was interrupted and begun again.
 *
 * Threads: one at a time, with its store.
 */
#ifndef VG_ALERT_PURGE_ALERTS_H
#define VG_ALERT_PURGE_ALERTS_H

#include "alert/alert_store.h"
#include "alert/rules.h"

struct vg_part_env;

struct vg_purge_alerts {
	const struct vg_part_env *env;
	const struct vg_rules *rules;
	const struct vg_partner *partner;
	const char *owner; /* of the lease */
	const char *notes; /* key of the hash */
	int64_t now_ms;	   /* wall clock */
};

/* Do it; *seen counts the alerts looked at. VG_RETRY when Redis is away or
 * another purge took the lease: begin again. */
enum vg_rc vg_alerts_purge(struct vg_store *s, const struct vg_purge_alerts *p,
			   size_t *seen, struct vg_err *err) VG_MUST_CHECK;

#endif
