/*
 * notice - one notification as the JSON document that waits in the outbox and
 * that a webhook gets: docs/notifications.md lists its members.
 *
 * Owner:   as each function says. Threads: pure.
 */
#ifndef VG_NOTIFY_NOTICE_H
#define VG_NOTIFY_NOTICE_H

#include "notify/item.h"
#include "notify/routes.h"

enum {
	VG_NOTICE_ALERTS_MAX = 100,   /* listed in one; `omitted` the rest */
	VG_NOTICE_BYTES_MAX = 4 << 20 /* of their documents */
};

struct vg_notice_alert {
	const struct vg_item *item;
	bool firing;
};

struct vg_campaigns;

struct vg_notice_make {
	const char *id;
	const struct vg_receiver *to;
	const struct vg_route *route;
	const char *viewer;
	int64_t at_ms;
	const struct vg_notice_alert *alert;
	size_t n;
	struct vg_campaigns *campaigns; /* NULL: nothing is said of them */
};

/* Append the document. VG_FATAL when memory is out. */
enum vg_rc vg_notice_write(struct vg_buf *out, const struct vg_notice_make *m,
			   struct vg_err *err) VG_MUST_CHECK;

#endif
