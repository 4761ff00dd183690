/*
 * routes_read - the readers of notify.file share this. Private.
 *
 * Threads: one.
 */
#ifndef VG_NOTIFY_ROUTES_READ_H
#define VG_NOTIFY_ROUTES_READ_H

#include "core/yaml.h"
#include "notify/routes.h"

struct vg_routes_read {
	struct vg_routes *to;
	const struct vg_yaml *yaml;
	struct vg_err *err;
};

/* VG_INVAL unless `n` is a map and each of its keys is in `keys`, which ends
 * with NULL. */
enum vg_rc vg_routes_read_keys(const struct vg_routes_read *r,
			       const struct vg_yaml_node *n,
			       const char *const *keys) VG_MUST_CHECK;

/* The text of member `key`; NULL in *out when it is left out. */
enum vg_rc vg_routes_read_text(const struct vg_routes_read *r,
			       const struct vg_yaml_node *n, const char *key,
			       const char **out) VG_MUST_CHECK;

/* Conditions: {name: value | [values] | {gte: 7} | {not: value}}. */
enum vg_rc vg_routes_read_matchers(const struct vg_routes_read *r,
				   const struct vg_yaml_node *n,
				   struct vg_matchers *out) VG_MUST_CHECK;

/* `hours`, `days` and `calendar` of `n`. */
enum vg_rc vg_routes_read_when(const struct vg_routes_read *r,
			       const struct vg_yaml_node *n,
			       struct vg_when *out) VG_MUST_CHECK;

/* The lists `calendars`, `maintenance` and `inhibit` of the root. */
enum vg_rc
vg_routes_read_calendars(const struct vg_routes_read *r,
			 const struct vg_yaml_node *root) VG_MUST_CHECK;
enum vg_rc
vg_routes_read_maintenance(const struct vg_routes_read *r,
			   const struct vg_yaml_node *root) VG_MUST_CHECK;
enum vg_rc
vg_routes_read_inhibit(const struct vg_routes_read *r,
		       const struct vg_yaml_node *root) VG_MUST_CHECK;

/* The tree below `route`. */
enum vg_rc vg_routes_read_tree(const struct vg_routes_read *r,
			       const struct vg_yaml_node *root) VG_MUST_CHECK;

/* A node without conditions for receiver `i`, with its own settings; NULL when
 * memory is out or there are too many. */
struct vg_route *vg_routes_add(struct vg_routes *to, int parent, int receiver);

/* Set group_by from "a,b". False when memory is out or there are too many. */
bool vg_route_group(struct vg_route *route, const char *names);

#endif
