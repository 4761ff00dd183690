/*
 * deaf - the built-in alert receiver-dead: who could not be told, so that those
 * who still can be are.
 *
 * The notifier notes in Redis (VG_DEAF_KEY: name -> since when) a receiver of
 * which a notification was given up, and takes the note away when something is
 * delivered to it. For as long as the note is there one alert is open: for the
 * receiver's viewer and the joint SOC. Its identity, and that it survives a
 * change of leaders, is as with silence (alert/silence.h).
 *
 * Owner:   the evaluator. Threads: one at a time, with it.
 */
#ifndef VG_ALERT_DEAF_H
#define VG_ALERT_DEAF_H

#include "aggregate/store.h"

#define VG_DEAF_KEY "vg:{vg}:outbox:deaf"

struct vg_evaluator;

/* Compare the notes with the open alerts, and let wait what changed. The
 * evaluator leads and has loaded. */
enum vg_rc vg_deaf_look(struct vg_evaluator *e, struct vg_store *store,
			struct vg_err *err) VG_MUST_CHECK;

#endif
