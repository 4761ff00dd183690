/*
 * evaluator - rules over the view's track cells, and what becomes of alerts.
 *
 * It is the view's track sink: it keeps, for each rule and group, the spans of
 * every partition, and marks a group dirty when one changes. vg_evaluator_tick
 * computes the dirty groups' episodes for each clearance class, compares them
 * with the stored alerts and writes the difference to Redis under the leader's
 * lease: an alert appears, starts earlier, gains a value, raises its peak,
 * extends, ends, or is merged; a change caused by an event that was late is a
 * numbered revision with late_by. Without the lease it only keeps its spans.
 *
 * Stored under the tag {vg}: docs/data-model.md.
 *
 * Owner:   the caller. Threads: the thread that steps the view.
 */
#ifndef VG_ALERT_EVALUATOR_H
#define VG_ALERT_EVALUATOR_H

#include "aggregate/view.h"
#include "core/log.h"

struct vg_rules;
struct vg_evaluator;

struct vg_evaluator_opts {
	const struct vg_part_env *env;
	const struct vg_rules *rules;
	const struct vg_log *log;
	const char *owner; /* a name for the lease: host:pid:random */
};

/* An evaluator without state: the view fills it. Freed with _free(), NULL
 * allowed. */
enum vg_rc vg_evaluator_new(struct vg_evaluator **out,
			    const struct vg_evaluator_opts *opts,
			    struct vg_err *err) VG_MUST_CHECK;
void vg_evaluator_free(struct vg_evaluator *e);

/* The sink to hand to vg_view_new(). */
struct vg_track_sink vg_evaluator_sink(struct vg_evaluator *e);

/* Take or renew the lease, then evaluate what is dirty, once `view` is ready.
 * VG_RETRY when Redis is away: what was dirty stays so. */
enum vg_rc vg_evaluator_tick(struct vg_evaluator *e, struct vg_view *view,
			     struct vg_store *store, int64_t now_ms,
			     struct vg_err *err) VG_MUST_CHECK;

/* How long to leave the rules alone, ms, behind a tick that took `took_ms`: so
 * long that rules cost at most a fifth of a processor while many groups change
 * without a pause, and never more than a sixth of the lease, which a tick
 * renews. What changes meanwhile is judged once instead of many times; the
 * answer is the same. Only as long as the tick itself while some still wait
 * that it had no room for. */
int64_t vg_evaluator_rest_ms(const struct vg_evaluator *e, int64_t took_ms);

#endif
