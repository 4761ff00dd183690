/*
 * without - a stored alert as it reads when one partner's part in it is gone.
 *
 * What is left is judged by the alert's own ledger: its rows, and whether it
 * would have held without that partner. Where spans still tell more, the
 * evaluator counts it again afterwards.
 *
 * Threads: pure.
 */
#ifndef VG_ALERT_WITHOUT_H
#define VG_ALERT_WITHOUT_H

#include "alert/model.h"

enum vg_without {
	VG_WITHOUT_SAME,      /* the partner had no part in it        */
	VG_WITHOUT_CHANGED,   /* it holds still                       */
	VG_WITHOUT_WITHDRAWN, /* it no longer holds                   */
	VG_WITHOUT_NOTHING    /* it rested on that partner alone      */
};

/* Take the partner of `slot` out of `a`, an alert of `rule`. VG_FATAL when
 * memory is out. */
enum vg_rc vg_alert_without(struct vg_alert *a, const struct vg_rule *rule,
			    unsigned slot, enum vg_without *what,
			    struct vg_err *err) VG_MUST_CHECK;

#endif
