/*
 * desk_purge - what a purged partner's people said at the desk, removed.
 * Private to alert.
 *
 * Its silences and its last words on alerts go. Of what it said about alerts
 * that others go on reading there stays that something was said, and when:
 * entries keep their numbers. Done by the leader when it comes to the purge's
 * record in the topic, so after the loss of Redis too; doing it twice changes
 * nothing.
 *
 * Threads: one at a time, with the store.
 */
#ifndef VG_ALERT_DESK_PURGE_H
#define VG_ALERT_DESK_PURGE_H

#include "alert/desk.h"

/* Remove what is `viewer`'s; `next` is the offset behind the record, for those
 * who follow. *n counts what went. */
enum vg_rc vg_desk_purge(struct vg_store *s, const char *viewer, int64_t next,
			 int64_t *n, struct vg_err *err) VG_MUST_CHECK;

#endif
