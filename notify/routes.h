/*
 * routes - which alerts go to whom: the routing tree, inhibition, calendars
 * and maintenance windows, as notify.file says (docs/notifications.md).
 *
 * An alert walks down the tree: of a node's children the first that holds for
 * it takes it, and those after one with `continue`; if none does, the node
 * itself. Without a file every receiver has a node of its own that takes all.
 * A node is passed by where its receiver's viewer may not see the alert.
 *
 * Owner:   the routes own their texts and borrow the configuration.
 * Threads: immutable once loaded.
 */
#ifndef VG_NOTIFY_ROUTES_H
#define VG_NOTIFY_ROUTES_H

#include "notify/calendar.h"
#include "notify/mute.h"
#include "notify/told.h"

struct vg_config;

enum {
	VG_ROUTES_MAX = 512,
	VG_ROUTE_DEPTH_MAX = 6,
	VG_ROUTE_LABELS_MAX = 16, /* in group_by */
	VG_INHIBITS_MAX = 128,
	VG_CALENDARS_MAX = 128,
	VG_MAINTENANCE_MAX = 1024,
	VG_NOTIFY_FILE_MAX = 1 << 20
};

struct vg_when {
	bool any; /* false: always */
	struct vg_hours hours;
	int calendar; /* -1: none */
};

struct vg_route {
	int parent, first, next; /* -1: none */
	char path[128];		 /* names it in Redis: survives other edits */
	struct vg_matchers on;
	bool goes_on;	  /* `continue` */
	int receiver;	  /* index in the configuration */
	char language[3]; /* "": the receiver's */
	struct vg_tempo tempo;
	char *group_by[VG_ROUTE_LABELS_MAX];
	size_t n_group;
	struct vg_when when; /* else it is held back */
};

/* Mutes what its conditions hold for, at its times or from..to. */
struct vg_maintenance {
	char name[64];
	struct vg_matchers on;
	struct vg_when when;
	int64_t from_ms, to_ms;
};

struct vg_routes {
	const struct vg_config *cfg;
	struct vg_route *route;
	size_t n_route;
	struct vg_inhibit *inhibit;
	size_t n_inhibit;
	struct vg_calendar *calendar;
	size_t n_calendar;
	struct vg_maintenance *maintenance;
	size_t n_maintenance;
};

/* Load cfg->notify_file, or make the default tree. VG_INVAL with
 * "file:line: what; remedy". */
enum vg_rc vg_routes_load(struct vg_routes **out, const struct vg_config *cfg,
			  struct vg_err *err) VG_MUST_CHECK;

/* As vg_routes_load() from memory. */
enum vg_rc vg_routes_parse(struct vg_routes **out, const struct vg_config *cfg,
			   struct vg_slice text,
			   struct vg_err *err) VG_MUST_CHECK;

/* Free `r`; NULL is allowed. */
void vg_routes_free(struct vg_routes *r);

/* The routes that take an alert with labels `l`: their indexes, at most `cap`.
 */
size_t vg_routes_take(const struct vg_routes *r, const struct vg_labels *l,
		      int *out, size_t cap);

/* The viewer of route `i`, as labels have it. */
const char *vg_route_viewer(const struct vg_routes *r, int i);

/* Append the values by which route `i` groups. */
void vg_route_key(const struct vg_route *route, const struct vg_labels *l,
		  struct vg_buf *out);

/* True when it is the time of `w`. */
bool vg_when_is(const struct vg_routes *r, const struct vg_when *w,
		int64_t at_ms);

/* True when a maintenance window keeps `l` from people. */
bool vg_routes_maintained(const struct vg_routes *r, const struct vg_labels *l,
			  int64_t at_ms);

#endif
