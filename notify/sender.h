/*
 * sender - a thread that delivers one notification at a time to one receiver,
 * so that a receiver that hangs holds back no other.
 *
 * Owner:   the caller. Threads: its own; the functions here one caller's.
 */
#ifndef VG_NOTIFY_SENDER_H
#define VG_NOTIFY_SENDER_H

#include "notify/kinds.h"

struct vg_sender;

struct vg_sender_opts {
	const struct vg_receiver *to;
	const char *viewer;
	const struct vg_topic_sink *topics;
	struct vg_clock clock;
};

/* Start it. Freed with _free(), which ends a transfer that is under way; NULL
 * is allowed. */
enum vg_rc vg_sender_new(struct vg_sender **out, const struct vg_sender_opts *o,
			 struct vg_err *err) VG_MUST_CHECK;
void vg_sender_free(struct vg_sender *s);

/* True when it has nothing to do and nothing to say. */
bool vg_sender_is_idle(struct vg_sender *s);

/* Deliver a notification; it must be idle. VG_FATAL when memory is out. */
enum vg_rc vg_sender_give(struct vg_sender *s, const char *id,
			  struct vg_slice body,
			  struct vg_err *err) VG_MUST_CHECK;

struct vg_sent {
	char id[64];
	enum vg_rc rc;
	struct vg_err err;
	int64_t wait_ms; /* the receiver asks not to be tried before; 0: no */
};

/* What came of it; false while it is under way, or nothing was given. */
bool vg_sender_take(struct vg_sender *s, struct vg_sent *out);

#endif
