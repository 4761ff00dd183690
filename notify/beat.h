/*
 * beat - the built-in alert `watchdog`, which fires for as long as all moves
 * (notify/watchdog.h), and is told over and over to the receivers that ask for
 * it: its absence is for them to notice.
 *
 * A beat says what is so now, so it never waits: one that does not arrive is
 * not sent again, the next one is. It comes from whoever leads, on the way that
 * notifications take, and stays away when the lease, Redis or ingest does.
 *
 * Private to the notifier. Threads: the notifier's.
 */
#ifndef VG_NOTIFY_BEAT_H
#define VG_NOTIFY_BEAT_H

#include "notify/notifier_private.h"

/* The id of a beat begins so; that of no other notification does. */
#define VG_BEAT_ID "watchdog-"

struct vg_beats;

/* NULL when memory is out. Freed with _free(), NULL allowed. */
struct vg_beats *vg_beats_new(const struct vg_notifier_opts *o);
void vg_beats_free(struct vg_beats *b);

/* Look whether all moves, once a second, and say when that changes. */
void vg_beats_look(struct vg_notifier *n);

/* We no longer lead: what is sent later begins anew. */
void vg_beats_stop(struct vg_notifier *n);

/* Hand a beat to idle sender `i` when it is time for one; *given says so. */
enum vg_rc vg_beats_give(struct vg_notifier *n, size_t i, bool *given,
			 struct vg_err *err) VG_MUST_CHECK;

#endif
