/*
 * wake - groups to look at again when log time has come so far, though no
 * event touches them: a rule's `for`, an absence, a window that empties.
 *
 * A group waits for one time, the earliest asked for. It must be taken out
 * before it is freed.
 *
 * Owner:   the evaluator. Threads: one at a time.
 */
#ifndef VG_ALERT_WAKE_H
#define VG_ALERT_WAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct vg_active;
struct vg_wake;

/* Nobody waits; NULL when memory is out. Freed with _free(), NULL allowed,
 * when nobody does. */
struct vg_wake *vg_wake_new(void);
void vg_wake_free(struct vg_wake *w);

/* Let `a` wait until log time `at_ms` or, when it waits for an earlier time,
 * until then. False when memory is out. */
bool vg_wake_at(struct vg_wake *w, struct vg_active *a, int64_t at_ms);

/* Take out and give one that waits for `log_ms` or earlier; NULL when none. */
struct vg_active *vg_wake_next(struct vg_wake *w, int64_t log_ms);

/* Take `a` out, if it waits. */
void vg_wake_drop(struct vg_wake *w, struct vg_active *a);

/* How many wait. */
size_t vg_wake_count(const struct vg_wake *w);

#endif
