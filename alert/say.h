/*
 * say - the log lines about alerts: raised, updated, resolved.
 *
 * A flood of alerts is no flood of lines: past VG_SAY_MOST a minute of a kind
 * they are counted, and the next line says how many there were.
 *
 * Threads: one at a time, with the evaluator.
 */
#ifndef VG_ALERT_SAY_H
#define VG_ALERT_SAY_H

#include "alert/state.h"

enum { VG_SAY_MOST = 60 };

/* False for what no line tells: rules on trial, and a partner's own, which is
 * nobody else's matter. */
bool vg_say_tells(const struct vg_rule *rule);

/* Say of `n` alerts that they were written. */
void vg_say_put(struct vg_evaluator *e, const struct vg_put *put, size_t n);

/* Say which alerts readers find resolved now: each once, about a second late.
 */
void vg_say_resolved(struct vg_evaluator *e);

/* True when `a` of `rule` is resolved at `at_ms`. */
bool vg_is_resolved(const struct vg_alert *a, const struct vg_rule *rule,
		    int64_t at_ms);

#endif
