/*
 * notifier - tells receivers of alerts, each what its viewer may see.
 *
 * It follows the stored alerts, groups them by route, decides when a group is
 * told, and puts the notification into the outbox in Redis together with what
 * the group has told: all under the lease of the alerts' leader, whose owner it
 * shares. Senders take it from there until the receiver has acknowledged, so
 * every notification arrives at least once, each time with the same id.
 *
 * Without the lease it holds nothing and sends nothing.
 *
 * Owner:   the caller. Threads: vg_notifier_step() by one; senders have their
 *          own. Time: an argument.
 */
#ifndef VG_NOTIFY_NOTIFIER_H
#define VG_NOTIFY_NOTIFIER_H

#include "aggregate/store.h"
#include "core/log.h"

struct vg_topic_sink;
struct vg_view;
struct vg_notifier;

struct vg_notifier_opts {
	const struct vg_config *cfg;
	struct vg_metrics *metrics;
	const uint8_t *hash_key; /* VG_HASH_KEY bytes */
	const struct vg_log *log;
	struct vg_clock clock;		    /* of the senders */
	const char *owner;		    /* of the alert lease */
	const struct vg_topic_sink *topics; /* NULL: no Kafka */
	struct vg_view *view;		    /* NULL: no watchdog */
};

/* Read the routes and start the senders; VG_INVAL when a receiver or a route is
 * wrong. Freed with _free(), NULL allowed. */
enum vg_rc vg_notifier_new(struct vg_notifier **out,
			   const struct vg_notifier_opts *o,
			   struct vg_err *err) VG_MUST_CHECK;
void vg_notifier_free(struct vg_notifier *n);

/* One look: take in what has changed, tell what is due, hand out and collect
 * what is sent. */
enum vg_rc vg_notifier_step(struct vg_notifier *n, struct vg_store *store,
			    int64_t now_ms, struct vg_err *err) VG_MUST_CHECK;

#endif
