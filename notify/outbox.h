/*
 * outbox - what the notifier keeps in Redis: how far it has read the alerts'
 * stream, what each stream of notifications has told, and the notifications
 * that wait to be delivered. docs/data-model.md lists the keys.
 *
 * One script writes all that one look at the alerts changes, under the leader's
 * lease: the cursor never passes an alert whose stream does not know it, and a
 * stream never says "told" of what is not in the outbox.
 *
 * Owner:   the caller. Threads: one at a time, with its store.
 */
#ifndef VG_NOTIFY_OUTBOX_H
#define VG_NOTIFY_OUTBOX_H

#include "alert/deaf.h"
#include "alert/hold.h"
#include "core/buf.h"

enum {
	VG_COMMIT_MAX = 256, /* changes in one script */
	VG_NOTICE_ID = 48,
	VG_DEAD_MAX = 1000 /* dead notifications kept for people */
};

#define VG_KEY_NOTIFY  "vg:{vg}:notify"
#define VG_KEY_STREAMS "vg:{vg}:notify:streams"
#define VG_KEY_OUTBOX  "vg:{vg}:outbox"
#define VG_KEY_TRIES   "vg:{vg}:outbox:tries"
#define VG_KEY_DEAD    "vg:{vg}:outbox:dead"
/* Receivers that were given up, and since when: alert/deaf.h reads it. */
#define VG_KEY_DEAF VG_DEAF_KEY

/* A field to set, or with an empty value to remove. */
struct vg_change {
	bool is_notice; /* of the outbox, else of the streams */
	struct vg_buf name, value;
};

struct vg_commit {
	struct vg_change change[VG_COMMIT_MAX];
	size_t n;
	char cursor[64]; /* "": stays; else "<stream id> <number>" */
	int64_t at_ms;	 /* when the stream was read up to there */
};

/* The next change of `c`, emptied; NULL when it is full. */
struct vg_change *vg_commit_add(struct vg_commit *c, bool is_notice);

/* Free what `c` holds. */
void vg_commit_term(struct vg_commit *c);

/* Write it all while `owner` has the lease; *fenced when it does not: then
 * nothing was written. `c` stays as it is. */
enum vg_rc vg_outbox_commit(struct vg_store *s, const char *owner,
			    struct vg_commit *c, bool *fenced,
			    struct vg_err *err) VG_MUST_CHECK;

/* It was delivered: take `id` out. */
enum vg_rc vg_outbox_done(struct vg_store *s, const char *id,
			  struct vg_err *err) VG_MUST_CHECK;

/* An attempt failed: count it. */
enum vg_rc vg_outbox_tried(struct vg_store *s, const char *id,
			   struct vg_err *err) VG_MUST_CHECK;

/* Set `id` aside as dead, at `now_ms`; `receiver` is deaf from the first such
 * on. */
enum vg_rc vg_outbox_bury(struct vg_store *s, const char *id,
			  const char *receiver, int64_t now_ms,
			  struct vg_err *err) VG_MUST_CHECK;

/* Something was delivered to `receiver`: it hears. */
enum vg_rc vg_outbox_hears(struct vg_store *s, const char *receiver,
			   struct vg_err *err) VG_MUST_CHECK;

#endif
