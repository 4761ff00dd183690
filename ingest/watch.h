/*
 * watch - what the poller looks at now and then, beside the records: a password
 * that was changed, topics that lose records, transactions that never end.
 * Private to ingest; the poller's thread.
 */
#ifndef VG_INGEST_WATCH_H
#define VG_INGEST_WATCH_H

#include "ingest/group.h"
#include "ingest/kafka.h"

struct vg_watch {
	struct vg_group *group;
	struct vg_dead *dead;
	struct vg_login login;
	rd_kafka_queue_t *answers; /* about topics' settings */
	int64_t look_ms, login_ms, topics_ms;
	uint64_t compacted; /* bit: slot's topic loses records         */
	bool login_bad;	    /* the password's file was bad last time   */
	bool unseen;	    /* it was said that settings are not shown */
};

/* Begin; `group` has its client. VG_INVAL when the password is unreadable. */
enum vg_rc vg_watch_init(struct vg_watch *w, struct vg_group *group,
			 struct vg_dead *dead,
			 struct vg_err *err) VG_MUST_CHECK;

/* End; before the group's client goes. A zeroed one is allowed. */
void vg_watch_term(struct vg_watch *w);

/* Look at what is due. Never waits for a peer. */
void vg_watch_look(struct vg_watch *w);

#endif
