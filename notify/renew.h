/*
 * renew - notifications that are kept say of an alert what is stored of it.
 *
 * What waits in the outbox, or was given up, was written when it was made. When
 * a partner is purged, or identifiers in the stored alerts are forgotten, these
 * are made to say the same: each alert in them is replaced by its stored
 * document, or goes when there is none any more; the lines that people read and
 * the group are then written anew from what is left, shorter. A notification in
 * which nothing is left goes.
 *
 * Threads: one at a time, with its store.
 */
#ifndef VG_NOTIFY_RENEW_H
#define VG_NOTIFY_RENEW_H

#include "aggregate/store.h"
#include "core/buf.h"

struct vg_renew {
	/* Of a purge: renew what names this partner, and let go what is for its
	 * eyes alone. NULL: what was forgotten since. */
	const char *partner;
	int64_t changed, removed; /* notifications, so far */
};

/* Judge one notification: VG_OK with its new text in `out`, or an empty one
 * when it goes; VG_DROP when it stays as it is. */
enum vg_rc vg_renew_notice(struct vg_buf *out, struct vg_slice body,
			   struct vg_store *s, const struct vg_renew *r,
			   struct vg_err *err) VG_MUST_CHECK;

/* All that waits. Who leads must read it anew when something changed. */
enum vg_rc vg_renew_waiting(struct vg_store *s, struct vg_renew *r,
			    struct vg_err *err) VG_MUST_CHECK;

/* Those given up, from place *at on, at most `most` of them; *at goes on, and
 * to 0 behind the last. */
enum vg_rc vg_renew_dead(struct vg_store *s, struct vg_renew *r, int64_t *at,
			 int64_t most, struct vg_err *err) VG_MUST_CHECK;

/* Purge `r->partner`: both, under the lease, which is taken from who leads. */
enum vg_rc vg_renew_purge(struct vg_store *s, struct vg_renew *r,
			  const char *owner, struct vg_err *err) VG_MUST_CHECK;

#endif
